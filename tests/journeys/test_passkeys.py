"""A passkey as second factor, in a real browser with an authenticator of its own, under the desk's strict policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import desk

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A desk that runs: its address and its folder."""
    home, port = tmp_path_factory.mktemp("passkeys") / "editors", desk.free_port()
    url = desk.found(home, port)
    with desk.running(home, port):
        yield url, home


class Browser:
    """A page of its own context that holds a virtual authenticator and keeps what the policy refused."""

    def __init__(self, chromium: Any) -> None:
        self.context = chromium.new_context()
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.refused: list[str] = []
        self.page.on("console", lambda said: self.refused.append(said.text) if "Content Security" in said.text else 0)
        self.devtools = self.context.new_cdp_session(self.page)
        self.devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "usb",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.key = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        found = self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.key})["credentials"]
        return list(found)

    def add_passkey(self, url: str, name: str) -> None:
        self.page.goto(f"{url}/account/second/webauthn/add/")
        desk.again(self.page)
        self.page.locator("[name=name]").fill(name)
        self.page.locator("#passkey").click()
        self.page.wait_for_url(lambda address: "/add/" not in address)


@pytest.fixture
def browser(chromium: Any) -> Iterator[Browser]:
    made = Browser(chromium)
    yield made
    made.context.close()


def test_a_passkey_is_the_second_factor(running_desk: tuple[str, Path], browser: Browser) -> None:
    url, home = running_desk
    page = browser.page
    # Given an invited person who adds a passkey
    desk.accept(page, home, "pia", "author")
    browser.add_passkey(url, "blue key")
    assert len(browser.credentials()) == 1
    page.goto(f"{url}/")
    assert page.locator("#mine").count() == 1, "with a passkey the desk is open"
    page.goto(f"{url}/account/second/webauthn/")
    assert "blue key" in page.locator("main").inner_text()
    # When they sign in again, the password alone does not open the desk
    sign_out(page, url)
    desk.sign_in(page, "pia")
    assert page.url.endswith("/account/second/authenticate/")
    page.goto(f"{url}/")
    assert page.url.endswith("/account/second/authenticate/")
    # Then the passkey does, and the policy refused nothing on the way
    page.locator("#passkey").click()
    page.wait_for_url(f"{url}/")
    assert page.locator("#mine").count() == 1
    assert browser.credentials()[0]["signCount"] > 1
    assert browser.refused == []


def sign_out(page: Any, url: str) -> None:
    page.goto(f"{url}/account/logout/")
    page.locator("main button[type=submit]").click()


def test_another_persons_passkey_does_not_help(running_desk: tuple[str, Path], browser: Browser, chromium: Any) -> None:
    url, home = running_desk
    desk.accept(browser.page, home, "quentin", "author")
    browser.add_passkey(url, "theirs")
    other = Browser(chromium)
    try:
        desk.accept(other.page, home, "rosa", "reviewer")
        other.add_passkey(url, "hers")
        sign_out(other.page, url)
        desk.sign_in(other.page, "quentin")  # a stolen password, and one's own key
        other.page.locator("#passkey").click()
        other.page.locator("#passkey-trouble").wait_for(state="visible")
        other.page.goto(f"{url}/")
        assert other.page.url.endswith("/account/second/authenticate/")
    finally:
        other.context.close()


def test_a_passkey_that_was_not_used_is_said_in_words(running_desk: tuple[str, Path], browser: Browser) -> None:
    url, home = running_desk
    desk.accept(browser.page, home, "sven", "author")
    browser.page.goto(f"{url}/account/second/webauthn/add/")
    desk.again(browser.page)
    stopped = "Promise.reject(new DOMException('', 'NotAllowedError'))"
    browser.page.evaluate(f"() => {{ navigator.credentials.create = () => {stopped} }}")
    browser.page.locator("#passkey").click()
    browser.page.locator("#passkey-trouble").wait_for(state="visible")


def test_without_a_script_the_page_says_what_works(running_desk: tuple[str, Path], chromium: Any) -> None:
    url, home = running_desk
    context = chromium.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        desk.accept(page, home, "tom", "author")
        page.goto(f"{url}/account/second/webauthn/add/")
        desk.again(page)
        assert page.locator("#passkey").is_hidden()
        assert "An authenticator app works without it" in page.locator("main").inner_text()
    finally:
        context.close()
