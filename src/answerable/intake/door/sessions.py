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
_NONCE = 12
_INFO = b"answerable/session/v1"


class SessionError(AnswerableError):
    """A session that can't be: a cookie of another length, a secret too long, no room."""


class Store(Protocol):
    """Where ciphertext lies under the hash of a cookie."""

    def get(self, digest: bytes) -> bytes | None:
        """What lies there, if anything."""

    def put(self, digest: bytes, sealed: bytes) -> None:
        """Put it there, for half an hour."""

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
    """The parent's store: bounded in count and bytes, the longest unused going first; nothing in it can be read.

    ``clock`` gives seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float], *, seconds: float, most: int, most_bytes: int) -> None:
        self._clock = clock
        self._seconds = seconds
        self._most, self._most_bytes = most, most_bytes
        self._found: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._found)

    def get(self, digest: bytes) -> bytes | None:
        """What lies there. Using it begins its half hour again."""
        self.sweep()
        found = self._found.get(digest)
        if found is None:
            return None
        self._found[digest] = (self._clock(), found[1])
        self._found.move_to_end(digest)
        return found[1]

    def put(self, digest: bytes, sealed: bytes) -> None:
        """Put it there; the longest unused make room."""
        self.drop(digest)
        self._found[digest] = (self._clock(), sealed)
        self._bytes += len(sealed)
        self.sweep()
        while self._found and (len(self._found) > self._most or self._bytes > self._most_bytes):
            self.drop(next(iter(self._found)))

    def drop(self, digest: bytes) -> None:
        """Forget it."""
        found = self._found.pop(digest, None)
        if found is not None:
            self._bytes -= len(found[1])

    def sweep(self) -> None:
        """Forget what was not used for too long."""
        oldest = self._clock() - self._seconds
        while self._found:
            digest, (used, _) = next(iter(self._found.items()))
            if used > oldest:
                return
            self.drop(digest)


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
