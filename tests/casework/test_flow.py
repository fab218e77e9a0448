"""A report from its arrival to a decision, as the people at the desk do it; and what each step leaves behind."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256

import pytest

from answerable.casework import actions, gate, queries, reads
from answerable.casework.errors import (
    DecisionIncomplete,
    NotAllowedError,
    NotYoursError,
    RefusedByProcedureError,
    TieUnansweredError,
)
from answerable.casework.models import Act, Assignment, Decision, Erasure, Ownership, Record, Reply, Submission, Wrap
from answerable.ledger.models import Outbox
from answerable.record import canonical, commit, tree
from answerable.sealing import recovery
from answerable.sealing.envelope import Kind as Sent
from answerable.sealing.place import Compartment, Field
from answerable.sealing.place import Record as Kind
from tests.casework.conftest import BOTH
from tests.casework.world import DAY, Desk, Reporter, day

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
NARRATIVE, ACCUSED, DELIBERATION = Compartment.NARRATIVE, Compartment.ACCUSED_IDENTITY, Compartment.DELIBERATION


def leaves() -> list[bytes]:
    """Every entry that the register holds or waits for."""
    found = [bytes(leaf) for leaf in Submission.objects.values_list("leaf", flat=True)]
    return found + [bytes(leaf) for leaf in Outbox.objects.using("default").values_list("leaf_hash", flat=True)]


def with_assessor(desk: Desk, reporter: Reporter) -> Record:
    """The officer opens a case and hands it to the assessor, keys and all."""
    officer, assessor = desk.staff["officer"], desk.staff["assessor"]
    case = officer.take(reporter.handle)
    wraps = []
    for part in (NARRATIVE, ACCUSED, Compartment.EVIDENCE):
        wraps += officer.give(case.handle, part, Kind.CASE, assessor)
        wraps += officer.give(reporter.handle, part, Kind.REPORT, assessor)
    offer = officer.do("offer_handover", case.handle, assessor.person, "assessor", wraps=wraps)
    assessor.do("accept_handover", offer.handle, on=case.handle)
    case.refresh_from_db()
    return case


def propose(
    desk: Desk, reporter: Reporter, case: Record, outcome: str = "no_further_action", **changed: object
) -> Decision:
    assessor, second = desk.staff["assessor"], desk.staff["second"]
    asked: dict[str, object] = {
        "standard": "credible",
        "outcome": outcome,
        "reasons": assessor.seal(case.handle, DELIBERATION, Field.REASONS, b"because"),
        "notices": {reporter.handle: assessor.seal(reporter.handle, NARRATIVE, Field.NOTICE, b"you may appeal")},
        "appeal_route": "panel",
        "appeal_until": day(desk.now) + timedelta(days=60),
        "reviewer": second.person,
        "wraps": assessor.give(case.handle, DELIBERATION, Kind.CASE, second),
    }
    made: Decision = assessor.do("propose_decision", case.handle, **{**asked, **changed})
    return made


def test_a_report_is_read_by_those_addressed_and_by_nobody_else(desk: Desk) -> None:
    # Given a report that carry took in
    reporter = desk.taken_in(b"canary of the narrative")
    # When the officer opens it, it is what she wrote; and the read is in the chain
    assert desk.staff["officer"].open(reporter.handle, NARRATIVE, Kind.REPORT) == [b"canary of the narrative"]
    assert reads.verify() == []
    # Then an assessor, who is not assigned, sees what a stranger sees of nothing
    for name in ("assessor", "second", "worker"):
        assert gate.find(desk.staff[name].person, reporter.handle, on=day(desk.now)) is None
        assert actions.fetch_wrap(desk.staff[name].person, reporter.handle, NARRATIVE, now=desk.now) is None
    # And the advocate reads who reported, and not what
    advocate = desk.staff["advocate"].person
    assert actions.fetch_wrap(advocate, reporter.handle, Compartment.REPORTER_IDENTITY, now=desk.now) is not None
    assert actions.fetch_wrap(advocate, reporter.handle, NARRATIVE, now=desk.now) is None


def test_from_arrival_to_no_further_action(desk: Desk) -> None:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    assert desk.staff["assessor"].open(reporter.handle, NARRATIVE, Kind.REPORT) == [b"what happened"]
    made = propose(desk, reporter, case)
    assert not Reply.objects.exists()  # nothing is told before the second person agreed
    second = desk.staff["second"]
    review = second.seal(case.handle, DELIBERATION, Field.REVIEW, b"I agree")
    read = second.noticed(made)
    done = second.do("review_decision", made.handle, agrees=True, review=review, notices=read, on=case.handle)
    case.refresh_from_db()
    assert (done.state, case.stage, case.decision) == ("made", "no_further_action", done)
    # The person who reported is told, with the reasons for her and the way to appeal
    assert [reporter.opens(reply) for reply in Reply.objects.all()] == [b"you may appeal"]
    kinds = list(Act.objects.filter(record=case).order_by("seq").values_list("kind", flat=True))
    assert kinds[-2:] == ["decision.made", "case.stage"]
    assert actions.index_differs(desk.now) == []


def test_a_disagreement_goes_to_a_third_who_may_return_it(desk: Desk) -> None:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    made = propose(desk, reporter, case)
    second, third = desk.staff["second"], desk.staff["third"]
    review = second.seal(case.handle, DELIBERATION, Field.REVIEW, b"I do not")
    with pytest.raises(DecisionIncomplete, match="a third person"):
        second.do("review_decision", made.handle, agrees=False, review=review, on=case.handle)
    second.do("review_decision", made.handle, agrees=False, review=review, third=third.person, on=case.handle)
    review = third.seal(case.handle, DELIBERATION, Field.REVIEW, b"nor do I")
    done = third.do("review_decision", made.handle, agrees=False, review=review, on=case.handle)
    case.refresh_from_db()
    assert (done.state, case.stage, Reply.objects.count()) == ("returned", "assessment", 0)
    # And it can be proposed anew, and made with the third's agreement
    again = propose(desk, reporter, case, "proceed", appeal_route="", appeal_until=None)
    review = second.seal(case.handle, DELIBERATION, Field.REVIEW, b"again not")
    second.do("review_decision", again.handle, agrees=False, review=review, third=third.person, on=case.handle)
    review = third.seal(case.handle, DELIBERATION, Field.REVIEW, b"I agree with the proposer")
    read = third.noticed(again)
    done = third.do("review_decision", again.handle, agrees=True, review=review, notices=read, on=case.handle)
    case.refresh_from_db()
    assert (done.state, case.stage) == ("made", "active")
    assert actions.index_differs(desk.now) == []


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"reasons": None}, "reasons"),
        ({"reviewer": None}, "a second person"),
        ({"notices": {}}, "a notice to the person who reported"),
        ({"appeal_route": ""}, "a way to appeal"),
        ({"appeal_until": None}, "still to come"),
        ({"standard": ""}, "a standard"),
        ({"outcome": "not_substantiated"}, "a cause"),
    ],
)
def test_an_ending_that_lacks_a_part_is_not_written(desk: Desk, changed: dict[str, object], missing: str) -> None:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    before = Act.objects.count()
    with pytest.raises(DecisionIncomplete, match=missing):
        propose(desk, reporter, case, **{"outcome": "no_further_action", **changed})  # type: ignore[arg-type]
    case.refresh_from_db()
    assert (Act.objects.count(), Decision.objects.count(), case.stage) == (before, 0, "assessment")


def test_nobody_reviews_their_own(desk: Desk) -> None:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    assessor = desk.staff["assessor"]
    with pytest.raises(NotAllowedError, match="second person"):
        propose(desk, reporter, case, reviewer=assessor.person, wraps=())
    second = desk.staff["second"].person
    second.line = assessor.person.line
    second.save()
    with pytest.raises(NotAllowedError, match="another line"):
        propose(desk, reporter, case)


def test_a_handover_is_accepted_or_it_did_not_happen(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    case = officer.take(reporter.handle)
    offer = officer.do("offer_handover", case.handle, colleague.person, "intake_officer")
    # Until it is accepted the first owner owes, and nobody else may accept
    assert Ownership.objects.get(record=case, until=None).person == officer.person
    for name in ("officer", "assessor", "advocate"):
        with pytest.raises(NotYoursError):
            desk.staff[name].do("accept_handover", offer.handle, on=case.handle)
    colleague.do("decline_handover", offer.handle, on=case.handle)
    assert Ownership.objects.get(record=case, until=None).person == officer.person
    with pytest.raises(NotYoursError):
        colleague.do("accept_handover", offer.handle, on=case.handle)
    again = officer.do("offer_handover", case.handle, colleague.person, "intake_officer")
    colleague.do("accept_handover", again.handle, on=case.handle)
    assert Ownership.objects.get(record=case, until=None).person == colleague.person
    with pytest.raises(NotAllowedError, match="only the owner"):
        officer.do("offer_handover", case.handle, desk.staff["assessor"].person, "assessor")


def test_an_answer_reaches_the_mailbox_and_starts_the_next_clock(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer = desk.staff["officer"]
    first = {row.act for row in queries.duties(officer.person, on=day(desk.now))}
    assert first == {"answer the reporter", "offer assistance", "open a case"}
    message = officer.seal(reporter.handle, NARRATIVE, Field.MESSAGE, b"we read it")
    officer.do("write_to_person", reporter.handle, message=message, offers_assistance=True)
    reply = actions.next_reply()
    assert reply is not None
    assert reporter.opens(reply) == b"we read it"
    actions.mark_delivered(reply.handle, now=desk.now)
    assert actions.next_reply() is None
    left = {row.act: row.due for row in queries.duties(officer.person, on=day(desk.now))}
    assert left == {
        "open a case": day(desk.now) + timedelta(days=14),
        "keep in contact": day(desk.now) + timedelta(days=30),
    }
    status = next(iter(actions.statuses(desk.now))).body
    assert (status["stage"], status["next_contact"]) == ("received", "2026-04-01")


def test_what_a_person_writes_later_is_to_be_answered(desk: Desk) -> None:
    # Given a report that was answered, whose next contact is thirty days away
    reporter = desk.taken_in()
    officer = desk.staff["officer"]
    officer.do(
        "write_to_person", reporter.handle, message=officer.seal(reporter.handle, NARRATIVE, Field.MESSAGE, b"a")
    )

    def owed() -> set[tuple[str, date]]:
        found = queries.duties(officer.person, on=day(desk.now))
        return {(row.act, row.due) for row in found if row.act == "keep in contact" and row.due}

    later = day(desk.now) + timedelta(days=30)
    assert owed() == {("keep in contact", later)}
    # When she writes, then an answer is due within five working days, she is told so, and the chain says that she wrote
    actions.take_in(reporter.adds(b"I am not safe"), now=desk.now)
    soon = {("keep in contact", day(desk.now) + timedelta(days=7))}
    assert owed() >= soon
    record = Record.objects.get(handle=reporter.handle)
    assert record.next_due <= day(desk.now) + timedelta(days=7)
    told = next(iter(actions.statuses(desk.now))).body["due"]
    contact = [one for one in told if one["duty"] == "keep_in_contact"]
    assert contact == [
        {"duty": "keep_in_contact", "due": (day(desk.now) + timedelta(days=7)).isoformat(), "state": "open"}
    ]
    assert Act.objects.filter(record=record, kind="message.sealed").count() == 2
    # And an answer is one to all of it
    officer.do(
        "write_to_person", reporter.handle, message=officer.seal(reporter.handle, NARRATIVE, Field.MESSAGE, b"b")
    )
    assert owed() == {("keep in contact", later)}
    assert actions.index_differs(desk.now) == []


def test_what_a_person_writes_before_the_first_answer_waits_for_that(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer = desk.staff["officer"]
    actions.take_in(reporter.adds(b"and this"), now=desk.now)
    owed = {row.act for row in queries.duties(officer.person, on=day(desk.now))}
    assert owed == {"answer the reporter", "offer assistance", "open a case"}


def test_the_name_of_the_accused_asks_for_a_tie_before_anything_else(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer = desk.staff["officer"]
    officer.open(reporter.handle, ACCUSED, Kind.REPORT)
    with pytest.raises(TieUnansweredError):
        officer.open(reporter.handle, NARRATIVE, Kind.REPORT)
    with pytest.raises(TieUnansweredError):
        officer.take(reporter.handle)
    assert queries.pending_tie(officer.person) == Record.objects.get(handle=reporter.handle)
    officer.do("declare_tie", reporter.handle, False)
    officer.open(reporter.handle, ACCUSED, Kind.REPORT)
    assert officer.open(reporter.handle, NARRATIVE, Kind.REPORT)


@pytest.mark.parametrize("tied", [True, False])
def test_whoever_stands_back_has_nothing_left_here(desk: Desk, tied: bool) -> None:
    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    case = officer.take(reporter.handle)
    if tied:
        officer.open(reporter.handle, ACCUSED, Kind.REPORT)
        officer.do("declare_tie", reporter.handle, True)
    else:
        officer.do("recuse", case.handle, ground="kin")
    for handle in (reporter.handle, case.handle):
        assert gate.find(officer.person, handle, on=day(desk.now)) is None
    assert not Wrap.objects.filter(holder=officer.person.handle).exists()
    assert [row.handle for row in queries.replacements(colleague.person, on=day(desk.now))] == [case.handle]
    assert queries.replacements(officer.person, on=day(desk.now)) == []
    # The owner is still one person until a colleague takes over; a new epoch is wanted of what was open
    assert Ownership.objects.get(record=case, until=None).person == officer.person
    colleague.do("take_over", case.handle)
    assert Ownership.objects.get(record=case, until=None).person == colleague.person
    assert {row.person for row in queries.grants_wanted(colleague.person, on=day(desk.now))} == {None}
    assert actions.index_differs(desk.now) == []


def test_a_new_epoch_shuts_out_whoever_left(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    officer.do("recuse", reporter.handle)
    part = NARRATIVE
    holders = queries.epoch_holders(colleague.person, reporter.handle, part, on=day(desk.now))
    assert holders is not None
    assert officer.person.handle not in {holder for holder, _ in holders}
    everyone = [(bytes.fromhex(h), bytes.fromhex(x)) for h, x in holders] + [(bytes(16), reporter.public)]
    shut = colleague.new_key(
        reporter.record, Kind.REPORT, part, [*everyone, (officer.person.holder, officer.public)], epoch=2
    )
    with pytest.raises(NotAllowedError, match="not entitled"):
        colleague.do("new_epoch", reporter.handle, shut)
    key = colleague.new_key(reporter.record, Kind.REPORT, part, everyone, epoch=2)
    colleague.do("new_epoch", reporter.handle, key)
    reply = actions.next_reply()
    assert reply is not None
    assert (reply.kind, reply.epoch, bytes(reply.public)) == ("epoch", 2, key.public)
    # What comes later is sealed to the new epoch, and what was there stays readable to those who remain
    assert actions.take_in(reporter.adds(b"more"), now=desk.now).new
    assert colleague.open(reporter.handle, part, Kind.REPORT) == [b"what happened", b"more"]


def test_a_withdrawal_before_anyone_read_erases_everything(desk: Desk) -> None:
    reporter, incoming = desk.report(files=[b"picture"])
    actions.take_in(incoming, now=desk.now)
    withdrawal = reporter.adds(b"", Sent.WITHDRAWAL)
    assert actions.take_in(withdrawal, now=desk.now).record is None
    assert not Record.objects.exists()
    assert not Submission.objects.exists()
    assert Erasure.objects.count() == 2
    actions.finish_erasures()
    assert not Wrap.objects.exists()
    # A late copy of what was erased does not bring it back
    for late in (incoming, withdrawal):
        assert actions.take_in(late, now=desk.now) == actions.Taken(None, new=False)
    reply = actions.next_reply()
    assert reply is not None
    assert reply.kind == "erased"


def test_a_withdrawal_after_someone_read_takes_the_identity_and_leaves_the_rest_sealed(desk: Desk) -> None:
    reporter = desk.taken_in()
    desk.staff["officer"].open(reporter.handle, NARRATIVE, Kind.REPORT)
    actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now)
    actions.finish_erasures()
    record = Record.objects.get(handle=reporter.handle)
    identity = int(Compartment.REPORTER_IDENTITY)
    assert record.stage == "withdrawn"
    assert not record.values.filter(compartment=identity).exists()
    assert not Wrap.objects.filter(record=record.handle, compartment=identity).exists()
    assert record.values.filter(compartment=int(NARRATIVE)).exists()
    acts = {row.act for row in queries.duties(desk.staff["officer"].person, on=day(desk.now))}
    assert acts == {"decide on what is left"}


def test_a_limit_that_passed_is_written_once_and_opens_the_next_duty(desk: Desk) -> None:
    reporter = desk.taken_in()
    desk.now += 3 * DAY
    late = actions.clocks_once(desk.now)
    assert [(one.act, one.due.isoformat()) for one in late] == [("offer assistance", "2026-03-04")]
    assert actions.clocks_once(desk.now) == []
    missed = Act.objects.filter(record__handle=reporter.handle, kind="deadline.missed")
    assert missed.count() == 1
    assert actions.index_differs(desk.now) == []
    second = desk.staff["second"]
    row = queries.duties(second.person, on=day(desk.now))[0]
    assert row.act == "take up what is late"
    assert gate.find(second.person, reporter.handle, on=day(desk.now)) is None
    second.do("take_up_late", reporter.handle, "taken_up_with_owner")
    assert queries.duties(second.person, on=day(desk.now)) == []


def test_what_the_procedure_does_not_allow_is_not_written(desk: Desk) -> None:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    propose(desk, reporter, case)
    with pytest.raises((NotAllowedError, RefusedByProcedureError)):
        propose(desk, reporter, case)


def test_recovery_asks_for_exactly_what_was_committed_to(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    case = officer.take(reporter.handle)
    Wrap.objects.filter(holder=colleague.person.handle).delete()
    for who, handle, part in ((colleague, reporter.handle, NARRATIVE), (officer, case.handle, NARRATIVE)):
        asked = who.do("request_recovery", handle, part, "lost_passphrase")
        data = queries.recovery_request(who.person, asked.handle, now=desk.now)
        assert data is not None
        assert data == queries.recovery_request(who.person, asked.handle, now=desk.now)
        request = recovery.decode_request(data)
        recovery.check_request(request)
        entry, opened = commit.open_entry(canonical.encode(request.opening))
        assert tree.leaf_hash(entry) in {bytes(leaf) for leaf in leaves()}
        assert sha256(request.source).hexdigest() in str(opened.fields)
        assert queries.recovery_request(desk.staff["assessor"].person, asked.handle, now=desk.now) is None
    # Fewer than it takes, members who gave no part, and one named twice: none of these opened it
    for member in ("member-1", "member-2"):
        actions.add_partial(asked.handle, member, b"sealed", now=desk.now)
    key = officer.give(case.handle, NARRATIVE, Kind.CASE, officer)[0].wrapped
    for members in (["member-1"], ["member-1", "member-3"], ["member-1", "member-1"], []):
        with pytest.raises(NotAllowedError, match="at least 2, and no others"):
            officer.do("use_recovery", asked.handle, key, members, on=case.handle)
    officer.do("use_recovery", asked.handle, key, ["member-2", "member-1"], on=case.handle)
    assert Act.objects.filter(record=case, kind="recovery.used").count() == 1
    with pytest.raises(NotYoursError):
        officer.do("use_recovery", asked.handle, key, ["member-2", "member-1"], on=case.handle)


def test_nobody_has_two_roles_in_a_case_that_must_not_meet(desk: Desk) -> None:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    both = desk.staff["assessor"]
    Assignment.objects.create(person=both.person, role="reviewer", since=day(desk.now))
    Assignment.objects.create(person=desk.staff["third"].person, role="assessor", record=case, since=day(desk.now))
    with pytest.raises(NotAllowedError, match="do not meet in one person"):
        propose(desk, reporter, case, reviewer=desk.staff["third"].person, wraps=())


@pytest.mark.parametrize("outcome", ["keep_sealed", "shred"])
def test_what_a_withdrawn_report_leaves_is_decided_by_two(desk: Desk, outcome: str) -> None:
    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    officer.open(reporter.handle, NARRATIVE, Kind.REPORT)
    actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now)
    reasons = officer.seal(reporter.handle, NARRATIVE, Field.REASONS, b"others are named in it")
    with pytest.raises(DecisionIncomplete, match="an outcome; reasons; a second person"):
        officer.do("propose_settlement", reporter.handle, outcome="forget", reasons=None, second=None)
    for second in ("officer", "assessor", "second"):
        with pytest.raises(NotAllowedError):
            officer.do(
                "propose_settlement",
                reporter.handle,
                outcome=outcome,
                reasons=reasons,
                second=desk.staff[second].person,
            )
    made = officer.do("propose_settlement", reporter.handle, outcome=outcome, reasons=reasons, second=colleague.person)
    review = colleague.seal(reporter.handle, NARRATIVE, Field.REVIEW, b"yes")
    with pytest.raises(NotYoursError):
        officer.do("settle", made.handle, agrees=True, review=review, on=reporter.handle)
    colleague.do("settle", made.handle, agrees=True, review=review, on=reporter.handle)
    assert queries.duties(officer.person, on=day(desk.now)) == []
    assert Wrap.objects.filter(record=reporter.handle, compartment=int(NARRATIVE)).exists() == (
        outcome == "keep_sealed"
    )
    assert actions.index_differs(desk.now) == []
