"""A small site behind a door, run as a process of its own: ``python -m tests.door.site '{"children": 2}'``.

Its pages say which process answered, read bodies, use sessions, crash and wait, as the tests ask.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from answerable.intake.door import Limits, serve
from answerable.intake.door.sessions import SessionError

Start = Callable[[str, list[tuple[str, str]]], object]


def application(environ: dict[str, Any], start: Start) -> list[bytes]:
    path = environ["PATH_INFO"]
    said: dict[str, Any] = {"pid": os.getpid(), "parent": os.getppid(), "method": environ["REQUEST_METHOD"]}
    if path.endswith("/environ/"):
        said["environ"] = {name: value for name, value in environ.items() if isinstance(value, str)}
    elif path.endswith("/crash/"):
        os.kill(os.getpid(), signal.SIGKILL)
    elif path.endswith("/error/"):
        raise ValueError(environ["wsgi.input"].read().decode())
    elif path.endswith("/wait/"):
        said["from"] = time.monotonic()
        time.sleep(float(environ["QUERY_STRING"]))
        said["to"] = time.monotonic()
    elif path.endswith("/session/"):
        said["session"] = _session(environ)
    else:
        said["body"] = len(environ["wsgi.input"].read())
    start("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]


def _session(environ: dict[str, Any]) -> str | None:
    sessions, cookie = environ["answerable.sessions"], bytes.fromhex(environ["HTTP_COOKIE"].partition("=")[2])
    what = environ["QUERY_STRING"]
    if what == "write":
        try:
            sessions.write(cookie, environ["wsgi.input"].read())
        except SessionError:
            return "refused"
    elif what == "drop":
        sessions.drop(cookie)
    found = sessions.read(cookie)
    return None if found is None else found.hex()


def main() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    serve(application, "127.0.0.1", port, limits=Limits(**json.loads(sys.argv[1])))


if __name__ == "__main__":
    main()
