"""What the sequencer can do in a party's SQLite database: read its outbox, set idx. Nothing else."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from answerable.ledger.guards import authorize


@pytest.fixture
def party(tmp_path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(tmp_path / "party.db")
    connection.executescript(
        "CREATE TABLE outbox (id INTEGER PRIMARY KEY, data BLOB, idx INTEGER);"
        "CREATE TABLE person (name TEXT); INSERT INTO person VALUES ('nobody');"
        "INSERT INTO outbox (data) VALUES (x'00');"
    )
    connection.set_authorizer(authorize)
    return connection


def test_it_reads_the_outbox_and_sets_idx(party: sqlite3.Connection) -> None:
    party.execute("BEGIN IMMEDIATE")
    assert party.execute("SELECT id, data FROM outbox WHERE idx IS NULL").fetchall() == [(1, b"\0")]
    party.execute("UPDATE outbox SET idx = 5 WHERE id = 1")
    party.execute("COMMIT")
    assert party.execute("SELECT count(*) FROM outbox WHERE idx = 5").fetchone() == (1,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT name FROM person",
        "INSERT INTO outbox (data) VALUES (x'01')",
        "UPDATE outbox SET data = x'01'",
        "DELETE FROM outbox",
        "DROP TABLE outbox",
        "CREATE TABLE mine (x)",
        "ATTACH ':memory:' AS other",
        "DELETE FROM person",
    ],
)
def test_everything_else_is_refused(party: sqlite3.Connection, statement: str) -> None:
    with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
        party.execute(statement)
