"""One desk for each test, with an intake officer or two, an assessor, reviewers and an advocate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.casework.world import Desk

#: Both databases of the desk.
BOTH = ["default", "keys"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with its staff: two of intake, an assessor, two reviewers, an advocate, an assistance worker."""
    made = Desk(tmp_path / "desk")
    with made.in_force():
        for name, role in (
            ("officer", "intake_officer"),
            ("colleague", "intake_officer"),
            ("assessor", "assessor"),
            ("second", "reviewer"),
            ("third", "reviewer"),
            ("advocate", "advocate"),
            ("worker", "assistance_worker"),
        ):
            made.hire(name, role)
        yield made
