"""Everything a procedure allows, walked marking by marking: what can never happen, cannot be discharged, can be
extinguished, or leaves nobody in charge.

The walk is breadth first: acts in declared order (a duty with ``when`` branches: owed, then not owed), then lateness
steps; an act that only ``if late`` defines is done only when it is owed. So each path shown is a shortest one, and
among those the first in declared order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from answerable.procedures.marking import Marking, Relations, relations
from answerable.procedures.procedure import Procedure

#: Markings walked before the walk gives up.
LARGEST = 250_000

WalkKind = Literal["never-happens", "dead-end", "can-extinguish", "rest-without-owner"]


@dataclass(frozen=True, slots=True)
class WalkFault:
    """A defect: the act (or ``rest without an owner``) it is about, the shortest path to it, and a sentence."""

    kind: WalkKind
    about: str
    text: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Walk:
    """What the walk found, and how far it went. Unless ``complete``, other defects may lie further on."""

    faults: tuple[WalkFault, ...]
    markings: int
    complete: bool

    @property
    def extent(self) -> str:
        """How far the walk went, for a sentence."""
        if self.complete:
            return f"{self.markings:,} marking{'s' * (self.markings != 1)} walked, all"
        kinds = {fault.kind for fault in self.faults}
        missing = [kind for kind in ("dead-end", "can-extinguish", "rest-without-owner") if kind not in kinds]
        none = f"; {', '.join(missing)}: none within {self.markings:,} markings" if missing else ""
        return f"{self.markings:,} markings walked, not all{none}"


def walk(procedure: Procedure, *, largest: int = LARGEST) -> Walk:
    """Walk ``procedure`` as far as ``largest`` markings."""
    order = relations(procedure)
    graph = _explore(order, largest)
    faults = [*_never(order, graph), *_dead_ends(graph), *_extinguished(graph), *_unowned(graph)]
    return Walk(tuple(faults), len(graph.markings), graph.complete)


@dataclass(frozen=True, slots=True)
class _Move:
    """One act (or one lateness, if ``bit`` is 0) in all that a step needs, the sets shifted to their place."""

    bit: int
    needs: int
    blocks: int
    off: int
    on: int
    only_if_owed: bool
    branches: tuple[tuple[int, int], ...]  # (duties opened, number of the label)


@dataclass(slots=True)
class _Graph:
    """What was found: markings in the order of their discovery, each with the one it was reached from and by what."""

    order: Relations
    labels: list[str]
    moves: list[_Move]
    late: list[tuple[int, int, int]]  # duty, what it escalates to, number of the label
    markings: list[int] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)
    label: list[int] = field(default_factory=list)
    enabled: list[int] = field(default_factory=list)
    happened: int = 0
    rest: int | None = None
    extinguished: dict[tuple[int, int], int] = field(default_factory=dict)
    complete: bool = True

    def path(self, place: int) -> tuple[str, ...]:
        """How the marking at ``place`` was reached."""
        steps: list[str] = []
        while place >= 0:
            if self.label[place] >= 0:
                steps.append(self.labels[self.label[place]])
            place = self.origin[place]
        return tuple(reversed(steps))

    def sets(self, place: int) -> Marking:
        """The marking at ``place`` as three sets."""
        size, packed = len(self.order.acts), self.markings[place]
        full = (1 << size) - 1
        return Marking(packed & full, packed >> size & full, packed >> 2 * size)


def _explore(order: Relations, largest: int) -> _Graph:
    graph = _prepare(order)
    size = len(order.acts)
    full, twice = (1 << size) - 1, 2 * size
    opener, conditional = _openers(order)
    moves = [
        (move.bit, move.needs, move.blocks, move.off, ~move.on, move.only_if_owed, move.branches)
        for move in graph.moves
    ]
    markings, origin, label, enabled_at = graph.markings, graph.origin, graph.label, graph.enabled
    seen = set(markings)
    extinguishes = {bit: off & keeps & ~bit for bit, _, _, off, keeps, _, _ in moves}
    place = 0
    while place < len(markings):
        packed = markings[place]
        executed, off, owed = packed & full, packed >> size & full, packed >> twice
        settled, live, enabled = ~(executed | off), owed & ~off, 0
        if (
            graph.rest is None
            and not live
            and not executed & order.ends
            and (executed & opener or order.owed_first or any(executed & d and executed & o for d, o in conditional))
        ):
            graph.rest = place
        for bit, needs, blocks, switches_off, keeps, only_if_owed, branches in moves:
            if off & bit or needs & settled or blocks & live or (only_if_owed and not owed & bit):
                continue
            enabled |= bit
            if switches_off and live & extinguishes[bit]:
                graph.extinguished.setdefault((bit, live & extinguishes[bit]), place)
            base, rest = executed | bit | ((off | switches_off) & keeps) << size, owed & ~bit
            for opened, number in branches:
                new = base | (rest | opened) << twice
                if new not in seen:
                    seen.add(new)
                    markings.append(new)
                    origin.append(place)
                    label.append(number)
        for duty, escalation, number in graph.late:
            if live & duty and escalation & ~owed:
                new = packed | escalation << twice
                if new not in seen:
                    seen.add(new)
                    markings.append(new)
                    origin.append(place)
                    label.append(number)
        enabled_at.append(enabled)
        graph.happened |= enabled
        place += 1
        if len(markings) > largest:
            graph.complete = False
            del markings[largest:]
            break
    return graph


def _prepare(order: Relations) -> _Graph:
    graph = _Graph(order, [], [], [])
    for number, act in enumerate(order.acts):
        if order.unknown[number]:
            continue
        branches = []
        for opened, without in _branches(order, order.owes[number], order.may_owe[number]):
            branches.append((opened, len(graph.labels)))
            graph.labels.append(act + without)
        graph.moves.append(
            _Move(
                1 << number,
                order.needs[number],
                order.not_while_open[number],
                order.switches_off[number],
                order.switches_on[number],
                bool(order.only_if_owed >> number & 1),
                tuple(branches),
            )
        )
    for number, escalation in enumerate(order.escalates):
        if escalation:
            graph.late.append((1 << number, escalation, len(graph.labels)))
            graph.labels.append(f"{order.acts[number]} becomes overdue")
    for opened, without in _branches(order, order.owed_first, order.may_owe_first):
        graph.markings.append(opened << 2 * len(order.acts))
        graph.origin.append(-1)
        graph.label.append(len(graph.labels) if without else -1)
        graph.labels.append("the beginning" + without)
    return graph


def _branches(order: Relations, owes: int, may_owe: int) -> Iterator[tuple[int, str]]:
    """What may be opened, each duty with ``when`` owed before not owed, and the words for what was not."""
    conditional = [number for number in range(len(order.acts)) if may_owe >> number & 1]
    for choice in product((True, False), repeat=len(conditional)):
        opened, without = owes, []
        for number, is_owed in zip(conditional, choice, strict=True):
            if is_owed:
                opened |= 1 << number
            else:
                without.append(short(order.acts[number]))
        yield opened, f" ({', '.join(without)} not owed)" if without else ""


def short(act: str) -> str:
    """An act in a path: its first word stands for it."""
    first, _, rest = act.partition(" ")
    return f"{first} …" if rest else first


def _openers(order: Relations) -> tuple[int, list[tuple[int, int]]]:
    """The acts that always open a duty; and each duty with ``when``, with the acts that may open it."""
    always, conditional = 0, []
    for number, owes in enumerate(order.owes):
        always |= (1 << number) if owes else 0
    for duty in range(len(order.acts)):
        openers = sum(1 << number for number, may in enumerate(order.may_owe) if may >> duty & 1)
        if openers:
            conditional.append((1 << duty, openers))
    return always, conditional


def _never(order: Relations, graph: _Graph) -> Iterator[WalkFault]:
    possible = _possible(order)
    for number, act in enumerate(order.acts):
        bit = 1 << number
        if graph.happened & bit or (possible & bit and not graph.complete):
            continue
        impossible = order.names(order.needs[number] & ~possible)
        if order.unknown[number]:
            reason = f"no act of this procedure is “{order.unknown[number][0]}”"
        elif possible & bit:
            reason = "no order of the acts leads to it"
        elif impossible:
            reason = f"it needs “{impossible[0]}”, which can never happen"
        else:
            reason = "nothing ever makes it owed"
        yield WalkFault("never-happens", act, f"can never happen: {reason}")


def _possible(order: Relations) -> int:
    """The acts that some order could enable if nothing were switched off against it and no duty stood in its way.

    What is left out is impossible at any size: the relaxation only ever allows more.
    """
    possible, owed = 0, order.owed_first | order.may_owe_first
    while True:
        before = possible, owed
        removable = 0
        for number in range(len(order.acts)):
            if possible >> number & 1:
                owed |= order.owes[number] | order.may_owe[number]
                removable |= order.switches_off[number]
            if owed >> number & 1:
                owed |= order.escalates[number]
        for number in range(len(order.acts)):
            bit = 1 << number
            if order.unknown[number] or (order.only_if_owed & bit and not owed & bit):
                continue
            if not order.needs[number] & ~(possible | removable):
                possible |= bit
        if (possible, owed) == before:
            return possible


def _dead_ends(graph: _Graph) -> Iterator[WalkFault]:
    """Duties owed and switched on that no continuation discharges. Only a complete walk can tell."""
    if not graph.complete:
        return
    size = len(graph.order.acts)
    number_of = {marking: place for place, marking in enumerate(graph.markings)}
    pending = {
        place: owed
        for place, (marking, enabled) in enumerate(zip(graph.markings, graph.enabled, strict=True))
        if (owed := (marking >> 2 * size) & ~enabled)
    }
    following = {place: [number_of[after] for after in _successors(graph, place)] for place in pending}
    waiting = list(reversed(pending))
    while waiting:  # what a successor can discharge, its origin can; until nothing more is learnt
        again = []
        for place in waiting:
            left = pending[place]
            for after in following[place]:
                left &= pending.get(after, 0)
            if left != pending[place]:
                pending[place] = left
                again.append(place)
        waiting = [place for place in reversed(pending) if pending[place]] if again else []
    found: dict[int, int] = {}
    for place, stuck in pending.items():
        for number in range(size):
            if stuck & graph.sets(place).live & 1 << number:
                found.setdefault(number, place)
    for number, place in sorted(found.items()):
        path = graph.path(place)
        text = f"can be owed and never discharged: after {_words(path)}"
        yield WalkFault("dead-end", graph.order.acts[number], text, path)


def _successors(graph: _Graph, place: int) -> Iterator[int]:
    """The packed markings that follow the one at ``place``."""
    size = len(graph.order.acts)
    marking, enabled = graph.sets(place), graph.enabled[place]
    for move in graph.moves:
        if enabled & move.bit:
            off = (marking.off | move.off) & ~move.on
            base, rest = marking.executed | move.bit | off << size, marking.owed & ~move.bit
            for opened, _ in move.branches:
                yield base | (rest | opened) << 2 * size
    for duty, escalation, _ in graph.late:
        if marking.live & duty and escalation & ~marking.owed:
            yield graph.markings[place] | escalation << 2 * size


def _extinguished(graph: _Graph) -> Iterator[WalkFault]:
    first: dict[tuple[int, int], int] = {}
    for (act, duties), place in graph.extinguished.items():
        for number in range(len(graph.order.acts)):
            if duties >> number & 1:
                pair = act.bit_length() - 1, number
                first[pair] = min(first.get(pair, place), place)
    for (act, duty), place in sorted(first.items()):
        path = (*graph.path(place), graph.order.acts[act])
        text = f"can extinguish “{graph.order.acts[duty]}”: {_words(path)}"
        yield WalkFault("can-extinguish", graph.order.acts[act], text, path)


def _unowned(graph: _Graph) -> Iterator[WalkFault]:
    if graph.rest is not None:
        path = graph.path(graph.rest)
        yield WalkFault("rest-without-owner", "rest without an owner", f"after {_words(path)}", path)


def _words(path: tuple[str, ...]) -> str:
    return ", ".join(path) or "nothing"
