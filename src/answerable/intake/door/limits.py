"""How much of everything the door gives to whoever knocks. Nothing here is keyed to an address."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """Counts, bytes and seconds.

    ``children``, ``workers``: how many at most; ``computing``: how many of the children compute at a time, while the
    others wait or listen. Of a worker: ``threads`` for sealed bytes, ``page_threads`` for pages and files,
    ``connections``: how many at a time. ``waiting``: connections that have not been given to a process yet. ``head``,
    ``fields``: the largest head and its fields.
    ``body``, ``sealed_body``: the largest body that a child and a worker takes.

    ``knock_seconds``: until the first bytes; ``head_seconds``: until the whole head; ``gap_seconds``: between two
    pieces of a body; ``request_seconds``: for the whole of a request; ``queue_seconds``: for a free child;
    ``patience_seconds``: after which one of the children makes room when all are taken; ``turn_seconds``: for which
    one that computes keeps others from it; ``stop_seconds``: for what is under way when the door closes.
    ``session_bytes``, ``session_seconds``: what the parent keeps, and how long after its last use; ``session_kept``:
    for which nobody else takes its place. There is room for more than the processors make in that time.
    """

    children: int = 32
    computing: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    workers: int = 2
    threads: int = 4
    page_threads: int = 2
    connections: int = 256
    waiting: int = 512
    head: int = 16_384
    fields: int = 64
    body: int = 64 * 1024 * 1024
    sealed_body: int = 2 * 1024 * 1024
    knock_seconds: float = 10.0
    head_seconds: float = 15.0
    gap_seconds: float = 30.0
    request_seconds: float = 900.0
    queue_seconds: float = 20.0
    patience_seconds: float = 60.0
    turn_seconds: float = 1.0
    stop_seconds: float = 10.0
    session_bytes: int = field(default_factory=lambda: len(os.sched_getaffinity(0)) * 128 * 1024 * 1024)
    session_seconds: float = 30 * 60.0
    session_kept: float = 5 * 60.0
