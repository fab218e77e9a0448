"""Every page of the desk: no accessibility finding, no sideways scrolling, in English and, completely, in Arabic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.journeys import desk
from tests.journeys.desk import fill

pytestmark = pytest.mark.browser

#: Words of pages in Arabic that stay in Latin letters: names, codes, units.
LATIN = re.compile(r"Answerable|SHA-256|UTF-8|PDF|MB|JavaScript|https?|unknown|code-blue|claim-[a-z]+|[A-Z][0-9]*[.]?")


class World(NamedTuple):
    """A desk with something in every state, and who is signed in to it."""

    url: str
    home: Path
    states: dict[str, Any]
    drafts: dict[str, str]
    invitation: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[World]:
    home, port = tmp_path_factory.mktemp("pages") / "editors", desk.free_port()
    url = desk.found(home, port)
    with desk.running(home, port):
        contexts = {name: chromium.new_context() for name in ("ada", "cleo", "eve")}
        pages = {name: context.new_page() for name, context in contexts.items()}
        desk.accept(pages["ada"], home, "ada", "author")
        desk.set_up_app(pages["ada"], url)
        desk.accept(pages["cleo"], home, "cleo", "reviewer")
        desk.set_up_app(pages["cleo"], url)
        desk.accept(pages["eve"], home, "eve", "author")
        desk.answerable(
            "correspondence", "import", str(desk.EXAMPLE), "--author", "ada", "--reviewer", "cleo", "--home", str(home)
        )
        drafts = {name: draft(pages, url, name) for name in ("draft", "wrong", "waiting", "returned", "published")}
        states = {name: context.storage_state() for name, context in contexts.items()}
        sign_in = chromium.new_context()
        page = sign_in.new_page()
        page.goto(f"{url}/account/login/")
        desk.sign_in(page, "cleo")
        states["half"] = sign_in.storage_state()
        for context in (*contexts.values(), sign_in):
            context.close()
        yield World(url, home, states, drafts, desk.invite(home, "fay", "reviewer"))


def draft(pages: dict[str, Any], url: str, state: str) -> str:
    """A claim in ``state``; the address of its page."""
    ada, cleo = pages["ada"], pages["cleo"]
    ada.goto(f"{url}/new/claim/")
    words = {"id": f"claim-{state}", "of": "23", "says": "Nine of them were not covered.", "source": "The letter L7."}
    fill(ada, words, {"about": "L3", "letter": "L7", "speaker": "usg-field-support"})
    if state == "wrong":
        fill(ada, {"count": "99"})
    ada.locator("button[name=save]" if state == "draft" else "button[name=submit]").click()
    found = re.sub(r"(edit|errors)/$", "", ada.url)
    if state == "returned":
        cleo.goto(found)
        fill(cleo, {"remark": "Which nine? Say so, or say that nobody has said which."})
        cleo.locator("form[action$='/return/'] button").click()
    if state == "published":
        cleo.goto(found)
        cleo.locator("form[action$='/approve/'] button").click()
    return str(found)


#: Name, who looks ("": nobody signed in, "half": password given, second factor not yet), address.
PAGES = [
    ("login", "", "/account/login/"),
    ("invitation", "", "INVITATION"),
    ("invitation-over", "", "/invitation/over/"),
    ("inactive", "", "/account/inactive/"),
    ("not-found", "", "/nowhere/"),
    ("second-factor-asked", "half", "/account/second/authenticate/"),
    ("account-without", "eve", "/account/second/"),
    ("app-set-up", "eve", "/account/second/totp/activate/"),
    ("passkey-add", "eve", "/account/second/webauthn/add/"),
    ("account", "ada", "/account/second/"),
    ("app-away", "ada", "/account/second/totp/deactivate/"),
    ("passkeys", "ada", "/account/second/webauthn/"),
    ("codes", "ada", "/account/second/recovery-codes/"),
    ("codes-new", "ada", "/account/second/recovery-codes/generate/"),
    ("confirm-password", "ada", "/account/reauthenticate/"),
    ("confirm-code", "ada", "/account/second/reauthenticate/"),
    ("password", "ada", "/account/password/"),
    ("logout", "ada", "/account/logout/"),
    ("desk-author", "ada", "/"),
    ("desk-reviewer", "cleo", "/"),
    ("clocks", "ada", "/clocks/"),
    ("heading", "ada", "/correspondence/"),
    ("parties", "ada", "/parties/"),
    ("parties-reviewer", "cleo", "/parties/"),
    ("new-letter", "ada", "/new/letter/"),
    ("new-question", "ada", "/new/question/"),
    ("new-unplaced", "ada", "/new/unplaced/"),
    ("new-claim", "ada", "/new/claim/"),
    ("new-assessment", "ada", "/new/assessment/"),
    ("new-assessment-of", "ada", "/new/assessment/?letter=L3&reply=L5"),
    ("new-rejoinder", "ada", "/new/rejoinder/"),
    ("new-statement", "ada", "/new/statement/"),
    ("new-correction", "ada", "/new/correction/?of=letter:L3"),
    ("draft", "ada", "DRAFT draft"),
    ("draft-edit", "ada", "DRAFT draft edit/"),
    ("draft-wrong", "ada", "DRAFT wrong errors/"),
    ("draft-waiting", "ada", "DRAFT waiting"),
    ("review", "cleo", "DRAFT waiting"),
    ("draft-returned", "ada", "DRAFT returned"),
    ("draft-published", "cleo", "DRAFT published"),
]


def address(world: World, where: str) -> str:
    if where == "INVITATION":
        return world.invitation
    if where.startswith("DRAFT"):
        _, name, *rest = where.split()
        return world.drafts[name] + "".join(rest)
    return world.url + where


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page(world: World, chromium: Any, axe: str, language: str) -> None:
    found: list[str] = []
    for who in sorted({who for _, who, _ in PAGES}):
        context = chromium.new_context(
            locale=language, storage_state=world.states.get(who), viewport={"width": 1280, "height": 800}
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        if who in ("ada", "cleo", "eve"):  # the pages that ask for the password once more do so now
            page.goto(f"{world.url}/account/second/{'totp/activate' if who == 'eve' else 'recovery-codes'}/")
            desk.again(page)
        for name, _, where in (each for each in PAGES if each[1] == who):
            page.goto(address(world, where))
            found += [f"{name}: {trouble}" for trouble in (*wrong(page, axe), *foreign(page, language))]
            desk.shot(page, f"{name}-{language}")
            page.set_viewport_size({"width": 320, "height": 640})
            found += [f"{name} at 320 px: {trouble}" for trouble in sideways(page)]
            desk.shot(page, f"{name}-{language}-320")
            page.set_viewport_size({"width": 1280, "height": 800})
        context.close()
    assert found == [], "\n".join(found)


def wrong(page: Any, axe: str) -> list[str]:
    """What the accessibility checker finds."""
    page.evaluate(axe)
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{each['id']} {each['nodes'][0]['html'][:200]}" for each in result["violations"]]


def sideways(page: Any) -> list[str]:
    """Whether the page as a whole scrolls sideways."""
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"is {width} px wide"] if width > 320 else []


#: The texts and named attributes of the page that are its own: not code, not people's words, not hidden from all.
OWN_WORDS = """
() => {
  const others = 'code, pre, bdi, script, style, noscript, option, textarea, [dir=auto], [lang]:not(html), [hidden]'
  const own = node => !node.parentElement.closest(others)
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found = [document.title]
  for (let node = walker.nextNode(); node; node = walker.nextNode()) if (own(node)) found.push(node.nodeValue)
  for (const element of document.querySelectorAll('[aria-label], [alt], [placeholder]'))
    for (const name of ['aria-label', 'alt', 'placeholder']) found.push(element.getAttribute(name) || '')
  return found.map(text => text.trim()).filter(text => text)
}
"""


def foreign(page: Any, language: str) -> list[str]:
    """Words of the interface that are not in its language."""
    root = page.evaluate("[document.documentElement.lang, document.documentElement.dir]")
    if root != [language, "rtl" if language == "ar" else "ltr"]:
        return [f"the page says {root}"]
    if language == "en":
        return []
    return [text for text in page.evaluate(OWN_WORDS) if re.search(r"[A-Za-z]{3}", LATIN.sub("", text))]
