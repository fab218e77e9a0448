"""A child of the door: it reads one request from the socket, answers it, and ends.

Only this process ever holds what a person wrote in clear. Its memory goes back to the system, which clears it before
anybody else gets it, when it ends.
"""

from __future__ import annotations

import io
import os
import resource
import select
import socket
import time
import traceback
from collections.abc import Callable
from typing import IO, Any, cast

from answerable.intake.door import answers, heads, system
from answerable.intake.door.channel import Channel
from answerable.intake.door.heads import Collector, Head, RefusedError
from answerable.intake.door.limits import Limits
from answerable.intake.door.sessions import Sessions

#: What one child may take of the machine: bytes of addresses, seconds of a processor.
_MEMORY = 4 << 30
_PROCESSOR = 120
#: How far children stand back behind the workers (a tenth of their share): many who try words at once must not keep
#: others from a page. Not further: many who ask the workers must not keep those without script from reporting.
_NICE = 10
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_LINGER = 2.0


class GoneError(OSError):
    """The other side has gone, or is too slow."""


class Wire:
    """A connection with deadlines: ``until`` for the whole, ``gap`` for each piece (seconds)."""

    def __init__(self, connection: socket.socket, until: float, gap: float) -> None:
        self._connection = connection
        self._until, self._gap = until, gap
        connection.setblocking(False)

    def head(self, longest: int, seconds: float) -> bytes:
        """Exactly the bytes of the head, up to its empty line; what follows stays in the socket.

        Raises `GoneError`, or `RefusedError` when it is too long.
        """
        until = min(self._until, time.monotonic() + seconds)
        head = Collector(longest)
        while wanted := head.wanted():
            try:
                part = self._connection.recv(wanted)
            except BlockingIOError:
                self._wait(select.POLLIN, until - time.monotonic())
                continue
            if not part:
                raise GoneError("the connection ended within the head")
            head.add(part)
        return bytes(head.data)

    def read(self, most: int) -> bytes:
        """At least one byte of a body, at most ``most``. Raises `GoneError`."""
        self._wait(select.POLLIN, min(self._gap, self._until - time.monotonic()))
        data = self._connection.recv(most)
        if not data:
            raise GoneError("the connection ended within the body")
        return data

    def send(self, data: bytes) -> None:
        """All of it. Raises `GoneError`."""
        rest = memoryview(data)
        while rest:
            self._wait(select.POLLOUT, min(self._gap, self._until - time.monotonic()))
            rest = rest[self._connection.send(rest) :]

    def finish(self) -> None:
        """Say that no more comes, and let what is still on its way be dropped, so that the answer arrives."""
        deadline = time.monotonic() + _LINGER
        try:
            self._connection.shutdown(socket.SHUT_WR)
            while system.drop_received(self._connection) and time.monotonic() < deadline:
                self._wait(select.POLLIN, deadline - time.monotonic())
        except OSError:
            return  # it has gone: then nothing is on its way
        finally:
            self._connection.close()

    def _wait(self, what: int, seconds: float) -> None:
        poll = select.poll()
        poll.register(self._connection, what)
        if seconds <= 0 or not poll.poll(seconds * 1000):
            raise GoneError("nothing came for too long")


class Body(io.RawIOBase):
    """``wsgi.input``: as many bytes as the head announced, read from the socket as they are asked for.

    ``moved`` is told how many came, ``whole`` is called once the last of them is here.
    """

    def __init__(self, wire: Wire, head: Head, moved: Callable[[int], None], whole: Callable[[], None]) -> None:
        self._wire = wire
        self._left = head.length
        self._awaited = head.expects
        self._moved, self._whole = moved, whole
        if not self._left:
            whole()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` from what is left of the body. Raises `GoneError`."""
        if not self._left:
            return 0
        if self._awaited:
            self._awaited = False
            self._wire.send(_CONTINUE)
        data = self._wire.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        if self._left:
            self._moved(len(data))
        else:
            self._whole()
        return len(data)


def serve(connection: socket.socket, parent: int, end: socket.socket, application: Any, limits: Limits) -> None:
    """Be the child: answer the one request of ``connection`` and end this process."""
    code = 1
    try:
        system.end_with(parent)
        system.close_all_but((connection.fileno(), end.fileno()))
        system.signals_as_usual()
        os.setpgid(0, 0)
        os.nice(_NICE)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR, _PROCESSOR))
        converse(connection, Channel(end), application, limits)
        code = 0
    except OSError:
        code = 0  # who asked has gone; there is nobody to tell
    except BaseException as error:  # noqa: BLE001  # whatever it is: this process ends here, and tells only where
        tell(error)
    finally:
        os._exit(code)


def converse(connection: socket.socket, channel: Channel, application: Any, limits: Limits) -> None:
    """Read a request, let the application answer, send the answer. Raises OSError when the other side has gone."""
    wire = Wire(connection, time.monotonic() + limits.request_seconds, limits.gap_seconds)
    try:
        raw = wire.head(limits.head, limits.head_seconds)
        head = heads.parse(raw, longest=limits.head, fields=limits.fields, body=limits.body)
        body = cast(IO[bytes], io.BufferedReader(Body(wire, head, channel.moved, channel.turn), 65_536))
        extra = {"answerable.sessions": Sessions(channel)}
        answer = answers.answer(application, head, answers.environ(head, body, extra, threads=False))
        channel.over()
    except RefusedError as refused:
        answer = answers.refusal(refused)
    wire.send(answer)
    wire.finish()


def tell(error: BaseException) -> None:
    """Say on standard error what kind of thing failed where: never its message, which may hold what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "?"  # noqa: PTH119  # no Path here
    os.write(2, f"door: {type(error).__name__} at {place}\n".encode())
