"""The first assessment: proposed with reasons, reviewed by another, told with a way to appeal; or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from answerable.casework.actions import reviewing
from answerable.casework.actions.chains import (
    check_signed,
    code_of,
    day_of,
    deed,
    enact,
    follow,
    keep_signed,
)
from answerable.casework.actions.crossing import check_arrived
from answerable.casework.actions.grants import check_given, keep_given, want_missing
from answerable.casework.actions.reading import see
from answerable.casework.actions.reviewers import check_reviewer
from answerable.casework.actions.writing import check_sealed, keep
from answerable.casework.codes import APPEAL_ROUTES, CAUSES, FIRST_ASSESSMENT, NEGATIVE, OUTCOMES, STANDARDS
from answerable.casework.errors import DecisionIncomplete, NotAllowedError, NotYoursError, WrongStageError
from answerable.casework.gate import Seen
from answerable.casework.models import Assignment, Decision, Person, Record, SignedAct
from answerable.casework.shapes import Given, Sealed
from answerable.casework.signing import Signed
from answerable.sealing.place import Compartment, Field

PROPOSE = "propose a first assessment"


def propose_decision(
    person: Person,
    handle: str,
    *,
    standard: str,
    outcome: str,
    cause: str = "",
    reasons: Sealed | None,
    notices: Mapping[str, Sealed],
    appeal_route: str = "",
    appeal_until: date | None = None,
    reviewer: Person | None,
    wraps: Sequence[Given] = (),
    signed: Signed,
    now: int | None = None,
) -> Decision:
    """Propose a first assessment to ``reviewer``. Nothing changes for the person concerned until it was reviewed.

    ``reasons`` are sealed in the case's deliberation; ``notices`` (by the report's handle) to each reporter, and go out
    as they are once somebody has read them and agrees. ``wraps`` let the reviewer in. Raises `DecisionIncomplete`,
    which names every part that is missing, and writes nothing.
    """
    asked = _Proposal(person, standard, outcome, cause, reasons, notices, appeal_route, appeal_until, reviewer)
    found = see(person, handle, now)
    if found is None or found.record.kind != Record.Kind.CASE:
        raise NotYoursError
    on = day_of(now)
    reports = _check(found, asked, on)
    check_signed(signed, person, "propose_decision", found.record)
    if reviewer is not None:
        check_given(found, wraps, reviewer, on, "reviewer")
    with deed(handle) as case:
        if Decision.objects.filter(record=case, state__in=["proposed", "disputed"]).exists():
            raise WrongStageError("an assessment is proposed already, and waits for its review")
        made = _keep(case, asked, reports, on)
        _enter(case, made, found.role_for(Compartment.DELIBERATION, "decide"), keep_signed(signed, person, on), now)
        Assignment.objects.get_or_create(
            person=made.reviewer, role="reviewer", record=case, until=None, defaults={"since": on}
        )
        follow(case)
        keep_given(wraps)
        if made.reviewer is not None:
            want_missing(case, made.reviewer, on, "reviewer")
        return made


@dataclass(frozen=True)
class _Proposal:
    """What was proposed, as it was sent."""

    person: Person
    standard: str
    outcome: str
    cause: str
    reasons: Sealed | None
    notices: Mapping[str, Sealed]
    appeal_route: str
    appeal_until: date | None
    reviewer: Person | None

    def missing(self, untold: Sequence[str], on: date) -> tuple[str, ...]:
        """What an assessment lacks, in words. ``untold`` are the reports whose reporters get no notice."""
        ends = self.outcome in NEGATIVE
        late = self.appeal_until is None or self.appeal_until <= on
        checks = (
            (self.standard not in STANDARDS, "a standard"),
            (self.outcome not in OUTCOMES, "an outcome"),
            (self.outcome == "not_substantiated" and self.cause not in CAUSES, "a cause"),
            (self.reasons is None, "reasons"),
            (
                bool(untold) or (ends and not self.notices),
                f"a notice to the person who reported ({', '.join(untold)})",
            ),
            (ends and self.appeal_route not in APPEAL_ROUTES, "a way to appeal"),
            (ends and late, "a day until which an appeal is open, still to come"),
            (self.reviewer is None, "a second person"),
        )
        return tuple(said for fails, said in checks if fails)


def _check(found: Seen, asked: _Proposal, on: date) -> list[Record]:
    """The reports that are told. Raises unless the proposal is whole, allowed, and sealed where it belongs."""
    verdict = found.may(Compartment.DELIBERATION, "decide")
    if not verdict:
        raise NotAllowedError("you may not assess this case now")
    if asked.outcome in OUTCOMES and not verdict.permits(asked.outcome):
        raise NotAllowedError("your role does not decide this")
    reports = list(found.record.reports.exclude(stage="withdrawn").order_by("id"))
    missing = asked.missing([one.name for one in reports if one.handle not in asked.notices], on)
    if missing or asked.reviewer is None or asked.reasons is None:
        raise DecisionIncomplete(missing)
    check_reviewer(found, asked.person, asked.reviewer)
    check_sealed(found.record, asked.reasons, Field.REASONS, Compartment.DELIBERATION)
    for report in reports:
        check_sealed(report, asked.notices[report.handle], Field.NOTICE, Compartment.NARRATIVE)
        check_arrived(report, Compartment.NARRATIVE)
    return reports


def _keep(case: Record, asked: _Proposal, reports: Sequence[Record], on: date) -> Decision:
    sent = [keep(report, asked.notices[report.handle], asked.person, on) for report in reports]
    made = Decision.objects.create(
        handle=secrets.token_hex(16),
        record=case,
        act_code=FIRST_ASSESSMENT,
        standard=asked.standard,
        outcome=asked.outcome,
        cause=asked.cause,
        proposer=asked.person,
        proposed=on,
        reasons=keep(case, asked.reasons, asked.person, on) if asked.reasons else None,
        notice=sent[0] if sent else None,
        appeal_route=asked.appeal_route,
        appeal_until=asked.appeal_until,
        reviewer=asked.reviewer,
    )
    made.notices.set(sent)
    return made


def _enter(case: Record, made: Decision, role: str, signed: SignedAct, now: int | None) -> None:
    sealed = [made.reasons.sealed if made.reasons else b"", *made.notices.values_list("sealed", flat=True)]
    own = {
        "track": "assessment",
        "from": case.stage,
        "to": "review",
        "reason": "proposed",
        # Reasons and notices as they were proposed: what is sent later, the chain can be held to.
        "document_sha256": sorted(sha256(bytes(one)).hexdigest() for one in sealed),
        "obligation": {"due": None, "duty": code_of(reviewing.REVIEW)},
    }
    enact(case, "case.stage", own, act=PROPOSE, role=role, person=made.proposer, signed=signed, now=now)
