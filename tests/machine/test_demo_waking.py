"""The program that the demo's clocks run: it wakes nobody, needs nothing told, and what it notes is told once."""

from __future__ import annotations

import subprocess
from pathlib import Path

from answerable.cli import demo_waking
from answerable.cli.demo_places import Places
from answerable.cli.demo_waking import Woken


def _run(program: Path) -> None:
    """As the clocks run it: nothing is told to it, and nobody hears it."""
    subprocess.run([program], env={"PATH": "/usr/bin:/bin"}, cwd="/", stdin=subprocess.DEVNULL, check=True)


def test_it_notes_that_somebody_would_be_woken_and_each_time_is_told_once(tmp_path: Path) -> None:
    # Given a demo in a folder with an odd name
    places = Places(tmp_path / "somebody's demo", {})
    places.logs.mkdir(parents=True)
    program, woken = demo_waking.program(places), Woken(places)
    assert program.stat().st_mode & 0o777 == 0o700
    assert woken.new() == []
    # When the clocks run it, then the demo tells it, once
    _run(program)
    (told,) = woken.new()
    assert told.endswith("Z somebody on duty would be woken now: a report says that someone is in danger")
    assert woken.new() == []
    _run(program)
    assert len(woken.new()) == 1
    # And a demo that is started again with the same data begins anew
    demo_waking.program(places)
    assert Woken(places).new() == []
