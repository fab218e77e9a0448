"""The desk's first page reads little, however much there is, and shows only what its reader may see."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from answerable.casework import models as rows
from answerable.casework import queries
from answerable.sealing.envelope import Kind as Sent
from tests.casework.conftest import BOTH
from tests.casework.world import Desk, day, draw

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
MANY = 10_000
#: The indexes that keep the two lists of the first page in order.
INDEXES = ("casework_queue", "casework_due")


def filled(desk: Desk, count: int) -> None:
    """Reports as carry leaves them, plain facts alone, due on days of their own."""
    start = day(desk.now)
    reports = rows.Record.objects.bulk_create(
        rows.Record(
            handle=draw(16).hex(),
            kind="report",
            name=f"name {number}",
            opened=start,
            stage="received",
            leaf=draw(32),
            idx=1_000 + number,
            origin=b"{}",
            next_due=start + timedelta(days=number % 300),
            next_act="answer the reporter",
        )
        for number in range(count)
    )
    rows.Duty.objects.bulk_create(
        rows.Duty(
            record=record,
            procedure="intake",
            act="answer the reporter",
            bearer="reception",
            trigger=1,
            opened=start,
            due=record.next_due,
            state="open",
            source="ours",
            live=True,
        )
        for record in reports
    )


def plan(query: str) -> str:
    """How SQLite says that it answers a query."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query}")
        return str(cursor.fetchall())


def test_ten_thousand_reports_are_read_page_by_page(desk: Desk) -> None:
    # Given a full desk
    filled(desk, MANY)
    officer, on = desk.staff["officer"].person, day(desk.now)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    # When the first page is read, it takes one query each
    with CaptureQueriesContext(connection) as asked:
        first = queries.queue(officer, on=on)
        duties = queries.duties(officer, on=on, limit=20)
    assert len(asked) == len(INDEXES)
    assert len(duties) == 20
    # And each can follow an index that is in order already: nothing need sort ten thousand rows (bench/desk.py has the
    # time). PostgreSQL chooses by what it counted, and may find another way cheaper.
    if connection.vendor == "sqlite":
        for one, index in zip(asked, INDEXES, strict=True):
            way = plan(one["sql"])
            assert index in way
            assert "TEMP B-TREE" not in way
    # Then the oldest due come first, and the next page goes on from there, without a gap
    assert [row.next_due for row in first.rows] == sorted(row.next_due or date.max for row in first.rows)
    second = queries.queue(officer, on=on, after=first.next)
    together = [row.handle for row in (*first.rows, *second.rows)]
    order = rows.Record.objects.order_by("next_due", "handle").values_list("handle", flat=True)
    assert together == list(order[: len(together)])
    # And a person without a part in them sees none, at the same cost
    with CaptureQueriesContext(connection) as asked:
        assert queries.queue(desk.staff["assessor"].person, on=on).rows == ()
        assert queries.duties(desk.staff["assessor"].person, on=on) == []
    assert len(asked) == 2


def test_a_record_is_found_by_a_part_of_its_name_and_by_nobody_who_may_not_see_it(desk: Desk) -> None:
    filled(desk, 3)
    hers = desk.taken_in(kind=Sent.HELP)
    rows.Record.objects.filter(handle=hers.handle).update(
        name="Swift kestrel", stage="ended", next_due=date.max, next_act=""
    )

    def named(who: str, name: str) -> list[str]:
        found = queries.queue(desk.staff[who].person, on=day(desk.now), name=name)
        return [row.name for row in found.rows]

    # What is over is found as well; what somebody may not see is like what is not there
    assert named("worker", "kestrel") == named("worker", "SWIFT k") == ["Swift kestrel"]
    assert named("officer", "kestrel") == named("officer", "%") == named("officer", "no_such") == []
    assert named("officer", "name 2") == ["name 2"]


def test_what_is_over_comes_back_while_something_is_due(desk: Desk) -> None:
    # Given a request for help that has ended, and an archived case of two who investigate, of whom one owns it
    on = day(desk.now)
    hers = desk.taken_in(kind=Sent.HELP)
    case = desk.staff["officer"].take(desk.taken_in().handle)
    for name in ("owner", "other"):
        hired = desk.hire(name, "investigator").person
        rows.Assignment.objects.create(person=hired, role="investigator", record=case, since=on)
    rows.Ownership.objects.filter(record=case).update(person=desk.staff["owner"].person, role="investigator")
    for handle, stage in ((hers.handle, "ended"), (case.handle, "archived")):
        rows.Record.objects.filter(handle=handle).update(stage=stage, next_due=date.max, next_act="")

    def listed(name: str) -> set[str]:
        found = queries.queue(desk.staff[name].person, on=on).rows
        return {row.handle for row in found} & {hers.handle, case.handle}

    assert [listed(name) for name in ("advocate", "worker", "owner", "other")] == [set()] * 4
    # When something is due in both
    rows.Record.objects.filter(handle__in=[hers.handle, case.handle]).update(next_due=on, next_act="keep in contact")
    # Then what nobody owns is listed for all who see it, and the case for its owner alone
    assert [listed(name) for name in ("advocate", "worker")] == [{hers.handle}] * 2
    assert [listed(name) for name in ("owner", "other")] == [{case.handle}, set()]


@pytest.mark.parametrize("token", ["", "nonsense", "2026-13-45.x", "2026-03-02." + "g" * 32, "\0"])
def test_a_token_that_is_none_begins_at_the_beginning(desk: Desk, token: str) -> None:
    filled(desk, 3)
    found = queries.queue(desk.staff["officer"].person, on=day(desk.now), after=token)
    assert len(found.rows) == 3
    assert found.next is None


def test_filters_are_over_plain_facts(desk: Desk) -> None:
    filled(desk, 3)
    desk.staff["officer"].take(desk.taken_in().handle)
    officer, on = desk.staff["officer"].person, day(desk.now)
    assert {row.kind for row in queries.queue(officer, on=on, kind="case").rows} == {"case"}
    assert {row.stage for row in queries.queue(officer, on=on, stage="taken").rows} == {"taken"}
    assert queries.queue(officer, on=on, kind="file").rows == ()
