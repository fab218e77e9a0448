"""Who made a cleaned copy is said beside it; a browser's copy is shown only as the picture or sound that it is."""

from __future__ import annotations

import io
import json
import struct
import wave
import zlib
from itertools import count

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from answerable.casework.copies import maker
from answerable.casework.models import Submission
from tests.desk.browsing import Site, accessible, shot
from tests.desk.world import Enclosed, Report

BROWSING = ("ida",)
#: A page with a script, as the copy of something.
PAGE = b"<!doctype html><script>document.title='taken'</script>"
#: Keeps the type under which each address of bytes was made.
WATCHED = """() => {
  globalThis.made = new Map();
  const make = URL.createObjectURL;
  URL.createObjectURL = (blob) => { const url = make(blob); made.set(url, blob.type); return url; };
}"""
_number = count(1)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"kind": "report.received", "channel": "web"}, "browser"),
        ({"kind": "report.received", "channel": "offline"}, "browser"),
        ({"kind": "report.received", "channel": "plain"}, "site"),
        ({"kind": "report.received", "channel": "assisted"}, "either"),
        ({"kind": "intake.sealed", "door": "web"}, "browser"),
        ({"kind": "intake.sealed", "door": "carry-in"}, "browser"),
        ({"kind": "intake.sealed", "door": "plain"}, "site"),
        ({"kind": "intake.sealed", "door": "assist"}, "either"),
        ({"kind": "intake.sealed", "door": "another"}, "browser"),
        ({"kind": "intake.sealed"}, "browser"),
    ],
)
def test_who_made_a_copy_follows_from_the_door_it_came_by(said: dict[str, str], expected: str) -> None:
    assert maker(json.dumps(said).encode()) == expected


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 6), "#1a7be4").save(made, "PNG")
    return made.getvalue()


def vast() -> bytes:
    """A picture of 90,000,000 points in 11 MB of memory, and in few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 9_000, 10_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(10_000 * (1 + 9_000 // 8)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def sound() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes(bytes(1_600))
    return made.getvalue()


@pytest.fixture
def _django_db_helper(shared: Site) -> None:
    """Nothing is undone between these tests: their desk is that of the file."""


def arrived(site: Site, *several: tuple[str, bytes], channel: str = "web") -> Locator:
    """The cleaned copies of a report, on its page, as an officer has opened them. Each is of a type, and has bytes."""
    made = Report(site.world, enclosed=[Enclosed(f"a{n}", kind, b"0", data) for n, (kind, data) in enumerate(several)])
    record = made.take_in(next(_number))
    if channel != "web":
        sent = Submission.objects.get(record=record)
        sent.event = json.dumps(json.loads(sent.event) | {"channel": channel}).encode()
        sent.save(update_fields=["event"])
    page = site.at("ida", f"/desk/report/{record.handle}/")
    page.evaluate(WATCHED)
    part = page.locator("[data-compartment=evidence]")
    part.locator("[data-open]").click()
    found = part.locator(".attachments > li").filter(has=page.get_by_role("button", name="Show"))
    expect(found).to_have_count(len(several))
    for number in range(len(several)):
        found.nth(number).get_by_role("button", name="Show").click()
        expect(found.nth(number).locator("a[download]")).to_be_visible()
    return found


@pytest.mark.browser
@pytest.mark.django_db(databases=["default", "keys"])
def test_a_browsers_copy_is_shown_as_what_it_is_or_not_at_all(shared: Site, axe: str) -> None:
    # Given copies that a browser made: a picture, sound; a page that says it is either; a picture too large to draw
    named = ("image/png", "audio/wav", "image/png", "video/mp4", "image/png", "text/html")
    copies = arrived(shared, *zip(named, (picture(), sound(), PAGE, PAGE, vast(), PAGE), strict=True))
    # Then each says that nobody has checked it, and what is a picture or sound is shown
    for copy in copies.all():
        expect(copy).to_contain_text("Cleaned by the browser of whoever sent it. Nobody has checked it")
    expect(copies.nth(0).locator("img")).to_be_visible()
    expect(copies.nth(1).locator("audio")).to_be_visible()
    # And nothing else is: it can be kept, as bytes of no kind, with what it is said in words
    for number in (2, 3, 4):
        assert copies.nth(number).locator("img, audio, video, iframe, script").count() == 0
        expect(copies.nth(number).get_by_role("alert")).to_contain_text("cannot show it as the picture")
    assert copies.nth(5).locator("img, audio, video, iframe, script").count() == 0
    kinds = copies.locator("a[download]").evaluate_all("all => all.map(one => made.get(one.href))")
    assert kinds == ["image/png", "audio/wav", *["application/octet-stream"] * 4]
    assert copies.page.title() != "taken"
    accessible(copies.page, axe)
    shot(copies.page, "copies")


@pytest.mark.browser
@pytest.mark.django_db(databases=["default", "keys"])
@pytest.mark.parametrize(
    ("channel", "words"),
    [("plain", "Cleaned by this deployment’s reporting site."), ("assisted", "Take it as unchecked")],
)
def test_who_made_it_stands_beside_it(shared: Site, channel: str, words: str) -> None:
    copies = arrived(shared, ("image/png", picture()), channel=channel)
    expect(copies.first).to_contain_text(words)
    expect(copies.first.locator("img")).to_be_visible()
