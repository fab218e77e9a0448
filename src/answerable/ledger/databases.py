"""Settings of one database: SQLite as the log needs it, or a schema of a PostgreSQL server.

SQLite: WAL, ``synchronous=FULL``, foreign keys, IMMEDIATE transactions, five seconds' patience with a busy writer; the
folder must be on a local disk. PostgreSQL: READ COMMITTED, one schema per named database.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from answerable.ledger.errors import ConfigError

#: Seconds a writer waits for another before it says that the database is busy.
PATIENCE = 5

_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"


def database(place: str | Path, *, schema: str | None = None) -> dict[str, Any]:
    """Django's settings for ``place``: a path (SQLite) or a ``postgresql://`` URL, whose ``?schema=`` or ``schema``
    names the schema within it. Raises :class:`ConfigError` when the address is neither."""
    text = str(place)
    if "://" in text:
        return _postgresql(text, schema)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": text,
        "OPTIONS": {"timeout": PATIENCE, "transaction_mode": "IMMEDIATE", "init_command": _PRAGMAS},
    }


def _postgresql(url: str, schema: str | None) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"the address of the database is not a URL ({error})", todo="write postgresql://…") from None
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ConfigError(
            f"a database of the kind {parts.scheme}: is not known", todo="give a path (SQLite) or a postgresql:// URL"
        )
    query = parse_qs(parts.query)
    named = query.get("schema", [schema])[0]
    # Sockets are given as ?host=/folder, as libpq does; a password never reaches a message of ours.
    host = query.get("host", [parts.hostname or ""])[0]
    options: dict[str, Any] = {"isolation_level": 2}  # psycopg's READ COMMITTED
    if named:
        options["options"] = f"-c search_path={named}"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        "OPTIONS": options,
    }


def schema_of(settings: dict[str, Any]) -> str | None:
    """The schema that ``settings`` (from :func:`database`) name, or None."""
    options = str(settings.get("OPTIONS", {}).get("options", ""))
    return options.removeprefix("-c search_path=") or None


def grants(settings: dict[str, Any]) -> list[str]:
    """On PostgreSQL, the statements that give the role ``sequencer`` what it needs of a party's schema, no more."""
    schema = schema_of(settings)
    if not schema:
        return []
    return [
        f'GRANT USAGE ON SCHEMA "{schema}" TO sequencer',
        f'GRANT SELECT ON "{schema}".outbox TO sequencer',
        f'GRANT UPDATE (idx) ON "{schema}".outbox TO sequencer',
    ]


def safe(place: str) -> str:
    """``place`` without any password, for messages."""
    if "://" not in place or "@" not in place:
        return place
    scheme, rest = place.split("://", 1)
    return f"{scheme}://{rest.rsplit('@', 1)[1]}"
