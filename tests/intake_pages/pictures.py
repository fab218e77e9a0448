"""Pictures of the reporter's pages, for people to look at: made only where ``ANSWERABLE_PICTURES`` names a folder."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page, ViewportSize

#: The folder; nothing where nobody wants to look.
PICTURES = os.environ.get("ANSWERABLE_PICTURES", "")
#: In what order a walk looks at a page: 320 px is also what a window of 1280 px has at a zoom of 400 %.
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=320, height=640)
#: The languages that each run walks in. Pictures are of all six.
LANGUAGES = ["en", "fr", "ar", *(["es", "ru", "zh-hans"] if PICTURES else [])]
#: What a device calls a language, where that is not the pages' own name for it.
LOCALES = {"zh-hans": "zh-CN"}


def picture(page: Page, name: str) -> None:
    """A picture of the whole page at the width that it has now, from its beginning."""
    if PICTURES:
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(PICTURES) / f"{name}-{(page.viewport_size or WIDE)['width']}.png", full_page=True)


def pictures(page: Page, name: str) -> None:
    """Pictures of both widths, as the browser shows the page now."""
    if not PICTURES:
        return
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        picture(page, name)
