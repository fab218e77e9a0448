"""Ticks and slots of a sealed log: how large it is after each tick, and how a tick is filled.

The time and number of sealed entries would tell a watcher when someone came, so both are fixed in advance: every tick
takes the scheduled slots whether anything happened or not, a whole multiple of them when more wait, and free slots hold
pads.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple

from answerable.record.canonical import Json
from answerable.record.commit import ENTRY_SIZE, MARK, pad_entry
from answerable.record.errors import SlotError

#: Seconds of a tick; tick t begins at POSIX time 900 * t.
TICK = 900
#: No tick begins after the year 9999.
MAX_TICK = 253_402_300_800 // TICK - 1


def tick_of(now: int) -> int:
    """The tick that POSIX time ``now`` (seconds) lies in. Raises SlotError outside the years 1970 to 9999."""
    return _tick(now // TICK)


def tick_start(tick: int) -> int:
    """The POSIX time at which ``tick`` begins."""
    return _tick(tick) * TICK


def _tick(tick: int) -> int:
    if not 0 <= tick <= MAX_TICK:
        raise SlotError(f"there is no tick {tick}: ticks count from 1970 to 9999")
    return tick


def period_of_tick(tick: int) -> str:
    """The quarter (UTC) in which ``tick`` begins, as ``2026-Q4``."""
    day = datetime.fromtimestamp(tick_start(tick), UTC)
    return f"{day.year:04}-Q{(day.month + 2) // 3}"


def ticks_of_period(period: str) -> range:
    """The ticks that begin in a quarter. Raises SlotError for anything but a quarter since 1970."""
    year, _, quarter = period.partition("-Q")
    known = len(year) == 4 and year.isascii() and year.isdigit() and len(quarter) == 1 and quarter in "1234"
    if not known or not 1970 <= int(year) < 9999:
        raise SlotError(f"{period[:20]!r} is not a quarter", todo="write it as 2026-Q4")
    month = 3 * int(quarter) - 2
    start, stop = date(int(year), month, 1), date(int(year) + month // 10, (month + 2) % 12 + 1, 1)
    epoch = date(1970, 1, 1)
    return range(*((day - epoch).days * 86_400 // TICK for day in (start, stop)))


class Slice(NamedTuple):
    """The entries of one tick: indices ``start`` up to, not including, ``stop``."""

    tick: int
    start: int
    stop: int


class Schedule:
    """How many slots a tick has: a list of (from tick, slots), the last that has begun holds."""

    def __init__(self, changes: Iterable[tuple[int, int]]) -> None:
        """``changes`` in order of their ticks. Raises SlotError when empty, out of order, or without slots."""
        self.changes = tuple(changes)
        if not self.changes:
            raise SlotError("a schedule has at least one line")
        self._ticks = [_tick(tick) for tick, _ in self.changes]
        if any(later <= earlier for earlier, later in zip(self._ticks, self._ticks[1:], strict=False)):
            raise SlotError("the lines of a schedule must be in order of their ticks, each tick once")
        if any(slots < 1 for _, slots in self.changes):
            raise SlotError("every tick of a schedule has at least one slot")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schedule) and self.changes == other.changes

    def __hash__(self) -> int:
        return hash(self.changes)

    def __repr__(self) -> str:
        return f"Schedule({list(self.changes)})"

    def slots(self, tick: int) -> int:
        """The slots of ``tick``. Raises SlotError before the schedule begins."""
        place = bisect_right(self._ticks, tick) - 1
        if place < 0:
            raise SlotError(f"the schedule begins at tick {self._ticks[0]}, not yet at {tick}")
        return self.changes[place][1]

    def total(self, start: int, stop: int) -> int:
        """The slots of all ticks from ``start`` up to, not including, ``stop``."""
        if start >= stop:
            return 0
        self.slots(start)
        ends = [*self._ticks[1:], max(stop, self._ticks[-1])]
        return sum(
            max(0, min(stop, end) - max(start, begin)) * slots
            for (begin, slots), end in zip(self.changes, ends, strict=True)
        )


def size_after(schedule: Schedule, multiples: Mapping[int, int], genesis: int, tick: int) -> int:
    """The size of the log after ``tick``, the first being ``genesis``: each tick's slots times its multiple (else 1).

    Cost grows with the changes and the enlarged ticks, not with the ticks. Before ``genesis`` the size is 0.
    """
    extra = sum(
        schedule.slots(at) * (multiple - 1)
        for at, multiple in multiples.items()
        if genesis <= at <= tick and multiple > 1
    )
    return schedule.total(genesis, tick + 1) + extra


def tick_reaching(schedule: Schedule, multiples: Mapping[int, int], genesis: int, size: int) -> int:
    """The first tick after which the log has at least ``size`` entries (for 0 the tick before ``genesis``)."""
    low, high = genesis - 1, genesis + size  # a tick has a slot at least, so `high` always suffices
    while low < high:
        middle = (low + high) // 2
        if size_after(schedule, multiples, genesis, middle) >= size:
            high = middle
        else:
            low = middle + 1
    return low


def slices(
    schedule: Schedule, multiples: Mapping[int, int], genesis: int, ticks: range, size: int | None = None
) -> Iterator[Slice]:
    """Where the entries of each of ``ticks`` lie, in order, those of a log of ``size`` entries only."""
    start = size_after(schedule, multiples, genesis, ticks.start - 1)
    for tick in range(max(ticks.start, genesis), ticks.stop):
        stop = start + schedule.slots(tick) * max(1, multiples.get(tick, 1))
        if size is not None and stop > size:
            return
        yield Slice(tick, start, stop)
        start = stop


def multiple(waiting: int, slots: int) -> int:
    """How often a tick takes its slots so that all ``waiting`` entries fit: at least once."""
    if waiting < 0 or slots < 1:
        raise SlotError(f"{waiting} waiting entries and {slots} slots are not numbers of a tick")
    return max(1, -(-waiting // slots))


def fill_tick(waiting: Sequence[bytes], slots: int, period_key: bytes, tick: int) -> list[bytes]:
    """The entries of one tick, ascending: all ``waiting`` ones, and pads in the free slots.

    There are ``slots * multiple(len(waiting), slots)`` of them. Raises SlotError for an entry that is not a sealed
    one, or one given twice. ``period_key`` must be that of the quarter in which the tick begins.
    """
    total = slots * multiple(len(waiting), slots)
    if any(len(entry) != ENTRY_SIZE or not entry.startswith(MARK) for entry in waiting):
        raise SlotError(f"only sealed entries of {ENTRY_SIZE} bytes wait for a slot", where=f"tick {tick}")
    if len(set(waiting)) != len(waiting):
        raise SlotError("an entry waits twice for a slot of one tick", where=f"tick {tick}")
    pads = [pad_entry(period_key, tick, ordinal) for ordinal in range(total - len(waiting))]
    return sorted([*waiting, *pads])


@dataclass(frozen=True)
class Plan:
    """What the open record says of a sealed log's growth."""

    schedule: Schedule
    genesis: int
    multiples: Mapping[int, int] = field(default_factory=dict)

    def size_after(self, tick: int) -> int:
        """See `size_after`."""
        return size_after(self.schedule, self.multiples, self.genesis, tick)


def read_schedule(entries: Iterable[Mapping[str, Json]], origin: str) -> Plan:
    """The plan of the sealed log ``origin``, read from the open entries in their order.

    ``log.opened`` begins it, ``schedule.changed`` adds to it (the later entry wins for one tick), ``tick.enlarged``
    names multiples. Raises SlotError when no complete ``log.opened`` of that origin is there.
    """
    genesis: int | None = None
    changes: dict[int, int] = {}
    multiples: dict[int, int] = {}
    for entry in entries:
        if entry.get("origin") != origin:
            continue
        match entry:
            case {"kind": "log.opened", "format": "sealed", "genesis_tick": int(first), "slots": int(slots)}:
                if genesis is None:
                    genesis = first
                    changes[first] = slots
            case {"kind": "schedule.changed", "from_tick": int(first), "slots": int(slots)}:
                changes[first] = slots
            case {"kind": "tick.enlarged", "tick": int(tick), "multiple": int(times)}:
                multiples[tick] = times
            case _:
                continue
    if genesis is None:
        raise SlotError(f"no log.opened tells the slots of {origin}", todo="read the open record from its first entry")
    return Plan(Schedule(sorted(changes.items())), genesis, multiples)
