"""What is due goes, by its rule and not before; what a hold or a duty keeps stays; a listing changes nothing."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from answerable.casework import actions
from answerable.casework.actions import retention, settling
from answerable.casework.actions.chains import deed, enact
from answerable.casework.actions.holding import ALTERED, DUTY, HOLD, kept_back
from answerable.casework.actions.shredding import shred
from answerable.casework.errors import NotAllowedError
from answerable.casework.models import Act, Altered, Duty, Invitation, Record, Reply, Wrap
from answerable.sealing.envelope import Kind as Sent
from answerable.sealing.place import COMPARTMENTS, Compartment, Field
from answerable.sealing.place import Record as Kind
from tests.casework.conftest import BOTH
from tests.casework.world import DAY, Desk, Reporter, day

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
NARRATIVE = Compartment.NARRATIVE


def taken_back(desk: Desk, *, finished: bool = True) -> Reporter:
    """A report that an officer has read and that its person then took back; its identity has gone, if ``finished``."""
    reporter = desk.taken_in()
    desk.staff["officer"].open(reporter.handle, NARRATIVE, Kind.REPORT)
    actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now)
    if finished:
        actions.finish_erasures()
    return reporter


def decided(desk: Desk, reporter: Reporter, outcome: str = "shred") -> None:
    """Two of intake decide what it leaves."""
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    reasons = officer.seal(reporter.handle, NARRATIVE, Field.REASONS, b"why")
    made = officer.do("propose_settlement", reporter.handle, outcome=outcome, reasons=reasons, second=colleague.person)
    review = colleague.seal(reporter.handle, NARRATIVE, Field.REVIEW, b"yes")
    colleague.do("settle", made.handle, agrees=True, review=review, on=reporter.handle)


def hold(desk: Desk, record: str, kind: str = "hold.placed") -> None:
    """A hold on a step, or its end, as an entry of the chain."""
    own = {"step": "shredding", "reasons_sha256": "ab" * 32, "review": None}
    with deed(record) as held:
        enact(held, kind, own, act=None, role="panel", person=None, signed=None, now=desk.now, check=False)


def altered(desk: Desk, record: str) -> Altered:
    """Something of it did not open, and the panel has not answered."""
    on = day(desk.now)
    return Altered.objects.create(
        handle=secrets.token_hex(16),
        record=Record.objects.get(handle=record),
        compartment=int(NARRATIVE),
        thing="form/0",
        person=desk.staff["officer"].person,
        found=on,
        due=on + timedelta(days=7),
    )


def wraps(record: str) -> int:
    return Wrap.objects.filter(record=record).count()


def stays(desk: Desk, reporter: Reporter, why: str) -> None:
    """It is named as held, for this reason, and neither the command nor the clocks destroy anything of it."""
    before = wraps(reporter.handle)
    assert before
    went, left = actions.destroy(desk.now)
    actions.clocks_once(desk.now)
    assert (went, [one.held for one in left]) == ([], [(why,)])
    assert wraps(reporter.handle) == before
    assert not Act.objects.filter(kind="case.shredded").exists()
    officers = (desk.staff["officer"].person, desk.staff["colleague"].person)
    with pytest.raises(NotAllowedError, match="nothing of it is destroyed yet"):
        shred(reporter.handle, [NARRATIVE], reason="withdrawal", authority=b"a paper", officers=officers, now=desk.now)


def goes(desk: Desk, reporter: Reporter) -> None:
    """Once nothing keeps it, it goes, each part with its entry, and the mailbox is told."""
    went, left = actions.destroy(desk.now)
    assert ([one.rule for one in went], left) == ([retention.SETTLED], [])
    assert wraps(reporter.handle) == 0
    entered = Act.objects.filter(record__handle=reporter.handle, kind="case.shredded")
    assert entered.count() == len(COMPARTMENTS[Kind.REPORT])
    assert Reply.objects.filter(record=reporter.handle, kind="erased").count() == 1
    assert actions.destroy(desk.now) == ([], [])


def test_a_hold_beats_what_two_people_decided(desk: Desk) -> None:
    reporter = taken_back(desk)
    hold(desk, reporter.handle)
    decided(desk, reporter)
    stays(desk, reporter, HOLD)
    hold(desk, reporter.handle, "hold.lifted")
    goes(desk, reporter)


def test_a_courts_order_waits_for_a_hold_and_for_nothing_else(desk: Desk) -> None:
    reporter = desk.taken_in()
    officers = (desk.staff["officer"].person, desk.staff["colleague"].person)
    order = partial(
        shred, reporter.handle, [NARRATIVE], reason="court", authority=b"an order", officers=officers, now=desk.now
    )
    hold(desk, reporter.handle)
    with pytest.raises(NotAllowedError, match=HOLD):
        order()
    hold(desk, reporter.handle, "hold.lifted")
    assert order().wraps
    assert kept_back(Record.objects.get(handle=reporter.handle)) == (DUTY,)


def test_a_hold_of_the_case_keeps_its_reports_too(desk: Desk) -> None:
    reporter = desk.taken_in()
    case = desk.staff["officer"].take(reporter.handle)
    assert kept_back(Record.objects.get(handle=reporter.handle)) == kept_back(case) == (DUTY,)
    hold(desk, case.handle)
    assert kept_back(Record.objects.get(handle=reporter.handle)) == (HOLD, DUTY)


def test_what_the_panel_still_has_to_answer_stays(desk: Desk) -> None:
    reporter = taken_back(desk)
    asked = altered(desk, reporter.handle)
    decided(desk, reporter)
    stays(desk, reporter, ALTERED)
    Altered.objects.filter(pk=asked.pk).update(
        answer="told", answered=day(desk.now), answered_by=desk.staff["second"].person
    )
    goes(desk, reporter)


def test_what_is_still_owed_keeps_it(desk: Desk) -> None:
    reporter = taken_back(desk)
    # While the decision about the rest is owed, nothing but the identity is due at all, whatever time passes
    desk.now += 400 * DAY
    actions.clocks_once(desk.now)
    assert actions.due(desk.now) == []
    assert wraps(reporter.handle)
    decided(desk, reporter)
    assert wraps(reporter.handle) == 0
    # And a duty that is open beside a decision that was made keeps what is left
    other = taken_back(desk)
    Duty.objects.filter(record__handle=other.handle).update(live=True)
    assert kept_back(Record.objects.get(handle=other.handle)) == (DUTY,)


def test_what_two_decided_to_keep_is_counted_and_never_due(desk: Desk) -> None:
    reporter = taken_back(desk)
    decided(desk, reporter, "keep_sealed")
    desk.now += 4_000 * DAY
    assert (actions.due(desk.now), actions.kept_sealed()) == ([], 1)
    assert actions.destroy(desk.now) == ([], [])
    assert wraps(reporter.handle)


def test_a_listing_changes_nothing_and_names_rule_and_day(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given processes that ended between their act and the destruction it asks for
    with monkeypatch.context() as patch:
        for place in (settling, retention):
            patch.setattr(place, "finish_settlements", lambda _now: 0)
        reporter = taken_back(desk, finished=False)
        decided(desk, reporter)
        unread = desk.taken_in()
        actions.take_in(unread.adds(b"", Sent.WITHDRAWAL), now=desk.now)
    before = wraps(reporter.handle), wraps(unread.handle)
    # When what is due is listed, twice
    listed = actions.due(desk.now)
    assert actions.due(desk.now) == listed
    # Then each has its rule and its day, and all is still there
    assert {(one.rule, one.since) for one in listed} == {
        (rule, day(desk.now)) for rule in (retention.UNREAD, retention.IDENTITY, retention.SETTLED)
    }
    assert (wraps(reporter.handle), wraps(unread.handle)) == before
    # And it goes when it is told to
    went, left = actions.destroy(desk.now)
    assert (went, left) == (listed, [])
    assert wraps(reporter.handle) == wraps(unread.handle) == 0


def invitation(desk: Desk, **said: Any) -> Invitation:
    facts = {"name": secrets.token_hex(4), "role": "assessor", "proposed": day(desk.now), **said}
    return Invitation.objects.create(handle=secrets.token_hex(16), **facts)


def test_links_and_sessions_go_when_they_have_run_out(desk: Desk) -> None:
    # Given links: in force, run out, replaced, used; a proposal; and two sessions
    at = datetime.fromtimestamp(desk.now, UTC)
    past, ahead = at - timedelta(days=1), at + timedelta(days=1)
    gone = [invitation(desk, expires=past), invitation(desk, over=True)]
    kept = [invitation(desk, expires=ahead), invitation(desk, expires=past, used=True), invitation(desk)]
    for key, expires in (("a" * 32, past), ("b" * 32, ahead)):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    # When what is due is listed, then only what has run out is
    listed = actions.due(desk.now)
    assert {one.what for one in listed} == {
        *(f"the invitation of “{one.name}”" for one in gone),
        "sessions of staff: 1",
    }
    assert Invitation.objects.count() == 5
    # And the clocks destroy it by themselves
    actions.clocks_once(desk.now)
    assert set(Invitation.objects.values_list("pk", flat=True)) == {one.pk for one in kept}
    assert list(Session.objects.values_list("session_key", flat=True)) == ["b" * 32]
    assert actions.due(desk.now) == []


def test_who_left_or_is_barred_keeps_no_key(desk: Desk) -> None:
    reporter = desk.taken_in(struck=[desk.staff["colleague"]])
    officer = desk.staff["officer"].person
    for holder in (officer.handle, desk.staff["colleague"].person.handle):
        Wrap.objects.get_or_create(
            record=reporter.handle, compartment=int(NARRATIVE), epoch=1, holder=holder, defaults={"wrap": b"left over"}
        )
    officer.ended = day(desk.now)
    officer.save(update_fields=["ended"])
    assert {one.rule for one in actions.due(desk.now)} == {retention.SHUT_OUT}
    actions.destroy(desk.now)
    assert actions.due(desk.now) == []
    assert not Wrap.objects.filter(record=reporter.handle, holder=officer.handle).exists()


def test_time_alone_makes_nothing_else_due(desk: Desk) -> None:
    desk.taken_in()
    desk.taken_in(kind=Sent.HELP)
    desk.staff["officer"].take(desk.taken_in().handle)
    desk.now += 4_000 * DAY
    assert actions.due(desk.now) == []
