"""The bare order of a procedure read off its definition with sets: no masks, nothing remembered.

The tests hold `answerable.procedures.marking` and `walk` to it, and the bench runs beside it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from answerable.procedures.procedure import Procedure

Marking = tuple[frozenset[str], frozenset[str], frozenset[str]]  # executed, switched off, owed


@dataclass(frozen=True)
class Sets:
    """A procedure as sets of names."""

    acts: tuple[str, ...]
    needs: dict[str, frozenset[str]]
    blocks: dict[str, frozenset[str]]
    off: dict[str, frozenset[str]]
    on: dict[str, frozenset[str]]
    opens: dict[str, frozenset[str]]
    conditional: frozenset[str]
    late: dict[str, frozenset[str]]
    only_if_owed: frozenset[str]
    ends: frozenset[str]
    first: frozenset[str]

    @classmethod
    def of(cls, procedure: Procedure) -> Sets:
        """Read the definition."""
        rules = {rule.act: rule for rule in procedure.acts}
        acts = tuple(procedure.defined())
        measured = {rule.act for rule in procedure.acts if rule.within is not None and rule.within.measured}
        measured |= {one.act for rule in procedure.acts for one in rule.starts if one.within.measured}
        late: dict[str, set[str]] = {act: set() for act in acts}
        for rule in procedure.acts:
            last, counts, link = rule.act, rule.act in measured, rule.if_late
            while link is not None and counts:
                late[last].add(link.act)
                last, counts, link = link.act, link.within.measured, link.if_late
        return cls(
            acts,
            {act: frozenset(rules[act].needs if act in rules else ()) for act in acts},
            {act: frozenset(rules[act].not_while_open if act in rules else ()) for act in acts},
            {act: frozenset(rules[act].switches_off if act in rules else ()) & set(acts) for act in acts},
            {act: frozenset(rules[act].switches_on if act in rules else ()) for act in acts},
            {
                act: frozenset(rule.act for rule in procedure.acts if rule.within is not None and rule.within.of == act)
                | (frozenset(one.act for one in rules[act].starts if one.act in acts) if act in rules else frozenset())
                for act in acts
            },
            frozenset(rule.act for rule in procedure.acts if rule.when is not None),
            {act: frozenset(found) for act, found in late.items()},
            frozenset(act for act in acts if act not in rules),
            frozenset(procedure.ends),
            frozenset(rule.act for rule in procedure.acts if rule.within is not None and rule.within.of is None),
        )

    def wrong(self, marking: Marking, act: str) -> frozenset[str]:
        """What is wrong with doing the act now."""
        executed, off, owed = marking
        found = set()
        if act in off:
            found.add("switched off")
        if any(need not in executed and need not in off for need in self.needs[act]):
            found.add("too early")
        if any(duty in owed and duty not in off for duty in self.blocks[act]):
            found.add("while open")
        return frozenset(found)

    def after(self, marking: Marking, act: str, opened: frozenset[str]) -> Marking:
        """The marking after the act."""
        executed, off, owed = marking
        return executed | {act}, (off | self.off[act]) - self.on[act], (owed - {act}) | opened

    def replay(self, trace: Iterable[str]) -> tuple[list[tuple[int, frozenset[str]]], Marking]:
        """Everything wrong in a trace, every condition taken to hold, and the marking at its end."""
        marking: Marking = frozenset(), frozenset(), self.first
        found = []
        for position, act in enumerate(trace):
            if wrong := self.wrong(marking, act):
                found.append((position, wrong))
            marking = self.after(marking, act, self.opens[act])
        return found, marking

    def beginnings(self) -> Iterator[Marking]:
        """The markings a case may begin with."""
        for opened in self._branches(self.first):
            yield frozenset(), frozenset(), opened

    def _branches(self, opens: frozenset[str]) -> Iterator[frozenset[str]]:
        """What may be opened: each conditional duty owed, then not."""
        turning = [act for act in self.acts if act in opens & self.conditional]
        for choice in product((True, False), repeat=len(turning)):
            yield opens - {act for act, owed in zip(turning, choice, strict=True) if not owed}

    def steps(self, marking: Marking) -> Iterator[tuple[str | None, Marking]]:
        """What may follow: acts with the marking after them, then lateness (None)."""
        _, off, owed = marking
        for act in self.acts:
            if self.wrong(marking, act) or (act in self.only_if_owed and act not in owed):
                continue
            for opened in self._branches(self.opens[act]):
                yield act, self.after(marking, act, opened)
        for act in self.acts:
            if act in owed and act not in off and not self.late[act] <= owed:
                yield None, (marking[0], off, owed | self.late[act])

    def walk(self, largest: int) -> dict[Marking, int] | None:
        """Every marking with the number of steps to it, or None if there are more than ``largest``."""
        seen = dict.fromkeys(self.beginnings(), 0)
        waiting = deque(seen)
        while waiting:
            marking = waiting.popleft()
            for _, after in self.steps(marking):
                if after not in seen:
                    if len(seen) >= largest:
                        return None
                    seen[after] = seen[marking] + 1
                    waiting.append(after)
        return seen


def live(marking: Marking) -> frozenset[str]:
    """What is owed and switched on."""
    return marking[2] - marking[1]


def discharged(sets: Sets, seen: Sequence[Marking]) -> set[tuple[Marking, str]]:
    """Each marking with each duty owed there that some continuation discharges."""
    before: dict[Marking, list[tuple[str | None, Marking]]] = {}
    for marking in seen:
        for act, after in sets.steps(marking):
            before.setdefault(after, []).append((act, marking))
    found = {
        (marking, act) for after in before for act, marking in before[after] if act is not None and act in marking[2]
    }
    waiting = deque(found)
    while waiting:
        marking, duty = waiting.popleft()
        for _, earlier in before.get(marking, ()):
            if duty in earlier[2] and (earlier, duty) not in found:
                found.add((earlier, duty))
                waiting.append((earlier, duty))
    return found
