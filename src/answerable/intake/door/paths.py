"""Which process answers a request: decided from its first bytes, which can't reach into a body.

Steady paths carry nothing that a person wrote in clear: sealed bytes, public pages, files. Everything else may, and
goes to a child that serves this one request and ends. When in doubt it is everything else.
"""

from __future__ import annotations

from enum import Enum

#: Below these, whatever the method: only sealed bytes come and go.
SEALED = "/api/"
#: Below these, to be read only.
FILES = ("/static/", "/offline/", "/favicon.ico", "/keys.note", "/deployment.js")
#: These pages themselves, to be read only.
PAGES = ("/", "/how/", "/readers/", "/leave/")


class Way(Enum):
    """Who answers."""

    STEADY = "steady"
    ONE_SHOT = "one-shot"


def _beginnings() -> tuple[bytes, ...]:
    sealed = [f"{method} {SEALED}" for method in ("GET", "HEAD", "POST", "PUT")]
    files = [f"{method} {path}" for method in ("GET", "HEAD") for path in FILES]
    pages = [f"{method} {path}{end}" for method in ("GET", "HEAD") for path in PAGES for end in " ?"]
    return tuple(text.encode("ascii") for text in (*sealed, *files, *pages))


_STEADY = _beginnings()
#: So many bytes always decide. A request with a body is longer than this before its body begins.
ENOUGH = max(map(len, _STEADY))


def way(first: bytes) -> Way | None:
    """Who answers the request that begins with ``first``; None when more bytes are needed (never for `ENOUGH`)."""
    if any(first.startswith(beginning) for beginning in _STEADY):
        return Way.STEADY
    if any(beginning.startswith(first) for beginning in _STEADY):
        return None
    return Way.ONE_SHOT
