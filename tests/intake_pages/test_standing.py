"""What the pages without script say truly: what can be contested, what is shown again, what is wrong with a form."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from answerable.intake.errors import NotKeptError
from answerable.sealing.place import Field
from tests.intake_pages import sealed
from tests.intake_pages.test_journeys import replied
from tests.intake_pages.world import Browser, World, form_fields, returning, sending

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "intake"])]
HELP_UNSEEN = "What you wrote about the help you need can be opened only by those who help you."
REPORT_UNSEEN = "Whom you named, and the files you sent, can be opened only by those who work on your report."


def standing(appeal: Any) -> dict[str, Any]:
    """What the desk tells of a report that was ended."""
    return {"v": 1, "day": "2026-11-23", "stage": "no_further_action", "appeal": appeal}


@pytest.mark.parametrize(
    ("appeal", "said"),
    [
        (
            {"route": "panel", "until": "2099-01-05", "decided": "2026-11-20"},
            "It was decided on 20 November 2026. Until 5 January 2099 you can contest this before the oversight panel. "
            "The office’s message says how.",
        ),
        (
            {"route": "independent_reviewer", "until": "2099-01-05", "decided": "2026-11-20"},
            "you can contest this before an independent reviewer.",
        ),
        ({"route": "court", "until": "2099-01-05", "decided": "2026-11-20"}, "you can contest this before a court."),
        ({"route": "new", "until": "2099-01-05", "decided": "2026-11-20"}, "The office’s message says before whom."),
        (
            {"route": "panel", "until": "2026-01-05", "decided": "2025-11-20"},
            "It was decided on 20 November 2025. The time to contest this ended on 5 January 2026.",
        ),
    ],
)
def test_she_reads_before_whom_and_until_when_she_can_contest(
    browser: Browser, world: World, appeal: dict[str, str], said: str
) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    replied(world, Field.STATUS, standing(appeal), 7)
    page = returning(browser, words)
    assert "<strong>It was decided to do nothing more.</strong>" in page
    assert said in page


@pytest.mark.parametrize("appeal", [None, "soon", ["panel"], {}, {"route": 7, "until": None}])
def test_what_is_no_way_to_contest_breaks_no_page(browser: Browser, world: World, appeal: Any) -> None:
    words = sending(browser, "/report/", {"what": "First."})
    replied(world, Field.STATUS, standing(appeal), 7)
    page = returning(browser, words)
    assert browser.status == 200
    assert "before the oversight panel" not in page


def test_what_she_gave_at_first_is_shown_again_and_what_is_not_is_said(browser: Browser) -> None:
    # Given somebody who reports and asks for help, and fills everything in
    given = {
        "want": "both", "what": "It happened.", "need": "NEED-CANARY", "who": "WHO-CANARY", "where": "At the gate",
        "when": "In March", "name": "Nour", "contact": "through <my> sister", "safe_times": "mornings",
        "tie": "he is my employer", "age": "17",
    }  # fmt: skip
    page = returning(browser, sending(browser, "/report/", given))
    report, helped = page.split("Your request for help")[:2]
    # Then each record gives back what she may read of it
    told = ("It happened.", "At the gate", "In March", "Nour", "through &lt;my&gt; sister", "he is my employer", "17")
    for words in told:
        assert f"{words}</" in report, words
    for words in ("Nour", "through &lt;my&gt; sister", "mornings", "17"):
        assert f"{words}</" in helped, words
    # And what nobody but those who work with it can open is not there, and this is said, once for each
    assert "CANARY" not in page
    assert (report.count(REPORT_UNSEEN), helped.count(HELP_UNSEEN)) == (1, 1)
    # And of what she took back nothing is said to be somebody else's to open
    for number in (0, 0):
        browser.get("/box/withdraw/")
        browser.send("/box/withdraw/", {"sure": "on"}, number=number)
        browser.follow()
    assert REPORT_UNSEEN not in browser.page
    assert HELP_UNSEEN not in browser.page


def test_who_wants_both_may_leave_the_need_unsaid(browser: Browser, world: World) -> None:
    words = sending(browser, "/report/", {"want": "both", "what": "It happened."})
    assert browser.page.count("it is entered in the register") == 1, "once for both"
    page = returning(browser, words)
    assert "Your request for help" in page
    # And where the same button stands in both, its name says which of them it is for
    for path, button in (("/box/", "Send"), ("/box/consent/", "Keep this choice"), ("/box/withdraw/", "Take it back")):
        page = browser.get(path)
        names = re.findall(rf'<button type="submit" id="([\w-]+)" aria-labelledby="\1 ([\w-]+)">{button}<', page)
        told = [re.findall(rf' id="{of}">([^<]+)<', page) for _own, of in names]
        assert told == [["Your report"], ["Your request for help"]], path


def test_what_is_wrong_is_summed_up_at_the_top_with_links(browser: Browser) -> None:
    # Given a form with something missing, and something too long in a part that is folded away
    assert ["relation=" in browser.get(path) for path in ("/help/", "/assist/", "/report/")] == [False, False, True]
    page = browser.send("/report/", {"want": "both", "age": "x" * 2_000, "tie": "y" * 2_000})
    # Then the title says it, and the first thing in the form is a summary that takes the focus
    assert browser.status == 422
    assert "<title>Not sent yet · Form</title>" in page
    form = page[page.index('<form id="intake-form"') :]
    summary = form[form.index('<div class="error-summary" role="alert" tabindex="-1" autofocus>') :]
    assert summary.index("</div>") < form.index("<section>")
    # And it leads to each field in the order of the page, where the same is said again
    links = re.findall(r'<li><a href="#([\w-]+)">(.*?)</a></li>', summary.split("</div>")[0])
    assert [name for name, _words in links] == ["id_what", "id_age", "id_tie"]
    # And nothing offers another form, which would come without what was written
    assert "relation=" not in page
    for name, words in links:
        assert f'id="{name}"' in page
        assert page.count(words.split(" · ")[-1]) >= 2
    assert links[1][1].startswith("Age of the person who was harmed · This text is too long")
    assert page.count("<details open>") == 2
    # And with no reader left, to the first of them
    page = browser.send("/report/", {"what": "x", "age": "", "tie": "", "reader": None, "independent": None})
    assert '<a href="#id_reader_0">' in page
    assert 'id="id_reader_0"' in page
    # And a group of choices is explained by its help and by what is wrong with it, as a field is
    (explained,) = re.findall(r'<fieldset[^>]* id="id_reader" aria-describedby="([^"]*)"', page)
    assert explained.split() == ["id_reader_more", "id_reader_error"]
    assert all(page.count(f'id="{one}"') == 1 for one in explained.split())


def test_what_was_taken_back_stays_with_its_old_words(browser: Browser) -> None:
    # Given a report that was taken back, beside a request for help that was not
    words = sending(browser, "/report/", {"want": "both", "what": "It happened.", "need": "A doctor"})
    returning(browser, words)
    browser.get("/box/withdraw/")
    browser.send("/box/withdraw/", {"sure": "on"})
    # When new words are made
    browser.get("/box/code/")
    browser.send("/box/code/")
    browser.follow()
    new = browser.words()
    browser.send("/box/code/", {"skip": "1"})
    # Then they open the request, the old ones what was taken back, and the page says so
    assert "What you took back still opens with the old words, and only with them." in browser.follow()
    assert ("Your report<" in browser.page, "Your request for help<" in browser.page) == (False, True)
    page = returning(browser, words)
    assert ("Your report<" in page, "Your request for help<" in page) == (True, False)
    assert "Your request for help<" in returning(browser, new)


def test_what_is_wrong_in_a_mailbox_is_summed_up_at_its_top(browser: Browser) -> None:
    # Given wrong words, and then right ones
    words = sending(browser, "/report/", {"what": "It happened."})
    browser.get("/return/")
    page = browser.send("/return/", {"words": " ".join([words[1], words[0], *words[2:]])})
    # Then the form begins with what is wrong, which leads to the field
    assert "<title>Not opened yet · Messages</title>" in page
    assert re.search(r'<form id="return-form"[^>]*><input[^>]*>\n<div class="error-summary"', page)
    assert '<a href="#id_words">One of these words is not right.' in page
    returning(browser, words)
    # And so do an empty message, and taking back without a mark
    for path, field in (("/box/", "text"), ("/box/withdraw/", "sure")):
        browser.get(path)
        page = browser.send(path)
        assert browser.status == 422
        (link,) = re.findall(r'<a href="#([\w-]+)">', page[page.index('class="error-summary"') :])
        assert link.startswith(f"{field}-")
        (described,) = re.findall(rf'id="{link}"[^>]*aria-invalid="true" aria-describedby="([\w-]+)"', page)
        assert f'id="{described}"' in page


@pytest.mark.parametrize(
    ("want", "given", "lost"),
    [
        ("report", {"what": "x", "need": "A doctor"}, {"need"}),
        ("complain", {"complaint": "x", "need": "A doctor"}, {"need"}),
        ("help", {"need": "x", "what": "y", "who": "z", "tie": "t", "name": "Nour"}, {"what", "who", "tie"}),
        ("both", {"what": "x", "need": "y", "who": "z", "complaint": "t"}, set()),
    ],
)
def test_no_words_are_dropped_for_what_was_marked(
    browser: Browser, want: str, given: dict[str, str], lost: set[str]
) -> None:
    # Given a browser that hides no box, in which one is filled in that does not belong to the choice
    browser.get("/report/")
    page = browser.send("/report/", {"want": want, **given})
    # Then it is said, at that box, before anything is sent
    assert browser.status == (422 if lost else 303)
    assert set(re.findall(r'<a href="#id_(\w+)">[^<]*This would reach nobody', page)) == lost


def test_going_back_and_writing_something_else_is_no_repetition(browser: Browser) -> None:
    """A page that a browser kept has the same form in it: only the same words again are the same message."""
    returning(browser, sending(browser, "/report/", {"what": "It happened."}))
    form = form_fields(browser.page)
    for text, said in (("One.", "was received."), ("One.", "received already"), ("Another.", "was received.")):
        browser.post("/box/", {**form, "text": text})
        assert said in browser.follow()
    assert ("One.<" in browser.page, "Another.<" in browser.page) == (True, True)
    for data, said in ((b"one", "was received."), (b"one", "received already"), (b"two", "was received.")):
        browser.post("/box/", {**form, "files": SimpleUploadedFile("a.txt", data)})
        assert said in browser.follow()
    # Nor are other consents, in whatever order they are tried
    form = form_fields(browser.get("/box/consent/"))
    for given in (["state"], [], ["state"], []):
        browser.post("/box/consent/", {**form, "consent": given})
        assert "It counts from now on." in browser.follow()
        assert ("-state" in str(re.findall(r"<input[^>]*checked>", browser.get("/box/consent/")))) == bool(given)


def test_words_come_back_with_the_form_when_it_could_not_be_taken(browser: Browser, world: World) -> None:
    """Nobody writes a report twice: not for a cookie that was lost, a full disk, or letters that take more room."""
    # Given a browser that keeps no cookies
    form = {**form_fields(browser.get("/report/")), "what": "All that happened.", "who": "His name"}
    browser.client.cookies.clear()
    browser.post("/report/", form)
    assert browser.status == 403
    assert "cookies are switched off" in browser.page
    assert ">All that happened.</textarea>" in browser.page.replace("\n", "")
    assert "What you wrote is still in the form." in browser.page
    assert sealed.rows("submission") == []
    # When it keeps them after all, then the button sends it, once
    browser.send("/report/")
    assert browser.follow().count('<ol class="words"') == 1
    # But nothing that another site wrote is put before her
    stranger = world.browser()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        stranger.post("/report/", form, **headers)
        assert (stranger.status, "All that" in stranger.page) == (403, False)


def test_what_was_changed_after_sending_is_said_not_to_be_taken(browser: Browser) -> None:
    form = {**form_fields(browser.get("/report/")), "what": "As it was."}
    cookie = browser.cookie
    browser.post("/report/", form)
    assert "that was not taken" not in browser.follow()
    words = browser.words()
    # Gone back and sent again, with the cookie that came with the answer, and where that was lost
    browser.post("/report/", {**form, "what": "As it was, and more."})
    assert "If you changed something before you sent it again, that was not taken" in browser.follow()
    browser.client.cookies["a"] = cookie
    browser.post("/report/", {**form, "what": "As it was, and more."})
    assert "If you changed something before you sent it again, that was not taken" in browser.follow()
    assert (browser.words(), len(sealed.rows("submission"))) == (words, 1)


def test_words_come_back_when_nothing_can_be_kept(browser: Browser) -> None:
    def full(*_what: Any, **_how: Any) -> Any:
        raise NotKeptError

    browser.get("/report/")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("answerable.intake.actions.receive", full)
        browser.send("/report/", {"what": "All that happened."})
    assert (browser.status, "Not yet received." in browser.page) == (503, True)
    assert "All that happened." in browser.page
    browser.send("/report/")
    assert browser.status == 303


@pytest.mark.parametrize("text", ['"' * 39_999, "\\\n\\" * 13_333])
def test_a_text_of_signs_that_take_twice_the_room_is_too_long_and_stays(browser: Browser, text: str) -> None:
    browser.get("/report/")
    browser.send("/report/", {"what": text})
    assert browser.status == 422
    assert "This text is too long by about" in browser.page
    assert browser.fields()["what"].strip() == text.strip()


@pytest.mark.parametrize(("name", "language"), [("", "fr"), ("eff-large", "en"), ("digits", "zxx")])
def test_words_are_in_their_own_language_and_for_no_translator(browser: Browser, name: str, language: str) -> None:
    # Given a report from a French page, with words of its language, of another, or in digits
    browser.get("/report/?l=fr")
    browser.send("/report/?l=fr", {"what": "x", "list": name})
    page = browser.follow()
    # Then the list says whose words they are, and no browser puts other words in their place
    assert f'<ol class="words" id="words" lang="{language}" translate="no">' in page
    # And the title says it when two of them were wrong
    browser.send("/report/sent/?l=fr", {"first": "x", "second": "x"})
    assert "<title>Cela n’a pas marché · Formulaire</title>" in browser.page
    assert '<a href="#id_first">Ce ne sont pas les deux mots.' in browser.page


def test_a_message_that_took_too_long_comes_along_when_she_enters_her_words_again(
    browser: Browser, world: World
) -> None:
    words = sending(browser, "/report/", {"want": "both", "what": "First.", "need": "A doctor"})
    page = returning(browser, words)
    form = form_fields(page, 1)
    # Given that the half hour is over while she writes to those who help
    world.keeper.held.clear()
    browser.post("/box/", {**form, "text": 'All of it.\nEvery "word".'})
    assert (browser.status, len(sealed.rows("submission"))) == (403, 2)
    assert "Enter your words again." in browser.page
    assert "This was not sent." in browser.page
    # When she slips once and then enters them, it stands where she wrote it, and nowhere else
    browser.send("/return/", {"words": " ".join(words[::-1])})
    assert browser.status == 422
    browser.send("/return/", {"words": " ".join(words)})
    page = browser.follow()
    assert "What you wrote before is in the form below." in page
    assert [form_fields(page, number)["text"] for number in (0, 1)] == ["", 'All of it.\nEvery "word".']
    browser.send("/box/", number=1)
    page = browser.follow()
    assert "Your message was received." in page
    assert [form_fields(page, number)["text"] for number in (0, 1)] == ["", ""]
    # And where nothing was written she is asked for her words, as ever
    world.keeper.held.clear()
    browser.send("/box/", {"text": " \u0000 "}, number=1)
    assert browser.response["Location"] == "/return/?over=1"
