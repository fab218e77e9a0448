"""Opening a mailbox: everything in it that the reporter's key opens, in the order in which it was written.

Whoever keeps the mailboxes can seal to her, too. So nothing counts as the office's that it did not sign, and she seals
to no key that neither she nor the office signed.

Works on what the server gives for a mailbox (the members of `/api/box/`), so that the page without script reads the
same as the browser does. Pure.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from answerable.intake.errors import MalformedError
from answerable.intake.thread import Message, in_order, message_of
from answerable.sealing import answers, hpke
from answerable.sealing.envelope import Envelope
from answerable.sealing.errors import SealingError
from answerable.sealing.place import REPORTER, THREAD, Compartment, Field, Place, Record
from answerable.sealing.signing import verify_epoch
from answerable.sealing.values import epoch_of, open_value, open_wrap

Json = Mapping[str, Any]
#: What stands in the thread: messages either way, and the notice of a decision, which says why and how to contest it.
_WRITTEN = (Field.MESSAGE, Field.NOTICE)
#: What may be there without the office's signature: her own words, and the opening that the door gives her entry.
_UNSIGNED = {"reporter": (Field.FORM, Field.MESSAGE, Field.REASONS), "intake": (Field.OPENING,)}


@dataclass(frozen=True)
class Signers:
    """Whose signatures count: the office's, by the keys of the readers' note, and her own, by the key of her words."""

    office: tuple[bytes, ...]
    own: bytes


@dataclass(frozen=True)
class Part:
    """One epoch of a compartment: its public key, and the private one where the reporter holds it.

    ``signed``: by her or by the office. She seals to no other.
    """

    compartment: Compartment
    epoch: int
    public: bytes
    private: bytes | None = field(repr=False)
    signed: bool


@dataclass(frozen=True)
class RecordBox:
    """What a mailbox holds of one record, opened as far as the reporter may read it.

    ``altered``: how many things did not open; ``unsigned``: how many are there in the office's name that it did not
    sign. Both are counted, and never shown.
    """

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
    unsigned: int

    def newest(self, compartment: Compartment) -> tuple[int, bytes]:
        """Epoch and public key that something new is sealed to. Raises MalformedError where there is none."""
        known = [part for part in self.parts if part.compartment is compartment and part.signed]
        # Of what she reads, only keys whose other half she holds: whoever writes to the database could name their own.
        found = [part for part in known if part.private is not None] or known
        if not found:
            raise MalformedError("this mailbox lacks a key", todo="try again later, or write a new report")
        last = max(found, key=lambda part: part.epoch)
        return last.epoch, last.public

    @property
    def strange_keys(self) -> bool:
        """Whether there is a newer key than any that she or the office signed: nothing is sealed to it."""
        last: dict[Compartment, int] = {}
        for part in self.parts:
            if part.signed:
                last[part.compartment] = max(part.epoch, last.get(part.compartment, -1))
        return any(not part.signed and part.epoch >= last.get(part.compartment, -1) for part in self.parts)

    @property
    def last_message(self) -> bytes | None:
        """The sealed bytes of the last message that can be seen."""
        return self.messages[-1].sealed if self.messages else None


def open_records(box: Json, deployment: bytes, privates: Sequence[bytes], signers: Signers) -> tuple[RecordBox, ...]:
    """Every record of a mailbox, opened with the reporter's keys. What does not open, or is not signed, is counted.

    Raises MalformedError for a mailbox that is not one.
    """
    try:
        names = sorted({(each["record_kind"], each["record"]) for each in box["compartments"]})
        return tuple(_record(box, _Here(deployment, privates, signers, Record.at(kind), name)) for kind, name in names)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise MalformedError("the mailbox cannot be read", todo="try again in a few minutes") from None


@dataclass(frozen=True)
class _Here:
    """The record that is being opened, and with what."""

    deployment: bytes
    privates: Sequence[bytes] = field(repr=False)
    signers: Signers
    kind: Record
    name: str

    def place(self, compartment: Compartment, what: Field, version: int) -> Place:
        return Place(self.deployment, self.kind, bytes.fromhex(self.name), compartment, what, version)

    def part(self, each: Json) -> Part:
        """One epoch, with its private key if a wrap of hers gives it."""
        compartment, epoch, public = Compartment.at(each["compartment"]), int(each["epoch"]), _bytes(each["public"])
        where = self.place(compartment, Field.NONE, 0)
        opened = _opened_wrap(where, self.privates, _bytes(each["wrap"]), public) if each["wrap"] else None
        signature = _signature(each)
        signed = verify_epoch(self.signers.own, where, epoch, public, signature) or answers.verify_epoch(
            self.signers.office, where, epoch, public, signature
        )
        return Part(compartment, epoch, public, opened, signed)

    def is_from(self, each: Json, place: Place, sealed: bytes) -> bool:
        """Whether a value is whose it is said to be: signed by the office, or of the few that need no signature."""
        if place.field in _UNSIGNED.get(each["from"], ()):
            return True
        return answers.verify_value(self.signers.office, place, sealed, _signature(each))


@dataclass(frozen=True)
class _Found:
    """A value that opened."""

    compartment: Compartment
    what: Field
    sealed: bytes
    json: Json = field(repr=False)
    mine: bool


def _record(box: Json, here: _Here) -> RecordBox:
    compartments = _of(box["compartments"], here.name)
    parts = tuple(map(here.part, compartments))
    altered = sum(bool(each["wrap"]) and part.private is None for each, part in zip(compartments, parts, strict=True))
    values, more, unsigned = _values(_of(box["values"], here.name), parts, here)
    statuses = [one.json for one in values if one.what is Field.STATUS]
    return RecordBox(
        here.kind,
        bytes.fromhex(here.name),
        parts,
        in_order(
            message_of(one.sealed, one.json, one.mine)
            for one in values
            if one.what in _WRITTEN and one.compartment is THREAD[here.kind]
        ),
        max(statuses, key=lambda each: str(each.get("day", "")), default={}),
        {one.compartment: one.json for one in values if one.what is Field.FORM},
        tuple(one.json for one in values if one.what is Field.OPENING),
        tuple(_of(box["submissions"], here.name)),
        {
            Compartment.at(int(part)): tuple((bytes.fromhex(one["id"]), bytes.fromhex(one["public"])) for one in each)
            for part, each in box["holders"].get(here.name, {}).items()
        },
        altered + more,
        unsigned,
    )


def _values(rows: Iterable[Json], parts: Iterable[Part], here: _Here) -> tuple[list[_Found], int, int]:
    """What opens and is whose it is said to be; how many do not open; how many the office did not sign."""
    keys: dict[tuple[Compartment, int], list[bytes]] = {}
    for part in parts:
        if part.private is not None:
            keys.setdefault((part.compartment, part.epoch), []).append(part.private)
    found: list[_Found] = []
    altered = unsigned = 0
    seen: set[tuple[Place, bytes]] = set()
    for each in rows:
        try:
            place = here.place(Compartment.at(each["compartment"]), Field.at(each["field"]), int(each["version"]))
            sealed = _bytes(each["sealed"])
            if place.field in (Field.FILE, Field.CLEANED) or (place, sealed) in seen:
                continue
            seen.add((place, sealed))
            if not here.is_from(each, place, sealed):
                unsigned += 1
                continue
            held = keys.get((place.compartment, epoch_of(sealed)))
            if held:
                json_ = _json(_opened_value(place, held, sealed))
                found.append(_Found(place.compartment, place.field, sealed, json_, each["from"] == "reporter"))
        except SealingError:
            altered += 1
    return found, altered, unsigned


def _opened_value(place: Place, privates: Sequence[bytes], sealed: bytes) -> bytes:
    """What opens with one of the keys of an epoch: there are several only where somebody put one in."""
    for private in privates[:-1]:
        try:
            return open_value(place, private, sealed)
        except SealingError:
            continue
    return open_value(place, privates[-1], sealed)


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


def _signature(each: Json) -> bytes:
    return _bytes(each["signature"]) if each["signature"] else b""


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


def first_due(envelope: Envelope, private: bytes, opening: bytes) -> str:
    """The first day on which something is owed to the person, from the opening that came with the receipt; or nothing.

    Raises SealingError when the opening is not of this record.
    """
    if not opening:
        return ""
    thread = THREAD[envelope.record_kind]
    place = partial(Place, envelope.deployment, envelope.record_kind, envelope.record)
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
