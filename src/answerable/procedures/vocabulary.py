"""The vocabulary of a collection: facts, parties, acts by kind, and assumptions that are ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from answerable.procedures import condition as conditions
from answerable.procedures.condition import Condition
from answerable.procedures.domain import DayRange, Decimal, Domain, Fact, OneOf, Whole, YesNo, as_decimal
from answerable.procedures.errors import FileProblem, Place, ProceduresError
from answerable.procedures.fields import (
    NOT_STATED,
    Stated,
    act_name,
    circle,
    collect,
    day,
    identifier,
    items,
    keys,
    known,
    name,
    problem,
    stated,
    table,
    text,
    whole,
    yes_no,
)
from answerable.procedures.yamlfile import Node, Scalar, Table


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who can be bound: an office, or a body that may contain others."""

    name: str
    office: bool
    parts: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Kind:
    """Acts of one kind; ``one_at_most`` if doing one excludes the others."""

    name: str
    acts: tuple[str, ...]
    one_at_most: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Assumption:
    """Background knowledge of ours, with its reason."""

    id: str
    holds: Condition
    because: str
    place: Place


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the files of a collection may speak of, each in the order declared."""

    name: str
    sources: str
    facts: Mapping[str, Fact]
    parties: Mapping[str, Party]
    kinds: Mapping[str, Kind]
    assumptions: tuple[Assumption, ...]
    acts: Mapping[str, str]  # act -> its kind, in declared order

    def parts(self, party: str) -> frozenset[str]:
        """All parties that ``party`` contains, at any depth; without itself."""
        found: set[str] = set()
        waiting = [party]
        while waiting:
            for part in self.parties[waiting.pop()].parts:
                if part not in found:
                    found.add(part)
                    waiting.append(part)
        return frozenset(found)

    def acts_of(self, word: str) -> tuple[str, ...] | None:
        """The acts that ``word`` stands for: those of the kind, or the act itself; None if it is neither."""
        if word in self.kinds:
            return self.kinds[word].acts
        return (word,) if word in self.acts else None


_FACT_KEYS = ("one of", "whole number", "decimal", "day", "judgement", "decided by", "standard")
_DOMAINS = _FACT_KEYS[:4]


def parse(node: Node, problems: list[ProceduresError]) -> Vocabulary:
    """Read ``vocabulary.yaml``. Errors within a part are added to ``problems``; others are raised."""
    values = keys(node, "a vocabulary", ("vocabulary", "sources", "facts", "parties", "acts"), ("assumptions",))
    parties = _parties(values["parties"], problems)
    kinds = _kinds(values["acts"], problems)
    facts: dict[str, Fact] = {}
    for key, value in table(values["facts"], "“facts”").entries:
        if fact := collect(problems, _fact, key, value, parties):
            facts[fact.name] = fact
    plain = Vocabulary(
        identifier(values["vocabulary"], "the name of a vocabulary"),
        text(values["sources"], "“sources”"),
        MappingProxyType(facts),
        MappingProxyType(parties),
        MappingProxyType(kinds),
        (),
        MappingProxyType({act: kind.name for kind in kinds.values() for act in kind.acts}),
    )
    if "assumptions" not in values or problems:
        return plain
    return replace(plain, assumptions=_assumptions(values["assumptions"], plain, problems))


def _parties(node: Node, problems: list[ProceduresError]) -> dict[str, Party]:
    parties: dict[str, Party] = {}
    parts: list[Node] = []
    for key, value in table(node, "“parties”").entries:
        if party := collect(problems, _party, key, value, parts):
            parties[party.name] = party
    for part in parts:
        collect(problems, known, part, "a party", text(part, "a part"), parties)
    if path := circle({party.name: party.parts for party in parties.values()}):
        what = f"parties contain each other in a circle: {' > '.join(path)}"
        problems.append(FileProblem(what, place=parties[path[0]].place, todo="remove one of the parts"))
    return parties


def _party(key: Scalar, value: Node, every_part: list[Node]) -> Party:
    values = keys(value, "a party", ("office",), ("parts",))
    party = name(key, "the name of a party")
    if party == "anyone":
        raise problem(key, "“anyone” cannot be the name of a party: it stands for everybody", "choose another word")
    parts = items(values["parts"], "“parts”") if "parts" in values else ()
    every_part += parts
    return Party(
        party, yes_no(values["office"], "“office”"), tuple(text(part, "a part") for part in parts), value.place
    )


def _kinds(node: Node, problems: list[ProceduresError]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    seen: dict[str, int] = {}
    for key, value in table(node, "“acts”").entries:
        if kind := collect(problems, _kind, key, value, seen):
            kinds[kind.name] = kind
    for key, _ in table(node, "“acts”").entries:
        if key.text in seen:
            problems.append(problem(key, f"“{key.text}” is a kind and an act", "give the kind another name"))
    return kinds


def _kind(key: Scalar, value: Node, seen: dict[str, int]) -> Kind:
    one_at_most = isinstance(value, Table)
    listing = keys(value, "a kind of acts", ("one at most",))["one at most"] if one_at_most else value
    acts: list[str] = []
    for item in items(listing, "the acts of a kind"):
        act = act_name(item)
        if act in seen:
            raise problem(item, f"the act “{act}” is listed twice, first on line {seen[act]}", "keep it in one kind")
        seen[act] = item.place.line
        acts.append(act)
    return Kind(name(key, "the name of a kind"), tuple(acts), one_at_most, key.place)


def _fact(key: Scalar, value: Node, parties: Mapping[str, Party]) -> Fact:
    fact = name(key, "the name of a fact")
    values = keys(value, f"the fact “{fact}”", (), _FACT_KEYS)
    domains = [word for word in _DOMAINS if word in values]
    if len(domains) > 1:
        raise problem(value, f"the fact “{fact}” has both “{domains[0]}” and “{domains[1]}”", "keep one")
    domain = _domain(domains[0], values[domains[0]]) if domains else YesNo()
    judgement = "judgement" in values and yes_no(values["judgement"], "“judgement”")
    if judgement:
        missing = [word for word in ("decided by", "standard") if word not in values]
        if missing:
            what = f"the judgement “{fact}” has no “{missing[0]}”"
            raise problem(key, what, "name it, or write “not stated”")
    return Fact(
        fact,
        domain,
        judgement,
        _decided_by(values.get("decided by"), parties),
        _standard(values.get("standard")),
        key.place,
    )


def _decided_by(node: Node | None, parties: Mapping[str, Party]) -> str | Stated | None:
    if node is None:
        return None
    return stated(node, NOT_STATED) or known(node, "a party", text(node, "“decided by”"), parties)


def _standard(node: Node | None) -> str | Stated | None:
    if node is None:
        return None
    return stated(node, NOT_STATED) or text(node, "“standard”")


def _domain(kind: str, node: Node) -> Domain:
    if kind == "one of":
        words = items(node, "“one of”")
        values = [name(word, "a value") for word in words]
        for word, value in zip(words, values, strict=True):
            if values.count(value) > 1:
                raise problem(word, f"the value “{value}” is given twice", "keep one")
        return OneOf(tuple(values))
    bounds = keys(node, f"“{kind}”", ("from", "to"))
    if kind == "day":
        return _ordered(node, DayRange(day(bounds["from"], "a day"), day(bounds["to"], "a day")))
    if kind == "whole number":
        return _ordered(node, Whole(whole(bounds["from"], "a bound"), whole(bounds["to"], "a bound")))
    (first, places), (last, others) = (_decimal(bounds[word]) for word in ("from", "to"))
    if places != others:
        raise problem(node, f"the bounds have {places} and {others} decimal places", "write both with as many")
    return _ordered(node, Decimal(first, last, places))


def _ordered(node: Node, domain: DayRange | Whole | Decimal) -> Domain:
    if domain.first > domain.last:  # type: ignore[operator]  # both bounds are of the domain's one type
        raise problem(node, "“from” is above “to”", "exchange them")
    return domain


def _decimal(node: Node) -> tuple[int, int]:
    word = text(node, "a bound")
    found = as_decimal(word)
    if found is None:
        raise problem(
            node, f"“{word[:60]}” cannot be a bound", "write a decimal such as 0.00, without sign or leading zero"
        )
    return found


def _assumptions(node: Node, vocabulary: Vocabulary, problems: list[ProceduresError]) -> tuple[Assumption, ...]:
    found: dict[str, Assumption] = {}

    def one(item: Node) -> None:
        values = keys(item, "an assumption", ("id", "holds", "because"))
        key = identifier(values["id"], "the id of an assumption")
        if key in found:
            first = found[key].place.line
            raise problem(values["id"], f"the assumption “{key}” is given twice, first on line {first}", "rename one")
        holds = conditions.parse(text(values["holds"], "“holds”"), vocabulary, values["holds"].place)
        found[key] = Assumption(key, holds, text(values["because"], "“because”"), item.place)

    for item in items(node, "“assumptions”"):
        collect(problems, one, item)
    return tuple(found.values())
