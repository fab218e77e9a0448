"""A case waits for nobody who cannot come: another second person, another owner, and no clock for who was neither."""

from __future__ import annotations

import pytest

from answerable.casework import actions, queries
from answerable.casework.errors import NotAllowedError, NotYoursError, WrongStageError
from answerable.casework.models import Act, Assignment, Decision, Duty, Ownership, Record, Wrap
from answerable.sealing.place import Field
from answerable.sealing.place import Record as Kind
from tests.casework.conftest import BOTH
from tests.casework.test_flow import DELIBERATION, NARRATIVE, propose, with_assessor
from tests.casework.test_notices import review
from tests.casework.world import Desk, Reporter, Staff, day

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
REPLACE = "find a replacement"


def proposed(desk: Desk) -> tuple[Reporter, Record, Decision]:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    return reporter, case, propose(desk, reporter, case)


def given(desk: Desk, reporter: Reporter, case: Record, to: Staff) -> list[object]:
    assessor = desk.staff["assessor"]
    return [
        *assessor.give(case.handle, DELIBERATION, Kind.CASE, to),
        *assessor.give(reporter.handle, NARRATIVE, Kind.REPORT, to),
    ]


def waits(case: Record) -> bool:
    return Duty.objects.live().filter(record=case, act=REPLACE).exists()


@pytest.mark.parametrize("leaves", ["recuses", "is revoked", "has another work now"])
def test_another_second_person_is_asked_when_the_first_cannot(desk: Desk, leaves: str) -> None:
    # Given an assessment that waits for a second person, who cannot review it any more
    reporter, case, made = proposed(desk)
    assessor, second, third = desk.staff["assessor"], desk.staff["second"], desk.staff["third"]
    with pytest.raises(WrongStageError, match="still can"):
        assessor.do("replace_reviewer", case.handle, third.person)
    chief = desk.hire("chief", "administrator").person
    if leaves == "recuses":
        second.do("recuse", case.handle, ground="kin")
        assert waits(case)
    elif leaves == "is revoked":
        actions.revoke(chief, second.person, now=desk.now)
    else:
        role = Assignment.objects.get(person=second.person, role="reviewer", record=None)
        actions.end_assignment(chief, role, now=desk.now)
    assert not Wrap.objects.filter(record=case.handle, holder=second.person.handle).exists()
    if leaves != "has another work now":
        with pytest.raises(NotYoursError):
            review(desk, "second", made, case, notices={})
    # When anybody but the owner asks another, or the owner somebody of the proposer's own line, nothing changes
    with pytest.raises(NotYoursError):
        third.do("replace_reviewer", case.handle, third.person)
    near = desk.hire("near", "reviewer", line="assessor")
    with pytest.raises(NotAllowedError, match="another line"):
        assessor.do("replace_reviewer", case.handle, near.person)
    with pytest.raises(NotAllowedError, match="neither of the two"):
        assessor.do("replace_reviewer", case.handle, second.person)
    # And when the owner asks one who may, they are let in, and what was proposed is reviewed as it is
    wraps = given(desk, reporter, case, third)
    assessor.do("replace_reviewer", case.handle, third.person, wraps=wraps)
    assert not waits(case)
    entry = Act.objects.filter(record=case).order_by("-seq").first()
    assert entry is not None
    assert (entry.kind, entry.person, entry.signed is not None) == ("case.stage", assessor.person, True)
    assert third.open(case.handle, DELIBERATION, Kind.CASE) == [b"because"]
    done = review(desk, "third", made, case, notices=third.noticed(made))
    case.refresh_from_db()
    assert (done.state, done.reviewer, case.stage) == ("made", third.person, "no_further_action")
    assert actions.index_differs(desk.now) == []


def test_a_third_person_is_replaced_by_neither_of_the_two(desk: Desk) -> None:
    reporter, case, made = proposed(desk)
    assessor, second, third = desk.staff["assessor"], desk.staff["second"], desk.staff["third"]
    review(desk, "second", made, case, agrees=False, third=third.person)
    third.do("recuse", case.handle, ground="kin")
    for one in (second, third):
        with pytest.raises(NotAllowedError):
            assessor.do("replace_reviewer", case.handle, one.person)
    fourth = desk.hire("fourth", "reviewer")
    wraps = given(desk, reporter, case, fourth)
    assessor.do("replace_reviewer", case.handle, fourth.person, wraps=wraps)
    done = review(desk, "fourth", made, case, notices=fourth.noticed(made))
    assert (done.state, done.reviewer, done.third) == ("made", second.person, fourth.person)


def test_whoever_neither_owns_nor_reviews_a_case_stops_nothing_by_standing_back(desk: Desk) -> None:
    # Given a case that an officer has handed over, and an assessment of it
    _, case, made = proposed(desk)
    # When the officer stands back from it
    desk.staff["officer"].do("recuse", made.notices.get().record.handle, ground="kin")
    assert Act.objects.filter(record=case, kind="recusal.recorded").count() == 1
    # Then nobody has to be found in their place, and the case can end
    assert not waits(case)
    done = review(desk, "second", made, case, notices=desk.staff["second"].noticed(made))
    assert done.state == "made"


def test_a_colleague_takes_over_from_an_owner_who_left_without_a_word(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    case = officer.take(reporter.handle)
    actions.revoke(desk.hire("chief", "administrator").person, officer.person, now=desk.now)
    assert [one.handle for one in queries.replacements(colleague.person, on=day(desk.now))] == [case.handle]
    colleague.do("take_over", case.handle)
    assert Ownership.objects.get(record=case, until=None).person == colleague.person
    assert not Wrap.objects.filter(record=case.handle, holder=officer.person.handle).exists()
    assert actions.index_differs(desk.now) == []


def test_a_case_is_offered_to_nobody_who_could_not_see_it(desk: Desk) -> None:
    # Given a case that is assessed, and an advocate and an investigator, whom the table shows nothing of it now
    case = with_assessor(desk, desk.taken_in())
    assessor = desk.staff["assessor"]
    other = {"advocate": desk.staff["advocate"], "investigator": desk.hire("inga", "investigator")}
    for role, who in other.items():
        with pytest.raises(NotAllowedError, match="at its stage"):
            assessor.do("offer_handover", case.handle, who.person, role)
    offered = {one.role for one in queries.takers(assessor.person, case.handle, on=day(desk.now))}
    assert offered == {"intake_officer", "reviewer"}


def test_what_goes_on_after_its_assessment_is_handed_to_who_investigates(desk: Desk) -> None:
    # Given an assessment that says that the case goes on
    reporter, officer = desk.taken_in(b"what she wrote"), desk.staff["officer"]
    answer = officer.seal(reporter.handle, NARRATIVE, Field.MESSAGE, b"we have read it")
    officer.do("write_to_person", reporter.handle, message=answer)
    case = with_assessor(desk, reporter)
    made = propose(desk, reporter, case, "proceed", appeal_route="", appeal_until=None)
    review(desk, "second", made, case, notices=desk.staff["second"].noticed(made))
    assessor, inga = desk.staff["assessor"], desk.hire("inga", "investigator")
    # Then its owner still answers for it and to the person, and nobody else of those who assess or review sees it
    assert assessor.open(reporter.handle, NARRATIVE, Kind.REPORT)[0] == b"what she wrote"
    message = assessor.seal(reporter.handle, NARRATIVE, Field.MESSAGE, b"it goes on")
    assessor.do("write_to_person", reporter.handle, message=message)
    second = desk.staff["second"].person
    assert queries.record_page(second, case.handle, on=day(desk.now)) is None
    # When she hands it to an investigator, with the keys that she holds
    wraps = [*given(desk, reporter, case, inga), *assessor.give(case.handle, NARRATIVE, Kind.CASE, inga)]
    offer = assessor.do("offer_handover", case.handle, inga.person, "investigator", wraps=wraps)
    inga.do("accept_handover", offer.handle, on=case.handle)
    # Then the investigator owns the case, and reads it
    assert Ownership.objects.get(record=case, until=None).person == inga.person
    assert b"what she wrote" in inga.open(reporter.handle, NARRATIVE, Kind.REPORT)
    assert b"because" in inga.open(case.handle, DELIBERATION, Kind.CASE)
    # And whoever assessed it has nothing of it any more
    assert queries.record_page(assessor.person, case.handle, on=day(desk.now)) is None
    assert actions.fetch_wrap(assessor.person, reporter.handle, NARRATIVE, now=desk.now) is None
    assert actions.index_differs(desk.now) == []
