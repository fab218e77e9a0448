"""Waking in the demo: the program that its clocks run wakes nobody, and notes that somebody would be woken now."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from answerable.cli.demo_places import Places

_SAYS = "somebody on duty would be woken now: a report says that someone is in danger"
_PROGRAM = """#!/bin/sh
# The clocks run this while a report that says that someone is in danger now has had no answer. A deployment's own would
# call whoever is on duty. Nothing is told to it: no argument, no input, no environment of the desk's.
echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) {says}" >> {log}
"""


def place(places: Places) -> Path:
    """Where the program lies."""
    return places.data / "wake"


def log(places: Places) -> Path:
    """What it adds a line to."""
    return places.logs / "woken.log"


def program(places: Places) -> Path:
    """Write the program and begin its log anew; the program's path."""
    log(places).unlink(missing_ok=True)
    path = place(places)
    path.touch(mode=0o700)
    path.write_text(_PROGRAM.format(says=_SAYS, log=shlex.quote(str(log(places)))), "utf-8")
    return path


@dataclass
class Woken:
    """What the program has noted since the demo was started."""

    places: Places
    told: int = 0

    def new(self) -> list[str]:
        """The lines that were added since the last look."""
        path = log(self.places)
        lines = path.read_text("utf-8").splitlines()[self.told :] if path.exists() else []
        self.told += len(lines)
        return lines
