"""What the reporter's pages say with scripts as without: what can be contested, what is shown again, what is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from answerable.sealing.place import Field
from tests.intake_pages.pictures import NARROW, WIDE, picture
from tests.intake_pages.test_journeys import replied
from tests.web.test_sealing_reporter import (  # noqa: F401  # fixtures
    Site,
    context,
    offline_file,
    page,
    site,
    words_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(databases=["default", "keys", "intake"])]
SEND = "#script-send button.main"


def pictured(page: Page, name: str) -> None:  # noqa: F811  # the fixture's value
    """Nothing is wider than the smallest screen; a picture of both widths where one is asked for."""
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, size)
        picture(page, f"p-{name}")


def come_back(page: Page, words: list[str], language: str) -> None:  # noqa: F811  # the fixture's value
    page.goto(f"/return/?l={language}")
    page.locator("[name=words]").fill(" ".join(words))
    page.locator("#return-form button:visible").click()
    page.locator("#script-box section").first.wait_for()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_a_mailbox_says_with_scripts(page: Page, site: Site, language: str) -> None:  # noqa: F811  # fixtures
    # Given a report and a request for help, of which the report was ended with a way to contest that
    page.goto(f"/report/?l={language}&want=both")
    page.locator(SEND).wait_for()
    for summary in page.locator("form section summary").all():
        summary.click()
    for name, text in {
        "what": "جاء ليلا.",
        "need": "NEED-CANARY",
        "who": "WHO-CANARY",
        "where": "At the gate",
        "contact": "my sister",
    }.items():
        page.locator(f"[name={name}]").fill(text)
    page.locator(SEND).click()
    page.locator("ol.words li").first.wait_for()
    # Then the day of the register stands there once for both
    days = page.locator("#script-screen ul li", has_text=re.compile("السجل|register"))
    assert days.count() == 1
    pictured(page, f"sent-both-{language}")
    words = words_of(page)
    appeal = {"route": "panel", "until": "2099-01-05", "decided": "2026-11-20"}
    replied(site.world, Field.STATUS, {"v": 1, "day": "2026-11-23", "stage": "no_further_action", "appeal": appeal}, 7)
    # When she comes back, she is told before whom, until when, and of which day; and what she gave
    come_back(page, words, language)
    report, helped = page.locator("#script-box section").all()
    contest = report.locator("p.box").inner_text()
    assert ("5 January 2099" if language == "en" else "5 يناير 2099") in contest
    assert ("oversight panel" if language == "en" else "هيئة الرقابة") in contest
    assert "2026" in contest
    assert helped.locator("p.box").count() == 0
    for part, texts in ((report, ("جاء ليلا.", "At the gate", "my sister")), (helped, ("my sister",))):
        for text in texts:
            expect(part.locator(".said", has_text=text)).to_have_count(1)
    # And what is for others to open is not there, which is said as the page without script says it
    assert "CANARY" not in page.content()
    texts = page.evaluate("JSON.parse(document.getElementById('script-texts').textContent)")
    expect(report.get_by_text(texts["unseen-report"])).to_have_count(1)
    expect(helped.get_by_text(texts["unseen-help"])).to_have_count(1)
    # And the proofs come when somebody asks for them
    assert report.locator("pre").count() == 0
    report.locator("details", has=page.locator("summary", has_text=texts["proofs"])).locator("summary").click()
    report.locator("pre").first.wait_for()
    pictured(page, f"box-{language}")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_is_wrong_is_summed_up_with_scripts_as_without(page: Page, language: str) -> None:  # noqa: F811  # fixture
    page.goto(f"/report/?l={language}")
    page.locator(SEND).wait_for()
    title = page.title()
    texts: dict[str, Any] = page.evaluate("JSON.parse(document.getElementById('script-texts').textContent)")
    # When something is missing, and something is too long in a part that was folded away again
    page.locator("form details").last.locator("summary").click()
    page.locator("[name=contact]").fill("x" * 2_000)
    page.locator("form details").last.locator("summary").click()
    page.locator(SEND).click()
    # Then the summary is the first thing in the form, has the focus, and is in the title
    summary = page.locator("#intake-form > .error-summary")
    expect(summary).to_be_focused()
    assert summary.get_attribute("role") == "alert"
    assert page.evaluate("document.querySelector('#intake-form').firstElementChild.className") == "error-summary"
    assert page.title() == f"{texts['not-sent']} · {title}"
    # And leads to each field, which says the same of itself, out of its fold
    links = summary.locator("a")
    label = page.locator("label[for=id_contact]").inner_text()
    assert links.all_inner_texts() == [texts["missing-what"], f"{label} · {texts['too-long']}"]
    for link, name in zip(links.all(), ("what", "contact"), strict=True):
        field = page.locator(f"[name={name}]")
        link.click()
        expect(field).to_be_focused()
        assert field.get_attribute("aria-invalid") == "true"
        described = str(field.get_attribute("aria-describedby")).split()[-1]
        expect(page.locator(f"#{described}")).to_have_text(link.inner_text().split(" · ")[-1])
        expect(field).to_be_visible()
    assert "#" not in page.url, "nothing of it stays in the history"
    pictured(page, f"wrong-{language}")
    # When one is put right, only the other is left; when no reader is left, that is said in the same place
    page.locator("[name=contact]").fill("my sister")
    page.locator(SEND).click()
    expect(links).to_have_count(1)
    assert page.locator("[name=contact]").get_attribute("aria-invalid") is None
    page.locator("[name=what]").fill("It happened.")
    for box in page.locator("[name=reader], [name=independent]").all():
        box.set_checked(checked=False)
    page.locator(SEND).click()
    expect(summary).to_be_focused()
    links.click()
    expect(page.locator("[name=reader]").first).to_be_focused()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_offline_page_says_which_mark_is_not_locked_and_what_is_wrong(
    chromium: Browser,
    site: Site,  # noqa: F811  # the fixture
    tmp_path: Path,
    language: str,
) -> None:
    made = chromium.new_context(offline=True, locale=language)
    page = made.new_page()  # noqa: F811  # another page than the fixture's
    page.goto(offline_file(site, tmp_path).as_uri())
    page.locator("form").wait_for()
    mark = page.locator("[name=urgent]")
    said = page.locator(f"#{mark.get_attribute('aria-describedby')}")
    expect(said).to_contain_text("not locked" if language == "en" else "غير مقفلة")
    page.locator("form button.main").last.click()
    expect(page.locator("form > .error-summary")).to_be_focused()
    page.locator("form > .error-summary a").click()
    expect(page.locator("[name=what]")).to_be_focused()
    pictured(page, f"offline-wrong-{language}")
    made.close()
