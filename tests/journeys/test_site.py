"""The public site in a real browser: accessible, readable at any width, without scripts, asking nobody else."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.browser

COMMANDS = ("answerable ", "curl ", "sha256sum ")
PAGES = [
    "index.html",
    "letters/L1.html",
    "letters/L3.html",
    "letters/L6.html",
    "questions/index.html",
    "questions/L3-01.html",
    "questions/L3-08.html",
    "questions/unplaced-1.html",
    "statements/index.html",
    "statements/connors-2017-12-07-names.html",
    "statements/khare-2017-11-28.html",
    "silence.html",
    "corrections.html",
    "check.html",
]


@pytest.fixture(scope="module")
def light(chromium: Browser) -> Iterator[BrowserContext]:
    """A desktop reader with light colours. The checker comes in past the page's policy, as a reader's tool does."""
    with chromium.new_context(viewport={"width": 1200, "height": 900}, bypass_csp=True) as context:
        yield context


@pytest.fixture(scope="module")
def dark(chromium: Browser) -> Iterator[BrowserContext]:
    """A reader on a small telephone with dark colours."""
    with chromium.new_context(viewport={"width": 320, "height": 640}, color_scheme="dark", bypass_csp=True) as context:
        yield context


#: Everything; and what another width or other colours can change of what was looked at whole in the other language.
WHOLE = "{resultTypes: ['violations']}"
AGAIN = (
    "{resultTypes: ['violations'],"
    " runOnly: ['color-contrast', 'link-in-text-block', 'target-size', 'scrollable-region-focusable']}"
)


def violations(context: BrowserContext, url: str, axe: str, how: str = WHOLE) -> tuple[list[str], int]:
    page = context.new_page()
    try:
        page.goto(url)
        page.evaluate(axe)
        found: list[dict[str, Any]] = page.evaluate(f"axe.run(document, {how}).then(all => all.violations)")
        wide: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    finally:
        page.close()
    told = [
        f"{one['id']}: {node['html'][:120]} ({node.get('failureSummary', '')[:160]})"
        for one in found
        for node in one["nodes"]
    ]
    return told, wide


@pytest.mark.parametrize("language", ["", "ar/"], ids=["english", "arabic"])
@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_violation_in_light_or_dark_or_scrolls_sideways(
    light: BrowserContext, dark: BrowserContext, served_site: str, axe: str, language: str, path: str
) -> None:
    # Whole with light colours in English and narrow with dark ones in Arabic: the same elements stand in both.
    for context, how in ((light, AGAIN if language else WHOLE), (dark, WHOLE if language else AGAIN)):
        found, sideways = violations(context, f"{served_site}/{language}{path}", axe, how)
        assert found == []
        assert sideways <= 0


@pytest.mark.parametrize("language", ["fr", "ru", "zh", "es"])
def test_a_page_in_a_language_that_is_not_complete_says_so_accessibly(
    dark: BrowserContext, served_site: str, axe: str, language: str
) -> None:
    found, sideways = violations(dark, f"{served_site}/{language}/index.html", axe)
    assert found == []
    assert sideways <= 0


def test_a_reader_without_scripts_goes_from_the_timeline_to_a_receipt(chromium: Browser, served_site: str) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{served_site}/")
        page.locator("svg.tl-wide a[aria-label^='L3']").click()
        assert page.locator("h1").inner_text().startswith("L3")
        page.get_by_role("link", name="Question 8", exact=True).first.click()
        assert "host country" in page.locator("blockquote").first.inner_text()
        with page.expect_response("**/*.tlog-proof") as answer:
            page.get_by_role("link", name="receipt of entry").first.click()
        assert answer.value.status == 200
        assert all(url.startswith(served_site) for url in asked)
        assert said == []
        assert context.cookies() == []


def test_the_policy_blocks_nothing_the_page_needs(chromium: Browser, served_site: str) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{served_site}/")
        assert page.evaluate("getComputedStyle(document.querySelector('.tl-runs')).fill") == "rgb(162, 54, 27)"
        assert said == []


def test_every_running_silence_is_seen_at_once_in_both_forms(chromium: Browser, served_site: str) -> None:
    for width, form in ((1200, "wide"), (320, "narrow")):
        with chromium.new_context(viewport={"width": width, "height": 900}) as context:
            page = context.new_page()
            page.goto(f"{served_site}/")
            shown = page.locator("svg.tl:visible")
            assert shown.count() == 1
            assert f"tl-{form}" in (shown.get_attribute("class") or "")
            assert page.locator(f"svg.tl-{form} .tl-runs").count() == 8


def test_the_keyboard_reaches_the_content_first(chromium: Browser, served_site: str) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{served_site}/letters/L3.html")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_in_arabic_time_runs_from_right_to_left(chromium: Browser, served_site: str) -> None:
    with chromium.new_context(viewport={"width": 1200, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{served_site}/ar/")
        first = page.locator("svg.tl-wide a[aria-label^='L1'] circle").bounding_box()
        last = page.locator("svg.tl-wide a[aria-label^='L8'] circle").bounding_box()
        assert first is not None
        assert last is not None
        assert first["x"] > last["x"]


def test_check_html_can_be_followed_to_the_letter(served_site: str, tmp_path: Path) -> None:
    # Given only the site's address, and the command installed
    blocks = code_blocks(f"{served_site}/check.html")
    assert sum(block.startswith(COMMANDS) for block in blocks) == 5
    # When every block of commands is typed, in the order of the page
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for block, after in pairwise([*blocks, ""]):
        if not block.startswith(COMMANDS):
            continue
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        # Then each says that it is so, and what the page says it prints is what it prints
        said = done.stdout + done.stderr
        if " monitor " in block:
            # The small log of this test declares no keys and stands still; nothing in its tree or signatures is wrong.
            labels = {line.split()[0] for line in done.stdout.splitlines()}
            assert "verified" in labels, said
            assert not labels & {"split", "shrunk", "unsigned", "no-quorum", "malformed"}, said
            continue
        assert done.returncode == 0, f"{block}\n{said}"
        if " record verify " in block:
            assert "\nPASS " in done.stdout, said
        else:
            assert done.stdout.strip() == after.strip(), block


def code_blocks(url: str) -> list[str]:
    """The text of every block of code on a page, as a reader copies it."""
    with urllib.request.urlopen(url) as answer:  # our own loopback server
        page = answer.read().decode()
    return [
        html.unescape(block).strip() for block in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)
    ]
