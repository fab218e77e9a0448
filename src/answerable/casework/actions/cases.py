"""Cases: opened from a report, joined by others, handed over when accepted, taken over when nobody is left."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import date

from answerable.casework import names
from answerable.casework.actions.chains import (
    chain_of,
    check_procedure,
    check_signed,
    day_of,
    deed,
    enact,
    follow,
    keep_signed,
    locked,
    wrapping,
)
from answerable.casework.actions.grants import (
    check_given,
    check_roles,
    keep_given,
    may_own,
    related,
    want_missing,
)
from answerable.casework.actions.keeping import keep_new_keys
from answerable.casework.actions.opening import check_new_keys
from answerable.casework.actions.reading import barred, check_tie, see
from answerable.casework.errors import CaseworkError, NotAllowedError, NotYoursError, WrongStageError
from answerable.casework.folding import ROLES
from answerable.casework.gate import Seen, owns
from answerable.casework.models import Act, Assignment, Compartment, Handover, Ownership, Person, Record, SignedAct
from answerable.casework.shapes import Given, NewKey
from answerable.casework.signing import Signed
from answerable.ledger.actions import acting
from answerable.ledger.actions.wrapping import keep_opening_key, opening_key
from answerable.record import commit
from answerable.sealing.place import Record as Kind


def take_report(
    person: Person, handle: str, *, keys: Sequence[NewKey], case: bytes, signed: Signed, now: int | None = None
) -> Record:
    """Open a case from a report; this person is accountable for it from now on. Gives the case.

    ``keys`` are the case's compartments, made and wrapped in this person's browser; ``case`` its 16 random bytes.
    Raises `NotYoursError`, `WrongStageError` when somebody was quicker, `RefusedByProcedureError`.
    """
    found, role = _reception(person, handle, now)
    check_new_keys(person, keys, found, day_of(now))
    check_signed(signed, person, "take_report", found.record)
    if Record.objects.filter(handle=case.hex()).exists() or len(case) != 16 or case in (bytes(16), b"\xff" * 16):
        raise CaseworkError("a case has an id of 16 random bytes of its own")
    check_procedure(found.record, "open a case", role, person, day_of(now))
    keep_opening_key(case.hex(), secrets.token_bytes(32), wrapping())
    source = keep_new_keys(Kind.CASE, case, keys)
    with deed(handle) as report:
        if report.case_id or report.stage != "received":
            raise WrongStageError("somebody was quicker: this report has an owner", todo="go back to the list")
        on = day_of(now)
        made = Record.objects.create(
            handle=case.hex(),
            kind=Record.Kind.CASE,
            name=names.name(secrets.token_bytes, lambda one: Record.objects.filter(name=one).exists()),
            opened=on,
            stage="assessment",
        )
        for key in keys:
            Compartment.objects.create(
                record=made, compartment=int(key.compartment), epoch=1, public=key.public, since=on, source=source
            )
        Assignment.objects.create(person=person, role=role, record=made, since=on)
        kept = keep_signed(signed, person, on)
        _join(made, report, person, role, kept, now)
        _own(made, person, role, None, now)
        _begin(made, person, role, source, now)
        _taken(report, made, person, role, now)
        follow(made)
        return made


def join_report(person: Person, handle: str, case: str, *, signed: Signed, now: int | None = None) -> Record:
    """Join a report to a case that this person owns. Gives the case."""
    found, role = _reception(person, handle, now)
    into = see(person, case, now)
    if into is None or into.record.kind != Record.Kind.CASE:
        raise NotYoursError
    if not owns(person, into.record):
        raise NotAllowedError("only the owner of a case joins a report to it")
    check_signed(signed, person, "join_report", found.record)
    with deed(case) as made:
        report = locked(handle)
        if report.case_id or report.stage != "received" or made.stage != "assessment":
            raise WrongStageError("somebody was quicker, or the case is past its assessment")
        kept = keep_signed(signed, person, day_of(now))
        _join(made, report, person, role, kept, now)
        _taken(report, made, person, role, now)
        follow(made)
        return made


def _reception(person: Person, handle: str, now: int | None) -> tuple[Seen, str]:
    found = see(person, handle, now)
    if found is None or found.record.kind != Record.Kind.REPORT:
        raise NotYoursError
    role = next((role for role in found.roles if role in ROLES["reception"]), "")
    if not role:
        raise NotAllowedError("an intake officer or an independent reader takes a report")
    return found, role


def _join(case: Record, report: Record, person: Person, role: str, signed: SignedAct, now: int | None) -> None:
    own = {"report": _first_commitment(report)}
    enact(case, "report.joined", own, act="join the report", role=role, person=person, signed=signed, now=now)


def _first_commitment(report: Record) -> str:
    event = json.loads(report.origin or b"{}")
    key = opening_key(chain_of(report), wrapping())
    return commit.seal(event, commit.case_event_key(key, 0))[len(commit.MARK) :].hex()


def _own(case: Record, person: Person, role: str, before: Ownership | None, now: int | None) -> Act:
    """Record that ``person`` owns the case from now on, in place of ``before``."""
    on = day_of(now)
    own = {"from": before.role if before else None, "to": role, "accepted": on.isoformat()}
    act = enact(case, "owner.changed", own, act="become the owner", role=role, person=person, signed=None, now=now)
    if before:
        before.until = on
        before.save(update_fields=["until"])
    Ownership.objects.create(record=case, person=person, role=role, since=on, act=act)
    return act


def _begin(case: Record, person: Person, role: str, source: str, now: int | None) -> None:
    own = {
        "track": "assessment",
        "from": "none",
        "to": "assessment",
        "reason": "opened",
        "document_sha256": [source],
        "obligation": None,
    }
    enact(case, "case.stage", own, act=None, role=role, person=person, signed=None, now=now)


def _taken(report: Record, case: Record, person: Person, role: str, now: int | None) -> None:
    own: dict[str, object] = {
        "track": "intake",
        "from": report.stage,
        "to": "taken",
        "reason": "case_opened",
        "document_sha256": [],
        "obligation": None,
    }
    report.case = case
    enact(report, "case.stage", own, act="open a case", role=role, person=person, signed=None, now=now)


def offer_handover(
    person: Person,
    handle: str,
    taker: Person,
    role: str,
    *,
    wraps: Sequence[Given] = (),
    signed: Signed,
    now: int | None = None,
) -> Handover:
    """Offer a case to ``taker`` in ``role``. Until they accept, this person owes; what wraps lack is wanted."""
    found = see(person, handle, now)
    if found is None or found.record.kind != Record.Kind.CASE:
        raise NotYoursError
    if not owns(person, found.record):
        raise NotAllowedError("only the owner offers a case")
    on = day_of(now)
    _check_taker(found.record, person, taker, role, on)
    check_given(found, wraps, taker, on, role)
    check_signed(signed, person, "offer_handover", found.record)
    with deed(handle) as case:
        before = Ownership.objects.get(record=case, until=None)
        if before.person_id != person.pk or Handover.objects.filter(record=case, state="offered").exists():
            raise WrongStageError("the case is offered already", todo="take the offer back first")
        own = {"from": before.role, "to": role, "accepted": None}
        act = enact(
            case,
            "owner.changed",
            own,
            act="offer to hand over",
            role=before.role,
            person=person,
            signed=keep_signed(signed, person, on),
            now=now,
        )
        made = Handover.objects.create(
            handle=secrets.token_hex(16), record=case, giver=person, taker=taker, role=role, offered=on, act=act
        )
        keep_given(wraps)
        want_missing(case, taker, on, role)
        return made


def _check_taker(case: Record, giver: Person, taker: Person, role: str, on: date) -> None:
    if taker.pk == giver.pk:
        raise NotAllowedError("a case is handed to somebody else")
    if role not in ROLES["accountable_owner"] or role == "reviewer" or not may_own(role, case, on):
        raise NotAllowedError("nobody of this role answers for a case at its stage", todo="choose another")
    mine = Assignment.objects.filter(person=taker, role=role, record=None, until=None, person__ended=None)
    if not mine.exists() or taker.handle in barred(related(case)):
        raise NotAllowedError("that person cannot take this case", todo="choose another")
    check_roles(taker, case, role)
    if case.decisions.filter(reviewer=taker).exists():
        raise NotAllowedError("whoever reviewed a case does not own it", todo="choose another")


def accept_handover(person: Person, offer: str, *, signed: Signed, now: int | None = None) -> Handover:
    """Accept an offer made to this very person: from now on they are accountable. Raises `NotYoursError`."""
    waiting = _offer(offer, taker=person)
    check_tie(person)
    check_signed(signed, person, "accept_handover", waiting.record)
    with deed(waiting.record.handle) as case:
        made = Handover.objects.select_for_update().get(pk=waiting.pk)
        before = Ownership.objects.get(record=case, until=None)
        if made.state != Handover.State.OFFERED or before.person_id != made.giver_id:
            raise WrongStageError("this offer stands no more")
        on = day_of(now)
        _check_taker(case, made.giver, person, made.role, on)
        keep_signed(signed, person, on)
        Assignment.objects.get_or_create(person=person, role=made.role, record=case, until=None, defaults={"since": on})
        _own(case, person, made.role, before, now)
        made.state, made.answered = Handover.State.ACCEPTED, on
        made.save(update_fields=["state", "answered"])
        follow(case)
        return made


def decline_handover(person: Person, offer: str, *, signed: Signed, now: int | None = None) -> Handover:
    """Decline an offer: it did not happen, and the giver still owes."""
    return _close(_offer(offer, taker=person), person, Handover.State.DECLINED, "decline_handover", signed, now)


def withdraw_handover(person: Person, offer: str, *, signed: Signed, now: int | None = None) -> Handover:
    """Take an offer back before it is answered."""
    return _close(_offer(offer, giver=person), person, Handover.State.WITHDRAWN, "withdraw_handover", signed, now)


def _offer(handle: str, **who: Person) -> Handover:
    found = Handover.objects.select_related("record", "giver").filter(handle=handle, state="offered", **who).first()
    if found is None:
        raise NotYoursError
    return found


def _close(
    waiting: Handover, person: Person, state: Handover.State, act: str, signed: Signed, now: int | None
) -> Handover:
    check_signed(signed, person, act, waiting.record)
    with acting():
        keep_signed(signed, person, day_of(now))
        closed = Handover.objects.filter(pk=waiting.pk, state="offered").update(state=state, answered=day_of(now))
        if not closed:
            raise WrongStageError("this offer was answered already")
        waiting.refresh_from_db()
        return waiting


def take_over(person: Person, handle: str, *, signed: Signed, now: int | None = None) -> Record:
    """Take over a case whose owner stood back or left: a colleague of the owner's role, who is not barred from it."""
    check_tie(person)
    case = Record.objects.filter(handle=handle, kind=Record.Kind.CASE).first()
    before = Ownership.objects.select_related("person").filter(record=case, until=None).first() if case else None
    if case is None or before is None or not replaceable(before):
        raise NotYoursError
    role = before.role
    mine = Assignment.objects.filter(person=person, role=role, record=None, until=None, person__ended=None)
    if not mine.exists() or person.handle in barred(related(case)):
        raise NotYoursError
    check_signed(signed, person, "take_over", case)
    with deed(handle) as held:
        owner = Ownership.objects.get(record=held, until=None)
        if owner.pk != before.pk:
            raise WrongStageError("somebody was quicker")
        on = day_of(now)
        kept = keep_signed(signed, person, on)
        check_roles(person, held, role)
        own = {"from": role, "to": role, "accepted": on.isoformat()}
        act = enact(
            held, "owner.changed", own, act="find a replacement", role=role, person=person, signed=kept, now=now
        )
        owner.until = on
        owner.save(update_fields=["until"])
        Ownership.objects.create(record=held, person=person, role=role, since=on, act=act)
        Assignment.objects.get_or_create(person=person, role=role, record=held, until=None, defaults={"since": on})
        Handover.objects.filter(record=held, state="offered").update(state="withdrawn", answered=on)
        want_missing(held, person, on)
        follow(held)
        return held


def replaceable(owner: Ownership) -> bool:
    """Whether a case's owner can no longer act: gone, or barred from it."""
    return bool(owner.person.ended) or owner.person.handle in barred(related(owner.record))
