"""The signer as a process of its own: HTTP on a Unix socket, the paths and statuses of a witness.

``POST /add-checkpoint`` takes the body around an unsigned checkpoint and answers the log's signature lines;
``GET /<sha256(origin)>/signed`` answers what is remembered. Run it as another user than the sequencer, with the socket
in a folder that the sequencer's group may enter: then whoever owns the log's database and files still cannot get a
second history signed.
"""

from __future__ import annotations

import os
import socket
import socketserver
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from answerable.ledger.network_errors import SignerError, SignerRefusedError
from answerable.ledger.signer_memory import head_text, origin_name
from answerable.ledger.signing import RememberingSigner
from answerable.record.keyfile import read_key_file
from answerable.record.text import parse_decimal

MAX_BODY = 512 * 1024
#: Called with a status and a sentence for every request.
Report = Callable[[int, str], None]


def open_folder(folder: Path | str) -> RememberingSigner:
    """The signer in ``folder``: key files ``keys/*.key``, and ``memory/``. Raises SignerError, KeyFileError."""
    place = Path(folder)
    keys = [read_key_file(path) for path in sorted((place / "keys").glob("*.key"))]
    if not keys:
        raise SignerError("no key files", where=str(place / "keys"), todo="put the log's key files there, as NAME.key")
    return RememberingSigner(keys, place / "memory")


class SignerServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves ``signer`` on the Unix socket ``path`` (mode 0660) once ``serve_forever`` runs. Raises SignerError."""

    daemon_threads = False  # a signature under way is finished before the server is closed

    def __init__(
        self, signer: RememberingSigner, path: Path | str, report: Report = lambda _status, _text: None
    ) -> None:
        self.signer = signer
        self.report = report
        self.origins = {origin_name(key.name): key.name for key in signer.verifiers}
        self._path = Path(path)
        self._connections: set[socket.socket] = set()
        _clear(self._path)
        before = os.umask(0o117)  # the socket never exists with a wider mode
        try:
            super().__init__(os.fspath(path), _Handler)
        except OSError as error:
            raise SignerError(f"cannot listen: {error.strerror or error}", where=str(path)) from error
        finally:
            os.umask(before)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection in a thread of its own."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close one connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening, let requests under way finish, close what is kept open, and remove the socket."""
        for connection in list(self._connections):
            with suppress(OSError):  # it may close at this moment
                connection.shutdown(socket.SHUT_RD)
        super().server_close()
        self._path.unlink(missing_ok=True)


def _clear(path: Path) -> None:
    """Remove a socket that a dead signer left behind. Raises SignerError when a living one, or a file, is there."""
    if not path.exists():
        return
    if not path.is_socket():
        raise SignerError("something that is no socket is already there", where=str(path))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise SignerError(f"the socket cannot be used: {error.strerror or error}", where=str(path)) from error
    raise SignerError("another signer is listening here", where=str(path), todo="one signer is enough: stop the other")


class _Handler(BaseHTTPRequestHandler):
    server: SignerServer
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        length = parse_decimal(self.headers.get("Content-Length", ""))
        if self.path != "/add-checkpoint" or length is None or length > MAX_BODY:
            self.close_connection = True
            self._answer(404 if self.path != "/add-checkpoint" else 400, b"not a request for a signature\n")
            return
        body = self.rfile.read(length)
        try:
            signatures = self.server.signer.sign(body)
        except SignerRefusedError as error:
            if error.status == 409:
                self._answer(409, f"{error.size}\n".encode(), "text/x.tlog.size", error.what)
            else:
                self._answer(error.status, f"{error}\n".encode(), said=error.what)
        except SignerError as error:
            self._answer(500, f"{error}\n".encode(), said=error.what)
        else:
            lines = "".join(signature.line() for signature in signatures).encode()
            self._answer(200, lines, said=f"{signatures[0].name}  signed")

    def do_GET(self) -> None:
        name, _, rest = self.path.removeprefix("/").partition("/")
        origin = self.server.origins.get(name)
        if origin is None or rest != "signed":
            self._answer(404, b"no such log\n")
            return
        try:
            text = head_text(origin, self.server.signer.remembered(origin))
        except SignerError as error:
            self._answer(500, f"{error}\n".encode(), said=error.what)
        else:
            self._answer(200, text.encode())

    def _answer(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8", said: str = "") -> None:
        if said:
            self.server.report(status, said)
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):  # whoever asked may be gone; what was remembered stays remembered
            self.wfile.write(body)

    def address_string(self) -> str:
        return "socket"  # a Unix socket has no address to show

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name for it
        """Requests are reported by ``report``; malformed ones are not worth a line."""
