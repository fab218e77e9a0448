"""People who may read, as a small file says it, and the text of the readers' note that follows from the access table.

people:
  - id: 32 hexadecimal digits          # the holder's id, drawn once
    x25519: 64 hexadecimal digits      # the key to open, as the desk shows it
    ed25519: 64 hexadecimal digits     # the key to sign acts
    role: intake_officer
    employer: un-secretariat           # optional
    nationality: FRA                   # optional
    languages: [en, fr]                # optional
    trained_child: yes                 # optional: trained to deal with children
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from answerable.procedures import yamlfile
from answerable.procedures.errors import FileProblem
from answerable.procedures.fields import items, keys, name, one_or_more, problem, text, yes_no
from answerable.sealing.place import COMPARTMENTS, Compartment, Record
from answerable.sealing.readers import INDEPENDENT, Reader, ReadersNote, Recovery

if TYPE_CHECKING:
    from answerable.procedures.yamlfile import Node
    from answerable.sealing.access import Table
    from answerable.sealing.recovery import RecoveryKey

_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_STATE = re.compile(r"[A-Z]{3}")
_REQUIRED = ("id", "x25519", "ed25519", "role")
_OPTIONAL = ("employer", "nationality", "languages", "trained_child")


def draft(
    data: bytes, file: str, table: Table, key: RecoveryKey, office: Sequence[bytes], *, epoch: int, day: date
) -> ReadersNote:
    """The note of the people in a file: what each is wrapped to when a record is made is what the table gives the role.

    ``office``: the office's keys, the one in force first.

    Raises FileProblem with file and line, SealingError for what makes no note.
    """
    found = keys(yamlfile.load(data, file), "a file of people", ("people",))
    readers = sorted((_reader(each, table, day) for each in items(found["people"], "people")), key=lambda one: one.id)
    recovery = Recovery(key.key.public, key.key.k, key.key.n)
    return ReadersNote(key.deployment, epoch, day, recovery, tuple(office), tuple(readers))


def _reader(node: Node, table: Table, day: date) -> Reader:
    values = keys(node, "a person", _REQUIRED, _OPTIONAL)
    role = name(values["role"], "a role")
    if role not in table.roles:
        raise problem(values["role"], f"“{role}” is no role of the access table")
    trained = "trained_child" in values and yes_no(values["trained_child"], "whether the person is trained")
    grants = table.first_grants(role, day, {"trained_child"} if trained else ())
    return Reader(
        _hex(values["id"], 16),
        _hex(values["x25519"], 32),
        _hex(values["ed25519"], 32),
        role,
        _matching(values["employer"], _CODE, "an employer", "a code in lower case") if "employer" in values else "",
        _matching(values["nationality"], _STATE, "a nationality", "three capital letters")
        if "nationality" in values
        else "",
        tuple(sorted({text(each, "a language") for each in one_or_more(values["languages"], "languages")}))
        if "languages" in values
        else (),
        tuple(sorted((Record.of(record), Compartment.of(compartment)) for record, compartment in grants)),
    )


def _hex(node: Node, size: int) -> bytes:
    word = text(node, "an id or key")
    if len(word) != 2 * size or not re.fullmatch("[0-9a-f]+", word):
        raise problem(node, "this is no id or key", f"write {2 * size} lower-case hexadecimal digits")
    return bytes.fromhex(word)


def _matching(node: Node, pattern: re.Pattern[str], what: str, needs: str) -> str:
    word = text(node, what)
    if not pattern.fullmatch(word):
        raise problem(node, f"“{word[:40]}” cannot be {what}", f"write {needs}")
    return word


def faults(note: ReadersNote, table: Table | None = None) -> Iterator[str]:
    """What a note must not leave open, in words: a compartment without reader, no independent reader, a grant too many.

    With a ``table``, grants that it does not give the role on the note's day are named too.
    """
    for record in (Record.REPORT, Record.FILE):
        for compartment in COMPARTMENTS[record]:
            if not note.holders(record, compartment, (), independent=False):
                yield f"nobody reads {record.code}/{compartment.code}"
    if not any(reader.role == INDEPENDENT and reader.grants for reader in note.readers):
        yield "there is no independent reader: every reporter is offered one"
    if table is not None:
        yield from _against(note, table)


def _against(note: ReadersNote, table: Table) -> Iterator[str]:
    """Grants that the table does not give the reader's role on the note's day."""
    for reader in note.readers:
        most = set(table.first_grants(reader.role, note.day, {"trained_child"}))
        for record, compartment in reader.grants:
            if (record.code, compartment.code) not in most:
                yield f"{reader.id.hex()} ({reader.role}) reads {record.code}/{compartment.code} against the table"


def check(note: ReadersNote, table: Table | None = None) -> None:
    """Raises FileProblem for the first of `faults`."""
    for fault in faults(note, table):
        raise FileProblem(fault, todo="change the people or the access table")
