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
    stuck: list[int] = field(default_factory=list)  # the duties owed in each that cannot be discharged there at once
    following: list[tuple[int, ...]] = field(default_factory=list)  # where each leads, if it has such duties
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
    graph = _prepare(order, largest)
    size = len(order.acts)
    full, twice = (1 << size) - 1, 2 * size
    moves = [
        (move.bit, move.needs, move.blocks, move.off, ~move.on, move.only_if_owed, move.branches)
        for move in graph.moves
    ]
    markings, origin, label = graph.markings, graph.origin, graph.label
    seen = {packed: place for place, packed in enumerate(markings)}
    extinguishes = {bit: off & keeps & ~bit for bit, _, _, off, keeps, _, _ in moves}
    place = 0
    while place < len(markings):
        packed = markings[place]
        executed, off, owed = packed & full, packed >> size & full, packed >> twice
        settled, live, enabled = ~(executed | off), owed & ~off, 0
        if graph.rest is None and not live and not executed & order.ends and _opened(order, executed):
            graph.rest = place
        reached: list[tuple[int, int]] = []
        for bit, needs, blocks, switches_off, keeps, only_if_owed, branches in moves:
            if off & bit or needs & settled or blocks & live or (only_if_owed and not owed & bit):
                continue
            enabled |= bit
            if switches_off and live & extinguishes[bit]:
                graph.extinguished.setdefault((bit, live & extinguishes[bit]), place)
            base, rest = executed | bit | ((off | switches_off) & keeps) << size, owed & ~bit
            for opened, number in branches:
                reached.append((base | (rest | opened) << twice, number))
        for duty, escalation, number in graph.late:
            if live & duty and escalation & ~owed:
                reached.append((packed | escalation << twice, number))
        for new, number in reached:
            if new not in seen:
                seen[new] = len(markings)
                markings.append(new)
                origin.append(place)
                label.append(number)
        stuck = owed & ~enabled
        graph.stuck.append(stuck)
        graph.following.append(tuple([seen[new] for new, _ in reached]) if stuck else ())
        graph.happened |= enabled
        place += 1
        if len(markings) > largest:
            graph.complete = False
            del markings[largest:]
            break
    return graph


def _prepare(order: Relations, largest: int) -> _Graph:
    """The moves of a walk. An act that opens many duties with ``when`` has more branches than the walk has markings:
    then some are left out, and the walk is not complete."""
    graph = _Graph(order, [], [], [])
    room = largest
    for number, act in enumerate(order.acts):
        if order.unknown[number]:
            continue
        branches: list[tuple[int, int]] = []
        for opened, without in _branches(order, order.owes[number], order.may_owe[number]):
            if branches and not room:
                graph.complete = False
                break
            room -= bool(room)
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
        if len(graph.markings) >= largest:
            graph.complete = False
            break
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


def _opened(order: Relations, executed: int) -> bool:
    """Whether these acts have opened a duty; one with ``when`` counts if it was done, since it may have been owed."""
    openers = [number for number in range(len(order.acts)) if executed >> number & 1]
    return bool(order.owed_first) or any(order.owes[act] or order.may_owe[act] & executed for act in openers)


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
    stuck, following = graph.stuck, graph.following
    waiting = [place for place in range(len(stuck) - 1, -1, -1) if stuck[place]]
    changed = True
    while changed:  # what can be discharged after a step can be discharged; until nothing more is learnt
        changed = False
        for place in waiting:
            left = stuck[place]
            for after in following[place]:
                left &= stuck[after]
            if left != stuck[place]:
                stuck[place] = left
                changed = True
        waiting = [place for place in waiting if stuck[place]]
    found: dict[int, int] = {}
    for place in reversed(waiting):
        live = stuck[place] & graph.sets(place).live
        for number in range(len(graph.order.acts)):
            if live >> number & 1:
                found.setdefault(number, place)
    for number, place in sorted(found.items()):
        path = graph.path(place)
        text = f"can be owed and never discharged: after {_words(path)}"
        yield WalkFault("dead-end", graph.order.acts[number], text, path)


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
