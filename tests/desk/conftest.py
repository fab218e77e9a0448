"""A desk with people and reports, for every test of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test.utils import override_settings

from tests.desk.world import World


@pytest.fixture
def world(db: None, tmp_path: Path) -> Iterator[World]:
    """A desk with its staff."""
    made = World(tmp_path / "desk")
    with override_settings(**made.settings()):
        made.staff()
        yield made
