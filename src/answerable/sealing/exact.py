"""Files of the panel's key as JSON in one spelling: keys sorted, no spaces, UTF-8; any other spelling is refused.

One meaning has one spelling, so a hash of the bytes is a hash of what they say. A file has exactly the members of its
kind, and every refusal names the member at fault.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from answerable.sealing.errors import SealingError

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_HEX = re.compile("(?:[0-9a-f]{2})*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def encode(value: Mapping[str, Any]) -> bytes:
    """The bytes of an object of texts, whole numbers, lists and objects."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def base64(data: bytes) -> str:
    """Standard base64 with padding."""
    return b64encode(data).decode()


class Members:
    """The members of one object, each read as what it must be. Raises SealingError that names file and member."""

    def __init__(self, values: Mapping[str, Any], what: str) -> None:
        self._values = values
        self.what = what

    def problem(self, name: str, needs: str) -> SealingError:
        """The error that a member is not what it needs to be."""
        return SealingError(f"the member “{name}” of this {self.what} must be {needs}", where=name)

    def text(self, name: str, most: int, *, least: int = 1) -> str:
        """A text of ``least`` to ``most`` characters without control characters but line feeds.

        Marks that turn the direction of text are refused too: what a member is shown must not read otherwise.
        """
        value = self._values[name]
        if not isinstance(value, str) or not least <= len(value) <= most or _CONTROL.search(value):
            raise self.problem(name, f"a text of {least} to {most:,} characters")
        return value

    def one_of(self, name: str, choices: Collection[str]) -> str:
        """One of these words."""
        value = self._values[name]
        if not isinstance(value, str) or value not in choices:
            raise self.problem(name, f"one of {', '.join(choices)}")
        return value

    def number(self, name: str, least: int, most: int) -> int:
        """A whole number."""
        value = self._values[name]
        if type(value) is not int or not least <= value <= most:
            raise self.problem(name, f"a whole number from {least} to {most:,}")
        return value

    def hex(self, name: str, size: int) -> bytes:
        """``size`` bytes in lower-case hexadecimal digits."""
        return self._hex(self._values[name], name, size)

    def _hex(self, value: object, name: str, size: int) -> bytes:
        if not isinstance(value, str) or len(value) != 2 * size or not _HEX.fullmatch(value):
            raise self.problem(name, f"{2 * size} lower-case hexadecimal digits")
        return bytes.fromhex(value)

    def hexes(self, name: str, size: int, least: int, most: int) -> tuple[bytes, ...]:
        """A list of such."""
        return tuple(self._hex(each, name, size) for each in self.list(name, least, most))

    def data(self, name: str, most: int) -> bytes:
        """At most ``most`` bytes in standard base64 with padding."""
        return self._data(self._values[name], name, most)

    def _data(self, value: object, name: str, most: int) -> bytes:
        if isinstance(value, str) and len(value) <= -(-most // 3) * 4:
            try:
                found = b64decode(value, validate=True)
            except (Base64Error, ValueError):
                found = None
            if found is not None and len(found) <= most and base64(found) == value:
                return found
        raise self.problem(name, f"base64 of at most {most:,} bytes")

    def datas(self, name: str, size: int, least: int, most: int) -> tuple[bytes, ...]:
        """A list of such."""
        return tuple(self._data(each, name, size) for each in self.list(name, least, most))

    def list(self, name: str, least: int, most: int) -> list[Any]:
        """A list of ``least`` to ``most`` things."""
        value = self._values[name]
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise self.problem(name, f"a list of {least} to {most:,}")
        return value

    def day(self, name: str) -> date:
        """A day of the calendar."""
        value = self._values[name]
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass  # a day that no calendar has is refused below, with the same sentence
        raise self.problem(name, "a day, YYYY-MM-DD")

    def object(self, name: str, names: Collection[str] | None = None) -> Members:
        """An object; of exactly these members, if they are given."""
        if not isinstance(self._values[name], dict):
            raise self.problem(name, "an object")
        return Members(_members(self._values[name], f"member “{name}” of this {self.what}", names), self.what)

    def objects(self, name: str, names: Collection[str], least: int, most: int) -> tuple[Mapping[str, Any], ...]:
        """A list of objects of exactly these members."""
        what = f"entry of “{name}” in this {self.what}"
        return tuple(_members(each, what, names) for each in self.list(name, least, most))

    def raw_all(self) -> dict[str, Any]:
        """Every member as JSON, unread."""
        return dict(self._values)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Every member as JSON, unread."""
        return iter(self._values.items())


def decode(data: bytes, what: str, kind: str, names: Collection[str], most: int) -> Members:
    """The members of an object in its one spelling, with ``v`` 1 and this ``kind`` beside ``names``.

    Raises SealingError for anything else.
    """
    if len(data) > most:
        raise SealingError(f"a {what} has at most {most:,} bytes, this one has {len(data):,}")
    try:
        value = json.loads(data.decode("utf-8"), parse_float=_refused, parse_constant=_refused)
        same = isinstance(value, dict) and encode(value) == data
    except (ValueError, RecursionError):
        raise SealingError(f"this is no {what}: it is not JSON as this file has it") from None
    found = Members(_members(value, what, None), what)
    # Kind and version first: a file of another kind is then called that, whatever else is wrong.
    if found._values.get("kind") != kind or type(found._values.get("v")) is not int or found._values["v"] != 1:
        raise SealingError(f"this is no {what}: its kind must be {kind}, and its v 1", where="kind")
    _members(value, what, {"v", "kind", *names})
    if not same:
        raise SealingError(f"this {what} is JSON in another spelling", todo="use the file as it was written")
    return found


def _refused(text: str) -> Any:
    raise ValueError(text)


def _members(value: object, what: str, names: Collection[str] | None) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise SealingError(f"a {what} must be an object")
    if names is not None and value.keys() != set(names):
        missing, more = sorted(set(names) - value.keys()), sorted(value.keys() - set(names))
        said = [f"lacks “{name}”" for name in missing] + [f"has no “{name[:40]}”" for name in more]
        raise SealingError(f"a {what} {' and '.join(said)}", where=(missing or more)[0][:40])
    return value
