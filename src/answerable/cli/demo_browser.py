"""A browser for `answerable demo --check`: found, or said to be missing with what to install."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from answerable.cli.demo_totp import code
from answerable.errors import AnswerableError

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync")
#: Milliseconds that a page may take on a busy machine.
PATIENCE = 60_000


def find() -> str:
    """The path of a Chromium. Raises `AnswerableError`, exit code 2, when it or what drives it is missing."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise AnswerableError(
            "`demo --check` reads and writes through a real browser, and there is no Chromium here",
            where="--check",
            todo="install it (on Debian: apt-get install chromium), or run the demo without --check",
        )
    try:
        import playwright  # noqa: F401  # only whether it is here
    except ImportError:
        raise AnswerableError(
            "`demo --check` drives a browser with playwright, which is not installed",
            where="--check",
            todo="install it: pip install 'answerable[test]'",
        ) from None
    return found


def sign_in(page: Any, desk: str, who: dict[str, Any]) -> None:
    """Sign somebody of the demo's staff in at the desk, with password and second factor."""
    page.goto(f"{desk}/account/login/")
    page.locator("[name=login]").fill(who["name"])
    page.locator("[name=password]").fill(who["password"])
    page.locator("main form button[type=submit]").first.click()
    page.locator("[name=code]").fill(code(who["totp"], time.time()))
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(f"{desk}/desk/**")


@contextmanager
def browser(path: str) -> Iterator[Any]:
    """A headless browser, closed at the end."""
    from playwright.sync_api import sync_playwright

    # A browser of root's has no sandbox of its own; it reads the demo's pages alone.
    flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=flags)
        try:
            yield found
        finally:
            found.close()
