"""How a child asks its parent: one message there, one back, over a pair of sockets that nobody else holds.

A message is one letter and its argument. ``G`` digest: get; ``P`` digest sealed: put; ``D`` digest: drop. The answer is
``+`` with what was asked for, or ``-``. ``T`` asks for a turn to compute, and is answered with ``+`` when it begins;
``E`` says that it is over, and is not answered; nor is ``M`` count (8 bytes): so many bytes of a body have come.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress

from answerable.intake.door.sessions import SessionError, Table

LONGEST = 1 + 32 + 65_536 + 2048
TURN, END, MOVED = b"T", b"E", b"M"
#: Seconds between two of these, so that somebody who sends byte by byte does not busy the parent.
_TOLD_EVERY = 0.5
_PATIENCE = 30.0


class Channel:
    """A child's end: the store of its sessions, and its turn to compute."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._end.settimeout(_PATIENCE)
        self._moved, self._told = 0, 0.0

    def moved(self, count: int) -> None:
        """Tell the parent now and then how much of a body has come: whoever brings nothing makes room first."""
        self._moved += count
        if time.monotonic() - self._told >= _TOLD_EVERY:
            with suppress(OSError):  # the parent has ended
                self._end.send(MOVED + self._moved.to_bytes(8, "big"))
            self._moved, self._told = 0, time.monotonic()

    def get(self, digest: bytes) -> bytes | None:
        """What the parent keeps under ``digest``."""
        return self._ask(b"G" + digest)

    def put(self, digest: bytes, sealed: bytes) -> None:
        """Let the parent keep ``sealed``. Raises `SessionError` when it has no room, or does not answer."""
        if self._ask(b"P" + digest + sealed) is None:
            raise SessionError("the session could not be kept", todo="send the page again")

    def drop(self, digest: bytes) -> None:
        """Let the parent forget it."""
        self._ask(b"D" + digest)

    def turn(self) -> None:
        """Wait until this child may compute: however long, since its answer must not be taken for that of another."""
        self._end.settimeout(None)
        self._ask(TURN)
        self._end.settimeout(_PATIENCE)

    def over(self) -> None:
        """Let others compute."""
        with suppress(OSError):  # the parent has ended
            self._end.send(END)

    def _ask(self, message: bytes) -> bytes | None:
        try:
            self._end.send(message)
            answer = self._end.recv(LONGEST)
        except OSError:
            return None  # the parent has ended, and every session with it
        return answer[1:] if answer[:1] == b"+" else None


def served(table: Table, message: bytes) -> bytes:
    """The parent's side: the answer to one message. Anything that is no message is refused."""
    letter, digest, rest = message[:1], message[1:33], message[33:]
    if len(digest) != 32 or len(message) >= LONGEST:
        return b"-"
    if letter == b"G" and not rest:
        found = table.get(digest)
        return b"-" if found is None else b"+" + found
    if letter == b"P" and rest:
        try:
            table.put(digest, rest)
        except SessionError:
            return b"-"
        return b"+"
    if letter == b"D" and not rest:
        table.drop(digest)
        return b"+"
    return b"-"
