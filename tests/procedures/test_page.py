"""The page of a report: one file, nothing fetched, everything escaped, in order, with every passage."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from answerable.procedures import page, reports
from answerable.procedures.collection import from_folder
from answerable.procedures.markup import Html, element, join, text
from answerable.procedures.report import Report
from answerable.procedures.settings import Settings
from tests.procedures.making import SOURCES, STATEMENT, collection
from tests.publication import html_page

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = ("un-2017/three-statements", "un-2017/all-personnel", "constructed/well-drafted")


@cache
def whole(folder: str) -> Report:
    """Everything there is to say about an example."""
    return reports.everything(from_folder(EXAMPLES / folder), Settings())


@cache
def html(folder: str) -> str:
    """Its page."""
    return page.document(whole(folder))


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_page_is_valid_and_needs_nothing_else(folder: str) -> None:
    written = html(folder)
    read = html_page.read(re.sub(r"<style>.*?</style>", "", written, flags=re.DOTALL))
    assert read.wrong == []
    assert not re.search(r"<(script|link|img|iframe|object|embed)|@import|url\(", written)
    assert [link for link in read.links if not link.startswith("#")] == []
    assert "default-src &#x27;none&#x27;; style-src &#x27;unsafe-inline&#x27;" in written
    assert '<html lang="en">' in written


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_link_and_anchor_is_there(folder: str) -> None:
    read = html_page.read(re.sub(r"<style>.*?</style>", "", html(folder), flags=re.DOTALL))
    assert {link.removeprefix("#") for link in read.links} <= set(read.ids)
    for found in whole(folder).findings:
        if not found.kind.startswith("question-"):
            assert found.id in read.ids


def test_the_sections_stand_in_order() -> None:
    ids = re.findall(r'<section id="([a-z]+)"|<section class="overview" id="([a-z]+)"', html(FOLDERS[0]))
    order = [one or other for one, other in ids if (one or other) in {
        "about", "situations", "questions", "contradictions", "differences", "gaps", "cases", "coverage", "limits"
    }]  # fmt: skip
    assert order == [
        "about", "situations", "questions", "contradictions", "differences", "gaps", "cases", "coverage", "limits"
    ]  # fmt: skip


def test_every_table_has_a_caption_and_header_cells() -> None:
    for table in re.findall(r"<table.*?</table>", html(FOLDERS[1]), re.DOTALL):
        assert "<caption>" in table
        assert '<th scope="col">' in table
        assert '<th scope="row">' in table


def test_the_digest_the_words_and_both_places_are_shown() -> None:
    written = html(FOLDERS[0])
    assert whole(FOLDERS[0]).collection.digest in written
    (found,) = [one for one in whole(FOLDERS[0]).findings if one.kind == "contradiction" and "serpa" in one.text]
    section = written[written.index(f'id="{found.id}"') :]
    section = section[: section.index("</figure></div>") + 500]
    for words in (
        "to refer credible allegations",
        "there are disciplinary measures",
        "statements/connors.yaml:11",
        "statements/serpa-soares.yaml:10",
        "Only if Jane Connors is read “no criminal route”.",
        "credible: yes; possible crime: yes; case goes further: yes",
        "Leans on",
    ):
        assert words in section


def test_a_journalist_finds_the_smallest_case_and_every_cell_opens_to_its_words() -> None:
    written = html(FOLDERS[0])
    overview = written[written.index('id="situations"') : written.index('id="questions"')]
    assert "The smallest case in which two of them send the same file to different places" in overview
    assert "accused: staff member; un investigation: found credible crime" in overview
    assert overview.count("<svg") == 2
    for name in ("Jane Connors", "Atul Khare", "Miguel de Serpa Soares"):
        assert f'<th scope="col">{name}' in overview
    for cell in re.findall(r"<details class=.*?</details>", overview, re.DOTALL):
        assert "<blockquote>" in cell
        assert re.search(r"statements/[a-z-]+\.yaml:\d+", cell)
    assert "Nobody says anything." in overview


def test_what_is_not_held_is_called_an_unverified_paraphrase() -> None:
    written = html(FOLDERS[1])
    gists = re.findall(r'<p class="gist">(.*?)</p>', written, re.DOTALL)
    assert gists
    assert all(gist.startswith("<strong>Unverified paraphrase: </strong>") for gist in gists)


def test_constructed_cases_are_marked_and_stand_alone() -> None:
    written = html(FOLDERS[0])
    for table in re.findall(r"<table.*?</table>", written, re.DOTALL):
        assert not ("monusco-2017" in table and "constructed-late" in table)
    assert "Constructed cases: none of these happened" in written


ATTACK = "<script>alert(1)</script>&\"'"


def test_everything_that_a_file_says_is_escaped() -> None:
    files = {
        "sources.yaml": SOURCES.replace("title: A letter", f"title: >-\n      {ATTACK}"),
        "statements/letter-one.yaml": STATEMENT.replace("by: An office", f"by: >-\n  {ATTACK}, of office").replace(
            "force: rule", f"force: rule\n    taken as: >-\n      {ATTACK}"
        ),
        "letter.txt": f"# An office: {ATTACK}\nThe office shall refer every credible report to the State. {ATTACK}\n"
        "It may ask for more time. Nothing else is to be done.\n",
        "statements/letter-two.yaml": f"""\
statement: letter-two
kind: letter
by: An office
on: 2020-01-02
calls itself: not stated
source: letter
norms:
  - id: refuse
    says: >-
      report to the State. {ATTACK}
    when: credible
    who: not stated
    must not: referral
    otherwise: not stated
    force: rule
""",
    }
    one = collection(files)
    assert one.problems == ()
    written = page.document(reports.everything(one, Settings()))
    assert "<script" not in written
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#x27;" in written
    assert html_page.read(re.sub(r"<style>.*?</style>", "", written, flags=re.DOTALL)).wrong == []


def test_markup_escapes_text_and_attributes_and_nothing_twice() -> None:
    made = element("p", "<b>", Html("<i></i>"), class_='"x"', aria_hidden="true", hidden=True, title=None)
    assert made == '<p class="&quot;x&quot;" aria-hidden="true" hidden>&lt;b&gt;<i></i></p>'
    assert text(made) == made
    assert join(["a", None, Html("<br>")], ", ") == "a, <br>"


def test_a_report_of_files_with_errors_has_a_page_too() -> None:
    one = collection({"letter.txt": "# An office: a letter\nSomething else altogether stands here.\n"})
    written = page.document(reports.check(one, Settings()))
    assert "Errors: the files cannot be used" in written
    assert "quote-not-found" in written
