"""What passes between the door, its pages and carry: plain values, no rows."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from answerable.intake.storage import carried_name
from answerable.intake.work import Spent
from answerable.sealing.envelope import Attached, Envelope, Kind
from answerable.sealing.place import Compartment, Field, Record


def b64(data: bytes) -> str:
    """Standard base64 with padding."""
    return b64encode(data).decode("ascii")


@dataclass(frozen=True)
class Received:
    """The answer to a submission: the signed promise, the leaf it is about, the sealed opening of a first one."""

    ack: bytes
    leaf: str
    include_by: int
    opening: bytes
    submission: str
    record: str
    day: str

    def as_json(self) -> dict[str, Any]:
        """What the API answers."""
        return {
            "ack": b64(self.ack),
            "day": self.day,
            "include_by": self.include_by,
            "leaf": self.leaf,
            "opening": b64(self.opening),
            "record": self.record,
            "submission": self.submission,
        }


@dataclass(frozen=True)
class Arrival:
    """An envelope that has passed the rules, on its way into a mailbox; and the bulletin it was held against."""

    envelope: Envelope
    sha256: bytes
    door: str
    moment: int
    spent: Spent | None
    told: Bulletin | None = None

    @property
    def day(self) -> date:
        """The day it arrived."""
        return day_of(self.moment)

    def body_of(self, file: Attached) -> bytes:
        """The name under which the body of a file of it is stored."""
        return carried_name(self.sha256, file.id) if self.door == "carry-in" else file.id


@dataclass(frozen=True)
class Outgoing:
    """A submission whose entry has its index, for carry. ``opening_key`` is sealed to the opening box.

    ``first``: the first of its record, whose event begins the record's chain.
    """

    id: bytes
    envelope: bytes
    sha256: bytes
    submission: bytes
    record: bytes
    kind: Kind
    door: str
    day: date
    leaf: bytes
    idx: int
    include_by: int
    event: Mapping[str, Any]
    opening_key: bytes
    files: tuple[tuple[Attached, Path], ...]
    first: bool


@dataclass(frozen=True)
class Reply:
    """What the desk sends back: ``value``, sealed to a compartment she reads, or ``epoch``, new keys of a compartment
    (``epoch``, ``public``) with her wrap in ``sealed`` where she reads it. ``day`` is YYYY-MM-DD. ``signature`` is the
    office's (:mod:`answerable.sealing.answers`). ``reporter``: her public key that a new epoch is wrapped to."""

    id: bytes
    record: bytes
    kind: str
    compartment: Compartment
    field: Field
    version: int
    sealed: bytes
    day: str
    epoch: int = 0
    public: bytes = b""
    signature: bytes = b""
    reporter: bytes = b""


@dataclass(frozen=True)
class Answered:
    """An answer that lies in a mailbox, as `Reply` says it: the desk's if the office's signature verifies."""

    id: bytes
    record: bytes
    record_kind: Record
    kind: str
    compartment: Compartment
    field: Field
    version: int
    epoch: int
    public: bytes
    sealed: bytes
    signature: bytes
    day: str


@dataclass(frozen=True)
class Held:
    """A submission that lies in a mailbox: its leaf and where the register has it, and the record that it is of."""

    leaf: bytes
    idx: int
    record: bytes
    record_kind: Record


@dataclass(frozen=True)
class Here:
    """What the reporter's side holds: leaves of all submissions, of those that were carried, and of what was erased;
    entries in its outbox that are no submission here (leaf -> index); records that have a mailbox, each with the leaves
    of its submissions; and ids of the desk's answers, but for where things stand."""

    leaves: frozenset[bytes]
    carried: frozenset[bytes]
    erased: frozenset[bytes]
    alone: Mapping[bytes, int]
    records: Mapping[bytes, frozenset[bytes]]
    answers: frozenset[bytes]


@dataclass(frozen=True)
class WaitingReceipt:
    """A submission that the register holds and whose proof her mailbox has not."""

    submission_id: bytes
    leaf: bytes
    idx: int


@dataclass(frozen=True)
class Bulletin:
    """What carry last told the door. ``duties``: event kind -> {"duty": code, "days": working days}."""

    anchor: Mapping[str, Any]
    policy: str
    procedure: Mapping[str, Any] | None
    duties: Mapping[str, Mapping[str, Any]]
    readers: str | None
    readers_before: str | None


@dataclass(frozen=True)
class Swept:
    """How much was swept."""

    nonces: int
    uploads: int


def day_of(moment: int) -> date:
    """The day (UTC) of POSIX seconds."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + moment // 86_400)
