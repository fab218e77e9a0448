"""Which SQLite keeps the databases: one without the fault that can lose what was committed.

SQLite from 3.7.0 to 3.51.2 has it (https://sqlite.org/wal.html#walresetbug): when one connection copies the write-ahead
log back while another commits, pages that were committed may never reach the file, and nobody is told. Systems and
Pythons of today bring such versions, so :mod:`pysqlite3`, which brings its own, takes the place of :mod:`sqlite3` in
this process: two SQLites in one process would each undo the other's locks on a file.
"""

from __future__ import annotations

import sqlite3
import sys
from types import ModuleType

from answerable.ledger.errors import ConfigError

Version = tuple[int, int, int]
#: First mended versions: of the series that were mended, each; and from the last one on, all.
_MENDED: tuple[Version, ...] = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
_BACKEND = "django.db.backends.sqlite3.base"


def keeps_all(version: Version) -> bool:
    """Whether this version of SQLite keeps whatever was committed, with several processes at one file."""
    return version >= _MENDED[-1] or any(version[:2] == each[:2] and version >= each for each in _MENDED)


def choose() -> None:
    """Put a SQLite that keeps all in the place of `sqlite3`, unless that is one, or there is none."""
    if keeps_all(sqlite3.sqlite_version_info) or _BACKEND in sys.modules:
        return
    found = _other()
    if found is not None and keeps_all(found.sqlite_version_info):
        sys.modules["sqlite3"] = found
        sys.modules["sqlite3.dbapi2"] = found.dbapi2


def check(version: Version) -> None:
    """Raises `ConfigError` for an SQLite that may lose what it kept."""
    if not keeps_all(version):
        raise ConfigError(
            f"SQLite {'.'.join(map(str, version))} may lose what it kept (its WAL-reset fault, mended in 3.51.3)",
            todo="install the package pysqlite3, or keep the databases on PostgreSQL (DATABASE_URL)",
        )


def _other() -> ModuleType | None:
    try:
        import pysqlite3
    except ImportError:
        return None
    return pysqlite3  # type: ignore[no-any-return]
