"""Statements on PostgreSQL whose parameters the server binds: they go beside the text, as the bytes that they are.

Django puts parameters into the text of a statement, bytes as digits, and the server reads that text anew each time. A
report is 30 rows in ten tables; half of what it cost was to write and to read its statements. None is kept prepared:
Django turns that off on its connections, for those that go through a pool.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def binds(connection: Any) -> bool:
    """Whether a Django connection is one to PostgreSQL that nobody watches."""
    return bool(connection.vendor == "postgresql" and not watched(connection))


def watched(connection: Any) -> bool:
    """Whether somebody wants to see this connection's statements as Django runs them."""
    return bool(connection.queries_logged or connection.execute_wrappers)


def run(connection: Any, text: str, parameters: Sequence[Any]) -> Any:
    """A cursor that has run ``text``, with ``%s`` for each parameter. Its errors are Django's."""
    return _run(connection, connection.Database.Cursor, text, parameters)


def run_numbered(connection: Any, text: str, parameters: Sequence[Any]) -> Any:
    """As `run`, with ``$1``, ``$2`` and so on: nothing needs to look for the marks of hundreds of parameters."""
    return _run(connection, connection.Database.RawCursor, text, parameters)


def _run(connection: Any, kind: Any, text: str, parameters: Sequence[Any]) -> Any:
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        return kind(connection.connection).execute(text, parameters, binary=True)
