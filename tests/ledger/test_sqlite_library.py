"""Which SQLite keeps the databases."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.db import connections
from django.db.backends.sqlite3.base import Database, DatabaseWrapper

from answerable.ledger import guards, sqlite_library
from answerable.ledger.databases import database
from answerable.ledger.errors import ConfigError

#: The fault is in all versions from 3.7.0 to 3.51.2 but for two that were mended: https://sqlite.org/wal.html
FAULTY = [(3, 7, 0), (3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 50, 6), (3, 51, 0), (3, 51, 2)]
MENDED = [(3, 44, 6), (3, 44, 7), (3, 50, 7), (3, 51, 3), (3, 52, 0), (3, 53, 4), (4, 0, 0)]


@pytest.mark.parametrize("version", FAULTY)
def test_a_version_with_the_fault_is_refused(version: tuple[int, int, int]) -> None:
    with pytest.raises(ConfigError, match="may lose what it kept") as refused:
        sqlite_library.check(version)
    assert ".".join(map(str, version)) in str(refused.value)


@pytest.mark.parametrize("version", MENDED)
def test_a_version_without_it_is_taken(version: tuple[int, int, int]) -> None:
    sqlite_library.check(version)


def test_the_databases_of_this_process_are_kept_by_one_without_the_fault() -> None:
    assert sqlite_library.keeps_all(Database.sqlite_version_info)


def test_no_connection_is_used_that_an_sqlite_with_the_fault_has_opened() -> None:
    opened = SimpleNamespace(vendor="sqlite", alias="default", Database=SimpleNamespace(sqlite_version_info=(3, 40, 1)))
    with pytest.raises(ConfigError, match=r"3\.40\.1"):
        guards.guard(opened)


def test_every_new_connection_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(sqlite_library, "check", asked.append)
    one = DatabaseWrapper(connections.configure_settings({"default": {}, "one": database(":memory:")})["one"], "one")
    try:
        one.connect()
    finally:
        one.close()
    assert asked == [Database.sqlite_version_info]


def test_a_party_has_one_sqlite_whatever_was_loaded_before() -> None:
    """Code that opens a file by itself must do it with the same one: another would undo its locks."""
    asks = (
        "import sqlite3, answerable.ledger.databases, django.conf; django.conf.settings.configure();"
        "from django.db.backends.sqlite3.base import Database; import sqlite3 as later;"
        "print(Database.sqlite_version, later.sqlite_version, later.connect is Database.connect)"
    )
    said = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True).stdout.split()
    assert said[0] == said[1]
    assert said[2] == "True"
    assert sqlite_library.keeps_all(tuple(map(int, said[0].split("."))))  # type: ignore[arg-type]
