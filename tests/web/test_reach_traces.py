"""What a journey leaves in a browser, against the real party: with scripts and without."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, expect

from tests.web.reach import ELSEWHERE, SECRET, confirmed, returned, sent, served  # noqa: F401  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=["default", "intake"])]

#: All that a tab or a history may say of us; the last is what stands there while the page goes.
TITLES = {"Information", "Form", "Messages", "Time", ""}
KEPT = """async () => ({
  local: localStorage.length,
  session: sessionStorage.length,
  databases: (await indexedDB.databases()).length,
  caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  named: window.name,
  state: history.state,
})"""
NOTHING = {"local": 0, "session": 0, "databases": 0, "caches": 0, "workers": 0, "named": "", "state": None}
#: Fields that a browser would offer to remember.
REMEMBERED = """() => [...document.querySelectorAll("input, textarea")]
  .filter((one) => !["hidden", "checkbox", "radio", "file", "submit", "button"].includes(one.type))
  .filter((one) => (one.getAttribute("autocomplete") ?? one.form?.getAttribute("autocomplete")) !== "off")
  .map((one) => one.outerHTML)"""


class Watch:
    """Everything that goes over the wire, and every title that a tab shows."""

    def __init__(self, context: BrowserContext) -> None:
        self.requests: list[Request] = []
        self.responses: list[Response] = []
        context.on("request", lambda one: self.requests.append(one))
        context.on("response", lambda one: self.responses.append(one))

    def told(self, words: list[str]) -> list[str]:
        """What an address, a referrer or a cache would give away."""
        found = []
        for one in self.requests:
            if any(part in one.url for part in ("kestrel", "canary", *words)):
                found.append(f"address: {one.url}")
            if "referer" in one.headers:
                found.append(f"referrer: {one.url}")
        for answer in self.responses:
            stored = answer.headers.get("cache-control") != "no-store" and "/static/" not in answer.url
            if stored and not answer.url.startswith(ELSEWHERE):
                found.append(f"may be stored: {answer.url}")
        return found


def history(page: Page) -> list[tuple[str, str]]:
    """(address, title) of every entry of the tab's history."""
    found = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    return [(one["url"], one["title"]) for one in found["entries"]]


def gives_away(page: Page, words: list[str]) -> list[str]:
    """What stands on the page, or in a field of it, that is hers."""
    values = page.evaluate("() => [...document.querySelectorAll('input, textarea')].map((one) => one.value).join(' ')")
    shown = page.locator("body").inner_text() + values
    return [part for part in (SECRET, *words) if re.search(rf"\b{part}\b", shown)]


@pytest.mark.parametrize("plain", [False, True], ids=["script", "plain"])
def test_nothing_stays_in_the_browser(
    chromium: Browser,
    served: str,  # noqa: F811  # a fixture
    settings: Any,
    plain: bool,
) -> None:
    settings.ANSWERABLE_DEPLOYMENT = {**settings.ANSWERABLE_DEPLOYMENT, "leave": ELSEWHERE}
    query = "?l=en&plain=1" if plain else "?l=en"
    with chromium.new_context() as context:
        watch = Watch(context)
        context.route(f"{ELSEWHERE}**", lambda route: route.fulfill(body="<title>Weather</title>rain"))
        page = context.new_page()
        # Given a whole journey
        page.goto(f"{served}/{query}")
        words = sent(page, f"{served}/report/{query}")
        assert page.evaluate(REMEMBERED) == []
        confirmed(page, words)
        returned(page, f"{served}/return/{query}", words)
        assert page.evaluate(REMEMBERED) == []
        assert page.evaluate(KEPT) == NOTHING
        # Then one cookie is all that a browser holds: no script reads it, and it ends with the browser
        (cookie,) = context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Strict", -1)
        # When she leaves
        page.locator("#leave").click()
        page.wait_for_url(f"{ELSEWHERE}**")
        assert page.evaluate("document.referrer") == ""
        assert context.cookies() == []
        # Then no address, no title and no referrer gives anything away
        entries = history(page)
        assert {title for address, title in entries if address.startswith(served)} <= TITLES
        assert watch.told(words) == []
        # And nothing of hers comes back with Back, however far
        for _ in entries:
            page.go_back()
            if not page.url.startswith(served):
                continue
            assert gives_away(page, words) == [], page.url
            assert page.locator("ol.words, .thread").count() == 0
            assert page.evaluate(KEPT) == NOTHING


#: A slow link, in bytes a second, and the time until an answer begins, in milliseconds.
SLOW = {"offline": False, "downloadThroughput": 50_000, "uploadThroughput": 20_000, "latency": 300}


class Counted:
    """The answers that a page loads, by address, and how many bytes each has with its head."""

    def __init__(self, page: Page) -> None:
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("Network.enable")
        self.urls: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self.cdp.on(
            "Network.requestWillBeSent", lambda one: self.urls.update({one["requestId"]: one["request"]["url"]})
        )
        self.cdp.on(
            "Network.loadingFinished", lambda one: self.sizes.update({one["requestId"]: one["encodedDataLength"]})
        )

    def bytes(self, without: str = "never") -> int:
        return int(sum(size for name, size in self.sizes.items() if not self.urls.get(name, "").endswith(without)))

    def count(self) -> int:
        return len(self.urls)


def test_a_slow_link_has_what_it_needs_before_any_script(
    chromium: Browser,
    served: str,  # noqa: F811  # a fixture
) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        counted = Counted(page)
        counted.cdp.send("Network.emulateNetworkConditions", SLOW)
        # Given scripts that never come, and a link of 50 kB a second
        page.route("**/*.js", lambda _route: None)
        page.goto(f"{served}/?l=ar", wait_until="commit")
        # Then the first page is whole: it can be read, and its choices work
        page.locator("ul.choices a").first.wait_for()
        page.locator("footer").wait_for()
        expect(page.locator("#leave")).to_have_css("font-weight", "600")
        assert counted.bytes(without=".js") <= 30_000
        page.locator("ul.choices a").first.click(no_wait_after=True)
        page.wait_for_url("**/report/**", wait_until="commit")
        # And the form says what it waits for, and leads to one that needs no script
        page.locator("#script-waits").wait_for()
        said = "getComputedStyle(document.querySelector('#script-waits'), '::before').content"
        assert page.evaluate(said).strip('"') == page.locator("#script-waits").get_attribute("data-said")
        page.locator('main a[href*="plain=1"]').click(no_wait_after=True)
        page.wait_for_url("**plain=1**", wait_until="commit")
        page.locator("[name=what]").fill(SECRET)
        page.locator("main button[type=submit]").click()
        page.locator("ol.words").wait_for()
        # Then the journey to the words has weighed little, in few requests
        assert counted.bytes() <= 100_000
        assert counted.count() <= 16


def test_a_part_of_the_script_that_does_not_come_is_told(
    chromium: Browser,
    served: str,  # noqa: F811  # a fixture
) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        page.route("**/send-*.js", lambda route: route.abort())
        page.goto(f"{served}/report/?l=en")
        page.locator("[name=what]").fill(SECRET)
        page.get_by_role("alert").filter(has_text="No answer from the server.").wait_for()
        assert page.locator("[name=what]").input_value() == SECRET
        assert page.locator("#script-waits").count() == 0
        assert page.get_by_role("link", name="Use the plain page without scripts").is_visible()


def test_a_whole_journey_with_scripts_is_few_requests(
    chromium: Browser,
    served: str,  # noqa: F811  # a fixture
) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        counted = Counted(page)
        page.goto(f"{served}/?l=en")
        words = sent(page, f"{served}/report/?l=en")
        first = (counted.count(), counted.bytes())
        confirmed(page, words)
        returned(page, f"{served}/return/?l=en", words)
        # What was loaded for the form is not loaded again for the mailbox, but for the list of words, which is not kept
        assert (first[0] <= 28, first[1] <= 175_000) == (True, True), first
        assert (counted.count() <= 46, counted.bytes() <= 320_000) == (True, True), (counted.count(), counted.bytes())
