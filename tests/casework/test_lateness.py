"""A breach stays entered; what it opened ends when somebody takes it up, or when the act is done after all."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from answerable.casework import actions, counts, queries
from answerable.casework.errors import NotYoursError
from answerable.casework.models import Act, Duty
from answerable.sealing.place import Compartment, Field
from tests.casework.conftest import BOTH
from tests.casework.world import DAY, Desk, day

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
TAKE_UP = "take up what is late"


def late(desk: Desk, days: int = 3) -> str:
    """A report whose offer of assistance is late, as the clock says and a reviewer is told."""
    reporter = desk.taken_in()
    desk.now += days * DAY
    actions.clocks_once(desk.now)
    assert {row.act for row in queries.duties(desk.staff["second"].person, on=day(desk.now))} == {TAKE_UP}
    return reporter.handle


def offer(desk: Desk, handle: str, *, assistance: bool = True) -> None:
    officer = desk.staff["officer"]
    message = officer.seal(handle, Compartment.NARRATIVE, Field.MESSAGE, b"this is who helps")
    officer.do("write_to_person", handle, message=message, offers_assistance=assistance)


def test_what_is_done_late_ends_what_its_lateness_opened(desk: Desk) -> None:
    handle = late(desk)
    # When the officer offers assistance after all
    offer(desk, handle)
    # Then the duty is done late, and nobody has to take it up any more: it ended by name
    own = Duty.objects.get(record__handle=handle, act="offer assistance")
    opened = Duty.objects.get(record__handle=handle, act=TAKE_UP)
    assert (own.state, opened.state, opened.after, opened.live) == ("done late", "extinguished", own.act, False)
    assert "offer assistance" in opened.source
    assert queries.duties(desk.staff["second"].person, on=day(desk.now)) == []
    with pytest.raises(NotYoursError):
        desk.staff["second"].do("take_up_late", handle, "done_since")
    # And it stays entered that it was late; nothing is entered about it any more, whatever time passes
    missed = Act.objects.filter(record__handle=handle, kind="deadline.missed")
    assert missed.count() == 1
    desk.now += 4 * DAY
    assert [one.act for one in actions.clocks_once(desk.now)] == []
    assert actions.index_differs(desk.now) == []


def test_another_act_ends_nothing(desk: Desk) -> None:
    handle = late(desk)
    offer(desk, handle, assistance=False)
    assert [row.act for row in queries.duties(desk.staff["second"].person, on=day(desk.now))] == [TAKE_UP]


def test_each_of_two_that_are_late_ends_with_its_own_act(desk: Desk) -> None:
    # Given a report whose answer and offer are both late; the first is given, the other not
    handle = late(desk, days=8)
    opened = Duty.objects.filter(record__handle=handle, act=TAKE_UP)
    assert {row.after for row in opened} == {"offer assistance", "answer the reporter"}
    offer(desk, handle, assistance=False)
    assert {(row.after, row.state in ("open", "overdue")) for row in opened.all()} == {
        ("offer assistance", True),
        ("answer the reporter", False),
    }


def test_taking_up_names_everything_that_was_late(desk: Desk) -> None:
    # Given a report of which two things are late
    handle = late(desk, days=8)
    second = desk.staff["second"]
    # When a reviewer takes it up, once
    second.do("take_up_late", handle, "taken_up_with_owner")
    # Then each has an entry by its name, with the hash of what was signed, and none is left to take up
    entries = list(Act.objects.filter(record__handle=handle, kind="reasons.given").order_by("seq"))
    bodies = [json.loads(bytes(one.outbox.event.body)) for one in entries]
    assert [one["step"] for one in bodies] == ["offer_assistance", "answer_the_reporter"]
    assert entries[0].signed is not None
    signed = sha256(bytes(entries[0].signed.text)).hexdigest()
    assert [one["document_sha256"] for one in bodies] == [signed, signed]
    taken_up = Duty.objects.filter(record__handle=handle, act=TAKE_UP)
    assert {(row.after, row.live) for row in taken_up} == {("offer assistance", False), ("answer the reporter", False)}
    # And what is late itself stays late, in the public counts too, and nobody takes it up a second time
    found = counts.statement("2026-Q1", threshold=1, now=desk.now)
    owed = Duty.objects.filter(state__in=["open", "overdue"])
    assert not owed.filter(act=TAKE_UP).exists()
    assert (found["duties_open"], found["duties_late"]) == (owed.count(), owed.filter(due__lt=day(desk.now)).count())
    assert found["duties_late"] == 2
    with pytest.raises(NotYoursError):
        second.do("take_up_late", handle, "done_since")
    assert actions.index_differs(desk.now) == []


def test_what_was_taken_up_stays_so(desk: Desk) -> None:
    handle = late(desk)
    desk.staff["second"].do("take_up_late", handle, "taken_up_with_owner")
    offer(desk, handle)
    assert Duty.objects.get(record__handle=handle, act=TAKE_UP).state == "done"


def test_an_act_before_the_clock_looks_hides_nothing(desk: Desk) -> None:
    # Given a report whose offer of assistance is late, and a clock that has not looked since
    reporter = desk.taken_in()
    desk.now += 3 * DAY
    # When somebody else's act comes first, which brings the index up to date
    offer(desk, reporter.handle, assistance=False)
    assert Duty.objects.get(record__handle=reporter.handle, act="offer assistance").state == "overdue"
    # Then the clock enters the breach all the same, once
    assert [one.act for one in actions.clocks_once(desk.now)] == ["offer assistance"]
    assert actions.clocks_once(desk.now) == []
    assert not Duty.objects.filter(unentered=True).exists()


def test_what_was_done_late_before_the_clock_looked_was_late(desk: Desk) -> None:
    # Given help that is offered a day late, while the clock stood still
    reporter = desk.taken_in()
    desk.now += 3 * DAY
    offer(desk, reporter.handle)
    assert Duty.objects.get(record__handle=reporter.handle, act="offer assistance").state == "done late"
    # When the clock looks again, then it is entered, once, and opens nothing
    assert [one.act for one in actions.clocks_once(desk.now)] == ["offer assistance"]
    assert actions.clocks_once(desk.now) == []
    assert queries.duties(desk.staff["second"].person, on=day(desk.now)) == []
    # And what is done in its time never is
    other = desk.taken_in()
    offer(desk, other.handle)
    assert actions.clocks_once(desk.now) == []
    assert actions.index_differs(desk.now) == []
