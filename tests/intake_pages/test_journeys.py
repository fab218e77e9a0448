"""Every journey of a reporter without script: what is sealed opens for those addressed, and only for them."""

from __future__ import annotations

import io
import re
import secrets
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from answerable.errors import AnswerableError
from answerable.intake import actions
from answerable.intake.contents import Answers, written
from answerable.intake.door.sessions import SMALL, SessionError
from answerable.intake.drafts import encode_draft
from answerable.intake.errors import NotKeptError
from answerable.intake.exchange import Reply
from answerable.intake.filing import Means, file_all
from answerable.intake.slots import BusyError
from answerable.intake.thread import Message, in_order
from answerable.intake.views import change
from answerable.ledger.routers import INTAKE, alias_of
from answerable.record.ack import Ack
from answerable.record.note import Note
from answerable.sealing import codes
from answerable.sealing.answers import sign_value
from answerable.sealing.envelope import Channel
from answerable.sealing.place import Compartment, Field, Place, Record
from answerable.sealing.values import seal_value
from tests.intake_pages import forging, sealed
from tests.intake_pages.world import DEPLOYMENT, OFFICE, Browser, World, form_fields, returning, sending

pytestmark = [pytest.mark.django_db(databases=["default", "intake"]), pytest.mark.database]


def picture() -> bytes:
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "CANARY CAMERA"
    Image.new("RGB", (40, 30), "red").save(made, "JPEG", exif=exif)
    return made.getvalue()


def test_a_report_is_received_and_its_words_open_it(browser: Browser) -> None:
    # Given a report of a few words
    words = sending(browser, "/report/", {"what": "He came at night.", "who": "A driver"})
    assert "It has been received" in browser.page
    assert "a person answers you" in browser.page
    # When its words are entered
    page = returning(browser, words)
    # Then they open the mailbox, with what she wrote and what is owed to her
    assert "He came at night." in page
    assert "A person answers you" in page
    assert "never opened with your words before" in page


def test_each_reader_opens_what_is_addressed_and_nothing_else(browser: Browser, world: World) -> None:
    given = {"what": "NARRATIVE", "who": "ACCUSED", "name": "NAME", "relation": "victim", "age": "15"}
    sending(browser, "/report/", given)
    # Then the officer reads the narrative and the accused, not the name
    officer = sealed.read(world, "intake_officer")
    narrative = officer["narrative", "form"][0]
    assert narrative["what"] == "NARRATIVE"
    assert (narrative["relation"], narrative["age"]) == ("victim", "15")
    assert narrative["want"] == "report"
    assert officer["accused_identity", "form"] == [{"v": 1, "who": "ACCUSED"}]
    assert ("reporter_identity", "form") not in officer
    # And the advocate reads the name; nobody else anything
    assert sealed.read(world, "advocate")["reporter_identity", "form"][0]["name"] == "NAME"
    assert sealed.read(world, "assistance_worker") == {}
    assert sealed.read(world, "independent_reader") == {}


def test_who_is_struck_out_opens_nothing_and_an_independent_reader_only_on_request(
    browser: Browser, world: World
) -> None:
    browser.get("/report/")
    officer = world.staff["intake_officer"].reader.id.hex()
    kept = [each for each in browser.fields()["reader"] if each != officer]
    browser.send("/report/", {"what": "W", "reader": kept, "independent": "on"})
    browser.follow()
    assert sealed.read(world, "intake_officer") == {}
    assert sealed.read(world, "assessor")["narrative", "form"][0]["what"] == "W"
    assert sealed.read(world, "independent_reader")["narrative", "form"][0]["what"] == "W"


def test_every_report_has_the_same_shape_whether_short_or_long(browser: Browser) -> None:
    shapes = []
    for what in ("Short.", "Long. " * 500):
        sending(browser, "/report/", {"what": what})
        shapes.append(sorted((row["compartment"], row["field"], len(row["sealed"])) for row in sealed.rows("value")))
    first, both = shapes
    assert sorted(first + first) == both


@pytest.mark.parametrize(
    ("want", "fields", "kinds"),
    [
        ("help", {"need": "A doctor"}, [3]),
        ("both", {"what": "It happened", "need": "A doctor"}, [1, 3]),
        ("complain", {"complaint": "Nobody listened"}, [1]),
    ],
)
def test_what_somebody_wants_makes_what_is_needed(
    browser: Browser, want: str, fields: dict[str, str], kinds: list[int]
) -> None:
    words = sending(browser, "/report/", {"want": want, **fields})
    assert sorted(row["kind"] for row in sealed.rows("record")) == kinds
    page = returning(browser, words)
    assert ("Your report" in page) == (1 in kinds)
    assert ("Your request for help" in page) == (3 in kinds)


def test_help_without_a_report_names_nobody(browser: Browser, world: World) -> None:
    words = sending(browser, "/help/", {"need": "A safe place"})
    assert "somebody offers you help" in browser.page
    helper = sealed.read(world, "assistance_worker")
    assert helper["medical_assistance", "form"] == [{"need": "A safe place", "v": 1}]
    assert sealed.read(world, "intake_officer") == {}
    assert "Your request for help" in returning(browser, words)


def test_a_message_goes_both_ways_and_a_missing_one_shows(browser: Browser, world: World) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    returning(browser, words)
    # When she writes and says that she is not safe
    browser.send("/box/", {"text": "He is back.", "check_in": "no"})
    page = browser.follow()
    # Then it is received, shown, and open to the officer
    assert "Your message was received." in page
    assert "wakes nobody. If someone is in danger now, choose that below" in page
    assert "He is back." in page
    assert "I am not safe" in page
    assert marks() == {0}
    message = sealed.read(world, "intake_officer")["narrative", "message"][0]
    assert (message["from"], message["check_in"], message["after"]) == ("reporter", "no", "")
    # And what is said once is not said again
    assert "Your message was received." not in browser.get("/box/")


def marks() -> set[int]:
    """What submissions say in clear of somebody in danger."""
    with connections[alias_of(INTAKE)].cursor() as cursor:
        cursor.execute("SELECT DISTINCT urgent FROM submission")
        return {row[0] for row in cursor.fetchall()}


def test_what_wakes_somebody_stands_beside_what_does_not(browser: Browser, world: World) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    page = returning(browser, words)
    # Given that each answer says what it does, where it is chosen
    (asked,) = re.findall(r"<legend>Are you safe\?</legend>.*?</fieldset>", page, re.DOTALL)
    chosen = {value: re.sub(r"<[^>]+>", "", label) for value, label in re.findall(r'value="(\w*)"(.*?)</label>', asked)}
    assert "wakes nobody" in chosen["no"]
    assert "not locked: whoever runs this server can see" in chosen["danger"]
    # When she says that someone is in danger, and nothing else
    browser.send("/box/", {"text": "", "check_in": "danger"})
    page = browser.follow()
    # Then it is said in clear, and to her readers; and she is told who is woken, when, and that nobody is sent
    assert marks() == {0, 1}
    message = sealed.read(world, "intake_officer")["narrative", "message"][0]
    assert (message["check_in"], message["text"]) == ("danger", "")
    assert "at the next quarter of an hour at the earliest" in page
    assert "You said: someone is in danger now" in page


def test_files_are_kept_as_they_came_and_cleaned(browser: Browser, world: World) -> None:
    original = picture()
    files = [
        SimpleUploadedFile("../../etc/holiday\u202egpj.exe.jpg", original, "image/jpeg"),
        SimpleUploadedFile("notes.xyz", b"\x00\x01 no kind at all", "application/x-strange"),
    ]
    sending(browser, "/report/", {"what": "With files.", "files": files})
    assert "notes.xyz" in browser.page  # that it has no cleaned copy is said
    officer = sealed.read(world, "intake_officer")
    names = {name for name, _type, _data in officer["evidence", "file"]}
    assert names == {"holidaygpj.exe.jpg", "notes.xyz"}
    assert original in [data for _name, _type, data in officer["evidence", "file"]]
    ((name, kind, cleaned),) = officer["evidence", "cleaned"]
    assert name == "holidaygpj.exe.jpg"
    assert kind.startswith("image/")
    assert b"CANARY CAMERA" in original
    assert b"CANARY CAMERA" not in cleaned
    # And an original's version is even, its cleaned copy's the next
    versions = {row["field"]: row["version"] for row in sealed.rows("value") if row["field"] in (3, 12)}
    cleaned_version = versions[Field.CLEANED]
    originals = [row["version"] for row in sealed.rows("value") if row["field"] == Field.FILE]
    assert all(version % 2 == 0 for version in originals)
    assert cleaned_version - 1 in originals


def test_a_file_that_is_too_large_is_refused_and_the_text_is_not(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.intake.views.uploads.LARGEST_FILE", 1000)
    large = SimpleUploadedFile("film.mp4", b"x" * 2000, "video/mp4")
    words = sending(browser, "/report/", {"what": "Read me.", "files": [large]})
    assert "Your text is safe. This file was not taken:" in browser.page
    assert "film.mp4" in browser.page
    assert "Read me." in returning(browser, words)
    assert sealed.rows("file") == []


def test_files_with_a_request_for_help_alone_are_told(browser: Browser, world: World) -> None:
    attached = SimpleUploadedFile("wound.jpg", picture(), "image/jpeg")
    words = sending(browser, "/report/", {"want": "help", "need": "A doctor.", "files": [attached]})
    assert "Your text is safe. This file was not taken:" in browser.page
    assert "wound.jpg" in browser.page
    assert "Only a report has a place for files." in browser.page
    assert "Your request for help" in returning(browser, words)
    assert sealed.rows("file") == []


def test_no_room_for_files_leaves_room_for_text(browser: Browser, settings: Any) -> None:
    settings.ANSWERABLE_INTAKE = {**settings.ANSWERABLE_INTAKE, "quota_bytes": -1}
    words = sending(browser, "/report/", {"what": "Read me.", "files": [SimpleUploadedFile("a.txt", b"hello")]})
    assert "Your text is safe. This file was not taken:" in browser.page
    assert "Read me." in returning(browser, words)


def test_a_file_comes_later_too(browser: Browser, world: World) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    returning(browser, words)
    browser.send("/box/", {"files": [SimpleUploadedFile("later.jpg", picture(), "image/jpeg")]})
    browser.follow()
    officer = sealed.read(world, "intake_officer")
    assert [name for name, _type, _data in officer["evidence", "file"]] == ["later.jpg"]
    assert len(officer["evidence", "cleaned"]) == 1


def test_consents_are_given_and_taken_back(browser: Browser) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    returning(browser, words)
    browser.get("/box/consent/")
    assert browser.fields()["consent"] == ["contact"]
    browser.send("/box/consent/", {"consent": ["contact", "investigation"]})
    assert "Your choice was received." in browser.follow()
    browser.get("/box/consent/")
    assert sorted(browser.fields()["consent"]) == ["contact", "investigation"]
    browser.send("/box/consent/", {"consent": None})
    browser.follow()
    browser.get("/box/consent/")
    assert "consent" not in browser.fields()


def test_a_report_is_taken_back_only_with_the_tick(browser: Browser) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    returning(browser, words)
    browser.get("/box/withdraw/")
    browser.send("/box/withdraw/", {"why": "I am afraid"})
    assert browser.status == 422
    assert "I am afraid" in browser.page
    browser.send("/box/withdraw/", {"why": "I am afraid", "sure": "on"})
    page = browser.follow()
    assert "You took it back." in page
    assert "Write, or add something" not in page


def test_new_words_open_everything_and_the_old_ones_nothing(browser: Browser, world: World) -> None:
    old = sending(browser, "/report/", {"want": "both", "what": "First.", "need": "A doctor"})
    returning(browser, old)
    browser.get("/box/code/")
    browser.send("/box/code/")
    browser.follow()
    new = browser.words()
    assert set(new) != set(old)
    # Until she goes on from there the old ones open everything; two wrong words change nothing
    assert "Until you go on from here your old words open your messages" in browser.page
    browser.send("/box/code/", {"first": "wrong", "second": "wrong"})
    assert (browser.status, browser.words()) == (422, new)
    assert "First." in returning(world.browser(), old)
    browser.get("/box/code/")
    asked = [int(each) for each in numbers(browser.page)]
    browser.send("/box/code/", {"first": new[asked[0] - 1], "second": new[asked[1] - 1]})
    page = browser.follow()
    assert "Your new words are in force." in page
    browser.send("/box/", {"text": "After the change."})
    browser.follow()
    # Then the new words open old and new, the old words nothing
    page = returning(browser, new)
    assert "First." in page
    assert "After the change." in page
    assert "Your request for help" in page
    browser.get("/return/")
    browser.send("/return/", {"words": " ".join(old)})
    assert browser.status == 404
    assert "These words open nothing." in browser.page
    # And the officer reads what came later: staff were given the new keys
    texts = [each["text"] for each in sealed.read(world, "intake_officer")["narrative", "message"]]
    assert texts == ["After the change."]


def numbers(page: str) -> list[str]:
    return re.findall(r"Word number (\d+)", page)


def test_new_words_are_seen_before_the_old_ones_end(browser: Browser, world: World) -> None:
    """Nothing that is lost or pressed twice on the way leaves a mailbox whose words nobody has."""
    old = sending(browser, "/report/", {"what": "First."})
    returning(browser, old)
    browser.get("/box/code/")
    form, cookie = form_fields(browser.page), browser.cookie
    # Given that the answer to "Make new words" never comes, cookie and all: then the old words still open it
    browser.send("/box/code/")
    browser.client.cookies["a"] = cookie
    assert "First." in returning(world.browser(), old)
    # When she presses it again, then the same words are there, and other ones when she wants others
    browser.post("/box/code/", form)
    browser.follow()
    new = browser.words()
    browser.post("/box/code/", form)
    browser.follow()
    assert browser.words() == new
    browser.post("/box/code/", {**form, "list": "digits"})
    browser.follow()
    assert browser.words() != new
    # And when nobody can derive a key at this moment, the words stay on the page and nothing has changed
    new, form = browser.words(), form_fields(browser.page)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(change, "kdf_slot", nowhere)
        browser.send("/box/code/", {"skip": "1"})
    assert (browser.status, browser.words()) == (503, new)
    assert "Please wait 30 seconds" in browser.page
    assert "First." in returning(world.browser(), old)
    # When the answer to the last step is lost, then she has the words that open it
    browser.send("/box/code/", {"skip": "1"})
    browser.client.cookies["a"] = cookie
    browser.post("/box/code/", {**form, "skip": "1"})
    assert browser.status == 303
    assert "First." in returning(world.browser(), new)
    stale = world.browser()
    stale.get("/return/")
    stale.send("/return/", {"words": " ".join(old)})
    assert stale.status == 404


def nowhere() -> Any:
    """No place is free to derive a key in."""
    raise BusyError(30)


def test_a_worker_writes_for_someone_and_the_words_must_be_changed(browser: Browser) -> None:
    browser.get("/assist/")
    assert "Anyone may use this page" in browser.page
    # With scripts and without, the worker is not spoken to as the person
    assert '"words-title":"Secret words for the person"' in browser.page
    browser.send("/assist/", {"what": "She said it in her own words."})
    page = browser.follow()
    assert "They work once" in page
    assert "<h2>Secret words for the person</h2>" in page
    assert "<h2>What happens next: read it to the person</h2>" in page
    words = browser.words()
    # When she returns, new words come before anything else
    other = browser.world.browser()
    other.get("/return/")
    other.send("/return/", {"words": " ".join(words)})
    other.follow()
    assert other.status == 303
    assert other.response["Location"] == "/box/code/"
    assert "She said it" not in other.follow()
    for path in ("/box/", "/box/rights/", "/box/consent/", "/box/receipt/", "/box/withdraw/"):
        other.get(path)
        assert (other.status, other.response["Location"]) == (303, "/box/code/")
    other.get("/box/code/")
    other.send("/box/code/")
    other.follow()
    new = other.words()
    other.send("/box/code/", {"skip": "1"})
    assert "She said it in her own words." in other.follow()
    # And the worker's words open nothing any more
    browser.get("/return/")
    browser.send("/return/", {"words": " ".join(words)})
    assert browser.status == 404
    assert "She said it" in returning(browser, new)


def test_proofs_can_be_had_again(browser: Browser) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    shown = browser.page
    returning(browser, words)
    page = browser.get("/box/receipt/")
    assert "Not yet. It comes after the next quarter of an hour" in page
    acknowledgement = browser.get("/box/receipt/?take=0.ack")
    assert browser.response["Content-Disposition"] == 'attachment; filename="ack.txt"'
    promised = Ack.parse(Note.parse(acknowledgement.encode()).text)
    assert promised.leaf_hash == sealed.rows("submission")[0]["leaf"]
    assert acknowledgement.splitlines()[2] in shown
    assert '"kind":"report.received"' in browser.get("/box/receipt/?take=0.opening")
    for wrong in ("0.receipt", "1.ack", "0.", "x", "-1.ack"):
        browser.get(f"/box/receipt/?take={wrong}")
        assert browser.status == 404


def test_two_words_are_confirmed_and_then_forgotten(browser: Browser, world: World) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    asked = [int(each) for each in numbers(browser.page)]
    browser.send("/report/sent/", {"first": "wrong", "second": "wrong"})
    assert browser.status == 422
    assert words[0] in browser.page
    browser.send("/report/sent/", {"first": words[asked[0] - 1].upper(), "second": words[asked[1] - 1]})
    assert "You have your words" in browser.page
    # Then the keeper holds no words, and the page is over
    assert all(words[0].encode() not in secret for secret in world.keeper.held.values())
    browser.get("/report/sent/")
    assert browser.status == 404
    assert "What you sent was received all the same" in browser.page


def test_a_keeper_that_was_restarted_ends_sessions_and_says_so(browser: Browser, world: World) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    returning(browser, words)
    world.keeper.held.clear()
    browser.get("/box/")
    assert "Enter your words again." in browser.follow()


def test_where_there_is_no_room_for_another_visit_she_is_told_to_wait_and_loses_nothing(
    browser: Browser, world: World
) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    returning(browser, words)
    write = world.keeper.write

    def full(cookie: bytes, secret: bytes) -> None:
        """Only what is small, in the place of what is there."""
        if world.keeper.read(cookie) is None or len(secret) > SMALL:
            raise SessionError("there is no room for another session")
        write(cookie, secret)

    world.keeper.write = full  # type: ignore[method-assign]
    # When she enters her words once more, then she is told to wait, and what is open stays open
    browser.get("/return/")
    browser.send("/return/", {"words": " ".join(words)})
    assert (browser.status, "Please wait" in browser.page) == (503, True)
    assert "First." in browser.get("/box/")
    # And when there is no room for the names of all files that were not taken, then the message is sent all the same
    names = [SimpleUploadedFile("x" * 100 + f"{number}.jpg", b"1", "image/jpeg") for number in range(60)]
    browser.send("/box/", {"text": "Second.", "files": names})
    assert browser.status == 303
    page = browser.follow()
    assert "Second." in page
    assert "Your message was received." in page


def test_words_are_shown_even_when_nothing_can_be_kept(browser: Browser, world: World) -> None:
    def full(cookie: bytes, secret: bytes) -> None:
        raise AnswerableError("no room")

    # Given a keeper without room
    write, world.keeper.write = world.keeper.write, full  # type: ignore[method-assign]
    browser.get("/report/")
    browser.send("/report/", {"what": "First."})
    # Then the answer to the form itself has the words, and says that it is the only one
    assert browser.status == 200
    assert "The words stand on this page only" in browser.page
    words = browser.words()
    world.keeper.write = write  # type: ignore[method-assign]
    assert "First." in returning(browser, words)
    # And new words that cannot be kept are not made: the old ones stay
    browser.get("/box/code/")
    world.keeper.write = full  # type: ignore[method-assign]
    browser.send("/box/code/")
    assert browser.status == 400
    world.keeper.write = write  # type: ignore[method-assign]
    assert "First." in returning(browser, words)
    # But what was changed is changed: then the words that she has seen open it
    browser.get("/box/code/")
    browser.send("/box/code/")
    browser.follow()
    new = browser.words()
    world.keeper.write = full  # type: ignore[method-assign]
    browser.send("/box/code/", {"skip": "1"})
    assert "Enter your words again" in browser.follow()
    world.keeper.write = write  # type: ignore[method-assign]
    assert "First." in returning(browser, new)


def both_in_one(world: World) -> tuple[codes.Code, bytes]:
    """A draft of the offline page with a report and a request for help, and its words."""
    code = codes.new_code(codes.lists()["eff-large"], secrets.token_bytes)
    key = codes.derive(code, world.note.deployment)
    answers = Answers("both", "en", False, False, (), {"what": "Written offline.", "need": "Help"})
    means = Means(secrets.token_bytes, lambda _data, _type: "other_kind", lambda _id, _body: None)
    made = file_all(
        answers, world.note, key, channel=Channel.OFFLINE, submission=b"s" * 16, second=b"t" * 16, means=means
    )
    return code, encode_draft([each.delivery for each in made], [])


def test_a_draft_is_carried_in_twice_and_its_words_open_it(browser: Browser, world: World) -> None:
    # Given a draft of the offline page
    code, draft = both_in_one(world)
    # When somebody brings it twice
    for _ in range(2):
        browser.get("/carry-in/")
        browser.send("/carry-in/", {"draft": SimpleUploadedFile("x.draft", draft)})
        assert browser.status == 200
        assert "It has been received" in browser.page
    # And somebody who has no words of hers brings it altered: that is said, with what they can do
    altered = bytearray(draft)
    altered[len(altered) // 4] ^= 1
    browser.get("/carry-in/")
    browser.send("/carry-in/", {"draft": SimpleUploadedFile("x.draft", bytes(altered))})
    assert browser.status == 422
    assert "changed or damaged on its way" in browser.page
    assert "Open the box again" not in browser.page
    # Then it is there once, and its words open it
    assert len(sealed.rows("submission")) == 2
    page = returning(browser, list(code.words))
    assert "Written offline." in page
    assert "Your request for help" in page


def test_a_draft_of_which_only_one_part_is_received_says_so(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _code, draft = both_in_one(world)
    receive, taken = actions.receive, list[Any]()

    def full(*given: Any, **named: Any) -> Any:
        """The disk is full when the second comes."""
        if taken:
            raise NotKeptError
        taken.append(receive(*given, **named))
        return taken[0]

    with monkeypatch.context() as change:
        change.setattr(actions, "receive", full)
        browser.get("/carry-in/")
        browser.send("/carry-in/", {"draft": SimpleUploadedFile("x.draft", draft)})
    # Then what was received is told with its proof, and that the file must be brought again
    assert browser.status == 422
    assert "Part of the file was not received" in browser.page
    assert "Not yet received" in browser.page
    assert taken[0].ack.decode("utf-8").splitlines()[-1] in browser.page
    # And brought again, all of it is received
    browser.get("/carry-in/")
    browser.send("/carry-in/", {"draft": SimpleUploadedFile("x.draft", draft)})
    assert browser.status == 200
    assert "A report." in browser.page
    assert "A request for help." in browser.page


def test_the_forms_ask_each_only_what_it_needs(browser: Browser) -> None:
    whole = set(every_name(browser.get("/report/")))
    for relation, missing in (
        ("anonymous", {"name", "contact", "safe_times", "tie", "age", "interviewer_sex", "interviewer_language"}),
        ("witness", {"age"}),
        ("bound", {"age", "safe_times", "interviewer_sex", "interviewer_language"}),
    ):
        shown = set(every_name(browser.get(f"/report/?relation={relation}")))
        assert whole - shown == missing
    browser.get("/report/?relation=bound")
    browser.send("/report/?relation=bound", {"what": "I must report."})
    browser.follow()
    assert sealed.read(browser.world, "intake_officer")["narrative", "form"][0]["relation"] == "bound"


def every_name(page: str) -> list[str]:
    return re.findall(r'<(?:input|select|textarea)[^>]* name="([\w-]+)"', page)


def replied(world: World, what: Field, value: dict[str, Any], version: int) -> bytes:
    """Deliver a value of the desk's to the only record, as carry does."""
    row = next(each for each in sealed.rows("compartment") if each["compartment"] == Compartment.NARRATIVE)
    place = Place(DEPLOYMENT, Record.REPORT, row["record"], Compartment.NARRATIVE, what, version)
    data = seal_value(place, row["public"], written(value), epoch=row["epoch"], rng=secrets.token_bytes)
    delivered(place, data)
    return data


def delivered(place: Place, data: bytes, key: bytes = OFFICE) -> None:
    """Put sealed bytes into a place of her mailbox, signed with the office's key, or another."""
    where = (place.record, "value", place.compartment, place.field, place.version)
    signature = sign_value(key, place, data)
    actions.deliver(Reply(secrets.token_bytes(16), *where, data, "2026-11-23", signature=signature))


def test_the_desk_answers_and_says_where_things_stand(browser: Browser, world: World) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    status = {
        "v": 1, "day": "2026-11-23", "stage": "taken", "next_contact": "2026-12-20",
        "due": [{"duty": "answer_the_reporter", "due": "2026-11-20", "state": "overdue"}],
        "rights": [{"right": "information", "state": "overdue", "due": "2026-11-21"}],
        "reads": [{"role": "intake_officer", "compartment": "narrative", "day": "2026-11-23"}],
        "consents": ["contact"], "answers": [],
    }  # fmt: skip
    replied(world, Field.STATUS, status, 7)
    first = replied(
        world,
        Field.MESSAGE,
        {"v": 1, "from": "desk", "day": "2026-11-23", "text": "How are <b>you</b>?", "after": ""},
        8,
    )
    page = returning(browser, words)
    assert "An officer has taken charge of it." in page
    assert "Somebody writes to you by 20 December 2026." in page
    assert '<li class="late">A person answers you' in page
    assert "Intake officer" in page
    assert "How are &lt;b&gt;you&lt;/b&gt;?" in page
    assert "is missing" not in page
    # The notice of a decision stands in the thread, too: it says why, and how to contest it
    first = replied(
        world,
        Field.NOTICE,
        {
            "v": 1,
            "from": "desk",
            "day": "2026-11-23",
            "text": "We end this. Contest it.",
            "after": sha256(first).hexdigest(),
        },
        10,
    )
    browser.get("/leave/")
    assert "We end this. Contest it." in returning(browser, words)
    # Her answer names the message that she had seen
    browser.send("/box/", {"text": "I am well."})
    browser.follow()
    answers = sealed.read(world, "intake_officer")["narrative", "message"]
    assert [each["after"] for each in answers if each["from"] == "reporter"] == [sha256(first).hexdigest()]
    # Rights: all ten, and which is late
    page = browser.get("/box/rights/")
    assert page.count("<li>") + page.count('<li class="late">') >= 10
    assert '<li class="late">To know where things stand' in page
    # And a message that answers one which is not there says so
    lost = {"v": 1, "from": "desk", "day": "2026-11-24", "text": "As I said.", "after": "ab" * 32}
    replied(world, Field.MESSAGE, lost, 9)
    assert "A message that this one answers is missing." in browser.get("/box/")


def test_a_value_that_was_moved_is_counted_and_not_shown(browser: Browser, world: World) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    row = next(each for each in sealed.rows("compartment") if each["compartment"] == Compartment.NARRATIVE)
    elsewhere = Place(DEPLOYMENT, Record.REPORT, bytes(16), Compartment.NARRATIVE, Field.MESSAGE, 5)
    moved = seal_value(elsewhere, row["public"], b'{"text":"MOVED"}', epoch=row["epoch"], rng=secrets.token_bytes)
    delivered(replace(elsewhere, record=row["record"]), moved)
    page = returning(browser, words)
    assert "MOVED" not in page
    assert "1 part does not open: it was altered or misplaced." in page


@given(st.permutations(list(range(5))))
def test_messages_are_in_order_however_they_come(order: list[int]) -> None:
    chain: list[Message] = []
    for number in range(5):
        after = sha256(chain[-1].sealed).hexdigest() if chain else ""
        chain.append(Message(bool(number % 2), "2026-11-23", str(number), "", bytes([255 - number]), after))
    assert [each.text for each in in_order(chain[number] for number in order)] == ["0", "1", "2", "3", "4"]
    assert sum(each.gap for each in in_order(chain[number] for number in order if number != 2)) == 1


def test_what_the_office_did_not_sign_is_said_and_not_shown(browser: Browser, world: World) -> None:
    # Given an answer and a status of the office's, and a message and a status that somebody put beside them
    words = sending(browser, "/report/", {"what": "First."})
    desk = {"v": 1, "from": "desk", "day": "2026-11-23", "after": ""}
    replied(world, Field.STATUS, {"v": 1, "day": "2026-11-23", "stage": "taken", "due": []}, 7)
    replied(world, Field.MESSAGE, desk | {"text": "We have read it."}, 8)
    forging.put_value(Field.MESSAGE, desk | {"text": "COME ALONE"}, 9)
    forging.put_value(Field.STATUS, {"v": 1, "day": "2026-12-30", "stage": "ended", "due": []}, 10)
    page = returning(browser, words)
    # Then the page says how many, and nothing of what they say
    assert "Something here was not signed by the office, and is not shown: 2." in page
    assert "COME ALONE" not in page
    assert "We have read it." in page
    assert "An officer has taken charge of it." in page
    assert "Somebody put a key here" not in page


def test_a_key_that_nobody_signed_is_said_and_not_written_to(browser: Browser, world: World) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    forging.put_key()
    page = returning(browser, words)
    assert "Somebody put a key here that neither you nor the office signed." in page
    # What she writes goes to those who could read it before
    browser.send("/box/", {"text": "I am well."})
    browser.follow()
    told = sealed.read(world, "intake_officer")["narrative", "message"]
    assert [each["text"] for each in told] == ["I am well."]
