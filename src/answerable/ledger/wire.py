"""One careful HTTP exchange: kept connections, one deadline for the whole answer, a limit on its size, no redirects.

Whoever answers may be slow, lying or hostile. Every way in which an exchange can fail becomes a :class:`FetchError`.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast
from urllib.parse import quote, urlsplit

from answerable import __version__
from answerable.ledger.network_errors import FetchError

#: Seconds that one exchange may take, from the first byte sent to the last byte read.
TIMEOUT = 10.0
#: The most that is ever quoted of what a stranger sent.
QUOTED = 120
_CHUNK = 64 * 1024


class Response(NamedTuple):
    """A complete answer: status, content type (lower case, without parameters) and the whole body."""

    status: int
    content_type: str
    body: bytes


def quoted(text: str, limit: int = QUOTED) -> str:
    """``text`` made fit to be shown: printable characters only, shortened. For what strangers sent."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: limit + 1])
    return shown if len(text) <= limit else shown[:limit] + "…"


class _Timed(io.RawIOBase):
    """A socket's bytes under one deadline, so that a peer that sends a byte a second cannot hold us."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        # makefile() keeps the descriptor open although http.client drops the socket when the peer announces "close".
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_left(self._deadline))
        return cast("io.RawIOBase", self._raw).readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _TimedSocket:
    """What ``HTTPResponse`` needs of a socket: a file to read from, here one with a deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Timed(self._sock, self._deadline))


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket, as a signer speaks it."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(self.timeout)
            sock.connect(self._path)
        except OSError:
            sock.close()
            raise
        self.sock = sock


@dataclass
class Peer:
    """One address that answers requests. Keeps its connection; use one from one thread at a time, and ``close`` it.

    ``address`` is an ``http`` or ``https`` URL (its path is a prefix of every path), or ``unix:/path/of/socket``.
    Raises FetchError at once when it is neither.
    """

    address: str
    _prefix: str = field(init=False, default="")
    _connection: http.client.HTTPConnection | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        if self.address.startswith("unix:"):
            return
        try:
            parts = urlsplit(self.address)
            host, port = parts.hostname, parts.port  # `port` raises on a number out of range
        except ValueError as error:
            raise FetchError(f"not an address: {error}", where=quoted(self.address)) from error
        plain = not (parts.username or parts.password or parts.query or parts.fragment) and port != 0
        if parts.scheme not in ("http", "https") or not host or not plain or not self.address.isprintable():
            raise FetchError(
                "not an address that can be fetched",
                where=quoted(self.address),
                todo="give an http or https URL without user, query or fragment",
            )
        self._prefix = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~")

    def get(self, path: str, *, limit: int, timeout: float = TIMEOUT) -> Response:
        """``GET <address>/<path>``, at most ``limit`` bytes of body within ``timeout`` seconds. Raises FetchError."""
        return self.exchange("GET", path, b"", limit=limit, timeout=timeout)

    def post(self, path: str, body: bytes, *, limit: int, timeout: float = TIMEOUT) -> Response:
        """``POST <address>/<path>`` with ``body``; otherwise as :meth:`get`."""
        return self.exchange("POST", path, body, limit=limit, timeout=timeout)

    def exchange(self, method: str, path: str, body: bytes, *, limit: int, timeout: float) -> Response:
        """One request, one answer. A kept connection that the peer closed meanwhile is opened again, once."""
        deadline = time.monotonic() + timeout
        where = f"{quoted(self.address.rstrip('/'))}/{quoted(path)}"
        try:
            if self._connection is not None:
                try:
                    return self._once(method, path, body, limit, deadline, where)
                except (ConnectionError, http.client.BadStatusLine):
                    self.close()
            return self._once(method, path, body, limit, deadline, where)
        except FetchError:
            self.close()
            raise
        except TimeoutError as error:
            self.close()
            raise FetchError(f"no complete answer within {round(timeout, 1):g} s", where=where) from error
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
            # ValueError: http.client lets one through for a chunk length or a port that is no number
            self.close()
            said = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
            raise FetchError(f"no answer: {quoted(said)}", where=where) from error

    def close(self) -> None:
        """Close the connection; a later exchange opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _once(self, method: str, path: str, body: bytes, limit: int, deadline: float, where: str) -> Response:
        connection = self._connection or self._open()
        self._connection = connection
        connection.timeout = _left(deadline)
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(_left(deadline))
        headers = {"User-Agent": f"answerable/{__version__}", "Accept-Encoding": "identity"}
        if method == "POST":
            headers["Content-Type"] = "text/plain; charset=utf-8"
        connection.request(method, f"{self._prefix}/{path}", body or None, headers)
        connection.response_class = _response_class(deadline)
        with connection.getresponse() as response:
            answer = _read(response, limit, where)
        if connection.sock is None:  # the peer said it closes
            self.close()
        return answer

    def _open(self) -> http.client.HTTPConnection:
        if self.address.startswith("unix:"):
            return _UnixConnection(self.address.removeprefix("unix:"))
        parts = urlsplit(self.address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind(cast("str", parts.hostname), parts.port)


def _response_class(deadline: float) -> Any:
    """A constructor in the place of ``HTTPResponse`` whose reads obey ``deadline``."""

    def make(sock: socket.socket, **arguments: Any) -> http.client.HTTPResponse:
        return http.client.HTTPResponse(cast("socket.socket", _TimedSocket(sock, deadline)), **arguments)

    return make


def _read(response: http.client.HTTPResponse, limit: int, where: str) -> Response:
    if 300 <= response.status < 400:
        to = quoted(response.getheader("Location") or "nowhere")
        raise FetchError(f"redirects to {to}", where=where, todo="give the address that answers itself")
    if (response.getheader("Content-Encoding") or "identity").lower() != "identity":
        raise FetchError("answers in a compressed form that was not asked for", where=where)
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(_CHUNK):
        size += len(piece)
        if size > limit:
            raise FetchError(f"answers with more than {limit:,} bytes", where=where)
        pieces.append(piece)
    # read1() ends quietly when the connection breaks inside an announced length
    if response.length:
        raise FetchError(f"ends after {size:,} bytes, {response.length:,} too early", where=where)
    kind = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    return Response(response.status, kind, b"".join(pieces))
