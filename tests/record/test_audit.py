"""Every slot opens, once, or the audit says which does not."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import pytest

from answerable.record import audit, commit, kinds, slots
from answerable.record.errors import CommitmentError, SlotError
from answerable.record.reports import FAIL, PASS, PENDING, Report
from answerable.record.slots import Plan
from answerable.record.tiles import Reader
from tests.record.events import HASH, ORIGIN, case_event, open_event, smallest
from tests.record.registers import CASE_KEY, LAST, PERIOD_KEY, QUARTER, Register, fetch_from, files_of

A, B = "a" * 32, "b" * 32


def audited(
    register: Register,
    *,
    openings: Iterable[bytes] | None = None,
    entries: list[bytes] | None = None,
    orphans: Iterable[range] = (),
    key: bytes = PERIOD_KEY,
) -> Report:
    reader = register.reader(entries)
    given = register.openings if openings is None else openings
    return audit.audit_slots(given, QUARTER, reader, key, register.plan, orphans=list(orphans))


def faults(report: Report) -> list[str]:
    assert report.verdict == FAIL
    assert report.exit_code == 1
    found = report.data["faults"]
    assert isinstance(found, list)
    return found


def busy() -> Register:
    """Two cases, an erasure of a third, and a read of the day."""
    register = Register()
    gone = [register.act(1, "c" * 32, seq, opens=False) for seq in (0, 1)]
    for tick, case, seq in ((0, A, 0), (0, B, 0), (2, A, 1), (2, A, 2), (5, B, 1)):
        register.act(tick, case, seq)
    register.erase(6, *gone)
    register.seal(7, smallest(kinds.SEALED["reads.head"]), HASH_KEY)
    return register


HASH_KEY = bytes.fromhex(HASH)


def test_a_register_whose_slots_all_open_passes() -> None:
    report = audited(busy())
    assert report.lines == (
        ("slots", "48: 39 pads, 7 events in 2 cases, 2 erased, 0 orphans, 0 unopened"),
        ("chains", "2 of 2 dense and linked"),
        ("PASS", "every slot opens once"),
    )
    assert report.exit_code == 0


def test_one_slot_that_does_not_open_fails_by_its_index() -> None:
    register = busy()
    entry = register.act(8, "d" * 32, 0, opens=False)
    index = register.entries().index(entry)
    report = audited(register)
    assert report.lines[0][1].endswith("2 erased, 0 orphans, 1 unopened")
    assert report.lines[-1] == ("FAIL", f"index {index:,} does not open")


def test_an_alternative_sealed_for_later_is_found_when_shown_and_when_not() -> None:
    # Given a case with two events at one place of its chain
    register = busy()
    register.act(9, B, 1, right="other")
    register.openings[-1], hidden = b"", register.openings[-1]
    # When the inconvenient one is kept back, its slot does not open
    assert any("does not open" in one for one in faults(audited(register)))
    # And when both are shown, the chain has two of one number
    assert "seq 1 was sealed twice" in faults(audited(register, openings=[*register.openings, hidden]))[0]


def test_a_large_tick_holds_its_multiple() -> None:
    register = Register()
    for number in range(9):
        register.act(3, f"{number:032x}", 0)
    report = audited(register)
    assert register.multiples == {LAST[3]: 3}
    assert report.verdict == PASS
    assert report.lines[0][1].startswith("56: 47 pads, 9 events in 9 cases")
    # And without its multiple on record, the ticks after it open as nothing
    register.multiples.clear()
    entries = register.entries()
    register.multiples.clear()
    assert len(faults(audited(register, entries=entries))) > 1


def test_an_orphan_is_one_only_where_an_incident_names_it() -> None:
    register = busy()
    entry = register.act(8, A, 3, opens=False)
    index = register.entries().index(entry)
    report = audited(register, orphans=[range(index, index + 1)])
    assert report.verdict == PASS
    assert "1 orphan, 0 unopened" in report.lines[0][1]
    assert faults(audited(register, orphans=[range(index - 1, index)]))


def test_incidents_of_other_classes_and_logs_name_no_orphans() -> None:
    ranges = [{"from": 3, "to": 5}]
    made = [
        open_event("incident.published", **{"class": name, "origin": origin, "ranges": ranges})
        for name, origin in (("orphans", ORIGIN), ("outage", ORIGIN), ("orphans", "other/register"), ("orphans", None))
    ]
    assert audit.orphans(made, ORIGIN) == [range(3, 5)]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (((0, 0), (1, 2)), "seq 1 is missing"),
        (((0, 1),), "seq 0 is missing"),
        (((3, 0), (1, 1)), "seq 1 stands in an earlier tick"),
    ],
)
def test_a_chain_that_is_not_dense_or_in_order_fails(events: tuple[tuple[int, int], ...], said: str) -> None:
    register = Register()
    for tick, seq in events:
        register.act(tick, A, seq, prev=HASH if A not in register.last and seq else None)
    report = audited(register)
    assert said in faults(report)[0]
    assert report.lines[1] == ("chains", "0 of 1 dense and linked")


def test_a_chain_whose_links_do_not_meet_fails() -> None:
    register = Register()
    register.act(0, A, 0)
    register.act(1, A, 1, prev=HASH)
    assert faults(audited(register)) == ["case aaaaaaaa…: seq 1 does not name seq 0"]


def test_a_gap_is_whole_where_the_event_after_it_names_an_erased_entry() -> None:
    register = Register()
    register.act(0, A, 0)
    gone = register.act(1, A, 1, opens=False)
    register.act(2, A, 2)
    register.erase(3, gone)
    assert audited(register).verdict == PASS


def test_an_entry_repeated_or_in_two_roles_fails() -> None:
    register = busy()
    entry = register.act(8, "e" * 32, 0)
    entries = register.entries()
    pad = next(one for one in entries[40:44] if one not in register.waiting.get(LAST[10], []))
    entries[entries.index(pad)] = entry
    entries[40:44] = sorted(entries[40:44])
    assert any("repeats the entry of index" in one for one in faults(audited(register, entries=entries)))
    register.erase(9, entry)
    assert any("more than one of" in one for one in faults(audited(register)))


def test_entries_out_of_order_within_a_tick_fail() -> None:
    register = busy()
    entries = register.entries()
    entries[4:8] = reversed(entries[4:8])
    assert "index 5 does not ascend" in faults(audited(register, entries=entries))[0]


def test_an_opening_of_nothing_in_the_log_fails() -> None:
    register = busy()
    other = commit.opening(case_event("f" * 32, 0, None), CASE_KEY, ["case", "seq", "prev"])
    assert faults(audited(register, openings=[*register.openings, b"\n", other])) == [
        "line 9 opens no entry of the log"
    ]


def test_an_opening_that_shows_too_little_or_a_pad_fails() -> None:
    register = Register()
    event = case_event(A, 0, None)
    register.seal(0, event, CASE_KEY, "case")
    found = faults(audited(register))
    assert "does not show prev, seq" in found[0]
    pad: dict[str, Any] = {"v": 1, "kind": "pad", "tick": LAST[0], "ordinal": 0}
    shown = commit.full_opening(pad, commit.pad_key(PERIOD_KEY, LAST[0], 0))
    assert "opens a pad" in faults(audited(Register(), openings=[shown]))[0]


def test_a_false_opening_is_a_fault_and_a_malformed_one_an_error_with_its_line() -> None:
    register = busy()
    false = register.openings[0].replace(b'["seq",0', b'["seq",1')
    assert false != register.openings[0]
    assert "line 1: " in faults(audited(register, openings=[false, *register.openings[1:]]))[0]
    with pytest.raises(CommitmentError, match="line 2 of the openings"):
        audited(register, openings=[register.openings[0], b"{]"])


def test_another_quarters_key_opens_no_pad() -> None:
    report = audited(busy(), key=bytes(32))
    assert report.lines[0][1].startswith("48: 0 pads")
    assert report.lines[-1][1].startswith("and ")
    assert report.data["failed"] == 39


def long_register() -> tuple[Register, Reader, Plan]:
    """A log that begins before the quarter's last ticks and ends after them."""
    end = slots.ticks_of_period(QUARTER).stop
    register = Register(range(end - 6, end + 6))
    register.act(1, A, 0)
    register.act(2, B, 0, opens=False)
    register.erase(9, register.last[B])
    register.act(8, A, 1)
    entries: list[bytes] = []
    keys = {"2026-Q4": PERIOD_KEY, "2027-Q1": bytes(32)}
    for tick in register.ticks:
        key = keys[slots.period_of_tick(tick)]
        entries += slots.fill_tick(register.waiting.get(tick, []), register.slots, key, tick)
    return register, register.reader(entries), register.plan


def test_openings_from_outside_the_quarter_are_looked_for_in_the_whole_log() -> None:
    register, reader, plan = long_register()
    earlier = audit.audit_slots(register.openings, "2026-Q4", reader, PERIOD_KEY, plan)
    assert earlier.lines[0][1] == "24: 22 pads, 1 event in 1 case, 1 erased, 0 orphans, 0 unopened"
    assert earlier.lines[1:] == (("chains", "1 of 1 dense and linked"), ("PASS", "every slot opens once"))
    later = audit.audit_slots(register.openings, "2027-Q1", reader, bytes(32), plan)
    assert later.verdict == PENDING
    assert later.exit_code == 3
    assert later.data["events"] == 2


def test_a_quarter_without_slots_is_an_error() -> None:
    for quarter in ("2026-Q1", "2029-Q1", "2026-Q5", "x"):
        register = Register()
        with pytest.raises(SlotError):
            audit.audit_slots([], quarter, register.reader(), PERIOD_KEY, register.plan)


def test_a_size_that_no_tick_leaves_fails() -> None:
    register = Register()
    entries = [*register.entries(), b"\x01" * 33]
    assert faults(audited(register, entries=entries)) == ["the log's size 49 is that of no tick"]


def test_the_sample_is_drawn_by_the_formula() -> None:
    seed = audit.audit_seed(b"r" * 32, b"a" * 32)
    assert seed == sha256(b"answerable/audit/v1\0" + b"r" * 32 + b"a" * 32).digest()
    ranked = sorted(range(100, 200), key=lambda index: sha256(seed + index.to_bytes(8, "big")).digest())
    assert audit.draw(seed, 100, 200, 7) == sorted(ranked[:7])
    with pytest.raises(SlotError, match="32 bytes"):
        audit.audit_seed(b"r" * 32, b"short")
    with pytest.raises(SlotError, match="at least one"):
        audit.draw(seed, 0, 1, 0)


def sampled(register: Register, count: int, openings: Iterable[bytes]) -> Report:
    reader = register.reader()
    return audit.audit_sample(
        openings, QUARTER, reader, PERIOD_KEY, register.plan, count=count, auditor=b"z" * 32, orphans=()
    )


def test_a_sample_of_all_slots_finds_what_the_audit_finds_and_one_of_few_says_what_it_may_miss() -> None:
    register = busy()
    assert sampled(register, 48, register.openings).verdict == PASS
    assert sampled(register, 1_000, []).data["unopened"] == 9
    few = sampled(register, 5, register.openings)
    assert few.lines[1] == ("sample", "5 of 48 slots; cheating in 1 of 100 is missed with probability 95.1 %")
    drawn = few.data["sample"]
    assert isinstance(drawn, list)
    assert len(drawn) == 5


def test_no_sample_is_drawn_before_the_quarter_is_over() -> None:
    register = Register(LAST[:-1])
    with pytest.raises(SlotError, match="not hold all of 2026-Q4"):
        sampled(register, 5, [])
    assert audited(register).verdict == PENDING


def test_the_audit_holds_one_tick_at_a_time() -> None:
    # Given the files of a register of 25,600 slots, far more than a few ticks
    end = slots.ticks_of_period(QUARTER).stop
    register = Register(range(end - 400, end), 64)
    files, root = files_of(register.entries())
    size = 400 * 64
    reader = Reader(fetch_from(files), size, root, cache=4)
    # When all of them are audited
    tracemalloc.start()
    try:
        report = audit.audit_slots([], QUARTER, reader, PERIOD_KEY, register.plan)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Then less is held than a fifth of what the entries alone would take
    assert report.verdict == PASS
    assert peak < size * sys.getsizeof(bytes(33)) / 5
