"""What a withdrawn report leaves, decided by two in a real browser: reasons sealed by one, read by the other."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from answerable.casework.models import Decision, Wrap
from answerable.sealing.place import Compartment
from tests.desk.browsing import Site, accessible, shot
from tests.desk.test_settling import taken_back

pytestmark = [pytest.mark.browser, pytest.mark.django_db(databases=["default", "keys"])]
BROWSING = ("ida", "ivo")


@pytest.fixture
def _django_db_helper(shared: Site) -> None:
    """Nothing is undone after this test: its desk is that of the file."""


def test_two_decide_and_the_second_reads_the_reasons_of_the_first(shared: Site, axe: str) -> None:
    # Given a report that was taken back after an officer had read it
    report = taken_back(shared.world)
    address = f"/desk/report/{report.handle}/"
    # When the officer proposes to shred it
    page = shared.at("ida", address)
    accessible(page, axe)
    shot(page, "settlement")
    form = page.locator("form[data-act=propose_settlement]")
    form.locator("[value=shred]").check()
    form.locator("textarea").fill("the person asked that nothing stays")
    form.locator("select").select_option(label="ivo")
    with page.expect_navigation():
        form.locator("button").click()
    expect(page.locator("#settlement")).to_contain_text("It waits for ivo")
    assert b"nothing stays" not in shared.sent
    # Then the second person is led to it, reads why, and agrees
    other = shared.at("ivo", "/desk/")
    other.locator("#settlements ~ ul a").click()
    other.locator("[data-compartment=narrative] [data-open]").click()
    expect(other.locator("[data-compartment=narrative] [data-shown]")).to_contain_text("nothing stays")
    accessible(other, axe)
    shot(other, "settlement-second")
    form = other.locator("form[data-act=settle]")
    form.locator("[value=yes]").check()
    form.locator("textarea").fill("so do I")
    with other.expect_navigation():
        form.locator("button").click()
    expect(other.locator("#settlement")).to_contain_text("decided by two")
    assert Decision.objects.get().state == "made"
    assert not Wrap.objects.filter(record=report.handle, compartment=int(Compartment.NARRATIVE)).exists()
