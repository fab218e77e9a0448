"""What does not open in its place: said with its id, kept, noted as a read, and answered by the panel. And files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from answerable.casework import actions, reads
from answerable.casework.models import Altered, Duty, File, Read, Record, Value
from answerable.sealing.place import Compartment
from tests.desk.taking import take
from tests.desk.world import Enclosed, Report, World, narrative

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]


@pytest.fixture
def report(world: World) -> Report:
    enclosed = [
        Enclosed("a.png", "image/png", b"original", b"cleaned"),
        Enclosed("b.exe", "application/x", b"alone"),
    ]
    made = Report(world, forms={Compartment.NARRATIVE: narrative("words")}, enclosed=enclosed)
    made.take_in(1)
    return made


def tell(world: World, name: str, report: str, compartment: str, thing: str) -> int:
    body = {"compartment": compartment, "object": thing}
    return int(world.do(name, report, "report_altered", body).status_code)


def test_the_panel_is_told_once_and_answers(world: World, report: Report) -> None:
    # When an officer's browser finds a value, and a file, that do not open
    file = File.objects.filter(cleaned_of=None).first()
    assert file
    assert tell(world, "ida", report.handle, "narrative", "form/0") == 200
    assert tell(world, "ivo", report.handle, "narrative", "form/0") == 200
    assert tell(world, "ida", report.handle, "evidence", file.handle) == 200
    assert tell(world, "ida", report.handle, "narrative", "wrap/1") == 200

    # Then each is kept once, and stands in the chain of reads
    assert Altered.objects.count() == 3
    noted = Read.objects.filter(act="altered").values_list("compartment", "object")
    assert set(noted) == {("narrative", "form/0"), ("evidence", file.handle), ("narrative", "wrap/1")}
    assert reads.verify() == []
    assert len(reads.altered()) == 3
    assert "narrative/form/0 did not open" in reads.altered()[0]

    # And the panel sees where each lies, and nobody else does
    page = world.client("pam").get(reverse("desk"))
    assert [item["row"].thing for item in page.context["altered"]] == ["form/0", file.handle, "wrap/1"]
    assert b"form/0" in page.content
    for other in ("ida", "adm", "rob"):
        assert world.client(other).get(reverse("desk")).context["altered"] == []
    assert world.client("pam").get(reverse("report", args=[report.handle])).status_code == 404

    # And answers, once
    row = Altered.objects.get(thing="form/0")
    answer = {"altered": row.handle, "answer": "put_back"}
    assert world.do("ida", report.handle, "take_up_altered", answer).status_code == 404
    assert world.do("pam", report.handle, "take_up_altered", answer | {"answer": "nonsense"}).status_code == 409
    assert world.do("pam", report.handle, "take_up_altered", answer).status_code == 200
    assert world.do("pam", report.handle, "take_up_altered", answer).status_code == 404
    row.refresh_from_db()
    assert (row.answer, row.answered_by) == ("put_back", world.people["pam"])
    assert len(reads.altered()) == 2

    # And what is altered again is told again
    assert tell(world, "ida", report.handle, "narrative", "form/0") == 200
    assert Altered.objects.filter(thing="form/0").count() == 2


@pytest.mark.parametrize(
    ("name", "compartment", "thing"),
    [
        ("ida", "narrative", "form/1"),
        ("ida", "narrative", "nonsense/0"),
        ("ida", "narrative", "wrap/9"),
        ("ida", "narrative", "0" * 32),
        ("ida", "evidence", "5c" * 16),
        ("ida", "reporter_identity", "form/0"),
        ("asa", "narrative", "form/0"),
        ("pam", "narrative", "form/0"),
    ],
)
def test_nobody_tells_of_what_they_cannot_read_or_what_is_not_there(
    world: World, report: Report, name: str, compartment: str, thing: str
) -> None:
    assert tell(world, name, report.handle, compartment, thing) == 404
    assert not Altered.objects.exists()
    assert not Read.objects.filter(act="altered").exists()


def test_a_cleaned_copy_is_read_and_an_original_asks_why(world: World, report: Report) -> None:
    # Given an original with a cleaned copy, and one without
    copy = File.objects.get(cleaned_of__isnull=False)
    assert copy.cleaned_of is not None
    assert copy.version == copy.cleaned_of.version + 1
    browser = world.client("ida")

    def body(file: str, reason: str) -> int:
        address = reverse("file", args=[report.handle, file])
        answer: Any = browser.post(address, {"reason": reason}, content_type="application/json")
        if answer.streaming:
            assert b"".join(answer.streaming_content)
        return int(answer.status_code)

    # Then the copy opens as it is, an original only for a reason of the list, and the chain says which
    assert body(copy.handle, "") == 200
    assert body(copy.cleaned_of.handle, "") == 409
    assert body(copy.cleaned_of.handle, "curiosity") == 409
    assert body(copy.cleaned_of.handle, "metadata_is_evidence") == 200
    rows = Read.objects.exclude(object="").order_by("n").values_list("object", "act", "reason")
    assert list(rows) == [
        (copy.handle, "read", ""),
        (copy.cleaned_of.handle, "open_original", "metadata_is_evidence"),
    ]


def test_a_report_joins_a_case_of_ones_own(world: World, report: Report) -> None:
    case = take(world, "ida", report.handle)
    second = Report(world)
    second.take_in(2)
    page = world.client("ida").get(reverse("report", args=[second.handle]))
    assert [one.handle for one in page.context["joinable"]] == [case]
    assert world.client("ivo").get(reverse("report", args=[second.handle])).context["joinable"] == []
    assert world.do("ivo", second.handle, "join_report", {"case": case}).status_code == 404
    assert world.do("ida", second.handle, "join_report", {"case": case}).status_code == 200
    assert set(Record.objects.filter(case__handle=case).values_list("handle", flat=True)) == {
        report.handle,
        second.handle,
    }
    assert world.client("ida").get(reverse("report", args=[second.handle])).context["joinable"] == []


def test_a_reviewer_takes_up_what_is_late_from_the_first_page(world: World) -> None:
    # Given a report of six days ago: assistance, owed in two working days, is late; the answer, owed in five, is not
    report = Report(world)
    report.take_in(1, datetime.now(UTC).date() - timedelta(days=6))
    actions.clocks_once()
    assert Duty.objects.filter(act="take up what is late", live=True).exists()
    # Then a reviewer's first page offers to take it up, without a way into the record
    page = world.client("rob").get(reverse("desk")).content.decode()
    assert 'data-act="take_up_late"' in page
    assert reverse("report", args=[report.handle]) not in page
    answer = world.do("rob", report.handle, "take_up_late", {"reason": "taken_up_with_owner"})
    assert answer.status_code == 200, answer.content
    assert 'data-act="take_up_late"' not in world.client("rob").get(reverse("desk")).content.decode()
    assert Value.objects.filter(record__handle=report.handle).exists()
