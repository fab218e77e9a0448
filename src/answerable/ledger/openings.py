"""Opening keys at rest: wrapped with AES-256-GCM under a key that lies outside the database and its backups."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from answerable.ledger.errors import OpeningKeyError

SIZE = 32
_NONCE = 12
_CONTEXT = b"answerable/opening-key/v1\0"


class WrappingKey:
    """The key that wraps opening keys. Its ``repr`` shows nothing of it."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        if len(key) != SIZE:
            raise OpeningKeyError(f"a wrapping key has {SIZE} bytes, this one {len(key)}")
        self._cipher = AESGCM(key)

    def wrap(self, handle: str, key: bytes) -> bytes:
        """``key`` (32 bytes) encrypted and bound to ``handle``: a wrapped key moved to another row does not open."""
        if len(key) != SIZE:
            raise OpeningKeyError(f"an opening key has {SIZE} bytes, this one {len(key)}", where=handle)
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, key, _CONTEXT + handle.encode())

    def unwrap(self, handle: str, wrapped: bytes) -> bytes:
        """The key wrapped for ``handle``. Raises :class:`OpeningKeyError` when it was changed, moved, or wrapped by
        another key."""
        try:
            return self._cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _CONTEXT + handle.encode())
        except (InvalidTag, ValueError):
            raise OpeningKeyError(
                "the opening key does not unwrap: it was changed, moved, or wrapped under another key",
                where=handle,
                todo="see that keys/wrapping is the one this keys database was made with",
            ) from None


def read_secret(path: Path) -> bytes:
    """32 bytes from a file of 64 hex digits and a newline, readable by its owner alone.

    Raises :class:`OpeningKeyError` for any other content, or a wider mode.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_bytes()
    except OSError as error:
        raise OpeningKeyError(f"the key cannot be read: {error.strerror}", where=str(path)) from None
    if mode & 0o077:
        raise OpeningKeyError(f"others may read this key (mode {mode:04o})", where=str(path), todo="chmod 600 it")
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != SIZE:
        raise OpeningKeyError("a key of this kind is one line of 64 hex digits", where=str(path))
    return key


def write_secret(path: Path, key: bytes) -> None:
    """Write a key for :func:`read_secret`, mode 0600. Never overwrites: raises :class:`OpeningKeyError`."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(number, "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise OpeningKeyError("there is a key already, and it is not replaced", where=str(path)) from None
