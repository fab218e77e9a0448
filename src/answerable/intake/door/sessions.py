"""Sessions of a person without script: what the parent keeps can't be read without the cookie that she holds.

A child turns her cookie (32 random bytes) into two things: SHA-256 of it, under which the parent finds the session,
and a key that the parent never sees, under which the session is encrypted. The parent holds ciphertext, in memory
alone, until 30 minutes after the last use, and a restart ends all sessions.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from answerable.errors import AnswerableError

COOKIE = 32
#: The longest secret; with its length in front it is padded to whole steps, so that the parent learns no more.
LONGEST = 65_532
_STEP = 1024
#: What nearly every session fits into, sealed: each counts as so much at least, so that what is small has room in its
#: own place however full it is.
SMALL = 4096
_NONCE = 12
_INFO = b"answerable/session/v1"

_Found = OrderedDict[bytes, tuple[float, bytes]]


class SessionError(AnswerableError):
    """A session that can't be: a cookie of another length, a secret too long, no room."""


class Store(Protocol):
    """Where ciphertext lies under the hash of a cookie."""

    def get(self, digest: bytes) -> bytes | None:
        """What lies there, if anything."""

    def put(self, digest: bytes, sealed: bytes) -> None:
        """Put it there, for half an hour. Raises `SessionError` where it cannot be kept."""

    def drop(self, digest: bytes) -> None:
        """Forget it."""


class Sessions:
    """``environ["answerable.sessions"]``: read, write and drop what belongs to a cookie."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, cookie: bytes) -> bytes | None:
        """The secret of this cookie; None when there is none, it is too old, or the cookie is no cookie."""
        if len(cookie) != COOKIE:
            return None
        digest = sha256(cookie).digest()
        sealed = self._store.get(digest)
        if sealed is None:
            return None
        try:
            padded = _cipher(cookie).decrypt(sealed[:_NONCE], sealed[_NONCE:], digest)
        except (InvalidTag, ValueError):
            return None
        return padded[4 : 4 + int.from_bytes(padded[:4], "big")]

    def write(self, cookie: bytes, secret: bytes) -> None:
        """Keep ``secret`` under this cookie for 30 minutes from its last use. Raises `SessionError`."""
        if len(cookie) != COOKIE:
            raise SessionError(f"a cookie has {COOKIE} bytes, this one {len(cookie)}")
        if len(secret) > LONGEST:
            raise SessionError(f"a session holds {LONGEST:,} bytes at most")
        digest = sha256(cookie).digest()
        data = len(secret).to_bytes(4, "big") + secret
        padded = data + bytes(-len(data) % _STEP)
        nonce = secrets.token_bytes(_NONCE)
        self._store.put(digest, nonce + _cipher(cookie).encrypt(nonce, padded, digest))

    def drop(self, cookie: bytes) -> None:
        """Forget what belongs to this cookie. Does nothing when there is nothing."""
        if len(cookie) == COOKIE:
            self._store.drop(sha256(cookie).digest())


def _cipher(cookie: bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), 32, salt=None, info=_INFO).derive(cookie))


class Table:
    """The parent's store: bounded in bytes; nothing in it can be read.

    Nobody who comes pushes out somebody who is here. Where it is full, the large ones go first, the longest unused of
    them; then those that were not used for ``kept`` seconds. Where there are none, a new one is not kept, and is told:
    to fill it somebody must make as many of the same size, and use each of them again and again.

    ``clock`` gives seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float], *, seconds: float, kept: float, most_bytes: int) -> None:
        self._clock = clock
        self._seconds, self._kept = seconds, kept
        self._most_bytes = most_bytes
        self._small: _Found = OrderedDict()
        self._large: _Found = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._small) + len(self._large)

    def get(self, digest: bytes) -> bytes | None:
        """What lies there. Using it begins its half hour again."""
        self.sweep()
        for several in (self._small, self._large):
            if digest in several:
                sealed = several[digest][1]
                several[digest] = (self._clock(), sealed)
                several.move_to_end(digest)
                return sealed
        return None

    def put(self, digest: bytes, sealed: bytes) -> None:
        """Put it there, in place of what lay there. Raises `SessionError` where there is no room: then that lies there
        still. For what is small, in place of what was there, there always is."""
        self.sweep()
        before = self._taken(digest)
        self._add(digest, sealed)
        if self._fits(digest):
            return
        self._taken(digest)
        if before is not None:
            self._add(digest, before)
        raise SessionError("there is no room for another session", todo="wait a minute, and send the page again")

    def drop(self, digest: bytes) -> None:
        """Forget it."""
        self._taken(digest)

    def sweep(self) -> None:
        """Forget what was not used for too long."""
        oldest = self._clock() - self._seconds
        for several in (self._small, self._large):
            while several:
                digest, (used, _) = next(iter(several.items()))
                if used > oldest:
                    break
                self._taken(digest)

    def _fits(self, new: bytes) -> bool:
        """Whether there is room for the ``new`` one, once those have gone that may go for it."""
        while self._bytes > self._most_bytes:
            if self._large:
                digest = next(iter(self._large))
            else:
                digest, (used, _) = next(iter(self._small.items()))
                if used > self._clock() - self._kept:
                    return False
            if digest == new:
                return False
            self._taken(digest)
        return True

    def _add(self, digest: bytes, sealed: bytes) -> None:
        several = self._small if len(sealed) <= SMALL else self._large
        several[digest] = (self._clock(), sealed)
        self._bytes += max(SMALL, len(sealed))

    def _taken(self, digest: bytes) -> bytes | None:
        found = self._small.pop(digest, None) or self._large.pop(digest, None)
        if found is None:
            return None
        self._bytes -= max(SMALL, len(found[1]))
        return found[1]


class NoStore:
    """The store of a steady worker, which no session ever reaches."""

    def get(self, digest: bytes) -> bytes | None:  # noqa: ARG002  # a Store's own parameters
        """Nothing lies here."""
        return None

    def put(self, digest: bytes, sealed: bytes) -> None:  # noqa: ARG002  # likewise
        """Raises `SessionError`: a page that needs a session isn't one of the steady paths."""
        raise SessionError("a steady process keeps no sessions", todo="serve this path from a child")

    def drop(self, digest: bytes) -> None:  # likewise
        """There is nothing to forget."""
