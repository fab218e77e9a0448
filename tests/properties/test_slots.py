"""What must hold of every schedule, and of every audit of what a schedule fills."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.record import audit, slots
from answerable.record.reports import FAIL, PASS
from answerable.record.slots import Schedule, size_after, slices, tick_reaching
from tests.record.registers import LAST, PERIOD_KEY, QUARTER, Register

GENESIS = 1_000
schedules = st.dictionaries(st.integers(GENESIS, GENESIS + 60), st.integers(1, 9), max_size=5).map(
    lambda changes: Schedule(sorted(({GENESIS: 3} | changes).items()))
)
multiples = st.dictionaries(st.integers(GENESIS, GENESIS + 80), st.integers(1, 5), max_size=6)


@given(schedules, multiples)
def test_sizes_are_the_sum_tick_by_tick(schedule: Schedule, times: dict[int, int]) -> None:
    size = 0
    for tick in range(GENESIS, GENESIS + 80):
        before, size = size, size + schedule.slots(tick) * times.get(tick, 1)
        assert size_after(schedule, times, GENESIS, tick) == size
        assert tick_reaching(schedule, times, GENESIS, size) == tick
        assert tick_reaching(schedule, times, GENESIS, before + 1) == tick


@given(schedules, multiples, st.integers(0, 70), st.integers(0, 70))
def test_slices_meet_without_gap_or_overlap(schedule: Schedule, times: dict[int, int], start: int, count: int) -> None:
    ticks = range(GENESIS + start, GENESIS + start + count)
    parts = list(slices(schedule, times, GENESIS, ticks))
    assert [part.tick for part in parts] == list(ticks)
    ends = [size_after(schedule, times, GENESIS, ticks.start - 1), *(part.stop for part in parts)]
    assert [part.start for part in parts] == ends[:-1]
    assert ends[-1] == size_after(schedule, times, GENESIS, ticks.stop - 1)


@given(st.sets(st.binary(min_size=32, max_size=32), max_size=30), st.integers(1, 8), st.integers(0, 2**40 // 900))
def test_a_filled_tick_holds_all_that_waited_and_tells_no_order(waiting: set[bytes], count: int, tick: int) -> None:
    entries = [b"\x01" + one for one in waiting]
    filled = slots.fill_tick(entries, count, PERIOD_KEY, tick)
    assert set(entries) <= set(filled)
    assert len(filled) == count * slots.multiple(len(entries), count) == len(set(filled))
    assert filled == sorted(filled) == slots.fill_tick(entries[::-1], count, PERIOD_KEY, tick)


_acts = st.lists(st.tuples(st.integers(0, 11), st.sampled_from("abc"), st.booleans()), max_size=14)


@settings(max_examples=40)
@given(_acts)
def test_the_audit_passes_what_opens_and_fails_by_the_number_of_what_does_not(
    acts: list[tuple[int, str, bool]],
) -> None:
    # Given cases whose events, in the order of their ticks, open or do not
    register = Register()
    chains: dict[str, list[bool]] = {}
    for tick, case, opens in sorted(acts, key=lambda act: act[0]):
        chain = chains.setdefault(case, [])
        register.act(tick, case * 32, len(chain), opens=opens)
        chain.append(opens)
    hidden = sum(not opens for chain in chains.values() for opens in chain)
    # When all slots are audited
    reader = register.reader()
    report = audit.audit_slots(register.openings, QUARTER, reader, PERIOD_KEY, register.plan)
    # Then it passes exactly if all open, and counts those that do not
    assert report.verdict == (FAIL if hidden else PASS)
    assert report.data["unopened"] == hidden
    assert report.data["events"] == len(acts) - hidden
    whole = sum(all(chain) or chain == sorted(chain, reverse=True) for chain in chains.values() if any(chain))
    assert report.data["whole"] == whole


@settings(max_examples=40)
@given(st.integers(0, 47), st.integers(0, 263))
def test_any_bit_of_any_slot_changed_fails(index: int, bit: int) -> None:
    register = Register(LAST)
    register.act(3, "a" * 32, 0)
    entries = register.entries()
    changed = bytearray(entries[index])
    changed[bit // 8] ^= 1 << bit % 8
    entries[index] = bytes(changed)
    reader = register.reader(entries)
    assert audit.audit_slots(register.openings, QUARTER, reader, PERIOD_KEY, register.plan).verdict == FAIL
