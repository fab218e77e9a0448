"""What is missing after a database was restored: what carry tells the desk, and what the desk shows of it.

Places, days and hashes, never what was said. Nothing here puts anything back: `casework.actions.mending` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from answerable.casework.models import Missing, Person, Record
from answerable.sealing.place import Compartment, Field

#: How many a page shows, the oldest.
ROWS = 100


@dataclass(frozen=True)
class Missed:
    """One thing that is missing: ``what`` and the rest as `Missing` has them."""

    what: Missing.What
    leaf: bytes = b""
    idx: int | None = None
    record: str = ""
    thing: str = ""
    on: date | None = None

    @property
    def handle(self) -> str:
        """Its name: the same thing has the same, however often it is found."""
        facts = "\n".join((self.what.value, self.leaf.hex(), self.record, self.thing))
        return sha256(b"answerable/missing/v1\0" + facts.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Sent:
    """An answer that lies in a mailbox, as carry found it there. ``kind`` is ``value`` or ``epoch``."""

    handle: str
    record: str
    kind: str
    compartment: Compartment
    field: Field
    version: int
    epoch: int
    public: bytes
    on: date

    @property
    def place(self) -> str:
        """Where it lies within its record."""
        return f"{self.compartment.code}/{self.field.name.lower()}/{self.version}"


@dataclass(frozen=True)
class MissingRow:
    """One thing as a page or a command shows it. ``name``: the two words of its record, where the desk has that."""

    handle: str
    what: str
    leaf: str
    idx: int | None
    name: str
    thing: str
    on: date | None
    found: date


def shown(person: Person, *, on: date) -> list[MissingRow]:
    """What waits for an answer, oldest first, to a member of the panel or an administrator. Two queries."""
    return _rows(list(Missing.objects.shown_to(person, on)[:ROWS]))


def of_record(record: Record) -> list[MissingRow]:
    """What waits for an answer and is of one record, for whoever sees that record. One query where there is nothing."""
    return _rows(list(Missing.objects.waiting().filter(record=record.handle)))


def waiting() -> list[MissingRow]:
    """Everything that waits for an answer, for whoever runs the desk."""
    return _rows(list(Missing.objects.waiting()))


def _rows(found: list[Missing]) -> list[MissingRow]:
    if not found:
        return []
    names = dict(Record.objects.filter(handle__in={one.record for one in found}).values_list("handle", "name"))
    return [
        MissingRow(one.handle, one.what, one.leaf, one.idx, names.get(one.record, ""), one.thing, one.on, one.found)
        for one in found
    ]
