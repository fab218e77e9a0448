"""A draft with files, brought in more than once, or cut off on its way."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from answerable.intake import actions, storage
from answerable.intake.contents import Answers, Upload
from answerable.intake.drafts import encode_draft, read_draft
from answerable.intake.errors import MalformedError
from answerable.intake.filing import Means, file_all
from answerable.sealing import codes
from answerable.sealing.delivery import decode_delivery, encode_delivery
from answerable.sealing.envelope import Channel, decode, encode
from answerable.sealing.signing import sign
from tests.intake_pages import sealed
from tests.intake_pages.world import Browser, World, make

pytestmark = pytest.mark.django_db(databases=["default", "intake"])


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> World:
    return make(settings, tmp_path)


def draft_of(world: World, data: bytes = b"evidence", named: bytes = b"") -> bytes:
    """A draft of the offline page with one file; ``named``: whoever writes it gives the file this id."""
    bodies: list[tuple[bytes, bytes]] = []

    def keep(identity: bytes, chunks: Iterable[bytes]) -> None:
        bodies.append((identity, b"".join(chunks)))

    key = codes.derive(codes.new_code(codes.lists()["eff-large"], secrets.token_bytes), world.note.deployment)
    answers = Answers("report", "en", False, False, (), {"what": "Offline."}, [Upload("a.bin", "x/y", data)])

    def draw(size: int) -> bytes:
        return named if size == len(named) else secrets.token_bytes(size)

    means = Means(draw, lambda _data, _type: "other_kind", keep)
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
            actions.store_carried(part.envelope_sha256, identity, body)
    # Then it is received when it is brought again
    assert carried(Browser(world), draft) == 200
    assert len(sealed.rows("submission")) == 1


def body_of(draft: bytes) -> tuple[bytes, bytes]:
    """The id and the sealed body of a draft's file."""
    ((file,),) = (part.bodies for part in read_draft(draft))
    return file


def kept(world: World, draft: bytes) -> bytes:
    """What the folder of files holds for the file of a draft that was received."""
    (digest,) = (part.envelope_sha256 for part in read_draft(draft))
    (submission,) = (row for row in sealed.rows("submission") if row["sha256"] == digest)
    (file,) = (row for row in sealed.rows("file") if row["submission_id"] == submission["id"])
    return (world.files / file["body"].hex()).read_bytes()


def same_body_in_another(world: World, draft: bytes) -> bytes:
    """A draft of somebody who held the first: an envelope of their own that names its file, id, bytes and all."""
    identity, body = body_of(draft)
    other = draft_of(world, named=identity)
    (part,) = read_draft(other)
    read = decode_delivery(part.delivery)
    envelope = decode(read.envelope)
    (file,) = envelope.files
    named = replace(file, length=len(body), sha256=sha256(body).digest())
    parts = tuple(replace(one, signature=b"") for one in envelope.compartments)
    forged = encode(sign(replace(envelope, files=(named,), compartments=parts), secrets.token_bytes(32)))
    return encode_draft([encode_delivery(replace(read, envelope=forged))], [(identity, body)])


@pytest.mark.parametrize("before", ["an upload", "another draft", "another draft with the same file"])
def test_other_bytes_under_the_id_of_a_drafts_file_never_keep_it_out(world: World, before: str) -> None:
    # Given a draft, and somebody who held it and brings something under the id of its file first
    draft = draft_of(world)
    identity, body = body_of(draft)
    if before == "an upload":
        actions.store_file(identity, [b"other bytes"])
    elif before == "another draft":
        assert carried(Browser(world), draft_of(world, b"lies", named=identity)) == 200
    else:
        assert carried(Browser(world), same_body_in_another(world, draft)) == 200
    # When the draft is brought
    assert carried(Browser(world), draft) == 200
    # Then it is received with its own file
    assert kept(world, draft) == body


def test_nobody_can_upload_under_the_name_that_a_drafts_file_will_have(world: World) -> None:
    draft = draft_of(world)
    (part,) = read_draft(draft)
    name = storage.carried_name(part.envelope_sha256, body_of(draft)[0])
    with pytest.raises(MalformedError):
        actions.put_chunk(name, 0, b"other bytes", checked=True)
    with pytest.raises(MalformedError):
        actions.store_file(name, [b"other bytes"])
    assert carried(Browser(world), draft) == 200


def test_a_draft_whose_file_was_cut_off_half_way_can_be_brought_again(world: World) -> None:
    draft = draft_of(world)
    (part,) = read_draft(draft)
    identity, body = body_of(draft)
    name = storage.carried_name(part.envelope_sha256, identity)
    actions.store_carried(part.envelope_sha256, identity, body)
    (world.files / name.hex()).write_bytes(body[: len(body) // 2])
    assert carried(Browser(world), draft) == 200
    assert kept(world, draft) == body


def test_a_draft_brought_again_leaves_nothing_by_which_its_file_goes(world: World) -> None:
    draft = draft_of(world)
    assert [carried(Browser(world), draft), carried(Browser(world), draft)] == [200, 200]
    actions.sweep(int(time.time()) + 2 * 86_400)
    assert kept(world, draft) == body_of(draft)[1]
    assert sealed.rows("upload") == []
