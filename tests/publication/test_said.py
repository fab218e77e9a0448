"""What the statements on record say, beside whether anyone replied; and the pages of the statements themselves."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import urldefrag, urlsplit

import pytest

from answerable.publication import pages, plain_files, said
from answerable.publication.errors import PublicationError
from answerable.ui.languages import LANGUAGES
from tests.publication import html_page
from tests.publication.conftest import LAST_LETTER

EXAMPLES = Path(__file__).parents[2] / "examples" / "un-2017"
Site = dict[str, bytes]


@pytest.fixture(scope="module")
def statements() -> tuple[said.Said, ...]:
    """The three officials' statements, with all that was found in them."""
    return said.read([EXAMPLES / "three-statements"])


@pytest.fixture(scope="module")
def spoken(example: plain_files.FromFiles, statements: tuple[said.Said, ...]) -> Site:
    """The site in English and Arabic, with the statements."""
    silence = plain_files.silence(example.correspondence, LAST_LETTER)
    return pages.site_files(
        example,
        silence,
        log=None,
        base_url="https://s.example/",
        languages=LANGUAGES[:2],
        statements=statements,
    )


def test_each_unplaced_question_shows_what_the_statements_answer(spoken: Site) -> None:
    first, second = (spoken[f"questions/unplaced-{number}.html"].decode() for number in (1, 2))
    assert "Partly: in some cases answered, in others not or not alike" in first
    assert "Undefined: no statement on record says anything to it" in second
    for words in ("there are disciplinary measures", "to refer credible allegations", "no criminal route"):
        assert words in first
    assert "Only if Jane Connors is read “no criminal route”." in first
    assert "case goes further: yes" in first


def test_the_answer_of_a_question_is_data_too(spoken: Site) -> None:
    answered = json.loads(spoken["questions/unplaced-1.json"])["content"]["answered"]
    assert answered["collection"] == "allegations-against-staff"
    assert re.fullmatch("[0-9a-f]{64}", answered["digest"])
    assert answered["verdict"] == "partly"
    (whether, which) = answered["items"]
    assert whether["parts"]["contradictory"]["facts_that_matter"] == {"case_goes_further": "yes"}
    assert which["ask"] == {"which": "criminal_referral"}


def test_a_question_without_a_query_says_so(spoken: Site) -> None:
    text = spoken["questions/L3-08.html"].decode()
    assert "No query has been written for this question yet." in text
    assert "answered" not in json.loads(spoken["questions/L3-08.json"])["content"]


def test_replied_and_answered_stay_apart(spoken: Site) -> None:
    text = spoken["questions/unplaced-1.html"].decode()
    assert "This is not about replies" in text
    assert "digest of the statements:" in text


def test_the_statements_have_a_page_with_the_table_and_the_smallest_case(spoken: Site) -> None:
    text = spoken["procedures/allegations-against-staff.html"].decode()
    assert "Who says what, in which situation" in text
    assert "accused: staff member; un investigation: found credible crime" in text
    assert 'id="question-q-referral"' in text
    assert "allegations-against-staff" in spoken["procedures/index.html"].decode()
    report = json.loads(spoken["procedures/allegations-against-staff.json"])["content"]["report"]
    assert report["format"] == "answerable-procedures/1"
    for found in report["findings"]:
        if not found["kind"].startswith("question-"):
            assert f'id="{found["id"]}"' in text


def test_constructed_cases_never_stand_beside_real_ones(spoken: Site) -> None:
    text = spoken["procedures/allegations-against-staff.html"].decode()
    for table in re.findall(r"<table.*?</table>", text, re.DOTALL):
        assert not ("monusco-2017" in table and "constructed-late" in table)
    assert "none of these happened" in text


def test_every_page_is_valid_linked_and_keeps_to_the_policy(spoken: Site) -> None:
    for path, data in spoken.items():
        if not path.endswith(".html") or not ("procedures/" in path or "unplaced" in path):
            continue
        page = html_page.read(data.decode())
        assert page.wrong == [], path
        assert not re.search(r"<(script|style|iframe)", data.decode())
        assert re.search(r'href="(\.\./)+assets/procedures.css"', data.decode())
        for link in page.links:
            target, fragment = urldefrag(link)
            if urlsplit(link).scheme:
                continue
            resolved = normpath(join(dirname(path), target)) if target else path
            assert resolved in spoken, (path, link)
            if fragment and resolved.endswith(".html"):
                assert f'id="{fragment}"' in spoken[resolved].decode(), (path, link)


def test_english_words_in_an_arabic_page_are_marked_as_english(spoken: Site) -> None:
    latin = re.compile(r"(?<!\w)[A-Za-z]{4,}(?!\w)")
    allowed = {"Atom", "JSON", "Español", "Français", "English"}
    for path, data in spoken.items():
        if path.startswith("ar/") and path.endswith(".html"):
            page = html_page.read(data.decode())
            assert {word for lang, words in page.texts if lang == "ar" for word in latin.findall(words)} <= allowed, (
                path
            )


def test_a_site_without_statements_has_no_procedures(site: Site) -> None:
    assert not [path for path in site if path.startswith("procedures/") or path == "assets/procedures.css"]
    text = site["questions/unplaced-1.html"].decode()
    assert "allegations-against-staff/q-referral" in text
    assert "Procedures" not in text


def test_a_query_that_names_no_question_is_refused(
    example: plain_files.FromFiles, statements: tuple[said.Said, ...]
) -> None:
    unplaced = replace(example.correspondence.unplaced[0], query="allegations-against-staff/q-nothing")
    forged = plain_files.FromFiles(replace(example.correspondence, unplaced=(unplaced,)))
    silence = plain_files.silence(forged.correspondence, LAST_LETTER)
    with pytest.raises(PublicationError, match="names no question of the collection"):
        pages.site_files(forged, silence, log=None, base_url="https://s.example/", statements=statements)


def test_a_folder_without_vocabulary_and_a_name_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PublicationError, match=r"no vocabulary\.yaml"):
        said.read([tmp_path])
    with pytest.raises(PublicationError, match="given twice"):
        said.read([EXAMPLES / "three-statements", EXAMPLES / "three-statements"])
