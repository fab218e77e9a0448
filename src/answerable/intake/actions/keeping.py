"""Keeping what arrived: the rows of one submission and its entry for the register, in the caller's transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from answerable.intake import events, opening_box, storage
from answerable.intake.actions import notices, setting, sql
from answerable.intake.actions.sql import Rows
from answerable.intake.exchange import Arrival, Received
from answerable.intake.work import TICK
from answerable.ledger.actions import Prepared, Recorded, prepare_sealed, rows_of
from answerable.record import commit
from answerable.sealing.mailbox import Credentials
from answerable.sealing.place import THREAD, Field, Place
from answerable.sealing.values import seal_value

#: The tick of an upload that is to go with what named it: nothing names it any more.
GOES = 0
_KEY = 32
_ID = 16
_SUBMISSION = (
    *("id", "mailbox_id", "number", "submission", "sha256", "outbox_id", "leaf", "include_by", "opening_key", "tick"),
    *("door", "kind", "channel", "record", "record_kind", "language", "urgent", "independent", "struck", "consents"),
    *("reporter", "signer", "signature", "salt", "wrapped"),
)
_COMPARTMENT = ("mailbox_id", "submission_id", "compartment", "epoch", "record", "record_kind", "public", "signature")
_WRAP = ("mailbox_id", "submission_id", "compartment", "epoch", "holder", "wrap")
_VALUE = ("mailbox_id", "submission_id", "compartment", "field", "version", "record", "record_kind", "sealed")
_FILE = ("mailbox_id", "submission_id", "version", "id", "body", "length", "sha256")


@dataclass(frozen=True)
class Into:
    """The mailbox that something goes into, which number it has there, and whether it begins its record.

    ``key``: the credentials it came with, when their key is another than the mailbox has.
    """

    mailbox: bytes
    number: int
    first: bool
    key: Credentials | None = None


@dataclass(frozen=True)
class Ready:
    """A submission with all that needs no mailbox: worked out before the transaction, for which others wait.

    The opening key was drawn for it, sealed to the opening box (``opening_key``), and forgotten. ``opening``: the
    entry's opening for her, of a first submission.
    """

    arrival: Arrival
    id: bytes
    entry: Prepared
    opening_key: bytes = field(repr=False)
    opening: bytes = field(repr=False)


def ready(using: str, arrival: Arrival, *, first: bool) -> Ready:
    """Everything for `keep` that needs no mailbox. ``first``: it begins its record."""
    key = secrets.token_bytes(_KEY)
    event = events.received(arrival, arrival.told or notices.bulletin()) if first else events.sealed(arrival)
    entry = prepare_sealed(event, key, using=using, now=arrival.moment)
    sealed_key = opening_box.seal_key(setting.opening_box(), entry.leaf_hash, key, rng=secrets.token_bytes)
    opening = _opening(arrival, event, key) if first else b""
    return Ready(arrival, secrets.token_bytes(_ID), entry, sealed_key, opening)


def keep(using: str, made: Ready, into: Into, before: Iterable[Rows] = ()) -> Received:
    """Add the submission's rows and its entry: all or nothing, as the caller's transaction is. Its files are there.

    ``before``: rows that these refer to, added with them.
    """
    arrival = made.arrival
    envelope = arrival.envelope
    recorded, entry = rows_of(made.entry)
    spent = [] if arrival.spent is None else [(arrival.spent.nonce, arrival.spent.until)]
    sql.add_all(
        using,
        (
            *before,
            *((table, [f'"{name}"' for name in row], [tuple(row.values())]) for table, row in entry.items()),
            ("submission", _SUBMISSION, [_row(made, into, recorded)]),
            *_contents(made, into.mailbox),
            ("ack", ("mailbox_id", "submission_id", "note"), [(into.mailbox, made.id, recorded.ack)]),
            ("pow_spent", ("nonce", "until"), spent),
        ),
    )
    for file in envelope.files:
        if not sql.run(using, "DELETE FROM upload WHERE id = %s AND tick > %s", [arrival.body_of(file), GOES]):
            raise storage.missing(file.id)  # it had waited for so long that it was swept at this moment
    return Received(
        recorded.ack,
        recorded.leaf,
        recorded.include_by,
        made.opening,
        envelope.submission.hex(),
        envelope.record.hex(),
        arrival.day.isoformat(),
    )


def settle(arrival: Arrival) -> None:
    """Before the transaction: every file of it is whole and on disk for good. Raises `RefusedError`."""
    wanted = [(arrival.body_of(file), file.length, file.sha256) for file in arrival.envelope.files]
    if wanted:
        storage.settle(setting.files(), wanted, arrival.moment)


def _row(made: Ready, into: Into, recorded: Recorded) -> tuple[object, ...]:
    arrival, other = made.arrival, into.key
    envelope = arrival.envelope
    return (
        *(made.id, into.mailbox, into.number, envelope.submission, arrival.sha256),
        *(recorded.outbox.id, recorded.leaf_hash, recorded.include_by, made.opening_key, arrival.moment // TICK),
        *(arrival.door, int(envelope.kind), int(envelope.channel), envelope.record, int(envelope.record_kind)),
        *(envelope.language, int(envelope.urgent), int(envelope.independent), b"".join(envelope.struck)),
        *(" ".join(envelope.consents), envelope.reporter, envelope.signer, envelope.signature),
        *((other.salt, other.wrapped) if other else (None, None)),
    )


def _contents(made: Ready, mailbox: bytes) -> tuple[Rows, ...]:
    envelope, of = made.arrival.envelope, (mailbox, made.id)
    record = (envelope.record, int(envelope.record_kind))
    keys = [(*of, int(one.compartment), one.epoch, *record, one.public, one.signature) for one in envelope.compartments]
    wraps = [
        (*of, int(one.compartment), one.epoch, wrapped.holder, wrapped.wrap)
        for one in envelope.compartments
        for wrapped in one.wraps
    ]
    values = [
        (*of, int(value.compartment), int(value.field), value.version, *record, value.data) for value in envelope.values
    ]
    if made.opening:
        values.append((*of, int(THREAD[envelope.record_kind]), int(Field.OPENING), 0, *record, made.opening))
    files = [
        (*of, file.version, file.id, made.arrival.body_of(file), file.length, file.sha256) for file in envelope.files
    ]
    return (
        ("compartment", _COMPARTMENT, keys),
        ("wrap", _WRAP, wraps),
        ("value", _VALUE, values),
        ("file", _FILE, files),
    )


def _opening(arrival: Arrival, event: dict[str, object], key: bytes) -> bytes:
    """The opening of the entry, for her alone: sealed to the compartment of the thread."""
    envelope = arrival.envelope
    thread = THREAD[envelope.record_kind]
    sealed = next(one for one in envelope.compartments if one.compartment is thread)
    place = Place(envelope.deployment, envelope.record_kind, envelope.record, thread, Field.OPENING, 0)
    opening = commit.full_opening(event, commit.case_event_key(key, 0))  # type: ignore[arg-type]  # Json by construction
    return seal_value(place, sealed.public, opening, epoch=sealed.epoch, rng=secrets.token_bytes)
