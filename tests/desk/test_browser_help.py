"""Requests for help in a real browser: one that says nothing of the need, one taken back; a page without its script."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from answerable.casework.models import Decision
from answerable.sealing.place import Compartment, Record
from tests.desk.browsing import Site, accessible, shot
from tests.desk.test_settling import help_taken_back
from tests.desk.world import Report

pytestmark = [pytest.mark.browser, pytest.mark.django_db(databases=["default", "keys"])]
BROWSING = ("wim",)
NEEDS = "[data-compartment=medical_assistance]"
LOST = "The script of this page has not come"


@pytest.fixture
def _django_db_helper(shared: Site) -> None:
    """Nothing is undone after these tests: their desk is that of the file."""


def test_a_request_that_says_nothing_more_is_a_request_all_the_same(shared: Site, axe: str) -> None:
    # Given somebody who reported and asked for help, and wrote nothing of the need
    report = Report(shared.world, Record.FILE, forms={Compartment.MEDICAL_ASSISTANCE: b'{"need":"","v":1}'})
    report.take_in(2)
    # When an assistance worker opens it, it says that help is asked for, and who can ask for more
    page = shared.at("wim", f"/desk/person/{report.handle}/")
    page.locator(f"{NEEDS} [data-open]").click()
    expect(page.locator(f"{NEEDS} [data-shown]")).to_contain_text("asks for help and wrote nothing more")
    accessible(page, axe)
    shot(page, "help-unsaid")


def test_an_assistance_worker_proposes_what_becomes_of_a_request_taken_back(shared: Site, axe: str) -> None:
    report = help_taken_back(shared.world)
    page = shared.at("wim", f"/desk/person/{report.handle}/")
    accessible(page, axe)
    shot(page, "help-settlement")
    form = page.locator("form[data-act=propose_settlement]")
    form.locator("[value=keep_sealed]").check()
    form.locator("textarea").fill("a service goes on until spring")
    form.locator("select").select_option(label="wes")
    with page.expect_navigation():
        form.locator("button").click()
    expect(page.locator("#settlement")).to_contain_text("It waits for wes")
    assert b"until spring" not in shared.sent
    made = Decision.objects.get()
    assert made.reasons is not None
    assert made.reasons.compartment == int(Compartment.MEDICAL_ASSISTANCE)
    # And what was sealed is what the next one reads
    page.locator(f"{NEEDS} [data-open]").click()
    expect(page.locator(f"{NEEDS} [data-shown]")).to_contain_text("a service goes on until spring")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_page_whose_script_does_not_come_says_so(shared: Site, axe: str, language: str) -> None:
    # Given somebody between who keeps the desk's script back
    page = shared.page("wim", locale=language, viewport={"width": 320, "height": 640})
    page.route("**/desk.js", lambda route: route.abort())
    page.goto(f"{shared.url}/desk/")
    said = page.locator("#scriptless")
    # Then, after a moment in which it might still come, the page says it
    expect(said).to_be_visible(timeout=8_000)
    expect(said).to_contain_text(LOST if language == "en" else "لم يصل البرنامج النصي")
    assert page.evaluate("document.querySelector('#scriptless').offsetHeight") > 0
    page.wait_for_function("document.querySelector('#scriptless').offsetHeight > 40")
    accessible(page, axe)
    shot(page, f"scriptless-{language}")
    # And where it comes, nothing is said, not even for a moment
    page.unroute("**/desk.js")
    page.reload()
    expect(said).to_have_count(0)
    page.context.close()
