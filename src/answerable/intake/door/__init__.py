"""The door of the reporter party: the server in front of its pages (see docs/operating.md, "The door")."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from typing import Any

from answerable.errors import AnswerableError
from answerable.intake.door import system
from answerable.intake.door.front import Front
from answerable.intake.door.limits import Limits

__all__ = ["Limits", "serve"]

_BACKLOG = 1024


def _tell(line: str) -> None:
    sys.stderr.write(f"door: {line}\n")
    sys.stderr.flush()


def serve(
    application: Any,
    host: str,
    port: int,
    *,
    limits: Limits | None = None,
    say: Callable[[str], None] = _tell,
) -> None:
    """Serve a WSGI application on ``host``:``port`` until SIGTERM or SIGINT.

    No connection to a database may be open and no thread may run when this is called: every process is forked from
    here. Raises `AnswerableError` when the address is taken, or the platform is not Linux.
    """
    system.check_platform()
    system.close_to_others()
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise AnswerableError(
            f"cannot listen there: {str(error.strerror).lower()}",
            where=f"{host}:{port}",
            todo="end what listens there, or give another address: --listen HOST:PORT",
        ) from None
    listener.setblocking(False)
    Front(application, listener, limits or Limits(), say=say).run()
