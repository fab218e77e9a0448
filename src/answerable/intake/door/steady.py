"""A worker of the door: it stays, and answers what carries nothing in clear, one request per connection.

The parent hands it accepted sockets over a pair of sockets. Reading and writing are driven by events, so that a slow
client costs a file descriptor and never a thread; threads only run the application, on requests that have wholly come.
It reads exactly one request and no byte more (a plain report might hide behind it), and looks again at the path first.

Places are bounded. Where all are taken, whoever has no whole head goes first, and then whoever has brought or taken the
least of late (`pace`).
"""

from __future__ import annotations

import asyncio
import io
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from answerable.intake.door import answers, heads, system
from answerable.intake.door.heads import Collector, Head, RefusedError
from answerable.intake.door.limits import Limits
from answerable.intake.door.one_shot import GoneError, tell
from answerable.intake.door.pace import Pace
from answerable.intake.door.paths import ENOUGH, SEALED, Way, way
from answerable.intake.door.sessions import NoStore, Sessions

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_LINGER = 2.0
_AT_ONCE = 64


@dataclass(eq=False)
class _Held:
    """Somebody at a place: whether their head has come, and what they have brought and taken of late."""

    connection: socket.socket
    task: asyncio.Task[None] | None = None
    head: bool = False
    pace: Pace = field(default_factory=Pace)

    def worth(self) -> tuple[bool, float]:
        """Whoever has the least of this makes room."""
        return self.head, self.pace.worth()


def serve(parent: int, end: socket.socket, application: Any, limits: Limits) -> None:
    """Be the worker until the parent closes its end; then finish what is under way and end this process."""
    code = 1
    try:
        system.end_with(parent)
        system.close_all_but((end.fileno(),))
        system.signals_as_usual()
        os.setpgid(0, 0)
        asyncio.run(_Worker(end, application, limits).run())
        code = 0
    except BaseException as error:  # noqa: BLE001  # whatever it is: this process ends here, and another is started
        tell(error)
    finally:
        os._exit(code)


class _Worker:
    def __init__(self, end: socket.socket, application: Any, limits: Limits) -> None:
        self._end, self._application, self._limits = end, application, limits
        self._sealed = ThreadPoolExecutor(limits.threads)
        # Pages have threads of their own: nobody waits for a page behind all who knock with sealed bytes.
        self._pages = ThreadPoolExecutor(limits.page_threads)
        self._under_way: set[asyncio.Task[None]] = set()
        #: Those for whose other side we wait, to send or to take: the longest waiting first.
        self._waiting: dict[_Held, None] = {}

    async def run(self) -> None:
        """Take sockets until there are no more to come."""
        self._end.setblocking(False)
        while True:
            await _ready(self._end, None)
            try:
                _, descriptors, _, _ = socket.recv_fds(self._end, 1, _AT_ONCE)
            except BlockingIOError:
                continue
            if not descriptors:
                break
            for number in descriptors:
                self._make_room()
                held = _Held(socket.socket(fileno=number))
                self._waiting[held] = None
                held.task = task = asyncio.create_task(self._answer(held))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
                await asyncio.sleep(0)  # it reads what is here of it, before somebody else can take its place
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._limits.stop_seconds)

    def _make_room(self) -> None:
        """Let one of those go for whom we wait, where there are too many: each holds a descriptor and what it has sent,
        and somebody who sends a byte now and then, or takes one, could hold them all. Of several who brought as much,
        the longest waiting."""
        if len(self._under_way) >= self._limits.connections and self._waiting:
            least = min(self._waiting, key=_Held.worth)
            del self._waiting[least]
            if least.task is not None:
                least.task.cancel()

    async def _answer(self, held: _Held) -> None:
        held.connection.setblocking(False)
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                await self._converse(held)
        except (OSError, TimeoutError):
            return  # the other side has gone, or is too slow
        except Exception as error:  # noqa: BLE001  # one request's failure is not the others'
            tell(error)
        finally:
            self._waiting.pop(held, None)
            held.connection.close()

    async def _converse(self, held: _Held) -> None:
        loop = asyncio.get_running_loop()
        connection = held.connection
        try:
            head = await self._head(held)
            held.head = True
            body = await self._body(held, head)
            self._waiting.pop(held)
            pool = self._sealed if head.path.startswith(SEALED) else self._pages
            answer = await loop.run_in_executor(pool, self._run, head, body)
            self._waiting[held] = None
        except RefusedError as refused:
            answer = answers.refusal(refused)
        await self._send(held, answer)
        connection.shutdown(socket.SHUT_WR)
        async with asyncio.timeout(_LINGER):
            while system.drop_received(connection):
                await _ready(connection, _LINGER)

    def _run(self, head: Head, body: bytes) -> bytes:
        extra = {"answerable.sessions": Sessions(NoStore())}
        told = answers.environ(head, io.BytesIO(body), extra, threads=True)
        return answers.answer(self._application, head, told)

    async def _head(self, held: _Held) -> Head:
        limits, connection = self._limits, held.connection
        collected = Collector(limits.head)
        checked = False
        async with asyncio.timeout(limits.head_seconds):
            while wanted := collected.wanted():
                try:
                    part = connection.recv(wanted)
                except BlockingIOError:
                    await _ready(connection, limits.head_seconds)
                    continue
                if not part:
                    raise GoneError("the connection ended within the head")
                collected.add(part)
                held.pace.moved(len(part))
                if not checked and len(collected.data) >= ENOUGH:
                    checked = way(bytes(collected.data)) is Way.STEADY
                    if not checked:
                        raise RefusedError(400, "This page is not served here.")
        raw = bytes(collected.data)
        return heads.parse(raw, longest=limits.head, fields=limits.fields, body=limits.sealed_body)

    async def _body(self, held: _Held, head: Head) -> bytes:
        loop = asyncio.get_running_loop()
        if head.expects and head.length:
            await loop.sock_sendall(held.connection, _CONTINUE)
        parts: list[bytes] = []
        left = head.length
        while left:
            async with asyncio.timeout(self._limits.gap_seconds):
                part = await loop.sock_recv(held.connection, min(left, 1 << 16))
            if not part:
                raise GoneError("the connection ended within the body")
            parts.append(part)
            held.pace.moved(len(part))
            left -= len(part)
        return b"".join(parts)

    async def _send(self, held: _Held, answer: bytes) -> None:
        """All of it, to whoever takes some of it now and then."""
        rest = memoryview(answer)
        while rest:
            try:
                sent = held.connection.send(rest)
            except BlockingIOError:
                await _ready(held.connection, self._limits.gap_seconds * 2, writing=True)
                continue
            held.pace.moved(sent)
            rest = rest[sent:]


async def _ready(connection: socket.socket, seconds: float | None, *, writing: bool = False) -> None:
    """Wait until there is something to read, or room to write."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[None] = loop.create_future()
    watch, leave = (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)
    watch(connection, lambda: None if came.done() else came.set_result(None))
    try:
        async with asyncio.timeout(seconds):
            await came
    finally:
        leave(connection)
