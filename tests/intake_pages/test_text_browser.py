"""The whole journey at a text browser: what w3m draws is read as a person would read it there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.intake_pages.test_browser import site  # noqa: F401  # a fixture
from tests.intake_pages.w3m import TextBrowser

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "intake"])]

#: What only browsers with scripts or colours can do; and what a broken page shows.
NOISE = ("Listen", "when this page has loaded", "the red", "undefined", "None", "{{", "{%", "[IMG]", "Subnavigation")


def in_order(text: str, *parts: str) -> None:
    """That ``parts`` stand in ``text`` one after another."""
    at = 0
    for part in parts:
        found = text.find(part, at)
        assert found >= 0, f"{part!r} does not come here:\n{text[at:]}"
        at = found + len(part)


def calm(text: str) -> None:
    """That a page says nothing that is only for others, and nothing empty; and that the way out comes first."""
    for noise in NOISE:
        assert noise not in text, f"{noise!r} in\n{text}"
    assert not [line for line in text.splitlines() if line.strip() in ("•", "1.", "-", "[]")], text
    assert "\n\n\n\n" not in text.rstrip("\n"), text
    in_order(text, "Skip to the content", "First page", "Leave this page")


def test_the_journey_makes_sense_at_a_text_browser(site: str, tmp_path: Path) -> None:  # noqa: F811  # a fixture
    with TextBrowser(tmp_path, f"{site}/?l=en") as browser:
        # Given the first page: what it is for, what can be done, and whom to call
        calm(browser.text)
        in_order(
            browser.text, "• English", "• العربية", "You can tell us here", "• I want to report", "• I want help",
            "• I was here before", "If you are in danger now", "+1 555 0100",
        )  # fmt: skip
        # Then in the form each label stands before its field, in the order in which it is asked
        form = browser.follow("I want to report what happened")
        calm(form)
        in_order(
            form, "Report what happened", "1. What you want to tell", "(*) Report what happened", "( ) Get help",
            "What happened?", "Only this box is", "[    ", "[ ] Someone is in danger now", "2. More, only if you wish",
            "Who did it?\n[", "Where? [", "When? [", "Your name, or any name to call you by [", "3. Who may read this",
            "[*] Intake officer", "[ ] Also an independent reader", "Without scripts, the server locks what you write",
            "\nSend\n",
        )  # fmt: skip
        # When it is sent empty, what is missing is said at the top and again at the field
        wrong = browser.follow("Send")
        calm(wrong)
        missing = "Please say what happened."
        in_order(wrong, "Nothing was sent yet.", missing, "What happened?", missing, "[    ", "Who did it?\n[")
        # And when it is filled in, the words are there, numbered, and two of them are asked again
        browser.write("What happened?", "He came at night. جاء ليلا.")
        sent = browser.follow("Send")
        calm(sent)
        words = re.findall(r"^ *\d+\. (\S+)$", sent, re.MULTILINE)
        assert len(words) == 8
        in_order(sent, "It has been received", "Your secret words", "Write these words down", words[0], words[7])
        for number in re.findall(r"Word number (\d+) \[ +\]", sent):
            browser.fill(f"Word number {number}", words[int(number) - 1])
        kept = browser.follow("I have my words")
        calm(kept)
        in_order(kept, "You have your words", "What happens next", "a person answers you", "“Leave this page”")
        assert words[0] not in kept

        # When she comes back with the words
        calm(browser.follow("Come back with your words"))
        in_order(browser.text, "Your secret words", "[    ", "They stay open for 30 minutes", "\nOpen\n")
        browser.write("Your secret words", " ".join(words))
        box = browser.follow("Open")
        calm(box)
        in_order(box, "Your messages", "Your report", "What is owed to you", "Messages", "He came at night. جاء ليلا.")
        in_order(box, "Your message\n[", "Files [", "Are you safe?\n(*)", "( ) Yes", "( ) No. This", "( ) Someone")
        in_order(box, "\nSend\n", "Who opened it", "Nobody has opened it yet.", "• My rights")
        # Then a message comes into the thread, and every matter is a page that says where it is
        browser.write("Your message", "I remember more.")
        box = browser.follow("Send")
        calm(box)
        in_order(box, "Your message was received.", "He came at night.", "I remember more.", "Your message\n[")
        for matter in ("My rights", "What I agreed to", "My proofs", "New secret words", "Take it back"):
            page = browser.follow(matter)
            calm(page)
            in_order(page, "Leave this page", f"\n{matter}\n", f"• {matter}")
        # And leaving shows the day, and the way back is closed
        away = browser.follow("Leave this page")
        assert "Good day" in away
        assert "report" not in away.lower()
        browser.open(f"{site}/box/?l=en")
        assert "Your messages are closed." in browser.text
        assert "night" not in browser.text
