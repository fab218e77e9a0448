"""The ledger's own database replaced under a running sequencer: it is checked as at a start, and goes on or halts."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from answerable.errors import HELD
from answerable.ledger import guards
from answerable.ledger.actions import rows, sequencing
from answerable.ledger.boot import State
from answerable.ledger.errors import LedgerError
from tests import commands
from tests.ledger.harness import Clock, Ledger, check_everything
from tests.ledger.test_boot import Backup, path_of, states
from tests.postgres import Server


def grow(ledger: Ledger, *numbers: int) -> None:
    assert isinstance(ledger.clock, Clock)
    for number in numbers:
        ledger.act(number)
    ledger.clock.now += 900


@pytest.mark.database
def test_an_older_database_in_the_place_of_ours_halts_the_running_sequencer(
    ledger: Ledger, tmp_path: Path, postgres: Server | None
) -> None:
    # Given a sequencer that has checked everything and runs
    sequencer = ledger.sequencer()
    grow(ledger, 1, 2)
    assert states(sequencer.round(paced=False)) == {"record": State.RUN, "register": State.RUN}
    backup = Backup("ledger", tmp_path, postgres)
    grow(ledger, 3)
    sequencer.round(paced=False)
    public = ledger.config.record.public
    shown = (public / "checkpoint").read_bytes()
    # When an older database takes the place of its own
    backup.restore()
    before = rows.head(ledger.record)
    grow(ledger, 4)
    report = sequencer.round(paced=False)
    # Then nothing is entered or signed, and it says why
    assert states(report)["record"] is State.HALT
    assert any("answerable record rebuild" in said for said in report.messages)
    assert rows.head(ledger.record) == before
    assert (public / "checkpoint").read_bytes() == shown


@pytest.mark.database
def test_a_database_that_holds_as_much_is_taken_after_a_check(
    ledger: Ledger, tmp_path: Path, postgres: Server | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a sequencer that runs, and a copy of its database of this moment
    sequencer = ledger.sequencer()
    grow(ledger, 1)
    sequencer.round(paced=False)
    checked: list[str] = []
    check = type(sequencer)._check
    monkeypatch.setattr(type(sequencer), "_check", lambda *given: checked.append(given[1].short) or check(*given))
    sequencer.round(paced=False)
    assert checked == []
    # When the copy takes its place, at a moment at which the connection was lost as well
    backup = Backup("ledger", tmp_path, postgres)
    if postgres is None:
        backup.copy.replace(path_of("ledger"))
    else:
        backup.restore()
    # Then it goes on with that one: where it is another one, after all of the checks
    grow(ledger, 2)
    assert states(sequencer.round(paced=False)) == {"record": State.RUN, "register": State.RUN}
    assert checked == ([] if postgres else ["register", "record"])
    check_everything(ledger)


@pytest.mark.database
def test_a_server_that_was_started_anew_is_checked(
    ledger: Ledger, postgres: Server | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a sequencer that runs, and whose server (or file) is another at its next look, with all that the first held
    sequencer = ledger.sequencer()
    grow(ledger, 1)
    sequencer.round(paced=False)
    at = guards.opened("ledger")
    assert at is not None
    connections["ledger"].close()
    assert guards.opened("ledger") is None
    assert states(sequencer.round(paced=False)) == {"record": State.RUN, "register": State.RUN}
    assert guards.opened("ledger") == at, "another session at the same one is no other database"
    monkeypatch.setattr(guards, "opened", lambda _alias: ("another", *at))
    # Then it says so, checks, and goes on
    report = sequencer.round(paced=False)
    assert [said for said in report.messages if "checked as at a start" in said] == report.messages != []
    assert states(report) == {"record": State.RUN, "register": State.RUN}
    assert sequencer.round(paced=False).messages == []


@pytest.mark.database
def test_a_tree_that_is_not_the_one_looked_at_does_not_grow(ledger: Ledger) -> None:
    grow(ledger, 1)
    ledger.round()
    head = rows.head(ledger.record)
    assert head is not None
    with pytest.raises(LedgerError, match="is not the one that was looked at"):
        sequencing.advance(ledger.record, [], lambda *_: None, now=1, expected=head._replace(root=bytes(32)))
    assert rows.head(ledger.record) == head


class Process:
    """A sequencer in a process of its own, for a ledger whose policy asks for no witness."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ledger = folder, folder / "ledger"
        (folder / "none.policy").write_text("quorum none\n")
        self.answerable("record", "init", "ledger", "--name", "ledger.example.org", "--witnesses", "none.policy")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "answerable", "run", "sequencer", "ledger"],
            cwd=folder,
            env=commands.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # A test waits for a sentence, and no longer than a minute.
        self.watch = threading.Timer(60, self.process.kill)
        self.watch.start()

    def answerable(self, *words: str) -> str:
        done = commands.run(*words, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def append(self, number: int) -> None:
        (self.folder / "entry.json").write_text(
            json.dumps({"kind": "finding.published", "report_sha256": f"{number:064x}", "inputs": []})
        )
        self.answerable("record", "append", "ledger", "entry.json", "-o", f"{number}.ack")

    def until(self, words: str) -> str:
        """The first line from now on with these words."""
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if words in line:
                return line
        raise AssertionError(f"it ended without {words!r}: {said}")

    def copy(self, to: Path) -> Path:
        with sqlite3.connect(self.ledger / "ledger.db") as one, sqlite3.connect(to) as other:
            one.backup(other)
        other.close()
        one.close()
        return to

    def replace(self, by: Path | None) -> None:
        """Another file takes the place of the database, at once; or none does."""
        if by is not None:
            shutil.copy(by, self.ledger / "fresh")
            (self.ledger / "fresh").chmod(0o600)
        for end in ("-wal", "-shm", ""):
            path = self.ledger / f"ledger.db{end}"
            if path.exists():
                path.rename(self.folder / f"away-{path.name}")
        if by is not None:
            (self.ledger / "fresh").rename(self.ledger / "ledger.db")

    def end(self) -> None:
        self.watch.cancel()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    made = Process(tmp_path)
    yield made
    made.end()


def test_a_running_process_halts_at_an_older_database(process: Process, tmp_path: Path) -> None:
    # Given a sequencer's process, a copy of its database, and an entry after it
    process.until("published 10")
    copy = process.copy(tmp_path / "copy")
    process.append(1)
    process.until("published 11")
    checkpoint = process.ledger / "public/record/checkpoint"
    shown = checkpoint.read_bytes()
    # When the copy takes its place, then the process says what is wrong, signs nothing more and ends
    process.replace(copy)
    assert "11" in process.until("HALT: ")
    assert process.process.wait(30) == HELD
    assert checkpoint.read_bytes() == shown


def test_a_running_process_goes_on_with_a_database_that_holds_as_much(process: Process, tmp_path: Path) -> None:
    process.until("published 10")
    copy = process.copy(tmp_path / "copy")
    # When the database is away, then nothing is made in its place
    process.replace(None)
    process.until("does not answer")
    assert not (process.ledger / "ledger.db").exists()
    # And when a copy that lacks nothing is there, then what is appended to it is published
    process.replace(copy)
    process.append(2)
    process.until("published 11")
    assert json.loads(process.answerable("record", "status", "ledger", "--json"))["state"] == "RUN"
