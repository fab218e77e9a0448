"""What an assessment tells the person who reported: whoever agrees has read it, and exactly that is sent."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from django.test.utils import override_settings

from answerable.casework import actions, policies
from answerable.casework.errors import NotAllowedError, NotYoursError, WrongStageError
from answerable.casework.models import Act, Decision, Record, Reply, Value, Wrap
from answerable.errors import AnswerableError
from answerable.sealing.envelope import Kind as Sent
from answerable.sealing.place import Field
from answerable.sealing.place import Record as Kind
from tests.casework.conftest import BOTH
from tests.casework.test_flow import DELIBERATION, NARRATIVE, propose, with_assessor
from tests.casework.world import Desk, Reporter

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
BUILT_IN = Path(policies.__file__).parent / "policy"


def proposed(desk: Desk) -> tuple[Reporter, Record, Decision]:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    assessor, second = desk.staff["assessor"], desk.staff["second"]
    wraps = [
        *assessor.give(case.handle, DELIBERATION, Kind.CASE, second),
        *assessor.give(reporter.handle, NARRATIVE, Kind.REPORT, second),
    ]
    return reporter, case, propose(desk, reporter, case, wraps=wraps)


def review(desk: Desk, name: str, made: Decision, case: Record, *, agrees: bool = True, **more: object) -> Decision:
    who = desk.staff[name]
    sealed = who.seal(case.handle, DELIBERATION, Field.REVIEW, b"so I think")
    done: Decision = who.do("review_decision", made.handle, agrees=agrees, review=sealed, on=case.handle, **more)
    return done


def entry(act: Act | None) -> dict[str, object]:
    assert act is not None
    assert act.outbox.event is not None
    return dict(json.loads(bytes(act.outbox.event.body)))


def test_the_second_person_reads_what_is_sent_and_whoever_receives_reports_does_not_before(desk: Desk) -> None:
    reporter, case, made = proposed(desk)
    # Given a notice that is proposed: the second person opens it, and so does whoever proposed it
    for name in ("second", "assessor"):
        assert b"you may appeal" in desk.staff[name].open(reporter.handle, NARRATIVE, Kind.REPORT)
        opened = actions.fetch_wrap(desk.staff[name].person, reporter.handle, NARRATIVE, now=desk.now)
        assert opened is not None
        assert [one.field for one in opened.values if one.pk in opened.unsent] == [Field.NOTICE]
    # Then those of intake, who hold the same key and do not deliberate, are not given it
    assert desk.staff["officer"].open(reporter.handle, NARRATIVE, Kind.REPORT) == [b"what happened"]
    # And once it was sent they are, as something that was sent
    review(desk, "second", made, case, notices=desk.staff["second"].noticed(made))
    officer = desk.staff["officer"]
    assert b"you may appeal" in officer.open(reporter.handle, NARRATIVE, Kind.REPORT)
    sent = actions.fetch_wrap(officer.person, reporter.handle, NARRATIVE, now=desk.now)
    assert sent is not None
    assert sent.unsent == frozenset()


def test_nobody_agrees_to_what_they_have_not_read(desk: Desk) -> None:
    reporter, case, made = proposed(desk)
    read = desk.staff["second"].noticed(made)
    other = sha256(b"something else").hexdigest()
    for said in ({}, {reporter.handle: other}, {**read, "0" * 32: other}, {case.handle: read[reporter.handle]}):
        before = Act.objects.count(), Value.objects.count()
        with pytest.raises(WrongStageError, match="not one that you have read"):
            review(desk, "second", made, case, notices=said)
        assert (Act.objects.count(), Value.objects.count()) == before
    assert not Reply.objects.exists()
    made.refresh_from_db()
    assert made.state == "proposed"


def test_a_notice_that_was_changed_after_it_was_read_is_not_sent(desk: Desk) -> None:
    # Given a second person who has read the notice
    reporter, case, made = proposed(desk)
    read = desk.staff["second"].noticed(made)
    assessor = desk.staff["assessor"]
    other = assessor.seal(reporter.handle, NARRATIVE, Field.NOTICE, b"there is no appeal")
    # When whoever proposed it tries to put another in its place, by every act there is
    with pytest.raises(NotAllowedError, match="an act of its own"):
        assessor.do("add_value", reporter.handle, other)
    with pytest.raises((NotAllowedError, WrongStageError)):
        propose(desk, reporter, case, notices={reporter.handle: other})
    # And then in the database itself
    notice = made.notices.get()
    kept = bytes(notice.sealed)
    Value.objects.filter(pk=notice.pk).update(sealed=other.data)
    # Then the agreement to the one that was read sends nothing
    with pytest.raises(WrongStageError, match="not one that you have read"):
        review(desk, "second", made, case, notices=read)
    assert not Reply.objects.exists()
    # And what was read is what is sent: the same bytes, by the entries of the proposal, the decision and the message
    Value.objects.filter(pk=notice.pk).update(sealed=kept)
    review(desk, "second", made, case, notices=read)
    assert [bytes(one.sealed) for one in Reply.objects.all()] == [kept]
    stages = Act.objects.filter(record=case, kind="case.stage").order_by("-seq")
    for act in stages[:2]:
        assert read[reporter.handle] in entry(act)["document_sha256"]  # type: ignore[operator]  # a list of hashes
    told = Act.objects.filter(record__handle=reporter.handle, kind="message.sealed").last()
    assert entry(told)["ciphertext_sha256"] == read[reporter.handle]
    # When it is changed after that, what was sent stays as it was
    Value.objects.filter(pk=notice.pk).update(sealed=other.data)
    assert [reporter.opens(one) for one in Reply.objects.all()] == [b"you may appeal"]


def test_a_notice_of_a_proposal_that_came_back_counts_for_no_other(desk: Desk) -> None:
    # Given a proposal that two did not agree to, and one with other words that follows it
    reporter, case, first = proposed(desk)
    read = desk.staff["second"].noticed(first)
    review(desk, "second", first, case, agrees=False, third=desk.staff["third"].person)
    review(desk, "third", first, case, agrees=False)
    again = propose(desk, reporter, case, wraps=())
    # Then to have read the first is not to have read the second, and the first is over
    with pytest.raises(WrongStageError, match="not one that you have read"):
        review(desk, "second", again, case, notices=read)
    with pytest.raises(NotYoursError):
        review(desk, "second", first, case, notices=read)
    assert not Reply.objects.exists()
    # And only the second one goes out; the first is shown as what it is
    review(desk, "second", again, case, notices=desk.staff["second"].noticed(again))
    assert Reply.objects.count() == 1
    opened = actions.fetch_wrap(desk.staff["assessor"].person, reporter.handle, NARRATIVE, now=desk.now)
    assert opened is not None
    assert opened.unsent == {first.notices.get().pk}


def test_whoever_took_her_report_back_meanwhile_is_told_nothing_more(desk: Desk) -> None:
    reporter, case, made = proposed(desk)
    read = desk.staff["second"].noticed(made)
    actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now)
    with pytest.raises(WrongStageError, match="not one that you have read"):
        review(desk, "second", made, case, notices=read)
    done = review(desk, "second", made, case, notices={})
    assert (done.state, Reply.objects.count()) == ("made", 0)


def test_a_refusal_lets_nobody_in(desk: Desk, tmp_path: Path) -> None:
    # Given a desk whose reviewers may let others in, and a second person who disagrees
    table = (BUILT_IN / "access.yaml").read_text()
    before, row, after = table.partition("because: a review reads the reasons")
    assert row
    given, found, rest = before.rpartition("acts: [read, add]")
    assert found
    (tmp_path / "access.yaml").write_text(f"{given}acts: [read, add, grant]{rest}{row}{after}")
    with override_settings(ANSWERABLE_POLICY=tmp_path):
        _, case, made = proposed(desk)
        second, third = desk.staff["second"], desk.staff["third"]
        wraps = second.give(case.handle, DELIBERATION, Kind.CASE, third)
        assert wraps
        held = Wrap.objects.filter(record=case.handle, holder=third.person.handle)
        # When nothing can be entered, since the key of the desk's entries is not there
        key = desk.folder / "wrapping"
        kept = key.rename(tmp_path / "elsewhere")
        with pytest.raises(AnswerableError):
            review(desk, "second", made, case, agrees=False, third=third.person, wraps=wraps)
        # Then nobody was let in; and with the key, the third person is
        assert not held.exists()
        kept.rename(key)
        review(desk, "second", made, case, agrees=False, third=third.person, wraps=wraps)
        assert held.count() == len(wraps)
