"""Secrets of a panel member in a file that a passphrase opens.

    key    = as of a person's keys: Argon2id(passphrase, salt of 16 bytes, m = 131,072 KiB, t = 3, p = 1), 32 bytes
    sealed = AES-256-GCM(key, nonce of 12 bytes, the secret, aad = the file's other members in their one spelling)

What stands beside the secret (whose it is, of which key) is thereby authenticated: a share cannot be passed off as
another's. Writing and permissions are the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from answerable.sealing import exact
from answerable.sealing.errors import PassphraseError, SealingError
from answerable.sealing.hpke import Rng, drawn
from answerable.sealing.persons import SALT_SIZE, key_of

_NONCE = 12
#: A passphrase that guards a share is at least this long: six words of a word list, or 16 characters of any kind.
LEAST = 16
MOST_FILE = 16_384
_MOST_SECRET = 1_024


def lock(secret: bytes, kind: str, public: Mapping[str, Any], passphrase: str, *, rng: Rng) -> bytes:
    """The file of a secret of this ``kind``, with the ``public`` members beside it. Raises SealingError."""
    if len(" ".join(passphrase.split())) < LEAST:
        raise SealingError(
            f"a passphrase has at least {LEAST} characters", todo="take six words drawn by chance from a word list"
        )
    salt, nonce = drawn(rng, SALT_SIZE), drawn(rng, _NONCE)
    head = {**public, "v": 1, "kind": kind, "salt": exact.base64(salt), "nonce": exact.base64(nonce)}
    sealed = AESGCM(key_of(passphrase, salt)).encrypt(nonce, secret, exact.encode(head))
    return exact.encode({**head, "sealed": exact.base64(sealed)})


def read(data: bytes, what: str, kind: str, names: tuple[str, ...]) -> exact.Members:
    """The members of such a file, unopened. Raises SealingError."""
    return exact.decode(data, what, kind, (*names, "salt", "nonce", "sealed"), MOST_FILE)


def unlock(members: exact.Members, passphrase: str) -> bytes:
    """The secret of a file that `read` gave. Raises PassphraseError when the passphrase does not open it."""
    salt, nonce = members.data("salt", SALT_SIZE), members.data("nonce", _NONCE)
    if len(salt) != SALT_SIZE or len(nonce) != _NONCE:
        raise members.problem("salt", f"{SALT_SIZE} bytes, and “nonce” {_NONCE}")
    sealed = members.data("sealed", _MOST_SECRET + 16)
    head = {name: value for name, value in members.items() if name != "sealed"}
    try:
        return AESGCM(key_of(passphrase, salt)).decrypt(nonce, sealed, exact.encode(head))
    except InvalidTag:
        raise PassphraseError("this passphrase does not open this file, or the file was altered") from None
