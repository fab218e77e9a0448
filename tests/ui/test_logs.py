"""What parties with pages write when something fails: its kind and its place, never what somebody wrote."""

from __future__ import annotations

import io
import logging
import logging.config
from collections.abc import Iterator
from pathlib import Path

import pytest

from answerable.parties.base import PartyFile, settings_for, write_party
from answerable.ui.logs import errors_only

CANARY = "what she wrote"


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """What the handlers of a party's settings write."""
    names = ("", "django", "django.server")
    kept = {name: (logging.getLogger(name).handlers[:], logging.getLogger(name).level) for name in names}
    logging.config.dictConfig(errors_only(""))
    out = io.StringIO()
    for name in names:
        for handler in logging.getLogger(name).handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(out)
    yield out
    for name, (handlers, level) in kept.items():
        one = logging.getLogger(name)
        one.handlers[:], one.propagate = handlers, True
        one.setLevel(level)


@pytest.mark.parametrize(
    "name", ["django.request", "django.security.csrf", "django.server", "answerable.casework", "x"]
)
def test_a_failure_is_told_once_by_its_place(name: str, said: io.StringIO) -> None:
    # When a page fails with somebody's words in the error, the path and the arguments
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger(name).exception("at %s", f"/desk/{CANARY}/", extra={"request": CANARY})
    # Then there is one line, which says what kind it was and where, and nothing else
    assert said.getvalue().startswith(f"ERROR {name}: ValueError at test_logs.py:")
    assert said.getvalue().count("\n") == 1
    assert CANARY not in said.getvalue()


def test_every_desk_has_it(tmp_path: Path) -> None:
    write_party(tmp_path, PartyFile("desk", "desk", tmp_path / "ack.key", "", "", (), ""))
    assert settings_for("desk", tmp_path)["LOGGING"] == errors_only()
