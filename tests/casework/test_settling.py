"""What two decided about a withdrawn report is done, also where the process ended in between."""

from __future__ import annotations

import pytest

from answerable.casework import actions
from answerable.casework.actions import settling
from answerable.casework.models import Act, Decision, Reply, Wrap
from answerable.sealing.envelope import Kind as Sent
from answerable.sealing.place import COMPARTMENTS, Compartment, Field, Record
from tests.casework.conftest import BOTH
from tests.casework.world import Desk

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
NARRATIVE = Compartment.NARRATIVE


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
