"""A site written from the shipped example, and a small log of its entries that witnesses have signed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from answerable.publication import pages, plain_files
from tests.publication.small_log import SmallLog

EXAMPLE = Path(__file__).parents[2] / "examples" / "un-2017" / "correspondence"
LAST_LETTER = date(2018, 3, 16)


@pytest.fixture(scope="session")
def example() -> plain_files.FromFiles:
    """The shipped correspondence, without a log."""
    return plain_files.read(EXAMPLE)


@pytest.fixture(scope="session")
def site(example: plain_files.FromFiles) -> dict[str, bytes]:
    """Every file of the site on the day of the last letter, without a log."""
    silence = plain_files.silence(example.correspondence, LAST_LETTER)
    return pages.site_files(example, silence, log=None, base_url="https://site.example/")


@pytest.fixture(scope="session")
def small_log(tmp_path_factory: pytest.TempPathFactory, example: plain_files.FromFiles) -> SmallLog:
    """A log folder that holds the example's entries, published in two steps."""
    return SmallLog.of(example.correspondence, tmp_path_factory.mktemp("log"))
