"""The desk's pages for the people they are for."""

from __future__ import annotations

import pytest
from django.urls import reverse

from answerable.sealing.place import Compartment
from tests.desk.world import Report, World, narrative

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]


def test_the_first_page_shows_what_waits(world: World) -> None:
    record = Report(world).take_in(1)
    page = world.client("ida").get("/desk/")
    assert page.status_code == 200
    assert record.name in page.content.decode()


PAGES = [
    ("desk", "ida"), ("keys", "ida"), ("replacements", "ida"), ("people", "adm"), ("openapi", "ida"), ("words", "ida"),
    ("api", "ida"), ("api_queue", "ida"), ("desk_readers", "ida"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "who"), PAGES)
def test_every_page_answers_those_it_is_for(world: World, name: str, who: str) -> None:
    page = world.client(who).get(reverse(name))
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"


def test_a_report_shows_its_parts_and_never_what_is_in_them(world: World) -> None:
    forms = {Compartment.NARRATIVE: narrative("a canary in clear")}
    record = Report(world, forms=forms).take_in(1)
    browser = world.client("ida")
    page = browser.get(reverse("report", args=[record.handle]))
    assert page.status_code == 200
    shown = page.content.decode()
    assert 'data-compartment="narrative"' in shown
    assert 'data-compartment="reporter_identity"' not in shown, "an intake officer may not know who reported"
    assert "canary" not in shown
    exported = browser.get(reverse("export", args=[record.handle]))
    assert exported["Content-Disposition"].startswith("attachment")
    assert exported.json()["record"]["name"] == record.name
