"""What is said in which language: complete languages leave nothing out, and what is compiled is what is written."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest
from django.utils.translation import override, to_locale
from django.utils.translation.template import templatize

from answerable.ui import languages
from answerable.ui.templatetags import ui
from tests.ui import catalogue

ROOT = languages.locale_path().parent
PACKAGES = ROOT / "src" / "answerable"
TRANSLATED = [each for each in languages.LANGUAGES if each.code != languages.DEFAULT]
_CALL = re.compile(
    r"""(?<![\w.])(?:_|gettext|gettext_lazy|ngettext)\(\s*((?:u?"(?:[^"\\]|\\.)*"\s*)+|u?'(?:[^'\\]|\\.)*')"""
)
_PLACEHOLDER = re.compile(r"%\(\w+\)s")
#: What a complete language says: every page that anyone meets.
COMPLETE = ("ui", "publication", "correspondence", "intake", "casework")
#: What surrounds every page, in every language.
CHROME = ("publication/templates/publication/page.html", "ui/templates/ui/base.html")


def po(language: languages.Language) -> Path:
    return languages.locale_path() / to_locale(language.code) / "LC_MESSAGES" / "django.po"


def messages(*folders: str) -> set[str]:
    """Every text marked for translation in the templates and the code of these folders or files."""
    found: set[str] = set()
    for folder in folders:
        place = PACKAGES / folder
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.suffix in (".html", ".txt") and "templates" in path.parts:
                found |= _in_code(templatize(path.read_text("utf-8")))
            elif path.suffix == ".py":
                found |= _in_code(path.read_text("utf-8"))
    return found


def _in_code(text: str) -> set[str]:
    parts = (re.findall(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", call) for call in _CALL.findall(text))
    return {"".join(eval(part) for part in each) for each in parts}


@pytest.mark.parametrize("language", [each for each in TRANSLATED if each.complete], ids=lambda each: each.code)
def test_a_complete_language_has_words_for_everything(language: languages.Language) -> None:
    found = catalogue.read(po(language))
    lacking = [text for text in sorted(messages(*COMPLETE)) if not all(found.get(text, [""]))]
    assert lacking == []


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda each: each.code)
def test_what_surrounds_a_page_is_translated_everywhere(language: languages.Language) -> None:
    found = catalogue.read(po(language))
    assert [text for text in sorted(messages(*CHROME)) if not all(found.get(text, [""]))] == []


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda each: each.code)
def test_the_compiled_catalogue_is_current(language: languages.Language) -> None:
    with po(language).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message, translations in catalogue.read(po(language)).items():
        if message and all(translations):
            stored = compiled._catalog  # type: ignore[attr-defined]  # the standard library offers no other view
            got = [stored[message, form] for form in range(len(translations))] if len(translations) > 1 else None
            assert (got or [compiled.gettext(message)]) == translations, "run: make messages"


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda each: each.code)
def test_translations_keep_their_placeholders(language: languages.Language) -> None:
    for message, translations in catalogue.read(po(language)).items():
        for text in filter(None, translations if message else []):
            wanted = set(_PLACEHOLDER.findall(message))
            got = set(_PLACEHOLDER.findall(text))
            assert got <= wanted, message
            assert got == wanted or len(translations) > 1, message


@pytest.mark.parametrize(
    ("code", "count", "words"),
    [("en", 1, "1 day"), ("en", 3286, "3286 days"), ("ar", 1, "يوم واحد"), ("ar", 2, "يومان"), ("ar", 18, "18 يومًا")],
)
def test_days_are_counted_as_the_language_counts(code: str, count: int, words: str) -> None:
    with override(code):
        assert ui.days_text(count) == words


def test_days_are_written_as_the_language_writes_them() -> None:
    with override("en"):
        assert ui.day("2017-11-22") == '<time datetime="2017-11-22">22 November 2017</time>'
        assert ui.day(None) == "date not known"
    with override("zh-hans"):
        assert ui.day_text("2017-11-22") == "2017年11月22日"
    with override("ru"):
        assert ui.day_text("2017-11-22") == "22 ноября 2017 г."
    with override("fr"):
        assert [ui.day_text(day) for day in ("2017-11-01", "2017-11-11")] == ["1er novembre 2017", "11 novembre 2017"]


def test_quoted_words_are_marked_only_where_the_page_speaks_otherwise() -> None:
    with override("ar"):
        assert ui.quoted("A <b>", "en") == '<bdi lang="en" dir="ltr">A &lt;b&gt;</bdi>'
    with override("en"):
        assert ui.quoted("A <b>", "en") == "A &lt;b&gt;"
        assert 'dir="rtl"' in ui.quoted("نص", "ar")
