"""An opened mailbox as its reader gets it: sealed throughout, and as long as any other in steps of 16 KiB."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from answerable.intake.exchange import b64
from answerable.sealing.place import Compartment, Record

STEP = 16_384
#: Who wrote a value: she, the desk, or the door itself (the opening of her entry).
REPORTER, DESK, INTAKE = "reporter", "desk", "intake"


@dataclass(frozen=True)
class BoxSubmission:
    """Something she sent. ``salt`` and ``key`` are there only when it came with another key than the mailbox has."""

    id: bytes
    number: int
    kind: str
    record: bytes
    record_kind: Record
    leaf: bytes
    day: str
    state: str
    language: str
    consents: tuple[str, ...]
    files: int
    ack: bytes
    receipt: bytes | None
    salt: bytes | None = None
    key: bytes | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        """Its member of ``submissions``."""
        return {
            "ack": b64(self.ack),
            "consents": list(self.consents),
            "day": self.day,
            "files": self.files,
            "id": self.id.hex(),
            "key": _b64(self.key),
            "kind": self.kind,
            "language": self.language,
            "leaf": self.leaf.hex(),
            "number": self.number,
            "receipt": _b64(self.receipt),
            "record": self.record.hex(),
            "record_kind": int(self.record_kind),
            "salt": _b64(self.salt),
            "state": self.state,
        }


@dataclass(frozen=True)
class BoxCompartment:
    """An epoch of a compartment: its public key, and her wrap of the private one where she reads it.

    ``signature``: of whoever began it, she (`answerable.sealing.signing`) or the office (`…answers`).
    """

    record: bytes
    record_kind: Record
    compartment: Compartment
    epoch: int
    public: bytes
    wrap: bytes | None
    submission: bytes | None
    confirmed: bool
    signature: bytes | None

    def as_json(self) -> dict[str, Any]:
        """Its member of ``compartments``."""
        return {
            "compartment": int(self.compartment),
            "epoch": self.epoch,
            "public": b64(self.public),
            "record": self.record.hex(),
            "record_kind": int(self.record_kind),
            "signature": _b64(self.signature),
            "submission": _hex(self.submission),
            "wrap": _b64(self.wrap),
        }


@dataclass(frozen=True)
class BoxValue:
    """A sealed value, hers or a reply; the office signs its replies."""

    record: bytes
    record_kind: Record
    compartment: Compartment
    field: int
    version: int
    sealed: bytes
    leaf: bytes | None
    submission: bytes | None
    day: str
    by: str
    signature: bytes | None = None

    def as_json(self) -> dict[str, Any]:
        """Its member of ``values``."""
        return {
            "compartment": int(self.compartment),
            "day": self.day,
            "field": self.field,
            "from": self.by,
            "leaf": _hex(self.leaf),
            "record": self.record.hex(),
            "record_kind": int(self.record_kind),
            "sealed": b64(self.sealed),
            "signature": _b64(self.signature),
            "submission": _hex(self.submission),
            "version": self.version,
        }


#: Compartment -> (id, public key) of each who holds its key; and that for each record.
HoldersOf = Mapping[Compartment, Sequence[tuple[bytes, bytes]]]
Holders = Mapping[bytes, HoldersOf]


@dataclass(frozen=True)
class Box:
    """A mailbox: what opens her key, what she sent, what came back, and who holds its keys now.

    ``opened`` is the day it was opened before this; ``holders``: record -> compartment -> (id, public key).
    """

    salt: bytes
    key: bytes = field(repr=False)
    public: bytes
    one_time: bool
    withdrawn: bool
    opened: str | None
    submissions: tuple[BoxSubmission, ...]
    compartments: tuple[BoxCompartment, ...]
    values: tuple[BoxValue, ...]
    holders: Holders
    readers: str

    def as_json(self) -> dict[str, Any]:
        """What the API answers, but for its padding."""
        return {
            "compartments": [one.as_json() for one in self.compartments],
            "holders": {
                record.hex(): {
                    str(int(compartment)): [{"id": id_.hex(), "public": public.hex()} for id_, public in several]
                    for compartment, several in held.items()
                }
                for record, held in self.holders.items()
            },
            "key": b64(self.key),
            "one_time": self.one_time,
            "opened": self.opened,
            "public": b64(self.public),
            "readers": self.readers,
            "salt": b64(self.salt),
            "submissions": [one.as_json() for one in self.submissions],
            "values": [one.as_json() for one in self.values],
            "withdrawn": self.withdrawn,
        }

    def to_bytes(self) -> bytes:
        """The JSON padded, by its member ``pad``, to a multiple of 16 KiB."""
        return padded(self.as_json())


def padded(value: Mapping[str, Any]) -> bytes:
    """JSON of ``value`` with a member ``pad`` that fills it up to a multiple of 16 KiB."""
    bare = len(_written({**value, "pad": ""}))
    return _written({**value, "pad": "0" * (-bare % STEP)})


def _written(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def _b64(data: bytes | None) -> str | None:
    return None if data is None else b64(data)


def _hex(data: bytes | None) -> str | None:
    return None if data is None else data.hex()
