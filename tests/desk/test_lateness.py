"""Something late: first on the desk, entered once by the clock's command, and seen by the panel, but not whose."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from typer.testing import CliRunner

from answerable.casework import stuck
from answerable.casework.models import Act, Duty, Person
from answerable.casework.views import queue
from answerable.casework.views.base import today
from answerable.cli.main import app
from answerable.sealing.place import Compartment
from tests.desk.world import STAFF, Report, World, narrative

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"], transaction=True)]
WORDS = "they asked for sex in return for water"
DAYS = 20


@pytest.fixture
def late(world: World) -> Report:
    """A report of today, and one of twenty days ago that nobody has answered; the older one."""
    Report(world).take_in(1)
    made = Report(world, forms={Compartment.NARRATIVE: narrative(WORDS)})
    made.take_in(2, today() - timedelta(days=DAYS))
    return made


def clocks(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """What `answerable run clocks --once` says. This process is the desk's already: its folder needs no finding."""
    with monkeypatch.context() as patch:
        patch.setattr("answerable.cli.casework.desk", lambda home: home)
        done = CliRunner().invoke(app, ["run", "clocks", "--once", "--home", str(world.folder)])
    assert done.exit_code == 0, done.output
    return done.output


def page(world: World, name: str) -> Any:
    answer = world.client(name).get("/desk/")
    assert answer.status_code == 200
    return answer


def main(answer: Any) -> str:
    """What the page shows, without its frame and without what it gives the script of its own reader."""
    return unescape(str(answer.content.decode().partition("<main")[2].partition("</main>")[0])).partition("<script")[0]


def test_what_is_late_comes_first(world: World, late: Report) -> None:
    shown = page(world, "ida").context
    dues = [row.due for row in (item["row"] for item in shown["duties"])]
    assert dues == sorted(dues)
    first = shown["duties"][0]["row"]
    assert (first.handle, first.late) == (late.handle, True)
    assert shown["rows"][0]["row"].handle == late.handle
    assert shown["rows"][0]["row"].late
    assert not shown["rows"][1]["row"].late


def test_a_reviewer_sees_all_that_one_taking_up_is_of(
    world: World, late: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given more that is late than the first page has rows for, so that the later of a record's two is not among them
    for number in range(3, 6):
        Report(world).take_in(number, today() - timedelta(days=DAYS))
    clocks(world, monkeypatch)
    monkeypatch.setattr(queue, "OWED", 4)
    shown = page(world, "rob")
    duties = shown.context["duties"]
    assert len({item["row"].handle for item in duties}) == len(duties)
    # Then each stands there once, with everything that is late of it, and the page does not promise a list below
    assert all(item["afters"][:2] == ["offer assistance", "answer the reporter"] for item in duties)
    assert "they come up as these are answered" in main(shown)
    assert "stands in the list below" not in main(shown)
    # And somebody who has such a list is led to it
    assert "stands in the list below" in main(page(world, "ida"))


def test_the_clock_enters_it_once(world: World, late: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    name = Duty.objects.filter(record__handle=late.handle)[0].record.name
    # When the clock looks for the first time, it names what is late, oldest first, and enters each in the register
    said = clocks(world, monkeypatch).splitlines()
    assert {line.partition(" (")[0] for line in said} == {f"late      {name}"}
    assert [line.partition(", due ")[2] for line in said] == sorted(line.partition(", due ")[2] for line in said)
    assert any("(offer assistance, due " in line for line in said)
    missed = Act.objects.filter(kind="deadline.missed")
    assert missed.count() == len(said) >= 3
    # And whenever it looks again that day, there is nothing to add
    assert clocks(world, monkeypatch) == "late      nothing\n"
    assert missed.count() == len(said)


def test_the_panel_sees_that_it_is_stuck_and_not_whose(
    world: World, late: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Duty.objects.filter(record__handle=late.handle)[0].record
    assert "the clock has not entered it yet" in main(page(world, "pam"))
    clocks(world, monkeypatch)
    # Then its page says what is owed, by which role, since when, and that it waits
    shown = main(page(world, "pam"))
    assert "What is late at this desk" in shown
    assert record.name in shown
    for words in ("offer assistance", "intake", "late by", "nobody has taken it up in the days they had"):
        assert words in shown
    # And nothing of the report, nobody's name, and no way to it
    assert late.handle not in shown
    assert f"/desk/report/{late.handle}/" not in shown
    assert not {name for name, *_ in STAFF if name != "pam" and f">{name}<" in shown}
    assert world.client("pam").get(f"/desk/report/{late.handle}/").status_code == 404
    # When a reviewer takes it up, it says so
    while Duty.objects.filter(act=stuck.TAKE_UP, live=True).exists():
        done = world.do("rob", late.handle, "take_up_late", {"reason": "taken_up_with_owner"})
        assert done.status_code == 200, done.content
    assert "taken up" in main(page(world, "pam"))
    assert "nobody has taken it up" not in main(page(world, "pam"))


def test_nobody_else_is_shown_it(world: World, late: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks(world, monkeypatch)
    for name, role, *_ in STAFF:
        told = stuck.late(Person.objects.get(pk=world.people[name].pk), on=today())
        assert bool(told) == (role == "panel")
        assert ("What is late at this desk" in main(page(world, name))) == (role == "panel")


def test_how_long_and_whether_anybody_took_it_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a report whose first limit passed yesterday at the latest, and whose others have days left
    report = Report(world)
    report.take_in(1, today() - timedelta(days=5))
    clocks(world, monkeypatch)
    panel = world.people["pam"]
    assert [row.taken_up for row in stuck.late(panel, on=today())] == ["open"]
    # When nobody does anything for ten days, then it is late by ten more, and nobody has taken it up
    (row,) = (row for row in stuck.late(panel, on=today() + timedelta(days=10)) if row.entered)
    assert row.taken_up == "late"
    assert row.days == (today() - row.due).days + 10
    dues = [one.due for one in stuck.late(panel, on=today() + timedelta(days=30))]
    assert dues == sorted(dues)
    assert len(dues) == 3
    # And whoever is of the panel no longer is shown nothing
    panel.assignments.update(until=today())
    assert stuck.late(panel, on=today()) == []


def test_the_panels_page_asks_as_little_however_much_is_late(
    world: World, late: Report, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    for number in range(3, 9):
        Report(world).take_in(number, today() - timedelta(days=DAYS))
    clocks(world, monkeypatch)
    browser = world.client("pam")
    with django_assert_max_num_queries(10):
        assert browser.get("/desk/").status_code == 200


def test_what_is_late_of_a_record_is_taken_up_once(world: World, late: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks(world, monkeypatch)
    # Given a reviewer, whose page says what of the record is late, in one place, and by which rule
    shown = main(page(world, "rob"))
    assert shown.count('data-act="take_up_late"') == 1
    assert "take up what is late: offer assistance · answer the reporter · open a case" in shown
    assert "Rule of our own</a>: what is late is taken up by somebody who did not owe it" in shown
    # Then one answer is for all of it
    assert world.do("rob", late.handle, "take_up_late", {"reason": "other"}).status_code == 200
    assert 'data-act="take_up_late"' not in main(page(world, "rob"))
