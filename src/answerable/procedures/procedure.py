"""Procedures: acts, whose they are, on which rule each rests, and how they hold, open and close each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from answerable.procedures import condition as conditions
from answerable.procedures.condition import Condition
from answerable.procedures.errors import Place, ProceduresError
from answerable.procedures.fields import (
    NOT_STATED,
    Stated,
    act_name,
    as_act,
    collect,
    identifier,
    items,
    keys,
    known,
    one_of,
    one_or_more,
    problem,
    shown,
    stated,
    text,
    whole,
)
from answerable.procedures.limit import Limit
from answerable.procedures.limit import parse as parse_limit
from answerable.procedures.norm import limit, standard
from answerable.procedures.statement import Applies, applies
from answerable.procedures.vocabulary import Vocabulary
from answerable.procedures.yamlfile import Node, Table

Status = Literal["constructed", "proposed", "adopted", "observed"]


@dataclass(frozen=True, slots=True)
class OurDesign:
    """An act that rests on no norm but on a reason of ours."""

    reason: str


@dataclass(frozen=True, slots=True)
class Starts:
    """A duty that an act opens: ``act``, to be done ``within``."""

    act: str
    within: Limit
    place: Place


@dataclass(frozen=True, slots=True)
class IfLate:
    """The duty that opens when another is overdue."""

    who: str
    act: str
    within: Limit
    if_late: IfLate | None
    place: Place

    def chain(self) -> Iterator[IfLate]:
        """This duty and those that follow when it is late in turn."""
        yield self
        if self.if_late:
            yield from self.if_late.chain()


@dataclass(frozen=True, slots=True)
class ActRule:
    """One act of a procedure. Acts named here need not be defined: whether they are is for `check` to say."""

    act: str
    by: str
    rests_on: tuple[str, ...] | OurDesign | Stated
    needs: tuple[str, ...]
    when: Condition | None
    within: Limit | None
    starts: tuple[Starts, ...]
    not_while_open: tuple[str, ...]
    switches_off: tuple[str, ...]
    switches_on: tuple[str, ...]
    if_late: IfLate | None
    decides: str | None
    standard: str | Stated | None
    reasons: bool
    different_person_from: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Procedure:
    """One file under ``procedures/``: a version of a procedure. ``record_within`` is counted from each event."""

    name: str
    version: int
    status: Status
    calendar: str
    applies: Applies
    record_within: Limit | None
    ends: tuple[str, ...]
    acts: tuple[ActRule, ...]
    place: Place

    def defined(self) -> Mapping[str, str]:
        """Every act this procedure defines with its party: those listed, then those of ``if late`` that are not."""
        found = {rule.act: rule.by for rule in self.acts}
        for rule in self.acts:
            for late in rule.if_late.chain() if rule.if_late else ():
                found.setdefault(late.act, late.who)
        return found


_HEADER = ("procedure", "version", "status", "calendar", "applies", "ends", "acts")
_ACT = ("act", "by", "rests on")
_RELATIONS = ("needs", "not while open", "switches off", "switches on", "different person from")
_ACT_OPTIONAL = (*_RELATIONS, "when", "within", "starts", "if late", "decides", "standard", "reasons")


def parse(
    node: Node,
    vocabulary: Vocabulary,
    norms: Collection[str],
    calendars: Collection[str],
    problems: list[ProceduresError],
) -> Procedure:
    """Read one procedure. ``norms`` are full names. Errors within an act are added to ``problems``."""
    values = keys(node, "a procedure", _HEADER, ("record within",))
    acts: dict[str, ActRule] = {}

    def one(item: Node) -> None:
        rule = _act(item, vocabulary, norms)
        if rule.act in acts:
            first = acts[rule.act].place.line
            raise problem(item, f"the act “{rule.act}” is given twice, first on line {first}", "keep one")
        acts[rule.act] = rule

    for item in items(values["acts"], "“acts”"):
        collect(problems, one, item)
    return Procedure(
        identifier(values["procedure"], "the name of a procedure"),
        whole(values["version"], "a version"),
        one_of(values["status"], "the status of a procedure", get_args(Status)),  # type: ignore[arg-type]  # one of Status
        known(values["calendar"], "a calendar", text(values["calendar"], "“calendar”"), calendars),
        applies(values["applies"], None),
        limit(values["record within"], None) if "record within" in values else None,
        _acts(values["ends"], "“ends”"),
        tuple(acts.values()),
        values["procedure"].place,
    )


def _acts(node: Node, what: str) -> tuple[str, ...]:
    every = [act_name(item, what) for item in one_or_more(node, what)]
    for item, act in zip(one_or_more(node, what), every, strict=True):
        if every.count(act) > 1:
            raise problem(item, f"the act “{act}” is named twice in {what}", "keep one")
    return tuple(every)


def _party(node: Node, vocabulary: Vocabulary) -> str:
    return known(node, "a party", text(node, "a party"), vocabulary.parties)


def _act(node: Node, vocabulary: Vocabulary, norms: Collection[str]) -> ActRule:
    values = keys(node, "an act", _ACT, _ACT_OPTIONAL)
    related = {word: _acts(values[word], f"“{word}”") if word in values else () for word in _RELATIONS}
    when, decides = values.get("when"), values.get("decides")
    if (decides is None) != ("standard" not in values):
        lone, missing = ("decides", "standard") if decides else ("standard", "decides")
        raise problem(node, f"the act has “{lone}” but no “{missing}”", "write both; “not stated” for no standard")
    if "reasons" in values:
        one_of(values["reasons"], "“reasons”", ("required",))
    return ActRule(
        act_name(values["act"]),
        _party(values["by"], vocabulary),
        _rests_on(values["rests on"], norms),
        related["needs"],
        conditions.parse(text(when, "“when”"), vocabulary, when.place) if when else None,
        limit(values["within"], None) if "within" in values else None,
        tuple(_starts(item) for item in one_or_more(values["starts"], "“starts”")) if "starts" in values else (),
        related["not while open"],
        related["switches off"],
        related["switches on"],
        _if_late(values["if late"], vocabulary) if "if late" in values else None,
        known(decides, "a fact", text(decides, "“decides”"), vocabulary.facts) if decides else None,
        standard(values["standard"]) if "standard" in values else None,
        "reasons" in values,
        related["different person from"],
        node.place,
    )


def _rests_on(node: Node, norms: Collection[str]) -> tuple[str, ...] | OurDesign | Stated:
    if stated(node, NOT_STATED):
        return NOT_STATED
    if isinstance(node, Table):
        return OurDesign(text(keys(node, "“rests on”", ("our design",))["our design"], "“our design”"))
    return tuple(known(item, "a norm", text(item, "“rests on”"), norms) for item in one_or_more(node, "“rests on”"))


def _starts(node: Node) -> Starts:
    words = " ".join(text(node, "“starts”").split())
    act, separator, within = words.partition(" within ")
    if not separator:
        raise problem(node, f"“{shown(words)}” names no limit", "write “ACT within LIMIT”")
    return Starts(as_act(act, node.place), parse_limit(within, node.place), node.place)


def _if_late(node: Node, vocabulary: Vocabulary) -> IfLate:
    values = keys(node, "“if late”", ("who", "act", "within"), ("if late",))
    return IfLate(
        _party(values["who"], vocabulary),
        act_name(values["act"]),
        limit(values["within"], None),
        _if_late(values["if late"], vocabulary) if "if late" in values else None,
        node.place,
    )
