"""What people meet more seldom without script, looked at and checked: only where ``ANSWERABLE_PICTURES`` is set.

Its parts stand on the pages of `test_browser` too, which every run checks; here it is the whole pages that are seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page

from answerable.intake.door.answers import refusal
from answerable.intake.door.heads import RefusedError
from answerable.intake.slots import BusyError
from answerable.intake.views import back, change, send
from answerable.sealing.place import Field
from tests.intake_pages import forging
from tests.intake_pages.pictures import LANGUAGES, PICTURES, pictures
from tests.intake_pages.test_browser import Looked, checked, press, site  # noqa: F401  # a fixture
from tests.intake_pages.test_journeys import replied

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, databases=["default", "intake"]),
]
SUBMIT = "main button[type=submit]"
APPEAL = {"route": "panel", "until": "2099-01-05", "decided": "2026-11-20"}
#: All that the desk can say of a report.
STANDING = {
    "v": 1, "stage": "no_further_action", "day": "2026-11-24", "next_contact": "2026-12-24", "appeal": APPEAL,
    "due": [
        {"duty": "answer_the_reporter", "due": "2026-11-25", "state": "overdue"},
        {"duty": "keep_in_contact", "due": "2026-12-24", "state": "waiting"},
        {"duty": "decide_on_what_is_left", "due": "2026-11-23", "state": "done"},
    ],
    "reads": [
        {"day": "2026-11-23", "role": "intake_officer", "compartment": "narrative"},
        {"day": "2026-11-24", "role": "assessor", "compartment": "accused_identity"},
    ],
    "rights": [
        {"right": "information", "due": "2026-12-24", "state": "waiting"},
        {"right": "be_heard", "due": "2026-11-20", "state": "overdue"},
        {"right": "privacy", "state": "waiting"},
    ],
}  # fmt: skip


def answered(world: Any) -> None:
    """The office writes, out of order, and says where things stand; somebody else puts words and a key beside it."""
    said = {"v": 1, "from": "office", "day": "2026-11-24"}
    replied(world, Field.STATUS, STANDING, 7)
    replied(world, Field.MESSAGE, said | {"text": "Where are you safe? أين أنت؟", "after": ""}, 8)
    replied(world, Field.MESSAGE, said | {"text": "12:30, room 4 (left).", "after": "00" * 32}, 9)
    forging.put_value(Field.MESSAGE, said | {"text": "COME ALONE", "after": ""}, 10)
    forging.put_key()


def words_of(page: Page) -> str:
    return " ".join(page.locator("ol.words li").all_inner_texts())


@contextmanager
def nobody_computes(*modules: Any) -> Iterator[None]:
    """No place is free to derive a key in."""

    def full() -> Any:
        raise BusyError(30)

    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            patch.setattr(module, "kdf_slot", full)
        yield


def sent(looked: Looked, address: str, name: str) -> str:
    """Report and ask for help, with all that can be said; two wrong words. The words."""
    page = looked.page
    page.goto(address)
    for summary in page.locator("form section summary").all():
        summary.click()
    for field in page.locator("form :is(textarea, input[type=text]):visible").all():
        field.fill("x (1) جاء ليلا")
    looked.at(name)
    press(page, SUBMIT)
    looked.at(f"{name}-sent")
    words = words_of(page)
    page.locator("[name=first]").fill("x")
    page.locator("[name=second]").fill("x")
    press(page, SUBMIT)
    looked.at(f"{name}-sent-wrong")
    return words


def returned(page: Page, address: str, words: str) -> None:
    page.goto(address)
    page.locator("[name=words]").fill(words)
    press(page, SUBMIT)


def mailbox(looked: Looked, site: str, query: str, words: str) -> None:  # noqa: F811  # the fixture's value
    """What the box says when all has happened to it; what is wrong in it; what is taken back."""
    page = looked.page
    returned(page, f"{site}/return/{query}", words)
    looked.at("box-answered")
    for name in ("rights", "consent"):
        page.goto(f"{site}/box/{name}/{query}")
        looked.at(f"{name}-answered")
    press(page, SUBMIT)
    looked.at("box-notice")
    press(page, SUBMIT)
    looked.at("box-wrong")
    page.goto(f"{site}/box/code/{query}")
    page.locator("[name=list]").select_option("digits")
    press(page, SUBMIT)
    looked.at("code-digits")
    with nobody_computes(change):
        press(page, "button[name=skip]")
        looked.at("code-busy")
    page.locator("[name=first]").fill("x")
    press(page, SUBMIT)
    looked.at("code-wrong")
    press(page, "button[name=skip]")
    page.goto(f"{site}/box/withdraw/{query}")
    press(page, SUBMIT)
    looked.at("withdraw-wrong")
    page.locator("[name=sure]").first.check()
    press(page, SUBMIT)
    looked.at("withdrawn")
    page.goto(f"{site}/box/withdraw/{query}")
    page.locator("[name=sure]").first.check()
    press(page, SUBMIT)
    for name in ("code", "withdraw", "consent"):
        page.goto(f"{site}/box/{name}/{query}")
        looked.at(f"{name}-closed")


def troubled(looked: Looked, site: str, query: str, words: str) -> None:  # noqa: F811  # the fixture's value
    """What is over, too much, from elsewhere, broken."""
    page = looked.page
    for name, path in (("sent-over", "/report/sent/"), ("return-over", "/box/")):
        page.context.clear_cookies()
        page.goto(f"{site}{path}{query}")
        looked.at(name)
    page.goto(f"{site}/carry-in/{query}")
    press(page, SUBMIT)
    looked.at("carry-none")
    other: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no draft"}
    page.locator("[name=draft]").set_input_files([other])
    press(page, SUBMIT)
    looked.at("carry-wrong")
    page.goto(f"{site}/help/{query}")
    page.locator("[name=need]").fill("A doctor")
    with nobody_computes(send, back):
        press(page, SUBMIT)
        looked.at("help-busy")
        returned(page, f"{site}/return/{query}", words)
        looked.at("return-busy")
    page.goto(f"{site}/help/{query}")
    page.context.clear_cookies()
    press(page, SUBMIT)
    looked.at("forged")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("answerable.intake.views.page._LONGEST_BODY", 10)
        page.goto(f"{site}/help/{query}")
        press(page, SUBMIT)
        looked.at("too-long")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("answerable.intake.views.start.show", None)
        page.goto(f"{site}/how/{query}")
        looked.at("broken")


if PICTURES:

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_what_is_met_more_seldom_shuts_nobody_out(
        chromium: Browser,
        axe: str,
        site: str,  # the fixture
        language: str,
    ) -> None:
        query = f"?l={language}"
        with chromium.new_context(java_script_enabled=False, locale=language) as context:
            looked = Looked(context, language)
            looked.page.set_default_timeout(10_000)
            words = sent(looked, f"{site}/report/{query}&want=both", "both")
            answered(site)
            mailbox(looked, site, query, words)
            once = sent(looked, f"{site}/assist/{query}", "assist")
            returned(looked.page, f"{site}/return/{query}", once)
            looked.at("must-change")
            troubled(looked, site, query, once)
        found = checked(chromium, axe, looked.seen)
        assert found == [], "\n".join(found)

    @pytest.mark.parametrize("status", [413, 503])
    def test_what_the_door_says_by_itself(chromium: Browser, status: int) -> None:
        with chromium.new_context(java_script_enabled=False) as context:
            page = context.new_page()
            answer = refusal(RefusedError(status, "(In English.)")).split(b"\r\n\r\n", 1)[1]
            page.route("**/*", lambda route: route.fulfill(body=answer, content_type="text/html; charset=utf-8"))
            page.goto("http://localhost/")
            pictures(page, f"door-{status}")
