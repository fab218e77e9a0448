"""Opening a mailbox: everything in it that the reporter's key opens, in the order in which it was written.

Works on what the server gives for a mailbox (the members of `/api/box/`), so that the page without script reads the
same as the browser does. Pure.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from answerable.intake.errors import MalformedError
from answerable.sealing import hpke
from answerable.sealing.envelope import Envelope
from answerable.sealing.errors import SealingError
from answerable.sealing.place import REPORTER, THREAD, Compartment, Field, Place, Record
from answerable.sealing.values import epoch_of, open_value, open_wrap

Json = Mapping[str, Any]
#: What stands in the thread: messages either way, and the notice of a decision, which says why and how to contest it.
_WRITTEN = (Field.MESSAGE, Field.NOTICE)


@dataclass(frozen=True)
class Message:
    """One message of the thread. ``gap``: it answers a message that is not here, so that one was lost or held back."""

    mine: bool
    day: str
    text: str = field(repr=False)
    check_in: str
    sealed: bytes = field(repr=False)
    after: str
    gap: bool = False


@dataclass(frozen=True)
class Part:
    """One epoch of a compartment: its public key, and the private one where the reporter holds it."""

    compartment: Compartment
    epoch: int
    public: bytes
    private: bytes | None = field(repr=False)


@dataclass(frozen=True)
class RecordBox:
    """What a mailbox holds of one record, opened as far as the reporter may read it."""

    record_kind: Record
    record: bytes
    parts: tuple[Part, ...]
    messages: tuple[Message, ...]
    status: Json
    forms: Mapping[Compartment, Json] = field(repr=False)
    openings: tuple[Json, ...]
    submissions: tuple[Json, ...]
    holders: Mapping[Compartment, tuple[tuple[bytes, bytes], ...]]
    altered: int

    def newest(self, compartment: Compartment) -> tuple[int, bytes]:
        """Epoch and public key that something new is sealed to. Raises MalformedError where there is none."""
        known = [part for part in self.parts if part.compartment is compartment]
        # Of what she reads, only keys whose other half she holds: whoever writes to the database could name their own.
        found = [part for part in known if part.private is not None] or known
        if not found:
            raise MalformedError("this mailbox lacks a key", todo="try again later, or write a new report")
        last = max(found, key=lambda part: part.epoch)
        return last.epoch, last.public

    @property
    def last_message(self) -> bytes | None:
        """The sealed bytes of the last message that can be seen."""
        return self.messages[-1].sealed if self.messages else None


def open_records(box: Json, deployment: bytes, privates: Sequence[bytes]) -> tuple[RecordBox, ...]:
    """Every record of a mailbox, opened with the reporter's keys. What does not open is counted, never hidden.

    Raises MalformedError for a mailbox that is not one.
    """
    try:
        names = sorted({(each["record_kind"], each["record"]) for each in box["compartments"]})
        return tuple(_record(box, deployment, privates, Record.at(kind), name) for kind, name in names)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise MalformedError("the mailbox cannot be read", todo="try again in a few minutes") from None


def _record(box: Json, deployment: bytes, privates: Sequence[bytes], kind: Record, name: str) -> RecordBox:
    record = bytes.fromhex(name)
    place = _places(deployment, kind, record)
    altered = 0
    parts: list[Part] = []
    for each in _of(box["compartments"], name):
        compartment = Compartment.at(each["compartment"])
        opened = None
        if each["wrap"]:
            where = place(compartment, Field.NONE, 0)
            opened = _opened_wrap(where, privates, _bytes(each["wrap"]), _bytes(each["public"]))
            altered += opened is None
        parts.append(Part(compartment, int(each["epoch"]), _bytes(each["public"]), opened))
    values: list[tuple[Compartment, Field, bytes, Json]] = []
    hers: set[bytes] = set()
    keys = {(part.compartment, part.epoch): part.private for part in parts}
    for each in _of(box["values"], name):
        compartment, what = Compartment.at(each["compartment"]), Field.at(each["field"])
        sealed = _bytes(each["sealed"])
        try:
            key = keys.get((compartment, epoch_of(sealed)))
            if key is None or what in (Field.FILE, Field.CLEANED):
                continue
            plain = open_value(place(compartment, what, int(each["version"])), key, sealed)
            values.append((compartment, what, sealed, _json(plain)))
            if each["from"] == "reporter":
                hers.add(sealed)
        except SealingError:
            altered += 1
    statuses = [value for _part, what, _sealed, value in values if what is Field.STATUS]
    return RecordBox(
        kind,
        record,
        tuple(parts),
        in_order(_message(sealed, value, sealed in hers) for _part, what, sealed, value in values if what in _WRITTEN),
        max(statuses, key=lambda each: str(each.get("day", "")), default={}),
        {part: value for part, what, _sealed, value in values if what is Field.FORM},
        tuple(value for _part, what, _sealed, value in values if what is Field.OPENING),
        tuple(_of(box["submissions"], name)),
        {
            Compartment.at(int(part)): tuple((bytes.fromhex(one["id"]), bytes.fromhex(one["public"])) for one in each)
            for part, each in box["holders"].get(name, {}).items()
        },
        altered,
    )


def _opened_wrap(place: Place, privates: Sequence[bytes], wrap: bytes, public: bytes) -> bytes | None:
    """The key in a wrap, if one of hers opens it and it is the private half of the key that stands beside it."""
    for private in privates:
        try:
            found = open_wrap(place, REPORTER, private, wrap)
            if hpke.public_of(found) == public:
                return found
        except SealingError:
            continue
    return None


def _places(deployment: bytes, kind: Record, record: bytes) -> Callable[[Compartment, Field, int], Place]:
    return lambda compartment, what, version: Place(deployment, kind, record, compartment, what, version)


def _of(items: Iterable[Json], name: str) -> list[Json]:
    return [each for each in items if each["record"] == name]


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _json(data: bytes) -> Json:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise SealingError("a sealed value holds something that is no text of ours") from None
    if not isinstance(found, dict):
        raise SealingError("a sealed value holds something that is no text of ours")
    return found


def _message(sealed: bytes, value: Json, mine: bool) -> Message:
    # Whose it is follows from how it came, and not from what it says of itself.
    return Message(
        mine,
        str(value.get("day", "")),
        str(value.get("text", "")),
        str(value.get("check_in", "")),
        sealed,
        str(value.get("after", "")),
    )


def in_order(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Messages by day, each after the one that it says it came after; marked where that one is missing."""
    waiting = sorted(messages, key=lambda each: (each.day, each.sealed))
    known = {sha256(each.sealed).hexdigest() for each in waiting}
    done: list[Message] = []
    seen: set[str] = set()
    while waiting:
        ready = [each for each in waiting if not each.after or each.after in seen or each.after not in known]
        first = (ready or waiting)[0]
        waiting.remove(first)
        seen.add(sha256(first.sealed).hexdigest())
        gap = bool(first.after) and first.after not in known
        done.append(Message(first.mine, first.day, first.text, first.check_in, first.sealed, first.after, gap))
    return tuple(done)


def first_due(envelope: Envelope, private: bytes, opening: bytes) -> str:
    """The first day on which something is owed to the person, from the opening that came with the receipt; or nothing.

    Raises SealingError when the opening is not of this record.
    """
    if not opening:
        return ""
    thread = THREAD[envelope.record_kind]
    place = _places(envelope.deployment, envelope.record_kind, envelope.record)
    sealed = next(each for each in envelope.compartments if each.compartment is thread)
    wrap = next(each.wrap for each in sealed.wraps if each.holder == REPORTER)
    key = open_wrap(place(thread, Field.NONE, 0), REPORTER, private, wrap)
    found = _json(open_value(place(thread, Field.OPENING, 0), key, opening))
    return obligation(found)[1]


def obligation(opening: Json) -> tuple[str, str]:
    """Duty and day of what an opening says is owed; empty where it says nothing."""
    for holder in (opening, opening.get("event"), opening.get("body")):
        owed = holder.get("obligation") if isinstance(holder, dict) else None
        if isinstance(owed, dict):
            return str(owed.get("duty", "")), str(owed.get("due", ""))
    return "", ""
