"""How much of a source is encoded: sentences whole, in part, set aside, unread."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerable.procedures import reports
from answerable.procedures.collection import Collection, from_folder
from answerable.procedures.coverage import Sentence, coverage
from answerable.procedures.settings import Settings
from tests.procedures.making import STATEMENT, collection

EXAMPLES = Path(__file__).parents[2] / "examples"
WORKED = (
    "open-letter-2017-12-15 (excerpts only): 8 sentences: 3 whole, 5 part, 0 unread; "
    "222 of 288 words quoted, 9 set aside"
)
NONE = """\
no norm here:
  - says: Nothing else is to be done.
    because: It ends the letter.
"""


def of_letter(one: Collection) -> list[Sentence]:
    """The sentences of the base's letter."""
    (found,) = [source for source in coverage(one) if source.source == "letter"]
    return list(found.sentences)


def test_the_worked_example_is_printed_as_documented() -> None:
    printed = reports.coverage(from_folder(EXAMPLES / "un-2017" / "three-statements"), Settings()).text()
    assert printed.splitlines()[0] == WORKED


def test_sentences_are_whole_in_part_set_aside_or_unread() -> None:
    case = {"cases/one.yaml": "case: one\nconstructed: yes\nfacts: {credible: {is: yes}}\n"}
    assert [one.state for one in of_letter(collection(case))] == ["part", "unread", "unread"]
    aside = collection({**case, "statements/letter-one.yaml": STATEMENT + NONE})
    assert [one.state for one in of_letter(aside)] == ["part", "unread", "set aside"]
    whole = STATEMENT.replace(
        "refer every credible report to the State", "The office shall refer every credible report to the State."
    )
    assert of_letter(collection({**case, "statements/letter-one.yaml": whole}))[0].state == "whole"


def test_words_are_counted_once_however_often_they_are_quoted() -> None:
    again = STATEMENT + STATEMENT[STATEMENT.index("  - id: refer") :].replace("id: refer", "id: again")
    once, twice = (of_letter(collection(files)) for files in ({}, {"statements/letter-one.yaml": again}))
    assert [one.quoted for one in once] == [one.quoted for one in twice]
    assert once[0].words == 10
    assert once[0].quoted == 7


def test_a_word_that_is_set_aside_and_quoted_counts_as_quoted() -> None:
    none = NONE.replace("Nothing else is to be done.", "The office shall refer every credible report")
    (first, *_) = of_letter(collection({"statements/letter-one.yaml": STATEMENT + none}))
    assert (first.quoted, first.set_aside) == (7, 3)


def test_the_lines_are_those_of_the_file() -> None:
    assert [one.line for one in of_letter(collection())] == [2, 3, 6]


def test_only_sources_that_a_statement_cites_are_covered() -> None:
    found = coverage(from_folder(EXAMPLES / "un-2017" / "three-statements"))
    assert [one.source for one in found] == ["open-letter-2017-12-15"]


def test_a_source_that_is_not_held_has_nothing_to_quote() -> None:
    report = reports.coverage(from_folder(EXAMPLES / "un-2017" / "all-personnel"), Settings())
    assert "sc-2272 (not held): nothing to quote" in report.lines
    sources = report.parts["sources"]
    assert isinstance(sources, list)
    assert {"source": "sc-2272", "held_as": "not held", "sentences": []} in sources


@pytest.mark.parametrize("folder", ["un-2017/three-statements", "un-2017/all-personnel", "constructed/well-drafted"])
def test_no_sentence_of_the_shipped_examples_is_unread(folder: str) -> None:
    for source in coverage(from_folder(EXAMPLES / folder)):
        assert source.count("unread") == 0
        assert source.quoted + source.set_aside <= source.words
