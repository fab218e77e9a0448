"""What two decided about something taken back is done, also where the process ended; of help, by those who help."""

from __future__ import annotations

import pytest

from answerable.casework import actions, gate, queries
from answerable.casework.actions import settling
from answerable.casework.actions.chains import setting
from answerable.casework.errors import NotAllowedError, NotYoursError, WrongStageError
from answerable.casework.models import Act, Decision, Duty, File, Reply, Wrap
from answerable.sealing.envelope import Kind as Sent
from answerable.sealing.place import COMPARTMENTS, Compartment, Field, Record
from tests.casework.conftest import BOTH
from tests.casework.world import Desk, Reporter, Staff, day

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
NARRATIVE = Compartment.NARRATIVE
NEEDS = Compartment.MEDICAL_ASSISTANCE
THE_REST = "decide on what is left"


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["shred", "say_erased"])
def test_a_shredding_that_was_decided_is_done_by_whoever_comes_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    # Given a withdrawn report of which two decide that it is shredded, and a process that ends before that is done
    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    officer.open(reporter.handle, NARRATIVE, Record.REPORT)
    actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now)
    reasons = officer.seal(reporter.handle, NARRATIVE, Field.REASONS, b"she asked for it")
    made = officer.do("propose_settlement", reporter.handle, outcome="shred", reasons=reasons, second=colleague.person)
    review = colleague.seal(reporter.handle, NARRATIVE, Field.REVIEW, b"yes")

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(settling, step, killed)
        with pytest.raises(Killed):
            colleague.do("settle", made.handle, agrees=True, review=review, on=reporter.handle)
    made = Decision.objects.get()
    assert (made.state, made.outcome) == ("made", "shred")
    # When the clocks go round, twice
    for _ in range(2):
        actions.clocks_once(desk.now)
    # Then no key of it is left, each part was entered once, and the mailbox is told once
    assert not Wrap.objects.filter(record=reporter.handle).exists()
    shredded = Act.objects.filter(record__handle=reporter.handle, kind="case.shredded")
    assert shredded.count() == len(COMPARTMENTS[Record.REPORT])
    assert Reply.objects.filter(record=reporter.handle, kind="erased").count() == 1
    assert actions.index_differs(desk.now) == []


def help_taken_back(desk: Desk) -> Reporter:
    """A request for help, with a file, that an assistance worker has read, and that its person then took back."""
    reporter = desk.taken_in(kind=Sent.HELP, files=[b"a prescription"])
    desk.staff["worker"].open(reporter.handle, NEEDS, Record.FILE)
    actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now)
    actions.finish_erasures()
    return reporter


@pytest.mark.parametrize("outcome", ["keep_sealed", "shred"])
def test_what_a_withdrawn_request_for_help_leaves_is_decided_by_two_who_give_help(desk: Desk, outcome: str) -> None:
    # Given two assistance workers, and a request that was taken back when one of them had read it
    worker, helper = desk.staff["worker"], desk.hire("helper", "assistance_worker")
    reporter = help_taken_back(desk)
    # Then both owe the decision, and nobody else does, the advocate included: she holds nothing of what is left
    owes = {name: [row.act for row in queries.duties(one.person, on=day(desk.now))] for name, one in desk.staff.items()}
    assert {name for name, acts in owes.items() if THE_REST in acts} == {"worker", "helper"}
    found = gate.find(worker.person, reporter.handle, on=day(desk.now))
    assert found is not None
    assert queries.seconds(found, found.roles_with(NEEDS, "add")) == [helper.person]
    # When one proposes, with somebody who may not decide, nothing is written
    reasons = worker.seal(reporter.handle, NEEDS, Field.REASONS, b"nothing of it is needed")
    for second in ("worker", "advocate", "officer"):
        with pytest.raises(NotAllowedError):
            worker.do(
                "propose_settlement",
                reporter.handle,
                outcome=outcome,
                reasons=reasons,
                second=desk.staff[second].person,
            )
    # And with the other worker, who agrees, it is decided and done
    made = worker.do("propose_settlement", reporter.handle, outcome=outcome, reasons=reasons, second=helper.person)
    review = helper.seal(reporter.handle, NEEDS, Field.REVIEW, b"yes")
    with pytest.raises(NotYoursError):
        worker.do("settle", made.handle, agrees=True, review=review, on=reporter.handle)
    helper.do("settle", made.handle, agrees=True, review=review, on=reporter.handle)
    assert not Duty.objects.live().filter(record__handle=reporter.handle).exists()
    assert Wrap.objects.filter(record=reporter.handle, compartment=int(NEEDS)).exists() == (outcome == "keep_sealed")
    # And the file goes with the rest, or stays with it
    (file,) = [*File.objects.filter(record__handle=reporter.handle)] or [None]
    assert len([*(setting("files")).iterdir()]) == (outcome == "keep_sealed") == (file is not None)
    shredded = Act.objects.filter(record__handle=reporter.handle, kind="case.shredded").count()
    assert shredded == (len(COMPARTMENTS[Record.FILE]) if outcome == "shred" else 0)
    assert actions.index_differs(desk.now) == []


def test_who_reads_only_by_consent_does_not_decide_what_help_leaves(desk: Desk) -> None:
    # Given a withdrawn request in which the advocate may read what help was asked for
    reporter = desk.taken_in(kind=Sent.HELP, consents=("assistance", "contact"))
    desk.staff["worker"].open(reporter.handle, NEEDS, Record.FILE)
    actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now)
    # When she proposes, or an officer who sees no request for help at all
    advocate, officer = desk.staff["advocate"], desk.staff["officer"]
    reasons = advocate.seal(reporter.handle, NEEDS, Field.REASONS, b"mine to say")
    told = {"outcome": "shred", "reasons": reasons, "second": desk.staff["worker"].person}
    with pytest.raises(NotAllowedError):
        advocate.do("propose_settlement", reporter.handle, **told)
    with pytest.raises(NotYoursError):
        officer.do("propose_settlement", reporter.handle, **told)
    # Then nothing was decided
    assert not Decision.objects.exists()


@pytest.mark.parametrize("leaves", ["recuses", "is revoked"])
def test_what_waits_for_a_second_person_who_left_is_proposed_anew(desk: Desk, leaves: str) -> None:
    # Given a withdrawn report, and a proposal that waits for a colleague
    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    officer.open(reporter.handle, NARRATIVE, Record.REPORT)
    actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now)

    def propose(second: Staff) -> Decision:
        reasons = officer.seal(reporter.handle, NARRATIVE, Field.REASONS, b"she asked for it")
        told = {"outcome": "keep_sealed", "reasons": reasons, "second": second.person}
        made: Decision = officer.do("propose_settlement", reporter.handle, **told)
        return made

    first, other = propose(colleague), desk.hire("other", "intake_officer")
    with pytest.raises(WrongStageError, match="waits for the second person"):
        propose(other)
    # When the colleague stands back, or leaves
    if leaves == "recuses":
        colleague.do("recuse", reporter.handle)
    else:
        actions.revoke(desk.hire("chief", "administrator").person, colleague.person, now=desk.now)
    # Then it is proposed to another, who decides it, and the first proposal is no more
    made = propose(other)
    first.refresh_from_db()
    assert first.state == "returned"
    review = other.seal(reporter.handle, NARRATIVE, Field.REVIEW, b"yes")
    assert other.do("settle", made.handle, agrees=True, review=review, on=reporter.handle).state == "made"
    with pytest.raises(WrongStageError, match="decided already"):
        propose(other)
