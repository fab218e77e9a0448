"""The files that are begun first are files of tests."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import LONG


def test_what_is_begun_first_is_there() -> None:
    tests = Path(__file__).parents[1]
    assert [name for name in LONG if not (tests / name).is_file()] == []
    assert len(set(LONG)) == len(LONG)
