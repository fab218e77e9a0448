"""Ticks, schedules and the filling of slots."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from answerable.record import commit, slots
from answerable.record.errors import SlotError
from answerable.record.slots import Plan, Schedule, Slice, size_after, slices, tick_reaching
from tests.record.events import ORIGIN, VKEY, open_event

KEY = bytes(range(32))


def entry(number: int) -> bytes:
    return b"\x01" + number.to_bytes(32, "big")


def test_a_tick_is_a_quarter_of_an_hour() -> None:
    assert slots.tick_of(0) == slots.tick_of(899) == 0
    assert slots.tick_of(900) == 1
    assert slots.tick_start(1_966_080) == 1_769_472_000
    for now in (-1, 10**18):
        with pytest.raises(SlotError, match="there is no tick"):
            slots.tick_of(now)


@pytest.mark.parametrize(
    ("when", "period"),
    [
        ("2026-01-01T00:00", "2026-Q1"),
        ("2026-03-31T23:45", "2026-Q1"),
        ("2026-04-01T00:00", "2026-Q2"),
        ("2026-12-31T23:45", "2026-Q4"),
        ("2027-01-01T00:00", "2027-Q1"),
    ],
)
def test_a_tick_belongs_to_the_quarter_in_which_it_begins(when: str, period: str) -> None:
    tick = slots.tick_of(int(datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp()))
    assert slots.period_of_tick(tick) == period
    assert tick in slots.ticks_of_period(period)


def test_a_quarter_of_91_days_has_559104_slots() -> None:
    ticks = slots.ticks_of_period("2026-Q2")
    assert len(ticks) * 64 == 559_104
    plan = Plan(Schedule([(0, 64)]), 0)
    assert plan.size_after(ticks.stop - 1) - plan.size_after(ticks.start - 1) == 559_104


@pytest.mark.parametrize("period", ["", "2026", "2026-Q0", "2026-Q12", "1969-Q4", "99999-Q1", "２０２６-Q1", "2026-q1"])
def test_what_is_no_quarter_is_refused(period: str) -> None:
    with pytest.raises(SlotError, match="not a quarter"):
        slots.ticks_of_period(period)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([], "at least one line"),
        ([(5, 1), (5, 2)], "in order"),
        ([(5, 1), (4, 2)], "in order"),
        ([(5, 0)], "at least one slot"),
    ],
)
def test_a_schedule_that_is_none_is_refused(changes: list[tuple[int, int]], said: str) -> None:
    with pytest.raises(SlotError, match=said):
        Schedule(changes)


def test_the_size_after_each_tick_is_the_sum_of_slots_times_multiples() -> None:
    schedule, multiples = Schedule([(10, 4), (13, 6)]), {11: 3, 13: 2}
    assert [size_after(schedule, multiples, 10, tick) for tick in range(9, 15)] == [0, 4, 16, 20, 32, 38]
    assert list(slices(schedule, multiples, 10, range(10, 15), 32)) == [
        Slice(10, 0, 4),
        Slice(11, 4, 16),
        Slice(12, 16, 20),
        Slice(13, 20, 32),
    ]
    with pytest.raises(SlotError, match="begins at tick 10"):
        schedule.slots(9)


def test_the_tick_that_reaches_a_size_is_found() -> None:
    schedule, multiples = Schedule([(10, 4), (13, 6)]), {11: 3, 13: 2}
    assert [tick_reaching(schedule, multiples, 10, size) for size in (0, 1, 4, 5, 16, 17, 33, 38)] == [
        9, 10, 10, 11, 11, 12, 14, 14,
    ]  # fmt: skip


@pytest.mark.parametrize(("waiting", "expected"), [(0, 1), (64, 1), (65, 2), (128, 2), (129, 3)])
def test_the_multiple_grows_only_when_more_wait(waiting: int, expected: int) -> None:
    assert slots.multiple(waiting, 64) == expected


def test_a_tick_is_filled_with_pads_and_ascends() -> None:
    waiting = [entry(9), entry(3)]
    filled = slots.fill_tick(waiting, 4, KEY, 7)
    assert filled == sorted([*waiting, commit.pad_entry(KEY, 7, 0), commit.pad_entry(KEY, 7, 1)])
    assert len(slots.fill_tick([entry(n) for n in range(9)], 4, KEY, 7)) == 12
    assert slots.fill_tick([entry(n) for n in range(9)], 12, KEY, 7) == slots.fill_tick(
        [entry(n) for n in range(9)], 4, KEY, 7
    )


def test_what_cannot_wait_for_a_slot_is_refused() -> None:
    with pytest.raises(SlotError, match="tick 7: only sealed entries"):
        slots.fill_tick([b"{}"], 4, KEY, 7)
    with pytest.raises(SlotError, match="waits twice"):
        slots.fill_tick([entry(1), entry(1)], 4, KEY, 7)
    with pytest.raises(SlotError):
        slots.fill_tick([], 0, KEY, 7)


def test_the_plan_is_read_from_the_open_record() -> None:
    opened = open_event(
        "log.opened", origin=ORIGIN, format="sealed", vkeys=[VKEY], tick_seconds=900, genesis_tick=10, slots=4
    )
    plan = slots.read_schedule(
        [
            open_event("log.opened", origin="other/register", format="sealed", genesis_tick=1, slots=1),
            open_event("tick.enlarged", origin="other/register", tick=11, multiple=9),
            opened,
            open_event("schedule.changed", origin=ORIGIN, from_tick=700, slots=8),
            open_event("schedule.changed", origin=ORIGIN, from_tick=700, slots=6),
            open_event("tick.enlarged", origin=ORIGIN, tick=11, multiple=3),
        ],
        ORIGIN,
    )
    assert plan == Plan(Schedule([(10, 4), (700, 6)]), 10, {11: 3})
    with pytest.raises(SlotError, match=r"no log\.opened tells"):
        slots.read_schedule([opened], "other/register")
