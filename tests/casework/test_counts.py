"""What `statement.counts` says of a quarter: every field, from what really happened at the desk in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from answerable.casework import actions, counts
from answerable.casework.models import Duty
from answerable.record import kinds
from answerable.record.canonical import encode
from answerable.sealing.envelope import Kind as Sent
from answerable.sealing.place import Compartment, Field, Record
from tests.casework.conftest import BOTH
from tests.casework.test_flow import propose, with_assessor
from tests.casework.world import DAY, Desk, Reporter

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
NARRATIVE = Compartment.NARRATIVE


def taken_back(desk: Desk, *, read: bool) -> Reporter:
    reporter = desk.taken_in()
    if read:
        desk.staff["officer"].open(reporter.handle, NARRATIVE, Record.REPORT)
    actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now)
    return reporter


def recovered(desk: Desk, case: str) -> None:
    """The officer opens a part of a case again with the panel's help."""
    officer = desk.staff["officer"]
    asked = officer.do("request_recovery", case, NARRATIVE, "lost_passphrase")
    for member in ("member-1", "member-2"):
        actions.add_partial(asked.handle, member, b"sealed", now=desk.now)
    key = officer.give(case, NARRATIVE, Record.CASE, officer)[0].wrapped
    officer.do("use_recovery", asked.handle, key, ["member-1", "member-2"], on=case)


def ended(desk: Desk) -> None:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    made = propose(desk, reporter, case)
    second = desk.staff["second"]
    review = second.seal(case.handle, Compartment.DELIBERATION, Field.REVIEW, b"yes")
    read = second.noticed(made)
    second.do("review_decision", made.handle, agrees=True, review=review, notices=read, on=case.handle)


def settled(desk: Desk) -> None:
    reporter = taken_back(desk, read=True)
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    reasons = officer.seal(reporter.handle, NARRATIVE, Field.REASONS, b"why")
    made = officer.do(
        "propose_settlement", reporter.handle, outcome="keep_sealed", reasons=reasons, second=colleague.person
    )
    review = colleague.seal(reporter.handle, NARRATIVE, Field.REVIEW, b"yes")
    colleague.do("settle", made.handle, agrees=True, review=review, on=reporter.handle)


def test_every_field_says_what_happened(desk: Desk) -> None:
    # Given a quarter with two reports joined to cases, of which one was recovered; one ended by a decision; one
    # withdrawn, and ended by two; one withdrawn that waits for them; one nobody has taken; one erased; one for help
    cases = [desk.staff["officer"].take(desk.taken_in().handle) for _ in range(2)]
    recovered(desk, cases[0].handle)
    ended(desk)
    settled(desk)
    taken_back(desk, read=True)
    desk.taken_in()
    taken_back(desk, read=False)
    desk.taken_in(kind=Sent.HELP)
    # And the next quarter, with a report, an erasure and a recovery of its own
    desk.now += 40 * DAY
    desk.taken_in()
    taken_back(desk, read=False)
    recovered(desk, cases[1].handle)
    # When both are counted
    actions.clocks_once(desk.now)
    first = counts.statement("2026-Q1", threshold=0, slots_audited=672, now=desk.now)
    second = counts.statement("2026-Q2", threshold=0, now=desk.now)
    # Then each field is right for its own quarter, and what is owed is as of today
    live = Duty.objects.filter(live=True)
    late = live.filter(due__lt="2026-04-11")
    assert live.count() > late.count() > 0
    owed = {"duties_open": live.count(), "duties_late": late.count(), "erased_by_authority": 0, "threshold": 0}
    assert first == {
        **owed, "period": "2026-Q1", "received": 7, "joined": 2, "ended": 2, "waiting": 2, "erased": 1,
        "recoveries": 1, "slots_audited": 672,
    }  # fmt: skip
    assert second == {
        **owed, "period": "2026-Q2", "received": 2, "joined": 0, "ended": 0, "waiting": 1, "erased": 1,
        "recoveries": 1, "slots_audited": 0,
    }  # fmt: skip
    # And it is what the record takes as such
    entry: dict[str, Any] = {"v": 1, "kind": "statement.counts", "at": "2026-04-11", "by": "desk", "id": "ab" * 16}
    assert kinds.check_open(encode(entry | first))["received"] == 7


def test_a_small_number_is_not_said_and_cannot_be_worked_out(desk: Desk) -> None:
    # Given four that wait and one that was erased
    for _ in range(4):
        desk.taken_in()
    taken_back(desk, read=False)
    # Then at every threshold above the smaller of both, neither is said: the other would give it away
    for threshold, said in ((0, (4, 1)), (1, (4, 1)), (2, (None, None)), (4, (None, None)), (5, (None, None))):
        found = counts.statement("2026-Q1", threshold=threshold, now=desk.now)
        assert (found["waiting"], found["erased"]) == said, threshold
        assert (found["received"], found["joined"], found["ended"]) == (5, 0, 0)
    # And recoveries are withheld alone
    assert counts.statement("2026-Q1", threshold=1, now=desk.now)["recoveries"] is None


def test_where_a_report_is_counted_moves_and_it_is_never_lost(desk: Desk) -> None:
    reporter = desk.taken_in()
    assert counts.totals("2026-Q1") == counts.Totals(received=1, joined=0, ended=0, waiting=1, erased=0)
    case = with_assessor(desk, reporter)
    assert counts.totals("2026-Q1") == counts.Totals(received=1, joined=1, ended=0, waiting=0, erased=0)
    made = propose(desk, reporter, case)
    assert counts.totals("2026-Q1") == counts.Totals(received=1, joined=1, ended=0, waiting=0, erased=0)
    second = desk.staff["second"]
    review = second.seal(case.handle, Compartment.DELIBERATION, Field.REVIEW, b"yes")
    read = second.noticed(made)
    second.do("review_decision", made.handle, agrees=True, review=review, notices=read, on=case.handle)
    assert counts.totals("2026-Q1") == counts.Totals(received=1, joined=0, ended=1, waiting=0, erased=0)
    assert counts.check("2026-Q1") == []


def test_the_last_audit_of_the_quarter_counts() -> None:
    def audit(period: str, start: int, stop: int) -> dict[str, object]:
        return {"kind": "slots.audited", "period": period, "from": start, "to": stop}

    found: list[Mapping[str, object]] = [
        audit("2026-Q1", 0, 96),
        audit("2026-Q1", 0, 192),
        audit("2026-Q2", 192, 200),
        {"kind": "log.anchored"},
    ]
    assert counts.audited(found, "2026-Q1") == 192
    assert counts.audited(found, "2026-Q2") == 8
    assert counts.audited(found, "2026-Q3") == 0
