"""The first assessment: proposed with reasons, reviewed by another, told with a way to appeal; or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
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
from answerable.casework.actions.grants import check_given, check_roles, keep_given, related, want_missing
from answerable.casework.actions.reading import barred, see
from answerable.casework.actions.writing import check_sealed, keep
from answerable.casework.codes import APPEAL_ROUTES, CAUSES, FIRST_ASSESSMENT, NEGATIVE, OUTCOMES, STANDARDS
from answerable.casework.errors import DecisionIncomplete, NotAllowedError, NotYoursError, WrongStageError
from answerable.casework.gate import Seen
from answerable.casework.models import Assignment, Decision, Person, Record
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

    ``reasons`` are sealed in the case's deliberation; ``notices`` (by the report's handle) to each reporter. ``wraps``
    let the reviewer in. Raises `DecisionIncomplete`, which names every part that is missing, and writes nothing.
    """
    found = see(person, handle, now)
    if found is None or found.record.kind != Record.Kind.CASE:
        raise NotYoursError
    verdict = found.may(Compartment.DELIBERATION, "decide")
    if not verdict or verdict.row is None:
        raise NotAllowedError("you may not assess this case now")
    if outcome in OUTCOMES and not verdict.permits(outcome):
        raise NotAllowedError("your role does not decide this")
    on = day_of(now)
    reports = _reports(found.record)
    missing = _missing(standard, outcome, cause, reasons, notices, reports, appeal_route, appeal_until, on)
    missing += () if reviewer else ("a second person",)
    if missing or reviewer is None or reasons is None:
        raise DecisionIncomplete(missing)
    check_reviewer(found, person, reviewer)
    check_sealed(found.record, reasons, Field.REASONS, Compartment.DELIBERATION)
    for report in reports:
        if report.handle in notices:
            check_sealed(report, notices[report.handle], Field.NOTICE, Compartment.NARRATIVE)
    check_signed(signed, person, "propose_decision", found.record)
    check_given(found, wraps, reviewer, on, "reviewer")
    keep_given(wraps)
    with deed(handle) as case:
        if Decision.objects.filter(record=case, state__in=["proposed", "disputed"]).exists():
            raise WrongStageError("an assessment is proposed already, and waits for its review")
        kept = keep(case, reasons, person, on)
        sent = [keep(report, notices[report.handle], person, on) for report in reports if report.handle in notices]
        made = Decision.objects.create(
            handle=secrets.token_hex(16),
            record=case,
            act_code=FIRST_ASSESSMENT,
            standard=standard,
            outcome=outcome,
            cause=cause,
            proposer=person,
            proposed=on,
            reasons=kept,
            notice=sent[0] if sent else None,
            appeal_route=appeal_route,
            appeal_until=appeal_until,
            reviewer=reviewer,
        )
        made.notices.set(sent)
        own = {
            "track": "assessment",
            "from": case.stage,
            "to": "review",
            "reason": "proposed",
            "document_sha256": sorted({sha256(reasons.data).hexdigest()}),
            "obligation": {"due": None, "duty": code_of(reviewing.REVIEW)},
        }
        enact(
            case,
            "case.stage",
            own,
            act=PROPOSE,
            role=verdict.row.role,
            person=person,
            signed=keep_signed(signed, person, on),
            now=now,
        )
        Assignment.objects.get_or_create(
            person=reviewer, role="reviewer", record=case, until=None, defaults={"since": on}
        )
        follow(case)
        want_missing(case, reviewer, on, "reviewer")
        return made


def _reports(case: Record) -> list[Record]:
    """The reports whose reporters are to be told: those that were not withdrawn."""
    return list(case.reports.exclude(stage="withdrawn").order_by("id"))


def _missing(
    standard: str,
    outcome: str,
    cause: str,
    reasons: Sealed | None,
    notices: Mapping[str, Sealed],
    reports: Sequence[Record],
    appeal_route: str,
    appeal_until: date | None,
    on: date,
) -> tuple[str, ...]:
    ends = outcome in NEGATIVE
    untold = [report.name for report in reports if report.handle not in notices]
    checks = (
        (standard not in STANDARDS, "a standard"),
        (outcome not in OUTCOMES, "an outcome"),
        (outcome == "not_substantiated" and cause not in CAUSES, "a cause"),
        (reasons is None, "reasons"),
        (bool(untold) or (ends and not notices), f"a notice to the person who reported ({', '.join(untold)})"),
        (ends and appeal_route not in APPEAL_ROUTES, "a way to appeal"),
        (ends and (appeal_until is None or appeal_until <= on), "a day until which an appeal is open, still to come"),
    )
    return tuple(said for fails, said in checks if fails)


def check_reviewer(found: Seen, proposer: Person, reviewer: Person) -> None:
    """Raise unless ``reviewer`` is a second person: a reviewer, of another line, not the owner, not barred."""
    mine = Assignment.objects.filter(person=reviewer, role="reviewer", record=None, until=None, person__ended=None)
    if reviewer.pk == proposer.pk or not mine.exists():
        raise NotAllowedError("a second person reviews, and one whose role it is", todo="choose another")
    if reviewer.handle in barred(related(found.record)):
        raise NotAllowedError("that person cannot review this case", todo="choose another")
    if reviewer.line and reviewer.line == proposer.line:
        raise NotAllowedError("a reviewer answers to another line than whoever decides", todo="choose another")
    check_roles(reviewer, found.record, "reviewer")
    if found.record.ownerships.filter(person=reviewer).exists():
        raise NotAllowedError("whoever owned a case does not review it", todo="choose another")
