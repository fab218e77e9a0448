"""Attacks on the reporter's pages, each of which must fail, and clumsiness, which must do no harm."""

from __future__ import annotations

import re
import secrets
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.intake import page_session, slots
from answerable.intake.drafts import MAGIC, encode_draft, read_draft
from answerable.intake.errors import IntakeError, MalformedError
from answerable.intake.forms.fields import LONGEST, without_controls
from answerable.intake.page_session import Fresh, OpenBox, Opened, Pointer
from answerable.sealing import codes
from tests.intake_pages import sealed
from tests.intake_pages.world import Browser, World, returning, sending

pytestmark = [pytest.mark.django_db(databases=["default", "intake"])]


def test_a_code_opens_its_own_report_and_no_other(browser: Browser, world: World) -> None:
    mine = sending(browser, "/report/", {"what": "MINE"})
    hers = world.browser()
    sending(hers, "/report/", {"what": "HERS"})
    page = returning(browser, mine)
    assert "MINE" in page
    assert "HERS" not in page


@pytest.mark.parametrize("path", ["/box/", "/box/consent/", "/box/withdraw/"])
def test_a_form_about_another_persons_record_finds_nothing(browser: Browser, world: World, path: str) -> None:
    # Given two people with open mailboxes
    other = world.browser()
    returning(other, sending(other, "/report/", {"what": "HERS"}))
    record = sealed.rows("record")[0]["id"].hex()
    returning(browser, sending(browser, "/report/", {"what": "MINE"}))
    before = len(sealed.rows("submission"))
    # When one names the other's record
    browser.get(path)
    browser.send(path, {"record": record, "text": "x", "sure": "on", "consent": ["state"]})
    # Then it is as if it were not there
    assert browser.status == 404
    assert len(sealed.rows("submission")) == before


def test_a_cookie_of_another_browser_is_needed_for_its_session(browser: Browser, world: World) -> None:
    returning(browser, sending(browser, "/report/", {"what": "MINE"}))
    stranger = world.browser()
    for cookie in ("", "x", "A" * 43, page_session.cookie_text(bytes(32)), "é" * 9):
        stranger.client.cookies["a"] = cookie
        stranger.get("/box/")
        assert stranger.response["Location"] == "/return/?over=1"


def test_forms_without_the_cookie_or_with_another_token_are_refused(browser: Browser, world: World) -> None:
    browser.get("/report/")
    form = {**browser.fields(), "what": "x"}
    # Without the cookie; with the cookie and no token; with the token of another cookie
    world.browser().post("/report/", form)
    other = world.browser()
    other.get("/report/")
    for sent in ({**form, "token": ""}, {**form, "token": "é"}, form):
        other.post("/report/", sent)
        assert other.status == 403
        assert "Nothing was sent." in other.page
    assert sealed.rows("submission") == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://testserver.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize("path", ["/report/", "/help/", "/assist/", "/return/", "/carry-in/"])
def test_a_form_from_another_site_is_refused_even_with_the_right_token(
    browser: Browser, path: str, headers: dict[str, str]
) -> None:
    browser.get(path)
    browser.send(path, {"what": "x", "need": "x"}, **headers)
    assert browser.status == 403
    assert "This form came from another site." in browser.page
    assert sealed.rows("submission") == []


def test_forms_of_our_own_pages_are_taken_as_browsers_send_them(browser: Browser) -> None:
    for headers in ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}, {}):
        browser.get("/report/")
        browser.send("/report/", {"what": "x"}, **headers)
        assert browser.status == 303


def test_a_planted_cookie_opens_nothing_later(browser: Browser, world: World) -> None:
    # Given a cookie that whoever lent the phone has written down
    browser.get("/report/")
    planted = browser.cookie
    # When she sends a report and comes back
    browser.send("/report/", {"what": "MINE"})
    after_sending = browser.cookie
    browser.follow()
    returning(browser, browser.words())
    # Then each opening has a cookie of its own, and the planted one shows nothing
    assert len({planted, after_sending, browser.cookie}) == 3
    thief = world.browser()
    for cookie in (planted, after_sending):
        thief.client.cookies["a"] = cookie
        assert thief.get("/report/sent/").find("<ol") == -1
        thief.get("/box/")
        assert thief.status == 303


def test_the_same_form_sent_twice_makes_one_report_and_shows_the_same_words(browser: Browser, world: World) -> None:
    browser.get("/report/")
    form = {**browser.fields(), "what": "Once."}
    first_cookie = browser.cookie
    browser.post("/report/", form)
    browser.follow()
    words = browser.words()
    # When the browser, which has not seen the answer, sends it again with its old cookie
    again = world.browser()
    again.client.cookies["a"] = first_cookie
    again.post("/report/", form)
    again.follow()
    assert again.words() == words
    assert len(sealed.rows("submission")) == 1


def test_two_equal_forms_at_the_same_moment_make_one_record(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a form that was received, and whose answer is not yet kept where a second one would find it
    monkeypatch.setattr("answerable.intake.views.send._TWIN", 0.0)
    browser.get("/report/")
    form = {**browser.fields(), "want": "both", "what": "Once.", "need": "Help."}
    cookie = browser.cookie
    browser.post("/report/", form)
    pointers = {name: secret for name, secret in world.keeper.held.items() if b'"pointer"' in secret}
    for name in pointers:
        world.keeper.drop(name)
    # When the second comes, sealed anew under other words
    again = world.browser()
    again.client.cookies["a"] = cookie
    again.post("/report/", form)
    # Then it is told so, and there is one report and one request
    assert "This form was sent already." in again.page
    assert len(sealed.rows("record")) == 2
    # And as soon as the first answer is kept, the second leads to it
    world.keeper.held.update(pointers)
    again.post("/report/", form)
    assert "It has been received" in again.follow()


def test_whoever_goes_back_and_sends_again_is_led_to_her_words(browser: Browser) -> None:
    browser.get("/report/")
    form = {**browser.fields(), "what": "Once."}
    browser.post("/report/", form)
    browser.follow()
    words = browser.words()
    browser.post("/report/", form)
    browser.follow()
    assert browser.words() == words
    assert len(sealed.rows("submission")) == 1


def test_a_message_sent_twice_is_one_message(browser: Browser) -> None:
    returning(browser, sending(browser, "/report/", {"what": "First."}))
    form = {**browser.fields(), "text": "Only once."}
    for said in ("Your message was received.", "This was received already."):
        browser.post("/box/", form)
        assert said in browser.follow()
    assert browser.page.count("Only once.") == 1


def test_four_words_of_the_code_are_refused_in_a_message_and_the_text_stays(browser: Browser) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    returning(browser, words)
    for text in (" ".join(words[2:6]), "my words: " + ", ".join(words[:4]).upper() + "!"):
        browser.send("/box/", {"text": text})
        assert browser.status == 422
        assert "some of your secret words" in browser.page
        assert "nothing was sent" in browser.page
    browser.send("/box/", {"text": " ".join(words[:3])})
    assert browser.status == 303
    # Nor are they taken as the reason for taking everything back
    browser.get("/box/withdraw/")
    browser.send("/box/withdraw/", {"why": " ".join(words), "sure": "on"})
    assert (browser.status, "some of your secret words" in browser.page) == (422, True)


@pytest.mark.parametrize(
    ("typed", "said", "status"),
    [
        ("", "Please write something here.", 422),
        ("one two zzzzz four five six seven eight", "word is not in the list.", 422),
        ("\x00\x1b", "Please write something here.", 422),
        ("w " * 900, "word is not in the list.", 422),
        ("x" * 5000, "This text is too long", 422),
    ],
)
def test_words_that_are_none_get_a_sentence(browser: Browser, typed: str, said: str, status: int) -> None:
    browser.get("/return/")
    browser.send("/return/", {"words": typed})
    assert browser.status == status
    assert said in browser.page


def test_a_slip_is_told_from_words_that_open_nothing(browser: Browser) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    swapped = [words[1], words[0], *words[2:]]
    stranger = codes.new_code(codes.lists()["eff-large"], secrets.token_bytes)
    for typed, said, status in (
        (swapped, "One of these words is not right.", 422),
        (words[:5], "You wrote 5 words, but there are 8.", 422),
        ([*words[:2], "qqqq", *words[3:]], "The third word is not in the list.", 422),
        (list(stranger.words), "These words open nothing.", 404),
    ):
        browser.get("/return/")
        browser.send("/return/", {"words": " ".join(typed)})
        assert said in browser.page
        assert browser.status == status


def test_odd_characters_stop_nobody(browser: Browser, world: World) -> None:
    sending(browser, "/report/", {"what": "a\x00b\u202ec \x1b[31m", "who": "\x00", "want": "report"})
    form = sealed.read(world, "intake_officer")["narrative", "form"][0]
    assert form["what"].startswith("ab")
    assert "\x00" not in form["what"]
    assert "\x1b" not in form["what"]


@given(st.text())
def test_whatever_is_typed_can_be_sealed(text: str) -> None:
    kept = without_controls(text + "\ud83d\x00\r\n")
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert not set(kept) & {"\x00", "\r", "\x1b"}


def test_a_text_that_is_too_long_comes_back_whole(browser: Browser) -> None:
    text = "خ" * (LONGEST // 2 + 1)
    browser.get("/report/")
    browser.send("/report/", {"what": text})
    assert browser.status == 422
    assert "too long by about 1 letter." in browser.page
    assert text in browser.page
    browser.send("/report/", {"what": text[1:]})
    assert browser.status == 303


def test_a_flood_of_fields_and_bytes_is_refused_calmly(browser: Browser, world: World) -> None:
    browser.get("/report/")
    form = browser.fields()
    many = {f"field{number}": "x" for number in range(2_000)}
    assert "What was sent could not be read" in browser.post("/report/", {**form, **many})
    assert browser.status == 413
    browser.post("/report/", {**form, "what": "x" * 5_000_000})
    assert browser.status == 413
    response = browser.client.generic(
        "POST", "/report/", b"nonsense", content_type="multipart/form-data; boundary=", headers={}
    )
    assert response.status_code in (403, 413)
    assert not any(world.files.glob("*")) if world.files.exists() else True


def test_nothing_but_get_and_post_is_answered(browser: Browser) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert browser.client.generic(method, "/report/").status_code == 405


def test_file_names_and_types_of_an_enemy_stay_names(browser: Browser, world: World) -> None:
    files = [
        SimpleUploadedFile("..\\..\\con.jpg", b"x", "text/html\r\nX-Evil: 1"),
        SimpleUploadedFile("<script>alert(1)</script>.txt", b"y", "../../etc"),
        SimpleUploadedFile("\u202e\u2066" + "n" * 400 + ".doc", b"z", "é/é"),
    ]
    browser.get("/report/")
    browser.send("/report/", {"what": "x", "files": files})
    page = browser.follow()
    assert "<script>alert" not in page
    for name, kind, _data in sealed.read(world, "intake_officer")["evidence", "file"]:
        assert "/" not in name
        assert "\\" not in name
        assert name.isprintable()
        assert kind.isascii()
        assert "\r" not in kind


def test_no_reader_at_all_is_refused_with_the_text_kept(browser: Browser) -> None:
    browser.get("/report/")
    browser.send("/report/", {"what": "Keep this text.", "reader": None})
    assert browser.status == 422
    assert "At least one person must be able to read it." in browser.page
    assert "Keep this text." in browser.page
    # Nor may a part be left that nobody reads: without officer and assessor nobody would have the accused
    browser.get("/report/")
    advocate = browser.world.staff["advocate"].reader.id.hex()
    browser.send("/report/", {"what": "Keep this text.", "reader": [advocate]})
    assert browser.status == 422
    assert "Nobody could read a part of what you send." in browser.page
    # A reader who is not in the list is no reader
    browser.send("/report/", {"what": "x", "reader": ["00" * 16]})
    assert browser.status == 422
    assert sealed.rows("submission") == []


def test_when_all_slots_are_taken_the_page_comes_back_with_its_text(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr("answerable.intake.slots.PATIENCE", 0.05)
    folder = Path(settings.ANSWERABLE_INTAKE["slots"]) / "kdf"
    browser.get("/report/")
    with slots.slot(folder), slots.slot(folder):
        browser.send("/report/", {"what": "Keep this text."})
        assert browser.status == 503
        assert browser.response["Retry-After"] == "30"
        assert "Please wait 30 seconds" in browser.page
        assert "Keep this text." in browser.page
        browser.get("/return/")
        browser.send(
            "/return/", {"words": "abacus abdomen abdominal abide abiding ability ablaze able", "list": "eff-large"}
        )
        assert browser.status in (422, 503)
    assert sealed.rows("submission") == []


def test_a_file_that_finds_no_place_to_be_cleaned_is_taken_uncleaned(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr("answerable.intake.views.means._CLEANING_PATIENCE", 0.05)
    folder = Path(settings.ANSWERABLE_INTAKE["slots"]) / "cleaning"
    with slots.slot(folder), slots.slot(folder):
        sending(browser, "/report/", {"what": "x", "files": [SimpleUploadedFile("a.jpg", b"x", "image/jpeg")]})
    assert "a.jpg" in browser.page
    assert ("evidence", "cleaned") not in sealed.read(world, "intake_officer")


def test_nothing_leads_to_the_plain_page_but_the_persons_own_choice(browser: Browser) -> None:
    """The downgrade: where scripts run, no button sends plain words, and the plain page says first what it means."""
    for path in ("/report/", "/help/", "/assist/", "/return/"):
        page = browser.get(path)
        scripted = re.sub(r"<noscript>.*?</noscript>", "", page, flags=re.DOTALL)
        assert '<button type="submit"' not in scripted
        assert page.count("plain=1") == 1
        plain = browser.get(f"{path}?plain=1")
        assert "<script" not in plain
        assert "script-src" not in browser.response["Content-Security-Policy"]
        assert plain.index("Without scripts, the server") < plain.index('<button type="submit"')


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_fails_inside_names_nothing_of_the_server(browser: Browser, settings: Any, language: str) -> None:
    # Given pages that were loaded, and a server whose list of readers is gone then
    query = f"?l={language}"
    forms = {path: (browser.get(path + query), browser.fields())[1] for path in ("/report/", "/return/", "/carry-in/")}
    draft = SimpleUploadedFile("a.draft", b"ANSD\x01\x01\x00\x00\x00\x01\x00\x00\x00")
    forms["/carry-in/"]["draft"] = draft
    forms["/return/"]["words"] = "0000 " * 8
    settings.ANSWERABLE_READERS.unlink()
    # When pages are asked for, and forms are sent
    answers = [(browser.get(f"{path}{query}"), browser.status) for path in ("/readers/", "/report/")]
    answers += [(browser.post(path + query, form), browser.status) for path, form in forms.items()]
    # Then nobody is told of a file, and everybody what to do
    for page, status in answers:
        assert status in (422, 503), page
        for inside in (str(settings.ANSWERABLE_READERS), "readers.note", "ANSWERABLE_", "Errno"):
            assert inside not in page


def test_what_was_taken_back_takes_nothing_more(browser: Browser) -> None:
    returning(browser, sending(browser, "/report/", {"what": "First."}))
    form = {**browser.fields(), "text": "Too late."}
    browser.get("/box/withdraw/")
    browser.send("/box/withdraw/", {"sure": "on"})
    browser.follow()
    browser.post("/box/", form)
    assert "Nothing more can be added." in browser.follow()
    assert "Too late." not in browser.page
    assert "<form" not in browser.get("/box/consent/")
    assert "Mark what you agree to" not in browser.page
    # And new words are not made for it: they would open nothing
    assert "<form" not in browser.get("/box/code/")
    browser.post("/box/code/", {**form, "list": "digits"})
    assert browser.status == 200
    assert "Nothing more can be added." in browser.page


def test_slots_are_bounded_and_let_go(tmp_path: Path) -> None:
    most, now, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal most, now
        with slots.slot(tmp_path, 2, patience=10):
            with lock:
                now += 1
                most = max(most, now)
            threading.Event().wait(0.02)
            with lock:
                now -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most == 2
    with slots.slot(tmp_path, 1), pytest.raises(slots.BusyError), slots.slot(tmp_path, 1, patience=0):
        pass


def test_nothing_of_what_was_written_lies_in_clear(browser: Browser, world: World, tmp_path: Path) -> None:
    """Positive control: the acknowledgement's origin, which is no secret, is found."""
    words = sending(
        browser,
        "/report/",
        {"what": "CANARYWHAT", "who": "CANARYWHO", "files": [SimpleUploadedFile("CANARYNAME.txt", b"CANARYFILE")]},
    )
    returning(browser, words)
    browser.send("/box/", {"text": "CANARYMESSAGE"})
    tables = ("mailbox", "record", "submission", "compartment", "wrap", "value", "file", "ack", "outbox")
    everything = repr([sealed.rows(table) for table in tables]).encode()
    everything += b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"ledger.example.org/register" in everything
    for secret in ("CANARY", *words):
        if len(secret) > 5:
            assert secret.encode() not in everything
            assert secret.encode("utf-16-le") not in everything


@given(st.binary(max_size=300))
def test_any_bytes_are_a_draft_or_a_sentence(data: bytes) -> None:
    for attempt in (data, MAGIC + data):
        with pytest.raises(MalformedError):
            read_draft(attempt)


def test_a_draft_with_bodies_that_nobody_names_is_refused() -> None:
    with pytest.raises(MalformedError):
        read_draft(encode_draft([b"\x00\x00\x00\x00"], [(bytes(16), b"x")]))


@given(st.binary(max_size=100))
def test_what_a_keeper_gives_back_is_read_or_refused(data: bytes) -> None:
    with pytest.raises(IntakeError):
        page_session.decode(data)


WORDS = st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=9).map(tuple)
PAIRS = st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=3).map(tuple)
BOXES = st.builds(
    OpenBox,
    st.integers(0, 1),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
    st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=2).map(tuple),
    st.binary(min_size=32, max_size=32),
    st.booleans(),
    st.text(max_size=10),
)
STATES = st.one_of(
    st.builds(Fresh, WORDS, st.text(max_size=9), st.just((0, 1)), st.booleans(), st.just(()), PAIRS, PAIRS),
    st.builds(
        Opened, WORDS, st.text(max_size=9), st.lists(BOXES, max_size=2).map(tuple), st.none() | st.just((1, 3)), PAIRS
    ),
    st.builds(Pointer, st.binary(min_size=32, max_size=32)),
)


@settings(max_examples=60)
@given(STATES)
def test_what_is_kept_comes_back_and_never_shows_itself(state: Fresh | Opened | Pointer) -> None:
    assert page_session.decode(state.encode()) == state
    if isinstance(state, Fresh | Opened):
        assert "words" not in repr(state)
    if isinstance(state, Opened):
        assert not any(word in repr(each) for each in state.boxes for word in ("seed", "privates", "auth", "lookup"))


@given(st.text(max_size=60))
def test_any_cookie_is_32_bytes_or_none(text: str) -> None:
    found = page_session.parse_cookie(text)
    assert found is None or page_session.cookie_text(found) == text
