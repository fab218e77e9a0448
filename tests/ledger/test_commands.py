"""The log's commands, as a person runs them, in processes of their own."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests import commands
from tests.ledger.witnesses import POLICY

LEAF = "leaf "


def answerable(folder: Path, *arguments: str, code: int = 0) -> str:
    # The widest umask there is: modes must not depend on it.
    done = commands.run(*arguments, cwd=folder, umask=0)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Given a ledger whose policy asks for no witness; the tests below follow its life in order."""
    tmp_path = tmp_path_factory.mktemp("commands")
    (tmp_path / "none.policy").write_text("quorum none\n")
    said = answerable(
        tmp_path, "record", "init", "ledger", "--name", "ledger.example.org", "--witnesses", "none.policy"
    )
    assert [line.split()[0] for line in said.splitlines()] == ["created", "vkey", "vkey", "vkeys", "next"]
    return tmp_path


def test_from_an_entry_to_its_receipt(place: Path) -> None:
    (place / "entry.json").write_text(
        json.dumps({"kind": "finding.published", "report_sha256": "a" * 64, "inputs": []})
    )
    said = answerable(place, "record", "append", "ledger", "entry.json", "-o", "e.ack")
    assert [line.split()[0] for line in said.splitlines()] == ["waiting", "ack"]
    leaf = said.split(LEAF)[1].split()[0]
    answerable(place, "record", "receipt", "ledger", "--ack", "e.ack", "-o", "e.tlog-proof", code=3)
    said = answerable(place, "run", "sequencer", "ledger", "--once")
    assert "record    +2 -> 11, published 11" in said
    status = json.loads(answerable(place, "record", "status", "ledger", "--json"))
    assert status["record"]["size"] == status["record"]["published"] == 11
    assert status["state"] == "RUN"
    labels = [line.split()[0] for line in answerable(place, "record", "status", "ledger").splitlines()]
    assert labels == ["record", "register", "witnesses", "state"]
    assert len(leaf) == 64
    # A policy that asks for no witness is met by the log's own signature: the receipt is given, and passes offline.
    said = answerable(place, "record", "receipt", "ledger", "--ack", "e.ack", "-o", "e.tlog-proof")
    assert said.split() == ["receipt", "record", "index", "9", "of", "11"]
    checked = answerable(place, "record", "verify", "e.tlog-proof", "--policy", "ledger/record.policy")
    assert "PASS      checked offline" in checked
    refresh = ["--refresh", "e.tlog-proof", "--growth", "e.tlog-growth", "-o", "new.tlog-proof"]
    answerable(place, "record", "receipt", "ledger", *refresh)
    answerable(place, "record", "receipt", "ledger", "--leaf", "0" * 64, "-o", "x", code=3)


def test_a_round_that_reaches_no_database_is_not_done(place: Path) -> None:
    """As when somebody forgot DATABASE_URL: nothing was looked at, and the exit code and the status say so."""
    database = place / "ledger" / "ledger.db"
    database.rename(place / "away")
    try:
        said = answerable(place, "run", "sequencer", "ledger", "--once", code=4)
        assert "the ledger's database does not answer" in said
        assert json.loads((place / "ledger" / "state.json").read_text())["state"] == "HOLD"
        assert not database.exists()
    finally:
        (place / "away").rename(database)
    answerable(place, "run", "sequencer", "ledger", "--once")


def test_what_a_process_makes_is_for_its_owner_alone(place: Path) -> None:
    """Whatever the umask: databases with their WAL, state, locks, keys and settings; what is served is for everyone."""
    ledger = place / "ledger"
    public = ledger / "public"
    wide = {
        str(path.relative_to(ledger)): oct(path.stat().st_mode & 0o777)
        for path in [ledger, *ledger.rglob("*")]
        if path.stat().st_mode & 0o077 and not path.is_relative_to(public)
    }
    assert wide == {}
    assert {"ledger.db", "keys.db", "state.json", "run.lock"} <= {path.name for path in ledger.iterdir()}
    hidden = [path for path in [public, *public.rglob("*")] if path.stat().st_mode & 0o044 != 0o044]
    assert hidden == []
    # While a writer is at work, SQLite's WAL and shared memory have the database's mode.
    connection = sqlite3.connect(ledger / "ledger.db")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO checkpoint (log, size, root) VALUES ('x', 1, x'00')")
    modes = {path.name: path.stat().st_mode & 0o777 for path in ledger.glob("ledger.db*")}
    connection.rollback()
    connection.close()
    assert set(modes) == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
    assert set(modes.values()) == {0o600}


def test_a_database_that_is_gone_is_a_sentence(place: Path) -> None:
    path = place / "ledger/ledger.db"
    for lost in path.parent.glob("ledger.db*"):
        lost.unlink()
    for words in (["record", "status", "ledger"], ["record", "append", "ledger", "entry.json"]):
        assert "unable to open database file" in answerable(place, *words, code=2)
    assert not path.exists()
    # Rebuild makes it anew, for its owner alone, from what was published; the log goes on.
    said = answerable(place, "record", "rebuild", "ledger", "--from", "ledger")
    assert "rebuilt   ledger.example.org/record  size 0 -> 11" in said
    assert path.stat().st_mode & 0o777 == 0o600
    answerable(place, "run", "sequencer", "ledger", "--once")


def test_an_acknowledgement_that_cannot_be_written_names_its_leaf(place: Path) -> None:
    said = answerable(place, "record", "append", "ledger", "entry.json", "-o", "no/such/folder", code=2)
    assert "waits all the same" in said
    assert len(said.split("its leaf is ")[1].strip()) == 64


def test_roles_are_for_a_server(place: Path) -> None:
    assert "are files" in answerable(place, "record", "roles", "ledger", code=2)


def test_a_sealed_entry_and_its_key(place: Path) -> None:
    event = {"v": 1, "kind": "reads.head", "tick": 1, "head": "b" * 64, "count": 1}
    (place / "event.json").write_text(json.dumps(event))
    key = place / "event.key"
    key.write_text("c" * 64 + "\n")
    key.chmod(0o600)
    words = ["record", "append", "ledger", "--log", "register", "--seal", "event.json", "--opening-key", "event.key"]
    assert "waiting   register  sealed" in answerable(place, *words, "-o", "s.ack")
    answerable(place, "run", "sequencer", "ledger", "--once")
    connection = sqlite3.connect(place / "ledger/keys.db")
    [(wrapped,)] = connection.execute("SELECT wrapped FROM opening_key")
    connection.close()
    assert bytes.fromhex("c" * 64) not in wrapped


def test_a_party_is_added_with_a_key_of_its_own(place: Path) -> None:
    said = answerable(place, "record", "add-party", "ledger", "editors", "editors.db")
    assert [line.split()[0] for line in said.splitlines()] == ["party", "vkey"]
    assert (place / "ledger/keys/ack-editors.key").stat().st_mode & 0o777 == 0o600
    assert "already" in answerable(place, "record", "add-party", "ledger", "editors", "editors.db", code=2)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["record", "status", "nowhere"], "no ledger here"),
        (["record", "append", "ledger", "absent.json"], "cannot be read"),
        (["record", "append", "ledger", "none.policy"], "not JSON"),
        (["record", "append", "ledger"], "not clear"),
        (["record", "receipt", "ledger", "-o", "r"], "name one entry"),
        (["record", "receipt", "ledger", "--leaf", "xyz", "-o", "r"], "64 hex digits"),
        (["record", "init", "ledger", "--name", "x.org", "--witnesses", "none.policy"], "not empty"),
        (["record", "init", "new", "--name", "https://x", "--witnesses", "none.policy"], "host without a scheme"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(place: Path, arguments: list[str], says: str) -> None:
    assert says in answerable(place, *arguments, code=2)


def test_a_second_sequencer_exits_with_4(tmp_path: Path) -> None:
    (tmp_path / "w.policy").write_text(POLICY)
    answerable(tmp_path, "record", "init", "ledger", "--name", "ledger.example.org", "--witnesses", "w.policy")
    from answerable.ledger.config import load
    from answerable.ledger.sequencer import only_one

    with only_one(load(tmp_path / "ledger")):
        assert "already running" in answerable(tmp_path, "run", "sequencer", "ledger", "--once", code=4)
