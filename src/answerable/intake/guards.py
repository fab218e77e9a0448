"""What the reporter's process may do in the database of reports: add, and read what belongs to one mailbox.

On PostgreSQL the server's roles say so (:mod:`answerable.intake.roles`). SQLite has none, so that the connection of an
alias listed in ``settings.ANSWERABLE_REPORTER`` carries an authorizer: mailboxes are read only through the views
``my_…``, which show the mailbox that the function ``session_mailbox()`` names, and changed only by their triggers.
Every connection to an intake database, whoever's, overwrites what it deletes and knows that function.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.signals import connection_created

from answerable.intake import bound, schema
from answerable.ledger.routers import INTAKE, kind_of

#: The lookup of the mailbox that this request has shown to know.
_mailbox: ContextVar[bytes | None] = ContextVar("answerable_mailbox", default=None)

_NAMED = "SELECT set_config('answerable.mailbox', %s, true)"

_ALWAYS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT})
_VIEWS = frozenset(f"my_{table}" for table in ("mailbox", *schema.OWNED)) | {
    "expired_nonce",
    "named_upload",
    "tried_mailbox",
}
#: Read as they are: nothing in them belongs to a person.
_OPEN = frozenset({"bulletin", "upload", "pow_spent"})
_ADDS = frozenset({*schema.TABLES, "outbox", "event"}) - {"bulletin", "receipt", "reply", "spare", "erased"}
_CHECKS = frozenset({"submission_of_outbox", "record_of_mailbox", "submission_of_mailbox", "event_of_outbox"})
#: What the triggers of the views may do, in the words of the authorizer: (trigger, action, table) and columns.
_CHANGES: dict[tuple[str, int, str], frozenset[str]] = {
    ("my_mailbox_changes", sqlite3.SQLITE_UPDATE, "mailbox"): frozenset(schema.CHANGES),
}
_TRIGGERS = _CHECKS | {trigger for trigger, _, _ in _CHANGES} | {"expired_nonce_goes"}
_FUNCTIONS = frozenset({"session_mailbox", "length", "count", "coalesce", "max", "strftime", "cast"})


@contextmanager
def session(using: str, lookup: bytes) -> Iterator[None]:
    """For this block, the views show the mailbox of ``lookup``. On PostgreSQL it must be inside a transaction."""
    token = _mailbox.set(lookup)
    try:
        connection = connections[using]
        if bound.binds(connection):
            bound.run(connection, _NAMED, [lookup.hex()])
        elif connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(_NAMED, [lookup.hex()])
        yield
    finally:
        _mailbox.reset(token)


def authorize(action: int, one: str | None, two: str | None, _database: str | None, source: str | None) -> int:
    """SQLite's authorizer of the reporter's connection. ``source`` is the trigger or view that asks, if one does."""
    return sqlite3.SQLITE_OK if _allowed(action, one or "", two or "", source or "") else sqlite3.SQLITE_DENY


def _allowed(action: int, one: str, two: str, source: str) -> bool:
    if action in _ALWAYS:
        return True
    if action == sqlite3.SQLITE_FUNCTION:
        return two in _FUNCTIONS
    if action == sqlite3.SQLITE_READ:
        return one in _OPEN or one in _VIEWS or source in _VIEWS | _TRIGGERS
    if action == sqlite3.SQLITE_INSERT:
        return one in _ADDS and not source
    if action == sqlite3.SQLITE_UPDATE:
        # The view is named first, and then, by its trigger, the table beneath.
        return (one == "my_mailbox" and two in schema.CHANGES) or two in _CHANGES.get((source, action, one), ())
    if action == sqlite3.SQLITE_DELETE:
        return one in {"upload", "expired_nonce"} or (source, one) == ("expired_nonce_goes", "pow_spent")
    return False


def prepare(connection: Any, **_kwargs: Any) -> None:
    """Make a new connection to an intake database erase what it deletes; guard it when it is the reporter's."""
    if connection.vendor != "sqlite" or kind_of(connection.alias) != INTAKE:
        return
    raw = connection.connection
    raw.execute("PRAGMA secure_delete=ON")
    raw.create_function("session_mailbox", 0, _mailbox.get, deterministic=True)
    if connection.alias in getattr(settings, "ANSWERABLE_REPORTER", ()):
        raw.set_authorizer(authorize)


def connect() -> None:
    """Prepare every connection from now on."""
    connection_created.connect(prepare, dispatch_uid="answerable.intake.guards")
