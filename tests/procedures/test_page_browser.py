"""The page in a real browser: no fault that axe knows of, wide and narrow, light and dark; whole at 320 px."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from answerable.procedures import page, reports
from answerable.procedures.collection import from_folder
from answerable.procedures.settings import Settings

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module", params=["three-statements", "all-personnel"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a written page."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    collection = from_folder(ROOT / "examples" / "un-2017" / request.param)
    path.write_text(page.document(reports.everything(collection, Settings())), encoding="utf-8")
    return path.as_uri()


#: Everything, where a page has another width; and what another set of colours can change.
EVERYTHING = "{resultTypes: ['violations']}"
COLOURS = "{resultTypes: ['violations'], runOnly: ['color-contrast', 'link-in-text-block']}"


def test_a_page_has_no_fault_that_axe_knows(chromium: Browser, written: str) -> None:
    """Wide and as narrow as any, light and dark. The checker is brought once: it costs more than what it looks at."""
    assert AXE.is_file(), "axe-core is missing: run make web (npm ci in web/)"
    with chromium.new_context(bypass_csp=True) as context:
        opened = context.new_page()
        asked: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(written)
        opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        opened.evaluate(AXE.read_text("utf-8"))
        for width in (1100, 320):
            opened.set_viewport_size({"width": width, "height": 900})
            assert opened.evaluate("document.documentElement.scrollWidth") <= width
            for scheme, what in (("light", EVERYTHING), ("dark", COLOURS)):
                opened.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
                found = opened.evaluate(
                    f"axe.run(document, {what}).then(r => r.violations.map(one => [one.id, one.nodes[0].html]))"
                )
                assert found == [], (width, scheme)
        assert asked == [written]


def test_a_cell_opens_by_the_keyboard_alone(chromium: Browser, written: str) -> None:
    opened = chromium.new_page()
    opened.goto(written)
    first = opened.locator("table.situations details").first
    first.locator("summary").focus()
    opened.keyboard.press("Enter")
    assert first.locator("figcaption").is_visible()
    opened.close()


def test_on_paper_the_words_are_there(chromium: Browser, written: str) -> None:
    opened = chromium.new_page()
    opened.goto(written)
    opened.emulate_media(media="print")
    assert opened.locator("table.situations details figcaption").first.is_visible()
    assert not opened.locator("a.skip").is_visible()
    opened.close()
