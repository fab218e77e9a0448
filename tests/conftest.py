"""What every test shares: which database the suite runs on, and databases that can be emptied between tests."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from hypothesis import settings

from tests import postgres as servers

# Two loaded cores make deadlines a lottery: an example may take its time, and only a wrong answer fails.
settings.register_profile("patient", deadline=None)
settings.register_profile("soak", deadline=None, max_examples=2_000)
settings.load_profile("soak" if os.environ.get("ANSWERABLE_SOAK") else "patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--database=postgres`` runs on a real server that the suite starts (see tests/settings.py)."""
    parser.addoption(
        "--database",
        default=servers.chosen(),
        choices=["sqlite", *servers.SPELLINGS],
        help="the database that the suite runs on (default: sqlite, or ANSWERABLE_TEST_DATABASE)",
    )


def pytest_configure() -> None:
    """Let Ctrl-C reach what tests start, and a test's database be emptied: triggers are lifted for that moment."""
    from django.test import TransactionTestCase

    # A suite that a shell started in the background ignores Ctrl-C, and so would every process that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    ordinary = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]  # private, and the one seam there is

    def teardown(self: Any) -> None:
        aliases = list(self._databases_names(include_mirrors=False))
        _triggers(aliases, "drop")
        try:
            ordinary(self)
        finally:
            _triggers(aliases, "create")

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[attr-defined]


def _triggers(aliases: list[str], what: str) -> None:
    from django.db import connections

    from answerable.correspondence import triggers as desk
    from answerable.ledger import routers, triggers

    for alias in aliases:
        if routers.kind_of(alias) == routers.PARTY:
            with connections[alias].cursor() as cursor:
                for statement in getattr(desk, what)(connections[alias].vendor):
                    cursor.execute(statement)
        for table in triggers.TABLES:
            if routers.has_table(alias, table):
                with connections[alias].cursor() as cursor:
                    for statement in getattr(triggers, what)(connections[alias].vendor, table):
                        cursor.execute(statement)


@pytest.fixture(scope="session")
def postgres() -> servers.Server | None:
    """The running PostgreSQL server, or None when the suite runs on SQLite."""
    return servers.running() if servers.chosen() != "sqlite" else None
