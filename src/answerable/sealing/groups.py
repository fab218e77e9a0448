"""edwards25519: points and scalars of prime order, and the way between its points and X25519 keys.

Points are their 32 canonical bytes, and only `Edwards25519.decode` makes one from bytes of others: on the curve, in the
subgroup of prime order, not the identity. Scalars are whole numbers below the order, in a class that never shows them.
The arithmetic of points is libsodium's; that of scalars is Python's and takes a time that depends on them, so shares
are used offline only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha512
from typing import NewType, Protocol

from nacl import bindings
from nacl.exceptions import RuntimeError as SodiumError

from answerable.sealing.errors import SealingError
from answerable.sealing.hpke import Rng, drawn

#: The 32 canonical bytes of a group element. Never made of bytes that were received but by a group's `decode`.
Point = NewType("Point", bytes)

#: The order of the prime-order subgroup (RFC 8032 section 5.1) and the field's prime.
ORDER = 2**252 + 27742317777372353535851937790883648493
PRIME = 2**255 - 19
SIZE = 32


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number from 0 to the order less 1. Its ``repr`` shows nothing: it may be a secret."""

    value: int = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.value < ORDER:
            raise SealingError("a scalar is from 0 to the order of the group less 1")

    def little(self) -> bytes:
        """32 bytes, the least first: libsodium's order, and that of signatures and proofs."""
        return self.value.to_bytes(SIZE, "little")

    def big(self) -> bytes:
        """32 bytes, the greatest first: as COCKTAIL-DKG writes shares."""
        return self.value.to_bytes(SIZE, "big")


class Group(Protocol):
    """What proofs need of a group of prime order `ORDER` with SHA-512."""

    identity: Point
    generator: Point

    def add(self, one: Point, other: Point) -> Point:
        """The sum of two elements."""

    def mul(self, scalar: int, point: Point) -> Point:
        """``point`` taken ``scalar`` times."""

    def decode(self, data: bytes) -> Point:
        """The element of these bytes. Raises SealingError for bytes that are none, and for the identity."""


class Edwards25519:
    """The subgroup of prime order of edwards25519 (RFC 8032), by libsodium."""

    identity = Point(b"\x01" + bytes(31))
    generator = Point(b"\x58" + b"\x66" * 31)

    def add(self, one: Point, other: Point) -> Point:
        """The sum of two elements."""
        return Point(bindings.crypto_core_ed25519_add(one, other))

    def mul(self, scalar: int, point: Point) -> Point:
        """``point`` taken ``scalar`` times; the identity for a multiple of the order."""
        reduced = (scalar % ORDER).to_bytes(SIZE, "little")
        if not any(reduced) or point == self.identity:
            return self.identity
        if point == self.generator:
            return Point(bindings.crypto_scalarmult_ed25519_base_noclamp(reduced))
        try:
            return Point(bindings.crypto_scalarmult_ed25519_noclamp(reduced, point))
        except SodiumError:
            raise SealingError("this is no point of prime order") from None

    def decode(self, data: bytes) -> Point:
        """The element of 32 canonical bytes. Raises SealingError for anything else, low order and identity included."""
        if len(data) != SIZE or not bindings.crypto_core_ed25519_is_valid_point(bytes(data)):
            raise SealingError("this is no canonical point of prime order")
        return Point(bytes(data))


EDWARDS = Edwards25519()


def base_times(scalar: Scalar) -> Point:
    """The public point of a scalar."""
    return EDWARDS.mul(scalar.value, EDWARDS.generator)


def total(points: list[Point]) -> Point:
    """The sum of points; the identity of none."""
    result = EDWARDS.identity
    for point in points:
        result = EDWARDS.add(result, point)
    return result


def random_scalar(rng: Rng) -> Scalar:
    """A uniform scalar: 64 random bytes reduced. Raises SealingError if the source gives too few."""
    return Scalar(int.from_bytes(drawn(rng, 64), "little") % ORDER)


def decode_scalar(data: bytes, order: str = "little") -> Scalar:
    """The scalar of 32 bytes that are below the order. Raises SealingError."""
    value = int.from_bytes(data, "big" if order == "big" else "little")
    if len(data) != SIZE or value >= ORDER:
        raise SealingError("this is no scalar: 32 bytes below the order of the group")
    return Scalar(value)


def hash_to_scalar(message: bytes, tag: bytes) -> int:
    """HashToScalar of RFC 9497's ristretto255 suite (section 4.1): 64 bytes of expand_message_xmd, reduced."""
    return int.from_bytes(expand_message_xmd(message, tag, 64), "little") % ORDER


def expand_message_xmd(message: bytes, tag: bytes, size: int) -> bytes:
    """expand_message_xmd with SHA-512 (RFC 9380 section 5.3.1); a tag above 255 bytes is hashed (section 5.3.3)."""
    if len(tag) > 255:
        tag = sha512(b"H2C-OVERSIZE-DST-" + tag).digest()
    blocks = -(-size // 64)
    if blocks > 255 or size > 65535:
        raise SealingError("expand_message_xmd gives at most 16,320 bytes")
    prime = tag + bytes((len(tag),))
    first = sha512(bytes(128) + message + size.to_bytes(2, "big") + b"\0" + prime).digest()
    block = sha512(first + b"\x01" + prime).digest()
    out = block
    for number in range(2, blocks + 1):
        mixed = bytes(a ^ b for a, b in zip(first, block, strict=True))
        block = sha512(mixed + bytes((number,)) + prime).digest()
        out += block
    return out[:size]


def to_montgomery(point: Point) -> bytes:
    """The u-coordinate of a point, as X25519 writes it: u = (1 + y) / (1 - y) (RFC 7748 section 4.1).

    Raises SealingError for the identity, which has none.
    """
    y = int.from_bytes(point, "little") & ((1 << 255) - 1)
    if y == 1:
        raise SealingError("the identity has no u-coordinate")
    return ((1 + y) * pow(1 - y, -1, PRIME) % PRIME).to_bytes(SIZE, "little")


def to_edwards(u: bytes) -> Point:
    """The point with sign bit 0 of an X25519 public key: y = (u - 1) / (u + 1).

    Raises SealingError unless the key is canonical (below the prime, top bit clear), has an image on the curve, and is
    of prime order and not the identity.
    """
    number = int.from_bytes(u, "little")
    if len(u) != SIZE or number >= PRIME:
        raise SealingError("this is no canonical u-coordinate")
    if number == PRIME - 1:
        raise SealingError("this u-coordinate has no image on edwards25519")
    y = (number - 1) * pow(number + 1, -1, PRIME) % PRIME
    return EDWARDS.decode(y.to_bytes(SIZE, "little"))
