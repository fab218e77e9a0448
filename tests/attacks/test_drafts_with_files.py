"""A draft with files, brought in more than once, or cut off on its way."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from answerable.intake import actions
from answerable.intake.contents import Answers, Upload
from answerable.intake.drafts import encode_draft, read_draft
from answerable.intake.filing import Means, file_all
from answerable.sealing import codes
from answerable.sealing.envelope import Channel
from tests.intake_pages import sealed
from tests.intake_pages.world import Browser, World, make

pytestmark = pytest.mark.django_db(databases=["default", "intake"])


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> World:
    return make(settings, tmp_path)


def draft_of(world: World) -> bytes:
    """A draft of the offline page with one file."""
    bodies: list[tuple[bytes, bytes]] = []

    def keep(identity: bytes, chunks: Iterable[bytes]) -> None:
        bodies.append((identity, b"".join(chunks)))

    key = codes.derive(codes.new_code(codes.lists()["eff-large"], secrets.token_bytes), world.note.deployment)
    answers = Answers("report", "en", False, False, (), {"what": "Offline."}, [Upload("a.bin", "x/y", b"evidence")])
    means = Means(secrets.token_bytes, lambda _data, _type: "other_kind", keep)
    ids = {"submission": secrets.token_bytes(16), "second": secrets.token_bytes(16)}
    made = file_all(answers, world.note, key, channel=Channel.OFFLINE, means=means, **ids)
    assert bodies
    return encode_draft([each.delivery for each in made], bodies)


def carried(browser: Browser, draft: bytes) -> int:
    browser.get("/carry-in/")
    browser.send("/carry-in/", {"draft": SimpleUploadedFile("x.draft", draft)})
    return browser.status


def test_a_draft_with_files_can_be_brought_twice(world: World) -> None:
    browser, draft = Browser(world), draft_of(world)
    assert [carried(browser, draft), carried(browser, draft)] == [200, 200]
    assert len(sealed.rows("submission")) == 1
    assert len(sealed.rows("file")) == 1


def test_a_draft_that_was_cut_off_after_its_files_can_be_brought_again(world: World) -> None:
    # Given a draft of which the files came, and then nothing more
    draft = draft_of(world)
    for part in read_draft(draft):
        for identity, body in part.bodies:
            actions.store_file(identity, [body])
    # Then it is received when it is brought again
    assert carried(Browser(world), draft) == 200
    assert len(sealed.rows("submission")) == 1
