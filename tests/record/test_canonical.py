"""Canonical JSON: what is refused, and why. The values RFC 8785 prints are in tests/conformance."""

from __future__ import annotations

from typing import Any

import pytest

from answerable.record import canonical
from answerable.record.errors import CanonicalError


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (float("nan"), "NaN"),
        (float("-inf"), "infinities"),
        ((1 << 53) + 1, "not an IEEE 754 double"),
        (10**400, "not an IEEE 754 double"),
        ("\ud800", r"lone surrogate, U\+D800"),
        ({"\udfff": 1}, "lone surrogate"),
        ({1: 2}, "name is a string"),
        ((1, 2), "a tuple is not a JSON value"),
        (b"bytes", "a bytes is not a JSON value"),
        ({"a": [object()]}, "a object is not a JSON value"),
    ],
)
def test_values_without_canonical_json(value: Any, why: str) -> None:
    with pytest.raises(CanonicalError, match=why):
        canonical.encode(value)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"b":1,"a":2}', "not canonical"),
        (b'{"a": 1}', "not canonical"),
        (b'{"a":1}\n', "not canonical"),
        (b'"\\u0041"', "not canonical"),
        (b'"\\/"', "not canonical"),
        (b"1.0", "not canonical"),
        (b"-0", "not canonical"),
        (b"1E3", "not canonical"),
        (b"100000000000000000000000", "not canonical"),
        (b"9007199254740993", "not canonical"),
        (b'{"a":1,"a":1}', "same name twice"),
        (b"NaN", "NaN is no JSON number"),
        (b"-Infinity", "no JSON number"),
        (b"1e400", "NaN and infinities"),
        (b'"\\ud800"', "lone surrogate"),
        (b'"\xff"', "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"", "not JSON"),
        (b"{}{}", "not JSON"),
        (b"[" * 100_000, "nested"),
        (b"[" * 300 + b"]" * 300, "nested"),
        (b"1" * 5_000, "NaN and infinities"),
    ],
)
def test_bytes_that_are_not_canonical(data: bytes, why: str) -> None:
    with pytest.raises(CanonicalError, match=why):
        canonical.decode(data)


def test_the_place_of_the_first_difference_is_named() -> None:
    with pytest.raises(CanonicalError, match="byte 5"):
        canonical.decode(b'{"a": 1}')


def test_whole_numbers_come_back_as_int() -> None:
    assert canonical.decode(b"[0,-5,9007199254740991,1.5,9007199254740992]") == [0, -5, (1 << 53) - 1, 1.5, 2.0**53]
    assert isinstance(canonical.decode(b"9007199254740991"), int)


def test_depth_within_the_limit_is_fine() -> None:
    data = b"[" * canonical.MAX_DEPTH + b"]" * canonical.MAX_DEPTH
    assert canonical.encode(canonical.decode(data)) == data


def test_integers_beyond_the_safe_ones_are_written_when_they_are_doubles() -> None:
    assert canonical.encode(10**21) == b"1e+21"
    assert canonical.encode(-(1 << 60)) == b"-1152921504606847000"
