"""The reporter party behind its own door, in processes of its own; those who knock on it; and the bare peer."""

from __future__ import annotations

import http.client
import os
import resource
import signal
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from answerable.intake.door import serve
from answerable.intake.views.warming import warm
from bench.intake_peers import Peer

OCTETS = {"Content-Type": "application/octet-stream"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://localhost"}
#: Pages that anybody else looks at meanwhile.
PAGES = ("/", "/readers/", "/how/")


@dataclass
class Served:
    """A running door. ``processor``: seconds of a processor that it used, once it has ended."""

    port: int
    child: int
    processor: float = 0.0

    def kill(self) -> None:
        """End it as a power cut would: the workers end with their parent."""
        os.kill(self.child, signal.SIGKILL)


@contextmanager
def behind_the_door(application: Any) -> Iterator[Served]:
    """Serve ``application`` as `answerable run reporter` does, until the block ends."""
    connections.close_all()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    before = _processor()
    child = os.fork()
    if not child:
        settings.ANSWERABLE_REPORTER = ("intake",)  # this process alone has no more than the reporter's rights
        with suppress(BaseException):  # a child never returns from here
            if not isinstance(application, Peer):
                warm(application)
            serve(application, "127.0.0.1", port, say=lambda _text: None)
        os._exit(0)
    made, begun = Served(port, child), 0.0
    try:
        _wait(port)
        begun = _used_by(child)
        yield made
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        made.processor = _processor() - before - begun


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _used_by(child: int) -> float:
    """Seconds of a processor that a process itself has used so far: to start, and to make pages once."""
    fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait(port: int) -> None:
    for _ in range(400):
        with suppress(OSError):
            if ask(port, "GET", "/api/challenge/").status:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes = b""
    cookie: str = ""
    location: str = ""


def ask(port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
    """One request, one connection. Raises OSError or HTTPException when no answer comes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body or None, {"Host": "localhost", **(headers or {})})
        answer = connection.getresponse()
        cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
        return Answer(answer.status, answer.read(), cookie, answer.getheader("Location") or "")
    finally:
        connection.close()


@dataclass
class Run:
    """What many requests took: seconds in all, of each, and their answers by number (None: none came)."""

    seconds: float = 0.0
    each: list[float] = field(default_factory=list)
    answers: dict[int, Answer | None] = field(default_factory=dict)

    def count(self, status: int) -> int:
        """How many were answered so."""
        return sum(answer is not None and answer.status == status for answer in self.answers.values())

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.each) / self.seconds

    @property
    def slow(self) -> float:
        """What 95 of 100 stay below, in seconds."""
        return statistics.quantiles(self.each, n=20)[-1] if len(self.each) > 1 else float("inf")


def many(works: dict[int, Callable[[], Answer]], clients: int, *, seconds: float = float("inf")) -> Run:
    """Do all ``works`` (or those that fit into ``seconds``) by so many clients at a time."""
    run, waiting, began = Run(), list(works.items()), time.perf_counter()

    def client() -> None:
        while time.perf_counter() - began < seconds:
            try:
                number, work = waiting.pop()
            except IndexError:
                return
            start = time.perf_counter()
            try:
                run.answers[number] = work()
                run.each.append(time.perf_counter() - start)
            except (OSError, http.client.HTTPException):
                run.answers[number] = None

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.seconds = time.perf_counter() - began
    return run


@contextmanager
def others_look(port: int) -> Iterator[Run]:
    """Somebody else looks at pages meanwhile, twenty times a second."""
    run, over = Run(), threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            start = time.perf_counter()
            answer = ask(port, "GET", PAGES[len(run.each) % len(PAGES)])
            if answer.status != 200:
                raise RuntimeError(f"a page answered {answer.status}")
            run.each.append(time.perf_counter() - start)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield run
    finally:
        over.set()
        thread.join()
