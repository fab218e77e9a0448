"""What the commands print and give as JSON: stable, whole, and as the shipped schema says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.procedures import reports, show
from answerable.procedures.collection import Collection, from_folder
from answerable.procedures.errors import ProceduresError
from answerable.procedures.report import Report
from answerable.procedures.settings import Settings
from answerable.procedures.situations import tables
from answerable.procedures.words import wrap
from tests.procedures import schema
from tests.procedures.making import STATEMENT, collection

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = ("un-2017/three-statements", "un-2017/all-personnel", "constructed/well-drafted")
SETTINGS = Settings()
MAKE: dict[str, Callable[[Collection], Report]] = {
    "check": lambda one: reports.check(one, SETTINGS),
    "compare": lambda one: reports.compare(one, SETTINGS),
    "ask": lambda one: reports.ask(one, SETTINGS),
    "coverage": lambda one: reports.coverage(one, SETTINGS),
    "matrix": lambda one: reports.matrix(one, SETTINGS, reports.Days()),
    "audit": lambda one: reports.audit(one, SETTINGS, one.cases[-1].case, reports.Days()),
    "show": lambda one: reports.shown(one, SETTINGS, None),
    "all": lambda one: reports.everything(one, SETTINGS),
}


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("name", MAKE)
def test_every_report_keeps_to_the_shipped_schema(folder: str, name: str) -> None:
    report = MAKE[name](from_folder(EXAMPLES / folder))
    data = json.loads(json.dumps(report.data(), ensure_ascii=False))
    assert schema.wrong(data) == []
    assert data["collection"]["digest"] == report.collection.digest


@pytest.mark.parametrize("name", MAKE)
def test_the_same_files_give_the_same_report(name: str) -> None:
    first, second = (MAKE[name](from_folder(EXAMPLES / FOLDERS[0])) for _ in range(2))
    assert first.text() == second.text()
    assert json.dumps(first.data()) == json.dumps(second.data())


def test_a_run_keeps_to_the_schema_and_prints_the_duties_as_documented() -> None:
    from datetime import date

    one = from_folder(EXAMPLES / FOLDERS[0])
    report = reports.run(one, SETTINGS, "constructed-late", reports.Days(as_of=date(2026, 1, 5)))
    assert schema.wrong(json.loads(json.dumps(report.data()))) == []
    assert report.settings["as_of"] == "2026-01-05"
    assert report.lines[0] == (
        "overdue  ask oios for reasons        special_coordinator      due 2026-01-02  rests on: not stated"
    )


def test_the_schema_refuses_what_is_not_a_report() -> None:
    data = MAKE["check"](from_folder(EXAMPLES / FOLDERS[0])).data()
    assert schema.wrong({**data, "format": "answerable-procedures/2"})
    assert schema.wrong({name: value for name, value in data.items() if name != "findings"})
    found = data["findings"]
    assert isinstance(found, list)
    assert schema.wrong({**data, "findings": [{**found[0], "severity": "bad"}]})


@pytest.mark.parametrize("name", MAKE)
def test_every_text_names_the_files_it_is_about(name: str) -> None:
    report = MAKE[name](from_folder(EXAMPLES / FOLDERS[0]))
    last = report.text().splitlines()[-1]
    assert last == f"collection allegations-against-staff, sha256 {report.collection.digest}"


def test_constructed_cases_stand_apart_in_the_matrix() -> None:
    lines = MAKE["matrix"](from_folder(EXAMPLES / FOLDERS[0])).lines
    assert "monusco-2017" in lines[0]
    assert "constructed-late" not in lines[0]
    assert "constructed cases: none of these happened" in lines


def test_a_norm_is_shown_with_its_words_and_readings() -> None:
    text = reports.shown(from_folder(EXAMPLES / FOLDERS[0]), SETTINGS, "connors/only-discipline").text()
    assert "there are disciplinary measures, and only disciplinary measures" in " ".join(text.split())
    assert "read “no criminal route”: when case_goes_further: (not stated) only discipline of [" in text
    assert "read “only what the UN itself can impose”: when case_goes_further: (not stated) may impose" in text


def test_the_tree_of_exceptions_is_shown() -> None:
    exception = """\
  - id: not-yet
    says: It may ask for more time.
    when: grade = low
    who: office
    may: ask for time
    force: rule
    exception to: refer
"""
    lines = list(show.show_lines(collection({"statements/letter-one.yaml": STATEMENT + exception}), "letter-one"))
    beneath = lines.index("    except:")
    assert lines[beneath + 1].strip().startswith("letter-one/not-yet")
    assert sum("letter-one/not-yet" in line for line in lines) == 1


def test_a_constructed_procedure_says_so() -> None:
    text = reports.shown(from_folder(EXAMPLES / FOLDERS[0]), SETTINGS, "model-referral").text()
    assert "CONSTRUCTED: no institution has adopted it" in text


def test_a_name_that_means_nothing_is_refused() -> None:
    with pytest.raises(ProceduresError, match="nothing here is called “nobody”"):
        list(show.show_lines(collection(), "nobody"))


@given(st.lists(st.text(alphabet="ab(), ", min_size=1, max_size=12), max_size=12).map(" ".join), st.integers(5, 60))
def test_wrapping_loses_no_word(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert " ".join(lines).split() == text.split()


def test_brackets_are_kept_together() -> None:
    assert wrap("one two (three four) five", 10) == ["one two", "(three four)", "five"]


def test_the_situations_are_those_of_the_three_officials() -> None:
    """In the fewest facts: where two send the file elsewhere, and where two cannot both be followed."""
    first, second = tables(from_folder(EXAMPLES / FOLDERS[0]), lambda _: True)
    assert (first.kind, second.kind) == ("criminal_referral", "discipline")
    assert len(first.situations) == 6
    ((apart, who), (contrary, whom)) = first.smallest
    assert apart.facts == {"accused": "staff_member", "un_investigation": "found_credible_crime"}
    assert (who.kind, who.first, who.second, who.readings) == ("apart", "khare", "serpa-soares", {})
    assert who.common == ("refer to nationality_state",)
    assert contrary.facts == {"credible": "yes", "possible_crime": "yes", "case_goes_further": "yes"}
    assert (whom.first, whom.second) == ("connors", "serpa-soares")
    assert whom.readings == {"connors/only-discipline": "no criminal route"}


def test_the_table_agrees_with_what_compare_finds() -> None:
    one = from_folder(EXAMPLES / FOLDERS[0])
    drawn = {
        frozenset((each.first, each.second))
        for table in tables(one, lambda _: True)
        for situation in table.situations
        for each in situation.contradictions
    }
    found = reports.compare(one, SETTINGS).findings
    compared = {
        frozenset(norm.norm.split("/")[0] for norm in each.norms) for each in found if each.kind == "contradiction"
    }
    assert drawn == compared
