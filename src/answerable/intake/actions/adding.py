"""Later material into an open mailbox: additions, consents, withdrawal. It is committed before staff can see it."""

from __future__ import annotations

from django.db import IntegrityError

from answerable.intake import rules
from answerable.intake.actions import mine, setting, sql
from answerable.intake.actions.keeping import Into, Ready, keep, ready, settle
from answerable.intake.actions.receiving import again, arrived, same
from answerable.intake.actions.sql import Row
from answerable.intake.actions.together import together
from answerable.intake.errors import ConflictError, RefusedError
from answerable.intake.exchange import Received
from answerable.intake.guards import session
from answerable.sealing.delivery import decode_delivery
from answerable.sealing.envelope import Envelope, Kind


def add(l: bytes, auth: bytes, box: int, delivery: bytes, *, door: str = "web", now: int | None = None) -> Received:  # noqa: E741  # the name it has in the formulas
    """Take an addition, a consent or a withdrawal into the mailbox that ``l`` and ``auth`` open.

    A withdrawal marks the mailbox: nothing comes after it. The same envelope again gets the same answer. Raises
    `NothingOpens` for absent and wrong alike, and as `receive` does.
    """
    using, lookup = setting.using(), mine.lookup_of(l, box)
    with sql.act(using), session(using, lookup):
        mine.prove(using, auth)
    said = decode_delivery(delivery)
    if said.credentials is not None:
        raise RefusedError("later material brings no mailbox of its own")
    arrival = arrived(said, door, setting.clock(now))
    settle(arrival)
    made = ready(using, arrival, first=False)
    try:
        return together(using, lookup, lambda: _take(using, made, said.envelope, _opened(using, auth)))
    except IntegrityError as error:
        with sql.act(using), session(using, lookup):
            return again(using, arrival, error)


def _opened(using: str, auth: bytes) -> Row:
    return mine.opened(mine.mailbox(using, alone=True), auth)


def _take(using: str, made: Ready, data: bytes, found: Row) -> Received:
    arrival = made.arrival
    rows = mine.submissions(using)
    before = same(rows, arrival)
    if before is not None:
        return mine.answer_of(using, before)
    check_open(found)
    record = arrival.envelope.record
    if not any(row["record"] == record and row["record_kind"] == arrival.envelope.record_kind for row in rows):
        raise RefusedError("this mailbox has no such record", todo="open the box again")
    _check_places(using, arrival.envelope)
    rules.check_later(arrival.envelope, mine.known(using, record, rows))
    rules.check_signed(data, arrival.envelope, rules.signers(rows, record), found["public"])
    received = keep(using, made, Into(found["id"], len(rows), first=False))
    if arrival.envelope.kind is Kind.WITHDRAWAL:
        sql.run(using, "UPDATE my_mailbox SET withdrawn = 1")
    return received


def _check_places(using: str, envelope: Envelope) -> None:
    """Raises `ConflictError` for a value whose place in its record holds something already: the desk could not keep
    both, and would have nothing of this mailbox any more."""
    kept = sql.select(using, "SELECT compartment, field, version FROM my_value WHERE record = %s", [envelope.record])
    places = {(int(row["compartment"]), int(row["field"]), int(row["version"])) for row in kept}
    if any((int(one.compartment), int(one.field), one.version) in places for one in envelope.values):
        raise ConflictError("this is kept already, in another place", todo="seal it again and send that")


def check_open(found: Row) -> None:
    """Raises `RefusedError` for a mailbox that was withdrawn, or whose code somebody else has seen."""
    if found["withdrawn"]:
        raise RefusedError("this was withdrawn: nothing is added to it any more")
    if found["one_time"]:
        raise RefusedError("somebody else has seen this code", todo="change the code first")
