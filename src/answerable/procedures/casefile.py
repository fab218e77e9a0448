"""Cases: what is recorded of one matter, by whom, when it happened and when it was recorded. Roles, never names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from answerable.procedures.domain import Value
from answerable.procedures.errors import CaseProblem, Place, ProceduresError
from answerable.procedures.fields import (
    NOT_STATED,
    Stated,
    act_name,
    collect,
    day,
    identifier,
    items,
    keys,
    known,
    moment,
    one_or_more,
    problem,
    shown,
    stated,
    table,
    text,
    whole,
    yes_no,
)
from answerable.procedures.source import Source, locate
from answerable.procedures.vocabulary import Vocabulary
from answerable.procedures.yamlfile import Listing, Node, Table

#: A day, or an aware instant. (An instant is a date to Python too: ask for datetime first.)
Moment = date | datetime


@dataclass(frozen=True, slots=True)
class When:
    """When something happened: not before and not after, each a day or an instant, or None where nothing is known.

    ``stated`` is false where the source does not say when; then both are None.
    """

    not_before: Moment | None
    not_after: Moment | None
    stated: bool = True


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the case's source, and the line of its file on which they begin."""

    says: tuple[str, ...]
    source_line: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """The value of a fact, with the words or the reason for it."""

    fact: str
    value: Value
    quote: Quote | None
    because: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class TakenAs:
    """An identification that is ours. With ``act``, the event is audited as that act too."""

    text: str
    act: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded event. ``answers`` are the ``seq`` of the triggers whose duties it discharges, if it names them."""

    seq: int
    at: When
    recorded: Moment
    who: str | Stated
    act: str
    person: str | None
    sets: Mapping[str, Value]
    quote: Quote | None
    taken_as: TakenAs | None
    reasons: str | None
    corrects: int | None
    answers: tuple[int, ...]
    place: Place

    @property
    def says(self) -> tuple[str, ...] | None:
        """The words of the source, if they are quoted."""
        return self.quote.says if self.quote else None


@dataclass(frozen=True, slots=True)
class NotDone:
    """Acts that the source itself says were not done. ``act`` is an act or a kind, ``acts`` what it stands for."""

    act: str
    acts: tuple[str, ...]
    quote: Quote | None
    because: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Case:
    """One file under ``cases/``. A constructed case has no source; ``as_of`` is the day up to which it is told."""

    case: str
    source: str | None
    constructed: bool
    procedure: str | None
    facts: Mapping[str, Recorded]
    events: tuple[Event, ...]
    not_done: tuple[NotDone, ...]
    as_of: date | None
    place: Place

    def quotations(self) -> tuple[tuple[str, ...], ...]:
        """Everything that the case quotes from its source, each as its pieces."""
        every: tuple[Recorded | Event | NotDone, ...] = (*self.facts.values(), *self.events, *self.not_done)
        return tuple(one.quote.says for one in every if one.quote)


@dataclass(frozen=True, slots=True)
class _Names:
    """What a case may speak of."""

    vocabulary: Vocabulary
    acts: Collection[str]
    source: Source | None


_EVENT = ("seq", "at", "recorded", "who", "act")
_EVENT_OPTIONAL = ("person", "sets", "says", "taken as", "reasons", "corrects", "answers")


def parse(
    node: Node,
    vocabulary: Vocabulary,
    sources: Mapping[str, Source],
    procedures: Mapping[str, Collection[str]],
    problems: list[ProceduresError],
) -> Case:
    """Read one case. ``procedures`` are the acts that each procedure defines, in all its versions.

    Errors within a fact or an event are added to ``problems``.
    """
    optional = ("source", "constructed", "procedure", "events", "not done", "as of")
    values = keys(node, "a case", ("case", "facts"), optional)
    source = _source(node, values, sources)
    procedure = values.get("procedure")
    acts = {*vocabulary.acts, *(act for defined in procedures.values() for act in defined)}
    names = _Names(vocabulary, acts, source)
    facts: dict[str, Recorded] = {}
    for key, value in table(values["facts"], "“facts”").entries:
        if recorded := collect(problems, _fact, key, value, names):
            facts[recorded.fact] = recorded
    not_done = values.get("not done")
    found = [collect(problems, _not_done, item, names) for item in items(not_done, "“not done”")] if not_done else []
    return Case(
        identifier(values["case"], "the name of a case"),
        source.id if source else None,
        source is None,
        known(procedure, "a procedure", text(procedure, "“procedure”"), procedures) if procedure else None,
        MappingProxyType(facts),
        _events(values.get("events"), names, problems),
        tuple(item for item in found if item),
        day(values["as of"], "“as of”") if "as of" in values else None,
        values["case"].place,
    )


def _source(node: Node, values: Mapping[str, Node], sources: Mapping[str, Source]) -> Source | None:
    constructed = "constructed" in values and yes_no(values["constructed"], "“constructed”")
    if constructed == ("source" in values):
        raise problem(node, "a case either has a source or is constructed", "write “source: …” or “constructed: yes”")
    if constructed:
        return None
    return sources[known(values["source"], "a source", text(values["source"], "“source”"), sources)]


def _quote(node: Node | None, names: _Names) -> Quote | None:
    if node is None:
        return None
    if names.source is None:
        raise problem(node, "a constructed case quotes nothing", "remove “says”")
    return Quote(*locate(node, names.source))


def _value(node: Node, fact: str, names: _Names) -> Value:
    domain = names.vocabulary.facts[fact].domain
    word = text(node, "a value")
    value = domain.parse(word)
    if value is None:
        raise problem(
            node, f"“{shown(word)}” is not a value of “{fact}”", f"it is {domain.describe()}", kind="unknown-name"
        )
    return value


def _fact(key: Node, node: Node, names: _Names) -> Recorded:
    fact = known(key, "a fact", text(key, "a fact"), names.vocabulary.facts)
    values = keys(node, "a fact of a case", ("is",), ("says", "because"))
    quote, because = _grounds(node, values, names)
    return Recorded(fact, _value(values["is"], fact, names), quote, because, key.place)


def _grounds(node: Node, values: Mapping[str, Node], names: _Names) -> tuple[Quote | None, str | None]:
    if "says" in values and "because" in values:
        raise problem(node, "“says” and “because” exclude each other", "quote the source, or give the reason")
    if names.source and "says" not in values and "because" not in values:
        raise problem(node, "neither “says” nor “because” is given", "quote the source, or give the reason")
    return _quote(values.get("says"), names), text(values["because"], "“because”") if "because" in values else None


def _not_done(node: Node, names: _Names) -> NotDone:
    values = keys(node, "an entry of “not done”", ("act",), ("says", "because"))
    word = text(values["act"], "“act”")
    acts = names.vocabulary.acts_of(word)
    if acts is None:
        known(values["act"], "an act or a kind", word, {*names.acts, *names.vocabulary.kinds})
    quote, because = _grounds(node, values, names)
    return NotDone(word, acts or (word,), quote, because, values["act"].place)


def _events(node: Node | None, names: _Names, problems: list[ProceduresError]) -> tuple[Event, ...]:
    found: list[Event] = []

    def one(item: Node) -> None:
        event = _event(item, names)
        if found and event.seq <= found[-1].seq:
            what = f"event {event.seq} stands after event {found[-1].seq}"
            raise CaseProblem(what, place=event.place, todo="number events so that “seq” rises")
        earlier = {other.seq for other in found}
        for seq in (*event.answers, *([event.corrects] if event.corrects is not None else [])):
            if seq not in earlier:
                what = f"event {event.seq} names event {seq}, which is not before it"
                raise CaseProblem(what, place=event.place, todo="name the “seq” of an earlier event")
        found.append(event)

    empty = node is None or (isinstance(node, Listing) and not node.items)
    for item in () if node is None or empty else items(node, "“events”"):
        collect(problems, one, item)
    return tuple(found)


def _event(node: Node, names: _Names) -> Event:
    values = keys(node, "an event", _EVENT, _EVENT_OPTIONAL)
    act = act_name(values["act"])
    party = values["who"]
    sets = {}
    for key, value in table(values["sets"], "“sets”").entries if "sets" in values else ():
        fact = known(key, "a fact", text(key, "a fact"), names.vocabulary.facts)
        sets[fact] = _value(value, fact, names)
    answers = one_or_more(values["answers"], "“answers”") if "answers" in values else ()
    return Event(
        whole(values["seq"], "the number of an event"),
        _when(values["at"]),
        moment(values["recorded"], "“recorded”"),
        stated(party, NOT_STATED) or known(party, "a party", text(party, "“who”"), names.vocabulary.parties),
        known(values["act"], "an act", act, names.acts),
        identifier(values["person"], "a person: cases carry labels, never names,") if "person" in values else None,
        MappingProxyType(sets),
        _quote(values.get("says"), names),
        _taken_as(values["taken as"], names) if "taken as" in values else None,
        text(values["reasons"], "“reasons”") if "reasons" in values else None,
        whole(values["corrects"], "“corrects”") if "corrects" in values else None,
        tuple(whole(item, "“answers”") for item in answers),
        node.place,
    )


def _when(node: Node) -> When:
    if stated(node, NOT_STATED):
        return When(None, None, stated=False)
    if not isinstance(node, Table):
        at = moment(node, "the time of an event")
        return When(at, at)
    values = keys(node, "“at”", (), ("not before", "not after"))
    if not values:
        raise problem(node, "“at” gives no time", "write a day, {not before: …, not after: …} or “not stated”")
    first, last = (
        moment(values[word], f"“{word}”") if word in values else None for word in ("not before", "not after")
    )
    if first and last and _after(first, last):
        raise problem(node, "“not before” is after “not after”", "exchange them")
    return When(first, last)


def _after(first: Moment, last: Moment) -> bool:
    """Whether ``first`` is after ``last`` in every time zone."""
    if isinstance(first, datetime) and isinstance(last, datetime):
        return first > last
    days = [moment.date() if isinstance(moment, datetime) else moment for moment in (first, last)]
    slack = 0 if type(first) is type(last) else 1
    return (days[0] - days[1]).days > slack


def _taken_as(node: Node, names: _Names) -> TakenAs:
    if not isinstance(node, Table):
        return TakenAs(text(node, "“taken as”"), None)
    values = keys(node, "“taken as”", ("act", "because"))
    return TakenAs(
        text(values["because"], "“because”"), known(values["act"], "an act", act_name(values["act"]), names.acts)
    )
