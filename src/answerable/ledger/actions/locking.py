"""Locks of a server's database, named by a number: who may run, and who may write a log now."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from answerable.ledger.actions import rows
from answerable.ledger.errors import RunningError

#: Tries to take the run lock, and seconds between them: a server notices only after a moment that a process was killed.
_TRIES, _PAUSE = 10, 0.1


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
    connection, number = connections["ledger"].copy(), number_of(f"run/{name}")
    try:
        with rows.ledger_answering():
            for left in reversed(range(_TRIES)):
                if _asked(connection, "SELECT pg_try_advisory_lock(%s)", number):
                    break
                if not left:
                    raise running(f"the database server of {name}")
                time.sleep(_PAUSE)
        try:
            yield
        finally:
            with suppress(DatabaseError):  # a server that is gone has let go of it
                _asked(connection, "SELECT pg_advisory_unlock(%s)", number)
    finally:
        connection.close()


def _asked(connection: BaseDatabaseWrapper, statement: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [number])
        return bool(cursor.fetchone()[0])
