"""Receiving reports and requests for help: one transaction, one commit, the same answer to the same bytes."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

from django.db import IntegrityError

from answerable.intake import rules, work
from answerable.intake.actions import mine, notices, setting, sql
from answerable.intake.actions.keeping import Into, Ready, keep, ready, settle
from answerable.intake.actions.sql import Row, Rows
from answerable.intake.actions.together import together
from answerable.intake.errors import ConflictError, NothingOpens, RefusedError, WorkError
from answerable.intake.exchange import Arrival, Received
from answerable.intake.guards import session
from answerable.intake.work import Load, Spent
from answerable.sealing import envelope as envelopes
from answerable.sealing.delivery import Delivery, decode_delivery
from answerable.sealing.mailbox import Credentials

WEB, CARRY_IN, ASSIST = "web", "carry-in", "assist"
_MAILBOX = ("id", "lookup", "box", "salt", "auth", "wrapped", "public", "one_time")
_LOAD = Load()


def challenge(now: int | None = None) -> bytes:
    """A challenge for proof of work (41 bytes): more is asked for while many deliveries come."""
    return work.challenge(setting.work_key(), setting.clock(now), _LOAD.bits(time.monotonic()), rng=secrets.token_bytes)


def spent_work(given: bytes, subject: bytes, moment: int) -> Spent:
    """Check proof of work for ``subject`` and count the delivery. Raises `WorkError`."""
    spent = work.check(given, subject, setting.work_key(), moment, _LOAD.bits(time.monotonic()))
    _LOAD.count(time.monotonic())
    return spent


def receive(delivery: bytes, *, door: str, worked: bool = False, now: int | None = None) -> Received:
    """Take a report or a request for help with the credentials of its mailbox.

    At the door ``web`` it brings proof of work; ``worked``: at this one too, because a script brings it.

    Everything is kept, or nothing is. The same envelope under the same code again gets the same answer. Other bytes
    under the same id are refused, but at the door ``carry-in`` become a further submission in the same mailbox.

    Raises SealingError for bytes that are no delivery, `RefusedError`, `WorkError` (door ``web``), `ConflictError`,
    `NotKeptError`.
    """
    moment = setting.clock(now)
    said = decode_delivery(delivery)
    arrival = arrived(said, door, moment, worked=worked)
    if arrival.envelope.kind not in rules.FIRST or said.credentials is None:
        raise RefusedError("a first submission is a report or a request for help, and brings its mailbox")
    if said.credentials.box != rules.FIRST[arrival.envelope.kind][1]:
        raise RefusedError("reports and requests for help have mailboxes of their own")
    if (door == ASSIST) != said.credentials.one_time:
        raise RefusedError("a code is for one time when, and only when, a worker has seen it")
    told = notices.bulletin()
    arrival = replace(arrival, told=told)
    notes = [note for note, _ in notices.readers_in(told)]
    rules.check_first(arrival.envelope, notes, dated=door == CARRY_IN)
    own = {arrival.envelope.signer}
    rules.check_signed(said.envelope, arrival.envelope, own, said.credentials.public)
    settle(arrival)
    using, lookup, credentials = (
        setting.using(),
        mine.lookup_of(said.credentials.l, said.credentials.box),
        said.credentials,
    )
    made = ready(using, arrival, first=True)
    if sql.at_once(using) and not arrival.envelope.files:
        # Nearly always the mailbox is new: then this is one statement, and its commit.
        with suppress(IntegrityError), sql.kept():
            return _begin(using, made, credentials, lookup)
    for last in (False, True):
        try:
            return together(using, lookup, lambda: _take(using, made, credentials, lookup))
        except IntegrityError as error:
            # Another may have made the same mailbox at this moment: once more, and it is there.
            if last:
                with sql.act(using), session(using, lookup):
                    return again(using, arrival, error)
    raise AssertionError  # the second time returns or raises


def arrived(said: Delivery, door: str, moment: int, *, worked: bool = False) -> Arrival:
    """The envelope of a delivery once its work is checked and it may come in by this door. Raises as `receive` does."""
    digest = sha256(said.envelope).digest()
    spent = spent_work(said.work, digest, moment) if door == WEB or worked else None
    envelope = envelopes.decode(said.envelope)
    rules.check_common(envelope, setting.deployment(), door)
    return Arrival(envelope, digest, door, moment, spent)


def same(rows: list[Row], arrival: Arrival) -> Row | None:
    """The submission that this is, if it was received before. Raises `ConflictError` for other bytes under its id,
    unless they were carried in."""
    under = [row for row in rows if row["submission"] == arrival.envelope.submission]
    found = next((row for row in under if row["sha256"] == arrival.sha256), None)
    if found is None and under and arrival.door != CARRY_IN:
        raise ConflictError("something else was received under this id", todo="make a new one, and keep the old words")
    return found


def again(using: str, arrival: Arrival, error: IntegrityError) -> Received:
    """What to say when a row was there already: the answer given before, or why not."""
    found = same(mine.submissions(using), arrival)
    if found is not None:
        return mine.answer_of(using, found)
    spent = arrival.spent
    if spent and sql.select(using, "SELECT nonce FROM pow_spent WHERE nonce = %s", [spent.nonce]):
        raise WorkError("this proof of work was used before", todo="get another challenge and answer it") from error
    raise ConflictError("this is kept already, in another place", todo="seal it again and send that") from error


def _take(using: str, made: Ready, credentials: Credentials, lookup: bytes) -> Received:
    arrival = made.arrival
    found = mine.mailbox(using, alone=True)
    if found is None:
        return _begin(using, made, credentials, lookup)
    mine.proved(found, _proof(arrival, credentials))
    rows = mine.submissions(using)
    before = same(rows, arrival)
    if before is not None:
        return mine.answer_of(using, before)
    if found["withdrawn"]:
        raise NothingOpens
    other = credentials if credentials.public != found["public"] else None
    if any(row["record"] == arrival.envelope.record for row in rows):
        later = ready(using, arrival, first=False)
        return keep(using, later, Into(found["id"], len(rows), first=False, key=other))
    into = Into(found["id"], len(rows), first=True, key=other)
    return keep(using, made, into, [_record(arrival, into)])


def _begin(using: str, made: Ready, credentials: Credentials, lookup: bytes) -> Received:
    """Keep the first submission of a mailbox, with the mailbox. IntegrityError when there is one."""
    into = Into(secrets.token_bytes(16), 0, first=True)
    kept = (credentials.box, credentials.salt, _proof(made.arrival, credentials), credentials.wrapped)
    mailbox = (into.mailbox, lookup, *kept, credentials.public, int(credentials.one_time))
    return keep(using, made, into, [("mailbox", _MAILBOX, [mailbox]), _record(made.arrival, into)])


def _proof(arrival: Arrival, credentials: Credentials) -> bytes:
    # A draft brings what the server keeps and not what opens: whoever carries it must not be able to open it.
    return credentials.auth if arrival.door == CARRY_IN else mine.proof_of(credentials.auth)


def _record(arrival: Arrival, into: Into) -> Rows:
    record = (arrival.envelope.record, into.mailbox, int(arrival.envelope.record_kind))
    return ("record", ("id", "mailbox_id", "kind"), [record])
