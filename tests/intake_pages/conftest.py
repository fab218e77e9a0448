"""Fixtures of the tests of the reporter's pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.intake_pages.world import Browser, World, make


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> World:
    """A reporter party, set up."""
    return make(settings, tmp_path)


@pytest.fixture
def browser(world: World) -> Browser:
    """Somebody's browser, without script."""
    return world.browser()
