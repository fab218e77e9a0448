"""What each party's commands make on disk is for its owner alone, under the widest umask there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import commands

#: What is made to be given away or served.
PUBLIC = {"public", "vkeys.txt"}


def answerable(folder: Path, *arguments: str) -> str:
    done = commands.run(*arguments, cwd=folder, umask=0, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wide(folder: Path) -> dict[str, str]:
    """What others may read or write below a folder (the folder itself too), but what is public."""
    return {
        str(path.relative_to(folder.parent)): oct(path.stat().st_mode & 0o777)
        for path in [folder, *folder.rglob("*")]
        if path.stat().st_mode & 0o077 and not PUBLIC & set(path.relative_to(folder.parent).parts)
    }


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Given a ledger, a witness and a desk, each made by its command."""
    place = tmp_path_factory.mktemp("modes")
    (place / "none.policy").write_text("quorum none\n")
    name = ["--name", "ledger.example.org"]
    answerable(place, "record", "init", "ledger", *name, "--witnesses", "none.policy")
    answerable(place, "record", "witness", "init", "witness", "--name", "witness.example/w")
    answerable(place, "record", "witness", "add-log", "witness", "--vkeys", "ledger/public/vkeys.txt")
    key = ["--ack-key", "ledger/keys/ack.key", "--ledger-name", "ledger.example.org"]
    answerable(place, "correspondence", "init", "--home", "desk", *key, "--name", "ledger")
    return place


@pytest.mark.parametrize("party", ["ledger", "witness", "desk"])
def test_a_partys_folder_is_its_own(parties: Path, party: str) -> None:
    assert wide(parties / party) == {}


@pytest.mark.parametrize("database", ["ledger/ledger.db", "ledger/keys.db", "witness/witness.db", "desk/editors.db"])
def test_every_database_is_there_and_private(parties: Path, database: str) -> None:
    assert (parties / database).stat().st_mode & 0o777 == 0o600
