"""The events of a log as they are known at a time, in the order in which they happened; and the orders they may have.

Two time axes: what had happened by ``as_of``, as far as it was recorded by ``known_at``. A correction stands in place
of its target from its own recording on. Events of one day keep the order of their numbers; where one is known only to
an interval, its order against whatever falls into it is not known, and each order that could matter is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from answerable.procedures.casefile import Event, Moment
from answerable.procedures.clock import Clock, Span
from answerable.procedures.errors import CaseProblem

#: Orders of events that are tried, and steps taken to find them, before their number is called too large; events that
#: may be exchanged with each other beyond which no other order is looked for; pairs of events compared and named.
MOST_ORDERS = 64
MOST_STEPS = 4_000
MOST_EXCHANGED = 40
MOST_COMPARED = 50_000
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Happening:
    """An event with its time brought to the calendar: ``acts`` are its own and the one it is taken as; ``until`` the
    instant up to which time has run when it takes effect; ``recorded`` its first recording; ``seqs`` its own number and
    those it corrects."""

    event: Event
    acts: tuple[str, ...]
    span: Span
    until: int
    recorded: Span
    seqs: frozenset[int]


def happened(
    events: Iterable[Event], clock: Clock, *, as_of: Moment, known_at: Moment | None = None
) -> tuple[Happening, ...]:
    """The events that had happened by ``as_of``, as recorded by ``known_at`` (by default the same), in order: by the
    latest time each can have happened, then by number.

    Raises `CaseProblem` for two events with one number, for corrections in a circle, and for an event recorded before
    it can have happened.
    """
    by, known = clock.span(as_of).hi, clock.span(as_of if known_at is None else known_at).hi
    recorded = [(event, span) for event in events if (span := clock.span(event.recorded)).hi <= known]
    found = [one for one in _standing(recorded, clock) if one.span.hi <= by]
    found.sort(key=lambda one: (one.span.hi, one.event.seq))
    return tuple(found)


def _standing(recorded: Sequence[tuple[Event, Span]], clock: Clock) -> Iterator[Happening]:
    """Each event as it stands after its corrections: of several for one target, the one recorded last."""
    if not any(event.corrects is not None for event, _ in recorded):
        seqs = {event.seq for event, _ in recorded}
        if len(seqs) != len(recorded):
            raise _twice(event for event, _ in recorded)
        for event, span in recorded:
            yield _happening(event, span, frozenset((event.seq,)), clock)
        return
    by_seq = {event.seq: event for event, _ in recorded}
    if len(by_seq) != len(recorded):
        raise _twice(event for event, _ in recorded)
    groups: dict[int, list[tuple[Event, Span]]] = {}
    for event, span in recorded:
        groups.setdefault(_root(event, by_seq), []).append((event, span))
    for root, group in groups.items():
        event, _ = max(group, key=lambda one: (one[0].corrects is not None, one[1].hi, one[0].seq))
        first = min((span for _, span in group), key=lambda span: span.hi)
        yield _happening(event, first, frozenset({root, *(other.seq for other, _ in group)}), clock)


def _twice(events: Iterable[Event]) -> CaseProblem:
    seen: set[int] = set()
    for event in events:
        if event.seq in seen:
            return CaseProblem(
                f"two events have the number {event.seq}", place=event.place, todo="give each its own “seq”"
            )
        seen.add(event.seq)
    raise AssertionError("called where two events share a number")


def _root(event: Event, by_seq: dict[int, Event]) -> int:
    passed = {event.seq}
    while event.corrects is not None:
        if event.corrects in passed:
            what = f"event {event.seq} corrects event {event.corrects}, which corrects it in turn"
            raise CaseProblem(what, place=event.place, todo="correct an earlier event")
        passed.add(event.corrects)
        if event.corrects not in by_seq:
            return event.corrects
        event = by_seq[event.corrects]
    return event.seq


def _happening(event: Event, recorded: Span, seqs: frozenset[int], clock: Clock) -> Happening:
    span = when(event, recorded, clock)
    taken = event.taken_as.act if event.taken_as else None
    acts = (event.act,) if taken is None or taken == event.act else (event.act, taken)
    return Happening(event, acts, span, span.hi, recorded, seqs)


def when(event: Event, recorded: Span, clock: Clock) -> Span:
    """The span of an event. Nothing can have happened after it was recorded: that bounds what the source leaves open.

    Raises `CaseProblem` where that bound comes before the earliest time stated.
    """
    at = event.at
    if at.not_before is not None and at.not_before == at.not_after:
        return clock.span(at.not_before)
    lower = None if at.not_before is None else clock.span(at.not_before)
    upper = recorded if at.not_after is None else clock.span(at.not_after)
    if lower is not None and lower.lo is not None and lower.lo > upper.hi:
        what = f"event {event.seq} is recorded before it can have happened"
        raise CaseProblem(what, place=event.place, todo="check “at” and “recorded”")
    return Span(lower.lo if lower else None, upper.hi, lower.first if lower else None, upper.last)


def may_swap(earlier: Happening, later: Happening) -> bool:
    """Whether ``later`` can have happened before ``earlier``, which stands before it in the order of `happened`."""
    if earlier.span.whole and later.span.whole:
        return False
    return later.span.lo is None or later.span.lo < earlier.span.hi


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders that can matter, first the one of `happened`. ``pairs``: the first events whose order is open and
    matters to what they touch. Unless ``complete``, further orders are possible."""

    orders: tuple[tuple[Happening, ...], ...]
    pairs: tuple[tuple[int, int], ...]
    complete: bool

    @property
    def single(self) -> bool:
        """Whether nothing turns on the order."""
        return not self.pairs


def orders(events: tuple[Happening, ...], depends: Callable[[Happening, Happening], bool]) -> Orders:
    """The possible orders of ``events``. Of orders that differ only in events that do not touch each other, one."""
    if not any(map(may_swap, events, events[1:])):  # then no two further apart can be exchanged either
        return Orders((events,), (), complete=True)
    runs = list(_clusters(events))
    open_ = (
        (earlier, later)
        for part in runs
        for position, later in enumerate(part)
        for earlier in part[:position]
        if may_swap(earlier, later)
    )
    compared = list(islice(open_, MOST_COMPARED))
    pairs = [(earlier, later) for earlier, later in compared if depends(earlier, later)]
    if not pairs and len(compared) < MOST_COMPARED:
        return Orders((events,), (), complete=True)
    touched = {one.event.seq for pair in pairs for one in pair}
    budget = [MOST_STEPS if len(compared) < MOST_COMPARED else 0]
    parts = [
        list(islice(_extensions(part, depends, budget), MOST_ORDERS + 1))
        if any(one.event.seq in touched for one in part)
        else [part]
        for part in runs
    ]
    found = list(islice(product(*parts), MOST_ORDERS + 1))
    complete = len(found) <= MOST_ORDERS and budget[0] > 0 and all(len(part) <= MOST_ORDERS for part in parts)
    return Orders(
        tuple(_timed([one for part in choice for one in part]) for choice in found[:MOST_ORDERS]),
        tuple((earlier.event.seq, later.event.seq) for earlier, later in (pairs or compared)[:MOST_NAMED]),
        complete,
    )


def _clusters(events: tuple[Happening, ...]) -> Iterator[tuple[Happening, ...]]:
    """Runs of events such that all of one run certainly happened before all of the next."""
    earliest: list[int | None] = [None] * len(events)
    bound: int | None = events[-1].span.lo
    for position in range(len(events) - 1, -1, -1):
        lo = events[position].span.lo
        bound = None if lo is None or bound is None else min(lo, bound)
        earliest[position] = bound
    start = 0
    for position in range(1, len(events)):
        lo = earliest[position]
        if lo is not None and lo >= events[position - 1].span.hi:
            yield events[start:position]
            start = position
    yield events[start:]


def _extensions(
    part: tuple[Happening, ...], depends: Callable[[Happening, Happening], bool], budget: list[int]
) -> Iterator[tuple[Happening, ...]]:
    """The orders of one run, its own first. An exchange of two neighbours that do not touch each other is left out:
    the order without it comes to the same."""
    if len(part) > MOST_EXCHANGED:
        budget[0] = 0
    stack: list[tuple[int, ...]] = [()]
    while stack:
        budget[0] -= 1
        if budget[0] <= 0:
            yield part
            return
        chosen = stack.pop()
        if len(chosen) == len(part):
            yield tuple(part[place] for place in chosen)
            continue
        left = [place for place in range(len(part)) if place not in chosen]
        following = [
            place
            for place in left
            if all(may_swap(part[other], part[place]) for other in left if other < place)
            and not (chosen and place < chosen[-1] and not depends(part[place], part[chosen[-1]]))
        ]
        stack += [(*chosen, place) for place in reversed(following)]


def _timed(order: list[Happening]) -> tuple[Happening, ...]:
    """An order with time running no further at each event than the events after it allow."""
    bound = order[-1].span.hi
    timed = []
    for one in reversed(order):
        bound = min(bound, one.span.hi)
        timed.append(Happening(one.event, one.acts, one.span, bound, one.recorded, one.seqs))
    return tuple(reversed(timed))
