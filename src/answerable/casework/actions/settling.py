"""What was taken back leaves something when somebody had read it: kept sealed or shredded, decided by two with reasons.

Of a report two of intake decide; of a request for help two assistance workers, who alone hold what it leaves.
"""

from __future__ import annotations

import secrets
from datetime import date
from hashlib import sha256

from answerable.casework import gate
from answerable.casework.actions.chains import check_signed, day_of, deed, enact, keep_signed, policy_folder
from answerable.casework.actions.erasing import say_erased
from answerable.casework.actions.grants import related
from answerable.casework.actions.holding import kept_back
from answerable.casework.actions.reading import barred, see
from answerable.casework.actions.shredding import shred
from answerable.casework.actions.writing import check_sealed, keep, writer
from answerable.casework.errors import DecisionIncomplete, NotAllowedError, NotYoursError, SetupError, WrongStageError
from answerable.casework.models import Assignment, Decision, Person, Reply
from answerable.casework.models.acts import WITHDRAWN
from answerable.casework.shapes import Sealed
from answerable.casework.signing import Signed
from answerable.ledger.actions import acting
from answerable.sealing.place import COMPARTMENTS, Compartment, Field, Record

KEEP, SHRED = "keep_sealed", "shred"
ACT = "decide on what is left"
#: Withdrawals are decided on no standard of proof: nothing is found about anybody.
NO_STANDARD = "none"
#: The compartment in which the reasons are sealed, by kind of record: whoever may add to it decides.
PARTS = {Record.REPORT: Compartment.NARRATIVE, Record.FILE: Compartment.MEDICAL_ASSISTANCE}


def propose_settlement(
    person: Person,
    handle: str,
    *,
    outcome: str,
    reasons: Sealed | None,
    second: Person | None,
    signed: Signed,
    now: int | None = None,
) -> Decision:
    """Propose to keep what was taken back sealed (`KEEP`), or to shred it (`SHRED`), to a second person.

    ``reasons`` are sealed in the compartment that `PARTS` names. A proposal whose second person stood back or left goes
    back, and this one takes its place. Raises `DecisionIncomplete`, which names what is missing.
    """
    part = _part(person, handle, now)
    found, _ = writer(person, handle, part, now)
    if found.record.stage != "withdrawn":
        raise WrongStageError("only what was taken back is settled")
    checks = ((outcome not in (KEEP, SHRED), "an outcome"), (not reasons, "reasons"), (not second, "a second person"))
    missing = tuple(said for fails, said in checks if fails)
    if missing or reasons is None or second is None:
        raise DecisionIncomplete(missing)
    officers = Assignment.objects.filter(
        person=second, record=None, until=None, person__ended=None, role__in=found.roles_with(part, "add")
    )
    if second.pk == person.pk or not officers.exists() or second.handle in barred(related(found.record)):
        raise NotAllowedError("a second person who may decide this decides with you", todo="choose another")
    check_sealed(found.record, reasons, Field.REASONS, part)
    check_signed(signed, person, "propose_settlement", found.record)
    with deed(handle) as record:
        stands = Decision.objects.filter(record=record, act_code=WITHDRAWN, state__in=["proposed", "made"]).first()
        if stands and lapsed(stands, day_of(now)):
            stands.state = Decision.State.RETURNED
            stands.save(update_fields=["state"])
        elif stands:
            waits = stands.state == Decision.State.PROPOSED
            said = "it is proposed already, and waits for the second person" if waits else "this was decided already"
            raise WrongStageError(said)
        keep_signed(signed, person, day_of(now))
        return Decision.objects.create(
            handle=secrets.token_hex(16),
            record=record,
            act_code=WITHDRAWN,
            standard=NO_STANDARD,
            outcome=outcome,
            proposer=person,
            proposed=day_of(now),
            reasons=keep(record, reasons, person, day_of(now)),
            reviewer=second,
        )


def lapsed(decision: Decision, on: date) -> bool:
    """Whether a proposal waits for a second person who may not decide it any more: it may be proposed anew."""
    second, record = decision.reviewer, decision.record
    if decision.state != Decision.State.PROPOSED or second is None:
        return False
    part = PARTS[Record.of(record.kind)]
    return gate.find(second, record.handle, part, "add", on=on, folder=policy_folder()) is None


def settle(
    person: Person,
    decision: str,
    *,
    agrees: bool,
    review: Sealed | None,
    signed: Signed,
    now: int | None = None,
) -> Decision:
    """Agree to what is proposed about what was taken back, or return it, with reasons. `SHRED` is done at once."""
    waiting = Decision.objects.select_related("record", "proposer").filter(
        handle=decision, act_code=WITHDRAWN, state="proposed", reviewer=person
    )
    asked = waiting.first()
    if asked is None:
        raise NotYoursError
    part = PARTS[Record.of(asked.record.kind)]
    found, role = writer(person, asked.record.handle, part, now)
    if review is None:
        raise DecisionIncomplete(("reasons",))
    check_sealed(found.record, review, Field.REVIEW, part)
    check_signed(signed, person, "settle", found.record)
    with deed(found.record.handle) as record:
        made = Decision.objects.select_for_update().get(pk=asked.pk)
        if made.state != Decision.State.PROPOSED or record.stage != "withdrawn":
            raise WrongStageError("this was decided already")
        made.review, made.agrees = keep(record, review, person, day_of(now)), agrees
        mark = keep_signed(signed, person, day_of(now))
        if not agrees:
            made.state = Decision.State.RETURNED
            made.save()
            return made
        own = {
            "act": WITHDRAWN,
            "standard": NO_STANDARD,
            "outcome": made.outcome,
            "deciders": [role],
            "reviewer": role,
            "reasons_sha256": sha256(made.reasons.sealed if made.reasons else b"").hexdigest(),
            "dissent": 0,
            "notice": None,
            "appeal_until": None,
        }
        act = enact(record, "decision.made", own, act=ACT, role=role, person=person, signed=mark, now=now)
        made.state, made.made, made.act = Decision.State.MADE, day_of(now), act
        made.save()
    finish_settlements(now)
    return made


def _part(person: Person, handle: str, now: int | None) -> Compartment:
    found = see(person, handle, now)
    part = PARTS.get(Record.of(found.record.kind)) if found else None
    if part is None:
        raise NotYoursError
    return part


def waiting_settlements() -> list[Decision]:
    """What was decided to be shredded, and has not gone wholly."""
    decided = Decision.objects.filter(act_code=WITHDRAWN, state=Decision.State.MADE, outcome=SHRED)
    told = Reply.objects.filter(kind=Reply.Kind.ERASED).values("record")
    rows = decided.exclude(record__handle__in=told).select_related("record", "proposer", "reviewer", "act__signed")
    return list(rows.order_by("made", "id"))


def finish_settlements(now: int | None = None) -> int:
    """Shred what was decided to be, here and in the mailbox, also where a process ended before it was; how many.

    What a hold or an open duty keeps waits, and is tried again.
    """
    waiting = [made for made in waiting_settlements() if not kept_back(made.record)]
    for made in waiting:
        if made.reviewer is None or made.act is None or made.act.signed is None:
            raise SetupError("a decision stands here that nobody signed", where=f"decision {made.handle}")
        officers, authority = (made.proposer, made.reviewer), bytes(made.act.signed.text)
        parts = COMPARTMENTS[Record.of(made.record.kind)]
        shred(made.record.handle, parts, reason="withdrawal", authority=authority, officers=officers, now=now)
        # Last, so that whatever was interrupted is done again.
        with acting():
            say_erased(made.record, day_of(now))
    return len(waiting)
