"""The statements of the actions: adding rows, and reading them as named values.

Written out, not by the ORM: the reporter's role may add to tables that it cannot read, and read views that are no
models; and a report costs a few statements and one commit.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import Any

from django.db import DatabaseError, IntegrityError, connections, transaction

from answerable.intake import bound
from answerable.intake.errors import NotKeptError
from answerable.ledger.errors import NotRecordedError
from answerable.ledger.guards import reopened

Row = dict[str, Any]
#: Rows for a table: its name, their columns, and the rows.
Rows = tuple[str, Sequence[str], Sequence[Sequence[Any]]]
_WRITING = threading.Lock()
#: Seconds, as long as a writer waits for those of other processes.
_PATIENCE = 5.0
#: Values that one statement adds at most: a report has about 300. One of thousands would take long to read and to plan.
_AT_ONCE = 1_000


def add_all(using: str, several: Iterable[Rows]) -> None:
    """Insert rows into several tables, in this order: all of them or none, also outside a transaction.

    On PostgreSQL by one statement: one way there and back, and outside a transaction that is the commit, too.
    """
    wanted = [(table, tuple(columns), rows) for table, columns, rows in several if rows]
    connection = connections[using]
    values = [value for _, _, rows in wanted for row in rows for value in row]
    if bound.binds(connection) and len(values) <= _AT_ONCE:
        shape = tuple((table, columns, len(rows)) for table, columns, rows in wanted)
        bound.run_numbered(connection, _inserts(shape), values)
        return
    with transaction.atomic(using=using, savepoint=False):
        for table, columns, rows in wanted:
            add(using, table, columns, rows)


def at_once(using: str) -> bool:
    """Whether `add_all` is one statement and its own commit: on PostgreSQL, outside a transaction."""
    return bound.binds(connections[using]) and not connections[using].in_atomic_block


def add(using: str, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert ``rows`` into ``table``, all by one statement."""
    several = [tuple(row) for row in rows]
    if not several:
        return
    text = _insert(table, tuple(columns))
    if len(several) == 1:
        _run(using, text, several[0])
    else:
        _run(using, text, several, many=True)


def select(using: str, text: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """The rows of a query by the names of their columns; every column of bytes as ``bytes``."""
    cursor = _run(using, text, tuple(parameters))
    names = [column[0] for column in cursor.description]
    return [
        {name: bytes(value) if isinstance(value, memoryview) else value for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]


def run(using: str, text: str, parameters: Sequence[Any] = ()) -> int:
    """Run one statement that changes or deletes; how many rows it met."""
    return int(_run(using, text, tuple(parameters)).rowcount)


def _run(using: str, text: str, parameters: Sequence[Any], *, many: bool = False) -> Any:
    """A cursor that has run one statement, once, or (``many``) for each of several rows of parameters.

    Within a transaction that nobody watches, without Django's cursor: making one takes longer than what the statement
    itself does, and a report has a dozen of them. Its errors are Django's all the same.
    """
    connection = connections[using]
    if not many and bound.binds(connection):
        return bound.run(connection, text, parameters)
    if connection.vendor == "sqlite" and connection.in_atomic_block and not bound.watched(connection):
        connection.validate_no_broken_transaction()
        raw = connection.connection
        with connection.wrap_database_errors:
            return (raw.executemany if many else raw.execute)(_marked(text), parameters)
    cursor = connection.cursor()
    (cursor.executemany if many else cursor.execute)(text, parameters)
    return cursor


@lru_cache(maxsize=64)
def _insert(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # names of ours


@lru_cache(maxsize=256)
def _inserts(shape: tuple[tuple[str, tuple[str, ...], int], ...]) -> str:
    """One statement of PostgreSQL that adds so many rows to each of several tables."""
    numbers = count(1)
    parts = []
    for table, columns, rows in shape:
        several = ", ".join("(" + ", ".join(f"${next(numbers)}" for _ in columns) + ")" for _ in range(rows))
        parts.append(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {several}")  # noqa: S608  # names of ours
    before = ", ".join(f"a{number} AS ({part})" for number, part in enumerate(parts[:-1]))
    return f"WITH {before} {parts[-1]}" if before else parts[-1]


@lru_cache(maxsize=256)
def _marked(text: str) -> str:
    """A statement with SQLite's own marks for its parameters."""
    return text.replace("%s", "?")


@contextmanager
def act(using: str) -> Iterator[None]:
    """One transaction. A database that cannot keep it raises `NotKeptError`; a key that is taken, IntegrityError."""
    with kept(), turn(using), transaction.atomic(using=using):
        yield


@contextmanager
def kept() -> Iterator[None]:
    """A database that cannot keep what is done here raises `NotKeptError`; a key that is taken, IntegrityError."""
    try:
        yield
    except IntegrityError:
        raise
    except DatabaseError as error:
        raise NotKeptError from error
    except NotRecordedError as error:
        if isinstance(error.__cause__, DatabaseError):
            raise NotKeptError from error
        raise


@contextmanager
def turn(using: str) -> Iterator[None]:
    """Threads of one process write to SQLite in turn: waiting in the database itself is by naps of up to 100 ms.

    A file that took the place of the one that was open is opened instead: what went to the old one would be lost.
    Raises `NotKeptError` when the turn does not come.
    """
    connection = connections[using]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    if not _WRITING.acquire(timeout=_PATIENCE):
        raise NotKeptError
    try:
        reopened((using,))
        yield
    finally:
        _WRITING.release()
