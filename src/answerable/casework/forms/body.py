"""JSON bodies as the desk's script sends them: codes, days, ids and ciphertext, each read strictly and by name.

Nothing here is plain but codes and days. Whatever cannot be read is one `BodyError`, which names the part.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn, TypeVar

from answerable.casework.shapes import Given, NewKey, Sealed
from answerable.errors import AnswerableError
from answerable.sealing.envelope import Wrapped
from answerable.sealing.errors import SealingError
from answerable.sealing.place import Compartment, Field

T = TypeVar("T")

#: The largest value is 64 KiB; a hand-over carries some hundred wraps of 106 bytes.
MAX_BODY = 400_000
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}", re.ASCII)
_THING = re.compile(r"[a-z0-9/]{1,64}", re.ASCII)
_HANDLE = re.compile(r"[0-9a-f]{32}", re.ASCII)


class BodyError(AnswerableError):
    """What was sent is not in the form that this act takes."""


def _wrong(name: str, wanted: str) -> NoReturn:
    raise BodyError(f"{wanted} is missing or malformed", where=name, todo="open the page again and repeat it")


@dataclass(frozen=True)
class Body:
    """One JSON object; every method raises `BodyError` for a member that is not of its kind."""

    data: Mapping[str, Any]

    @classmethod
    def read(cls, raw: bytes) -> Body:
        """The object in ``raw``: UTF-8 JSON, at most `MAX_BODY` bytes, no name twice."""
        if len(raw) > MAX_BODY:
            raise BodyError(f"more than {MAX_BODY} bytes", where="body", todo="make the text shorter")
        try:
            found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
        except (UnicodeDecodeError, ValueError, RecursionError):
            _wrong("body", "a JSON object")
        if not isinstance(found, dict):
            _wrong("body", "a JSON object")
        return cls(found)

    def __contains__(self, name: str) -> bool:
        return name in self.data

    def code(self, name: str, default: str | None = None) -> str:
        """A code word; ``default`` where it is absent or empty, when one is given."""
        value = self.data.get(name)
        if default is not None and value in (None, ""):
            return default
        return value if isinstance(value, str) and _CODE.fullmatch(value) else _wrong(name, "a code")

    def thing(self, name: str) -> str:
        """What names an object within a compartment: ``message/123``, or the handle of a file."""
        value = self.data.get(name)
        return value if isinstance(value, str) and _THING.fullmatch(value) else _wrong(name, "an object's id")

    def handle(self, name: str, default: str | None = None) -> str:
        """32 lower-case hexadecimal digits."""
        value = self.data.get(name)
        if default is not None and value in (None, ""):
            return default
        return value if isinstance(value, str) and _HANDLE.fullmatch(value) else _wrong(name, "a handle")

    def flag(self, name: str, default: bool | None = None) -> bool:
        """True or false."""
        value = self.data.get(name, default)
        return value if isinstance(value, bool) else _wrong(name, "true or false")

    def number(self, name: str) -> int:
        """A whole number from 0 to 2**53 - 1: the stored epoch of a copy is above 2**32."""
        value = self.data.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 53:
            _wrong(name, "a number")
        return value

    def day(self, name: str) -> date | None:
        """A day, or None where it is absent or empty."""
        value = self.data.get(name)
        if value in (None, ""):
            return None
        try:
            return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else _wrong(name, "a day")
        except ValueError:
            _wrong(name, "a day")

    def octets(self, name: str, size: int | None = None) -> bytes:
        """Bytes in standard base64; of exactly ``size`` where one is given."""
        value = self.data.get(name)
        try:
            found = base64.b64decode(value, validate=True) if isinstance(value, str) else _wrong(name, "base64")
        except (binascii.Error, ValueError):
            _wrong(name, "base64")
        return found if size is None or len(found) == size else _wrong(name, f"{size} bytes in base64")

    def hexed(self, name: str, size: int) -> bytes:
        """Exactly ``size`` bytes in lower-case hexadecimal digits."""
        value = self.data.get(name)
        if not isinstance(value, str) or not re.fullmatch(rf"[0-9a-f]{{{2 * size}}}", value, re.ASCII):
            _wrong(name, f"{size} bytes in hexadecimal digits")
        return bytes.fromhex(value)

    def compartment(self, name: str = "compartment") -> Compartment:
        """A compartment by its code."""
        return _member(Compartment.of, name, self.code(name))

    def each(self, name: str, read: Callable[[Body], T], *, most: int = 1_000) -> list[T]:
        """Every object of a list, read by ``read``; an absent list is empty."""
        value = self.data.get(name, [])
        if not isinstance(value, list) or len(value) > most or not all(isinstance(one, dict) for one in value):
            _wrong(name, "a list")
        return [read(Body(one)) for one in value]

    def words(self, name: str) -> list[str]:
        """A list of codes."""
        value = self.data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and _CODE.fullmatch(one) for one in value):
            _wrong(name, "a list of codes")
        return list(value)

    def part(self, name: str) -> Body:
        """An object within."""
        value = self.data.get(name)
        return Body(value) if isinstance(value, dict) else _wrong(name, "an object")


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(name)
        found[name] = value
    return found


def _member(of: Callable[[str], T], name: str, code: str) -> T:
    try:
        return of(code)
    except SealingError:
        _wrong(name, f"a known word (not {code})")


def sealed(body: Body, name: str, field: Field, compartment: Compartment | None = None) -> Sealed:
    """The sealed value under ``name``: ``{"compartment", "version", "data"}``, in the field that the act is for."""
    part = body.part(name)
    return Sealed(compartment or part.compartment(), field, part.number("version"), part.octets("data"))


def wrapped(body: Body) -> Wrapped:
    """One wrap: ``{"holder", "wrap"}``."""
    return Wrapped(body.hexed("holder", 16), body.octets("wrap"))


def given(body: Body) -> Given:
    """A wrap for somebody else: ``{"record", "compartment", "epoch", "holder", "wrap"}``."""
    return Given(body.handle("record"), body.compartment(), body.number("epoch"), wrapped(body))


def epoch_wrap(body: Body) -> tuple[int, Wrapped]:
    """A wrap of one epoch: ``{"epoch", "holder", "wrap"}``."""
    return body.number("epoch"), wrapped(body)


def new_key(body: Body) -> NewKey:
    """A compartment's new key: ``{"compartment", "public", "wraps"}``; ``"reporter"`` where one is for her."""
    reporter = body.hexed("reporter", 32) if body.data.get("reporter") else b""
    return NewKey(body.compartment(), body.octets("public", 32), tuple(body.each("wraps", wrapped)), reporter)
