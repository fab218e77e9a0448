"""A draft with all that the offline page lets into it, brought in weeks later: it is taken, or was refused there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from answerable.intake.door.limits import Limits
from answerable.intake.drafts import MOST_DELIVERIES
from answerable.intake.storage import MAX_BODY
from answerable.intake.views.uploads import LARGEST_FILE, LARGEST_FORM
from answerable.sealing.delivery import MAX_DELIVERY
from answerable.sealing.files import sealed_length
from tests.attacks.test_drafts_with_files import carried, draft_of
from tests.intake_pages import sealed
from tests.intake_pages.world import Browser, World, make

pytestmark = pytest.mark.django_db(databases=["default", "intake"])
ROOM = Path(__file__).parents[2] / "web/src/reporter/room.ts"


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> World:
    return make(settings, tmp_path)


def bound(name: str) -> int:
    """A bound of the offline page's."""
    (found,) = re.findall(rf"const {name} = ([0-9_]+);", ROOM.read_text("utf-8"))
    return int(found)


def test_what_the_offline_page_lets_in_is_taken_at_the_door() -> None:
    # Given the most that a draft may hold there: its files, two deliveries, and what stands between them
    most = bound("MOST_SEALED") + MOST_DELIVERIES * MAX_DELIVERY + 2 * bound("MOST_FILES") * 24 + 1_000
    # Then the page that takes it takes so much, and so does the door before it
    assert most <= LARGEST_FORM < Limits().body
    assert bound("MOST_BYTES") <= LARGEST_FILE
    assert sealed_length(bound("MOST_BYTES")) <= min(MAX_BODY, bound("MOST_SEALED"))


def test_a_draft_larger_than_one_file_may_be_is_received(world: World) -> None:
    # Given a draft whose file fills it beyond what any other form may bring in one file
    draft = draft_of(world, bytes(LARGEST_FILE))
    assert len(draft) > LARGEST_FILE
    # Then it is received
    assert carried(Browser(world), draft) == 200
    assert len(sealed.rows("file")) == 1


def test_other_forms_take_no_larger_file_under_that_name(world: World) -> None:
    browser = Browser(world)
    browser.get("/carry-in/")
    browser.send("/carry-in/", {"other": SimpleUploadedFile("x.draft", bytes(LARGEST_FILE + 1))})
    assert browser.status == 422
    browser.send("/carry-in/", {"draft": SimpleUploadedFile("x.draft", bytes(LARGEST_FORM + 1))})
    assert browser.status == 422
