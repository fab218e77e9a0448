"""Full disks, jumping clocks, floods, commits out of order: no silent damage, a clear message, recovery by itself."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest
from django.db import connections

from answerable.ledger import files
from answerable.ledger import store as stores
from answerable.ledger.actions import rows
from answerable.ledger.boot import State
from answerable.ledger.models import Outbox
from answerable.record import canonical, kinds, slots
from answerable.record.tree import leaf_hash
from tests.ledger.harness import START, Clock, Ledger, check_everything, entries_of

pytestmark = pytest.mark.database


def clock_of(ledger: Ledger) -> Clock:
    assert isinstance(ledger.clock, Clock)
    return ledger.clock


def register_state(ledger: Ledger, **options: Any) -> tuple[State, str]:
    report = ledger.round(**options)
    return report.logs[0].state, " ".join(report.messages)


def test_a_full_disk_leaves_the_head_unsigned_and_is_tried_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    acks = [ledger.act(1)]
    write = os.write

    def full(number: int, data: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(stores.os, "write", full)
        report = sequencer.round(paced=False)
        assert "the disk is full" in " ".join(report.messages)
        assert report.logs[1].state is State.RUN
    assert os.write is write
    head = rows.head(ledger.record)
    signed = rows.last_signed(ledger.record)
    assert head is not None
    assert signed is not None
    assert signed.size < head.size
    acks.append(ledger.act(2))
    clock_of(ledger).now += 6
    assert sequencer.round(paced=False).messages == []
    check_everything(ledger, acks)


def test_a_clock_that_jumps_back_holds_the_register(ledger: Ledger) -> None:
    ledger.round()
    clock_of(ledger).now -= 3_600
    state, said = register_state(ledger)
    assert state is State.HOLD
    assert "the clock says tick" in said
    clock_of(ledger).now += 3_600 + 900
    assert register_state(ledger) == (State.RUN, "")
    check_everything(ledger)


def test_a_clock_that_jumps_far_ahead_needs_a_person(ledger: Ledger) -> None:
    ledger.round()
    waiting = ledger.sealed()
    clock_of(ledger).now += 194 * 900
    state, said = register_state(ledger)
    assert state is State.HOLD
    assert "--confirm-gap" in said
    assert leaf_hash(b"") not in {entry.leaf_hash for entry in entries_of(ledger.register)}
    size = rows.head(ledger.register)
    assert size is not None
    assert size.size == 64
    # It was a long outage after all.
    assert register_state(ledger, confirm_gap=True) == (State.RUN, "")
    assert len(entries_of(ledger.register)) == 195 * 64
    check_everything(ledger, [waiting])


def test_an_outage_is_made_up_tick_by_tick(ledger: Ledger) -> None:
    """I4: each missed tick with its own slots; all that waits goes to the last. I2: ascending within a tick."""
    ledger.round()
    waiting = [ledger.sealed() for _ in range(5)]
    clock_of(ledger).now += 4 * 900
    assert register_state(ledger) == (State.RUN, "")
    entries = entries_of(ledger.register)
    assert len(entries) == 5 * 64
    for tick in range(5):
        of_tick = [entry.data for entry in entries[tick * 64 : tick * 64 + 64]]
        assert of_tick == sorted(of_tick)
    assert {entry.leaf_hash for entry in entries[-64:]} >= {one.leaf_hash for one in waiting}
    assert all(entry.party == "pad" for entry in entries[:-64])


def test_a_flood_enlarges_one_tick_and_the_record_says_so(ledger: Ledger) -> None:
    """I1 and I3: everything that waited is in; the multiple is named; nothing else tells how much it was."""
    ledger.round()
    acks = [ledger.sealed() for _ in range(130)]
    clock_of(ledger).now += 900
    assert ledger.round().messages == []
    entries = entries_of(ledger.register)
    assert len(entries) == 64 + 192
    told = [canonical.decode(e.data) for e in entries_of(ledger.record) if b'"tick.enlarged"' in e.data]
    tick = slots.tick_of(START) + 1
    assert [(entry["tick"], entry["multiple"]) for entry in told] == [(tick, 3)]  # type: ignore[index,call-overload]
    plan = slots.read_schedule(
        (canonical.decode(entry.data) for entry in entries_of(ledger.record)),  # type: ignore[misc]
        ledger.register,
    )
    assert plan.size_after(tick) == len(entries)
    check_everything(ledger, acks)


def test_the_register_grows_the_same_with_nothing_and_with_something(ledger: Ledger) -> None:
    sizes = []
    for acts in (0, 1, 64):
        for _ in range(acts):
            ledger.sealed()
        clock_of(ledger).now += 900
        ledger.round()
        sizes.append(len(entries_of(ledger.register)))
    assert sizes == [128, 192, 256]


def test_the_record_is_anchored_once_a_day(ledger: Ledger) -> None:
    sequencer = ledger.sequencer()
    for _ in range(3):
        sequencer.round(paced=False)
        clock_of(ledger).now += 900
    ledger.round()
    clock_of(ledger).now += 86_400
    ledger.round()
    days = [
        canonical.decode(entry.data)["at"]  # type: ignore[index,call-overload]
        for entry in entries_of(ledger.record)
        if b'"log.anchored"' in entry.data
    ]
    assert days == ["2026-12-01", "2026-12-02"]


def test_the_record_is_paced(ledger: Ledger) -> None:
    sequencer = ledger.sequencer()
    sequencer.round()
    ledger.act(1)
    clock_of(ledger).now += 9
    assert sequencer.round().logs[1].added == 0
    clock_of(ledger).now += 1
    assert sequencer.round().logs[1].added == 1


def test_an_entry_of_the_other_form_is_refused(ledger: Ledger) -> None:
    data = b"not an open entry"
    Outbox.objects.using("party_desk").create(
        log=ledger.record, data=data, leaf_hash=leaf_hash(data), include_by=START + 7200
    )
    fine = ledger.act(3)
    report = ledger.round()
    assert any("desk" in said and "form" in said for said in report.messages)
    held = {entry.leaf_hash for entry in entries_of(ledger.record)}
    assert fine.leaf_hash in held
    assert leaf_hash(data) not in held


def test_a_leaf_under_another_party_is_refused(ledger: Ledger) -> None:
    first = ledger.act(4)
    ledger.round()
    Outbox.objects.using("party_desk").create(
        log=ledger.record, data=first.outbox.data, leaf_hash=first.leaf_hash, include_by=START + 7200
    )
    mine = ledger.act(5, "desk")
    report = ledger.round()
    assert any("HALT for the rows of desk" in said and first.leaf in said for said in report.messages)
    assert mine.leaf_hash not in {entry.leaf_hash for entry in entries_of(ledger.record)}


def test_a_party_that_does_not_answer_does_not_stop_the_others(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    fine = ledger.act(6)
    connection = connections["party_desk"]
    connection.close()
    with monkeypatch.context() as patched:
        patched.setitem(connection.settings_dict, "NAME", "/nowhere/at/all.db")
        report = sequencer.round(paced=False)
    connection.close()
    assert any("desk: the outbox does not answer" in said for said in report.messages)
    assert fine.leaf_hash in {entry.leaf_hash for entry in entries_of(ledger.record)}
    clock_of(ledger).now += 10
    assert sequencer.round(paced=False).messages == []


def test_commits_out_of_order_of_ids_lose_nothing(ledger: Ledger) -> None:
    """An id is drawn when a row is inserted, and seen when its transaction commits: the later id may be seen first."""
    rows_ = Outbox.objects.using("party_editors")
    for id_, number in ((900, 7), (5, 8), (400, 9)):
        fields = {"report_sha256": f"{number:064x}", "inputs": [], "v": 1, "kind": "finding.published"}
        data = kinds.encode_open(fields | {"id": f"{number:032x}", "at": "2026-12-01", "by": "editors"})
        rows_.create(id=id_, log=ledger.record, data=data, leaf_hash=leaf_hash(data), include_by=START + 7200)
        ledger.round()
    assert not rows_.filter(idx__isnull=True).exists()
    check_everything(ledger)


def test_the_oldest_promise_enters_first(ledger: Ledger) -> None:
    late, early = ledger.act(10), None
    clock_of(ledger).now -= 3 * 3_600
    early = ledger.act(11, "desk")
    clock_of(ledger).now += 3 * 3_600
    ledger.round()
    order = [entry.leaf_hash for entry in entries_of(ledger.record)]
    assert order.index(early.leaf_hash) < order.index(late.leaf_hash)


def test_partial_tiles_go_a_day_after_their_full_tile(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(files, "KEPT", 10**9)  # the files' own times are those of this machine, not of our clock
        for _ in range(5):
            ledger.round()
            clock_of(ledger).now += 900
    public = ledger.config.register.public
    partial = [public / "tile/0/000.p", public / "tile/entries/000.p", public / "tile/0/001.p"]
    for full in ("tile/0/000", "tile/entries/000"):
        os.utime(public / full, (START, START))
    assert files.sweep(public, 320, START + 86_399) == 0
    assert files.sweep(public, 255, START + 86_400) == 0  # not yet published
    assert all(folder.exists() for folder in partial)
    left = public / "tile/0/.new-003"
    left.touch()
    assert files.sweep(public, 320, START + 86_400) == 3
    assert [folder.exists() for folder in partial] == [False, False, True]
    assert not left.exists()
    check_everything(ledger)
