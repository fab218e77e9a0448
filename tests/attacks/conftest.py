"""What the attacks are made on: the same deployments that the parts' own tests use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.intake.world import Person, World
from tests.web.twin import twin as twin


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "world").in_force() as made:
        yield made


@pytest.fixture
def person(world: World) -> Person:
    return Person(world)
