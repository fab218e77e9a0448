"""The opening box: what is sealed so that carry alone opens it, and only for its own entry of the register.

An opening key opens what the register committed to (kind, days, hashes), never a word of what was sent. Spare wraps are
those of an envelope that was carried: each is sealed to one holder already, and carry is no holder of any.
"""

from __future__ import annotations

import hmac

from answerable.intake.errors import MalformedError
from answerable.sealing import hpke
from answerable.sealing.hpke import ENC_SIZE, KEY_SIZE, TAG_SIZE, Rng

_INFO = b"answerable/opening-box/v1"
SIZE = ENC_SIZE + KEY_SIZE + TAG_SIZE
_SPARE = b"answerable/spare-wraps/v1"
_ERASED = b"answerable/erased/v1\0"


def seal_key(public: bytes, leaf: bytes, key: bytes, *, rng: Rng) -> bytes:
    """An opening key (32 bytes) sealed to the box for the entry with this leaf hash: ``enc | ct``, 80 bytes."""
    enc, ct = hpke.seal(public, _INFO, leaf, key, rng=rng)
    return enc + ct


def open_key(sealed: bytes, private: bytes, leaf: bytes) -> bytes:
    """The opening key that was sealed for this leaf. Raises `MalformedError`, and OpenError when it is another's."""
    if len(sealed) != SIZE:
        raise MalformedError(f"a sealed opening key has {SIZE} bytes, not {len(sealed)}")
    return hpke.open(private, sealed[:ENC_SIZE], _INFO, leaf, sealed[ENC_SIZE:])


def seal_spare(public: bytes, leaf: bytes, wraps: bytes, *, rng: Rng) -> bytes:
    """The wraps of an envelope that was carried, sealed to the box for the entry with this leaf hash: ``enc | ct``."""
    enc, ct = hpke.seal(public, _SPARE, leaf, wraps, rng=rng)
    return enc + ct


def open_spare(sealed: bytes, private: bytes, leaf: bytes) -> bytes:
    """The wraps that were sealed for this leaf. Raises OpenError when they are another's, or altered."""
    return hpke.open(private, sealed[:ENC_SIZE], _SPARE, leaf, sealed[ENC_SIZE:])


def erased_mark(private: bytes, leaf: bytes) -> bytes:
    """The mark (32 bytes) by which carry knows again that it has itself seen to the erasure of this leaf: an HMAC under
    the box's key. Whoever owns the database can put a leaf among those that were erased, and no mark to it."""
    return hmac.digest(private, _ERASED + leaf, "sha256")
