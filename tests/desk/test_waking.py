"""Somebody says that someone is in danger: whoever is on duty is woken, and told of nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerable.casework.models import Record
from answerable.cli.waking import EVERY, Waking
from tests.desk.world import Report, World

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]


def program(folder: Path, ending: int = 0) -> Path:
    """A program that notes what it was told: its arguments and its environment."""
    made = folder / "wake"
    made.write_text(f'#!/bin/sh\n{{ echo "called $#"; env; }} >> "{folder}/woken"\nexit {ending}\n')
    made.chmod(0o700)
    return made


def calls(folder: Path) -> int:
    noted = folder / "woken"
    return noted.read_text().count("called 0\n") if noted.exists() else 0


def test_whoever_is_on_duty_is_woken_each_tick_until_somebody_answers(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, wakes = [1_000.0], Waking(program(tmp_path))
    monkeypatch.setattr("answerable.cli.waking.time.monotonic", lambda: clock[0])
    monkeypatch.setenv("DATABASE_URL", "a secret of the desk's")
    Report(world).take_in(1)
    assert wakes.look() == ""
    assert calls(tmp_path) == 0
    # When a report says that someone is in danger, then somebody is woken, once a tick, and told nothing
    urgent = Report(world, options={"urgent": True}).take_in(2)
    for minutes, woken in ((0, 1), (1, 1), (15, 2), (16, 2)):
        clock[0] = 1_000.0 + minutes * EVERY / 15
        assert wakes.look() == ""
        assert calls(tmp_path) == woken
    told = (tmp_path / "woken").read_text()
    assert "secret" not in told
    assert urgent.handle not in told
    assert urgent.name not in told
    # And no more when somebody has answered
    Record.objects.filter(pk=urgent.pk).update(waking=False)
    clock[0] += 10 * EVERY
    wakes.look()
    assert calls(tmp_path) == 2


def test_a_program_that_fails_is_told_and_tried_again_at_the_next_look(world: World, tmp_path: Path) -> None:
    Report(world, options={"urgent": True}).take_in(1)
    wakes = Waking(program(tmp_path, ending=3))
    assert "status 3" in wakes.look()
    assert "status 3" in wakes.look()
    assert calls(tmp_path) == 2
    assert "nobody was woken" in Waking(tmp_path / "absent").look()


def test_without_a_program_nobody_is_woken(world: World) -> None:
    Report(world, options={"urgent": True}).take_in(1)
    assert Waking(None).look() == ""
