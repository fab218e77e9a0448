"""Signing envelopes with the key of a code, and telling whose they are.

    envelope's  = Ed25519(seed, "answerable/envelope/v1\\0" | every byte of the envelope before its signature)
    an epoch's  = Ed25519(seed, "answerable/own-epoch/v1\\0" | deployment(32) | record kind(1) | record(16)
                          | compartment(1) | epoch(4) | public(32))

The first envelope of a record is signed by the ``signer`` it names. Every later one is signed by the key that the
record has then, and names the same, unless the code changes: then the old code's key signs, and ``signer`` is the new
one's. Epochs are signed by ``signer`` each by itself, so that she knows her own when she returns: the wraps of staff,
without which no envelope can be put together again, have gone to the desk by then.
"""

from __future__ import annotations

from dataclasses import replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from answerable.sealing.envelope import KEY_SIZE, SIGNATURE_SIZE, Envelope, Sealed, unsigned
from answerable.sealing.errors import SealingError
from answerable.sealing.place import Field, Place

_CONTEXT = b"answerable/envelope/v1\0"
_EPOCH = b"answerable/own-epoch/v1\0"


def signer_of(seed: bytes) -> bytes:
    """The public key (32 bytes) of a seed of `codes.signing_seed`. Raises SealingError."""
    return _private(seed).public_key().public_bytes_raw()


def sign(envelope: Envelope, seed: bytes, following: bytes | None = None) -> Envelope:
    """The envelope signed with ``seed``; ``following`` is the seed that signs from then on, where that is another.

    Epochs without a signature are signed with the seed that signs from then on. Raises SealingError for a seed that is
    not 32 bytes.
    """
    after = seed if following is None else following
    parts = tuple(_signed(envelope, one, after) for one in envelope.compartments)
    whole = replace(envelope, compartments=parts)
    signer = signer_of(after)
    return replace(whole, signer=signer, signature=_private(seed).sign(_CONTEXT + unsigned(whole) + signer))


def signed_by(data: bytes, public: bytes) -> bool:
    """Whether the bytes of an envelope were signed by this key (32 bytes). Bytes of any kind are only signed or not."""
    return len(data) > SIGNATURE_SIZE and _verified(public, _CONTEXT + data[:-SIGNATURE_SIZE], data[-SIGNATURE_SIZE:])


def sign_epoch(seed: bytes, place: Place, epoch: int, public: bytes) -> bytes:
    """The signature (64 bytes) of an epoch of a compartment: ``place`` is anywhere in it. Raises SealingError."""
    return _private(seed).sign(_epoch_bytes(place, epoch, public))


def verify_epoch(signer: bytes, place: Place, epoch: int, public: bytes, signature: bytes) -> bool:
    """Whether this epoch of a compartment was begun under the code whose public key is ``signer`` (32 bytes)."""
    return _verified(signer, _epoch_bytes(place, epoch, public), signature)


def _signed(envelope: Envelope, one: Sealed, seed: bytes) -> Sealed:
    if one.signature:
        return one
    place = Place(envelope.deployment, envelope.record_kind, envelope.record, one.compartment, Field.NONE, 0)
    return replace(one, signature=sign_epoch(seed, place, one.epoch, one.public))


def _epoch_bytes(place: Place, epoch: int, public: bytes) -> bytes:
    if len(public) != KEY_SIZE or not 0 <= epoch < 1 << 32:
        raise SealingError("an epoch has a number below 2**32 and a public key of 32 bytes")
    where = bytes((place.record_kind,)) + place.record + bytes((place.compartment,))
    return _EPOCH + place.deployment + where + epoch.to_bytes(4, "big") + public


def _verified(public: bytes, message: bytes, signature: bytes) -> bool:
    if len(public) != KEY_SIZE:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _private(seed: bytes) -> Ed25519PrivateKey:
    if len(seed) != KEY_SIZE:
        raise SealingError(f"a seed has {KEY_SIZE} bytes, not {len(seed)}")
    return Ed25519PrivateKey.from_private_bytes(seed)
