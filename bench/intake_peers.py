"""What the door is measured beside: bare inserts behind the same server, of the bytes that came and of the same rows.

Neither reads what it is sent. They check no proof of work, no signature and no rule, seal nothing, promise nothing and
answer nothing: what they show is what the server, the database and the disk cost by themselves.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.postgres import Server

#: Where the tables say in which order they may be written.
_ORDER = (
    *("outbox", "event", "mailbox", "record", "submission", "compartment", "wrap", "value", "file", "ack"),
    *("pow_spent",),
)


class Peer:
    """A WSGI application that answers 201 once `keep` has put a body into its own SQLite file, one commit each."""

    def __init__(self, place: Path, statements: Iterable[str]) -> None:
        self._place = place
        self._local = threading.local()
        self._writing = threading.Lock()
        # Closed again: a connection must not go through a fork.
        made = sqlite3.connect(place)
        made.execute("PRAGMA journal_mode=WAL")
        for statement in statements:
            made.execute(statement)
        made.close()

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(self._place, timeout=30, isolation_level="IMMEDIATE")
            self._local.connection.execute("PRAGMA synchronous=FULL")
            self._local.connection.execute("PRAGMA secure_delete=ON")
        made: sqlite3.Connection = self._local.connection
        return made

    def keep(self, connection: sqlite3.Connection, data: bytes) -> None:
        """Insert."""
        raise NotImplementedError

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Keep one body."""
        data = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        with self._writing, self._connection() as connection:
            self.keep(connection, data)
        start("201 Created", [("Content-Type", "application/octet-stream"), ("Content-Length", "0")])
        return [b""]


class Bare(Peer):
    """Each body as one row of one table."""

    def __init__(self, place: Path) -> None:
        super().__init__(place, ["CREATE TABLE body (id BLOB PRIMARY KEY, data BLOB NOT NULL)"])

    def keep(self, connection: sqlite3.Connection, data: bytes) -> None:
        """One row."""
        connection.execute("INSERT INTO body VALUES (?, ?)", (secrets.token_bytes(16), data))


class Rows(Peer):
    """For each body the rows that a report becomes, in the same tables with the same indexes and triggers: those of one
    real report in ``intake``, under new random ids."""

    def __init__(self, place: Path, intake: Path, outbox_id: int) -> None:
        real = sqlite3.connect(intake)
        made = [
            sql
            for (sql,) in real.execute(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
            )
        ]
        super().__init__(place, made)
        of = {"outbox": ("id", outbox_id), "event": ("outbox_id", outbox_id), "submission": ("outbox_id", outbox_id)}
        (mailbox,) = real.execute("SELECT mailbox_id FROM submission WHERE outbox_id = ?", [outbox_id]).fetchone()
        self._rows: list[tuple[str, list[tuple[Any, ...]]]] = []
        self._ids: set[Any] = {outbox_id}
        for table in _ORDER:
            column, value = of.get(table, ("id" if table == "mailbox" else "mailbox_id", mailbox))
            where = "1 LIMIT 1" if table == "pow_spent" else f"{column} = ?"
            found = real.execute(f"SELECT * FROM {table} WHERE {where}", [] if table == "pow_spent" else [value])
            names = [name for name, *_ in found.description]
            rows = found.fetchall()
            if rows:
                self._rows.append((f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", rows))
            self._ids |= {
                value
                for row in rows
                for name, value in zip(names, row, strict=True)
                if name in ("id", "outbox_id") or (isinstance(value, bytes) and len(value) in (16, 32))
            }
        real.close()

    def keep(self, connection: sqlite3.Connection, data: bytes) -> None:  # noqa: ARG002  # its rows are of its size
        """Each row anew, whatever is an id or a hash replaced by one as long."""
        fresh = {
            old: secrets.token_bytes(len(old)) if isinstance(old, bytes) else secrets.randbits(62) for old in self._ids
        }
        for statement, rows in self._rows:
            connection.executemany(statement, [tuple(fresh.get(value, value) for value in row) for row in rows])

    @property
    def count(self) -> int:
        """How many rows one report is."""
        return sum(len(rows) for _, rows in self._rows)


def processor_of(server: Server) -> float:
    """Seconds of a processor that a PostgreSQL server has used so far, in all its processes, ended ones included."""
    postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ends at this moment: its parent counts it
            fields = stat.read_text().rpartition(")")[2].split()
            own, ended = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
            if int(stat.parent.name) == postmaster:
                ticks += own + ended
            elif int(fields[1]) == postmaster:
                ticks += own
    return ticks / os.sysconf("SC_CLK_TCK")
