"""The second review, and the third where two disagree. Only here is a decision made, and only here does a case end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from answerable.casework.actions.chains import (
    check_signed,
    code_of,
    day_of,
    deed,
    enact,
    follow,
    keep_signed,
    locked,
)
from answerable.casework.actions.grants import check_given, keep_given, want_missing
from answerable.casework.actions.reading import see
from answerable.casework.actions.reviewers import check_reviewer
from answerable.casework.actions.writing import check_sealed, keep, queue
from answerable.casework.codes import NEGATIVE, OUTCOMES
from answerable.casework.errors import DecisionIncomplete, NotAllowedError, NotYoursError, WrongStageError
from answerable.casework.gate import Seen
from answerable.casework.models import Assignment, Decision, Person, Record, SignedAct, Value
from answerable.casework.shapes import Given, Sealed
from answerable.casework.signing import Signed
from answerable.sealing.place import Compartment, Field

REVIEW, THIRD = "review the first assessment", "review it a third time"
EFFECT, RETURN, NOTICE = "give effect to the assessment", "return the assessment", "give notice"
ROLE = "reviewer"


def review_decision(
    person: Person,
    decision: str,
    *,
    agrees: bool,
    review: Sealed | None,
    notices: Mapping[str, str] | None = None,
    third: Person | None = None,
    wraps: Sequence[Given] = (),
    signed: Signed,
    now: int | None = None,
) -> Decision:
    """Agree or disagree with a proposed assessment, with reasons.

    In agreement it is made: the stage changes, the notices go out, the appeal is open. ``notices`` says which were
    read: by the report's handle the SHA-256 (hex) of the sealed bytes that opened; exactly those are sent, or none. In
    disagreement ``third`` decides: with the proposer it is made with one dissent, else the assessment is returned.

    Raises `DecisionIncomplete`, `NotYoursError`, `NotAllowedError`, `RefusedByProcedureError`, and `WrongStageError`
    when what would be sent is not what was read.
    """
    waiting, found = _asked(person, decision, now)
    second = waiting.state == "proposed"
    if review is None or (second and not agrees and third is None):
        missing = (*(() if review else ("reasons",)), *(() if agrees or third or not second else ("a third person",)))
        raise DecisionIncomplete(missing)
    if third and second and not agrees:
        _check_third(found, waiting, third)
        check_given(found, wraps, third, day_of(now), ROLE)
    check_sealed(found.record, review, Field.REVIEW, Compartment.DELIBERATION)
    check_signed(signed, person, "review_decision", found.record)
    with deed(found.record.handle) as case:
        made = Decision.objects.select_for_update().get(pk=waiting.pk)
        if (made.state, made.reviewer_id, made.third_id) != (waiting.state, waiting.reviewer_id, waiting.third_id):
            raise NotYoursError
        if agrees:
            _check_read(made, notices or {})
        kept = keep(case, review, person, day_of(now))
        mark = keep_signed(signed, person, day_of(now))
        if second:
            made.agrees, made.review = agrees, kept
            if agrees:
                _make(case, made, person, kept, mark, REVIEW, now)
            elif third:
                _dispute(case, made, person, third, kept, mark, now)
        else:
            made.third_review = kept
            if agrees:
                _make(case, made, person, kept, mark, THIRD, now)
            else:
                _return(case, made, person, kept, mark, now)
        follow(case)
        if second and not agrees and third:
            keep_given(wraps)
            want_missing(case, third, day_of(now), ROLE)
        return made


def _asked(person: Person, decision: str, now: int | None) -> tuple[Decision, Seen]:
    """What waits for this very person's review, and its case as they see it. Raises unless they may review it now."""
    waiting = Decision.objects.select_related("record", "proposer").filter(handle=decision).first()
    found = see(person, waiting.record.handle, now) if waiting else None
    if waiting is None or found is None or person.pk not in (waiting.reviewer_id, waiting.third_id):
        raise NotYoursError
    if waiting.state not in ("proposed", "disputed") or (waiting.state == "disputed") != (
        person.pk == waiting.third_id
    ):
        raise NotYoursError
    if not found.may(Compartment.DELIBERATION, "review"):
        raise NotAllowedError("you may not review this case now")
    return waiting, found


def _check_third(found: Seen, waiting: Decision, third: Person) -> None:
    if third.pk == waiting.reviewer_id:
        raise NotAllowedError("the third is neither of the two", todo="choose another")
    check_reviewer(found, waiting.proposer, third)


def going_out(made: Decision) -> list[Value]:
    """The notices that a decision sends once it is made; whoever took her report back is told nothing more."""
    return list(made.notices.exclude(record__stage="withdrawn").select_related("record").order_by("id"))


def _check_read(made: Decision, read: Mapping[str, str]) -> None:
    """Raise unless ``read`` names exactly the notices that would be sent, by their sealed bytes as they are now."""
    if dict(read) != {one.record.handle: _hash(one) for one in going_out(made)}:
        raise WrongStageError(
            "the notice that would be sent is not one that you have read",
            todo="open each notice on this page, read it, and agree then",
        )


def _hash(value: Value | None) -> str:
    return sha256(value.sealed if value else b"").hexdigest()


def _make(
    case: Record, made: Decision, person: Person, kept: Value, mark: SignedAct, act: str, now: int | None
) -> None:
    """Make the decision: its entry, the notices, then what it does to the case."""
    on = day_of(now)
    ends = made.outcome in NEGATIVE
    if ends and (made.notice is None or made.appeal_until is None or made.appeal_until <= on):
        lacks = "a day until which an appeal is open, still to come" if made.notice else "a notice"
        raise DecisionIncomplete((lacks,))
    own = {
        "act": made.act_code,
        "standard": made.standard,
        "outcome": made.outcome,
        "deciders": ["assessor"],
        "reviewer": ROLE,
        "reasons_sha256": _hash(made.reasons),
        "dissent": 1 if made.agrees is False else 0,
        "notice": {"due": on.isoformat(), "duty": code_of(NOTICE)},
        "appeal_until": made.appeal_until.isoformat() if made.appeal_until else None,
    }
    event = enact(case, "decision.made", own, act=act, role=ROLE, person=person, signed=mark, now=now)
    made.state, made.made, made.act = Decision.State.MADE, on, event
    made.save()
    if ends:
        case.decision = made
        case.save(update_fields=["decision"])
    sent = going_out(made)
    _stage(case, OUTCOMES[made.outcome], "decided", [kept, *sent], EFFECT, person, now)
    for notice in sent:
        report = locked(notice.record.handle)
        own = {"direction": "to_reporter", "ciphertext_sha256": _hash(notice), "obligation": None}
        enact(report, "message.sealed", own, act=NOTICE, role=ROLE, person=person, signed=None, now=now, check=False)
        queue(report, notice, on)


def _dispute(
    case: Record, made: Decision, person: Person, third: Person, kept: Value, mark: SignedAct, now: int | None
) -> None:
    made.state, made.third = Decision.State.DISPUTED, third
    made.save()
    own = {
        "step": "second_review",
        "document_sha256": _hash(kept),
        "obligation": {"due": None, "duty": code_of(THIRD)},
    }
    enact(case, "reasons.given", own, act=REVIEW, role=ROLE, person=person, signed=mark, now=now)
    Assignment.objects.get_or_create(person=third, role=ROLE, record=case, until=None, defaults={"since": day_of(now)})


def _return(case: Record, made: Decision, person: Person, kept: Value, mark: SignedAct, now: int | None) -> None:
    made.state = Decision.State.RETURNED
    made.save()
    own = {"step": "third_review", "document_sha256": _hash(kept), "obligation": None}
    enact(case, "reasons.given", own, act=THIRD, role=ROLE, person=person, signed=mark, now=now)
    _stage(case, "assessment", "not_agreed", [kept], RETURN, person, now)


def _stage(
    case: Record, to: str, reason: str, papers: Sequence[Value], act: str, person: Person, now: int | None
) -> None:
    own = {
        "track": "assessment",
        "from": case.stage,
        "to": to,
        "reason": reason,
        "document_sha256": sorted(_hash(one) for one in papers),
        "obligation": None,
    }
    enact(case, "case.stage", own, act=act, role=ROLE, person=person, signed=None, now=now)
