"""Sealed values and wraps: HPKE to a compartment's key or a holder's, bound to one place."""

from __future__ import annotations

from enum import IntEnum

from answerable.sealing import hpke
from answerable.sealing.errors import SealingError
from answerable.sealing.hpke import ENC_SIZE, KEY_SIZE, TAG_SIZE, Rng
from answerable.sealing.pad import LARGEST, STEP, is_padded_size, pad, unpad
from answerable.sealing.place import ID_SIZE, U32, Field, Place

HEADER_SIZE = 10
_MAGIC = b"ANS\x01"
_SUITE = 1
_VALUE_INFO = b"answerable/value/v1"
_WRAP_INFO = b"answerable/wrap/v1"
#: RFC 8410 section 7: an X25519 private key in PKCS#8 is these 16 bytes and the key.
X25519_PKCS8 = bytes.fromhex("302e020100300506032b656e04220420")
ED25519_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
PKCS8_SIZE = len(X25519_PKCS8) + KEY_SIZE
#: What sealing adds to padded bytes.
OVERHEAD = HEADER_SIZE + ENC_SIZE + TAG_SIZE
WRAP_SIZE = OVERHEAD + PKCS8_SIZE
MAX_SEALED = OVERHEAD + LARGEST


class Type(IntEnum):
    """What sealed bytes are."""

    VALUE = 1
    WRAP = 2
    FILE = 3


def header(kind: Type, epoch: int) -> bytes:
    """The ten bytes before everything sealed."""
    if not 0 <= epoch < U32:
        raise SealingError("an epoch is from 0 to 2**32 - 1")
    return _MAGIC + bytes((kind, _SUITE)) + epoch.to_bytes(4, "big")


def parse_header(sealed: bytes) -> tuple[Type, int]:
    """Type and epoch of sealed bytes. Raises SealingError for anything else."""
    if len(sealed) < OVERHEAD or sealed[:4] != _MAGIC:
        raise SealingError("these are not sealed bytes of version 1")
    if sealed[4] not in (1, 2, 3) or sealed[5] != _SUITE:
        raise SealingError(f"sealed bytes of type {sealed[4]} and suite {sealed[5]} are not known")
    return Type(sealed[4]), int.from_bytes(sealed[6:10], "big")


def epoch_of(sealed: bytes) -> int:
    """The epoch of the key that something was sealed to. Raises SealingError."""
    return parse_header(sealed)[1]


def check_value(sealed: bytes, kind: Type = Type.VALUE) -> int:
    """The epoch of a value whose type and length are right: what can be told without a key. Raises SealingError."""
    found, epoch = parse_header(sealed)
    if found != kind:
        raise SealingError(f"these sealed bytes are a {found.name.lower()}, not a {kind.name.lower()}")
    if not is_padded_size(len(sealed) - OVERHEAD):
        raise SealingError("a sealed value has the length of no padded value")
    return epoch


def check_wrap(wrap: bytes) -> int:
    """The epoch of a wrap whose type and length are right. Raises SealingError."""
    found, epoch = parse_header(wrap)
    if found != Type.WRAP or len(wrap) != WRAP_SIZE:
        raise SealingError("these sealed bytes are not a wrap")
    return epoch


def _for_value(place: Place) -> None:
    if place.field == Field.NONE:
        raise SealingError("a value has a field")


def seal_padded(place: Place, public: bytes, padded: bytes, kind: Type, *, epoch: int, rng: Rng) -> bytes:
    """``header | enc | ct``: bytes that are padded already, sealed to ``public`` in ``place``."""
    _for_value(place)
    head = header(kind, epoch)
    enc, ct = hpke.seal(public, _VALUE_INFO, head + place.encode(), padded, rng=rng)
    return head + enc + ct


def open_padded(place: Place, private: bytes, sealed: bytes, kind: Type) -> bytes:
    """What :func:`seal_padded` sealed. Raises SealingError, OpenError when it does not open in this place."""
    _for_value(place)
    check_value(sealed, kind)
    aad = sealed[:HEADER_SIZE] + place.encode()
    enc, ct = sealed[HEADER_SIZE : HEADER_SIZE + ENC_SIZE], sealed[HEADER_SIZE + ENC_SIZE :]
    return hpke.open(private, enc, _VALUE_INFO, aad, ct)


def seal_value(place: Place, public: bytes, data: bytes, *, epoch: int, rng: Rng, least: int = STEP) -> bytes:
    """``data`` (at most 65,532 bytes) padded and sealed to a compartment's public key, in ``place``.

    Raises SealingError for longer data or a key that is none.
    """
    return seal_padded(place, public, pad(data, least), Type.VALUE, epoch=epoch, rng=rng)


def open_value(place: Place, private: bytes, sealed: bytes) -> bytes:
    """The data of a sealed value. Raises SealingError; OpenError when altered, moved or sealed to another key."""
    return unpad(open_padded(place, private, sealed, Type.VALUE))


def _wrap_aad(head: bytes, place: Place, holder: bytes) -> bytes:
    if place.field != Field.NONE or place.version != 0:
        raise SealingError("the place of a wrap has no field and version 0")
    if len(holder) != ID_SIZE:
        raise SealingError(f"a holder's id has {ID_SIZE} bytes, not {len(holder)}")
    return head + place.encode() + holder


def pkcs8(private: bytes, prefix: bytes = X25519_PKCS8) -> bytes:
    """A private key of 32 bytes as PKCS#8 (RFC 8410), 48 bytes. Raises SealingError."""
    if len(private) != KEY_SIZE:
        raise SealingError(f"a private key has {KEY_SIZE} bytes, not {len(private)}")
    return prefix + private


def from_pkcs8(data: bytes, prefix: bytes = X25519_PKCS8) -> bytes:
    """The private key in 48 bytes of PKCS#8. Raises SealingError for any other bytes."""
    if len(data) != PKCS8_SIZE or not data.startswith(prefix):
        raise SealingError("this is no private key of the kind expected")
    return data[len(prefix) :]


def seal_wrap(place: Place, holder: bytes, holder_public: bytes, private: bytes, *, epoch: int, rng: Rng) -> bytes:
    """A compartment's private key, sealed to one holder: 106 bytes. ``place`` has field NONE and version 0.

    Raises SealingError for a holder's key that is none, or ids of the wrong size.
    """
    head = header(Type.WRAP, epoch)
    enc, ct = hpke.seal(holder_public, _WRAP_INFO, _wrap_aad(head, place, holder), pkcs8(private), rng=rng)
    return head + enc + ct


def wrap_parts(place: Place, holder: bytes, wrap: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """``enc``, ``info``, ``aad`` and ``ct`` of a wrap: what opening it with a shared DH value needs."""
    check_wrap(wrap)
    aad = _wrap_aad(wrap[:HEADER_SIZE], place, holder)
    return wrap[HEADER_SIZE : HEADER_SIZE + ENC_SIZE], _WRAP_INFO, aad, wrap[HEADER_SIZE + ENC_SIZE :]


def open_wrap(place: Place, holder: bytes, holder_private: bytes, wrap: bytes) -> bytes:
    """The compartment's private key (32 bytes). Raises SealingError; OpenError when it does not open here."""
    enc, info, aad, ct = wrap_parts(place, holder, wrap)
    return from_pkcs8(hpke.open(holder_private, enc, info, aad, ct))


def open_wrap_with_dh(place: Place, holder: bytes, holder_public: bytes, dh: bytes, wrap: bytes) -> bytes:
    """As :func:`open_wrap`, from the DH value of the wrap's ``enc`` and the holder's key (recovery)."""
    enc, info, aad, ct = wrap_parts(place, holder, wrap)
    return from_pkcs8(hpke.open_with_dh(dh, enc, holder_public, info, aad, ct))
