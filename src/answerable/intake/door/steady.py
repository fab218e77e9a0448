"""A worker of the door: it stays, and answers what carries nothing in clear, one request per connection.

The parent hands it accepted sockets over a pair of sockets. Reading and writing are driven by events, so that a slow
client costs a file descriptor and never a thread; threads only run the application, on requests that have wholly come.
It reads exactly one request and no byte more (a plain report might hide behind it), and looks again at the path first.
"""

from __future__ import annotations

import asyncio
import io
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from answerable.intake.door import answers, heads, system
from answerable.intake.door.heads import Collector, Head, RefusedError
from answerable.intake.door.limits import Limits
from answerable.intake.door.one_shot import GoneError, tell
from answerable.intake.door.paths import ENOUGH, SEALED, Way, way
from answerable.intake.door.sessions import NoStore, Sessions

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_LINGER = 2.0
_AT_ONCE = 64


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
        self._waiting: dict[socket.socket, asyncio.Task[None]] = {}

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
                connection = socket.socket(fileno=number)
                self._make_room()
                self._waiting[connection] = task = asyncio.create_task(self._answer(connection))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._limits.stop_seconds)

    def _make_room(self) -> None:
        """Let the longest of those go for whom we wait, where there are too many: each holds a descriptor and what it
        has sent, and somebody who sends a byte now and then, or takes one, could hold them all."""
        if len(self._under_way) >= self._limits.connections and self._waiting:
            slow = next(iter(self._waiting))
            self._waiting.pop(slow).cancel()

    async def _answer(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                await self._converse(connection)
        except (OSError, TimeoutError):
            return  # the other side has gone, or is too slow
        except Exception as error:  # noqa: BLE001  # one request's failure is not the others'
            tell(error)
        finally:
            self._waiting.pop(connection, None)
            connection.close()

    async def _converse(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            head = await self._head(connection)
            body = await self._body(connection, head)
            task = self._waiting.pop(connection)
            pool = self._sealed if head.path.startswith(SEALED) else self._pages
            answer = await loop.run_in_executor(pool, self._run, head, body)
            self._waiting[connection] = task
        except RefusedError as refused:
            answer = answers.refusal(refused)
        async with asyncio.timeout(self._limits.gap_seconds * 2):
            await loop.sock_sendall(connection, answer)
        connection.shutdown(socket.SHUT_WR)
        async with asyncio.timeout(_LINGER):
            while system.drop_received(connection):
                await _ready(connection, _LINGER)

    def _run(self, head: Head, body: bytes) -> bytes:
        extra = {"answerable.sessions": Sessions(NoStore())}
        told = answers.environ(head, io.BytesIO(body), extra, threads=True)
        return answers.answer(self._application, head, told)

    async def _head(self, connection: socket.socket) -> Head:
        limits = self._limits
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
                if not checked and len(collected.data) >= ENOUGH:
                    checked = way(bytes(collected.data)) is Way.STEADY
                    if not checked:
                        raise RefusedError(400, "This page is not served here.")
        raw = bytes(collected.data)
        return heads.parse(raw, longest=limits.head, fields=limits.fields, body=limits.sealed_body)

    async def _body(self, connection: socket.socket, head: Head) -> bytes:
        loop = asyncio.get_running_loop()
        if head.expects and head.length:
            await loop.sock_sendall(connection, _CONTINUE)
        parts: list[bytes] = []
        left = head.length
        while left:
            async with asyncio.timeout(self._limits.gap_seconds):
                part = await loop.sock_recv(connection, min(left, 1 << 16))
            if not part:
                raise GoneError("the connection ended within the body")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)


async def _ready(connection: socket.socket, seconds: float | None) -> None:
    """Wait until there is something to read."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[None] = loop.create_future()
    loop.add_reader(connection, lambda: None if came.done() else came.set_result(None))
    try:
        async with asyncio.timeout(seconds):
            await came
    finally:
        loop.remove_reader(connection)
