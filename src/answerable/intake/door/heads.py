"""The head of one HTTP/1.1 request: strictly parsed, and only those fields that a view may see.

Grammar by h11 (RFC 9112); what different servers read differently is refused before it: a bare line feed, a folded
line, a transfer coding, two lengths, two hosts. A request smuggled past a proxy needs one of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

import h11

from answerable.errors import AnswerableError

END = b"\r\n\r\n"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "OPTIONS"})
#: The fields that a view may see. No address, device, browser or earlier page is among them.
SEEN = frozenset(
    {"host", "content-type", "cookie", "accept", "accept-language", "accept-encoding", "origin", "range"}
    | {"sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "if-none-match", "if-modified-since", "x-forwarded-proto"}
    | {"x-chunk", "x-work"}  # of ours: the place of a piece of an upload, and the work done for it
)
_ONCE = ("host", "content-length", "content-type", "cookie", "origin", "referer", "x-forwarded-proto", "expect")


class RefusedError(AnswerableError):
    """A request that is not answered by the application; ``status`` says why to the client."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


@dataclass(frozen=True)
class Head:
    """One request's line and fields: ``path`` decoded (PEP 3333), the ``length`` of its body, whether it ``expects`` to
    be told to go on, and the ``fields`` that a view may see."""

    method: str
    path: str
    query: str
    length: int
    expects: bool
    fields: tuple[tuple[str, str], ...]


class Collector:
    """Collects a head byte by byte, as it were: it never wants a byte of what follows the empty line."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self.data = bytearray()

    def wanted(self) -> int:
        """How many bytes may be read now without reading beyond the head; 0 when it is whole."""
        return next(len(END) - n for n in range(len(END), -1, -1) if self.data.endswith(END[:n]))

    def add(self, part: bytes) -> None:
        """Take what was read. Raises `RefusedError` when the head grows too long."""
        self.data += part
        if len(self.data) > self._longest:
            raise RefusedError(431, "The head of the request is too long.")


def parse(data: bytes, *, longest: int, fields: int, body: int) -> Head:
    """The head in ``data``, which ends with an empty line. Raises `RefusedError` for what is not plainly right."""
    _check_lines(data, fields)
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=longest)
    try:
        connection.receive_data(data)
        request = connection.next_event()
    except h11.RemoteProtocolError:
        raise RefusedError(400, "This is not a request that can be read.") from None
    if not isinstance(request, h11.Request):
        raise RefusedError(400, "This is not a request that can be read.")
    if request.http_version not in (b"1.0", b"1.1"):
        raise RefusedError(505, "This way of asking is not known here.")
    found = [(bytes(name).decode("ascii"), bytes(value).decode("latin-1")) for name, value in request.headers]
    _check_fields(found)
    said = dict(found)
    path, query = _target(bytes(request.target))
    method = bytes(request.method).decode("ascii")
    if method not in METHODS:
        raise RefusedError(405, "This way of asking is not known here.")
    length = _length(said.get("content-length", "0"), body)
    expects = said.get("expect", "").lower() == "100-continue"
    return Head(method, path, query, length, expects, tuple(_seen(found)))


def _check_lines(data: bytes, most: int) -> None:
    lines = data[: -len(END)].split(b"\r\n")
    if not data.endswith(END) or len(lines) - 1 > most:
        raise RefusedError(431, "The request has too many header fields.")
    for number, line in enumerate(lines):
        folded = number > 0 and line[:1] in (b" ", b"\t", b"")
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and not value.strip(b" \t").isdigit():
            raise RefusedError(400, "The length of the request is not a number.")
        if folded or b"\r" in line or b"\n" in line or b"\0" in line:
            raise RefusedError(400, "The request has a malformed line.")


def _check_fields(found: list[tuple[str, str]]) -> None:
    names = [name for name, _ in found]
    if "transfer-encoding" in names:
        raise RefusedError(411, "Send the length of the request.")
    if "upgrade" in names and "websocket" in dict(found)["upgrade"].lower():
        raise RefusedError(400, "There is nothing here to upgrade to.")
    if any(names.count(name) > 1 for name in _ONCE):
        raise RefusedError(400, "The request says the same thing twice.")


def _length(said: str, most: int) -> int:
    if len(said) > 18 or int(said) > most:  # that it has only digits was seen before
        raise RefusedError(
            413, "This is more than can be sent at once. Nothing of it was taken; send less, or fewer files."
        )
    return int(said)


def _target(target: bytes) -> tuple[str, str]:
    if not target.startswith(b"/") or b"#" in target:
        raise RefusedError(400, "The request names no page.")
    path, _, query = target.partition(b"?")
    # WSGI (PEP 3333): the path decoded, its bytes shown as Latin-1.
    return unquote_to_bytes(path).decode("latin-1"), query.decode("latin-1")


def _seen(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    kept = [(name, value) for name, value in found if name in SEEN]
    referer = dict(found).get("referer")
    if referer:
        # Where a form has no Origin (old browsers), the site it came from decides about forgery; never the page.
        parts = urlsplit(referer) if referer.isascii() and "[" not in referer else urlsplit("")
        if parts.scheme in {"http", "https"} and parts.netloc and "@" not in parts.netloc:
            kept.append(("referer", f"{parts.scheme}://{parts.netloc}/"))
    return kept
