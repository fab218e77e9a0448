"""Locks of a server's database, named by a number: who may run, and who may write a log now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from django.db import connections

from answerable.ledger.actions import rows
from answerable.ledger.errors import RunningError


def number_of(name: str) -> int:
    """The number under which PostgreSQL knows the lock ``name``."""
    return int.from_bytes(sha256(f"answerable/{name}".encode()).digest()[:8], "big", signed=True)


def running(where: str) -> RunningError:
    """The error of a second sequencer."""
    return RunningError(
        "a sequencer of this ledger is already running",
        where=where,
        todo="one is enough: stop it first if you mean to replace it",
    )


@contextmanager
def alone_on_server(name: str) -> Iterator[None]:
    """Hold the run lock of the ledger ``name`` in its server, on a connection of its own, until the end.

    Raises :class:`RunningError` when a sequencer on any machine holds it.
    """
    connection = connections["ledger"].copy()
    try:
        with rows.ledger_answering(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [number_of(f"run/{name}")])
            if cursor.fetchone() != (True,):
                raise running(f"the database server of {name}")
        yield
    finally:
        connection.close()
