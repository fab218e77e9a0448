"""The types of the fields of an event, and the short notation in which the tables of kinds are written.

A notation reads as the tables are read: ``channel code, ciphertext_sha256, consent set<code>, policy ref, obligation
duty?``. A field without a type is a text, one named ``…sha256`` or ``digest`` a hash, ``vkey`` a verifier key. A
question mark means that the value may be null. Inside ``{…}`` some names have a type of their own (``_INNER``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeGuard

from answerable.record.errors import NoteError
from answerable.record.keys import VerifierKey
from answerable.record.text import parse_hash, shown

#: No entry carries a number that a browser's ordinary numbers cannot hold, and none counts below zero.
MAX_INT = 2**53 - 1
MAX_TEXT = 500
MAX_VKEY = 2_000
MAX_POLICY = 32 * 1024


class Problem(NamedTuple):
    """What is wrong with a value, and where inside it (empty: the value itself)."""

    path: str
    what: str


Check = Callable[[object], Problem | None]


@dataclass(frozen=True)
class Type:
    """A type: how the tables write it, and what it says of a value (None: nothing wrong)."""

    spec: str
    problem: Check


@dataclass(frozen=True)
class Field:
    """One member of an event: its name, its type, and whether it may be null."""

    name: str
    type: Type
    optional: bool

    def problem(self, value: object) -> Problem | None:
        """What is wrong with ``value`` in this field, or None."""
        if value is None:
            return None if self.optional else Problem("", "must not be null")
        return self.type.problem(value)

    @property
    def spec(self) -> str:
        """The field as the tables write it."""
        return f"{self.name} {self.type.spec}{'?' if self.optional else ''}"


def _matching(pattern: str, what: str) -> Check:
    matches = re.compile(pattern).fullmatch

    def problem(value: object) -> Problem | None:
        return None if type(value) is str and matches(value) else Problem("", f"must be {what}")

    return problem


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


def _date(value: object) -> Problem | None:
    if type(value) is str and _DAY(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            return Problem("", "is no day of the calendar")
        return None
    return Problem("", "must be a day, YYYY-MM-DD")


def _int(value: object) -> Problem | None:
    if type(value) is int and 0 <= value <= MAX_INT:
        return None
    return Problem("", f"must be a whole number from 0 to {MAX_INT}")


def _unprintable(value: str, allowed: str = "") -> bool:
    """Whether a control character (C0, DEL, C1) other than those allowed is in ``value``."""
    if value.isprintable():
        return False
    return any(unicodedata.category(char) in ("Cc", "Cs") and char not in allowed for char in value)


def _text(value: object) -> Problem | None:
    if type(value) is not str:
        return Problem("", "must be a text")
    if len(value) > MAX_TEXT:
        return Problem("", f"must be at most {MAX_TEXT} characters, is {len(value)}")
    return Problem("", "must not contain control characters") if _unprintable(value) else None


def _policy(value: object) -> Problem | None:
    if type(value) is not str:
        return Problem("", "must be a text")
    if len(value.encode("utf-8", "replace")) > MAX_POLICY:
        return Problem("", f"must be at most {MAX_POLICY} bytes")
    return (
        Problem("", "must not contain control characters but tab and newline") if _unprintable(value, "\t\n") else None
    )


def _vkey(value: object) -> Problem | None:
    if type(value) is not str:
        return Problem("", "must be a verifier key")
    if len(value) > MAX_VKEY:
        return Problem("", f"must be at most {MAX_VKEY} characters")
    try:
        VerifierKey.parse(value)
    except NoteError as error:
        return Problem("", f"must be a verifier key: {error.what}")
    return None


def _root(value: object) -> Problem | None:
    if type(value) is str and parse_hash(value) is not None:
        return None
    return Problem("", "must be 32 bytes in base64")


_CODE = "[a-z0-9][a-z0-9_.-]{0,63}"
_SIMPLE: dict[str, Check] = {
    "date": _date,
    "hash": _matching("[0-9a-f]{64}", "a hash, 64 lowercase hexadecimal digits"),
    "ref": _matching("[0-9a-f]{64}", "a reference, the leaf hash of an entry in 64 lowercase hexadecimal digits"),
    "id": _matching("[0-9a-f]{32}", "an id, 32 lowercase hexadecimal digits"),
    "code": _matching(_CODE, "a code, [a-z0-9][a-z0-9_.-]* of at most 64 characters"),
    "label": _matching(
        "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", "a label, [A-Za-z0-9][A-Za-z0-9_.-]* of at most 64 characters"
    ),
    "state": _matching("[A-Z]{3}", "a State, three capital letters of ISO 3166-1"),
    "quarter": _matching("[0-9]{4}-Q[1-4]", "a quarter, such as 2026-Q4"),
    "int": _int,
    "text": _text,
    "policy": _policy,
    "vkey": _vkey,
    "base64": _root,
}

#: Types of members inside ``{…}`` that their names alone tell; any other follows the rule of the tables.
_INNER = {
    **dict.fromkeys(("bytes", "count", "rows", "size", "slot", "from", "to"), "int"),
    **dict.fromkeys(("answer", "ask", "held", "reason", "status", "stratum"), "code"),
    "root": "base64",
}
#: Composite types with a name of their own.
_NAMED = {"head": "{root, size}", "duty": "{due date?, duty code}"}


def _object(fields: tuple[Field, ...]) -> Check:
    names = frozenset(field.name for field in fields)

    def problem(value: object) -> Problem | None:
        if not is_object(value):
            return Problem("", f"must be an object of {', '.join(sorted(names))}")
        if value.keys() != names:
            return Problem("", member_difference(value, names))
        for field in fields:
            found = field.problem(value[field.name])
            if found:
                return Problem(f".{field.name}{found.path}", found.what)
        return None

    return problem


def _list(item: Type, *, ordered: bool) -> Check:
    def problem(value: object) -> Problem | None:
        if not isinstance(value, list):
            return Problem("", "must be a list")
        for index, element in enumerate(value):
            found = item.problem(element)
            if found:
                return Problem(f"[{index}]{found.path}", found.what)
            if ordered and index and not value[index - 1] < element:
                return Problem(f"[{index}]", "must be sorted, without repeats")
        return None

    return problem


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Whether ``value`` is a JSON object (its names are then strings)."""
    return isinstance(value, dict) and all(type(name) is str for name in value)


def member_difference(value: Mapping[str, object], names: Set[str]) -> str:
    """Which members ``value`` lacks or has beyond ``names``, as words."""
    missing, extra = sorted(names - value.keys()), sorted(value.keys() - names)
    said = [f"lacks {', '.join(missing)}"] if missing else []
    if extra:
        said.append(f"has members its kind does not name: {', '.join(shown(name) for name in extra[:5])}")
    return " and ".join(said)


def _split(notation: str) -> list[str]:
    """Cut at the commas that are in no bracket."""
    parts, depth, start = [], 0, 0
    for place, char in enumerate(notation):
        depth += (char in "{<(") - (char in "}>)")
        if char == "," and depth == 0:
            parts.append(notation[start:place])
            start = place + 1
    return [part.strip() for part in [*parts, notation[start:]] if part.strip()]


def _implied(name: str, *, inner: bool) -> str:
    if inner and name in _INNER:
        return _INNER[name]
    if name.endswith("sha256") or name == "digest":
        return "hash"
    return "vkey" if name == "vkey" else "text"


def parse_type(spec: str) -> Type:
    """The type that ``spec`` writes. Raises KeyError for a name there is no type of: a defect of the tables."""
    if spec.startswith("set<"):
        item = parse_type(spec[4:-1])
        return Type(f"set<{item.spec}>", _list(item, ordered=True))
    if spec.startswith("list<"):
        item = parse_type(spec[5:-1])
        return Type(f"list<{item.spec}>", _list(item, ordered=False))
    if spec.startswith("{"):
        fields = parse_fields(spec[1:-1], inner=True)
        return Type(f"{{{', '.join(field.spec for field in fields)}}}", _object(fields))
    if spec.startswith("code("):
        words = [word.strip() for word in spec[5:-1].split(",")]
        return Type(spec, _matching("|".join(map(re.escape, words)), f"one of {', '.join(words)}"))
    if spec in _NAMED:
        return Type(spec, parse_type(_NAMED[spec]).problem)
    return Type(spec, _SIMPLE[spec])


def parse_fields(notation: str, *, inner: bool = False) -> tuple[Field, ...]:
    """The fields that a line of the tables writes, in its order."""
    fields = []
    for part in _split(notation):
        name, _, spec = part.partition(" ")
        optional = part.endswith("?")
        name, spec = name.removesuffix("?"), spec.strip().removesuffix("?")
        fields.append(Field(name, parse_type(spec or _implied(name, inner=inner)), optional))
    return tuple(fields)
