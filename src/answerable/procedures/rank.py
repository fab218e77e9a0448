"""Rank: which instrument prevails over which. It holds between instruments and treaties, and never between speakers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from answerable.procedures.errors import Place, ProceduresError, RankProblem
from answerable.procedures.fields import circle, collect, items, keys, known, text
from answerable.procedures.source import Source, locate
from answerable.procedures.statement import Statement
from answerable.procedures.yamlfile import Node


@dataclass(frozen=True, slots=True)
class RankEntry:
    """``over`` prevails over ``under``, and why. ``says`` is quoted from the source of ``over``."""

    over: str
    under: str
    because: str
    says: tuple[str, ...] | None
    place: Place


@dataclass(frozen=True, slots=True)
class Rank:
    """All entries, and what follows from them."""

    entries: tuple[RankEntry, ...] = ()
    _below: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def prevails(self, a: str, b: str) -> bool:
        """Whether statement ``a`` prevails over statement ``b``, directly or through others."""
        return b in self._below.get(a, frozenset())

    def because(self, a: str, b: str) -> tuple[RankEntry, ...]:
        """The entries through which ``a`` prevails over ``b``, from ``a`` downwards; empty if it does not."""
        if not self.prevails(a, b):
            return ()
        step = next(
            entry for entry in self.entries if entry.over == a and (entry.under == b or self.prevails(entry.under, b))
        )
        return (step, *self.because(step.under, b))


def parse(
    node: Node, statements: Sequence[Statement], sources: Mapping[str, Source], problems: list[ProceduresError]
) -> Rank:
    """Read ``rank.yaml``. Errors within an entry, speakers and circles are added to ``problems``."""
    every = {statement.name: statement for statement in statements}
    found = [collect(problems, _entry, item, every, sources) for item in items(node, "the list of ranks")]
    entries = tuple(entry for entry in found if entry)
    direct: dict[str, list[str]] = {}
    for entry in entries:
        direct.setdefault(entry.over, []).append(entry.under)
    if path := circle(direct):
        place = next(entry.place for entry in entries if (entry.over, entry.under) == (path[0], path[1]))
        what = f"rank runs in a circle: {' over '.join(path)}"
        problems.append(RankProblem(what, place=place, todo="remove one of the entries", kind="rank-cycle"))
        return Rank(entries)
    return Rank(entries, {over: frozenset(_closure(over, direct)) for over in direct})


def _closure(start: str, direct: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = set(direct.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found


def _entry(node: Node, statements: Mapping[str, Statement], sources: Mapping[str, Source]) -> RankEntry:
    values = keys(node, "an entry of rank", ("over", "under", "because"), ("says",))
    names = []
    for word in ("over", "under"):
        value = values[word]
        one = statements[known(value, "a statement", text(value, f"“{word}”"), statements)]
        if not one.ranks:
            raise RankProblem(
                f"“{one.name}” is a {one.kind}: rank holds between instruments and treaties, never between speakers",
                place=value.place,
                todo="remove the entry",
                kind="rank-of-speakers",
            )
        names.append(one.name)
    says = locate(values["says"], sources[statements[names[0]].source])[0] if "says" in values else None
    return RankEntry(names[0], names[1], text(values["because"], "“because”"), says, node.place)
