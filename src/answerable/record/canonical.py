"""Canonical JSON: RFC 8785 in full, and a decoder that accepts nothing else."""

from __future__ import annotations

import json
import math
from json.encoder import encode_basestring
from typing import NoReturn, TypeAlias

from answerable.record.errors import CanonicalError
from answerable.record.text import shown

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

#: Integers beyond this are not all IEEE 754 doubles, which is what a number is in RFC 8785.
MAX_SAFE = (1 << 53) - 1

#: Deeper values are refused, here and by the decoder, well before Python's own limit.
MAX_DEPTH = 200

_LITERALS = {None: "null", True: "true", False: "false"}


def encode(value: Json) -> bytes:
    """The canonical bytes of a value (RFC 8785 section 3.2).

    Raises CanonicalError for NaN, infinities, integers that are no double, lone surrogates, names that are not
    strings, other types, and more than 200 levels.
    """
    parts: list[str] = []
    _write(value, parts, 0)
    try:
        return "".join(parts).encode("utf-8")
    except UnicodeEncodeError as error:
        raise CanonicalError(f"a lone surrogate, U+{ord(error.object[error.start]):04X}, is not text") from None


def _write(value: Json, parts: list[str], depth: int) -> None:
    if isinstance(value, str):
        parts.append(encode_basestring(value))
    elif value is None or isinstance(value, bool):
        parts.append(_LITERALS[value])
    elif isinstance(value, int):
        parts.append(_integer(value))
    elif isinstance(value, float):
        parts.append(number(value))
    elif depth >= MAX_DEPTH:
        raise CanonicalError(f"the value is nested more than {MAX_DEPTH} levels deep")
    elif isinstance(value, list):
        parts.append("[")
        for position, item in enumerate(value):
            if position:
                parts.append(",")
            _write(item, parts, depth + 1)
        parts.append("]")
    elif isinstance(value, dict):
        parts.append("{")
        for position, name in enumerate(_sorted_names(value)):
            parts += ("," if position else "", encode_basestring(name), ":")
            _write(value[name], parts, depth + 1)
        parts.append("}")
    else:
        raise CanonicalError(f"a {type(value).__name__} is not a JSON value")


def _sorted_names(members: dict[str, Json]) -> list[str]:
    """Names in the order of their UTF-16 code units (RFC 8785 section 3.2.3)."""
    for name in members:
        if not isinstance(name, str):
            raise CanonicalError(f"a member's name is a string, not {shown(name)}")
    if all(map(str.isascii, members)):
        return sorted(members)
    return sorted(members, key=lambda name: name.encode("utf-16-be", "surrogatepass"))


def _integer(value: int) -> str:
    if -MAX_SAFE <= value <= MAX_SAFE:
        return str(int(value))
    try:
        double = float(value)
    except OverflowError:
        double = math.inf
    if double != value:
        raise CanonicalError("an integer beyond 2**53 - 1 is not an IEEE 754 double, so no JSON number")
    return number(double)


def number(value: float) -> str:
    """A double as ECMAScript writes it (RFC 8785 section 3.2.2.3). Raises CanonicalError for NaN and infinities.

    Python's `repr` gives the same shortest digits; only the layout differs.
    """
    if not math.isfinite(value):
        raise CanonicalError("NaN and infinities are no JSON numbers")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if 0 < point <= 21:
        padded = digits.ljust(point, "0")
        return sign + padded[:point] + ("." + padded[point:] if len(padded) > point else "")
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    tail = "." + digits[1:] if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def decode(data: bytes) -> Json:
    """The value whose canonical bytes these are. Raises CanonicalError for any other bytes.

    Whole numbers within 2**53 - 1 come back as int, all others as float.
    """
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_members,
            parse_int=_parse_integer,
            parse_constant=_no_constant,
        )
    except UnicodeDecodeError as error:
        raise CanonicalError("the bytes are not UTF-8", where=f"byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise CanonicalError(f"this is not JSON: {error.msg}", where=f"character {error.pos}") from None
    except RecursionError:
        raise CanonicalError(f"the value is nested more than {MAX_DEPTH} levels deep") from None
    expected = encode(value)
    if expected != data:
        place = next((at for at, pair in enumerate(zip(data, expected, strict=False)) if pair[0] != pair[1]), None)
        raise CanonicalError(
            "this is JSON, but not canonical",
            where=f"byte {min(len(data), len(expected)) if place is None else place}",
            todo="write it as RFC 8785 says: members sorted, no spaces, one spelling of each number and string",
        )
    return value


def _members(pairs: list[tuple[str, Json]]) -> Json:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise CanonicalError("an object has the same name twice")
    return members


def _parse_integer(text: str) -> int | float:
    return int(text) if len(text) <= 16 and abs(int(text)) <= MAX_SAFE else float(text)


def _no_constant(name: str) -> NoReturn:
    raise CanonicalError(f"{name} is no JSON number")
