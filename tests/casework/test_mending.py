"""What the desk delivers again to a mailbox that lacks it."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from answerable.casework import actions
from answerable.casework.actions import settling
from answerable.casework.actions.shredding import shred
from answerable.casework.models import Grant, Reply
from answerable.sealing.envelope import Kind as Sent
from answerable.sealing.place import Compartment, Field, Record
from tests.casework.conftest import BOTH
from tests.casework.world import Desk, Reporter

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
NARRATIVE = Compartment.NARRATIVE


def test_only_a_mailbox_that_holds_what_was_erased_is_told_so_again(desk: Desk) -> None:
    # Given a report that was taken back before anyone read it, and whose mailbox was told
    reporter, incoming = desk.report()
    actions.take_in(incoming, now=desk.now)
    actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now)
    told = Reply.objects.get(kind=Reply.Kind.ERASED)
    actions.mark_delivered(told.handle, now=desk.now)
    # When the same draft is brought in again, under leaves of its own, nothing of it is taken away
    assert actions.deliver_again(frozenset(), {told.record: {secrets.token_bytes(32)}}, desk.now) == 0
    # But a mailbox that was put back from a copy, with the leaf that was erased, is told again
    assert actions.deliver_again(frozenset(), {told.record: {incoming.leaf}}, desk.now) == 1
    again = actions.next_reply()
    assert again is not None
    assert again.handle == told.handle


def answered(desk: Desk) -> tuple[Reporter, list[Reply]]:
    """A report with an answer in its mailbox, and one on its way there."""
    reporter, officer = desk.taken_in(), desk.staff["officer"]
    officer.open(reporter.handle, NARRATIVE, Record.REPORT)
    for words in (b"we have read this", b"and this is next"):
        sealed = officer.seal(reporter.handle, NARRATIVE, Field.MESSAGE, words)
        officer.do("write_to_person", reporter.handle, message=sealed)
    first, second = Reply.objects.order_by("id")
    actions.mark_delivered(first.handle, now=desk.now)
    return reporter, [first, second]


def test_an_answer_that_was_shredded_is_not_taken_for_one_that_the_desk_has_lost(desk: Desk) -> None:
    reporter, answers = answered(desk)
    officers = (desk.staff["officer"].person, desk.staff["colleague"].person)
    # When a court has the thread shredded
    shred(reporter.handle, [NARRATIVE], reason="court", authority=b"an order", officers=officers, now=desk.now)
    # Then the desk still knows both by name, of which nothing is left, and sends neither, now or again
    handles = frozenset(one.handle for one in answers)
    assert actions.unknown_answers(handles) == []
    assert {bytes(one) for one in Reply.objects.values_list("sealed", flat=True)} == {b""}
    assert actions.next_reply() is None
    assert actions.deliver_again(frozenset(), {reporter.handle: set()}, desk.now) == 0
    assert not Grant.objects.filter(record__handle=reporter.handle, person=None, done=None).exists()


def test_a_comparison_amid_a_shredding_names_nothing_missing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a withdrawn report of which two decide that it is shredded
    reporter, answers = answered(desk)
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now)
    reasons = officer.seal(reporter.handle, NARRATIVE, Field.REASONS, b"she asked for it")
    made = officer.do("propose_settlement", reporter.handle, outcome="shred", reasons=reasons, second=colleague.person)
    review = colleague.seal(reporter.handle, NARRATIVE, Field.REVIEW, b"yes")
    seen: list[list[str]] = []
    real = settling.say_erased

    def compared_first(*args: Any) -> None:
        seen.append(actions.unknown_answers(frozenset(one.handle for one in answers)))
        real(*args)

    # When mailboxes are compared between the destruction and the word to the mailbox
    monkeypatch.setattr(settling, "say_erased", compared_first)
    colleague.do("settle", made.handle, agrees=True, review=review, on=reporter.handle)
    # Then no answer is taken for lost; and what waits for the mailbox is that all of it was erased
    assert seen == [[]]
    assert [one.kind for one in Reply.objects.filter(record=reporter.handle)] == [Reply.Kind.ERASED]
