"""What the person concerned is told of where it stands: what she can contest, and nothing of the case behind it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from answerable.casework import actions
from answerable.casework.models import Decision
from answerable.sealing.envelope import Kind as Sent
from answerable.sealing.place import Compartment, Field
from tests.casework.conftest import BOTH
from tests.casework.test_flow import propose, with_assessor
from tests.casework.world import Desk, Reporter, day

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]


def status(desk: Desk, reporter: Reporter) -> dict[str, Any]:
    """What this person's mailbox is told now."""
    return dict(next(one for one in actions.statuses(desk.now) if one.record == reporter.handle).body)


def agreed(desk: Desk, decision: str, case: str) -> None:
    """The second person agrees with what was proposed."""
    second = desk.staff["second"]
    review = second.seal(case, Compartment.DELIBERATION, Field.REVIEW, b"I agree")
    read = second.noticed(Decision.objects.get(handle=decision))
    second.do("review_decision", decision, agrees=True, review=review, notices=read, on=case)


def test_a_decision_is_told_with_whom_it_can_be_contested_before_and_until_when(desk: Desk) -> None:
    # Given a report, and one of somebody else
    reporter, other = desk.taken_in(), desk.taken_in(b"another account")
    case = with_assessor(desk, reporter)
    made = propose(desk, reporter, case)
    # When an end is proposed, nothing is told of it yet
    assert "appeal" not in status(desk, reporter)
    # Then, once a second person has agreed, she is told, and the other person is not
    decided = day(desk.now)
    agreed(desk, made.handle, case.handle)
    told = status(desk, reporter)
    until = (decided + timedelta(days=60)).isoformat()
    assert told["appeal"] == {"route": "panel", "until": until, "decided": decided.isoformat()}
    assert "appeal" not in status(desk, other)
    # And nothing of the case goes with it: no name, handle, standard, outcome, or person
    text = json.dumps(told)
    people = [one.person.handle for one in desk.staff.values()]
    for hidden in (case.handle, case.name, made.handle, made.standard, *people):
        assert hidden not in text
    # And what she takes back is no longer hers to contest
    actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now)
    assert "appeal" not in status(desk, reporter)


def test_a_decision_to_go_on_has_nothing_to_contest(desk: Desk) -> None:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    made = propose(desk, reporter, case, "proceed", appeal_route="", appeal_until=None)
    agreed(desk, made.handle, case.handle)
    assert status(desk, reporter)["stage"] == "active"
    assert "appeal" not in status(desk, reporter)
