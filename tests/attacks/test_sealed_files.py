"""A file of a report, asked for by everybody at the desk: whoever may not open it learns nothing of its being there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from django.urls import reverse

from answerable.casework.models import File, Read
from tests.desk.world import STAFF, Enclosed, Report, World
from tests.matrix.test_desk import ask, client, seen

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]
REASON = "no_cleaned_copy"


@pytest.fixture
def desk(db: None, tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "desk")
    with override_settings(**made.settings()):
        made.staff()
        yield made


def test_a_file_is_given_to_whom_its_part_is_open_and_is_nobodys_for_everybody_else(desk: World) -> None:
    # Given a report with a picture and its cleaned copy, closed to one officer; and another report
    barred = {"struck": (desk.people["ivo"].holder,)}
    enclosed = [Enclosed("a.jpg", "image/jpeg", b"as it came", b"cleaned")]
    report, other = Report(desk, enclosed=enclosed, options=barred), Report(desk)
    report.take_in(1)
    other.take_in(2)
    original, copy = File.objects.get(cleaned_of=None), File.objects.exclude(cleaned_of=None).get()
    reaches, told = {"ida"}, []
    for actor in ("anonymous", "stranger", "unfactored", *(name for name, *_ in STAFF)):
        browser = client(desk, actor)
        for file in (original, copy):
            real = reverse("file", args=[report.handle, file.handle])
            absent = reverse("file", args=[report.handle, secrets.token_hex(16)])
            answer, asked = ask(browser, "POST", real, {"reason": REASON})
            nothing, asked_nothing = ask(browser, "POST", absent, {"reason": REASON})
            if actor in reaches:
                assert answer.status_code == 200, actor
                assert b"".join(answer.streaming_content) in report.bodies.values()
                continue
            # Then it is the answer to what never was, to the byte; of what they see nothing of, after the same work
            if seen(answer) != seen(nothing) or (actor != "ada" and asked != asked_nothing):
                told.append(f"{actor}: {answer.status_code}, {asked} against {asked_nothing} questions")
        # Nor is it found under another report
        strayed, _ = ask(browser, "POST", reverse("file", args=[other.handle, original.handle]), {"reason": REASON})
        assert strayed.status_code in (302, 404), actor
    assert told == []
    # And only who was given it is in the chain of reads
    assert set(Read.objects.exclude(object="").values_list("person", flat=True)) == {desk.people["ida"].handle}
