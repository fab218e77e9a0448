"""The documentation as it is built: a reader of it is known to nobody else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from answerable.cli.demo_pages import PageReader

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, built anew and strictly."""
    out = tmp_path_factory.mktemp("docs") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out


def test_no_page_makes_a_browser_fetch_from_elsewhere(built: Path) -> None:
    pages = sorted(built.rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        reader = PageReader()
        reader.feed(page.read_text(encoding="utf-8"))
        elsewhere = [target for target in reader.fetched if re.match(r"(https?:)?//", target)]
        assert elsewhere == [], page.name


def test_no_style_sheet_fetches_a_font(built: Path) -> None:
    for sheet in built.rglob("*.css"):
        assert not re.search(r"url\(\"?(https?:)?//|@import", sheet.read_text(encoding="utf-8")), sheet.name


def test_every_page_of_the_source_is_built(built: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        assert (built / page.relative_to(ROOT / "docs")).with_suffix(".html").exists(), page.name
