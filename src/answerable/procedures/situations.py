"""Who says what, in which situation: the table behind the page that is understood in a minute.

For one kind of acts, cases are put together in which every statement says the same; each such group is a situation,
shown by its least case with the facts it does not need left out. A cell holds what one statement says there, norm by
norm, in each way its words can be read. This only lays out what the norms say: contradictions and differences are
`compare`'s to find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations, product
from typing import Literal

from answerable.procedures import condition as conditions
from answerable.procedures.collection import Collection
from answerable.procedures.condition import Condition, evaluate, facts_of, kleene
from answerable.procedures.domain import DayRange, Decimal, Domain, OneOf, Value, Whole
from answerable.procedures.norm import Norm, Reading
from answerable.procedures.statement import Statement
from answerable.procedures.vocabulary import Vocabulary

#: More cases than this are not laid out: such a table would not be read.
MAX_CASES = 50_000
MAX_READINGS = 16

MeetingKind = Literal["contradictory", "apart"]
Verb = Literal["must", "must not", "may", "alone"]
#: Whether these facts can hold together under the assumptions.
Consistent = Callable[[Mapping[str, Value]], bool]


@dataclass(frozen=True, slots=True)
class Said:
    """What one norm says about acts of the kind: of several acts of a ``must``, any one will do."""

    norm: Norm
    verb: Verb
    acts: tuple[str, ...]
    who: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What one statement says in one situation, by the readings it takes; the first entry alone where they agree."""

    statement: str
    ways: tuple[tuple[Mapping[str, str], tuple[Said, ...]], ...]

    @property
    def silent(self) -> bool:
        """Whether nothing is said in any reading."""
        return not any(said for _, said in self.ways)


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two statements that meet in a situation: they cannot both be followed, or they leave different ways open.

    ``readings`` are those it takes; empty where it is so in every reading. ``common`` are acts by any of which both are
    kept all the same.
    """

    kind: MeetingKind
    first: str
    second: str
    readings: Mapping[str, str]
    common: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """Cases in which everybody says the same: their shortest description, the least of them, and who says what."""

    facts: Mapping[str, str]
    case: Mapping[str, str]
    cells: tuple[Cell, ...]
    meetings: tuple[Meeting, ...]

    @property
    def contradictions(self) -> tuple[Meeting, ...]:
        """Those who cannot both be followed."""
        return tuple(each for each in self.meetings if each.kind == "contradictory")


@dataclass(frozen=True, slots=True)
class Table:
    """All situations for one kind of acts.

    ``others`` are the statements that never speak of it. ``smallest`` holds, for each way to meet that occurs, the case
    with the fewest facts in which two statements so meet; one that takes no reading before one that does.
    """

    kind: str
    statements: tuple[str, ...]
    others: tuple[str, ...]
    situations: tuple[Situation, ...]
    smallest: tuple[tuple[Situation, Meeting], ...]


_Pattern = tuple[tuple[tuple[tuple[tuple[str, str], ...], tuple[Said, ...]], ...], ...]


def tables(collection: Collection, consistent: Consistent) -> tuple[Table, ...]:
    """A table for each kind of acts on which two statements speak; those with contradictions first.

    The collection is one that `Settings.prepare` has left.

    Kinds for which more than `MAX_CASES` cases would have to be laid out are left out.
    """
    found = [table(collection, kind, consistent) for kind in collection.vocabulary.kinds]
    every = [one for one in found if one is not None]
    return tuple(sorted(every, key=lambda one: -sum(len(each.contradictions) for each in one.situations)))


def table(collection: Collection, kind: str, consistent: Consistent) -> Table | None:
    """The table for ``kind``, or None if fewer than two statements speak of it, or it would be too large."""
    vocabulary = collection.vocabulary
    acts = frozenset(vocabulary.kinds[kind].acts)
    speaking = [one for one in collection.statements if any(_on(norm, acts) for norm in one.norms)]
    if len(speaking) < 2 or any(len(_readings(one, acts)) > MAX_READINGS for one in speaking):
        return None
    facts = _facts(speaking, acts, vocabulary)
    values = {name: _values(name, speaking, vocabulary) for name in facts}
    size = 1
    for choices in values.values():
        size *= len(choices)
    if size > MAX_CASES:
        return None
    groups: dict[_Pattern, list[dict[str, Value]]] = {}
    holding = [one.holds for one in vocabulary.assumptions]
    for chosen in product(*values.values()):
        case = dict(zip(facts, chosen, strict=True))
        if _possible(case, holding, consistent):
            pattern = tuple(_ways(one, case, acts, vocabulary) for one in speaking)
            groups.setdefault(pattern, []).append(case)
    cases = [(case, pattern) for pattern, group in groups.items() for case in group]
    one_at_most = vocabulary.kinds[kind].one_at_most
    found = [
        _situation(group[0], pattern, cases, speaking, vocabulary, one_at_most) for pattern, group in groups.items()
    ]
    others = tuple(one.name for one in collection.statements if one not in speaking)
    met = {pattern: situation.meetings for pattern, situation in zip(groups, found, strict=True)}
    ways: tuple[MeetingKind, ...] = ("apart", "contradictory")
    smallest = [_smallest(way, zip(groups.values(), found, strict=True), cases, met, vocabulary) for way in ways]
    names = tuple(one.name for one in speaking)
    return Table(kind, names, others, tuple(found), tuple(one for one in smallest if one is not None))


def _smallest(
    way: MeetingKind,
    groups: Iterable[tuple[list[dict[str, Value]], Situation]],
    cases: Sequence[tuple[dict[str, Value], _Pattern]],
    met: Mapping[_Pattern, tuple[Meeting, ...]],
    vocabulary: Vocabulary,
) -> tuple[Situation, Meeting] | None:
    """The shortest case in which two statements meet in this ``way``, whatever the others say."""
    found: list[tuple[Situation, Meeting]] = []
    for group, situation in groups:
        for meeting in situation.meetings:
            if meeting.kind == way:
                patterns = {pattern for pattern, meetings in met.items() if meeting in meetings}
                kept = _shortened(group[0], cases, patterns.__contains__)
                found.append((replace(situation, facts=_words(kept, vocabulary)), meeting))
    return min(found, key=lambda pair: (bool(pair[1].readings), len(pair[0].facts)), default=None)


def _shortened(
    case: Mapping[str, Value], cases: Sequence[tuple[dict[str, Value], _Pattern]], keeps: Callable[[_Pattern], bool]
) -> dict[str, Value]:
    """The case without the facts it does not need, tried from the last to the first, for every case to be kept."""
    kept = dict(case)
    for name in reversed(tuple(case)):
        rest = {fact: value for fact, value in kept.items() if fact != name}
        if all(keeps(pattern) for other, pattern in cases if all(other[fact] == rest[fact] for fact in rest)):
            kept = rest
    return kept


def _words(facts: Mapping[str, Value], vocabulary: Vocabulary) -> dict[str, str]:
    return {name: vocabulary.facts[name].domain.print_(value) for name, value in facts.items()}


def _on(norm: Norm, acts: frozenset[str]) -> bool:
    """Whether any reading of the norm speaks of one of the acts."""
    return any(acts.intersection(_spoken(reading)) for reading in norm.readings)


def _spoken(reading: Reading) -> Iterator[str]:
    for choice in reading.choices:
        yield from choice
    yield from (*reading.forbidden, *reading.allowed, *reading.reserved)


def _facts(speaking: Sequence[Statement], acts: frozenset[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """The facts on which it turns what is said of ``acts``, in declared order."""
    named = {fact for condition in _conditions(speaking, acts) for fact in facts_of(condition)}
    return tuple(name for name in vocabulary.facts if name in named)


def _conditions(speaking: Sequence[Statement], acts: frozenset[str]) -> Iterator[Condition]:
    for statement in speaking:
        for norm in statement.norms:
            chain = _displacing(statement, norm) if _on(norm, acts) else ()
            yield from (reading.when for each in chain for reading in each.readings)


def _displacing(statement: Statement, norm: Norm) -> tuple[Norm, ...]:
    """The norm and all that are exceptions to it, at any depth."""
    chain = [norm]
    for one in chain:
        chain += [each for each in statement.norms if one.id in each.exception_to and each not in chain]
    return tuple(chain)


def _values(name: str, speaking: Sequence[Statement], vocabulary: Vocabulary) -> tuple[Value, ...]:
    """Values enough to tell the cases apart: every word; of numbers and days, those at which a test can change."""
    domain: Domain = vocabulary.facts[name].domain
    if isinstance(domain, OneOf):
        return tuple(domain.values)
    if isinstance(domain, Whole | Decimal):
        tested = _tested(name, speaking)
        numbers = {domain.first, *(int(value) + step for value in tested for step in (-1, 0, 1))}  # type: ignore[arg-type]  # numbers by their domain
        return tuple(sorted(value for value in numbers if domain.first <= value <= domain.last))
    if isinstance(domain, DayRange):
        known = [value for value in _tested(name, speaking) if isinstance(value, date)]
        days = {domain.first, *(value + timedelta(days=step) for value in known for step in (-1, 0, 1))}
        return tuple(sorted(value for value in days if domain.first <= value <= domain.last))
    return ("no", "yes")


def _tested(name: str, speaking: Sequence[Statement]) -> set[Value]:
    found: set[Value] = set()
    waiting: list[Condition] = [one.when for each in speaking for norm in each.norms for one in norm.readings]
    while waiting:
        condition = waiting.pop()
        match condition:
            case conditions.Test():
                found |= set(condition.values) if condition.fact == name else set()
            case conditions.Not(part):
                waiting.append(part)
            case conditions.And(parts) | conditions.Or(parts):
                waiting += parts
    return found


def _possible(case: Mapping[str, Value], holding: Sequence[Condition], consistent: Consistent) -> bool:
    """Whether a case with these facts satisfies the assumptions; asked of the solver only where they leave it open."""
    known = [kleene(condition, case) for condition in holding]
    if False in known:
        return False
    return None not in known or consistent(case)


def _readings(statement: Statement, acts: frozenset[str]) -> tuple[dict[str, Reading], ...]:
    """Every way to read the norms of the statement that speak of ``acts``, with those that displace them."""
    norms = dict.fromkeys(each for norm in statement.norms if _on(norm, acts) for each in _displacing(statement, norm))
    ways = product(*(norm.readings for norm in norms))
    return tuple({norm.full: reading for norm, reading in zip(norms, way, strict=True)} for way in ways)


def _ways(
    statement: Statement, case: Mapping[str, Value], acts: frozenset[str], vocabulary: Vocabulary
) -> tuple[tuple[tuple[tuple[str, str], ...], tuple[Said, ...]], ...]:
    found = []
    for way in _readings(statement, acts):
        said: list[Said] = []
        for norm in statement.norms:
            if norm.full in way and _applies(statement, norm, way, case):
                said += _said(norm, way[norm.full], acts, vocabulary)
        named = tuple((full, reading.name) for full, reading in way.items() if reading.name is not None)
        found.append((named, tuple(said)))
    if all(said == found[0][1] for _, said in found):
        return (((), found[0][1]),)
    return tuple(found)


def _applies(statement: Statement, norm: Norm, way: Mapping[str, Reading], case: Mapping[str, Value]) -> bool:
    if not evaluate(way[norm.full].when, case):
        return False
    return not any(_applies(statement, other, way, case) for other in statement.norms if norm.id in other.exception_to)


def _said(norm: Norm, reading: Reading, acts: frozenset[str], vocabulary: Vocabulary) -> Iterator[Said]:
    order = {act: place for place, act in enumerate(vocabulary.acts)}

    def inside(every: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted(acts.intersection(every), key=order.__getitem__))

    for choice in reading.choices:
        if inside(choice):
            yield Said(norm, "must", inside(choice))
    if inside(reading.forbidden):
        yield Said(norm, "must not", inside(reading.forbidden))
    if inside(reading.allowed):
        yield Said(norm, "may", inside(reading.allowed))
    if inside(reading.reserved) and isinstance(reading.who, tuple):
        yield Said(norm, "alone", inside(reading.reserved), " or ".join(reading.who))


def _situation(
    least: dict[str, Value],
    pattern: _Pattern,
    cases: Sequence[tuple[dict[str, Value], _Pattern]],
    speaking: Sequence[Statement],
    vocabulary: Vocabulary,
    one_at_most: bool,
) -> Situation:
    kept = _shortened(least, cases, lambda other: other == pattern)
    cells = tuple(
        Cell(one.name, tuple((dict(named), said) for named, said in ways))
        for one, ways in zip(speaking, pattern, strict=True)
    )
    meetings = tuple(_meetings(cells, one_at_most))
    return Situation(_words(kept, vocabulary), _words(least, vocabulary), cells, meetings)


def _meetings(cells: Sequence[Cell], one_at_most: bool) -> Iterator[Meeting]:
    """How each two statements meet; in the fewest readings that show it."""
    for first, second in combinations(cells, 2):
        ways = [
            ({**a, **b}, (*one, *other), _meet(one, other, one_at_most))
            for a, one in first.ways
            for b, other in second.ways
        ]
        kinds: list[MeetingKind] = [kind for _, _, kind in ways if kind is not None]
        for kind in sorted(set(kinds), key=("contradictory", "apart").index)[:1]:
            readings, said = next((readings, said) for readings, said, found in ways if found == kind)
            everywhere = kinds.count(kind) == len(ways)
            common = _common(said) if kind == "apart" else ()
            yield Meeting(kind, first.statement, second.statement, {} if everywhere else readings, common)


def _common(every: Sequence[Said]) -> tuple[str, ...]:
    """Acts that keep every duty said, each of them alone."""
    choices = [said.acts for said in every if said.verb == "must"]
    forbidden = {act for said in every if said.verb == "must not" for act in said.acts}
    return tuple(act for act in choices[0] if act not in forbidden and all(act in choice for choice in choices))


def _meet(one: Sequence[Said], other: Sequence[Said], one_at_most: bool) -> MeetingKind | None:
    if not _followed((*one, *other), one_at_most) and _followed(one, one_at_most) and _followed(other, one_at_most):
        return "contradictory"
    mine, theirs = (sorted(said.acts for said in every if said.verb == "must") for every in (one, other))
    return "apart" if mine and theirs and mine != theirs else None


def _followed(every: Sequence[Said], one_at_most: bool) -> bool:
    """Whether some conduct meets all that is said."""
    forbidden = {act for said in every if said.verb == "must not" for act in said.acts}
    open_ = [set(said.acts) - forbidden for said in every if said.verb == "must"]
    if one_at_most and open_:
        return bool(set.intersection(*open_))
    return all(open_)
