"""The opening box: opening keys of events, sealed so that carry alone opens them, and only for their own entry.

An opening key opens what the register committed to (kind, days, hashes), never a word of what was sent.
"""

from __future__ import annotations

from answerable.intake.errors import MalformedError
from answerable.sealing import hpke
from answerable.sealing.hpke import ENC_SIZE, KEY_SIZE, TAG_SIZE, Rng

_INFO = b"answerable/opening-box/v1"
SIZE = ENC_SIZE + KEY_SIZE + TAG_SIZE


def seal_key(public: bytes, leaf: bytes, key: bytes, *, rng: Rng) -> bytes:
    """An opening key (32 bytes) sealed to the box for the entry with this leaf hash: ``enc | ct``, 80 bytes."""
    enc, ct = hpke.seal(public, _INFO, leaf, key, rng=rng)
    return enc + ct


def open_key(sealed: bytes, private: bytes, leaf: bytes) -> bytes:
    """The opening key that was sealed for this leaf. Raises `MalformedError`, and OpenError when it is another's."""
    if len(sealed) != SIZE:
        raise MalformedError(f"a sealed opening key has {SIZE} bytes, not {len(sealed)}")
    return hpke.open(private, sealed[:ENC_SIZE], _INFO, leaf, sealed[ENC_SIZE:])
