"""Every kind of event: its members, their types, and the checks that an entry is exactly what its kind says.

The fields of a kind never change; a new need is a new kind. The tables themselves are in `kinds_sealed` and
`kinds_open`; `document` writes them as the page ``docs/kinds.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

from answerable.record import canonical, kinds_open, kinds_sealed
from answerable.record.canonical import Json
from answerable.record.errors import CanonicalError, KindError, UnknownKindError
from answerable.record.fields import Field, Problem, is_object, member_difference, parse_fields
from answerable.record.kinds_open import Rule
from answerable.record.text import shown

__all__ = [
    "MAX_OPEN",
    "OPEN",
    "SEALED",
    "SURVEY_MARK",
    "Field",
    "Kind",
    "check_open",
    "check_sealed",
    "document",
    "encode_open",
]

VERSION = 1
#: An open entry is at most this many bytes: what a bundle's two length bytes can hold.
MAX_OPEN = 65_535
#: First byte of a survey's public envelope, reserved: it arrives with the surveys' own logs.
SURVEY_MARK = b"\x02"

Header = Literal["case", "none", "open"]


@dataclass(frozen=True)
class Kind:
    """One kind: its name, its members in the order of the tables, the header they begin with, a rule between them."""

    name: str
    fields: tuple[Field, ...]
    header: Header
    rule: Rule | None = None
    note: str = ""

    @cached_property
    def members(self) -> Mapping[str, Field]:
        """Members by name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Names in the order in which a sealed event commits to them: kind first, then in byte order."""
        return ("kind", *sorted(self.members.keys() - {"kind"}))

    def check(self, event: object) -> dict[str, Json]:
        """``event``, which has exactly this kind's members, each of its type; KindError says which one has not."""
        if not is_object(event):
            raise KindError("must be an object", where=self.name)
        if event.keys() != self.members.keys():
            raise KindError(member_difference(event, self.members.keys()), where=self.name)
        for field in self.fields:
            self._say(field, field.problem(event[field.name]))
        self.check_member("v", event["v"])
        if self.rule and (broken := self.rule(event)):
            raise KindError(broken, where=self.name)
        return cast("dict[str, Json]", event)

    def check_member(self, name: str, value: object) -> None:
        """One member alone, as a selective opening shows it. Raises KindError."""
        field = self.members.get(name)
        if field is None:
            raise KindError(f"has no member called {shown(name)}", where=self.name)
        self._say(field, field.problem(value))
        if name == "v" and value != VERSION:
            raise KindError(f"v must be {VERSION}, the only version there is", where=self.name)
        if name == "kind" and value != self.name:
            raise KindError(f"kind must be {self.name}", where=self.name)

    def _say(self, field: Field, problem: Problem | None) -> None:
        if problem:
            raise KindError(f"{field.name}{problem.path} {problem.what}", where=self.name)


def _chained(event: Mapping[str, object]) -> str | None:
    """A case's chain begins at 0 and every later event names the one before it."""
    if (event["seq"] == 0) == (event["prev"] is None):
        return None
    return "prev must be null at seq 0 and the previous event's commitment after it"


def _kinds(header: Header, shared: str, own: Mapping[str, str], notes: Mapping[str, str]) -> dict[str, Kind]:
    rules: Mapping[str, Rule] = dict.fromkeys(own, _chained) if header == "case" else kinds_open.RULES
    return {
        name: Kind(name, parse_fields(f"{shared}, {notation}"), header, rules.get(name), notes.get(name, ""))
        for name, notation in own.items()
    }


OPEN: Mapping[str, Kind] = _kinds("open", kinds_open.HEADER, kinds_open.OPEN, kinds_open.NOTES)
SEALED: Mapping[str, Kind] = {
    **_kinds("case", kinds_sealed.CASE_HEADER, kinds_sealed.CASE, kinds_sealed.NOTES),
    **_kinds("none", kinds_sealed.BARE_HEADER, kinds_sealed.BARE, kinds_sealed.NOTES),
}


def known(kinds: Mapping[str, Kind], name: object) -> Kind:
    """The kind called ``name``. Raises UnknownKindError: what is not known is refused, never passed."""
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        raise UnknownKindError(
            f"no kind is called {shown(name)}",
            todo="a newer version of this program may know it; it is not accepted here",
        )
    return kind


def _checked(kinds: Mapping[str, Kind], event: object) -> dict[str, Json]:
    if not is_object(event):
        raise KindError("an event must be a JSON object")
    if "kind" not in event:
        raise KindError("an event must have the member kind")
    return known(kinds, event["kind"]).check(event)


def check_open(entry: bytes) -> dict[str, Json]:
    """The members of an open entry: canonical, of a known kind, exactly its members, each of its type.

    Raises KindError (UnknownKindError for a kind that is not known) with the kind, the member and what is wrong.
    """
    if len(entry) > MAX_OPEN:
        raise KindError(f"an open entry is at most {MAX_OPEN} bytes, this one has {len(entry)}")
    if entry[:1] == SURVEY_MARK:
        raise UnknownKindError("an envelope of a survey belongs to that survey's own log, which is not read here")
    if not entry.startswith(b"{"):
        raise KindError("an open entry begins with {")
    try:
        event = canonical.decode(entry)
    except CanonicalError as error:
        raise KindError(f"not canonical JSON: {error.what}", where=error.where) from error
    return _checked(OPEN, event)


def encode_open(fields: Mapping[str, Json]) -> bytes:
    """The bytes of an open entry. Raises KindError unless `check_open` would accept them."""
    event = _checked(OPEN, dict(fields))
    entry = canonical.encode(event)
    if len(entry) > MAX_OPEN:
        raise KindError(f"the entry has {len(entry)} bytes, at most {MAX_OPEN} are allowed", where=str(event["kind"]))
    return entry


def check_sealed(event: Mapping[str, Json]) -> dict[str, Json]:
    """A sealed event: of a known kind, exactly its members, each of its type. Raises KindError."""
    return _checked(SEALED, event)


_TYPES = """\
| type | what it is |
|---|---|
| `date` | a day, YYYY-MM-DD |
| `hash` | 64 lowercase hexadecimal digits |
| `ref` | the leaf hash of an entry, written as `hash` |
| `id` | 32 lowercase hexadecimal digits, random |
| `code` | `[a-z0-9][a-z0-9_.-]{0,63}`; where words follow in brackets, one of them |
| `label` | `[A-Za-z0-9][A-Za-z0-9_.-]{0,63}` |
| `state` | three capital letters, ISO 3166-1 |
| `quarter` | such as 2026-Q4 |
| `int` | a whole number from 0 to 2^53 - 1 |
| `base64` | 32 bytes, standard base64 with padding |
| `head` | `{root base64, size int}` |
| `duty` | `{due date?, duty code}` |
| `text` | at most 500 characters, no control characters |
| `policy` | a policy file, at most 32 KiB, tabs and line breaks allowed |
| `vkey` | a verifier key of at most 2,000 characters |
| `set<T>` | a list of T, sorted, without repeats |
| `list<T>` | a list of T in any order |
| `{…}` | an object of exactly these members |
| `T?` | T, or null |
"""


def _table(title: str, kinds: list[Kind], shared: str) -> list[str]:
    header = {field.name for field in parse_fields(shared)}
    lines = [f"## {title}", "", f"Every one has: {', '.join(f'`{field.spec}`' for field in parse_fields(shared))}.", ""]
    lines += ["| kind | own fields | note |", "|---|---|---|"]
    for kind in kinds:
        own = ", ".join(f"`{field.spec}`" for field in kind.fields if field.name not in header)
        lines.append(f"| `{kind.name}` | {own} | {kind.note} |")
    return [*lines, ""]


def document() -> str:
    """The page ``docs/kinds.md``: every kind with its fields and their types."""
    cases = [kind for kind in SEALED.values() if kind.header == "case"]
    bare = [kind for kind in SEALED.values() if kind.header == "none"]
    lines = [
        "# Kinds of events",
        "",
        "Generated from the tables in `answerable.record`; a test keeps it current. An entry has exactly the members",
        "of its kind, null where there is nothing to say. `v` is 1. The fields of a kind never change: a new need is",
        "a new kind.",
        "",
        "## Types",
        "",
        _TYPES,
        *_table("Open kinds, in the record", list(OPEN.values()), kinds_open.HEADER),
        *_table("Sealed kinds of a case, in the register", cases, kinds_sealed.CASE_HEADER),
        "`prev` is the commitment of the case's previous event, null at `seq` 0; `by` is the code of a role, never a",
        "person; `procedure` is the one in force; `after` is the register's head in the latest `log.anchored`.",
        "",
        *_table("Sealed kinds of no case, in the register", bare, kinds_sealed.BARE_HEADER),
        "## Reserved",
        "",
        "An entry that begins with the byte 0x02, and the format `survey`, belong to the surveys' own logs and are",
        "refused here.",
    ]
    return "\n".join(lines) + "\n"
