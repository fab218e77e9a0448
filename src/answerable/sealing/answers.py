"""What the office answers, signed: values that go into a reporter's mailbox, and new keys of her compartments.

HPKE in base mode lets anybody seal to a public key, whoever keeps the mailboxes included. So what carry delivers bears
an Ed25519 signature (RFC 8032) over ciphertext and place, under a key that the readers' note names:

    value:  "answerable/answer/v1\\0" | place(56) | SHA-256(sealed)
    epoch:  "answerable/answer-epoch/v1\\0" | deployment(32) | record kind(1) | record(16) | compartment(1) | epoch(4)
            | public(32)

A value signed for one place verifies at no other; an epoch signed for one record, for no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from answerable.sealing.errors import SealingError
from answerable.sealing.hpke import KEY_SIZE
from answerable.sealing.place import Field, Place

SIGNATURE_SIZE = 64
_VALUE = b"answerable/answer/v1\0"
_EPOCH = b"answerable/answer-epoch/v1\0"


def _value(place: Place, sealed: bytes) -> bytes:
    if place.field is Field.NONE:
        raise SealingError("a value has a field")
    return _VALUE + place.encode() + sha256(sealed).digest()


def _epoch(place: Place, epoch: int, public: bytes) -> bytes:
    if place.field is not Field.NONE or place.version:
        raise SealingError("the place of an epoch has no field and version 0")
    if not 0 <= epoch < 1 << 32 or len(public) != KEY_SIZE:
        raise SealingError(f"an epoch is from 0 to 2**32 - 1, and its key has {KEY_SIZE} bytes")
    # The place of a wrap, up to its compartment: deployment, record kind, record, compartment.
    return _EPOCH + place.encode()[:50] + epoch.to_bytes(4, "big") + public


def office_public(private: bytes) -> bytes:
    """The public half (32 bytes) of an office key. Raises SealingError for a private key of another size."""
    return _key(private).public_key().public_bytes_raw()


def sign_value(private: bytes, place: Place, sealed: bytes) -> bytes:
    """The office's signature (64 bytes) of what is ``sealed`` at ``place``. Raises SealingError."""
    return _key(private).sign(_value(place, sealed))


def sign_epoch(private: bytes, place: Place, epoch: int, public: bytes) -> bytes:
    """The office's signature (64 bytes) of a compartment's new epoch. ``place`` is that of its wraps
    (`Place.for_wrap`). Raises SealingError."""
    return _key(private).sign(_epoch(place, epoch, public))


def verify_value(office: Iterable[bytes], place: Place, sealed: bytes, signature: bytes | None) -> bool:
    """Whether one of the ``office`` keys signed this value for this place. None is no signature."""
    return _verifies(office, _value(place, sealed), signature)


def verify_epoch(office: Iterable[bytes], place: Place, epoch: int, public: bytes, signature: bytes | None) -> bool:
    """Whether one of the ``office`` keys signed this epoch of this compartment. ``place`` as in `sign_epoch`."""
    return _verifies(office, _epoch(place, epoch, public), signature)


def _key(private: bytes) -> Ed25519PrivateKey:
    if len(private) != KEY_SIZE:
        raise SealingError(f"an office key has {KEY_SIZE} bytes, not {len(private)}")
    return Ed25519PrivateKey.from_private_bytes(private)


def _verifies(office: Iterable[bytes], message: bytes, signature: bytes | None) -> bool:
    if signature is None or len(signature) != SIGNATURE_SIZE:
        return False
    for public in office:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            continue
        return True
    return False
