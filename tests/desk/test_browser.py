"""The desk in a real browser: unlock, read, take, write, hand over, assess, review; and what is never sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from answerable.casework.models import Decision, Record, Reply
from answerable.sealing.place import Compartment, Field, Place
from answerable.sealing.place import Record as RecordKind
from answerable.sealing.values import open_value
from tests.desk.browsing import Site, accessible, served, shot
from tests.desk.proving import give_app
from tests.desk.world import DEPLOYMENT, PASSWORD, Report, narrative
from tests.journeys.desk import code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(databases=["default", "keys"], transaction=True)]

CANARY = "the canary sang behind the water tower"
BROWSING = ("ida", "asa", "rob")


@pytest.fixture
def site(db: None, tmp_path: Path, chromium: Browser) -> Iterator[Site]:
    """A desk with people whose keys open with a passphrase, served."""
    with served(tmp_path / "desk", chromium, BROWSING) as found:
        yield found


def test_the_core_journey(site: Site, axe: str) -> None:
    # Given a report that nobody has read
    report = Report(site.world, forms={Compartment.NARRATIVE: narrative(CANARY)})
    record = report.take_in(1)

    # When an officer unlocks the desk and opens what was said
    ida = site.unlocked("ida")
    shot(ida, "queue")
    accessible(ida, axe)
    ida.locator(f"a[href='/desk/report/{record.handle}/']").first.click()
    ida.locator("[data-compartment=narrative] [data-open]").click()
    expect(ida.locator("[data-compartment=narrative] [data-shown]")).to_contain_text(CANARY)
    shot(ida, "report")
    accessible(ida, axe)

    # And writes to the person
    expect(ida.locator("#now-due")).to_contain_text("answer the reporter")
    ida.locator("#text-narrative").fill("we have read it and will answer by friday")
    ida.locator("[data-act=write_to_person] button").click()
    expect(ida.locator(".bubble.desk")).to_contain_text("by friday")
    # What is due is what is due now, and what is open stays open
    expect(ida.locator("#now-due")).not_to_contain_text("answer the reporter")
    expect(ida.locator("#now-due")).to_contain_text("keep in contact")
    expect(ida.locator("#now-timeline li")).to_have_count(2)
    expect(ida.locator("[data-compartment=narrative] [data-shown]")).to_contain_text(CANARY)
    reply = Reply.objects.get(record=record.handle, kind="value", field=int(Field.MESSAGE))
    place = Place(
        DEPLOYMENT, RecordKind.REPORT, report.keys.record, Compartment.NARRATIVE, Field.MESSAGE, reply.version
    )
    opened = open_value(place, report.keys.pairs[Compartment.NARRATIVE][0], bytes(reply.sealed))
    assert b"by friday" in opened

    # And takes the report into a case of which she is the one owner
    ida.locator("[data-act=take_report] button").click()
    ida.wait_for_url("**/desk/case/*/")
    case = Record.objects.get(kind="case")
    shot(ida, "case")
    accessible(ida, axe)

    # And hands it over to an assessor, who accepts
    ida.goto(f"{site.url}/desk/case/{case.handle}/hand-over/")
    asa_handle = site.world.people["asa"].handle
    ida.locator(f"input[value='{asa_handle}/assessor']").check()
    with ida.expect_navigation():
        ida.locator("[data-act=offer_handover] button").click()
    asa = site.unlocked("asa")
    asa.locator("[data-act=accept_handover] button").click()
    asa.wait_for_url(f"**/desk/case/{case.handle}/")
    asa.goto(f"{site.url}/desk/report/{record.handle}/")
    asa.locator("[data-compartment=narrative] [data-open]").click()
    expect(asa.locator("[data-compartment=narrative] [data-shown]")).to_contain_text(CANARY)

    # Then no further action cannot be reached with parts missing, and nothing is written
    asa.goto(f"{site.url}/desk/case/{case.handle}/decide/")
    shot(asa, "decide")
    accessible(asa, axe)
    asa.locator("#outcome").select_option("no_further_action")
    asa.locator("#standard").select_option("credible")
    asa.locator("#reasons").fill("the account holds together but names no duty")
    asa.locator("[data-act=propose_decision] button").click()
    expect(asa.locator("[data-act=propose_decision] [role=alert]")).to_contain_text("lacks")
    assert not Decision.objects.exists()

    # And with reasons, notice, appeal and a second person it is proposed
    asa.locator("#notice").fill("we end this because; contest it before the panel")
    asa.locator("#appeal_route").select_option("panel")
    asa.locator("#appeal_until").fill("2099-01-01")
    asa.locator("#reviewer").select_option(site.world.people["rob"].handle)
    asa.locator("[data-act=propose_decision] button").click()
    asa.wait_for_url(f"**/desk/case/{case.handle}/")
    assert Record.objects.get(pk=case.pk).stage == "review"

    # And whoever received the report is shown no notice that nobody has agreed to
    ida.goto(f"{site.url}/desk/report/{record.handle}/")
    ida.locator("[data-compartment=narrative] [data-open]").click()
    expect(ida.locator("[data-compartment=narrative] [data-shown]")).to_contain_text(CANARY)
    expect(ida.locator("main")).not_to_contain_text("contest it before the panel")

    # And the second person reads the reasons, and cannot agree before the notice was read as well
    rob = site.unlocked("rob", f"/desk/case/{case.handle}/decide/")
    rob.locator("[data-compartment=deliberation] [data-open]").click()
    expect(rob.locator("[data-compartment=deliberation] [data-shown]")).to_contain_text("names no duty")
    shot(rob, "review")
    accessible(rob, axe)
    rob.locator("input[name=agrees][value=yes]").check()
    rob.locator("#review").fill("I come to the same end")
    rob.locator("[data-act=review_decision] button").click()
    expect(rob.locator("[data-act=review_decision] [role=alert]")).to_contain_text("Open the notice")
    assert Decision.objects.get().state == "proposed"
    rob.locator("[data-notice] button").click()
    expect(rob.locator("[data-notice] [data-read]")).to_have_text("we end this because; contest it before the panel")
    shot(rob, "review-read")
    accessible(rob, axe)
    rob.locator("[data-act=review_decision] button").click()
    rob.wait_for_url(f"{site.url}/desk/")  # the case is not theirs to see any more
    assert Decision.objects.get().state == "made"
    assert Record.objects.get(pk=case.pk).stage == "no_further_action"

    # And no word of anybody, nor a passphrase, was ever sent to the server
    for words in (CANARY, "by friday", "names no duty", "contest it before", "the same end", "alpha bravo"):
        for form in (words.encode(), words.encode("utf-16-le"), words.replace(" ", "+").encode()):
            assert form not in bytes(site.sent)
    assert b"outcome" in site.sent, "what is sent is looked at"


def test_first_keys_and_the_lock(site: Site, axe: str) -> None:
    # Given somebody without keys
    person = site.world.people["ivo"]
    person.public_keys.all().delete()
    page = site.page("ivo")
    page.goto(f"{site.url}/desk/keys/")

    # When they draw six words, type them wrongly, then rightly
    page.locator("#make").click()
    expect(page.locator("#passphrase li")).to_have_count(6)
    words = " ".join(page.locator("#passphrase li").all_inner_texts())
    page.locator("#again").fill("six other words than those above")
    page.locator("#confirm button").click()
    expect(page.locator("#setup [role=alert]")).to_be_visible()
    assert not person.public_keys.exists()
    page.locator("#again").fill(words)
    accessible(page, axe)
    page.locator("#confirm button").click()
    page.wait_for_url(f"{site.url}/desk/")

    # Then the tab is unlocked, and locks at a click; another passphrase opens nothing
    assert person.public_keys.filter(until=None).count() == 1
    with page.expect_navigation():
        page.locator("#lock-now").click()
    expect(page.locator("#lock-state")).to_have_text("Locked")
    assert page.evaluate("sessionStorage.length") == 0
    page.locator("#unlock-first").click()
    page.locator("#phrase").fill("alpha bravo charlie delta echo foxtrot")
    page.locator("#unlock button").click()
    expect(page.locator("#unlock [role=alert]")).to_contain_text("not your passphrase", timeout=40_000)
    page.locator("#phrase").fill(words.upper())
    page.locator("#phrase").press("Enter")
    page.wait_for_url(f"{site.url}/desk/")
    assert words.encode() not in bytes(site.sent)


def test_a_lost_passphrase_is_replaced_after_fresh_proof(site: Site, axe: str) -> None:
    # Given somebody who is signed in, and has lost the passphrase
    person = site.world.people["rea"]
    old = person.public_keys.get(until=None)
    secret = give_app(site.world, "rea")
    page = site.page("rea")
    page.goto(f"{site.url}/desk/keys/")

    # When they ask for new keys, confirm the password, then the second factor
    page.locator("details summary").last.click()
    page.locator("a[href='?new=1']").click()
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    accessible(page, axe)
    page.locator("[name=code]").fill(code(secret))  # at the last moment: it counts for half a minute
    page.locator("main button[type=submit]").click()
    page.wait_for_url(f"{site.url}/desk/keys/?new=1")

    # And dawdle until the proof of it is too old
    def make_keys() -> None:
        page.locator("#make").click()
        expect(page.locator("#passphrase li")).to_have_count(6)
        page.locator("#again").fill(" ".join(page.locator("#passphrase li").all_inner_texts()))
        page.locator("#confirm button").click()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("answerable.casework.views.proof.FRESH", 0)
        make_keys()
        page.wait_for_url(re.compile("/account/reauthenticate/"), timeout=40_000)
    assert person.public_keys.get(until=None) == old

    # Then they are led back, and their new keys take the place of the old ones
    page.goto(f"{site.url}/desk/keys/?new=1")
    make_keys()
    page.wait_for_url(f"{site.url}/desk/", timeout=40_000)
    assert person.public_keys.get(until=None) != old


@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("ar", "rtl")])
def test_small_screens_other_languages_and_no_script(
    site: Site,
    axe: str,
    language: str,
    direction: str,
) -> None:
    record = Report(site.world, forms={Compartment.NARRATIVE: narrative(CANARY)}).take_in(1)
    options: dict[str, Any] = {"locale": language, "viewport": {"width": 320, "height": 640}}
    page = site.page("ida", **options)
    for path in ("/desk/", "/desk/keys/", "/desk/rules/", f"/desk/report/{record.handle}/", "/desk/replacements/"):
        page.goto(site.url + path)
        expect(page.locator("html")).to_have_attribute("dir", direction)
        accessible(page, axe)
        shot(page, f"{language}-{path.strip('/').split('/')[1:2] or ['queue']}".replace("'", ""))
    plain = site.page("ida", java_script_enabled=False)
    plain.goto(f"{site.url}/desk/report/{record.handle}/")
    expect(plain.locator("noscript .warn")).to_be_visible()
    assert plain.locator("form[data-act]:visible").count() == 0
