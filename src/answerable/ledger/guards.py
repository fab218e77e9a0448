"""What the sequencer may do in another party's database: read its outbox, and set ``idx``. Nothing else.

On PostgreSQL the server's own roles say so (``record add-party`` prints the grants). SQLite has no roles, so the
connection carries an authorizer that refuses the rest; aliases are listed in ``settings.ANSWERABLE_GUARDED``.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from django.conf import settings
from django.db.backends.signals import connection_created

_ALWAYS = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT, sqlite3.SQLITE_PRAGMA}
)
#: What a reader of the outbox may see beside it: SQLite's own catalogue, which Django asks about.
_READABLE = frozenset({"outbox", "sqlite_master", "sqlite_schema"})


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
    """Put the authorizer on a new connection to a guarded alias."""
    if connection.vendor == "sqlite" and connection.alias in getattr(settings, "ANSWERABLE_GUARDED", ()):
        connection.connection.set_authorizer(authorize)


def connect() -> None:
    """Guard every connection from now on."""
    connection_created.connect(guard, dispatch_uid="answerable.ledger.guards")
