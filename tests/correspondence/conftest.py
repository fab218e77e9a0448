"""A desk for tests: a party with its key, two people of each role, and the shipped example."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from answerable.correspondence import folder
from answerable.correspondence.whole import Correspondence
from answerable.record import note

EXAMPLE = Path(__file__).parents[2] / "examples/un-2017/correspondence"
LEDGER = "ledger.example.org"


@pytest.fixture(scope="session")
def example() -> Correspondence:
    """The shipped correspondence."""
    return folder.read(EXAMPLE)


@pytest.fixture
def party(settings: Any, tmp_path: Path) -> None:
    """The editors as a party of a ledger, with a key of their own."""
    path = tmp_path / "ack.key"
    note.write_key_file(path, note.SigningKey.generate(f"{LEDGER}/ack/editors", note.ED25519, b"\x07" * 32))
    settings.ANSWERABLE_PARTY = {"name": "editors", "ledger_name": LEDGER, "ack_key": path}
    settings.ANSWERABLE_PARTIES = {}


@pytest.fixture
def people(party: None, db: None) -> dict[str, Any]:
    """Ada and Ben write, Cleo and Dora review; all have a password and no second factor yet."""
    from answerable.correspondence import actions

    found = {}
    for name, role in (("ada", "author"), ("ben", "author"), ("cleo", "reviewer"), ("dora", "reviewer")):
        found[name] = actions.accept(actions.invite(name, role), "a calm and quiet sentence")
    return found
