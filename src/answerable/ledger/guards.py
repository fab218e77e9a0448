"""What the sequencer may do in another party's database: read its outbox, and set ``idx``. Nothing else.

On PostgreSQL the server's own roles say so (``record roles`` prints the grants). SQLite has no roles, so the connection
carries an authorizer that refuses the rest; aliases are listed in ``settings.ANSWERABLE_GUARDED``.

And which file an open connection is of, so that nobody goes on with one whose place another has taken: whoever has the
old one open writes to what has no name any more, and that is lost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connections
from django.db.backends.signals import connection_created

from answerable.ledger import sqlite_library
from answerable.ledger.databases import path_of

_ALWAYS = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT, sqlite3.SQLITE_PRAGMA}
)
#: What a reader of the outbox may see beside it: SQLite's own catalogue, which Django asks about.
_READABLE = frozenset({"outbox", "sqlite_master", "sqlite_schema"})
#: Of each connection, the file that it was opened on, by device and inode; None: there was none, or it is on a server.
_files: WeakKeyDictionary[Any, tuple[int, int] | None] = WeakKeyDictionary()

#: Of each connection to a server, its session and what `opened` says of it.
_served: WeakKeyDictionary[Any, tuple[Any, Any]] = WeakKeyDictionary()
_SERVED = (
    "SELECT oid, pg_postmaster_start_time(), inet_server_addr(), inet_server_port()"
    " FROM pg_database WHERE datname = current_database()"
)


def authorize(action: int, table: str | None, column: str | None, _database: str | None, _trigger: str | None) -> int:
    """SQLite's authorizer: reads of the outbox, updates of its ``idx``, transactions; all else is denied."""
    if action in _ALWAYS or action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and table in _READABLE:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_UPDATE and table == "outbox" and column == "idx":
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def guard(connection: Any, **_kwargs: Any) -> None:
    """Put the authorizer on a new connection to a guarded alias. Raises `ConfigError` for an SQLite that may lose what
    it kept."""
    if connection.vendor != "sqlite":
        return
    sqlite_library.check(connection.Database.sqlite_version_info)
    if connection.alias in getattr(settings, "ANSWERABLE_GUARDED", ()):
        connection.connection.set_authorizer(authorize)


def connect() -> None:
    """Guard every connection from now on, and note its file."""
    connection_created.connect(guard, dispatch_uid="answerable.ledger.guards")
    connection_created.connect(_note, dispatch_uid="answerable.ledger.guards.files")


def reopened(aliases: Collection[str] = ()) -> bool:
    """Close this thread's connections (to ``aliases``, or all) whose SQLite file has gone or is another one now, as
    when a backup took its place: the next statement opens the one that is there. Whether there was any. Inside a
    transaction nothing is closed."""
    found = False
    for connection in connections.all(initialized_only=True):
        if connection.connection is None or connection.in_atomic_block or (aliases and connection.alias not in aliases):
            continue
        if _files.get(connection) is not None and _files[connection] != _file(connection):
            connection.close()
            found = True
    return found


def opened(alias: str) -> Any:
    """What tells the database behind this thread's connection to ``alias`` from one that takes its place: its file; on
    a server which database it is, of which server, and since when that runs. None: no connection is open."""
    connection = connections[alias]
    if connection.connection is None:
        return None
    if connection.vendor == "sqlite":
        return _files.get(connection)
    session, found = _served.get(connection, (None, None))
    if session is not connection.connection:
        with connection.cursor() as cursor:
            cursor.execute(_SERVED)
            found = cursor.fetchone()
        _served[connection] = connection.connection, found
    return found


def _note(connection: Any, **_kwargs: Any) -> None:
    _files[connection] = _file(connection)


def _file(connection: Any) -> tuple[int, int] | None:
    path: Path | None = path_of(connection.settings_dict) if connection.vendor == "sqlite" else None
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None
