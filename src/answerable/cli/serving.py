"""Where a party listens, and the server that answers for it."""

from __future__ import annotations

from answerable.errors import AnswerableError


def address(listen: str) -> tuple[str, int]:
    """HOST:PORT as its two parts. Raises `AnswerableError`."""
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port[:6]) < 65_536:
        raise AnswerableError(f"{listen!r} is no address", where="--listen", todo="write it as 127.0.0.1:8000")
    return host.strip("[]"), int(port)


def serve(application: str, host: str, port: int) -> None:
    """Serve a WSGI application until interrupted."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        application,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        websockets=False,
        log_enabled=False,
    ).serve()
