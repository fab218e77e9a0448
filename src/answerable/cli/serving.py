"""Where a party listens, and the server that answers for it."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from contextlib import suppress
from functools import partial
from typing import Any

from answerable.errors import AnswerableError

THREADS = 4
#: Seconds for which requests being answered may go on once the server is told to end. The server alone would wait for
#: ever, for a request as for a worker of its own that hangs, and so would whoever restarts the party.
GOODBYE = 10
#: Seconds after those for the server to end once its worker was ended; then it is ended from beside it.
GRACE = 5
#: Seconds between a signal to the party and the server's to its worker.
PAUSE = 0.2
#: The signals that tell a party to end.
ENDING = (signal.SIGTERM, signal.SIGINT)


def address(listen: str) -> tuple[str, int]:
    """HOST:PORT as its two parts. Raises `AnswerableError`."""
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port[:6]) < 65_536:
        raise AnswerableError(f"{listen!r} is no address", where="--listen", todo="write it as 127.0.0.1:8000")
    return host.strip("[]"), int(port)


def must_be_free(host: str, port: int) -> None:
    """Raise `AnswerableError` when nobody can listen there.

    The server alone would share a port with another of the same user: both would answer, each with a part of what is
    counted in memory, such as wrong passwords.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what was closed a moment ago is no hindrance
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AnswerableError(
                f"cannot listen there: {str(error.strerror).lower()}",
                where=f"{host}:{port}",
                todo="end what listens there, or give another address: --listen HOST:PORT",
            ) from None


def serve(application: str, host: str, port: int, *, threads: int = THREADS, head_timeout: int | None = None) -> None:
    """Serve a WSGI application until interrupted, with no log of who asks.

    ``threads``: how many requests are answered at a time. ``head_timeout``: milliseconds in which the head of a request
    must have come. Raises `AnswerableError` when somebody listens there already.
    """
    must_be_free(host, port)
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    server = Granian(
        application,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        websockets=False,
        log_access=False,
        log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=head_timeout) if head_timeout else None,
        workers_kill_timeout=GOODBYE,
    )
    server.on_startup(partial(_listen_for_the_end, server))  # called once the server has set handlers of its own
    server.on_shutdown(partial(_forgive, server))
    server.serve()


def _listen_for_the_end(server: Any) -> None:
    """Hear of signals in a thread, and not in the server's handlers.

    Those set an event, in whichever line the main thread is at: if that holds the event's lock, since another signal
    came a moment before, it waits for itself for ever. And what comes just before it begins to wait is heard with the
    next signal only. The interpreter writes a signal's number to the pipe whatever the main thread is at.
    """
    heard, told = os.pipe()
    os.set_blocking(told, False)
    for number in ENDING:
        signal.signal(number, partial(_told, server))
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    os.register_at_fork(after_in_child=_plainly)
    threading.Thread(target=_end, args=(server, heard), name="ending", daemon=True).start()


def _told(server: Any, *_signal: object) -> None:
    """The handler: it takes no lock. Without one the interpreter would not write to the pipe."""
    server.interrupt_signal = True


def _plainly() -> None:
    """In a worker: until it has handlers of its own, once all of the party is loaded, a signal just ends it."""
    signal.set_wakeup_fd(-1)
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)


def _end(server: Any, heard: int) -> None:
    """End the server when a signal says so; and whatever is left of it when it has not ended in time."""
    while not set(os.read(heard, 64)) & set(ENDING):
        continue  # such as the one that has it begin its workers anew
    # The worker's own handler has the fault described above: if it was sent the same signal, it first comes to its end.
    time.sleep(PAUSE)
    threading.Thread(target=server.signal_handler_interrupt, name="interrupt", daemon=True).start()
    time.sleep(GOODBYE + GRACE)
    for worker in list(server.wrks):
        with suppress(ProcessLookupError):
            os.kill(worker.inner.pid, signal.SIGKILL)
    os.write(2, b"answerable: the server did not end when it was told to, and was ended\n")
    os._exit(1)


def _forgive(server: Any) -> None:
    """A worker that ended by the same signal, sent to all processes of the party, has not failed."""
    if server.interrupt_signal:
        server.interrupt_children.clear()
