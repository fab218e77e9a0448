"""Where a sealed value belongs: the 56 bytes that are bound into it, so that it opens nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from answerable.sealing.errors import SealingError

DEPLOYMENT_SIZE = 32
ID_SIZE = 16
PLACE_SIZE = 56
U32 = 1 << 32


class Coded(IntEnum):
    """Numbers in bytes, names in text."""

    @property
    def code(self) -> str:
        """The name in texts: lower case, with underscores."""
        return self.name.lower()

    @classmethod
    def of(cls, code: str) -> Self:
        """The member that a code names. Raises SealingError."""
        for member in cls:
            if member.code == code:
                return member
        raise SealingError(f"{code[:40]!r} is no {cls.__name__.lower()}")

    @classmethod
    def at(cls, number: int) -> Self:
        """The member that a number names. Raises SealingError."""
        try:
            return cls(number)
        except ValueError:
            raise SealingError(f"{number} is no {cls.__name__.lower()}") from None


class Record(Coded):
    """What a compartment belongs to. FILE is a victim file: a request for help."""

    REPORT = 1
    CASE = 2
    FILE = 3


class Compartment(Coded):
    """A part of a record that has keys, and so readers, of its own."""

    REPORTER_IDENTITY = 1
    VICTIM_IDENTITY = 2
    NARRATIVE = 3
    ACCUSED_IDENTITY = 4
    MEDICAL_ASSISTANCE = 5
    EVIDENCE = 6
    DELIBERATION = 7


class Field(Coded):
    """What a value is within its compartment. NONE is the place of a wrap."""

    NONE = 0
    FORM = 1
    MESSAGE = 2
    FILE = 3
    STATUS = 4
    OPENING = 5
    REASONS = 6
    NOTICE = 7
    REVIEW = 8
    NOTE = 9
    RECUSAL = 10
    ANSWER = 11
    CLEANED = 12


#: The compartments of each kind of record. All of them are always made, so that every record has the same shape.
COMPARTMENTS: dict[Record, tuple[Compartment, ...]] = {
    Record.REPORT: (
        Compartment.REPORTER_IDENTITY,
        Compartment.NARRATIVE,
        Compartment.ACCUSED_IDENTITY,
        Compartment.EVIDENCE,
    ),
    Record.CASE: (
        Compartment.NARRATIVE,
        Compartment.ACCUSED_IDENTITY,
        Compartment.EVIDENCE,
        Compartment.DELIBERATION,
    ),
    Record.FILE: (Compartment.VICTIM_IDENTITY, Compartment.MEDICAL_ASSISTANCE),
}

#: The compartments that the reporter reads of what she filed; to the others she can only add.
REPORTERS: dict[Record, tuple[Compartment, ...]] = {
    Record.REPORT: (Compartment.REPORTER_IDENTITY, Compartment.NARRATIVE),
    Record.CASE: (),
    Record.FILE: (Compartment.VICTIM_IDENTITY,),
}

#: The compartment of the thread between the reporter and the desk.
THREAD: dict[Record, Compartment] = {
    Record.REPORT: Compartment.NARRATIVE,
    Record.CASE: Compartment.NARRATIVE,
    Record.FILE: Compartment.VICTIM_IDENTITY,
}

#: Holder ids that are not of a person on the staff.
REPORTER = bytes(ID_SIZE)
RECOVERY = b"\xff" * ID_SIZE


@dataclass(frozen=True)
class Place:
    """Deployment (32 bytes), record (16 bytes), compartment, field and version (a u32; 0 for the first form)."""

    deployment: bytes
    record_kind: Record
    record: bytes
    compartment: Compartment
    field: Field
    version: int

    def __post_init__(self) -> None:
        if len(self.deployment) != DEPLOYMENT_SIZE or len(self.record) != ID_SIZE:
            raise SealingError("a place has a deployment of 32 bytes and a record of 16")
        if not 0 <= self.version < U32:
            raise SealingError("a version is from 0 to 2**32 - 1")
        if self.compartment not in COMPARTMENTS[self.record_kind]:
            raise SealingError(f"a {self.record_kind.code} has no compartment {self.compartment.code}")

    def encode(self) -> bytes:
        """The 56 bytes that go into what is authenticated."""
        return (
            self.deployment
            + bytes((self.record_kind,))
            + self.record
            + bytes((self.compartment,))
            + self.field.to_bytes(2, "big")
            + self.version.to_bytes(4, "big")
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The place of 56 bytes. Raises SealingError for any other bytes."""
        if len(data) != PLACE_SIZE:
            raise SealingError(f"a place has {PLACE_SIZE} bytes, not {len(data)}")
        return cls(
            data[:32],
            Record.at(data[32]),
            data[33:49],
            Compartment.at(data[49]),
            Field.at(int.from_bytes(data[50:52], "big")),
            int.from_bytes(data[52:], "big"),
        )

    def for_wrap(self) -> Place:
        """The place of a wrap of this compartment's key: field NONE, version 0."""
        return Place(self.deployment, self.record_kind, self.record, self.compartment, Field.NONE, 0)
