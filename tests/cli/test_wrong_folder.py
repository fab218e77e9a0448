"""A party that is started in another party's folder says so, and makes nothing there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from answerable.ledger.openings import write_secret
from answerable.parties import deployed
from answerable.parties.base import PartyFile, write_party
from tests import commands
from tests.intake.world import LEDGER, World


@pytest.mark.parametrize(
    ("command", "secret", "made_by"),
    [
        (("run", "desk"), deployed.PEPPER_FILE, "casework init"),
        (("run", "clocks", "--once"), deployed.PEPPER_FILE, "casework init"),
        (("casework", "counts", "2026-Q1"), deployed.PEPPER_FILE, "casework init"),
        (("run", "reporter"), deployed.WRAPPING_FILE, "intake init"),
        (("intake", "migrate"), deployed.WRAPPING_FILE, "intake init"),
    ],
)
def test_the_wrong_folder_is_refused(tmp_path: Path, command: tuple[str, ...], secret: str, made_by: str) -> None:
    # Given the folder of the other party
    home = tmp_path / "other"
    write_party(home, PartyFile("other", LEDGER, home / "ack.key", "", ""))
    facts = World(tmp_path / "world").settings()["ANSWERABLE_DEPLOYMENT"]
    (home / deployed.DEPLOYMENT_FILE).write_text(json.dumps(facts))
    write_secret(home / secret, bytes(32))
    before = sorted(home.iterdir())
    # When this party is started there
    done = commands.run(*command, "--home", str(home))
    # Then it says whose folder it would need, and leaves the folder as it was
    assert done.returncode == 2
    assert f"was not made by `{made_by}`" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(home.iterdir()) == before
