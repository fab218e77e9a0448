"""A desk with people and reports, for every test of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test.utils import override_settings

from tests.desk.world import World


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    django_db_modify_db_settings_parallel_suffix: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Where a browser asks several things at once, databases in files, as in use: one in memory locks whole tables."""
    if any(item.get_closest_marker("browser") for item in request.session.items):
        folder = tmp_path_factory.mktemp("databases")
        for alias, database in settings.DATABASES.items():
            if database["ENGINE"].endswith("sqlite3"):
                database["TEST"]["NAME"] = str(folder / f"{alias}.sqlite3")
                # Nobody cuts the power of a test: waiting for the disk is the soak's matter.
                database["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"


@pytest.fixture
def world(db: None, tmp_path: Path) -> Iterator[World]:
    """A desk with its staff."""
    made = World(tmp_path / "desk")
    with override_settings(**made.settings()):
        made.staff()
        yield made
