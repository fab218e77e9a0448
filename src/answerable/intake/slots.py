"""A bounded number of costly key derivations at a time, over all processes of the reporter party.

Each slot is a file in one folder, held by a lock that the operating system lets go when its process ends, however it
ends.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from answerable.intake.errors import IntakeError

#: How long a request waits for a slot, in seconds, and how long a page tells people to wait when none came free.
PATIENCE = 20.0
STATED_WAIT = 30
_PAUSE = 0.02


class BusyError(IntakeError):
    """No slot came free in time; ``wait`` is the number of seconds to tell."""

    def __init__(self, wait: int = STATED_WAIT) -> None:
        super().__init__("too many people are using this page at this moment", todo=f"wait {wait} seconds")
        self.wait = wait


@contextmanager
def slot(folder: Path, count: int = 2, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold one of ``count`` slots. Raises `BusyError` when none comes free within ``patience`` seconds."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    until = time.monotonic() + patience
    while True:
        for number in range(count):
            descriptor = os.open(folder / f"slot-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            try:
                yield
            finally:
                os.close(descriptor)
            return
        if time.monotonic() >= until:
            raise BusyError
        time.sleep(_PAUSE)
