"""From a request to the bytes of its answer: WSGI (PEP 3333), one request per connection."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from html import escape
from http import HTTPStatus
from types import TracebackType
from typing import IO, Any

from answerable.intake.door import words
from answerable.intake.door.heads import Head, RefusedError

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
#: Fields of an answer that are ours to write, once.
_OURS = frozenset({"connection", "server", "date", "transfer-encoding", "keep-alive"})


def environ(head: Head, body: IO[bytes], extra: dict[str, Any], *, threads: bool) -> dict[str, Any]:
    """What the application is told of a request: no address of anybody, no browser, no earlier page."""
    fields = dict(head.fields)
    found: dict[str, Any] = {
        "REQUEST_METHOD": head.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": head.path,
        "QUERY_STRING": head.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": fields.pop("content-type", ""),
        "CONTENT_LENGTH": str(head.length),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": threads,
        "wsgi.multiprocess": True,
        "wsgi.run_once": not threads,
        **extra,
    }
    for name, value in fields.items():
        found[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return found


class _Started:
    """What the application said with `start_response`."""

    def __init__(self) -> None:
        self.status = 500
        self.fields: list[tuple[str, str]] = []
        self.written: list[bytes] = []

    def __call__(
        self, status: str, headers: list[tuple[str, str]], _exc_info: _ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        self.status = int(status.split(" ", 1)[0])
        self.fields = [(name, value) for name, value in headers if name.lower() not in _OURS]
        return self.written.append


def answer(application: Application, head: Head, told: dict[str, Any]) -> bytes:
    """The whole answer of the application to one request, ready to be sent."""
    started = _Started()
    result = application(told, started)
    try:
        body = b"".join([*started.written, *result])
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()
    return written(started.status, started.fields, body, head)


def written(status: int, fields: list[tuple[str, str]], body: bytes, head: Head | None = None) -> bytes:
    """An answer as bytes. Without a ``head`` (a request that could not be read) its body is always written."""
    asked = head is not None and head.method == "HEAD"
    bare = 100 <= status < 200 or status in (204, 304)
    lengths = [value for name, value in fields if name.lower() == "content-length"]
    kept = [(name, value) for name, value in fields if name.lower() != "content-length"]
    if not bare:
        kept.append(("Content-Length", lengths[0] if asked and lengths else str(len(body))))
    kept.append(("Connection", "close"))
    lines = [f"HTTP/1.1 {status} {_phrase(status)}", *(f"{name}: {value}" for name, value in kept)]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a field of the answer holds a line break")
    start = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    return start if bare or asked else start + body


def refusal(refused: RefusedError) -> bytes:
    """What somebody is told whose request never reached the application: a sentence, in every language where people may
    meet it, and nothing to load."""
    others = "".join(
        f'<p lang="{tag}" dir="{"rtl" if tag == "ar" else "ltr"}">{escape(said)}</p>\n'
        for tag, said in words.ALSO.get(refused.status, {}).items()
    )
    text = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Page</title>
<p>{escape(refused.what)}</p>
{others}</html>
"""
    fields = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ]
    if refused.status == HTTPStatus.SERVICE_UNAVAILABLE:
        fields.append(("Retry-After", "20"))
    return written(refused.status, fields, text.encode("utf-8"))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Answer"
