"""Waiting until this process is told to end, by a signal that may come at any moment, and by several at once.

A handler must not touch an event: it runs between any two lines of the main thread, which may hold the event's lock,
and then waits for itself for ever. The interpreter writes the number of a signal to a pipe instead, whatever the main
thread is at, and the main thread waits at the pipe.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: The signals that tell a process to end.
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Told:
    """Whether this process was told to end."""

    def __init__(self, heard: int) -> None:
        self._heard, self._told = heard, False

    def wait(self, seconds: float) -> bool:
        """Wait until it is told, at most ``seconds``; whether it was, then or before."""
        until = time.monotonic() + seconds
        while not self._told:
            left = max(0.0, until - time.monotonic())
            ready, _, _ = select.select([self._heard], [], [], left)
            if not ready:
                return False
            self._told = not set(os.read(self._heard, 64)).isdisjoint(SIGNALS)
        return True


@contextmanager
def until_told() -> Iterator[Told]:
    """Inside, SIGTERM and SIGINT do no more than tell. For the main thread."""
    heard, told = os.pipe()
    os.set_blocking(told, False)
    earlier = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    before = {number: signal.signal(number, _nothing) for number in SIGNALS}
    try:
        yield Told(heard)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(earlier)
        os.close(told)
        os.close(heard)


def _nothing(*_signal: object) -> None:
    """A handler, without which the interpreter would not write to the pipe."""
