"""A person who reports meets no English unless she reads English: each text has its words, and the pages show them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from answerable.intake.templatetags.script_texts import offline_in_every_language
from answerable.ui import languages
from tests.intake_pages.world import Browser, World, make, sending
from tests.ui import catalogue
from tests.ui.test_catalogues import TRANSLATED, messages, po

#: What the reporter's pages say; they also name languages and days as all our pages do.
SAID = ("intake", "ui/templatetags", "ui/templates/ui/base.html")
#: Words that another language writes as English does.
SAME = {"fr": {"Messages"}}
_PLACEHOLDER = re.compile(r"%\(\w+\)s")
_LETTER = re.compile(r"[^\W\d_]")
_PLURALS = re.compile(r"nplurals=(\d+)")
_LATIN = re.compile(r"\b[A-Za-z’']{2,}(?: [A-Za-z’']{2,}){2,}")
#: Addresses of the reporter's pages, beside those that a walk passes by itself.
OPEN = ("/", "/help/", "/assist/", "/carry-in/", "/readers/", "/how/", "/return/", "/nothing/", "/leave/")
BOX = ("/box/", "/box/rights/", "/box/receipt/", "/box/consent/", "/box/code/", "/box/withdraw/")


@cache
def said() -> frozenset[str]:
    """Every text of the reporter's pages, in English. Templates are read once: there are many pages to look at."""
    return frozenset(messages(*SAID))


@cache
def spoken() -> frozenset[str]:
    """Those of them with a word in them. How names, days and colons stand beside one another may be as in English."""
    return frozenset(text for text in said() if _LETTER.search(_PLACEHOLDER.sub("", text)))


@cache
def parts() -> frozenset[str]:
    """What stands between the placeholders of a text, where it is three words or more."""
    found = (part.strip() for text in said() for part in _PLACEHOLDER.split(text))
    return frozenset(part for part in found if part.count(" ") >= 2)


every_language = pytest.mark.parametrize("language", TRANSLATED, ids=lambda each: each.code)


@every_language
def test_everything_a_reporter_may_read_is_translated(language: languages.Language) -> None:
    found = catalogue.read(po(language))
    lacking = [text for text in sorted(said()) if not found.get(text) or not all(found[text])]
    assert lacking == []


@every_language
def test_no_translation_is_the_english_text(language: languages.Language) -> None:
    found, same = catalogue.read(po(language)), SAME.get(language.code, set())
    assert [text for text in sorted(spoken() - same) if text in found.get(text, [])] == []
    # A word leaves the list when it is no longer the same
    assert all(found[text] == [text] for text in same)


@every_language
def test_every_number_has_its_form(language: languages.Language) -> None:
    found = catalogue.read(po(language))
    counted = _PLURALS.search(found[""][0])
    assert counted
    forms = {len(found[text]) for text in said()}
    assert forms <= {1, int(counted[1])}


@every_language
def test_the_offline_page_speaks_every_language(language: languages.Language) -> None:
    texts = offline_in_every_language()
    same = SAME.get(language.code, set())
    left = {key for key, text in texts[language.code].items() if text == texts["en"][key] and text not in same}
    assert left == set()


class Texts(HTMLParser):
    """What a page says: its text, the attributes that are read aloud, and the sentences that its scripts say.

    Left out is what no translator wrote: proofs, hashes, secret words, names of files, names of languages.
    """

    _QUIET = ("pre", "code", "bdi", "style")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ("aria-label", "title", "alt", "placeholder"):
            self.found += [given[name] or ""] if name in given else []
        if tag in ("ol", "a", "select", "script", *self._QUIET):
            quiet = tag in self._QUIET or "lang" in given or (tag == "select" and given.get("name") == "list")
            data = tag == "script" and given.get("id") == "script-texts"
            self._open.append("data" if data else "quiet" if quiet or tag == "script" else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ol", "a", "select", "script", *self._QUIET):
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if "data" in self._open:
            self.found += json.loads(data).values()
        elif "quiet" not in self._open:
            self.found += [" ".join(data.split())]


def english_in(page: str, language: languages.Language) -> list[str]:
    """What a page says in the words of the catalogue's English side, or, where no Latin letters belong, in English."""
    known = spoken() - SAME.get(language.code, set())
    texts = {html.unescape(text) for text in Texts(page).found}
    found = {text for text in texts if text in known or any(part in text for part in parts())}
    if language.code in ("ar", "ru", "zh-hans"):
        found |= {text for text in texts if _LATIN.search(text)}
    return sorted(found)


def walk(world: World, language: str) -> Iterator[tuple[str, str]]:
    """Every page that a person may pass, those that say what is wrong too: its name and its text."""
    asked = f"?l={language}"
    browser = world.browser()
    for path in OPEN:
        for more in ("", "&plain=1"):
            yield path + more, browser.get(f"{path}{asked}{more}")
    yield from _sending(world, asked)
    yield from _returning(world, asked)


def _sending(world: World, asked: str) -> Iterator[tuple[str, str]]:
    browser = world.browser()
    for want in ("report", "help", "both", "complain"):
        yield f"form of {want}", browser.get(f"/report/{asked}&want={want}")
    for relation in ("victim", "witness", "third_party", "bound", "anonymous"):
        yield f"form for {relation}", browser.get(f"/report/{asked}&relation={relation}")
    yield "nothing said", browser.send(f"/report/{asked}", {"want": "both", "what": "", "need": "", "reader": None})
    yield "a strange wish", browser.send(f"/report/{asked}", {"want": "z", "what": "1" * 50_000, "relation": "z"})
    yield "no complaint", browser.send(f"/report/{asked}", {"want": "complain"})
    yield "a form of nobody", browser.post(f"/report/{asked}", {"what": "a"})
    sending(browser, f"/assist/{asked}", {"what": "a"})
    yield "words for someone else", browser.page
    sending(browser := world.browser(), f"/report/{asked}", {"want": "both", "what": "a", "need": "b"})
    yield "the words", browser.page
    yield "wrong two words", browser.send(f"/sent/{asked}", {"first": "a", "second": "b"})
    yield "no words left", world.browser().get(f"/sent/{asked}")


def _returning(world: World, asked: str) -> Iterator[tuple[str, str]]:
    browser = world.browser()
    words = sending(browser, f"/report/{asked}", {"want": "both", "what": "1", "need": "2"})
    browser = world.browser()
    browser.get(f"/return/{asked}")
    wrong = {
        "nothing": "",
        "too few": " ".join(words[:3]),
        "another": " ".join(["0", *words[1:]]),
        "another fifth": " ".join([*words[:4], "0", *words[5:]]),
        "another order": " ".join([words[1], words[0], *words[2:]]),
        "too many": " ".join(words * 2),
    }
    for name, entered in wrong.items():
        yield f"wrong words: {name}", browser.send(f"/return/{asked}", {"words": entered})
    browser.send(f"/return/{asked}", {"words": " ".join(words)})
    yield "the mailbox", browser.follow()
    for path in BOX:
        yield path, browser.get(f"{path}{asked}")
    browser.get(f"/box/{asked}")
    yield "an empty message", browser.send(f"/box/{asked}", {})
    yield "a message with words", browser.send(f"/box/{asked}", {"text": " ".join(words)})
    for name, path, changes in (
        ("a message", "/box/", {"text": "1", "check_in": "no"}),
        ("a consent", "/box/consent/", {"consent": ["contact", "state"]}),
        ("taken back", "/box/withdraw/", {"sure": "on"}),
    ):
        yield from _changed(browser, name, f"{path}{asked}", changes)
    browser.get(f"/box/code/{asked}")
    yield "new words", browser.send(f"/box/code/{asked}", {}) or browser.follow()
    yield "left", browser.get(f"/leave/{asked}")
    yield "closed", browser.get(f"/return/{asked}&over=1")


def _changed(browser: Browser, name: str, path: str, changes: dict[str, Any]) -> Iterator[tuple[str, str]]:
    browser.get(path)
    if name == "taken back":
        yield "not sure", browser.send(path, {})
    browser.send(path, changes)
    yield name, browser.follow()


@pytest.mark.django_db(databases=["default", "intake"])
@every_language
def test_no_page_says_anything_in_english(settings: Any, tmp_path: Path, language: languages.Language) -> None:
    world = make(settings, tmp_path)
    settings.ANSWERABLE_DEPLOYMENT = {**settings.ANSWERABLE_DEPLOYMENT, "names": {}}
    pages = dict(walk(world, language.code))
    assert len(pages) > 40
    left = {name: found for name, page in pages.items() if (found := english_in(page, language))}
    assert left == {}


@pytest.mark.django_db(databases=["default", "intake"])
def test_the_search_finds_english_where_it_is_spoken(settings: Any, tmp_path: Path) -> None:
    # Given the pages as they are in English
    pages = dict(walk(make(settings, tmp_path), "en"))
    # Then each of them is found to speak it
    assert [name for name, page in pages.items() if len(english_in(page, languages.language("ru"))) < 2] == []
