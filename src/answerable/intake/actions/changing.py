"""Changing a code: a new reporter's key and a new epoch of her compartments, so that whoever knew the old code reads
nothing written later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from django.db import IntegrityError

from answerable.intake import rules
from answerable.intake.actions import mine, notices, setting, sql
from answerable.intake.actions.keeping import Into, keep, ready
from answerable.intake.actions.opening import holders_of
from answerable.intake.actions.receiving import spent_work
from answerable.intake.actions.sql import Row
from answerable.intake.box import HoldersOf
from answerable.intake.errors import ConflictError, MalformedError, NothingOpens, RefusedError, WorkError
from answerable.intake.exchange import Arrival, Received
from answerable.intake.guards import session
from answerable.intake.rules import Known
from answerable.intake.work import Spent
from answerable.sealing import envelope as envelopes
from answerable.sealing.envelope import Kind, Sealed
from answerable.sealing.mailbox import CREDENTIALS_SIZE, Credentials
from answerable.sealing.place import RECOVERY, REPORTER, REPORTERS, Compartment, Record
from answerable.sealing.reading import Reader

#: A mailbox holds few records; more envelopes than this are no change of a code.
_MOST = 16


def change_request(data: bytes) -> tuple[Credentials, tuple[bytes, ...]]:
    """``credentials(178) | u8 n | n times (u32 length, envelope)``. Raises SealingError."""
    reader = Reader(data, "the change of a code")
    new = Credentials.decode(reader.take(CREDENTIALS_SIZE))
    several = tuple(reader.sized(4, envelopes.MAX_ENVELOPE) for _ in range(reader.number(1)))
    reader.end()
    return new, several


def change_code(
    l: bytes,  # noqa: E741  # the name it has in the formulas
    auth: bytes,
    box: int,
    new: Credentials,
    several: Sequence[bytes],
    *,
    door: str = "web",
    work: bytes = b"",
    subject: bytes = b"",
    now: int | None = None,
) -> Received:
    """Give the mailbox the ``new`` code and key, and take the envelopes that carry its new epochs to staff.

    Each compartment of each record gets one new epoch, wrapped to those who hold it now, to recovery and, where she
    reads, to her new key; each older epoch that she reads is wrapped to her new key instead of the old one. ``work``
    is checked for ``subject`` at the door ``web``. Raises `NothingOpens`, `RefusedError`, `ConflictError`.
    """
    using, lookup, moment = setting.using(), mine.lookup_of(l, box), setting.clock(now)
    with sql.act(using), session(using, lookup):
        mine.prove(using, auth)
    spent = spent_work(work, subject, moment) if door == "web" else None
    arrivals = [_arrival(data, door, moment, spent if number == 0 else None) for number, data in enumerate(several)]
    if not 0 < len(arrivals) <= _MOST:
        raise MalformedError("a change of the code brings one envelope for each record")
    try:
        with sql.act(using), session(using, lookup):
            return _change(using, mine.opened(mine.mailbox(using, alone=True), auth), new, lookup, arrivals, several)
    except IntegrityError as error:
        taken = spent and sql.select(using, "SELECT nonce FROM pow_spent WHERE nonce = %s", [spent.nonce])
        if taken:
            raise WorkError("this proof of work was used before", todo="get another challenge and answer it") from error
        raise ConflictError(
            "this code or this envelope is in use already", todo="make new words, and try again"
        ) from error


def _arrival(data: bytes, door: str, moment: int, spent: Spent | None) -> Arrival:
    envelope = envelopes.decode(data)
    rules.check_common(envelope, setting.deployment(), door)
    if envelope.kind is not Kind.ADDITION or envelope.values or envelope.files or envelope.struck or envelope.consents:
        raise RefusedError("the keys of a changed code come as an addition, with nothing else in it")
    return Arrival(envelope, sha256(data).digest(), door, moment, spent)


def _change(
    using: str, found: Row, new: Credentials, lookup: bytes, arrivals: list[Arrival], several: Sequence[bytes]
) -> Received:
    if found["withdrawn"]:
        raise NothingOpens
    fresh = mine.lookup_of(new.l, new.box)
    if new.box != found["box"] or new.one_time or fresh == lookup:
        raise RefusedError("the new code must be another, for the same mailbox, and seen by nobody else")
    if new.public == found["public"] or new.salt == found["salt"]:
        raise RefusedError("a new code brings a new key and a new salt")
    rows = mine.submissions(using)
    note, _ = notices.current_readers()
    holders = holders_of(rows, found["holders"], note)
    records = {row["record"]: Record(row["record_kind"]) for row in rows}
    for arrival in arrivals:
        if records.get(arrival.envelope.record) is not arrival.envelope.record_kind:
            raise RefusedError("this mailbox has no such record", todo="open the box again")
    for record, kind in records.items():
        parts = [
            one for arrival in arrivals if arrival.envelope.record == record for one in arrival.envelope.compartments
        ]
        _check(parts, kind, mine.known(using, record, rows), holders.get(record, {}))
    for arrival, data in zip(arrivals, several, strict=True):
        by = rules.signers(rows, arrival.envelope.record)
        rules.check_signed(data, arrival.envelope, by, new.public, anew=True)
    if len({arrival.envelope.signer for arrival in arrivals}) > 1:
        raise RefusedError("a new code signs with one key, whatever it is about")
    received = [
        keep(using, ready(using, arrival, first=False), Into(found["id"], len(rows) + n, first=False))
        for n, arrival in enumerate(arrivals)
    ]
    sql.run(
        using,
        "UPDATE my_mailbox SET lookup = %s, salt = %s, auth = %s, wrapped = %s, public = %s, one_time = 0",
        [fresh, new.salt, sha256(new.auth).digest(), new.wrapped, new.public],
    )
    return received[-1]


def _check(parts: Iterable[Sealed], kind: Record, known: list[Known], holders: HoldersOf) -> None:
    """One new epoch of each compartment, wrapped as it must be; and each old one of hers, wrapped anew to her alone."""
    old = {(one.compartment, one.epoch, one.public): one for one in known}
    newest = {one.compartment: max(k.epoch for k in known if k.compartment is one.compartment) for one in known}
    begun: set[Compartment] = set()
    again: set[tuple[Compartment, int, bytes]] = set()
    for one in parts:
        key = (one.compartment, one.epoch, one.public)
        if key in old:
            if not old[key].hers:
                raise RefusedError(f"an old key of {one.compartment.code} is not hers to wrap")
            rules.check_wraps(one, (), {REPORTER})
            again.add(key)
            continue
        if one.compartment in begun or one.epoch <= newest.get(one.compartment, one.epoch):
            raise RefusedError(f"{one.compartment.code} gets one new epoch, above all others")
        begun.add(one.compartment)
        own = {REPORTER} if one.compartment in REPORTERS[kind] else set()
        rules.check_wraps(one, (), own | {RECOVERY} | {id_ for id_, _ in holders.get(one.compartment, ())})
    if begun != set(newest):
        raise RefusedError("every compartment of the record gets a new epoch with a new code")
    if again != {key for key, one in old.items() if one.hers}:
        raise RefusedError("every key that she holds is wrapped anew with a new code")
