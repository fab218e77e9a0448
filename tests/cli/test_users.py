"""Each party as a user of its own, by its commands, as the page on operating says; and copies restored under them.

As root these are four real users; else all are this one, and what is proved is the modes.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from answerable.record.keys import ED25519, SigningKey
from answerable.record.note import add_signatures, sign_text
from answerable.sealing import readers
from answerable.sealing.readers import ReadersNote, Recovery
from answerable.sealing.recovery import RecoveryKey
from tests.intake.world import Staff
from tests.sealing.panel import panel

ROOT = Path(__file__).parents[2]
LEDGER = "ledger.example.org"
USERS = {"desk": 61_001, "reporter": 61_002, "carry": 61_003, "sequencer": 61_004}
GROUPS = {"desk": 61_011, "reporter": 61_012}
#: Who is in which: the party itself, and whoever reaches into its folder.
IN = {"desk": ["desk"], "reporter": ["reporter"], "carry": ["desk", "reporter"], "sequencer": ["desk", "reporter"]}


@cache
def interpreter() -> str | None:
    """A Python that other users can run; None: this process cannot become another user."""
    if os.geteuid() != 0:
        return None
    for path in (sys.executable, "/usr/bin/python3.11"):
        tried = [path, "-c", "import answerable.cli.main"]
        with suppress(OSError):  # it lies where others cannot go
            subprocess.run(tried, env=environment(), user=61_001, group=61_001, check=True, capture_output=True)
            return path
    return None


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT), *(one for one in sys.path if one.endswith("site-packages"))])
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nowhere"}


class Machine:
    """One machine with everything on it, in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o755)
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def as_user(self, user: str) -> dict[str, Any]:
        """How a process becomes a user; nothing where there is but one."""
        if interpreter() is None:
            return {}
        return {"user": USERS[user], "group": USERS[user], "extra_groups": [GROUPS[name] for name in IN[user]]}

    def group(self, party: str) -> str:
        return str(GROUPS[party] if interpreter() else os.getegid())

    def command(self, user: str, *words: str, module: str = "answerable", code: int | None = 0) -> str:
        """Run a command as a user; what it printed. ``code``: the exit code that is right; None: any."""
        asked = [interpreter() or sys.executable, "-m", module, *words]
        done = subprocess.run(
            asked, cwd=self.folder, env=environment(), capture_output=True, text=True, timeout=120, check=False,
            **self.as_user(user),
        )  # fmt: skip
        assert code is None or done.returncode == code, (words, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def start(self, user: str, *words: str) -> None:
        """Start what stays up; what it says goes to a file."""
        with (self.folder / f"{user}.said").open("wb") as said:
            self.running[user] = subprocess.Popen(
                [interpreter() or sys.executable, "-m", "answerable", *words],
                cwd=self.folder, env=environment(), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                **self.as_user(user),
            )  # fmt: skip

    def stop(self) -> None:
        """End what runs, and wait for it."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(30)
        self.running.clear()

    def make(self, name: str) -> Path:
        """A folder that belongs to the user of this name."""
        path = self.folder / name
        path.mkdir(mode=0o700)
        if interpreter():
            os.chown(path, USERS[name], USERS[name])
        return path

    def give(self, path: Path, user: str) -> Path:
        if interpreter():
            os.chown(path, USERS[user], USERS[user])
        return path

    def set_up(self) -> None:
        """Everything, in the order of the page on operating."""
        (self.folder / "none.policy").write_text("quorum none\n")
        sequencer = self.make("sequencer")
        ledger, desk, reporter, carry = (
            sequencer / "ledger",
            self.make("desk"),
            self.make("reporter"),
            self.make("carry"),
        )
        public = ledger / "public"
        self.command(
            "sequencer",
            "record",
            "init",
            str(ledger),
            "--name",
            LEDGER,
            "--witnesses",
            str(self.folder / "none.policy"),
        )
        acks = {}
        for party, file in (("reporter", "intake.db"), ("desk", "desk.db")):
            added = ("record", "add-party", str(ledger), party, str(self.folder / party / file), "--json")
            acks[party] = json.loads(self.command("sequencer", *added))["vkey"]
            (ledger / "keys" / f"ack-{party}.key").rename(self.folder / party / "ack.key")
            self.give(self.folder / party / "ack.key", party)
        for folder in (sequencer, ledger):  # to the public folder leads a way; nothing else in it opens to others
            folder.chmod(0o711)
        for log in ("register", "record"):
            shutil.copy(ledger / f"{log}.policy", carry)
            self.give(carry / f"{log}.policy", "carry")
        said = self.command(
            "carry", "casework", "carry-init", str(carry), "--desk", str(desk), "--reporter", str(reporter),
            "--register", str(public / "register"), "--register-policy", str(carry / "register.policy"),
            "--record", str(public / "record"), "--record-policy", str(carry / "record.policy"),
            "--wrapping", "wrapping", "--json",
        )  # fmt: skip
        made = json.loads(said)
        # What was printed can be had again
        shown = json.loads(self.command("carry", "casework", "office-key", str(carry), "--show", "--json"))
        assert shown == {"opening_box": made["opening_box"], "office": {"office.key": made["office"]}}
        self.command("sequencer", "run", "sequencer", str(ledger), "--once")
        keys = [SigningKey.generate(f"{LEDGER}/panel/{name}", ED25519, secrets.token_bytes(32)) for name in ("a", "b")]
        named = [word for key in keys for word in ("--panel", str(key.verifier))]
        facts = self.folder / "deployment.json"
        self.command(
            "sequencer", "casework", "deployment", "--log", str(public / "record"), "--ledger-name", LEDGER,
            "--opening-box", made["opening_box"], "--ack", acks["reporter"], *named,
            "--out", str(sequencer / "deployment.json"),
        )  # fmt: skip
        shutil.copy(sequencer / "deployment.json", facts)  # public: everybody reads it, as it was made
        deployment = bytes.fromhex(json.loads(facts.read_text())["deployment"])
        key = RecoveryKey(deployment, panel(2, 3).key, "dealer")
        (self.folder / "recovery-key.json").write_bytes(key.encode())
        self.command(
            "desk", "casework", "init", "--home", str(desk), "--ledger-name", LEDGER,
            "--ack-key", str(desk / "ack.key"), "--deployment", str(facts), "--log", str(public / "record"),
            "--recovery-key", str(self.folder / "recovery-key.json"), "--group", self.group("desk"),
        )  # fmt: skip
        shutil.copy(desk / "wrapping", carry)
        self.give(carry / "wrapping", "carry")
        note = self.folder / "readers.note"
        note.write_text(signed_note(deployment, key, bytes.fromhex(made["office"]), keys))
        self.command("desk", "casework", "readers", str(note), "--home", str(desk))
        self.command(
            "reporter", "intake", "init", "--home", str(reporter), "--ledger-name", LEDGER,
            "--ack-key", str(reporter / "ack.key"), "--deployment", str(facts), "--readers", str(note),
            "--group", self.group("reporter"),
        )  # fmt: skip
        self.run_sequencer()
        self.start("carry", "run", "carry", str(carry))

    def run_sequencer(self) -> None:
        self.start("sequencer", "run", "sequencer", str(self.folder / "sequencer" / "ledger"), "--tick-every", "1")

    def reported(self, what: str, person: str = "") -> Any:
        return json.loads(
            self.command("reporter", what, str(self.folder / "reporter"), person, module="tests.cli.reported")
        )

    def carried(self, wanted: int, *, receipts: int = 0, said: str = "") -> None:
        """Wait until the desk has so many submissions, mailboxes so many receipts, and carry has said something."""
        for _ in range(600):
            found = self.submissions(), self.count("reporter/intake.db", "receipt")
            if found == (wanted, receipts or wanted) and said in (self.folder / "carry.said").read_text():
                return
            time.sleep(0.1)
        raise AssertionError("".join((self.folder / f"{user}.said").read_text() for user in ("carry", "sequencer")))

    def copies(self, *names: str) -> dict[str, bytes]:
        """Copies of databases, made as the page on operating says, while they are in use."""
        found = {}
        beside = self.folder / "copy"
        for name in names:
            with closing(sqlite3.connect(self.folder / name)) as database, closing(sqlite3.connect(beside)) as copy:
                database.backup(copy)
            found[name] = beside.read_bytes()
            beside.unlink()
        return found

    def restore(self, copies: dict[str, bytes]) -> None:
        """Put the copies in their places: other files, owned as those were, in the group of the folder."""
        for name, data in copies.items():
            path = self.folder / name
            before = path.stat()
            for end in ("-wal", "-shm"):
                path.with_name(path.name + end).unlink(missing_ok=True)
            fresh = path.with_name("fresh")
            fresh.write_bytes(data)
            os.chown(fresh, before.st_uid, before.st_gid)
            fresh.chmod(stat.S_IMODE(before.st_mode))
            fresh.replace(path)

    def count(self, name: str, table: str) -> int:
        with sqlite3.connect(self.folder / name) as database:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def submissions(self) -> int:
        return self.count("desk/desk.db", "casework_submission")


def signed_note(deployment: bytes, key: RecoveryKey, office: bytes, panel_keys: list[SigningKey]) -> str:
    staff = sorted((Staff.new(role).reader for role in ("intake_officer", "advocate")), key=lambda one: one.id)
    recovery = Recovery(key.key.public, 2, 3)
    text = readers.write(ReadersNote(deployment, 1, date(2026, 3, 1), recovery, (office,), tuple(staff)))
    signed = [sign_text(text, one) for one in panel_keys]
    return add_signatures(signed[0].to_bytes(), signed[1].signatures).decode()


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    made = Machine(Path(tempfile.mkdtemp(prefix="answerable-users-")))
    try:
        made.set_up()
        yield made
    finally:
        made.stop()
        shutil.rmtree(made.folder)


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_a_report_with_a_file_goes_over_between_users(machine: Machine) -> None:
    person = json.dumps(machine.reported("file"))
    machine.carried(1)
    # Then the file lies at the desk, for the desk's group to read; and every secret is its owner's alone
    (body,) = (machine.folder / "desk" / "files").iterdir()
    (sealed,) = (machine.folder / "reporter" / "files").iterdir()
    assert body.read_bytes() == sealed.read_bytes()
    assert (mode(body), mode(sealed)) == ("0o640", "0o640")
    assert mode(machine.folder / "desk" / "files") == mode(machine.folder / "reporter" / "files") == "0o2770"
    for home in ("desk", "reporter"):
        assert mode(machine.folder / home) == "0o3770"
        assert mode(machine.folder / home / "party.toml") == mode(machine.folder / home / "readers.note") == "0o640"
    for secret in ("desk/ack.key", "desk/secret.key", "desk/wrapping", "reporter/pepper", "reporter/work_key",
                   "reporter/ack.key", "reporter/secret.key", "carry/wrapping", "carry/office.key"):  # fmt: skip
        assert mode(machine.folder / secret) == "0o600", secret
    if interpreter():  # and it is the system that says so
        read = "import sys; [open(one, 'rb').read(1) for one in sys.argv[1:]]"
        for user, secret in (
            *(("carry", "desk/ack.key"), ("carry", "reporter/pepper"), ("desk", "reporter/intake.db")),
            *(("reporter", "desk/desk.db"), ("desk", "carry/office.key"), ("reporter", "desk/files")),
        ):
            tried = [str(interpreter()), "-c", read, str(machine.folder / secret)]
            done = subprocess.run(tried, check=False, capture_output=True, text=True, **machine.as_user(user))
            assert "Permission denied" in done.stderr, (user, secret)
        done = subprocess.run(
            [str(interpreter()), "-c", read, str(body)], check=False, capture_output=True, **machine.as_user("desk")
        )
        assert done.returncode == 0
    assert machine.reported("open", person) == {"texts": ["what happened"], "receipts": [True]}


def test_a_desk_is_restored_and_everything_comes_back(machine: Machine) -> None:
    # Given copies of the desk's databases, and a report after them
    before = machine.submissions()
    copies = machine.copies("desk/desk.db", "desk/keys.db")
    person = json.dumps(machine.reported("file"))
    machine.carried(before + 1)
    machine.reported("say", person)
    machine.carried(before + 2)
    # When they take the places of the files, under a sequencer that goes on
    machine.restore(copies)
    assert machine.submissions() == before
    # Then carry gives the desk both again, and says that it does, and nothing is missing
    machine.carried(before + 2, said="again     2")
    said = machine.command("desk", "casework", "missing", "--home", str(machine.folder / "desk"))
    assert "nothing is missing" in said
    assert machine.count("desk/desk.db", "casework_file") == len(list((machine.folder / "desk" / "files").iterdir()))
    assert machine.reported("open", person)["texts"] == ["more", "what happened"]


def test_mailboxes_are_restored_the_log_is_rebuilt_and_what_is_lost_is_named(machine: Machine) -> None:
    copies = machine.copies("reporter/intake.db")
    before, receipts = machine.submissions(), machine.count("reporter/intake.db", "receipt")
    machine.reported("file")
    machine.carried(before + 1, receipts=receipts + 1)
    # When the reporter's database is one from before, and somebody reports to it
    machine.restore(copies)
    again = json.dumps(machine.reported("file"))
    # Then the sequencer notices the other file while it runs, and takes nothing of it
    said = machine.folder / "sequencer.said"
    for _ in range(100):
        if "HALT for the rows of reporter" in said.read_text():
            break
        time.sleep(0.1)
    assert "record rebuild" in said.read_text()
    # And when the log was rebuilt, the new report goes over, and what her box lacks is named
    stopped = machine.running.pop("sequencer")
    stopped.terminate()
    stopped.wait(30)
    ledger = str(machine.folder / "sequencer" / "ledger")
    told = machine.command("sequencer", "record", "rebuild", ledger, "--from", ledger)
    assert "1 rows back to reporter" in told
    machine.run_sequencer()
    machine.carried(before + 2, receipts=receipts + 1)
    said_ = machine.command("desk", "casework", "missing", "--home", str(machine.folder / "desk"), code=1)
    assert said_.count("not in the person's box any more") == 1
    assert machine.reported("open", again)["receipts"] == [True]
