"""What a screen reader is told, and what stays on the screen under high contrast, wide spacing and large letters."""

from __future__ import annotations

import pytest
from django.utils.translation import gettext as _
from django.utils.translation import override
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.intake_pages.pictures import picture
from tests.web.reach import SECRET, SEND, confirmed, returned, sent, served, words_of  # noqa: F401  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=["default", "intake"])]

#: Keeps what a screen reader would say of itself: what comes into a live region, one after another.
LISTEN = """
globalThis.spoken = [];
addEventListener("DOMContentLoaded", () => new MutationObserver((changes) => {
  for (const change of changes) {
    const at = change.target.nodeType === 1 ? change.target : change.target.parentElement;
    const live = at?.closest("[role=status], [role=alert]")
      ?? [...change.addedNodes].find((one) => one.matches?.("[role=status], [role=alert]"));
    const text = live?.textContent.trim();
    if (text && spoken.at(-1) !== text) spoken.push(text);
  }
}).observe(document.body, { childList: true, subtree: true, characterData: true }));
"""
#: Text that its own box cuts off; controls that lie over each other; what reaches out of the window.
CUT = """() => {
  const found = [];
  const name = (one) => `${one.localName}#${one.id} ${(one.innerText ?? "").slice(0, 40)}`;
  for (const one of document.querySelectorAll("body *")) {
    const style = getComputedStyle(one);
    if (!one.checkVisibility()) continue;
    const clips = ["hidden", "clip"].includes(style.overflowX) || ["hidden", "clip"].includes(style.overflowY);
    if (clips && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1))
      found.push(`cut off: ${name(one)}`);
  }
  const controls = [...document.querySelectorAll("main :is(a, button, input, select, textarea, summary, label)")]
    .filter((one) => one.checkVisibility()).map((one) => [one, one.getBoundingClientRect()]);
  for (const [i, [one, a]] of controls.entries())
    for (const [other, b] of controls.slice(i + 1)) {
      if (one.contains(other) || other.contains(one)) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1 && high > 1) found.push(`over each other: ${name(one)} and ${name(other)}`);
    }
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 0) found.push(`scrolls sideways by ${over}`);
  return found;
}"""
#: WCAG 1.4.12: what a person may set without losing anything.
SPACED = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }\
 p { margin-block-end: 2em !important; }"


def line(role: str, name: str, more: str = "") -> str:
    """A thing in the tree of a page: what it is, what it is called, and how it stands."""
    return f'{role} "{name}"{more}'


def tree(page: Page, *lines: str) -> None:
    """That ``lines`` come one after another in what a screen reader finds on the page."""
    found = page.locator("main").aria_snapshot()
    at = 0
    for each in lines:
        place = found.find(each, at)
        assert place >= 0, f"{each} does not come here:\n{found[at:]}"
        at = place + len(each)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_screen_reader_is_told_what_there_is_and_each_thing_once(
    chromium: Browser,
    served: str,  # noqa: F811  # a fixture
    language: str,
) -> None:
    with chromium.new_context() as context, override(language):
        page = context.new_page()
        page.add_init_script(LISTEN)
        # Given the first page: its language, its direction, and the other languages each in its own
        page.goto(f"{served}/?l={language}")
        root = page.evaluate("[document.documentElement.lang, document.documentElement.dir]")
        assert root == [language, "rtl" if language == "ar" else "ltr"]
        assert set(page.locator("nav [lang]").evaluate_all("all => all.map((one) => one.lang)")) >= {"en", "ar", "fr"}
        tree(
            page,
            line("heading", _("You can tell us here, without your name"), " [level=1]"),
            line("link", _("I want to report what happened")),
            line("heading", _("If you are in danger now"), " [level=2]"),
        )
        expect(page.get_by_role("navigation", name=_("Languages"))).to_be_visible()
        # When the form is sent empty: the field has a name, is explained by its help and by what is wrong with it
        page.goto(f"{served}/report/?l={language}")
        page.locator(SEND).click()
        page.locator(".error-summary").wait_for()
        what = page.locator("[name=what]")
        expect(what).to_have_role("textbox")
        expect(what).to_have_accessible_name(_("What happened?"))
        described = [page.locator(f"#{one}") for one in (what.get_attribute("aria-describedby") or "").split()]
        explained = " ".join(one.inner_text() for one in described)
        assert _("Please say what happened. A few words are enough.") in explained
        assert _("Write as you like, in any language.") in explained or language != "en"
        tree(
            page,
            line("heading", _("Report what happened"), " [level=1]"),
            line("group", _("What do you want?")),
            line("textbox", _("What happened?"), " [invalid]"),
            line("group", _("These people may read it")),
            line("button", _("Send")),
        )
        spoken = page.evaluate("spoken")
        assert len(spoken) == 1, spoken
        assert _("Nothing was sent yet. What you wrote is below. Please look at the marked places.") in spoken[0]
        # Then while it is sent, what goes on is said, each step once, and the focus reads out what came of it
        what.fill(SECRET)
        page.evaluate("spoken.length = 0")
        page.locator(SEND).click()
        page.locator("ol.words").wait_for()
        spoken = page.evaluate("spoken")
        assert 2 <= len(spoken) == len(set(spoken)) <= 9, spoken
        assert _("It has been received") not in spoken
        expect(page.locator("#script-screen h1")).to_be_focused()
        expect(page.locator("#script-status")).to_be_empty()
        assert page.locator("ol.words").get_attribute("lang") in ("en", "zxx")
        assert page.locator("ol.words").get_attribute("translate") == "no"
        tree(
            page,
            line("heading", _("It has been received"), " [level=1]"),
            line("heading", _("Your secret words"), " [level=2]"),
            *["listitem: "] * 8,
            line("heading", _("Two words, please"), " [level=2]"),
            line("button", _("I have written them down")),
        )
        words = words_of(page)
        page.evaluate("spoken.length = 0")
        confirmed(page, words)
        expect(page.locator("#script-screen [role=status]")).to_be_focused()
        assert len(page.evaluate("spoken")) == 1
        # And in the mailbox every part has a name, and what people wrote has the direction of its own letters
        returned(page, f"{served}/return/?l={language}", words)
        expect(page.locator("#script-box h1")).to_be_focused()
        tree(
            page,
            line("heading", _("Your messages"), " [level=1]"),
            line("region", _("Your report")),
        )
        section = page.locator("section[aria-labelledby]")
        expect(section.get_by_role("textbox", name=_("Your message"), exact=True)).to_be_visible()
        expect(section.get_by_role("group", name=_("Are you safe?"))).to_be_visible()
        assert page.locator(".said").first.get_attribute("dir") == "auto"


def states(context: BrowserContext, address: str) -> list[tuple[str, Page]]:
    """A page at each state that has the most on it: the first, the form with a fault, the words, the open mailbox."""
    first = context.new_page()
    first.goto(f"{address}/?l=ar")
    form = context.new_page()
    form.goto(f"{address}/report/?l=fr")
    form.locator(SEND).click()
    form.locator(".error-summary").wait_for()
    given = context.new_page()
    words = sent(given, f"{address}/report/?l=fr")
    box = context.new_page()
    returned(box, f"{address}/return/?l=fr", words)
    for page in (form, box):
        for summary in page.locator("main summary:visible").all():
            summary.click()
    return [("first", first), ("form", form), ("words", given), ("box", box)]


def test_nothing_is_lost_however_people_set_their_letters_and_colours(
    chromium: Browser,
    served: str,  # noqa: F811  # a fixture
) -> None:
    found: list[str] = []
    with chromium.new_context(bypass_csp=True) as context:
        for name, page in states(context, served):
            for how, width, style in (
                ("spaced", 1280, SPACED),
                ("spaced", 320, SPACED),
                ("letters of 200 %", 640, "html { font-size: 212% !important; }"),
            ):
                page.set_viewport_size({"width": width, "height": 700})
                page.evaluate(
                    """(style) => {
                      document.querySelector("#set")?.remove();
                      const set = Object.assign(document.createElement("style"), { id: "set", textContent: style });
                      document.head.append(set);
                    }""",
                    style,
                )
                found += [f"{name}, {how} at {width}: {one}" for one in page.evaluate(CUT)]
                picture(page, f"r-{name}-{how[:6]}")
            found += [f"{name}, high contrast: {one}" for one in contrasted(name, page)]
    assert found == [], "\n".join(found)


#: What is a button, a field or a notice by its colour alone: in high contrast it needs an edge.
BARE = """() => [...document.querySelectorAll(
    "#leave, button, textarea, select, input[type=text], .box, .warn, .error-summary, .errorlist"
  )].filter((one) => one.checkVisibility() && !["Top", "Left", "Right", "Bottom"]
    .some((side) => parseFloat(getComputedStyle(one)[`border${side}Width`]) > 0))
  .map((one) => `no edge: ${one.outerHTML.slice(0, 120)}`)"""
#: Drawn signs that keep a colour of their own, and may so vanish.
FAINT = """() => [...document.querySelectorAll("svg")]
  .filter((one) => getComputedStyle(one).stroke !== getComputedStyle(one.parentElement).color)
  .map((one) => `another colour than the letters: ${one.outerHTML.slice(0, 80)}`)"""
STILL = "[document.getAnimations().length, getComputedStyle(document.documentElement).scrollBehavior]"


def contrasted(name: str, page: Page) -> list[str]:
    """What is lost on a page where the device sets all colours and nothing may move."""
    page.evaluate("document.querySelector('#set').remove()")
    page.set_viewport_size({"width": 640, "height": 700})
    page.emulate_media(forced_colors="active", reduced_motion="reduce", color_scheme="dark")
    picture(page, f"r-{name}-forced")
    found = [*page.evaluate(BARE), *page.evaluate(FAINT)]
    page.keyboard.press("Tab")
    if page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") < 2:
        found.append("the focus does not show")
    if page.evaluate(STILL) != [0, "auto"]:
        found.append("something moves")
    return found
