"""Domains cut into cells that no condition distinguishes within, so that numbers and days become few values."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from answerable.procedures.condition import And, Condition, Not, Or, Test
from answerable.procedures.domain import OneOf, Value, YesNo
from answerable.procedures.vocabulary import Vocabulary

#: For each fact the least value of each of its cells, ascending or as declared.
Cells = Mapping[str, tuple[Value, ...]]


def tests(condition: Condition) -> Iterator[Test]:
    """The tests in a condition, in order."""
    match condition:
        case Test():
            yield condition
        case Not(part):
            yield from tests(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from tests(part)


def cut(vocabulary: Vocabulary, conditions: Iterable[Condition]) -> dict[str, tuple[Value, ...]]:
    """The cells of every fact. Words stay apart; numbers and days are cut wherever one of the tests changes."""
    cuts: dict[str, set[Value]] = {fact: set() for fact in vocabulary.facts}
    for condition in conditions:
        for test in tests(condition):
            cuts[test.fact].update(_cuts(test))
    found: dict[str, tuple[Value, ...]] = {}
    for name, fact in vocabulary.facts.items():
        match fact.domain:
            case YesNo():
                found[name] = ("no", "yes")
            case OneOf(values):
                found[name] = values
            case domain:
                # All values of one domain are of one type, which mypy cannot see.
                inside = (at for at in cuts[name] if domain.first < at <= domain.last)  # type: ignore[operator]
                found[name] = (domain.first, *sorted(inside))
    return found


def _cuts(test: Test) -> Iterator[Value]:
    for value in test.values:
        if not isinstance(value, str):
            if test.op not in ("<=", ">"):
                yield value
            if test.op not in ("<", ">=") and value != date.max:
                yield value + timedelta(1) if isinstance(value, date) else value + 1


def cell_of(cells: tuple[Value, ...], value: Value) -> int:
    """The cell that a value of the domain lies in."""
    return cells.index(value) if isinstance(value, str) else bisect_right(cells, value) - 1
