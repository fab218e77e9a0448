"""What people meet more seldom with scripts, looked at and checked: only where ``ANSWERABLE_PICTURES`` names a folder.

Its parts stand in the states of `test_reporter_reach` too, which every run checks; here it is the whole pages.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from answerable.sealing.place import Field
from tests.intake_pages import forging
from tests.intake_pages.pictures import LANGUAGES, LOCALES, NARROW, PICTURES, picture
from tests.intake_pages.test_journeys import replied
from tests.intake_pages.test_pictures import STANDING
from tests.web.test_reporter_reach import SEND, Looked, confirm, faults_of, words_of
from tests.web.test_sealing_reporter import Site, context, offline_file, site  # noqa: F401  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(databases=["default", "keys", "intake"])]
#: Beside the colours of the day: those of the night, and those that a device sets itself.
COLOURS = {"dark": {"color_scheme": "dark"}, "forced": {"forced_colors": "active", "color_scheme": "dark"}}


def coloured(page: Page, name: str) -> None:
    """The page at 320 px in other colours."""
    for colours, how in COLOURS.items():
        page.set_viewport_size(NARROW)
        page.emulate_media(**how)  # type: ignore[arg-type]  # what is meant stands above
        picture(page, f"{name}-{colours}")
    page.emulate_media(color_scheme="light", forced_colors="none")


def unsent(look: Looked, site: Site) -> None:  # noqa: F811  # the fixture's value
    """What stands in the way of sending: nobody to read it, other readers than were shown, no answer, no means."""
    page = look.page
    page.goto(f"/?l={look.language}")
    look.at("start")
    coloured(page, f"s-start-{look.language}")
    page.goto(f"/report/?l={look.language}&want=both")
    page.locator(SEND).wait_for()
    for summary in page.locator("form section summary").all():
        summary.click()
    for field in page.locator("form :is(textarea, input[type=text]):visible").all():
        field.fill("x (1) جاء ليلا")
    for box in page.locator("[name=reader]").all():
        box.uncheck()
    page.locator(SEND).click()
    page.locator("form > .error-summary").wait_for()
    look.at("no-reader")
    coloured(page, f"s-wrong-{look.language}")
    for box in page.locator("[name=reader]").all():
        box.check()
    kept = page.locator("[name=reader]").first.evaluate_handle("box => box.closest('div').parentElement")
    page.locator("[name=reader]").first.evaluate("box => (window.taken = box.closest('div')).remove()")
    page.locator(SEND).click()
    page.locator("#script-send .error-summary").wait_for()
    look.at("readers-changed")
    kept.evaluate("all => all.insertBefore(window.taken, all.querySelector('div'))")


def sent(look: Looked, site: Site) -> list[str]:  # noqa: F811  # the fixture's value
    """A report that is received, and a request for help that is not, until it is sent once more; digits as words."""
    page = look.page
    taken: list[str] = []

    def meddle(route: Route) -> bool:
        if not route.request.url.endswith("/api/reports/"):
            return False
        taken.append(route.request.url)
        if len(taken) == 2:
            route.fulfill(status=400, json={"error": "x", "what": "x", "todo": ""})
        return len(taken) == 2

    site.meddle = meddle
    page.locator("[name=list]").select_option("digits")
    page.locator(SEND).click()
    page.locator("#script-screen pre").wait_for(state="attached", timeout=20_000)
    look.at("sent-half")
    coloured(page, f"s-sent-{look.language}")
    words = words_of(page)
    page.locator("#script-screen button.main:visible").click()
    confirm(page, words)
    page.locator("p.box[role=status]").wait_for()
    site.meddle = lambda _route: False
    return words


def mailbox(look: Looked, site: Site, words: list[str]) -> None:  # noqa: F811  # the fixture's value
    """No answer; then all that a box can say."""
    page = look.page
    said = {"v": 1, "from": "office", "day": "2026-11-24"}
    replied(site.world, Field.STATUS, STANDING, 7)
    replied(site.world, Field.MESSAGE, said | {"text": "12:30, room 4 (left).", "after": "00" * 32}, 9)
    forging.put_value(Field.MESSAGE, said | {"text": "COME ALONE", "after": ""}, 10)
    forging.put_key()
    page.goto(f"/return/?l={look.language}")
    page.locator("[name=words]").fill(" ".join(words))

    def cut(route: Route) -> bool:
        if "/api/box/" not in route.request.url:
            return False
        route.abort()
        return True

    site.meddle = cut
    page.locator("#return-form button:visible").click()
    page.locator("#return-form > .error-summary").wait_for()
    look.at("return-no-answer")
    site.meddle = lambda _route: False
    page.locator("#return-form button:visible").click()
    page.locator("#script-box h2").first.wait_for()
    for summary in page.locator("#script-box summary").all():
        summary.click()
    page.locator("#script-box pre").first.wait_for()
    look.at("box-answered")
    coloured(page, f"s-box-{look.language}")
    page.locator("#script-box section button").first.click()
    page.locator("#script-box .error-summary").wait_for()
    look.at("box-wrong")


if PICTURES:

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_what_is_met_more_seldom_with_scripts_shuts_nobody_out(
        context: BrowserContext,  # a fixture
        axe: str,
        site: Site,  # a fixture
        language: str,
    ) -> None:
        page = context.new_page()
        faults = faults_of(page)
        look = Looked(page, axe, language)
        unsent(look, site)
        mailbox(look, site, sent(look, site))
        old = context.new_page()
        old.add_init_script("Object.defineProperty(globalThis, 'crypto', { value: {} })")
        look.page = old
        old.goto(f"/help/?l={language}")
        old.locator("#intake-form > .warn").wait_for()
        look.at("too-old")
        assert look.troubles == [], "\n".join(look.troubles)
        assert faults == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_offline_page_in_other_colours(
        chromium: Browser,
        site: Site,  # a fixture
        tmp_path: Path,
        language: str,
    ) -> None:
        with chromium.new_context(offline=True, locale=LOCALES.get(language, language)) as away:
            page = away.new_page()
            page.goto(offline_file(site, tmp_path).as_uri())
            page.locator("form").wait_for()
            coloured(page, f"s-offline-{language}")
