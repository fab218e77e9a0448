"""One desk for each test, with an intake officer or two, an assessor, reviewers and an advocate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.casework.world import Desk

#: Both databases of the desk.
BOTH = ["default", "keys"]
STAFF = (
    ("officer", "intake_officer"),
    ("colleague", "intake_officer"),
    ("assessor", "assessor"),
    ("second", "reviewer"),
    ("third", "reviewer"),
    ("advocate", "advocate"),
    ("worker", "assistance_worker"),
)


def staffed(desk: Desk) -> Desk:
    """Two of intake, an assessor, two reviewers, an advocate, an assistance worker."""
    for name, role in STAFF:
        desk.hire(name, role)
    return desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with its staff."""
    made = Desk(tmp_path / "desk")
    with made.in_force():
        yield staffed(made)
