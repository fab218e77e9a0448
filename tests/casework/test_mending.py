"""What the desk delivers again to a mailbox that lacks it."""

from __future__ import annotations

import secrets

import pytest

from answerable.casework import actions
from answerable.casework.models import Reply
from answerable.sealing.envelope import Kind as Sent
from tests.casework.conftest import BOTH
from tests.casework.world import Desk

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]


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
