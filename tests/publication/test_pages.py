"""The written site: whole, valid, the same every time, and saying no more than is on record."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import urldefrag, urlsplit
from xml.etree import ElementTree

import pytest

from answerable.publication import pages, plain_files
from answerable.ui.languages import LANGUAGES
from tests.publication import html_page
from tests.publication.conftest import EXAMPLE, LAST_LETTER

Site = dict[str, bytes]


def html(site: Site) -> dict[str, str]:
    return {path: data.decode() for path, data in site.items() if path.endswith(".html") and "verify/" not in path}


def test_every_page_of_the_design_is_there_in_every_language(site: Site) -> None:
    names = ["index.html", "silence.html", "corrections.html", "check.html", "questions/unplaced-1.html"]
    names += [f"letters/L{number}.html" for number in range(1, 9)]
    names += [f"questions/L3-{number:02d}.html" for number in range(1, 24)]
    for language in LANGUAGES:
        for name in names:
            assert language.folder + name in site
            assert language.folder + name.replace(".html", ".json") in site
    assert "questions/L3-24.html" not in site
    assert {"feed.xml", "site.json", "assets/site.css"} <= site.keys()


def test_every_page_is_valid_and_keeps_to_the_policy(site: Site) -> None:
    for path, text in html(site).items():
        assert html_page.read(text).wrong == [], path
        assert "<script" not in text
        assert '<meta http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;;' in text


def test_every_link_inside_the_site_leads_to_a_file(site: Site) -> None:
    for path, text in html(site).items():
        for link in html_page.read(text).links:
            if urlsplit(link).scheme:
                continue
            target = urldefrag(link).url
            assert not target or normpath(join(dirname(path), target)) in site, (path, link)


def test_each_page_says_its_language_and_direction(site: Site) -> None:
    for language in LANGUAGES:
        text = site[language.folder + "letters/L3.html"].decode()
        assert f'<html lang="{language.tag}" dir="{language.direction}">' in text
        main = re.search(r"<main[^>]*>", text)
        assert main
        if language.complete:
            assert "lang=" not in main[0]
        else:
            assert 'lang="en" dir="ltr"' in main[0]


def test_english_words_in_an_arabic_page_are_marked_as_english(site: Site) -> None:
    latin = re.compile(r"(?<!\w)[A-Za-z]{4,}(?!\w)")
    allowed = {"Atom", "JSON", "PASS", "Español", "Français", "English"}
    for path, text in html(site).items():
        if path.startswith("ar/"):
            page = html_page.read(text)
            loose = {word for lang, words in page.texts if lang == "ar" for word in latin.findall(words)}
            assert loose <= allowed, path


def test_the_same_input_gives_the_same_bytes(site: Site, example: plain_files.FromFiles) -> None:
    again = plain_files.read(EXAMPLE)
    silence = plain_files.silence(again.correspondence, LAST_LETTER)
    assert pages.site_files(again, silence, log=None, base_url="https://site.example/") == site


def test_the_timeline_shows_every_letter_and_every_running_silence(site: Site) -> None:
    text = site["index.html"].decode()
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        assert drawing.count('class="tl-dot"') == 8
        assert drawing.count('class="tl-runs"') == 4
        assert drawing.count('class="tl-ended"') == 2
    listed = text[text.index("<ol") :]
    assert [f"letters/L{number}.html" in listed for number in range(1, 9)] == [True] * 8
    for days in ("114 days", "91 days", "105 days", "18 days"):
        assert days in listed


def test_the_silence_page_prints_what_the_command_prints(site: Site, example: plain_files.FromFiles) -> None:
    from answerable.correspondence.silence import lines

    printed = lines(plain_files.silence(example.correspondence, LAST_LETTER))
    assert "\n".join(printed) in site["silence.html"].decode()
    assert "\n".join(printed) in site["ar/silence.html"].decode()


def test_no_question_but_the_one_on_record_shows_words_or_a_clock(site: Site) -> None:
    for number in range(1, 24):
        text = site[f"questions/L3-{number:02d}.html"].decode()
        assert ("referred to the host country" in text) is (number == 8)
        assert ("no answer on record:" in text) is (number == 8)
        assert ("Nobody is on record as saying" in text) is (number != 8)
        assert "was answered." not in text.replace("whether it was answered.", "")


def test_both_claims_are_printed_and_neither_is_judged(site: Site) -> None:
    text = site["questions/L3-01.html"].decode()
    assert "not covered in any way" in text
    assert "has addressed these issues" in text
    assert "decides between neither" in text


def test_numbers_of_questions_stand_only_in_quotations(site: Site) -> None:
    for path in ("letters/L7.html", "questions/L3-08.html", "questions/L3-02.html", "questions/index.html"):
        text = re.sub(r"<blockquote.*?</blockquote>|<head>.*?</head>", "", site[path].decode(), flags=re.DOTALL)
        assert not re.search(r"(?i)\b(9|14|nine|fourteen) (of|questions)", text), path


def test_two_versions_stand_side_by_side_without_a_verdict(site: Site) -> None:
    text = site["statements/connors-2017-12-07-names.html"].decode()
    assert text.count("<del>") >= 1
    assert text.count("<ins>") >= 1
    assert "only in version A:" in text
    assert "only in version B:" in text
    assert "nearly verbatim" in text


def test_what_is_not_held_says_so(site: Site) -> None:
    assert "not held" in site["letters/L3.html"].decode()
    assert "excerpt of a source, the letter is not held" in site["letters/L3.html"].decode()


def test_documents_are_the_bytes_that_their_hash_names(site: Site, example: plain_files.FromFiles) -> None:
    held = {path: data for path, data in site.items() if path.startswith("documents/")}
    document = example.correspondence.letters[0].documents[0]
    assert document.content in held.values()
    assert document.sha256 in site["letters/L1.html"].decode()


def test_the_data_beside_a_page_says_the_same(site: Site) -> None:
    data = json.loads(site["silence.json"])
    clocks = {row["letter"]["label"]: row["clock"] for row in data["content"]["clocks"]}
    assert data["as_of"] == "2018-03-16"
    assert (clocks["L4"]["running"], clocks["L4"]["days"]) == (True, 91)
    assert clocks["L3"]["asks"][0]["days"] == 105


def test_the_feed_is_atom_with_an_entry_for_each_letter(site: Site) -> None:
    feed = ElementTree.fromstring(site["feed.xml"])
    name = "{http://www.w3.org/2005/Atom}"
    entries = feed.findall(f"{name}entry")
    assert len(entries) == 8
    assert entries[0].findtext(f"{name}title", "").startswith("L8")
    for each in (feed, *entries):
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", each.findtext(f"{name}id", ""))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", each.findtext(f"{name}updated", ""))


def test_without_a_log_the_pages_say_that_nothing_is_anchored(site: Site) -> None:
    assert "Nothing here is anchored yet" in site["index.html"].decode()


def test_a_document_whose_bytes_changed_is_not_published(example: plain_files.FromFiles, tmp_path: Path) -> None:
    from dataclasses import replace

    from answerable.publication.errors import PublicationError

    letters = list(example.correspondence.letters)
    changed = replace(letters[0].documents[0], content=b"other bytes")
    letters[0] = replace(letters[0], documents=(changed,))
    forged = plain_files.FromFiles(replace(example.correspondence, letters=tuple(letters)))
    silence = plain_files.silence(forged.correspondence, LAST_LETTER)
    with pytest.raises(PublicationError, match="not those its published hash names"):
        pages.write_site(forged, silence, tmp_path / "site", log=None, base_url="https://site.example/")
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("day", [date(2017, 11, 22), date(2017, 12, 20), date(2026, 11, 21)])
def test_every_day_gives_a_whole_valid_site(example: plain_files.FromFiles, day: date) -> None:
    silence = plain_files.silence(example.correspondence, day)
    files = pages.site_files(example, silence, log=None, base_url="https://s.example/", languages=LANGUAGES[:2])
    for path, text in html(files).items():
        assert html_page.read(text).wrong == [], path
