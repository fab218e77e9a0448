"""What the door asks of Linux: no core files, no attaching, children that end with their parent, peers never named."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterable

from answerable.errors import AnswerableError

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_LIBC = ctypes.CDLL(None, use_errno=True)
#: Bytes of a socket thrown away at a time. With MSG_TRUNC Linux drops them without copying them here (tcp(7)).
_DROPPED = 1 << 20
#: More open files than a process has.
_MOST_FILES = 1 << 20


def check_platform() -> None:
    """Raises `AnswerableError` where the door can't keep its promises."""
    if not sys.platform.startswith("linux"):
        raise AnswerableError("the door for reporters needs Linux", todo="run it on a Linux machine or in a container")


def close_to_others() -> None:
    """No core file, and no reading of this process by others of the same user."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _LIBC.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def end_with(parent: int) -> None:
    """End this process when ``parent`` ends, however it ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def accept(listener: socket.socket) -> socket.socket | None:
    """The next connection, or None when there is none. The peer's address is not asked for, and is never here."""
    number = _LIBC.accept4(listener.fileno(), None, None, socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    if number < 0:
        error = ctypes.get_errno()
        if error in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
            raise OSError(error, os.strerror(error))
        return None  # nobody, or somebody who left before being let in
    return socket.socket(listener.family, listener.type, listener.proto, fileno=number)


def drop_received(connection: socket.socket) -> bool:
    """Throw away what has arrived, unread. False when the other side has finished or gone."""
    try:
        while True:
            if not connection.recv(_DROPPED, socket.MSG_TRUNC | socket.MSG_DONTWAIT):
                return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def close_all_but(kept: Iterable[int]) -> None:
    """Close every open file of this process but ``kept``."""
    last = -1
    for number in sorted({0, 1, 2, *kept, _MOST_FILES}):
        if last + 1 < number:  # an empty range would close everything
            os.closerange(last + 1, number)
        last = number


def signals_as_usual() -> None:
    """What a child inherits of its parent's handling of signals, undone."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which lets us finish
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
