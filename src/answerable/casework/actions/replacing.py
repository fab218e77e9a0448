"""Another second person, where whoever was asked to review an assessment cannot: no case waits for who has left."""

from __future__ import annotations

from collections.abc import Sequence

from answerable.casework.actions.chains import (
    check_signed,
    code_of,
    day_of,
    deed,
    enact,
    follow,
    keep_signed,
    owner_of,
)
from answerable.casework.actions.grants import check_given, keep_given, want_missing
from answerable.casework.actions.reading import see
from answerable.casework.actions.reviewers import check_reviewer
from answerable.casework.actions.reviewing import REVIEW, ROLE, THIRD
from answerable.casework.errors import NotAllowedError, NotYoursError, WrongStageError
from answerable.casework.models import Assignment, Decision, Person
from answerable.casework.shapes import Given
from answerable.casework.signing import Signed

REPLACE = "find a replacement"


def replace_reviewer(
    person: Person,
    handle: str,
    reviewer: Person,
    *,
    wraps: Sequence[Given] = (),
    signed: Signed,
    now: int | None = None,
) -> Decision:
    """Ask ``reviewer`` in place of whoever was asked to review what is proposed, and stood back, left or changed work.

    The case's owner does. What was proposed stays as it is; whoever comes is of another line than who proposed it and
    than who asks. ``wraps`` let them in. Raises `NotYoursError`, `NotAllowedError`, `WrongStageError`.
    """
    found, on = see(person, handle, now), day_of(now)
    owner = owner_of(found.record) if found else None
    if found is None or owner is None or owner.person_id != person.pk:
        raise NotYoursError
    waiting = Decision.objects.unreviewed().select_related("proposer").filter(record=found.record).first()
    if waiting is None:
        raise WrongStageError("whoever was asked to review this still can")
    if reviewer.pk == waiting.reviewer_id:
        raise NotAllowedError("the third is neither of the two", todo="choose another")
    check_reviewer(found, waiting.proposer, reviewer)
    check_reviewer(found, person, reviewer)
    check_given(found, wraps, reviewer, on, ROLE)
    check_signed(signed, person, "replace_reviewer", found.record)
    with deed(handle) as case:
        made = Decision.objects.unreviewed().filter(pk=waiting.pk, state=waiting.state).first()
        if made is None:
            raise WrongStageError("somebody was quicker", todo="open the page again")
        third = made.state == Decision.State.DISPUTED
        own = {
            "track": "assessment",
            "from": case.stage,
            "to": case.stage,
            "reason": "reviewer_replaced",
            "document_sha256": [],
            "obligation": {"due": None, "duty": code_of(THIRD if third else REVIEW)},
        }
        kept = keep_signed(signed, person, on)
        enact(case, "case.stage", own, act=REPLACE, role=owner.role, person=person, signed=kept, now=now)
        gone = made.third_id if third else made.reviewer_id
        Assignment.objects.filter(person=gone, role=ROLE, record=case, until=None).update(until=on)
        setattr(made, "third" if third else "reviewer", reviewer)
        made.save(update_fields=["third" if third else "reviewer"])
        Assignment.objects.get_or_create(person=reviewer, role=ROLE, record=case, until=None, defaults={"since": on})
        follow(case)
        keep_given(wraps)
        want_missing(case, reviewer, on, ROLE)
        return made
