"""What the browser's tests share."""

from __future__ import annotations

import pytest

from answerable.intake import work
from tests.web.twin import twin as twin


@pytest.fixture
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server at rest asks for two tries in the mean, not for 64. One test of the browser's scripts, and the demo's
    walk, do the work that is asked for in use."""
    monkeypatch.setattr(work, "LEAST", 1)
