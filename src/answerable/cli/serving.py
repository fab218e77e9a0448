"""Where a party listens, and the server that answers for it."""

from __future__ import annotations

import socket

from answerable.errors import AnswerableError

THREADS = 4
#: Seconds for which requests being answered may go on once the server is told to end. The server alone would wait for
#: ever, for a request as for a worker of its own that hangs, and so would whoever restarts the party.
GOODBYE = 10


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

    Granian(
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
    ).serve()
