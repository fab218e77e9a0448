"""The bare order of a procedure: its relations as bit masks, its markings, and the replay of traces.

A procedure is a Dynamic Condition Response graph (Hildebrandt and Mukkamala 2010): ``needs`` is its condition,
``within … of`` its response, ``not while open`` its milestone, ``switches off`` and ``switches on`` its exclude and
include. A marking is exactly three sets of acts: executed, switched off, owed. Time, facts and doers are `fold`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import NamedTuple

from answerable.procedures.procedure import ActRule, Procedure

#: Transitions remembered by a replay before it forgets them all: some 200 bytes each.
REMEMBERED = 1 << 18


class Wrong(IntFlag):
    """What is wrong with doing an act in a marking."""

    SWITCHED_OFF = 1
    TOO_EARLY = 2
    WHILE_OPEN = 4


class Marking(NamedTuple):
    """Three sets of acts, each a mask with bit ``i`` for the act with number ``i``."""

    executed: int
    off: int
    owed: int

    @property
    def live(self) -> int:
        """What is owed and switched on."""
        return self.owed & ~self.off


@dataclass(frozen=True, slots=True)
class Relations:
    """The relations of a procedure, one mask per act in the order of ``acts``.

    ``acts`` are those listed, in declared order, then those that only ``if late`` defines. ``owes`` are the duties that
    doing the act always opens, ``may_owe`` those it opens if their ``when`` holds. ``unknown`` are the acts it needs
    that the procedure does not have. ``escalates`` are the acts owed once this act's duty is late. The duties in
    ``owed_first`` (and, by ``when``, ``may_owe_first``) are there from the beginning of a case.
    """

    acts: tuple[str, ...]
    needs: tuple[int, ...]
    unknown: tuple[tuple[str, ...], ...]
    not_while_open: tuple[int, ...]
    switches_off: tuple[int, ...]
    switches_on: tuple[int, ...]
    owes: tuple[int, ...]
    may_owe: tuple[int, ...]
    escalates: tuple[int, ...]
    only_if_owed: int
    ends: int
    owed_first: int
    may_owe_first: int

    def names(self, mask: int) -> tuple[str, ...]:
        """The acts in a mask, in order."""
        return tuple(act for number, act in enumerate(self.acts) if mask >> number & 1)

    def mask(self, acts: Iterable[str]) -> int:
        """The mask of some acts; those the procedure does not have are left out."""
        return _mask(acts, {act: number for number, act in enumerate(self.acts)})

    def wrong(self, marking: Marking, act: int) -> Wrong:
        """All that is wrong with doing ``act`` now. Acts switched off are needed by nothing and block nothing."""
        return Wrong(self.flags(marking, act))

    def flags(self, marking: Marking, act: int) -> int:
        """What `wrong` says, as a plain number."""
        executed, off, owed = marking
        found = off >> act & 1  # the flags of Wrong: plain numbers are ten times as fast
        if self.needs[act] & ~(executed | off) or self.unknown[act]:
            found |= 2
        return found | 4 if self.not_while_open[act] & owed & ~off else found

    def after(self, marking: Marking, act: int, opened: int | None = None) -> Marking:
        """The marking after ``act``, which takes effect even where it was wrong. ``opened``: the duties that open, by
        default all that may: executed, discharged, switched off, switched on, opened, in this order."""
        bit = 1 << act
        owes = self.owes[act] | self.may_owe[act] if opened is None else opened
        return Marking(
            marking.executed | bit,
            (marking.off | self.switches_off[act]) & ~self.switches_on[act],
            marking.owed & ~bit | owes,
        )

    def first(self) -> Marking:
        """The marking of a case in which nothing was done, every ``when`` taken to hold."""
        return Marking(0, 0, self.owed_first | self.may_owe_first)


def relations(procedure: Procedure) -> Relations:
    """The relations of ``procedure`` as masks."""
    rules = {rule.act: rule for rule in procedure.acts}
    acts = tuple(procedure.defined())
    number = {act: position for position, act in enumerate(acts)}
    every = [rules.get(act) for act in acts]
    conditional = _mask((rule.act for rule in procedure.acts if rule.when is not None), number)
    opens = [_opens(act, procedure, number) for act in acts]
    first = _mask((rule.act for rule in procedure.acts if owed_from_the_beginning(rule)), number)
    return Relations(
        acts=acts,
        needs=tuple(_mask(rule.needs if rule else (), number) for rule in every),
        unknown=tuple(tuple(act for act in (rule.needs if rule else ()) if act not in number) for rule in every),
        not_while_open=tuple(_mask(rule.not_while_open if rule else (), number) for rule in every),
        switches_off=tuple(_mask(rule.switches_off if rule else (), number) for rule in every),
        switches_on=tuple(_mask(rule.switches_on if rule else (), number) for rule in every),
        owes=tuple(mask & ~conditional for mask in opens),
        may_owe=tuple(mask & conditional for mask in opens),
        escalates=_escalates(procedure, number),
        only_if_owed=_mask((act for act in acts if act not in rules), number),
        ends=_mask(procedure.ends, number),
        owed_first=first & ~conditional,
        may_owe_first=first & conditional,
    )


def owed_from_the_beginning(rule: ActRule) -> bool:
    """Whether the rule has a limit that runs from no act: its duty is there when the case begins."""
    return rule.within is not None and rule.within.of is None


def _mask(acts: Iterable[str], number: dict[str, int]) -> int:
    mask = 0
    for act in acts:
        if act in number:
            mask |= 1 << number[act]
    return mask


def _opens(act: str, procedure: Procedure, number: dict[str, int]) -> int:
    by_limit = (rule.act for rule in procedure.acts if rule.within is not None and rule.within.of == act)
    started = (start.act for rule in procedure.acts if rule.act == act for start in rule.starts)
    return _mask(by_limit, number) | _mask(started, number)


def _escalates(procedure: Procedure, number: dict[str, int]) -> tuple[int, ...]:
    """Only a measured limit can pass, so only such a duty escalates."""
    masks = [0] * len(number)
    started = {start.act for rule in procedure.acts for start in rule.starts if start.within.measured}
    for rule in procedure.acts:
        measured = (rule.within is not None and rule.within.measured) or rule.act in started
        last = rule.act
        for link in rule.if_late.chain() if rule.if_late else ():
            if measured:
                masks[number[last]] |= 1 << number[link.act]
            measured = measured and link.within.measured
            last = link.act
    return tuple(masks)


class Replay:
    """Replays traces of one procedure, every ``when`` taken to hold, and finds all that is wrong with their order.

    A transition is computed once and remembered, so that a trace costs one look-up for each of its events.
    """

    def __init__(self, relations: Relations) -> None:
        self.relations = relations
        self._size = len(relations.acts)
        self._shift = max(1, (self._size - 1).bit_length())
        self._steps: dict[int, tuple[int, int]] = {}

    def run(self, trace: Iterable[int]) -> tuple[list[tuple[int, int]], Marking]:
        """``(position in the trace, Wrong)`` of each act that was wrong, and the marking at the end."""
        steps = self._steps
        packed = self._pack(self.relations.first())
        found: list[tuple[int, int]] = []
        for position, act in enumerate(trace):
            step = steps.get(packed | act)
            if step is None:
                step = self._step(packed, act)
            packed, wrong = step
            if wrong:
                found.append((position, wrong))
        return found, self._unpack(packed)

    def numbers(self, acts: Sequence[str]) -> list[int]:
        """The numbers of acts by name. Raises KeyError for an act that the procedure does not have."""
        number = {act: position for position, act in enumerate(self.relations.acts)}
        return [number[act] for act in acts]

    def _step(self, packed: int, act: int) -> tuple[int, int]:
        if len(self._steps) >= REMEMBERED:
            self._steps.clear()
        marking = self._unpack(packed)
        step = self._pack(self.relations.after(marking, act)), self.relations.flags(marking, act)
        self._steps[packed | act] = step
        return step

    def _pack(self, marking: Marking) -> int:
        size = self._size
        return (marking.owed << 2 * size | marking.off << size | marking.executed) << self._shift

    def _unpack(self, packed: int) -> Marking:
        size, sets = self._size, packed >> self._shift
        full = (1 << size) - 1
        return Marking(sets & full, sets >> size & full, sets >> 2 * size)
