"""Every page of the reporter party: its weight, its headers, what it says to whom, and that the list is complete."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from answerable.intake.views.visit import language_of
from answerable.ui import languages
from tests.intake_pages.world import Browser, World, returning, sending

pytestmark = [pytest.mark.django_db(databases=["default", "intake"])]

CSS = Path(__file__).parents[2] / "src/answerable/intake/static/intake/page.css"
#: Who asks: nobody; somebody whose words are still shown; an open mailbox; a mailbox whose words must change first.
ACTORS = ("nobody", "fresh", "opened", "one-time")
OK, OVER, BACK, CODE = 200, 404, "/return/?over=1", "/box/code/"
#: Per route: the answer to a GET by each of ACTORS.
TABLE: dict[str, tuple[Any, ...]] = {
    "start": (OK, OK, OK, OK),
    "report": (OK, OK, OK, OK),
    "sent": (OVER, OK, OVER, OVER),
    "help": (OK, OK, OK, OK),
    "assist": (OK, OK, OK, OK),
    "carry-in": (OK, OK, OK, OK),
    "return": (OK, OK, OK, OK),
    "box": (BACK, BACK, OK, CODE),
    "receipt": (BACK, BACK, OK, CODE),
    "rights": (BACK, BACK, OK, CODE),
    "consent": (BACK, BACK, OK, CODE),
    "code": (BACK, BACK, OK, OK),
    "withdraw": (BACK, BACK, OK, CODE),
    "readers": (OK, OK, OK, OK),
    "how": (OK, OK, OK, OK),
    "leave": (OK, OK, OK, OK),
    "keys-note": (OK, OK, OK, OK),
    "offline": (OK, OK, OK, OK),
    "deployment-js": (OK, OK, OK, OK),
    "favicon": (204, 204, 204, 204),
}
PAGES = [name for name in TABLE if name not in ("keys-note", "offline", "deployment-js", "favicon")]
TITLES = {"Information", "Form", "Messages", "Time"}


def routes(resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern} has no name"
            yield pattern.name
        elif str(pattern.pattern) != "api/":  # sealed bytes only: a table of its own
            yield from routes(pattern)


def test_every_route_is_in_the_table() -> None:
    assert set(routes(get_resolver("answerable.intake.urls"))) == set(TABLE)


def actor(name: str, world: World) -> Browser:
    browser = world.browser()
    if name == "fresh":
        sending(browser, "/report/", {"what": "x"})
    elif name == "opened":
        returning(browser, sending(browser, "/report/", {"want": "both", "what": "x", "need": "y"}))
    elif name == "one-time":
        browser.get("/return/")
        browser.send("/return/", {"words": " ".join(sending(world.browser(), "/assist/", {"what": "x"}))})
    return browser


@pytest.mark.parametrize("name", ACTORS)
def test_the_table(world: World, name: str) -> None:
    browser = actor(name, world)
    for route, answers in sorted(TABLE.items(), key=lambda each: each[0] == "leave"):  # leaving comes last
        browser.get(reverse(route))
        answer = answers[ACTORS.index(name)]
        got = browser.response["Location"] if browser.status == 303 else browser.status
        assert got == answer, route


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_is_light_quiet_and_keeps_its_language(world: World, language: str) -> None:
    css = CSS.stat().st_size
    people = {name: actor(name, world) for name in ("fresh", "opened")}
    for route in sorted(PAGES, key=lambda each: each == "leave"):  # leaving comes last
        browser = people["fresh" if route == "sent" else "opened"]
        for query in (f"?l={language}", f"?l={language}&plain=1"):
            page = browser.get(f"{reverse(route)}{query}")
            # A page weighs at most 40 KB with its style, the first at most 30 KB
            assert len(page.encode()) + css <= (30_000 if route == "start" else 40_000), route
            headers = browser.response.headers
            assert headers["Cache-Control"] == "no-store"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert ("<script" in page) == (not query.endswith("plain=1") and route != "leave")
            assert not re.search(r"<[^>]+ (style|on\w+)=", page)
            assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)
            assert f'<html lang="{language}" dir="{languages.direction(language)}">' in page
            # What is typed goes to no service that checks spelling or suggests words
            assert route == "leave" or re.search(r'<body [^>]*spellcheck="false" writingsuggestions="false">', page)
            title = re.search(r"<title>(.*?)</title>", page)
            assert title
            assert language != "en" or title[1] in TITLES
            for where in re.findall(r'(?:href|action)="(/[^"]*)"', page):
                kept = "/static/" in where or where in ("/leave/", "/keys.note", "/offline/")
                assert kept or f"l={language}" in where, where


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", r"\d{1,2} \w+ \d{4}"), ("ar", r"\d{1,2} \w+ \d{4}"), ("zh-hans", r"\d{4}年\d+月\d+日")],
)
def test_leaving_leads_to_the_day_and_nothing_else(browser: Browser, language: str, written: str) -> None:
    page = browser.get(f"/leave/?l={language}")
    shown = re.search(r"<main[^>]*>(.*)</main>", page, re.DOTALL)
    assert shown
    assert re.fullmatch(r"\s*<h1>[^<]+</h1>\s*<p><time datetime=\"[\d-]{10}\">" + written + r"</time></p>\s*", shown[1])


def test_the_first_page_leads_to_everything(browser: Browser) -> None:
    page = browser.get("/")
    for where in ("/report/", "/help/", "want=both", "want=complain", "/return/", "/assist/", "/carry-in/", "/leave/"):
        assert f"{where}" in page
    for each in languages.LANGUAGES:
        assert each.name in page
    assert browser.cookie == ""  # nothing is kept for looking


def test_emergency_contacts_are_those_of_the_deployment(browser: Browser, settings: Any) -> None:
    assert "This page cannot send anyone to you." in browser.get("/")
    contacts = [{"what": "Women's centre", "how": "+1 555 0100"}]
    settings.ANSWERABLE_DEPLOYMENT = {**settings.ANSWERABLE_DEPLOYMENT, "emergency": contacts}
    page = browser.get("/")
    assert "Women&#x27;s centre" in page
    assert "+1 555 0100" in page


def test_readers_are_named_with_employer_and_country_and_the_note_is_as_signed(browser: Browser, world: World) -> None:
    page = browser.get("/readers/")
    assert "Intake officer" in page
    assert "Office of Internal Oversight" in page
    assert "France" in page
    assert "فرنسا" in browser.get("/readers/?l=ar")
    shown = re.search(r"<pre>([0-9a-f]{64})</pre>", page)
    assert shown
    # The hash on the page is that of the file that is served
    browser.get("/offline/")
    assert hashlib.sha256(browser.response.content).hexdigest() == shown[1]
    assert "attachment" in browser.response["Content-Disposition"]
    assert browser.get("/keys.note") == world.text


def test_scripts_are_told_the_deployment_and_nothing_else(browser: Browser, settings: Any) -> None:
    settings.ANSWERABLE_DEPLOYMENT = {**settings.ANSWERABLE_DEPLOYMENT, "ledger_name": "</script>"}
    text = browser.get("/deployment.js")
    assert browser.response["Content-Type"].startswith("text/javascript")
    assert "</script>" not in text
    found = json.loads(text.removeprefix("globalThis.ANSWERABLE = ").removesuffix(";\n"))
    assert found == settings.ANSWERABLE_DEPLOYMENT


def test_leaving_forgets_everything_and_goes_somewhere_neutral(world: World, settings: Any) -> None:
    settings.ANSWERABLE_DEPLOYMENT = {**settings.ANSWERABLE_DEPLOYMENT, "leave": "https://weather.example/"}
    browser = actor("opened", world)
    browser.get("/leave/")
    assert browser.response["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert browser.response["Refresh"] == "0; url=https://weather.example/"
    assert browser.cookie == ""
    assert not any(b"opened" in secret for secret in world.keeper.held.values())


def test_the_cookie_is_for_this_host_only(browser: Browser, world: World) -> None:
    browser.get("/report/")
    morsel = browser.client.cookies["a"]
    assert (morsel["httponly"], morsel["samesite"], morsel["path"], morsel["max-age"]) == (True, "Strict", "/", "")
    secure = world.browser()
    secure.client.get("/report/", secure=True)
    assert secure.client.cookies["__Host-a"]["secure"] is True
    assert "a" not in secure.client.cookies


def test_the_language_is_asked_of_the_address_and_then_of_the_browser() -> None:
    for query, accepted, wanted in (
        ("?l=ar", "fr", "ar"),
        ("", "fr-CA,en;q=0.5", "fr"),
        ("?l=zh-hans", "", "zh-hans"),
        ("?l=xx", "", "en"),
        ("?l=%00", "tlh", "en"),
    ):
        request = RequestFactory().get(f"/{query}", headers={"Accept-Language": accepted})
        assert language_of(request).code == wanted


def test_an_absent_page_says_so_calmly_in_the_language(browser: Browser) -> None:
    assert "There is nothing at this address." in browser.get("/nothing/")
    assert browser.status == 404
    assert browser.client.post("/nothing/", {"a": "b"}).status_code == 404
    assert 'dir="rtl"' in browser.get("/nothing/?l=ar")


def test_what_breaks_is_told_without_a_trace(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("CANARY")

    monkeypatch.setattr("answerable.intake.actions.current_readers", broken)
    browser.client.raise_request_exception = False
    page = browser.get("/readers/")
    assert browser.status == 500
    assert "It is not your fault." in page
    assert "CANARY" not in page


def test_pages_read_in_order_in_a_text_browser(browser: Browser) -> None:
    page = browser.get("/report/?plain=1")
    places = [
        page.index(words)
        for words in ("What do you want?", "What happened?", "About you", "Who may read this", ">Send</button>")
    ]
    assert places == sorted(places)
    assert [int(level) for level in re.findall(r"<h(\d)", page)] == [1, 2, 2, 2]
