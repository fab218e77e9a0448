"""A desk with people and reports, for every test of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import TransactionTestCase
from django.test.utils import override_settings
from playwright.sync_api import Browser

from tests.desk.browsing import Site, served
from tests.desk.world import World


@pytest.fixture
def world(db: None, tmp_path: Path) -> Iterator[World]:
    """A desk with its staff."""
    made = World(tmp_path / "desk")
    with override_settings(**made.settings()):
        made.staff()
        yield made


@pytest.fixture(scope="module")
def shared(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
    chromium: Browser,
) -> Iterator[Site]:
    """One desk for the tests of a file, whose ``BROWSING`` have passphrases (`browsing.LIGHT`); emptied at the end."""

    class Emptied(TransactionTestCase):
        databases = {"default", "keys"}  # Django's own name

    with django_db_blocker.unblock():
        with served(tmp_path_factory.mktemp("desk") / "desk", chromium, request.module.BROWSING, light=True) as found:
            yield found
        Emptied("run")._fixture_teardown()  # type: ignore[attr-defined]  # private, and the one seam there is
