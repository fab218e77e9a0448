"""Full disks at every effect, clocks a year off, torn and lost files, folders that cannot be written, two at once."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections

from answerable.ledger import databases, receipts, running
from answerable.ledger import store as stores
from answerable.ledger.actions import recording, rows
from answerable.ledger.asking import Latest
from answerable.ledger.boot import State
from answerable.ledger.errors import NotRecordedError, NotYetError, StoreError
from answerable.ledger.models import Outbox
from answerable.ledger.sequencer import only_one
from answerable.record import canonical, verify
from answerable.record.policy import Policy
from answerable.record.proof import TlogProof
from tests.ledger.harness import Clock, Ledger, check_everything, entries_of
from tests.ledger.processes import CRASHED, die, forked, outcome
from tests.postgres import Server

pytestmark = pytest.mark.database
YEAR = 365 * 86_400


def later(ledger: Ledger, seconds: int) -> None:
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += seconds


def full_database(alias: str, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """The server's disk is full from now on for every ``statement`` (SQLite has a limit of its own, see below)."""
    connection = connections[alias]

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(statement):
            raise OperationalError("could not extend file: No space left on device")
        return execute(sql, params, many, context)

    monkeypatch.setattr(connection, "execute_wrappers", [refuse])


@pytest.mark.parametrize(
    ("alias", "statement", "says"),
    [
        ("ledger", 'INSERT INTO "entry"', "the ledger's database does not answer"),
        ("ledger", 'UPDATE "head"', "the ledger's database does not answer"),
        ("ledger", 'UPDATE "checkpoint"', "the ledger's database does not answer"),
        ("ledger", 'INSERT INTO "cosignature"', "the ledger's database does not answer"),
        ("party_editors", 'UPDATE "outbox"', "editors: the outbox does not answer"),
    ],
    ids=["T1 entries", "T1 head", "T2 note", "T2 lines", "B"],
)
def test_a_full_disk_in_a_database_is_said_and_tried_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, alias: str, statement: str, says: str
) -> None:
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    acks = [ledger.act(1), ledger.act(2, "desk")]
    with monkeypatch.context() as patched:
        full_database(alias, patched, statement)
        report = sequencer.round(paced=False)
        said = " ".join(report.messages)
        assert says in said
        assert "No space left" in said
        assert report.logs[1].state is State.RUN
    later(ledger, 10)
    assert sequencer.round(paced=False).messages == []
    check_everything(ledger, acks)


def test_a_database_that_takes_nothing_more(ledger: Ledger, postgres: Server | None) -> None:
    """The real thing in T1: SQLite's file may not grow; the server's session is read-only, as a full one makes it."""
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    acks = [ledger.act(number) for number in range(200)]
    before = rows.head(ledger.record)
    if postgres is not None:
        with connections["ledger"].cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
    else:
        with connections["ledger"].cursor() as cursor:
            cursor.execute("PRAGMA page_count")
            pages = cursor.fetchone()[0]
            cursor.execute(f"PRAGMA max_page_count = {pages}")
    report = sequencer.round(paced=False)
    assert "the ledger's database does not answer" in " ".join(report.messages)
    assert rows.head(ledger.record) == before
    connections["ledger"].close()
    later(ledger, 10)
    assert sequencer.round(paced=False).messages == []
    check_everything(ledger, acks)


def test_an_act_on_a_full_disk_fails_as_a_whole(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        full_database("party_editors", patched, "INSERT INTO")
        with pytest.raises(NotRecordedError, match="No space left"):
            ledger.act(1)
    assert not Outbox.objects.using("party_editors").exists()


@pytest.mark.parametrize("number", range(1, 5))
def test_a_full_disk_at_any_file_is_tried_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Tile, bundle (F), archive, checkpoint (P) of the record: the disk is full from the nth on."""
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    acks, written = [ledger.act(1)], 0
    write = stores.Store._temporary

    def full(self: stores.Store, target: Path, data: bytes, *, durable: bool) -> Path:
        nonlocal written
        written += durable
        if written >= number:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, target, data, durable=durable)

    with monkeypatch.context() as patched:
        patched.setattr(stores.Store, "_temporary", full)
        report = sequencer.round(paced=False)
        assert "the disk is full" in " ".join(report.messages)
        assert report.logs[1].state is State.RUN
        assert not report.halted
    later(ledger, 10)
    assert sequencer.round(paced=False).messages == []
    check_everything(ledger, acks)


def test_a_state_file_that_cannot_be_written_does_not_end_the_process(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, str]] = []
    fails = StoreError("the disk is full", where="state.json")
    monkeypatch.setattr(running, "leave_state", lambda *_: (_ for _ in ()).throw(fails))
    monkeypatch.setattr(running, "Asker", lambda policy, _urls: ledger.askers[policy.origins[0]])
    for asker in ledger.askers.values():
        monkeypatch.setattr(asker, "close", lambda: None, raising=False)
    assert running.run(ledger.config, lambda label, text: said.append((label, text)), once=True, confirm_gap=True) == 0
    assert ("warning", "record: state.json: the disk is full") in said


@pytest.mark.parametrize("error", [errno.EROFS, errno.EACCES])
def test_a_folder_that_cannot_be_written_is_a_sentence(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    def refuse(path: Any, *arguments: Any, **options: Any) -> int:
        raise OSError(error, os.strerror(error))

    sequencer = ledger.sequencer()
    ledger.act(1)
    with monkeypatch.context() as patched:
        patched.setattr(stores.os, "open", refuse)
        with pytest.raises(StoreError, match="cannot be written"), only_one(ledger.config):
            pytest.fail("a lock that was not taken")
        report = sequencer.round(paced=False)
    said = " ".join(report.messages)
    assert os.strerror(error) in said
    assert not report.halted
    later(ledger, 10)
    assert sequencer.round(paced=False).messages == []


def test_a_clock_a_year_back_and_forward_again(ledger: Ledger) -> None:
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    acks = []
    for jump in (-YEAR, YEAR + 60):
        later(ledger, jump)
        acks.append(ledger.act(len(acks)))
        sequencer.round(paced=False)
    report = sequencer.round(paced=False)
    assert [log.state for log in report.logs] == [State.RUN, State.RUN]
    check_everything(ledger, acks)


def test_a_clock_a_year_ahead_and_back_again(ledger: Ledger) -> None:
    """The register holds, and nothing of it is a year ahead; the record goes on, and is anchored on the true day."""
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    later(ledger, YEAR)
    acks = [ledger.act(1)]
    assert sequencer.round(paced=False).logs[0].state is State.HOLD
    later(ledger, -YEAR + 900)
    acks.append(ledger.act(2))
    report = sequencer.round(paced=False)
    assert [log.state for log in report.logs] == [State.RUN, State.RUN], report.messages
    assert len(entries_of(ledger.register)) == 128
    later(ledger, 86_400)
    sequencer.round(paced=False)
    days = [
        canonical.decode(entry.data)["at"]  # type: ignore[index,call-overload]
        for entry in entries_of(ledger.record)
        if b'"log.anchored"' in entry.data
    ]
    assert days[-1] == "2026-12-02"
    check_everything(ledger, acks)


@pytest.mark.parametrize("left", [b"", b"half of a", b"\xff\xfe"], ids=["empty", "torn", "garbage"])
def test_a_torn_checkpoint_is_published_again(ledger: Ledger, left: bytes) -> None:
    ledger.round()
    place = ledger.config.record.public / "checkpoint"
    whole = place.read_bytes()
    place.write_bytes(left)
    assert ledger.round().messages == []
    assert place.read_bytes().split(b"\n\n")[0] == whole.split(b"\n\n")[0]
    check_everything(ledger)


def test_a_torn_archive_halts_and_is_kept(ledger: Ledger) -> None:
    """The archive is the history of time: what is in it is never replaced."""
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    ledger.act(1)
    size = len(entries_of(ledger.record)) + 1
    archived = ledger.config.record.public / "archive" / f"{size:03}"
    archived.write_bytes(b"torn")
    report = sequencer.round(paced=False)
    assert report.logs[1].state is State.HALT
    assert f"checkpoint of size {size}" in " ".join(report.messages)
    assert archived.read_bytes() == b"torn"


def test_a_lost_tile_in_the_midst_is_written_again(ledger: Ledger) -> None:
    """Only the edges are read in every round; a full tile that someone removed is missed at the next start."""
    for _ in range(9):
        ledger.round()
        later(ledger, 900)
    public = ledger.config.register.public
    lost = [public / "tile/0/000", public / "tile/entries/001"]
    before = [path.read_bytes() for path in lost]
    for path in lost:
        path.unlink()
    assert ledger.round().messages == []
    assert [path.read_bytes() for path in lost] == before
    check_everything(ledger)


def test_what_someone_left_in_the_folder_disturbs_nothing(ledger: Ledger) -> None:
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    for log in ledger.config.logs:
        for name in ("tile/mine.p", "tile/0/a b.p", "archive/xyz", "archive/9999"):
            (log.public / name).mkdir(parents=True)
        (log.public / "tile/0/README").write_text("hello")
    acks = [ledger.act(1)]
    later(ledger, 2 * 86_400)
    sequencer.round(paced=False)
    assert ledger.round().messages == []
    check_everything(ledger, acks)


def test_an_archive_that_cannot_be_read_is_said(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.round()
    read = Path.read_bytes

    def refuse(self: Path) -> bytes:
        if self.name == "checkpoint":
            raise PermissionError(errno.EACCES, "Permission denied")
        return read(self)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", refuse)
        report = ledger.round()
    assert "cannot read the file: Permission denied" in " ".join(report.messages)
    assert not report.halted
    assert ledger.round().messages == []


def test_another_logs_checkpoint_from_a_witness_is_no_answer(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A witness that shows the register's head when asked about the record has said nothing about the record."""
    for _ in range(3):
        ledger.round()
        later(ledger, 900)
    others = [one.note for one in ledger.askers[ledger.register].witnesses.values()]
    asker = ledger.askers[ledger.record]
    for name in ("w1", "w2"):
        asker.witnesses[name].mode = "down"
    shown = [Latest(name, (name,), 200, note) for name, note in zip(asker.witnesses, others, strict=True)]
    monkeypatch.setattr(asker, "latest", lambda _origin: shown)
    report = ledger.round()
    assert report.logs[1].state is State.HOLD
    assert "w1, w2" in " ".join(report.messages)
    assert not report.halted


def test_the_same_entry_twice_at_once_is_one(ledger: Ledger) -> None:
    """Two people append the same file at the same moment."""
    found: list[Any] = []
    barrier = threading.Barrier(2)

    def append() -> None:
        try:
            with recording.acting("ledger"):
                fields = {"report_sha256": "c" * 64, "inputs": []}
                barrier.wait(20)
                found.append(
                    recording.record(
                        "finding.published", fields, by="ledger", id="d" * 32, using="ledger", now=int(ledger.clock())
                    )
                )
        finally:
            connections["ledger"].close()

    if connections["ledger"].vendor == "sqlite":
        barrier = threading.Barrier(1)  # a second writer waits for the first before it begins
    threads = [threading.Thread(target=append) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len({one.leaf for one in found}) == 1
    assert len({one.ack for one in found}) == 1
    assert len(found) == 2
    ledger.round()
    assert sum(entry.leaf_hash == found[0].leaf_hash for entry in entries_of(ledger.record)) == 1


def test_two_sequencers_at_once_past_the_lock_do_no_harm(ledger: Ledger) -> None:
    """Two processes, each as fast as it can, while parties write: one history, nothing lost, and nobody halts."""
    ledger.round()
    for asker in ledger.askers.values():
        for witness in asker.witnesses.values():
            witness.mode = "down"  # witnesses of a test serve one process at a time

    def race() -> None:
        sequencer = ledger.sequencer()
        sequencer._memory[ledger.record].state = State.RUN
        sequencer._memory[ledger.register].state = State.RUN
        halted = []
        for _ in range(25):
            report = sequencer.round(paced=False)
            halted += report.messages if report.halted else []
        assert halted == []

    acks = [ledger.act(number, ("editors", "desk")[number % 2]) for number in range(20)]
    children = [forked(race) for _ in range(2)]
    acks += [ledger.act(100 + number) for number in range(20)]
    assert [outcome(child) for child in children] == [0, 0]
    for asker in ledger.askers.values():
        for witness in asker.witnesses.values():
            witness.mode = "well"
    later(ledger, 10)
    report = ledger.round()
    assert not report.halted, report.messages
    check_everything(ledger, acks)


class TestReceipts:
    def test_a_size_witnessed_and_never_published_is_passed_over(self, ledger: Ledger) -> None:
        """The process died between T2 and P, and the log had grown when it came back."""
        ledger.round()
        mine = ledger.act(1)

        def cut(name: str) -> None:
            if name == "P":
                die()

        assert outcome(forked(lambda: ledger.sequencer(step=cut).round(paced=False) and None)) == CRASHED
        ledger.act(2)
        later(ledger, 10)
        ledger.round()
        found = receipts.receipt(ledger.config, mine.leaf_hash)
        assert verify.verify_receipt(found.proof, ledger.config.record.policy).verdict == "PASS"

    def test_a_log_without_a_quorum_gives_receipts(self, ledger: Ledger) -> None:
        place = ledger.config.record.policy_file
        logs = "".join(line for line in place.read_text().splitlines(keepends=True) if line.startswith("log "))
        for log in ledger.config.logs:
            log.__dict__.pop("policy", None)
        place.write_text(logs + "quorum none\n")
        mine = ledger.act(1)
        with pytest.raises(NotYetError):
            receipts.receipt(ledger.config, mine.leaf_hash)
        ledger.round()
        for today in (False, True):
            found = receipts.receipt(ledger.config, mine.leaf_hash, today=today, small=today)
            assert found.quorum_time is None
            assert verify.verify_receipt(found.proof, Policy.parse(place.read_text())).verdict == "PASS"

    def test_a_receipt_from_the_future_is_not_yet(self, ledger: Ledger) -> None:
        """The ledger's database is older than the receipt: it says so, and exits with 3."""
        mine = ledger.act(1)
        ledger.round()
        proof = TlogProof.parse(receipts.receipt(ledger.config, mine.leaf_hash).proof)
        ahead = TlogProof(proof.extra, 500, proof.hashes, proof.checkpoint.replace(b"\n11\n", b"\n900\n"))
        with pytest.raises(NotYetError) as caught:
            receipts.refresh(ledger.config, ahead.to_bytes())
        assert caught.value.exit_code == 3
        later_size = TlogProof(proof.extra, proof.index, proof.hashes, ahead.checkpoint)
        with pytest.raises(NotYetError) as caught:
            receipts.refresh(ledger.config, later_size.to_bytes())
        assert caught.value.exit_code == 3

    def test_lost_tiles_are_not_yet(self, ledger: Ledger) -> None:
        mine = ledger.act(1)
        ledger.round()
        shutil.rmtree(ledger.config.record.public / "tile")
        with pytest.raises(NotYetError, match="lost tiles"):
            receipts.receipt(ledger.config, mine.leaf_hash)
        ledger.round()
        receipts.receipt(ledger.config, mine.leaf_hash)


def test_an_outbox_of_garbage_is_its_partys_own(ledger: Ledger, postgres: Server | None) -> None:
    connections["party_desk"].close()
    settings = connections["party_desk"].settings_dict
    fine = ledger.act(1, "editors")
    if postgres is None:
        place = databases.path_of(settings)
        assert place is not None
        for suffix in ("-wal", "-shm"):
            Path(f"{place}{suffix}").unlink(missing_ok=True)
        place.write_bytes(os.urandom(20_000))
        with pytest.raises(sqlite3.DatabaseError):
            sqlite3.connect(place).execute("SELECT * FROM outbox")
    else:
        postgres.execute("DROP TABLE desk.event; DROP TABLE desk.outbox CASCADE", str(settings["NAME"]))
    report = ledger.round()
    assert "desk: the outbox does not answer" in " ".join(report.messages)
    assert fine.leaf_hash in {entry.leaf_hash for entry in entries_of(ledger.record)}
