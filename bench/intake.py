"""The door's headline figures: sealed reports a second, beside bare inserts of the same bytes behind the same server.

    python -m bench.intake [--reports 600] [--clients 8]

Exits 1 when a gate is missed: 50 reports a second, 95 of 100 under half a second, half the rate of bare inserts, none
lost. SQLite with synchronous=FULL, on the disk that holds the temporary folder.
"""

from __future__ import annotations

import argparse
import http.client
import os
import secrets
import signal
import socket
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402  # Django is set up first
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connections  # noqa: E402
from django.urls import include, path  # noqa: E402
from tests.intake.processes import behind, database, prepare  # noqa: E402
from tests.intake.world import Person, World, counts, give_indices, solved  # noqa: E402

from answerable.intake import actions, work  # noqa: E402
from answerable.intake.door import serve  # noqa: E402
from answerable.sealing import envelope  # noqa: E402
from answerable.sealing.envelope import Channel  # noqa: E402

urlpatterns = [path("api/", include("answerable.intake.api.urls"))]
RATE, SLOWEST, RATIO = 50.0, 0.5, 0.5
#: Bits of a code, and seconds in a year: what guessing at the lookup takes.
CODE_BITS, YEAR = 90, 31_557_600


class Bare:
    """The peer: a WSGI application that puts each body into one table, one commit each, and answers 201."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._local = threading.local()
        self._writing = threading.Lock()
        with self._connection() as made:
            made.execute("PRAGMA journal_mode=WAL")
            made.execute("CREATE TABLE body (id BLOB PRIMARY KEY, data BLOB NOT NULL)")

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection") or self._local.pid != os.getpid():
            self._local.connection = sqlite3.connect(self._place, timeout=30)
            self._local.connection.execute("PRAGMA synchronous=FULL")
            self._local.pid = os.getpid()
        made: sqlite3.Connection = self._local.connection
        return made

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        data = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        with self._writing, self._connection() as connection:
            connection.execute("INSERT INTO body VALUES (?, ?)", (secrets.token_bytes(16), data))
        start("201 Created", [("Content-Type", "application/octet-stream"), ("Content-Length", "0")])
        return [b""]


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def served(application: Any, deliveries: list[bytes], clients: int, where: str) -> tuple[float, list[float], list[int]]:
    """Send every delivery to ``application`` behind the door: seconds in all, seconds of each, their statuses."""
    port = free_port()
    connections.close_all()
    child = os.fork()
    if not child:
        with suppress(BaseException):  # a child never returns from here
            serve(application, "127.0.0.1", port, say=lambda _text: None)
        os._exit(0)
    try:
        _wait(port)
        return _send(port, deliveries, clients, where)
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def _wait(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


def _send(port: int, deliveries: list[bytes], clients: int, where: str) -> tuple[float, list[float], list[int]]:
    waiting, took, statuses = list(deliveries), list[float](), list[int]()

    def client() -> None:
        while True:
            try:
                data = waiting.pop()
            except IndexError:
                return
            began = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("POST", where, data, {"Content-Type": "application/octet-stream"})
            answer = connection.getresponse()
            answer.read()
            connection.close()
            took.append(time.perf_counter() - began)
            statuses.append(answer.status)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, took, statuses


def made(world: World, number: int) -> tuple[list[Person], list[bytes]]:
    """People and what they send, with their proof of work."""
    people = [Person(world) for _ in range(number)]
    sent = []
    for person in people:
        report = person.envelope(channel=Channel.WEB)
        sent.append(person.delivery(report, worked=solved(envelope.encode(report), int(time.time()))))
    return people, sent


def carried() -> float:
    """Submissions a second that carry takes from a full queue."""
    give_indices()
    number, began = 0, time.perf_counter()
    while (out := actions.next_outgoing()) is not None:
        actions.mark_carried(out.id)
        number += 1
    return number / (time.perf_counter() - began)


def main() -> int:
    """Measure, print, and say whether every gate holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=600)
    parser.add_argument("--clients", type=int, default=8)
    chosen = parser.parse_args()
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, ["answerable.intake.middleware.Traceless"]
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        world = World(Path(name) / "world")
        with world.in_force(), behind(database(Path(name) / "intake.db") | {"CONN_MAX_AGE": None}):
            return _measured(Path(name), world, chosen.reports, chosen.clients)


def _measured(folder: Path, world: World, number: int, clients: int) -> int:
    prepare("intake")
    began = time.perf_counter()
    people, sent = made(world, number)
    making = time.perf_counter() - began
    bare, bare_each, _ = served(Bare(folder / "bare.db"), sent, clients, "/api/reports/")
    took, each, statuses = served(get_wsgi_application(), sent, clients, "/api/reports/")
    kept = counts()["submission"]
    misses = [bytes((0,)) + secrets.token_bytes(64) for _ in range(number)]
    guessing, _, missed = served(get_wsgi_application(), misses, clients, "/api/box/")
    rate, peers, slow = number / took, number / bare, statistics.quantiles(each, n=20)[-1]
    guesses = number / guessing
    making_each, bare_slow = making / number * 1e3, statistics.quantiles(bare_each, n=20)[-1]
    years = 2 ** (CODE_BITS - 1) / guesses / YEAR
    print(
        f"{number} reports of {len(sent[0]) / 1000:.0f} kB, {clients} clients; sealing, proof {making_each:.0f} ms each"
    )
    print(f"reports       {rate:8.1f}/s   p95 {slow * 1e3:6.1f} ms   kept {kept}, acknowledged {statuses.count(201)}")
    print(f"bare inserts  {peers:8.1f}/s   p95 {bare_slow * 1e3:6.1f} ms   ratio {rate / peers:.2f}")
    print(f"carried       {carried():8.1f}/s")
    print(f"wrong codes   {guesses:8.1f}/s   {years:.1e} years for one code of {CODE_BITS} bits, in the mean")
    print(f"proof of work {work.LEAST} to {work.MOST} bits")
    gates = {
        f"{RATE:.0f} reports a second": rate >= RATE,
        f"95 of 100 within {SLOWEST} s": slow < SLOWEST,
        f"{RATIO} of bare inserts": rate / peers >= RATIO,
        "none lost": kept == statuses.count(201) == len(people),
        "guesses open nothing": missed.count(404) == number,
    }
    for gate, held in gates.items():
        print(f"{'holds ' if held else 'MISSED'} {gate}")
    return 0 if all(gates.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
