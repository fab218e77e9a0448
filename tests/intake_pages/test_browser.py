"""The journeys in a real browser whose scripts are switched off, each page looked at as people would see it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page

from tests.intake_pages import world as worlds
from tests.intake_pages.pictures import LANGUAGES, pictures
from tests.journeys.conftest import _Quiet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, databases=["default", "intake"]),
]


@pytest.fixture
def site(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[str]:
    """The address of a whole reporter party, which one thread serves, request by request."""
    keeper = worlds.make(settings, tmp_path).keeper
    settings.ANSWERABLE_DEPLOYMENT = {
        **settings.ANSWERABLE_DEPLOYMENT,
        "emergency": [{"what": "Women's centre, day and night", "how": "+1 555 0100"}],
    }
    django = WSGIHandler()

    def application(environ: dict[str, Any], start: Any) -> Any:
        return django({**environ, "answerable.sessions": keeper}, start)

    server = make_server("127.0.0.1", 0, application, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Looked:
    """Every page that a walk passes: kept as it came, to be shown to the checker and in other sizes."""

    def __init__(self, context: BrowserContext, language: str) -> None:
        self.page: Page = context.new_page()
        self.language = language
        self.seen: dict[str, tuple[str, str]] = {}

    def at(self, name: str) -> None:
        self.seen[name] = (self.page.url, self.page.content())
        pictures(self.page, f"{name}-{self.language}")


def press(page: Page, selector: str) -> None:
    """Click the first of ``selector`` and wait for the page that it leads to: until that stands, there may be none."""
    with page.expect_navigation():
        page.locator(selector).first.click()


def walk(context: BrowserContext, site: str, language: str) -> dict[str, tuple[str, str]]:
    """Report, confirm, return, write, look at each matter, take new words, leave; all without script."""
    looked = Looked(context, language)
    page = looked.page
    page.set_default_timeout(10_000)
    for name, path in (
        ("start", "/"), ("help", "/help/"), ("assist", "/assist/"), ("carry-in", "/carry-in/"),
        ("readers", "/readers/"), ("how", "/how/"), ("return", "/return/"), ("nothing", "/nothing/"),
    ):  # fmt: skip
        page.goto(f"{site}{path}?l={language}")
        looked.at(name)
    page.goto(f"{site}/?l={language}")
    press(page, "ul.choices a")
    looked.at("report")
    press(page, "button[type=submit]")
    looked.at("report-wrong")
    page.locator("[name=what]").fill("He came at night. جاء ليلا.")
    for summary in page.locator("summary").all():
        summary.click()
    page.locator("[name=files]").set_input_files(
        [{"name": "notes.xyz", "mimeType": "application/x-odd", "buffer": b"odd"}]
    )
    page.locator("[name=reader]").first.uncheck()
    looked.at("report-filled")
    press(page, "button[type=submit]")
    assert "/report/sent/" in page.url
    looked.at("sent")
    words = page.locator("ol.words li").all_inner_texts()
    asked = [int(number) - 1 for number in re.findall(r"(\d+)", " ".join(labels(page)))]
    page.locator("[name=first]").fill(words[asked[0]])
    page.locator("[name=second]").fill(words[asked[1]])
    press(page, "button[type=submit]")
    looked.at("confirmed")
    page.goto(f"{site}/return/?l={language}")
    page.locator("[name=words]").fill(" ".join([words[1], words[0], *words[2:]]))
    press(page, "button[type=submit]")
    looked.at("return-wrong")
    page.locator("[name=words]").fill("\n".join(words))
    press(page, "button[type=submit]")
    assert "/box/" in page.url
    page.locator("[name=text]").fill("I remember more.")
    page.locator("[name=check_in][value=no]").check()
    press(page, "button[type=submit]")
    looked.at("box")
    assert "I remember more." in page.locator("ol.thread").inner_text()
    for name in ("receipt", "rights", "consent", "withdraw", "code"):
        page.goto(f"{site}/box/{name}/?l={language}")
        looked.at(name)
    press(page, "button[type=submit]")
    looked.at("code-new")
    press(page, "button[name=skip]")
    assert "I remember more." in page.locator("ol.thread").inner_text()
    press(page, "#leave")
    looked.at("leave")
    page.go_back()
    return looked.seen


def labels(page: Page) -> list[str]:
    return [page.locator(f"label[for=id_{name}]").inner_text() for name in ("first", "second")]


def show(page: Page, seen: tuple[str, str]) -> None:
    """Show a page that was seen again as it came, its scripts left out."""
    url, content = seen
    plain = re.sub(r"<script\b.*?</script>", "", content, flags=re.DOTALL)
    # A browser without script reads what stands in noscript; one with script, which the checker needs, would not.
    plain = re.sub(r"</?noscript>", "", plain)
    page.unroute_all()
    page.route(url, lambda route: route.fulfill(body=plain, content_type="text/html; charset=utf-8"))
    page.goto(url)


#: Everything; and what another width or other colours can change.
FULL = "{resultTypes: ['violations']}"
AGAIN = "{resultTypes: ['violations'], runOnly: ['color-contrast', 'target-size', 'scrollable-region-focusable']}"


def troubles(page: Page, name: str, how: str) -> list[str]:
    found = page.evaluate(f"axe.run(document, {how})")
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    told = [
        f"{name}: {one['id']} {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
    return told + ([f"{name} scrolls sideways by {wide} px"] if wide > 0 else [])


def checked(chromium: Chromium, axe: str, seen: dict[str, tuple[str, str]]) -> list[str]:
    """What would shut somebody out of the pages that were seen."""
    found: list[str] = []
    with chromium.new_context(bypass_csp=True) as context:
        page = context.new_page()
        for name, each in seen.items():
            show(page, each)
            page.evaluate(axe)
            # 320 px is also what a window of 1280 px has at a zoom of 400 %
            for width, height, dark, how in ((1280, 800, False, FULL), (320, 640, True, AGAIN)):
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme="dark" if dark else "light")
                found += troubles(page, f"{name} at {width}", how)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_journey_without_script_and_no_page_shuts_anyone_out(
    chromium: Chromium,
    axe: str,
    site: str,
    language: str,
) -> None:
    with chromium.new_context(java_script_enabled=False, locale=language) as context:
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        seen = walk(context, site, language)
        # Nothing is asked of anybody else, and no address tells what was written
        assert all(url.startswith(site) for url in asked)
        assert not any("night" in url or "remember" in url for url in asked)
    found = checked(chromium, axe, seen)
    assert found == [], "\n".join(found)


def test_everything_can_be_done_from_the_keyboard(chromium: Chromium, site: str) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}/help/?plain=1")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # the skip link
        for _ in range(40):
            page.keyboard.press("Tab")
            name = page.locator(":focus").get_attribute("name") or page.locator(":focus").get_attribute("type")
            if name == "need":
                page.keyboard.type("A doctor")
            if name == "submit":
                break
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/report/sent/"))
        assert page.locator("ol.words li").count() == 8


def test_a_style_alone_asks_only_for_what_she_wants(chromium: Chromium, site: str) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}/report/?l=en")
        for want, asked in (
            ("report", {"what"}),
            ("help", {"need"}),
            ("both", {"what", "need"}),
            ("complain", {"what", "complaint"}),
        ):
            page.locator(f"[name=want][value={want}]").check()
            shown = {name for name in ("what", "need", "complaint") if page.locator(f"[name={name}]").is_visible()}
            assert shown == asked, want
