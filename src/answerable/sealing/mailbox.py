"""The credentials of a mailbox: what a code's key becomes on the server, and how it opens the reporter's key."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from answerable.sealing.codes import BOXES, keys, wrap_key
from answerable.sealing.errors import OpenError, SealingError
from answerable.sealing.hpke import TAG_SIZE, Rng, drawn, public_of
from answerable.sealing.place import DEPLOYMENT_SIZE
from answerable.sealing.reading import Reader
from answerable.sealing.values import PKCS8_SIZE, from_pkcs8, pkcs8

SALT_SIZE = 16
WRAPPED_SIZE = PKCS8_SIZE + TAG_SIZE
CREDENTIALS_SIZE = 178
_CONTEXT = b"answerable/code/key/v1\0"
#: A wrapping key is used once, since every change of the code comes with a new salt.
_NONCE = bytes(12)


@dataclass(frozen=True)
class Credentials:
    """What opens a mailbox: ``l`` and ``auth`` (32 bytes each), salt, the reporter's wrapped key and her public key.

    ``one_time`` means that someone else knows the code: it must be changed at the first return.
    """

    box: int
    one_time: bool
    l: bytes = field(repr=False)  # noqa: E741 - the name it has in the formulas
    auth: bytes = field(repr=False)
    salt: bytes
    wrapped: bytes
    public: bytes

    def __post_init__(self) -> None:
        if self.box not in BOXES:
            raise SealingError(f"{self.box} is no kind of mailbox")
        sizes = (len(self.l), len(self.auth), len(self.salt), len(self.wrapped), len(self.public))
        if sizes != (32, 32, SALT_SIZE, WRAPPED_SIZE, 32):
            raise SealingError("the parts of a mailbox's credentials have other lengths than these")

    def carried(self) -> Self:
        """The credentials as a draft holds them: SHA-256 of ``auth`` in its place, which is what the server keeps.

        Whoever carries a draft in can make the mailbox with it, and then neither open it nor change it.
        """
        return replace(self, auth=sha256(self.auth).digest())

    def encode(self) -> bytes:
        """``box(1) one_time(1) l(32) auth(32) salt(16) wrapped(64) public(32)``: 178 bytes."""
        head = bytes((self.box, self.one_time))
        return head + self.l + self.auth + self.salt + self.wrapped + self.public

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The credentials of 178 bytes. Raises SealingError for any other bytes."""
        reader = Reader(data, "the mailbox's credentials")
        box, one_time = reader.number(1), reader.number(1)
        if one_time > 1:
            raise SealingError("a mailbox's code is for one time or not: 1 or 0")
        parts = [reader.take(size) for size in (32, 32, SALT_SIZE, WRAPPED_SIZE, 32)]
        reader.end()
        return cls(box, bool(one_time), *parts)


def _aad(deployment: bytes, box: int, salt: bytes) -> bytes:
    if len(deployment) != DEPLOYMENT_SIZE or len(salt) != SALT_SIZE or box not in BOXES:
        raise SealingError("a mailbox has a deployment of 32 bytes, a salt of 16 and a box of 0 or 1")
    return _CONTEXT + deployment + bytes((box,)) + salt


def make_credentials(
    key: bytes, deployment: bytes, box: int, private: bytes, *, one_time: bool, rng: Rng
) -> Credentials:
    """The credentials of a new mailbox, or of an old one whose code changes: the salt is always new.

    ``key`` is the code's key of `codes.derive`; ``private`` the reporter's private key. Raises SealingError.
    """
    salt = drawn(rng, SALT_SIZE)
    aad = _aad(deployment, box, salt)
    wrapped = AESGCM(wrap_key(key, box, salt)).encrypt(_NONCE, pkcs8(private), aad)
    found = keys(key, box)
    return Credentials(box, one_time, found.l, found.auth, salt, wrapped, public_of(private))


def open_private(key: bytes, deployment: bytes, box: int, salt: bytes, wrapped: bytes) -> bytes:
    """The reporter's private key (32 bytes). Raises OpenError when the code is another, or the key was moved."""
    aad = _aad(deployment, box, salt)
    try:
        plain = AESGCM(wrap_key(key, box, salt)).decrypt(_NONCE, wrapped, aad)
    except (InvalidTag, ValueError):
        raise OpenError("the mailbox's key does not open with this code") from None
    return from_pkcs8(plain)
