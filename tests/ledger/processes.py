"""Processes that die: a forked sequencer or party that ends without any goodbye."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress

from django.db import connections


def forked(work: Callable[[], None]) -> int:
    """Run ``work`` in a child process with connections of its own; the child's process id."""
    connections.close_all()  # an SQLite connection must not be carried across a fork
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        with suppress(KeyboardInterrupt):
            work()
            code = 0
    except BaseException:  # noqa: BLE001  # whatever it is, a child must never return into pytest
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def outcome(child: int) -> int:
    """Wait for a child: its exit code, or minus the signal that ended it."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def killed_after(child: int, seconds: float) -> int:
    """kill -9 after ``seconds``, wherever it is; its outcome, which is another where it had ended by itself."""
    time.sleep(seconds)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    return outcome(child)


CRASHED = 77


def die() -> None:
    """End this process at once, as a power cut would end it."""
    os._exit(CRASHED)
