"""A WSGI application that serves a written site and a log's public folder, and nothing else.

It reads files and sends them with the headers each needs. It sets no cookie, keeps no log, reads no address, follows no
path out of its folders, and knows no method but GET and HEAD.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from answerable.ui import security

StartResponse = Callable[..., Any]
Environ = Mapping[str, Any]

_TYPES: Final = {
    ".atom": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".pdf": "application/pdf",
    ".policy": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ico": "image/vnd.microsoft.icon",
    ".tlog-proof": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".vkey": "text/plain; charset=utf-8",
    ".xml": "application/atom+xml; charset=utf-8",
}
_OCTETS: Final = "application/octet-stream"
_TEXT: Final = "text/plain; charset=utf-8"
_FOREVER: Final = "public, max-age=31536000, immutable"
#: What the log serves; the rest of a public folder (vkeys, policies) is served as ordinary files.
_LOG_FILE: Final = re.compile(r"(?:^|/)(checkpoint|status\.json|tile/.+|archive/.+)$")
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_VERIFIER: Final = re.compile(r"(?:^|/)verify/")
#: The verifier as one file to keep: it carries its own policy, so it is handed over, not opened here.
_TO_KEEP: Final = re.compile(r"(?:^|/)verify/verifier\.html$")


@dataclass(frozen=True)
class Answer:
    """Status, headers besides those of every answer, body."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class PublicFiles:
    """The application. ``site`` is a folder written by `publish site`; ``log`` a ledger's public folder, or None."""

    def __init__(self, site: Path, log: Path | None = None) -> None:
        self.site = site
        self.log = log

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI (PEP 3333)."""
        answer = self.answer(
            str(environ.get("REQUEST_METHOD", "")),
            str(environ.get("PATH_INFO", "")),
            str(environ.get("HTTP_IF_NONE_MATCH", "")),
        )
        headers = [*answer.headers, *security.HEADERS.items(), ("Content-Length", str(len(answer.body)))]
        if answer.status.startswith("304"):
            headers = [pair for pair in headers if pair[0] != "Content-Length"]
        start_response(answer.status, headers)
        return [b"" if environ.get("REQUEST_METHOD") == "HEAD" else answer.body]

    def answer(self, method: str, path: str, if_none_match: str = "") -> Answer:
        """What to send for a request, without any server around it."""
        if method not in ("GET", "HEAD"):
            return _plain("405 Method Not Allowed", "Only GET and HEAD.\n", ("Allow", "GET, HEAD"))
        name = _inside(path)
        if name is None:
            return _absent()
        if self.log is not None and (found := _read(self.log, name)) is not None:
            return self._log_answer(name, found)
        if (found := _read(self.site, name)) is not None:
            return _page(name, found, if_none_match)
        if name and _read(self.site, f"{name}/index.html") is not None:
            return Answer("308 Permanent Redirect", (("Location", f"/{name}/"), *_page_headers("x.html")), b"")
        return _absent()

    def _log_answer(self, name: str, data: bytes) -> Answer:
        match = _LOG_FILE.search(name)
        kind = match[1] if match else ""
        if kind == "checkpoint":
            headers = (("Content-Type", _TEXT), ("Cache-Control", "no-store"))
        elif kind == "status.json":
            headers = (("Content-Type", _TYPES[".json"]), ("Cache-Control", "no-store"))
        elif kind:
            headers = (
                ("Content-Type", _OCTETS if kind.startswith("tile/") else _TEXT),
                ("Cache-Control", _FOREVER),
            )
        else:
            headers = (("Content-Type", _type(name)), ("Cache-Control", "no-cache"))
        return Answer("200 OK", (*headers, *_anyone(), _closed()), data)


def _inside(path: str) -> str | None:
    """A request path as a relative file name, or None for any path that could lead elsewhere or names a hidden file.

    WSGI hands over bytes as Latin-1; our names are ASCII, so anything else is simply absent.
    """
    if not path.startswith("/") or len(path) > 1024:
        return None
    name = path[1:]
    if name == "" or name.endswith("/"):
        name += "index.html"
    return name if all(_SEGMENT.fullmatch(part) for part in name.split("/")) else None


def _read(root: Path, name: str) -> bytes | None:
    """The file's bytes; None when it is absent, no regular file, or a link leads out of the folder."""
    try:
        base = root.resolve(strict=True)
        path = (base / name).resolve(strict=True)
        if not path.is_relative_to(base) or not path.is_file():
            return None
        return path.read_bytes()
    except (OSError, ValueError):
        return None


def _page(name: str, data: bytes, if_none_match: str) -> Answer:
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = (*_page_headers(name), ("ETag", tag))
    if tag in (each.strip().removeprefix("W/") for each in if_none_match.split(",")):
        return Answer("304 Not Modified", headers, b"")
    return Answer("200 OK", headers, data)


def _page_headers(name: str) -> tuple[tuple[str, str], ...]:
    directives = security.VERIFIER if _VERIFIER.search(name) else security.PAGE
    headers = (
        ("Content-Type", _type(name)),
        ("Cache-Control", "no-cache"),
        ("Content-Security-Policy", security.policy(directives)),
        *_anyone(),
    )
    return (*headers, ("Content-Disposition", "attachment")) if _TO_KEEP.search(name) else headers


def _type(name: str) -> str:
    return _TYPES.get(Path(name).suffix.lower(), _OCTETS)


def _anyone() -> tuple[tuple[str, str], ...]:
    return (("Access-Control-Allow-Origin", "*"),)


def _closed() -> tuple[str, str]:
    return ("Content-Security-Policy", security.policy({"default-src": "'none'"}))


def _absent() -> Answer:
    return _plain("404 Not Found", "There is nothing here.\n")


def _plain(status: str, text: str, *more: tuple[str, str]) -> Answer:
    headers = (("Content-Type", _TEXT), ("Cache-Control", "no-store"), *_anyone(), _closed(), *more)
    return Answer(status, headers, text.encode())
