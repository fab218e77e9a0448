"""A database that refuses, by its rights or because its tables are not there, is told in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from django.db import ProgrammingError

from answerable.cli.output import told
from answerable.errors import MALFORMED
from answerable.ledger.databases import path_of
from answerable.parties.base import PartyError, PartyFile, read_party, settings_for, write_party
from answerable.parties.carry import address_of


def test_what_the_database_says_and_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://desk@db.example.org/answerable")
    with pytest.raises(typer.Exit) as ended, told():
        raise ProgrammingError("permission denied for table wrap\nLINE 1: SELECT …")
    assert ended.value.exit_code == MALFORMED
    said = capsys.readouterr().err
    assert said.startswith("answerable: DATABASE_URL: the database says: permission denied for table wrap.")
    assert "casework roles" in said
    assert "LINE 1" not in said


def test_a_party_on_a_server_never_begins_anew_with_empty_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a party that was set up on a server
    monkeypatch.setenv("DATABASE_URL", "postgresql://owner@db.example.org/answerable")
    write_party(tmp_path, PartyFile("editors", "ledger.example.org", tmp_path / "ack.key", "", ""))
    # When somebody starts it and forgot the address
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(PartyError, match="ANSWERABLE_DESK_DATABASE is not set"):
        address_of("ANSWERABLE_DESK_DATABASE", read_party(tmp_path))
    with pytest.raises(PartyError, match="DATABASE_URL is not set"):
        settings_for("editors", tmp_path)
    # Then nothing was made; and with the address it starts
    assert not (tmp_path / "editors.db").exists()
    monkeypatch.setenv("DATABASE_URL", "postgresql://editors@db.example.org/answerable")
    assert settings_for("editors", tmp_path)["DATABASES"]["default"]["USER"] == "editors"


def test_a_party_in_files_needs_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    write_party(tmp_path, PartyFile("editors", "ledger.example.org", tmp_path / "ack.key", "", ""))
    assert path_of(settings_for("editors", tmp_path)["DATABASES"]["default"]) == tmp_path / "editors.db"


def test_what_is_no_matter_of_databases_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), told():
        raise ZeroDivisionError
