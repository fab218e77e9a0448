"""Servers for tests: on loopback, on real sockets, saying exactly what the test tells them to say, however wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: Given one request, either the raw bytes to send or a function that does with the socket as it likes.
Script = Callable[["Request"], "bytes | Callable[[socket.socket, threading.Event], None]"]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes


def reply(status: int, body: bytes = b"", kind: str = "text/plain", *extra: str) -> bytes:
    """A well-formed HTTP/1.1 answer."""
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", f"Content-Type: {kind}", *extra]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@dataclass
class Peer:
    """A server that answers by ``script`` and remembers what it was asked and over how many connections."""

    script: Script
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._stop.set()
        with socket.create_connection(self._listener.getsockname()):  # wakes accept()
            pass
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # already gone: that is what we want
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._stop.is_set():
                connection.close()
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as file:
            try:
                while request := _read(file):
                    self.requests.append(request)
                    answer = self.script(request)
                    if callable(answer):
                        answer(connection, self._stop)
                        return
                    connection.sendall(answer)
            except OSError:
                return  # the client hung up


def _read(file: object) -> Request | None:
    line = file.readline()  # type: ignore[attr-defined]
    if not line:
        return None
    method, path, _ = line.decode().split(" ")
    length = 0
    while (header := file.readline().strip()) != b"":  # type: ignore[attr-defined]
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return Request(method, path, file.read(length))  # type: ignore[attr-defined]


@contextmanager
def serving(script: Script) -> Iterator[Peer]:
    """A Peer, closed afterwards."""
    peer = Peer(script)
    try:
        yield peer
    finally:
        peer.close()


def drip(head: bytes, every: float = 0.02) -> Callable[[socket.socket, threading.Event], None]:
    """Send ``head``, then one byte at a time, until the test ends."""

    def script(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(head)
        while not stop.wait(every):
            connection.sendall(b"a")

    return script


def stuck(head: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """Send ``head`` and then nothing, without closing."""

    def script(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(head)
        stop.wait(30)

    return script


def flood(head: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """Send ``head``, then bytes without end."""

    def script(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(head)
        while not stop.is_set():
            connection.sendall(b"a" * 65536)

    return script


def hang_up(head: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """Send ``head`` and close the connection."""

    def script(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(head)

    return script
