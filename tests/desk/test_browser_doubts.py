"""In a real browser: what was not signed with the reporter's key, apart from the thread and under its finding."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from answerable.sealing.place import Compartment
from answerable.sealing.signing import sign
from tests.desk.browsing import Site, accessible, shot
from tests.desk.test_doubts import later, take
from tests.desk.world import Report, draw, narrative

BROWSING = ("ida",)
pytestmark = [pytest.mark.browser, pytest.mark.django_db(databases=["default", "keys"])]


@pytest.fixture
def _django_db_helper(shared: Site) -> None:
    """Nothing is undone after these tests: their desk is that of the file."""


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (320, "ar")])
def test_a_forgery_stands_apart_from_what_the_person_wrote(shared: Site, axe: str, width: int, language: str) -> None:
    # Given a report, a message of hers, and words in her name that another key signed
    report = Report(shared.world, forms={Compartment.NARRATIVE: narrative("what happened")})
    first = width * 10
    report.take_in(first)
    take(sign(later(report, "It is worse than I said."), report.seed), first + 1)
    take(sign(later(report, "I take it all back."), draw(32)), first + 2)
    # When an officer opens it
    page = shared.at("ida", "/desk/")
    page.set_viewport_size({"width": width, "height": 900})
    page.set_extra_http_headers({"Accept-Language": language})
    page.goto(f"{shared.url}/desk/report/{report.handle}/")
    part = page.locator('[data-compartment="narrative"]')
    part.locator("[data-open]").click()
    # Then her words are in the thread, and the others below it under the reason
    expect(part.locator("ol.thread li")).to_have_count(1)
    expect(part.locator("ol.thread")).to_contain_text("It is worse than I said.")
    beside = part.locator("section.warn")
    expect(beside).to_contain_text("I take it all back.")
    finding = page.locator('section[aria-labelledby="doubts"]')
    expect(finding).to_be_visible()
    if language == "en":
        expect(beside).to_contain_text("Not signed with the reporter’s key: it may not come from them.")
        expect(finding).to_contain_text("addition")
    accessible(page, axe)
    shot(page, f"doubts-{language}")
