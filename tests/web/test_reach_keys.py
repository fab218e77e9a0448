"""The journey with scripts by keyboard alone: where the focus is, where it goes, and that it can be seen there."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.web.reach import SECRET, asked, served, words_of  # noqa: F401  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=["default", "intake"])]

#: Where the focus is: what it is, how it looks, and whether anything covers it.
FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const all = [...document.querySelectorAll("*")];
  return {
    tag: one.localName, id: one.id, name: one.getAttribute("name") ?? "", type: one.getAttribute("type") ?? "",
    text: (one.innerText ?? "").trim(), place: all.indexOf(one),
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    seen: !!over && (one.contains(over) || over.contains(one)) && over !== document.documentElement,
  };
}"""


class Keyboard:
    """Walks by Tab and keeps what went wrong on the way."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.troubles: list[str] = []

    def focus(self) -> dict[str, Any]:
        """Where the focus is. It is never lost."""
        found = self.page.evaluate(FOCUS)
        assert found, "the focus is lost"
        return dict(found)

    def tab(self) -> dict[str, Any]:
        """One step on: what has the focus is in sight and shows that it has it."""
        self.page.keyboard.press("Tab")
        at = self.focus()
        if not at["outline"]:
            self.troubles.append(f"the focus does not show: {at}")
        if not at["seen"]:
            self.troubles.append(f"the focus is out of sight: {at}")
        return at

    def until(self, **wanted: str) -> list[dict[str, Any]]:
        """Step on until what has the focus is as wanted; the steps. They go down the page, and never back."""
        steps: list[dict[str, Any]] = []
        for _ in range(80):
            at = self.tab()
            if steps and at["place"] < steps[-1]["place"]:
                self.troubles.append(f"the order goes back from {steps[-1]} to {at}")
            steps.append(at)
            if all(at[name] == value for name, value in wanted.items()):
                return steps
        raise AssertionError(f"no step leads to {wanted}: {steps}")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def comes_to(self, selector: str) -> None:
        """Wait until the focus is there."""
        self.page.locator(f":is({selector}):focus").wait_for()


def confirm(keys: Keyboard, words: list[str]) -> None:
    """From the heading above the words: on to the two fields, and the words into them."""
    keys.until(tag="button", text="I have written them down")
    keys.press("Enter")
    keys.comes_to("form input[type=text]")
    first, second = asked(keys.page)
    keys.type(words[first])
    keys.tab()
    keys.type(words[second])
    keys.press("Enter")


def test_the_whole_journey_by_keyboard_alone(
    chromium: Browser,
    served: str,  # noqa: F811  # a fixture
) -> None:
    with chromium.new_context(viewport={"width": 1000, "height": 600}) as context:
        page = context.new_page()
        keys = Keyboard(page)
        # Given the first page: the first step skips to the content, and the next choice is the first of the page
        page.goto(f"{served}/?l=en")
        assert keys.tab()["text"] == "Skip to the content"
        keys.press("Enter")
        keys.comes_to("main")
        assert keys.tab()["text"] == "I want to report what happened"
        keys.press("Enter")
        page.locator("#script-send button").wait_for()
        # When the form is sent empty, the focus comes to what is wrong, and from there to the field
        keys.until(tag="button", text="Send")
        keys.press("Enter")
        keys.comes_to(".error-summary, [name=what]")
        if keys.focus()["name"] != "what":
            keys.until(tag="a")
            keys.press("Enter")
            keys.comes_to("[name=what]")
        keys.type(SECRET)
        # And parts that are folded open by key; every step goes down the page
        keys.until(tag="summary", text="About you, and how to reach you")
        keys.press("Enter")
        keys.until(name="contact")
        keys.type("by the well")
        keys.until(tag="button", text="Send")
        keys.press("Enter")
        # Then the focus is at the head of what came, and the words come next
        keys.comes_to("#script-screen h1")
        page.locator("ol.words").wait_for()
        words = words_of(page)
        confirm(keys, words)
        keys.comes_to("[role=status]")
        assert "This page has forgotten them now" in keys.focus()["text"]

        # When she comes back with them
        page.goto(f"{served}/return/?l=en")
        page.locator("#return-form button").wait_for()
        # Then the way out is among the first steps of the page, and the words come next
        steps = keys.until(name="words")
        assert [one["text"] for one in steps[:-1]] == ["Skip to the content", "First page", "Leave this page"]
        keys.type(" ".join(words))
        keys.until(tag="button", text="Open")
        keys.press("Enter")
        keys.comes_to("#script-box h1")
        # Then a message can be written, and the focus is at what came of it
        keys.until(tag="textarea")
        keys.type("I remember more.")
        keys.until(tag="button", text="Send")
        keys.press("Enter")
        keys.comes_to("[role=status], .box[tabindex]")
        assert "Your message was received." in keys.focus()["text"]
        # And new words can be made, confirmed and used, and what was said is where the focus is
        keys.until(tag="summary", text="New secret words")
        keys.press("Enter")
        keys.until(tag="button", text="Make new words")
        keys.press("Enter")
        page.locator("#script-box ol.words").wait_for()
        new = words_of(page)
        assert page.locator("#script-box :focus").count() == 1
        confirm(keys, new)
        keys.comes_to("[role=status]")
        assert "Your new words are in force." in keys.focus()["text"]
        assert keys.troubles == [], "\n".join(keys.troubles)


#: Fields by their names, as somebody who stands so to what happened is asked for them.
ABOUT_HER = {"name", "contact", "safe_times", "tie", "interviewer_sex", "interviewer_language"}
ASKED = {
    "victim": ABOUT_HER | {"age"},
    "witness": ABOUT_HER,
    "third_party": ABOUT_HER - {"interviewer_sex", "interviewer_language"},
    "bound": ABOUT_HER - {"safe_times", "interviewer_sex", "interviewer_language"},
    "anonymous": set[str](),
    "": ABOUT_HER | {"age"},
}


def test_who_she_is_changes_what_is_asked_while_the_page_stands(
    chromium: Browser,
    served: str,  # noqa: F811  # a fixture
) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{served}/report/?l=en")
        page.locator("#script-send button").wait_for()
        for summary in page.locator("form section summary").all():
            summary.click()

        def shown() -> set[str]:
            every = ABOUT_HER | {"age"}
            return {name for name in every if page.locator(f"[name={name}]").is_visible()}

        choice = page.locator("select[name=relation]")
        for relation, wanted in ASKED.items():
            choice.select_option(relation)
            assert shown() == wanted, relation
            assert page.locator("[name=what], [name=who], [name=when]").locator("visible=true").count() == 3
        # What was written in a field that is not asked any more stays in sight, and nothing else
        page.locator("[name=contact]").fill("by the well")
        choice.select_option("anonymous")
        assert shown() == {"contact"}
        page.locator("[name=contact]").fill("")
        choice.select_option("witness")
        choice.select_option("anonymous")
        assert shown() == set()
        # And a choice that the address makes asks no more, without a question about it
        page.goto(f"{served}/report/?l=en&relation=anonymous")
        page.locator("#script-send button").wait_for()
        assert page.locator("select[name=relation]").count() == 0
        assert page.locator(", ".join(f"[name={name}]" for name in ABOUT_HER)).count() == 0
