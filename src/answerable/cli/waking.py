"""Waking whoever is on duty: a program of the deployment's own is run while something says that someone is in danger.

It is told nothing, of no report in particular, and at most once in a tick: what it sends on, through the telephones and
networks of others, shows that there is something to look at, and no more.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

#: Seconds from one waking to the next, while nobody has answered: the ledger's tick.
EVERY = 900.0
#: So long the program may take. Its environment has none of the party's secrets.
_PATIENCE = 60.0
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}

NOBODY = (
    "nobody is woken when a report says that someone is in danger now; name a program that does with --wake,"
    " since the reporter's page says that people on duty are told"
)


@dataclass
class Waking:
    """Wakes people by ``program``; None where a deployment has none."""

    program: Path | None
    last: float | None = None

    def look(self) -> str:
        """Wake somebody when it is time to. What went wrong, or nothing; then the next look tries again."""
        from answerable.casework import queries

        now = time.monotonic()
        if self.program is None or (self.last is not None and now - self.last < EVERY):
            return ""
        if not queries.someone_in_danger():
            self.last = None
            return ""
        wrong = _run(self.program)
        self.last = None if wrong else now
        return wrong


def _run(program: Path) -> str:
    try:
        done = subprocess.run(  # the operator's own, by its path
            [program],
            env=_ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"nobody was woken: {error}"
    return f"nobody was woken: {program} ended with status {done.returncode}" if done.returncode else ""
