"""The reporter's scripts in a real browser, over the party's own pages: sealed there, read by those addressed alone."""

from __future__ import annotations

import io
import json
import os
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, Route, expect

from answerable.intake import actions, offline_page, work
from answerable.intake.actions import receiving
from answerable.intake.drafts import read_draft
from answerable.intake.errors import NothingOpens
from answerable.intake.reading import Signers, open_records
from answerable.intake.work import LEAST, WORK_SIZE
from answerable.sealing import codes, files
from answerable.sealing.answers import office_public
from answerable.sealing.delivery import decode_delivery
from answerable.sealing.envelope import decode
from answerable.sealing.mailbox import open_private
from answerable.sealing.place import REPORTER, Compartment, Field, Place, Record
from answerable.sealing.signing import signer_of
from answerable.sealing.values import open_wrap
from tests.intake.loads import AtOnce
from tests.intake_pages import world as worlds

pytestmark = [pytest.mark.browser, pytest.mark.django_db(databases=["default", "keys", "intake"])]

SITE = "http://localhost"
SRC = Path(__file__).parents[2] / "src" / "answerable"
STATIC = (SRC / "ui" / "static", SRC / "intake" / "static")
TYPES = {".js": "text/javascript", ".css": "text/css", ".txt": "text/plain; charset=utf-8", ".svg": "image/svg+xml"}
#: A page of the reporter's weighs at most this with its scripts, in bytes.
BUDGET = 160_000
SECRET = "kestrel-canary at the well"


class Site:
    """The reporter party behind a browser: each request goes to the party's own handler, in this thread."""

    def __init__(self, world: worlds.World) -> None:
        self.world = world
        environ: Any = {"answerable.sessions": world.keeper}
        self.client = Client(**environ)
        # The driver calls from a context of its own, in which Django would open other connections.
        self.connections = {alias: connections[alias] for alias in ("default", "keys", "intake")}
        self.seen: list[tuple[str, str, bytes]] = []
        self.bytes = 0
        #: Called before each request; True when it was answered, or cut off, there.
        self.meddle: Callable[[Route], bool] = lambda _route: False

    def answer(self, route: Route) -> None:
        for alias, connection in self.connections.items():
            connections[alias] = connection
        request = route.request
        parts = urlsplit(request.url)
        body = request.post_data_buffer or b""
        self.seen.append((request.method, parts.path, body))
        if self.meddle(route):
            return
        if parts.path.startswith("/static/"):
            path = next((folder / parts.path[8:] for folder in STATIC if (folder / parts.path[8:]).is_file()), None)
            if path is None:
                route.fulfill(status=404, body="")
                return
            self.bytes += path.stat().st_size
            route.fulfill(body=path.read_bytes(), content_type=TYPES[path.suffix])
            return
        headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
        passed: Any = {
            name: value for name, value in headers.items() if name not in ("HTTP_COOKIE", "HTTP_CONTENT_TYPE")
        }
        response: Any = self.client.generic(
            request.method,
            parts.path + (f"?{parts.query}" if parts.query else ""),
            body,
            content_type=request.headers.get("content-type", ""),
            **passed,
        )
        data = b"".join(response) if response.streaming else response.content
        self.bytes += len(data)
        route.fulfill(status=response.status_code, headers=dict(response.items()), body=data)


@pytest.fixture
def site(settings: Any, tmp_path: Path, little_work: None) -> Site:  # pytest-django's own, which undoes what is set
    return Site(worlds.make(settings, tmp_path))


@pytest.fixture
def context(chromium: Browser, site: Site) -> Iterator[BrowserContext]:
    made = chromium.new_context(base_url=SITE, locale="en", service_workers="block")
    made.route("**/*", site.answer)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    made = context.new_page()
    faults: list[str] = []
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
    yield made
    assert faults == []


def words_of(page: Page) -> list[str]:
    return page.locator("ol.words li").all_inner_texts()


def confirm(page: Page, words: list[str]) -> None:
    """Write the two words that the page asks for."""
    page.get_by_role("button", name="I have written them down").click()
    for label in page.locator("form .field:visible label").all():
        number = re.fullmatch(r"Word number (\d+)", label.inner_text())
        if number:
            page.get_by_label(number[0], exact=True).fill(words[int(number[1]) - 1].upper())
    page.get_by_role("button", name="I have my words").click()


def report(page: Page, text: str = SECRET, path: str = "/report/") -> list[str]:
    page.goto(path)
    page.get_by_label("What happened?").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("heading", name="It has been received").wait_for()
    return words_of(page)


def opened(words: list[str], box: int = codes.BOX_REPORT) -> Any:
    """The mailbox of some words, opened by the Python side."""
    code = codes.parse_code(" ".join(words))
    key = codes.derive(code, worlds.DEPLOYMENT)
    found = codes.keys(key, box)
    facts = json.loads(actions.open_box(found.l, found.auth, box).to_bytes())
    facts.pop("pad", None)
    salt, wrapped = (b64decode(facts[name]) for name in ("salt", "key"))
    signers = Signers((office_public(worlds.OFFICE),), signer_of(codes.signing_seed(key, box)))
    return open_records(facts, worlds.DEPLOYMENT, [open_private(key, worlds.DEPLOYMENT, box, salt, wrapped)], signers)


def come_back(page: Page, words: list[str]) -> None:
    page.goto("/return/")
    page.get_by_label("Your secret words").fill(" ".join(words))
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_role("heading", name="Your messages").wait_for()


def picture() -> bytes:
    """A photograph that says where it was taken."""
    image = Image.new("RGB", (640, 480), (40, 120, 200))
    exif = Image.Exif()
    exif[0x010F] = "canary-phone"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def chosen(name: str, type_: str, data: bytes) -> FilePayload:
    """A file as somebody chooses it."""
    return {"name": name, "mimeType": type_, "buffer": data}


def staff_key(site: Site, role: str, record: bytes, compartment: Compartment) -> bytes:
    """A compartment's key, as a member of the staff unwraps it with the key that the readers' note names."""
    person = site.world.staff[role]
    place = Place(worlds.DEPLOYMENT, Record.REPORT, record, compartment, Field.NONE, 0)
    query = "SELECT wrap, holder FROM wrap WHERE compartment = %s"
    with connections["intake"].cursor() as cursor:
        cursor.execute(query, [int(compartment)])
        wraps = [bytes(wrap) for wrap, holder in cursor.fetchall() if bytes(holder) == person.reader.id]
    return open_wrap(place, person.reader.id, person.private, wraps[-1])


def rows(query: str, *values: Any) -> list[Any]:
    with connections["intake"].cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def test_a_report_is_sealed_in_the_browser(page: Page, site: Site) -> None:
    # Given the form, in which no plain button stands
    page.goto("/report/")
    assert page.locator("button[type=submit]:visible").count() == 0
    # When somebody writes and sends
    words = report(page)
    # Then nothing that she wrote left the browser in clear
    assert len(words) == 8
    for method, path, body in site.seen:
        for secret in (SECRET, words[0] + " " + words[1]):
            for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                assert secret.encode(encoding) not in body, (method, path)
    assert not any(method == "POST" and not path.startswith("/api/") for method, path, _body in site.seen)
    # And her words open her mailbox, with what she wrote
    (record,) = opened(words)
    assert record.forms[Compartment.NARRATIVE]["what"] == SECRET
    # And the page says by when it is entered
    assert page.get_by_text("entered in the register that nobody").count() == 1
    # And two words are asked for; then the page has forgotten them
    confirm(page, words)
    page.get_by_text("This page has forgotten them now").wait_for()
    assert words[0] not in page.content()


def test_the_whole_page_is_light(page: Page, site: Site) -> None:
    report(page)
    assert site.bytes < BUDGET, f"{site.bytes} bytes were loaded"


def test_pictures_go_with_a_cleaned_copy(page: Page, site: Site) -> None:
    # Given a picture that tells of its phone, and a file that no browser can clean
    photograph = picture()
    page.goto("/report/")
    page.get_by_label("What happened?").fill("see the picture")
    page.get_by_text("About what happened").click()
    page.locator("#id_files").set_input_files(
        [chosen("a\u202egpj.jpg", "image/jpeg", photograph), chosen("notes.txt", "text/plain", SECRET.encode())]
    )
    # When it is sent
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("heading", name="It has been received").wait_for()
    # Then the page names the one without a cleaned copy
    assert page.locator("li bdi").all_inner_texts() == ["notes.txt"]
    # And the officer opens both, and the copy without the phone's name
    (record,) = opened(words_of(page))
    key = staff_key(site, "intake_officer", record.record, Compartment.EVIDENCE)
    found = {}
    for version, field_, sealed in rows(
        "SELECT version, field, sealed FROM value WHERE compartment = 6 AND field IN (3, 12)"
    ):
        place = Place(worlds.DEPLOYMENT, Record.REPORT, record.record, Compartment.EVIDENCE, Field(field_), version)
        body = next(path for path in site.world.files.rglob("*") if path.is_file() and path.name == body_name(version))
        found[field_, version] = files.open_file(place, key, bytes(sealed), body.read_bytes())
    originals = {head.name: (version, data) for (kind, version), (head, data) in found.items() if kind == Field.FILE}
    assert originals["agpj.jpg"][1] == photograph
    assert originals["notes.txt"][1] == SECRET.encode()
    version = originals["agpj.jpg"][0]
    assert version % 2 == 0
    head, cleaned = found[Field.CLEANED, version + 1]
    assert (head.name, head.type) == ("agpj.jpg", "image/jpeg")
    assert b"canary-phone" not in cleaned
    assert Image.open(io.BytesIO(cleaned)).size == (640, 480)


def body_name(version: int) -> str:
    """The name of the file in which a sealed body lies."""
    ((name,),) = rows("SELECT body FROM file WHERE version = %s", version)
    return bytes(name).hex()


def test_an_interrupted_upload_goes_on_where_it_stopped(page: Page, site: Site) -> None:
    # Given a network that fails at the second piece of a file, once
    data = os.urandom(2_500_000)
    failed: list[str] = []

    def meddle(route: Route) -> bool:
        if route.request.method == "PUT" and route.request.headers["x-chunk"] == "16" and not failed:
            failed.append(route.request.url)
            route.abort()
            return True
        return False

    site.meddle = meddle
    page.goto("/report/")
    page.get_by_label("What happened?").fill("a long file")
    page.get_by_text("About what happened").click()
    page.locator("#id_files").set_input_files([chosen("x.bin", "", data)])
    page.get_by_role("button", name="Send", exact=True).click()
    # Then she sees her words meanwhile, and it ends well
    page.get_by_role("heading", name="Not yet received").wait_for()
    assert len(words_of(page)) == 8
    page.get_by_role("heading", name="It has been received").wait_for()
    sent = [path for method, path, _body in site.seen if method == "PUT"]
    assert failed
    # The first piece was not sent again: pieces 0, 16 (lost), 16, 32
    assert len(sent) == 4
    ((length,),) = rows("SELECT length FROM file")
    assert length == files.sealed_length(len(data))


def test_no_answer_shows_the_words_and_goes_on(page: Page, site: Site) -> None:
    # Given a server that takes the report, whose first two answers are lost
    lost: list[str] = []

    def meddle(route: Route) -> bool:
        if route.request.url.endswith("/api/reports/") and len(lost) < 2:
            lost.append(route.request.url)
            route.abort()
            return True
        return False

    site.meddle = meddle
    page.goto("/report/")
    page.get_by_label("What happened?").fill("lost answers")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("Not yet received. Your words are below; we keep trying.").wait_for()
    words = words_of(page)
    # Then what is received in the end opens with the words that she saw
    page.get_by_role("heading", name="It has been received").wait_for()
    assert words_of(page) == words
    (record,) = opened(words)
    assert record.forms[Compartment.NARRATIVE]["what"] == "lost answers"


def test_more_work_asked_for_meanwhile_is_done_and_the_same_bytes_are_sent_again(
    page: Page, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LEAST", LEAST)
    # Given a server to which many others come once she has been given a challenge
    load = AtOnce()
    came: list[str] = []
    monkeypatch.setattr(receiving, "_LOAD", load)

    def meddle(route: Route) -> bool:
        if route.request.url.endswith("/api/reports/") and len(came) < 2:
            came.append(route.request.url)
            for _ in range(300):  # a bit more each time; more than this would only take her browser longer
                load.count(0.0)
        return False

    site.meddle = meddle
    words = report(page)
    # Then she is received without a word of it, by the same envelope with more work before it
    sent = [body for method, path, body in site.seen if (method, path) == ("POST", "/api/reports/")]
    assert len(sent) == 3
    assert len({body[2 + WORK_SIZE :] for body in sent}) == 1
    assert [body[2 + 24] for body in sent] == sorted({body[2 + 24] for body in sent})
    (record,) = opened(words)
    assert record.forms[Compartment.NARRATIVE]["what"] == SECRET


def test_a_reader_who_is_struck_out_gets_no_key(page: Page, site: Site) -> None:
    page.goto("/report/")
    page.get_by_label("What happened?").fill("not for the assessor")
    page.get_by_label("Assessor: decides").uncheck()
    page.get_by_label("Also an independent reader").check()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("heading", name="It has been received").wait_for()
    holders = {bytes(one) for (one,) in rows("SELECT holder FROM wrap")}
    assert site.world.staff["assessor"].reader.id not in holders
    assert {
        site.world.staff[role].reader.id for role in ("intake_officer", "independent_reader", "advocate")
    } <= holders
    assert REPORTER in holders


def test_nothing_is_sent_where_nobody_could_read(page: Page, site: Site) -> None:
    page.goto("/report/")
    page.get_by_label("What happened?").fill("for nobody")
    for box in page.locator('input[name="reader"]').all():
        box.uncheck()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("link", name="Nobody could read a part of what you send").wait_for()
    assert not any(path == "/api/reports/" for _method, path, _body in site.seen)
    assert page.get_by_label("What happened?").input_value() == "for nobody"


def test_a_false_list_of_readers_stops_everything(page: Page, site: Site) -> None:
    # Given a server that answers with a note that the panel did not sign
    text = site.world.text
    forged = ""
    body, _, signatures = text.rpartition("\n\n")
    lines = {
        "unsigned": body + "\n\n" + signatures.split("\n")[0] + "\n",
        "another": text.replace("epoch 1", "epoch 2"),
        "key": text.replace(site.world.staff["intake_officer"].reader.x25519.hex(), "09" + "00" * 31),
    }

    def meddle(route: Route) -> bool:
        if not route.request.url.endswith("/api/readers/"):
            return False
        route.fulfill(body=lines[forged], content_type="text/plain; charset=utf-8")
        return True

    site.meddle = meddle
    for forged in lines:  # noqa: B007  # the server above reads it
        page.goto("/report/")
        page.get_by_label("What happened?").fill(SECRET)
        page.get_by_role("button", name="Send", exact=True).click()
        # Then nothing is sent, her words stay, and the page says why
        page.get_by_text("not signed as it must be").wait_for()
        assert page.get_by_label("What happened?").input_value() == SECRET
    assert not any(method == "POST" for method, _path, _body in site.seen)


def test_readers_who_were_not_shown_stop_everything(page: Page, site: Site) -> None:
    # Given a page that shows one reader less than the note names
    page.goto("/report/")
    page.locator('input[name="reader"]').first.evaluate("box => box.closest('div').remove()")
    page.get_by_label("What happened?").fill(SECRET)
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("The readers have changed since this page was loaded").wait_for()
    assert not any(method == "POST" for method, _path, _body in site.seen)


def test_a_promise_about_something_else_is_told(page: Page, site: Site) -> None:
    # Given a server that promises something else than it was sent: parts of what it promised for another report
    answers: list[dict[str, Any]] = []
    parts = ["leaf", "opening", "ack"]

    def meddle(route: Route) -> bool:
        if not route.request.url.endswith("/api/reports/"):
            return False
        body = route.request.post_data_buffer
        answer = site.client.post("/api/reports/", body, content_type="application/octet-stream").json()
        answers.append(answer)
        changed = {} if len(answers) == 1 else {parts[len(answers) - 2]: answers[0][parts[len(answers) - 2]]}
        route.fulfill(status=201, json={**answer, **changed})
        return True

    site.meddle = meddle
    report(page, "the first")
    for _part in parts:
        words = report(page, "the next")
        # Then the page does not say that all is well, and she has her words
        assert page.get_by_text("its promise is not right").count() == 1
        assert page.get_by_text("Your report was received, and it is promised").count() == 0
        assert len(words) == 8


def test_one_code_opens_a_report_and_a_request_for_help(page: Page, site: Site) -> None:
    page.goto("/report/?want=both")
    page.get_by_label("What happened?").fill("what was done")
    page.get_by_label("What help do you need?").fill("a doctor")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("heading", name="It has been received").wait_for()
    words = words_of(page)
    # Then two mailboxes open, and no stored id joins them
    (first,), (second,) = opened(words), opened(words, codes.BOX_HELP)
    assert (first.record_kind, second.record_kind) == (Record.REPORT, Record.FILE)
    come_back(page, words)
    assert page.get_by_role("heading", name="Your report").count() == 1
    assert page.get_by_role("heading", name="Your request for help").count() == 1


def test_files_with_a_request_for_help_alone_are_told(page: Page, site: Site) -> None:
    page.goto("/report/?want=report")
    page.locator("[name=files]").set_input_files(
        {"name": "wound.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    page.get_by_label("Get help", exact=True).check()
    page.get_by_label("What help do you need?").fill("a doctor")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("heading", name="It has been received").wait_for()
    expect(page.locator(".warn").filter(has_text="This file was not taken:")).to_contain_text("wound.png")


def marks(site: Site) -> list[bool]:
    """What each addition said in clear of somebody in danger."""
    added = [body for _method, path, body in site.seen if path == "/api/box/add/"]
    return [decode(decode_delivery(body[65:]).envelope).urgent for body in added]


def test_coming_back_writing_and_agreeing(page: Page, site: Site) -> None:
    words = report(page, "what was done")
    # When she comes back, with capitals and line breaks
    come_back(page, ["\n" + word.upper() for word in words])
    assert page.get_by_text("what was done").count() == 1
    assert page.locator("textarea[name=words]").input_value() == ""
    # Then a message with four of her words in it is refused, and one without is received
    page.get_by_label("Your message").fill("my words are " + ", ".join(words[2:6]))
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("some of your secret words in it").wait_for()
    assert not any(path == "/api/box/add/" for _method, path, _body in site.seen)
    page.get_by_label("Your message").fill("I moved away")
    page.get_by_label("No. This answer is locked and wakes nobody").check()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("Your message was received.").wait_for()
    assert page.get_by_text("I moved away").count() == 1
    assert page.get_by_text("You said: I am not safe").count() == 1
    assert page.get_by_text("only that wakes somebody").count() == 1
    assert marks(site) == [False]
    # And a second one names the first, and says in clear that someone is in danger
    page.get_by_label("Your message").fill("and again")
    page.get_by_label("Someone is in danger now: wake somebody. This is not locked").check()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("and again").wait_for()
    assert page.get_by_text("at the next quarter of an hour at the earliest").count() == 1
    assert marks(site) == [False, True]
    (record,) = opened(words)
    assert [(one.text, one.check_in, one.gap) for one in record.messages] == [
        ("I moved away", "no", False),
        ("and again", "danger", False),
    ]
    assert record.messages[1].after
    # And consents can be given and taken back
    page.get_by_text("What I agreed to").click()
    page.get_by_label("Tell assistance workers what help I need").check()
    page.get_by_role("button", name="Keep this choice").click()
    page.get_by_text("Your choice was received").wait_for()
    (record,) = opened(words)
    assert record.submissions[-1]["consents"] == ["assistance", "contact"]
    # And nothing is kept in the browser
    kept = page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length]"
    )
    assert kept == [0, 0, 0]


def test_wrong_words_are_told_apart(page: Page, site: Site) -> None:
    words = report(page, "x")
    for typed, told in (
        ([*words[:2], "qqqq", *words[3:]], "Word number 3 is not in the list."),
        (words[:-1], "The number of words is not right"),
        ([words[1], words[0], *words[2:]], "One of these words is not right"),
        (list(codes.new_code(codes.lists()["eff-large"], os.urandom).words), "these words open nothing"),
    ):
        page.goto("/return/")
        page.get_by_label("Your secret words").fill(" ".join(typed))
        page.get_by_role("button", name="Open", exact=True).click()
        page.get_by_role("alert").filter(has_text=re.compile(re.escape(told), re.IGNORECASE)).wait_for()


def test_new_words_lock_out_the_old(page: Page, site: Site) -> None:
    words = report(page, "what was done")
    come_back(page, words)
    page.get_by_text("New secret words").click()
    page.get_by_role("button", name="Make new words").click()
    page.locator("#script-box ol.words li").first.wait_for()
    new = words_of(page)
    # Nothing has changed before she has shown that she has them
    assert opened(words)
    confirm(page, new)
    page.get_by_text("Your new words are in force").wait_for()
    # When she writes under the new words
    page.get_by_label("Your message").fill("only for new eyes")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("only for new eyes").wait_for()
    # Then the new words open everything, the old ones nothing, and a new epoch of keys has begun
    (record,) = opened(new)
    assert record.forms[Compartment.NARRATIVE]["what"] == "what was done"
    assert [one.text for one in record.messages] == ["only for new eyes"]
    assert {part.epoch for part in record.parts} == {1, 2}
    with pytest.raises(NothingOpens):
        opened(words)


def test_taking_it_back(page: Page, site: Site) -> None:
    words = report(page, "to be taken back")
    come_back(page, words)
    page.locator("summary", has_text="Take it back").click()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("Mark this box if you are sure").wait_for()
    page.get_by_label("Yes, I want to take it back").check()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("You took it back. If nobody had read it").wait_for()
    assert page.get_by_role("button", name="Send", exact=True).count() == 0


def test_shift_three_times_leaves_nothing(page: Page, site: Site) -> None:
    # Given a clock that stands, so that three presses are three quick ones on a busy machine too
    page.clock.set_fixed_time("2026-11-22T10:00:00Z")
    page.goto("/report/")
    page.get_by_label("What happened?").fill(SECRET)
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("**/leave/**")
    assert SECRET not in page.content()
    # And there is no way back to what was written: only to what stood there before the form
    page.go_back()
    page.wait_for_url("about:blank")


def test_a_browser_without_the_means_is_told_and_sends_nothing(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.add_init_script("Object.defineProperty(globalThis, 'crypto', { value: {} })")
    page.goto("/report/")
    page.get_by_text("This browser is too old to lock what you write").wait_for()
    assert page.get_by_role("button", name="Send", exact=True).count() == 0


def test_a_browser_without_the_curves_seals_all_the_same(context: BrowserContext, site: Site) -> None:
    # Given a browser whose Web Crypto knows neither X25519 nor Ed25519
    page = context.new_page()
    page.add_init_script(
        """for (const name of ["generateKey", "importKey", "deriveBits"]) {
             const real = SubtleCrypto.prototype[name];
             SubtleCrypto.prototype[name] = function (...all) {
               const curve = JSON.stringify(all).includes("25519");
               if (curve) return Promise.reject(new DOMException("", "NotSupportedError"));
               return real.apply(this, all);
             };
           }"""
    )
    words = report(page, "by the other curves")
    assert any("noble" in path for _method, path, _body in site.seen)
    assert opened(words)[0].forms[Compartment.NARRATIVE]["what"] == "by the other curves"


def deployment() -> dict[str, Any]:
    """The facts that the tests' world put into the settings."""
    found: Any = settings
    return dict(found.ANSWERABLE_DEPLOYMENT)


def offline_file(site: Site, folder: Path) -> Path:
    """The offline page, as somebody downloaded it."""
    path = folder / "form.html"
    path.write_bytes(offline_page.offline_page(deployment(), site.world.text).encode())
    return path


def test_the_offline_page_seals_what_is_carried_in(chromium: Browser, site: Site, tmp_path: Path) -> None:
    # Given the offline page as a file on a device that has no network
    path = offline_file(site, tmp_path)
    published = offline_page.offline_sha256(deployment(), site.world.text)
    assert published == sha256(path.read_bytes()).hexdigest()
    context = chromium.new_context(offline=True, locale="en", accept_downloads=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(path.as_uri())
    # When it is filled in, with a picture, for a report and for help
    page.get_by_label("Report and get help").check()
    page.get_by_label("What happened?").fill(SECRET)
    page.get_by_label("What help do you need?").fill("a lawyer")
    page.get_by_label("Pictures, recordings, documents").set_input_files([chosen("p.jpg", "image/jpeg", picture())])
    with page.expect_download() as download:
        page.get_by_role("button", name="Lock and save").click()
    words = words_of(page)
    saved = tmp_path / "saved.draft"
    download.value.save_as(saved)
    confirm(page, words)
    page.get_by_text("They are right. Close this page now.").wait_for()
    context.close()
    # Then nothing was asked of anyone, nothing of hers is in clear in the file
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
    assert faults == []
    data = saved.read_bytes()
    assert SECRET.encode() not in data
    assert words[0].encode() not in data
    # And whoever carries it in, twice, has it received once
    for _ in range(2):
        parts = read_draft(data)
        for part in parts:
            for identity, body in part.bodies:
                actions.store_carried(part.envelope_sha256, identity, body)
            actions.receive(part.delivery, door="carry-in")
    (record,) = opened(words)
    assert record.forms[Compartment.NARRATIVE]["what"] == SECRET
    assert len(record.submissions) == 1
    assert len(rows("SELECT version FROM file")) == 2
    assert opened(words, codes.BOX_HELP)[0].record_kind is Record.FILE


def test_the_offline_page_speaks_six_languages(chromium: Browser, site: Site, tmp_path: Path) -> None:
    path = offline_file(site, tmp_path)
    context = chromium.new_context(offline=True, locale="ar", viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(path.as_uri())
    page.locator("form").wait_for()
    # The device's language, right to left, and nothing wider than the smallest screen
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("select").first.select_option("fr")
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["fr", "ltr"]
    # Other languages have their names in it; and what is typed goes to no service that checks spelling
    assert "anglais" in page.locator("[name=list]").inner_text()
    assert page.locator("[name=what]").evaluate("box => box.spellcheck") is False
    # In a wide window the way out stands above what is read, not at the window's edge
    page.set_viewport_size({"width": 1280, "height": 800})
    main, leave = (page.locator(one).bounding_box() for one in ("main form", "header button"))
    assert main
    assert leave
    assert abs(main["x"] + main["width"] - leave["x"] - leave["width"]) < 2
    context.close()


def test_an_offline_page_with_a_forged_note_takes_nothing(chromium: Browser, site: Site, tmp_path: Path) -> None:
    site.world.text = site.world.text.replace("epoch 1", "epoch 2")
    path = offline_file(site, tmp_path)
    context = chromium.new_context(offline=True, locale="en")
    page = context.new_page()
    page.goto(path.as_uri())
    page.get_by_text("not signed as it must be").wait_for()
    assert page.locator("form").count() == 0
    context.close()
