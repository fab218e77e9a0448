"""The reporter party at a real address, and the journey of somebody whose browser runs its scripts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from playwright.sync_api import Page

from tests.intake_pages import world as worlds

SECRET = "kestrel-canary at the well"
SEND = "#script-send button.main"
#: Where *Leave this page* goes on to.
ELSEWHERE = "https://weather.example/"


class _Quiet(WSGIRequestHandler):
    #: Chromium opens connections ahead of need: one that says nothing must not hold the one thread.
    timeout = 0.5

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(settings: Any, tmp_path: Path, transactional_db: None, little_work: None) -> Iterator[str]:
    """The address of a whole reporter party, which one thread serves, request by request."""
    keeper = worlds.make(settings, tmp_path).keeper
    django = WSGIHandler()

    def application(environ: dict[str, Any], start: Any) -> Any:
        return django({**environ, "answerable.sessions": keeper}, start)

    server = make_server("127.0.0.1", 0, application, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def words_of(page: Page) -> list[str]:
    return page.locator("ol.words li").all_inner_texts()


def asked(page: Page) -> list[int]:
    """The places of the two words that the page asks for, from zero."""
    labels = page.locator(".field:has(input[type=text]):visible label").all_inner_texts()
    return [int("".join(char for char in label if char.isdigit())) - 1 for label in labels]


def sent(page: Page, address: str) -> list[str]:
    """Fill in the form at ``address`` and send it; the words."""
    page.goto(address)
    page.locator("[name=what]").fill(SECRET)
    page.locator(f"{SEND}, button[type=submit]").locator("visible=true").first.click()
    page.locator("ol.words").wait_for()
    return words_of(page)


def confirmed(page: Page, words: list[str]) -> None:
    """Write the two words that are asked for."""
    ready = page.locator("#script-screen button.main:visible")
    if ready.count():
        ready.click()
    for place, field in zip(asked(page), page.locator(".field input[type=text]:visible").all(), strict=True):
        field.fill(words[place])
    page.locator("main button[type=submit]:visible").click()
    page.locator("ol.words").locator("visible=true").wait_for(state="detached")


def returned(page: Page, address: str, words: list[str]) -> None:
    """Enter the words; the mailbox stands then."""
    page.goto(address)
    page.locator("[name=words]").fill(" ".join(words))
    page.locator("#return-form button:visible").click()
    page.locator(".thread").first.wait_for()
