"""A database that refuses, by its rights or because its tables are not there, is told in a sentence."""

from __future__ import annotations

import pytest
import typer
from django.db import ProgrammingError

from answerable.cli.output import told
from answerable.errors import MALFORMED


def test_what_the_database_says_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, told():
        raise ProgrammingError("permission denied for table wrap\nLINE 1: SELECT …")
    assert ended.value.exit_code == MALFORMED
    said = capsys.readouterr().err
    assert said.startswith("answerable: DATABASE_URL or the file: the database says: permission denied for table wrap.")
    assert "casework roles" in said
    assert "LINE 1" not in said


def test_what_is_no_matter_of_databases_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), told():
        raise ZeroDivisionError
