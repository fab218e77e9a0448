"""Points: canonical, of prime order, never the identity; the way to X25519 keys and back; scalars that show nothing."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.sealing import hpke
from answerable.sealing.errors import SealingError
from answerable.sealing.groups import (
    EDWARDS,
    ORDER,
    PRIME,
    Scalar,
    base_times,
    decode_scalar,
    expand_message_xmd,
    hash_to_scalar,
    random_scalar,
    to_edwards,
    to_montgomery,
    total,
)
from tests.sealing.panel import rng

scalars = st.integers(1, ORDER - 1)
#: The eight points of small order of edwards25519, and encodings of some of them that are not canonical.
SMALL = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]
#: u-coordinates of small order (RFC 7748 section 6.1 and its references), and of none.
SMALL_U = [0, 1, PRIME - 1, 325606250916557431795983626356110631294008115727848805560023387167927233504]


@pytest.mark.parametrize("encoded", SMALL)
def test_points_of_small_order_are_refused(encoded: str) -> None:
    with pytest.raises(SealingError):
        EDWARDS.decode(bytes.fromhex(encoded))


@given(scalars)
def test_a_point_plus_one_of_small_order_is_refused(value: int) -> None:
    # Given a point of prime order moved out of the subgroup by the point of order 2
    point = base_times(Scalar(value))
    mixed = EDWARDS.add(point, EDWARDS.identity)
    assert mixed == point
    y = int.from_bytes(point, "little") & ((1 << 255) - 1)
    moved = (PRIME - y) % PRIME | (int.from_bytes(point, "little") >> 255 ^ 1) << 255  # (x, y) + (0, -1) = (-x, -y)
    # Then it is refused, and so is its u-coordinate's twin
    with pytest.raises(SealingError):
        EDWARDS.decode(moved.to_bytes(32, "little"))


@pytest.mark.parametrize("u", SMALL_U)
def test_keys_of_small_order_have_no_point(u: int) -> None:
    with pytest.raises(SealingError):
        to_edwards(u.to_bytes(32, "little"))


@given(scalars)
def test_other_spellings_of_a_key_are_refused(value: int) -> None:
    # Given a canonical u, the same with its top bit set, and the same plus the prime where that fits
    u = to_montgomery(base_times(Scalar(value)))
    number = int.from_bytes(u, "little")
    with pytest.raises(SealingError, match="canonical"):
        to_edwards((number | 1 << 255).to_bytes(32, "little"))
    with pytest.raises(SealingError, match="canonical"):
        to_edwards((PRIME + number % 19).to_bytes(32, "little"))


@given(scalars)
def test_u_and_back(value: int) -> None:
    point = base_times(Scalar(value))
    back = to_edwards(to_montgomery(point))
    # The sign is lost: it is the point or its opposite, the one with sign bit 0
    assert back[31] & 0x80 == 0
    assert back[:31] == point[:31]
    assert to_montgomery(back) == to_montgomery(point)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_points_agree_with_x25519(private: bytes, other: bytes) -> None:
    # Given two X25519 keys; multiplying points by the clamped number gives X25519's own result
    public = hpke.public_of(other)
    number = int.from_bytes(private, "little") & ~7 & ((1 << 254) - 1) | 1 << 254
    context = hpke.receiver(private, public, b"")
    dh = to_montgomery(EDWARDS.mul(number % ORDER, to_edwards(public)))
    assert hpke.context_of(dh, public, hpke.public_of(private), b"") == context


@given(st.binary(min_size=32, max_size=32))
def test_any_u_gives_a_point_of_prime_order_or_an_error(data: bytes) -> None:
    try:
        point = to_edwards(data)
    except SealingError:
        return
    assert EDWARDS.decode(point) == point
    assert to_montgomery(point) == data


@given(st.binary(max_size=40))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    # Then nothing but a SealingError comes out
    for decode in (EDWARDS.decode, decode_scalar, to_edwards):
        with suppress(SealingError):
            assert decode(data) is not None


@given(scalars, scalars)
def test_addition_and_multiplication_agree(one: int, other: int) -> None:
    base = EDWARDS.generator
    assert EDWARDS.mul(one + other, base) == EDWARDS.add(EDWARDS.mul(one, base), EDWARDS.mul(other, base))
    assert EDWARDS.mul(one, EDWARDS.mul(other, base)) == EDWARDS.mul(one * other, base)
    assert total([EDWARDS.mul(one, base), EDWARDS.mul(ORDER - one, base)]) == EDWARDS.identity
    assert EDWARDS.mul(ORDER, base) == EDWARDS.mul(5, EDWARDS.identity) == EDWARDS.identity


def test_the_identity_has_no_u() -> None:
    with pytest.raises(SealingError):
        to_montgomery(EDWARDS.identity)


def test_scalars_show_nothing() -> None:
    secret = Scalar(123456789)
    assert "123456789" not in repr(secret)
    assert "123456789" not in str(secret)
    for value in (-1, ORDER):
        with pytest.raises(SealingError):
            Scalar(value)


@given(scalars)
def test_scalars_in_both_orders(value: int) -> None:
    scalar = Scalar(value)
    assert decode_scalar(scalar.little()) == scalar == decode_scalar(scalar.big(), "big")


def test_a_scalar_above_the_order_is_refused() -> None:
    with pytest.raises(SealingError):
        decode_scalar(ORDER.to_bytes(32, "little"))
    with pytest.raises(SealingError):
        decode_scalar(b"\xff" * 32, "big")


def test_a_source_that_runs_dry_is_an_error() -> None:
    with pytest.raises(SealingError):
        random_scalar(lambda size: bytes(size - 1))


def test_hashing_to_a_scalar_depends_on_its_tag() -> None:
    assert hash_to_scalar(b"m", b"one") != hash_to_scalar(b"m", b"two")
    assert hash_to_scalar(b"m", b"x" * 300) < ORDER
    with pytest.raises(SealingError):
        expand_message_xmd(b"", b"", 256 * 64)


def test_points_cannot_be_multiplied_outside_the_group() -> None:
    from answerable.sealing.groups import Point

    with pytest.raises(SealingError):
        EDWARDS.mul(3, Point(bytes.fromhex(SMALL[4])))


def test_random_scalars_differ() -> None:
    draw = rng("scalars")
    assert len({random_scalar(draw).value for _ in range(50)}) == 50
