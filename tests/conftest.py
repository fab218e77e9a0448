"""What every test shares: which database the suite runs on, and databases that can be emptied between tests."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests import postgres as servers
from tests.browsers import axe, chromium  # noqa: F401  # fixtures

# Two loaded cores make deadlines a lottery: an example may take its time, and only a wrong answer fails.
settings.register_profile("patient", deadline=None)
settings.register_profile("soak", deadline=None, max_examples=2_000)
settings.load_profile("soak" if os.environ.get("ANSWERABLE_SOAK") else "patient")

#: The files that take longest, longest first. A file keeps to one worker: begun last, it would leave the others idle.
LONG = (
    "journeys/test_demo.py",
    "web/test_reporter_reach.py",
    "journeys/test_desk_pages.py",
    "matrix/test_desk.py",
    "web/test_sealing_reporter.py",
    "correspondence/test_attacks.py",
    "intake_pages/test_browser.py",
    "properties/test_procedures_reason.py",
    "correspondence/test_commands.py",
    "desk/test_browser_powers.py",
    "desk/test_browser.py",
    "journeys/test_site.py",
    "ledger/test_clumsy.py",
    "ledger/test_founding.py",
    "cli/test_users.py",
    "web/test_differential.py",
    "procedures/test_page_browser.py",
    "journeys/test_desk_to_site.py",
    "properties/test_commands.py",
    "matrix/test_editors.py",
    "intake/test_cleaning.py",
    "casework/test_machine.py",
    "sealing/test_commands.py",
    "intake/test_sequencing.py",
    "door/test_door.py",
    "web/test_reach_traces.py",
    "web/test_reach_senses.py",
)


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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of `LONG` first, and leave the order as it is otherwise."""
    here = Path(__file__).parent
    order = {here / name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


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


def pytest_collection_finish() -> None:
    """What is loaded stays: the collector of garbage need not look at all of it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, django_db_modify_db_settings: None
) -> Iterator[None]:
    """Each database with the tables that belong in it: `migrate` is asked, as `prepare` asks it, for the apps alone
    that have one there. All of them, in each of five databases, take most of ten seconds."""
    from django.core import management
    from django.db import connections
    from django.test.utils import setup_databases, teardown_databases

    from answerable.ledger.actions.preparing import apps_of

    call_command = management.call_command

    def narrowed(name: str, *words: str, **options: Any) -> Any:
        if name != "migrate":
            return call_command(name, *words, **options)
        del options["run_syncdb"]  # for apps without migrations, and there is none
        return [call_command(name, *app, **options) for app in apps_of(options["database"])]

    with django_db_blocker.unblock():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(management, "call_command", narrowed)
            made = setup_databases(verbosity=0, interactive=False, serialized_aliases=())
        yield
        if servers.chosen() == "sqlite":
            teardown_databases(made, verbosity=0)
        else:
            connections.close_all()  # the server's databases go with the server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    django_db_modify_db_settings_parallel_suffix: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Where a browser asks several things at once, databases in files, as in use: one in memory locks whole tables."""
    from django.conf import settings

    if any(item.get_closest_marker("browser") for item in request.session.items):
        folder = tmp_path_factory.mktemp("databases")
        for alias, database in settings.DATABASES.items():
            if database["ENGINE"].endswith("sqlite3"):
                database["TEST"]["NAME"] = str(folder / f"{alias}.sqlite3")
                # Nobody cuts the power of a test: waiting for the disk is the soak's matter.
                database["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"
