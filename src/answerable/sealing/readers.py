"""The readers' note: who may read what arrives, the keys it is sealed to, and the keys that sign the office's answers.

Its body, one line each. The note is signed by members of the panel; whoever uses it checks their signatures first.

    answerable/readers@v1
    deployment <64 hex>
    epoch <number>
    day <YYYY-MM-DD>
    recovery <key, 64 hex> <k> <n>
    office <Ed25519 key, 64 hex>      (1 to 8; the one in force first, earlier ones behind it)
    reader <id, 32 hex> <X25519 key, 64 hex> <Ed25519 key, 64 hex> <role> <employer or -> <nationality or ->
           <languages or -> <grants or ->            (in one line; readers ascend by id)
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from answerable.sealing.errors import SealingError
from answerable.sealing.place import (
    COMPARTMENTS,
    DEPLOYMENT_SIZE,
    ID_SIZE,
    RECOVERY,
    REPORTER,
    U32,
    Compartment,
    Record,
)

FIRST = "answerable/readers@v1"
#: The role that every reporter may add, and that stands outside the office.
INDEPENDENT = "independent_reader"
MAX_NOTE = 1_000_000
#: How many keys of the office a note names: the one in force, and those before it, so that older answers still verify.
MAX_OFFICE = 8
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_NATION = re.compile(r"[A-Z]{3}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Grant = tuple[Record, Compartment]


@dataclass(frozen=True)
class Recovery:
    """The recovery key: its public half, and how many (`k`) of how many (`n`) members' shares open it."""

    public: bytes
    k: int
    n: int


@dataclass(frozen=True)
class Reader:
    """One reader: keys, and what a person is told before she lets him read. Empty codes are unknown."""

    id: bytes
    x25519: bytes
    ed25519: bytes
    role: str
    employer: str
    nationality: str
    languages: tuple[str, ...]
    grants: tuple[Grant, ...]


@dataclass(frozen=True)
class ReadersNote:
    """Who reads, in one deployment, from one day. Construction checks every rule.

    ``office``: the Ed25519 keys under which the office's answers verify (:mod:`answerable.sealing.answers`).
    """

    deployment: bytes
    epoch: int
    day: date
    recovery: Recovery
    office: tuple[bytes, ...]
    readers: tuple[Reader, ...]

    def __post_init__(self) -> None:
        if len(self.deployment) != DEPLOYMENT_SIZE or len(self.recovery.public) != 32:
            raise SealingError("a readers' note has a deployment and a recovery key of 32 bytes each")
        if not 0 <= self.epoch < U32:
            raise SealingError("an epoch is from 0 to 2**32 - 1")
        if not 1 <= self.recovery.k <= self.recovery.n <= 255:
            raise SealingError("recovery takes k of n members: 1 <= k <= n <= 255")
        if not 1 <= len(self.office) <= MAX_OFFICE or any(len(key) != 32 for key in self.office):
            raise SealingError(f"a readers' note has from 1 to {MAX_OFFICE} office keys of 32 bytes")
        if len(set(self.office)) != len(self.office):
            raise SealingError("each office key stands in a note once")
        for reader in self.readers:
            _check(reader)
        if any(first.id >= second.id for first, second in pairwise(self.readers)):
            raise SealingError("the readers of a note ascend by id, without repetition")

    def holders(
        self, record: Record, compartment: Compartment, struck: Collection[bytes], independent: bool
    ) -> tuple[Reader, ...]:
        """Who a new record's compartment is wrapped to, by ascending id: all it is granted to, but those struck out.

        An independent reader only where ``independent`` says that the reporter wants one.
        """
        return tuple(
            reader
            for reader in self.readers
            if (record, compartment) in reader.grants
            and reader.id not in struck
            and (independent or reader.role != INDEPENDENT)
        )


def _check(reader: Reader) -> None:
    if len(reader.id) != ID_SIZE or len(reader.x25519) != 32 or len(reader.ed25519) != 32:
        raise SealingError("a reader has an id of 16 bytes and two keys of 32")
    if reader.id in (REPORTER, RECOVERY):
        raise SealingError("a reader's id is neither the reporter's nor that of recovery")
    where = reader.id.hex()
    if not _CODE.fullmatch(reader.role) or (reader.employer and not _CODE.fullmatch(reader.employer)):
        raise SealingError("a role and an employer are codes in lower case", where=where)
    if reader.nationality and not _NATION.fullmatch(reader.nationality):
        raise SealingError("a nationality is three capital letters", where=where)
    if not all(_LANGUAGE.fullmatch(one) for one in reader.languages):
        raise SealingError("a language is a code such as fr or zh-hans", where=where)
    if list(reader.languages) != sorted(set(reader.languages)) or list(reader.grants) != sorted(set(reader.grants)):
        raise SealingError("languages and grants ascend, without repetition", where=where)
    for record, compartment in reader.grants:
        if compartment not in COMPARTMENTS[record]:
            raise SealingError(f"a {record.code} has no compartment {compartment.code}", where=where)


def _grant(text: str) -> Grant:
    record, slash, compartment = text.partition("/")
    if not slash:
        raise SealingError("a grant is a record and a compartment with a stroke between")
    return Record.of(record), Compartment.of(compartment)


def _hex(text: str, size: int) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = b""
    if len(data) != size or data.hex() != text:
        raise SealingError(f"{2 * size} lower-case hexadecimal digits belong here")
    return data


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise SealingError("a number belongs here, without zeros before it")
    return int(text)


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        raise SealingError("there is no such day") from None
    raise SealingError("a day is written YYYY-MM-DD")


def _items(text: str) -> tuple[str, ...]:
    return () if text == "-" else tuple(text.split(","))


def _reader(fields: list[str]) -> Reader:
    if len(fields) != 8:
        raise SealingError("a reader's line has eight parts behind its first word")
    if "" in fields:
        raise SealingError("what is unknown of a reader is written as -")
    identity, x25519, ed25519, role, employer, nationality, languages, grants = fields
    return Reader(
        _hex(identity, ID_SIZE),
        _hex(x25519, 32),
        _hex(ed25519, 32),
        role,
        "" if employer == "-" else employer,
        "" if nationality == "-" else nationality,
        _items(languages),
        tuple(map(_grant, _items(grants))),
    )


def _fields(lines: list[str], number: int, name: str, count: int) -> list[str]:
    fields = lines[number].split(" ") if number < len(lines) else []
    if len(fields) != count + 1 or fields[0] != name:
        raise SealingError(f"a line {name!r} with {count} parts belongs here")
    return fields[1:]


def _parse(lines: list[str], at: list[int]) -> ReadersNote:
    if not lines or lines[0] != FIRST:
        raise SealingError(f"a readers' note begins with {FIRST}")
    at[0] = 1
    deployment = _hex(_fields(lines, 1, "deployment", 1)[0], DEPLOYMENT_SIZE)
    at[0] = 2
    epoch = _number(_fields(lines, 2, "epoch", 1)[0])
    at[0] = 3
    day = _day(_fields(lines, 3, "day", 1)[0])
    at[0] = 4
    public, k, n = _fields(lines, 4, "recovery", 3)
    recovery = Recovery(_hex(public, 32), _number(k), _number(n))
    office = []
    first = 5
    while first < len(lines) and lines[first].startswith("office "):
        at[0] = first
        office.append(_hex(_fields(lines, first, "office", 1)[0], 32))
        first += 1
    readers = []
    for at[0] in range(first, len(lines)):
        readers.append(_reader(_fields(lines, at[0], "reader", 8)))
    return ReadersNote(deployment, epoch, day, recovery, tuple(office), tuple(readers))


def parse(text: str) -> ReadersNote:
    """The note of a text. Raises SealingError, with its line, for any text that `write` does not give."""
    if len(text) > MAX_NOTE:
        raise SealingError(f"a readers' note is at most {MAX_NOTE} characters")
    *lines, last = text.split("\n")
    if last:
        raise SealingError("a readers' note ends with a line break")
    at = [0]
    try:
        return _parse(lines, at)
    except SealingError as error:
        raise SealingError(error.what, where=error.where or f"line {at[0] + 1}", todo=error.todo) from None


def write(note: ReadersNote) -> str:
    """The text of a note."""
    recovery = note.recovery
    lines = [
        FIRST,
        f"deployment {note.deployment.hex()}",
        f"epoch {note.epoch}",
        f"day {note.day.isoformat()}",
        f"recovery {recovery.public.hex()} {recovery.k} {recovery.n}",
        *(f"office {key.hex()}" for key in note.office),
    ]
    for one in note.readers:
        grants = ",".join(f"{record.code}/{compartment.code}" for record, compartment in one.grants)
        parts = (one.role, one.employer or "-", one.nationality or "-", ",".join(one.languages) or "-", grants or "-")
        lines.append(" ".join(("reader", one.id.hex(), one.x25519.hex(), one.ed25519.hex(), *parts)))
    return "".join(f"{line}\n" for line in lines)
