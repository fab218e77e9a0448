"""A ledger of its own for every test, on the database the suite runs on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.harness import Ledger, Templates
from tests.postgres import Server


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, postgres: Server | None, django_db_blocker: Any) -> Templates:
    with django_db_blocker.unblock():
        return Templates(tmp_path_factory.mktemp("templates"), postgres)


@pytest.fixture
def ledger(
    tmp_path: Path, templates: Templates, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ledger]:
    """A founded ledger: record of nine entries, register empty; nothing signed yet."""
    with django_db_blocker.unblock(), templates.ledger(tmp_path / "ledger", monkeypatch.setenv) as made:
        yield made
