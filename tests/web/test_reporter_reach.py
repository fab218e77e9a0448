"""Every page and state of the reporter's journeys with scripts, for everybody: checked by axe, at two widths, in three
languages, by keyboard and on a slow link; and what stays in a browser afterwards.

``ANSWERABLE_PICTURES=folder`` writes a picture of each page and state, in six languages (test_reach_pictures.py: more).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Browser, BrowserContext, Page, Route

from answerable.sealing.place import Field
from tests.intake_pages import world as worlds
from tests.intake_pages.pictures import LANGUAGES, NARROW, WIDE, picture
from tests.intake_pages.test_journeys import replied
from tests.web.test_sealing_reporter import SITE, Site, chosen, context, offline_file, site  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(databases=["default", "keys", "intake"])]

#: Everything; and what another width can change.
FULL = "{resultTypes: ['violations']}"
AGAIN = "{resultTypes: ['violations'], runOnly: ['color-contrast', 'target-size', 'scrollable-region-focusable']}"
SEND = "#script-send button.main"


class Looked:
    """Looks at a page as it stands, and keeps what would shut somebody out."""

    def __init__(self, page: Page, script: str, language: str) -> None:
        self.page = page
        self.script = script
        self.language = language
        self.troubles: list[str] = []
        self.seen: list[str] = []

    def at(self, name: str) -> None:
        """Both widths; 320 px is also what a window of 1280 px has at a zoom of 400 %."""
        page = self.page
        self.seen.append(name)
        if not page.evaluate("'axe' in window"):
            page.evaluate(self.script)
        for size, how in ((WIDE, FULL), (NARROW, AGAIN)):
            page.set_viewport_size(size)
            # What has scrolled under the head of the page by chance is not what is looked for.
            page.evaluate("scrollTo(0, 0)")
            found = page.evaluate(f"axe.run(document, {how})")
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            at = f"{name} at {size['width']}"
            for one in found["violations"]:
                for node in one["nodes"]:
                    why = node.get("failureSummary", "")[:200]
                    self.troubles.append(f"{at}: {one['id']} {node['html'][:160]} {why}")
            if wide > 0:
                self.troubles.append(f"{at} scrolls sideways by {wide} px")
            picture(page, f"s-{name}-{self.language}")
        page.set_viewport_size(WIDE)


def words_of(page: Page) -> list[str]:
    return page.locator("ol.words li").all_inner_texts()


def asked(page: Page) -> list[int]:
    """The places of the two words that the page asks for, from zero."""
    labels = page.locator(".field:has(input[type=text]):visible label").all_inner_texts()
    return [int(number) - 1 for number in re.findall(r"\d+", " ".join(labels))][:2]


def confirm(page: Page, words: list[str]) -> None:
    fields = page.locator(".field input[type=text]:visible")
    for index, place in enumerate(asked(page)):
        fields.nth(index).fill(words[place])
    page.locator("button[type=submit]:visible").click()


def answered(world: worlds.World) -> None:
    """The office writes, and says where things stand and who opened what: every kind of line of a mailbox."""
    said = {"v": 1, "from": "office", "day": "2026-11-24", "text": "Where are you safe? أين أنت؟", "after": ""}
    stands = {
        "v": 1,
        "stage": "assessment",
        "day": "2026-11-24",
        "next_contact": "2026-12-24",
        "due": [
            {"duty": "answer_the_reporter", "due": "2026-11-25", "state": "overdue"},
            {"duty": "keep_in_contact", "due": "2026-12-24", "state": "waiting"},
        ],
        "reads": [{"day": "2026-11-23", "role": "intake_officer", "compartment": "narrative"}],
        "rights": [{"right": "information", "due": "2026-12-24", "state": "waiting"}],
    }
    replied(world, Field.MESSAGE, said, 2)
    replied(world, Field.STATUS, stands, 3)


def faults_of(page: Page) -> list[str]:
    """What a page's scripts did wrong, as it happens."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
    return faults


def sending(look: Looked, site: Site) -> list[str]:  # noqa: F811  # the fixture's value
    """Report: the form, what is missing, the wait, the words, two wrong ones, two right ones."""
    page, language = look.page, look.language
    page.goto(f"/report/?l={language}")
    page.locator(SEND).wait_for()
    look.at("report")
    page.locator(SEND).click()
    page.locator(".error-summary").wait_for()
    look.at("report-wrong")
    for summary in page.locator("form section summary").all():
        summary.click()
    page.locator("[name=what]").fill("He came at night. جاء ليلا.")
    page.locator("[name=files]").set_input_files([chosen("notes (1).xyz", "application/x-odd", b"odd")])
    look.at("report-filled")
    failed: list[Route] = []
    held: list[Route] = []

    def meddle(route: Route) -> bool:
        if not route.request.url.endswith("/api/reports/"):
            return False
        # The first try fails; the next has no answer until the page that waits has been looked at.
        if failed:
            held.append(route)
        else:
            failed.append(route)
            route.abort()
        return True

    site.meddle = meddle
    page.locator(SEND).click()
    page.locator("#script-screen h1").wait_for()
    look.at("not-yet")
    site.meddle = lambda _route: False
    for route in held:
        site.answer(route)
    page.locator("#script-screen pre").wait_for(state="attached", timeout=20_000)
    look.at("sent")
    words = words_of(page)
    page.locator("#script-screen button.main:visible").click()
    look.at("two-words")
    confirm(page, [*words[1:], words[0]])
    page.locator(".error-summary").wait_for()
    look.at("two-words-wrong")
    confirm(page, words)
    page.locator("p.box[role=status]").wait_for()
    look.at("words-done")
    return words


def coming_back(look: Looked, site: Site, words: list[str]) -> None:  # noqa: F811  # the fixture's value
    """The mailbox: wrong words, right ones, a message, every matter, new words, taking it back."""
    page = look.page
    page.goto(f"/return/?l={look.language}")
    page.locator("#return-form button").wait_for()
    look.at("return")
    for typed in ([words[1], words[0], *words[2:]], words):
        page.locator("[name=words]").fill(" ".join(typed))
        page.locator("#return-form button:visible").click()
        page.locator("#return-form > .error-summary, #script-box h2").first.wait_for()
        if typed is not words:
            look.at("return-wrong")
    page.locator("#script-box h2").wait_for()
    look.at("box")
    page.locator("#script-box section input[type=file]").set_input_files([chosen("a (b).xyz", "", b"odd")])
    page.locator("#script-box textarea").first.fill("I remember more. تذكرت.")
    page.locator("#script-box section > div button").first.click()
    page.locator("#script-box h1 + .box").wait_for()
    for summary in page.locator("#script-box summary").all():
        summary.click()
    look.at("box-open")
    page.locator("#script-box section details").last.locator("button").click()
    page.locator("#script-box .error-summary").wait_for()
    look.at("withdraw-wrong")
    page.locator("#script-box > details button").click()
    page.locator("#script-box ol.words").wait_for()
    look.at("code-new")
    new = words_of(page)
    page.locator("#script-box ol.words").locator("xpath=../following-sibling::div").locator("button").click()
    confirm(page, new)
    page.locator("#script-box ol.words").wait_for(state="detached")
    page.locator("#script-box h1 + .box").wait_for()
    look.at("code-changed")
    page.locator("#script-box section details").last.locator("summary").click()
    page.locator("[name=sure]").check()
    page.locator("#script-box section details").last.locator("button").click()
    page.locator("[name=sure]").wait_for(state="detached")
    page.locator("#script-box h1 + .box").wait_for()
    look.at("withdrawn")


def helping(look: Looked) -> None:
    """Writing for somebody else: the form, the words that work once, and that new ones come first."""
    page = look.page
    page.goto(f"/assist/?l={look.language}")
    page.locator(SEND).wait_for()
    look.at("assist")
    page.locator("[name=what]").fill("As she said it.")
    page.locator(SEND).click()
    page.locator("#script-screen pre").wait_for(state="attached")
    look.at("assist-sent")
    words = words_of(page)
    page.goto(f"/return/?l={look.language}")
    page.locator("[name=words]").fill(" ".join(words))
    page.locator("#return-form button:visible").click()
    page.locator("#script-box h1").wait_for()
    look.at("must-change")
    for name, path in (("help", "/help/"), ("both", "/report/?want=both&"), ("complain", "/report/?want=complain&")):
        page.goto(f"{path}{'' if '?' in path else '?'}l={look.language}")
        page.locator(SEND).wait_for()
        look.at(name)


def carried(look: Looked, site: Site, folder: Path, online: Page) -> None:  # noqa: F811  # the fixture's value
    """The offline page from a file, what is missing, its words; then its draft is brought."""
    page = look.page
    page.goto(offline_file(site, folder).as_uri())
    page.locator("form").wait_for()
    look.at("offline")
    page.locator("form > p button").click()
    page.locator(".error-summary").wait_for()
    look.at("offline-wrong")
    page.locator("[name=what]").fill("far away")
    page.locator("[name=files]").set_input_files([chosen("notes (1).xyz", "", b"odd")])
    with page.expect_download() as download:
        page.locator("form > p button").click()
    page.locator("ol.words").wait_for()
    look.at("offline-saved")
    download.value.save_as(folder / "a.draft")
    look.page = online
    online.goto(f"/carry-in/?l={look.language}")
    token = online.locator("[name=token]").input_value()

    def meddle(route: Route) -> bool:
        # The driver does not see the bytes of a file that a form sends: they are handed over here.
        if route.request.method != "POST":
            return False
        form = {"token": token, "draft": SimpleUploadedFile("a.draft", (folder / "a.draft").read_bytes())}
        response = site.client.post(f"/carry-in/?l={look.language}", form)
        route.fulfill(status=response.status_code, headers=dict(response.items()), body=response.content)
        return True

    site.meddle = meddle
    online.locator("button[type=submit]").click()
    online.locator("main summary").click()
    online.locator("pre").wait_for()
    look.at("carried")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_state_of_the_journeys_shuts_anyone_out(
    chromium: Browser,
    context: BrowserContext,  # noqa: F811  # a fixture
    axe: str,
    site: Site,  # noqa: F811  # a fixture
    tmp_path: Path,
    language: str,
) -> None:
    page = context.new_page()
    faults = faults_of(page)
    look = Looked(page, axe, language)
    words = sending(look, site)
    answered(site.world)
    coming_back(look, site, words)
    helping(look)
    with chromium.new_context(
        offline=True, locale={"zh-hans": "zh-CN"}.get(language, language), accept_downloads=True
    ) as away:
        look.page = away.new_page()
        faults += faults_of(look.page)
        carried(look, site, tmp_path, page)
    assert look.troubles == [], "\n".join(look.troubles)
    assert faults == []
    assert len(look.seen) == len(set(look.seen)) == 26
