"""Proof of work in place of a CAPTCHA: a little computing for every sealed delivery, more of it under load.

    challenge = nonce(16) | expiry(8) | bits(1) | HMAC-SHA256(key, what stands before)[:16]
    work      = challenge | c(8)
    proof     = Argon2id(subject || c, salt = nonce, m = 1,024 KiB, t = 1, p = 1): 32 bytes, the first ``bits`` bits 0

``subject`` is the SHA-256 of what is sent. Whoever sends pays a few milliseconds a try; the check costs one try.
Nothing is tied to an address.

What counts is how much is asked for when the work arrives: challenges that were gathered while nobody came are worth
nothing in a flood. Whoever is honest and slow is then given another, which asks for more, and never for more than
``MOST``: work of so many bits is enough however many come.
"""

from __future__ import annotations

import hmac
from collections import deque
from dataclasses import dataclass
from itertools import count

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from answerable.intake.errors import MalformedError, WorkError
from answerable.sealing.hpke import Rng

CHALLENGE_SIZE, WORK_SIZE, NONCE_SIZE = 41, 49, 16
#: Bits at rest and at most.
LEAST, MOST = 6, 10
TICK = 900
#: How many whole ticks a challenge lives at least: at rest, and while more than the least is asked for. Both leave time
#: to answer it on a slow phone and to send over a slow line.
_TICKS, _UNDER_LOAD = 4, 1
_MEMORY = 1024
_SIGNED = 25
_AGAIN = "get another challenge and answer it"


@dataclass(frozen=True)
class Spent:
    """What is kept of work that was used: its nonce, until the tick after which it cannot be used again."""

    nonce: bytes
    until: int


def challenge(key: bytes, now: int, bits: int, *, rng: Rng) -> bytes:
    """A challenge (41 bytes) that expires at the end of a tick: between 60 and 75 minutes from ``now``; between 15 and
    30 when it asks for more than the least."""
    expiry = (now // TICK + (_TICKS if bits <= LEAST else _UNDER_LOAD) + 1) * TICK
    head = rng(NONCE_SIZE) + expiry.to_bytes(8, "big") + bytes((bits,))
    return head + _mark(key, head)


def check(work: bytes, subject: bytes, key: bytes, now: int, least: int = 0) -> Spent:
    """Raises `WorkError` unless ``work`` answers a challenge of ours for ``subject`` (32 bytes) that has not expired.

    The challenge must ask for ``least`` bits, those of now, or for the most there are. Whether it was used before is
    for the database to say. What is refused for its challenge costs no derivation.
    """
    if len(work) != WORK_SIZE:
        raise WorkError("a proof of work belongs to this", todo=_AGAIN)
    head, marked, answer = work[:_SIGNED], work[_SIGNED:CHALLENGE_SIZE], work[CHALLENGE_SIZE:]
    if not hmac.compare_digest(_mark(key, head), marked):
        raise WorkError("the challenge is not one of ours", todo=_AGAIN)
    nonce, expiry, bits = head[:NONCE_SIZE], int.from_bytes(head[NONCE_SIZE:24], "big"), head[24]
    if expiry <= now:
        raise WorkError("the challenge is too old", todo=_AGAIN)
    if bits < min(least, MOST):
        raise WorkError("more people send now than when this was begun: more work is asked for", todo=_AGAIN)
    if not is_enough(proof(subject, nonce, answer), bits):
        raise WorkError("the proof of work is not of this delivery, or too small", todo=_AGAIN)
    return Spent(nonce, expiry // TICK)


def proof(subject: bytes, nonce: bytes, answer: bytes) -> bytes:
    """The 32 bytes whose leading zeros count."""
    kdf = Argon2id(salt=nonce, length=32, iterations=1, lanes=1, memory_cost=_MEMORY)
    return kdf.derive(subject + answer)


def is_enough(proved: bytes, bits: int) -> bool:
    """Whether a proof begins with ``bits`` zero bits."""
    return int.from_bytes(proved, "big") >> (8 * len(proved) - bits) == 0


def solve(challenge: bytes, subject: bytes) -> bytes:
    """The work (49 bytes) that answers a challenge: 2**bits tries in the mean. Raises `MalformedError`."""
    if len(challenge) != CHALLENGE_SIZE or challenge[24] > 32:
        raise MalformedError("this is not a challenge that can be answered")
    for number in count():
        answer = number.to_bytes(8, "big")
        if is_enough(proof(subject, challenge[:NONCE_SIZE], answer), challenge[24]):
            return challenge + answer
    raise AssertionError  # count never ends


def _mark(key: bytes, head: bytes) -> bytes:
    return hmac.digest(key, head, "sha256")[:16]


class Load:
    """How many deliveries came in the last ten seconds, of one process; and so how much work is asked for."""

    _WINDOW = 10.0
    #: Deliveries in the window up to which ``LEAST`` bits are enough; each doubling asks for one more.
    _REST = 200

    def __init__(self) -> None:
        self._seen: deque[float] = deque(maxlen=self._REST << (MOST - LEAST))

    def count(self, moment: float) -> None:
        """Count one delivery at ``moment`` (seconds of a clock that only goes on)."""
        self._seen.append(moment)

    def bits(self, moment: float) -> int:
        """The bits that a challenge made at ``moment`` asks for."""
        while self._seen and self._seen[0] < moment - self._WINDOW:
            self._seen.popleft()
        return min(MOST, LEAST + (len(self._seen) // self._REST).bit_length())
