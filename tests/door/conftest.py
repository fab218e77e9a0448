"""A door in a process of its own, with real sockets on the loopback address."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Answer:
    status: int
    head: str
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Door:
    process: subprocess.Popen[str]
    port: int
    log: Path

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def raw(self, data: bytes) -> Answer:
        """Send bytes as they are, and read to the end."""
        with self.connect() as connection:
            connection.sendall(data)
            return read(connection)

    def ask(self, method: str, path: str, body: bytes = b"", **fields: str) -> Answer:
        return self.raw(request(method, path, body, **fields))

    def children(self, of: int | None = None) -> list[int]:
        """The processes that a process has started."""
        number = of or self.process.pid
        found = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        return [int(word) for word in found]


def request(method: str, path: str, body: bytes = b"", **fields: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def read(connection: socket.socket) -> Answer:
    data = b""
    while part := connection.recv(65_536):
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    assert head, "the connection ended without an answer"
    return Answer(int(head.split()[1]), head.decode("latin-1"), body)


def ended(connection: socket.socket) -> bool:
    """Whether the other side ends the connection without a word."""
    try:
        return connection.recv(65_536) == b""
    except ConnectionResetError:
        return True


def until(true: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def open_door(tmp_path: Path) -> Iterator[Callable[..., Door]]:
    """Start a door with these limits; it ends with the test."""
    yield from _opened(tmp_path)


@pytest.fixture(scope="module")
def shared_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """One door for many requests that leave it as it is."""
    for start in _opened(tmp_path_factory.mktemp("door")):
        yield start(workers=1)


def _opened(tmp_path: Path) -> Iterator[Callable[..., Door]]:
    doors: list[Door] = []

    def start(**limits: float) -> Door:
        log = tmp_path / f"door-{len(doors)}.log"
        with log.open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.door.site", json.dumps(limits)],
                stdout=subprocess.PIPE,
                stderr=err,
                text=True,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
            )
        assert process.stdout is not None
        port = int(process.stdout.readline())
        door = Door(process, port, log)
        doors.append(door)
        assert until(lambda: len(door.children()) == limits.get("workers", 2)), log.read_text()
        return door

    yield start
    for door in doors:
        door.process.send_signal(signal.SIGTERM)
        try:
            door.process.wait(15)
        finally:
            door.process.kill()
            if door.process.stdout:
                door.process.stdout.close()
