"""Settings of one database: SQLite as the log needs it, or a schema of a PostgreSQL server.

SQLite: WAL, ``synchronous=FULL``, foreign keys, IMMEDIATE transactions, five seconds' patience with a busy writer; the
folder must be on a local disk. PostgreSQL: READ COMMITTED, one schema per named database.
"""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from answerable.ledger.errors import ConfigError

#: Seconds a writer waits for another before it says that the database is busy.
PATIENCE = 5
#: Seconds the sequencer waits for a lock in a party's database, and for one statement of its own there: a party that
#: holds a lock, or a server that hangs, must not hold up the others.
PARTY_PATIENCE = 1
PARTY_STATEMENT = 30

#: What is deleted is overwritten, however SQLite was built: a key that was destroyed must be in no free page.
_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON"
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
#: Parameters of libpq that an address may carry; the rest decide things that are ours to decide.
_PASSED = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "channel_binding", "target_session_attrs")


def database(
    place: str | Path, *, schema: str | None = None, existing: bool = False, of_party: bool = False
) -> dict[str, Any]:
    """Django's settings for ``place``: a path (SQLite) or a ``postgresql://`` URL, whose ``?schema=`` or ``schema``
    names the schema within it.

    ``existing``: an SQLite file that is not there is an error, never made by opening it. ``of_party``: the database is
    somebody else's, and patience with it is short. Raises :class:`ConfigError` when the address is neither, or carries
    a parameter that is not known.
    """
    text = str(place)
    if "://" in text:
        return _postgresql(text, schema, of_party=of_party)
    patience = PARTY_PATIENCE if of_party else PATIENCE
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"file:{quote(text)}?mode=rw" if existing else text,
        "OPTIONS": {"timeout": patience, "transaction_mode": "IMMEDIATE", "init_command": _PRAGMAS},
    }


def _postgresql(url: str, schema: str | None, *, of_party: bool) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"the address of the database is not a URL ({error})", todo="write postgresql://…") from None
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ConfigError(
            f"a database of the kind {parts.scheme}: is not known", todo="give a path (SQLite) or a postgresql:// URL"
        )
    if not find_spec("psycopg"):
        raise ConfigError(
            "a PostgreSQL server is named, and what speaks to one is not installed",
            todo="install it, in a checkout: pip install '.[postgres]'",
        )
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = set(query) - {"schema", "host", *_PASSED}
    if unknown:
        raise ConfigError(
            f"the address of the database has the parameter {min(unknown)!r}, which is not known",
            todo=f"use schema, host, {', '.join(_PASSED)}",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # Sockets are given as ?host=/folder, as libpq does; a password never reaches a message of ours.
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": {
            "isolation_level": 2,  # psycopg's READ COMMITTED
            "connect_timeout": PATIENCE,
            "tcp_user_timeout": 1000 * PARTY_STATEMENT,
            "options": _session(query.get("schema", schema), of_party=of_party),
            **{name: value for name, value in query.items() if name in _PASSED},
        },
    }


def _session(schema: str | None, *, of_party: bool) -> str:
    said = {"lock_timeout": f"{PATIENCE}s"}
    if of_party:
        said = {"lock_timeout": f"{PARTY_PATIENCE}s", "statement_timeout": f"{PARTY_STATEMENT}s"}
    if schema:
        if not _SCHEMA.fullmatch(schema):
            raise ConfigError(f"{schema!r} cannot name a schema", todo="use small letters, digits and _")
        said["search_path"] = schema
    return " ".join(f"-c {name}={value}" for name, value in said.items())


def schema_of(settings: dict[str, Any]) -> str | None:
    """The schema that ``settings`` (from :func:`database`) name, or None."""
    found = re.search(r"-c search_path=(\S+)", str(settings.get("OPTIONS", {}).get("options", "")))
    return found[1] if found else None


def path_of(settings: dict[str, Any]) -> Path | None:
    """The file that ``settings`` (from :func:`database`) name; None for a server's database or one in memory."""
    name = str(settings.get("NAME", ""))
    if "sqlite" not in str(settings.get("ENGINE")) or ":memory:" in name or "mode=memory" in name:
        return None
    return Path(unquote(name.removeprefix("file:").removesuffix("?mode=rw")) if name.startswith("file:") else name)


def make_file(path: Path) -> None:
    """An empty file for an SQLite database, for its owner alone; one that is there stays. Raises `ConfigError`."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise ConfigError(f"the database cannot be made: {error.strerror}", where=str(path)) from None


def safe(place: str) -> str:
    """``place`` without any password, for messages."""
    if "://" not in place or "@" not in place:
        return place
    scheme, rest = place.split("://", 1)
    return f"{scheme}://{rest.rsplit('@', 1)[1]}"
