"""What `check` finds: the worked example as printed, each kind on a file that has it, and little where little is."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerable.procedures import reports
from answerable.procedures.check import check
from answerable.procedures.collection import Collection, from_folder
from answerable.procedures.settings import Settings
from tests.procedures.making import PROCEDURE, SOURCES, STATEMENT, VOCABULARY, changed, collection

EXAMPLES = Path(__file__).parents[2] / "examples"
THREE = EXAMPLES / "un-2017" / "three-statements"
ALL = EXAMPLES / "un-2017" / "all-personnel"
WELL = EXAMPLES / "constructed" / "well-drafted"

WORKED = """\
gap    serpa-soares/refer      statements/serpa-soares.yaml:9   no time limit is stated: it can be open for ever and can never be breached
gap    serpa-soares/refer      statements/serpa-soares.yaml:9   no office is named (the_organization)
gap    credible                vocabulary.yaml:5                a judgement nobody is named to make; serpa-soares/refer turns on it
note   un_investigation        vocabulary.yaml:7                decided by oios: the vocabulary alone says so
fault  model-referral          appeal to the tribunal           can never happen: no act of this procedure is “impose disciplinary measures”
fault  model-referral          close the case                   can extinguish “assess credibility”: receive report, assess credibility
                                                                (refer … not owed), receive report, inform the victim, close the case
fault  model-referral          rest without an owner            after receive report, assess credibility (refer … not owed), inform the victim
                                                                (610 markings walked, all)
"""  # noqa: E501  # printed as wide as this


def kinds(one: Collection, severity: str | None = None) -> list[str]:
    """The kinds found, in order."""
    return [found.kind for found in check(one).findings if severity in (None, found.severity)]


def only(one: Collection, kind: str) -> list[str]:
    """The texts of the findings of one kind."""
    return [found.text for found in check(one).findings if found.kind == kind]


def test_the_worked_example_is_printed_as_documented() -> None:
    printed = reports.check(from_folder(THREE), Settings()).text()
    lines = iter(printed.splitlines())
    assert all(line in lines for line in WORKED.splitlines()), printed
    assert "3 faults, 25 gaps, 4 notes\n" in printed


def test_no_stated_duty_of_the_three_has_a_time_limit_and_nobody_decides_credible() -> None:
    found = check(from_folder(THREE)).findings
    duties = {"khare/sanction", "khare/bring-to-nationality", "serpa-soares/refer"}
    assert {one.norms[0].norm for one in found if one.kind == "no-limit"} == duties
    assert "credible" in {one.about for one in found if one.kind == "no-decider"}


def test_what_is_known_by_a_paraphrase_is_shown_as_unverified() -> None:
    found = check(from_folder(ALL)).findings
    unverified = {one.norms[0].norm for one in found if one.kind == "unverified"}
    gists = {full for full, norm in from_folder(ALL).norms().items() if norm.gist}
    assert unverified == gists
    assert len(gists) == 14


def test_a_passage_that_was_not_checked_is_no_gap_of_the_source() -> None:
    found = check(from_folder(ALL)).findings
    about = {(one.kind, one.norms[0].norm) for one in found if one.norms}
    assert ("no-limit", "contributors-memorandum/government-answers") not in about
    assert ("no-consequence", "ga-62-63/bring-to-attention") not in about
    assert ("unmeasured-limit", "police-directives/preliminary") in about


def test_a_well_drafted_procedure_gives_next_to_nothing_where_the_model_with_defects_gives_much() -> None:
    well, three = (check(from_folder(folder)) for folder in (WELL, THREE))
    assert well.complete
    assert [one for one in well.findings if one.severity != "note"] == []
    assert len(well.findings) <= 2
    of_procedure = [one for one in three.findings if "procedure" in one.details]
    assert len(of_procedure) >= 9
    assert {one.kind for one in of_procedure} >= {"never-happens", "can-extinguish", "rest-without-owner"}


def test_the_well_drafted_procedure_could_be_run_by_casework_and_the_other_could_not() -> None:
    assert check(from_folder(WELL), profile="casework").findings == check(from_folder(WELL)).findings
    found = check(from_folder(THREE), profile="casework").findings
    demanded = {one.kind for one in found if one.text.startswith("casework: ")}
    assert demanded == {"no-rule", "no-office", "no-reviewer", "no-reasons"}
    assert {one.severity for one in found if one.text.startswith("casework: ")} == {"fault"}


def test_the_order_is_statements_then_vocabulary_then_cases_then_procedures() -> None:
    found = check(from_folder(THREE)).findings
    places = [one.place.file.split("/")[0] for one in found if one.place]
    assert list(dict.fromkeys(places)) == ["statements", "vocabulary.yaml", "cases", "procedures"]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("who: office", "who: not stated", "no-bearer"),
        ("who: office", "who: house", "no-office"),
        ("within: 10 days", "within: not stated", "no-limit"),
        ("within: 10 days", "within: not checked", None),
        ("within: 10 days", "within: immediately", "unmeasured-limit"),
        ("within: 10 days", "within: 10 days of ask for time", "clock-never-starts"),
        ("otherwise: not stated", "otherwise: not checked", None),
    ],
)
def test_each_gap_of_a_norm_has_its_name(old: str, new: str, kind: str | None) -> None:
    before, after = kinds(collection(), "gap"), kinds(changed("statements/letter-one.yaml", old, new), "gap")
    assert set(after) - set(before) == ({kind} if kind else set())


def test_a_body_that_is_no_office_is_named() -> None:
    inner = VOCABULARY.replace("  house: {office: no, parts: [office, court]}", "  house: {office: no}")
    one = collection(
        {"vocabulary.yaml": inner, "statements/letter-one.yaml": STATEMENT.replace("who: office", "who: house")}
    )
    assert only(one, "no-office") == ["no office is named (house)"]


def test_what_follows_is_a_duty_too() -> None:
    follows = "otherwise: {who: not stated, must: ask for time, within: not stated, otherwise: not stated}"
    one = changed("statements/letter-one.yaml", "otherwise: not stated", follows)
    assert "no-consequence" not in kinds(one)
    assert only(one, "no-limit") == ["no time limit is stated for what follows if it is not kept"]
    assert only(one, "no-bearer") == ["nobody is named who must do what follows if it is not kept"]


def test_a_judgement_needs_somebody_and_a_standard() -> None:
    assert "no-decider" not in kinds(collection())
    assert only(collection(), "no-standard") == ["a judgement without a standard; letter-one/refer turns on it"]
    one = changed("vocabulary.yaml", "decided by: office", "decided by: not stated")
    assert only(one, "no-decider") == ["a judgement nobody is named to make; letter-one/refer turns on it"]
    assert kinds(one).count("inert-duty") == 1


def test_a_norm_that_gives_the_competence_fills_both_gaps() -> None:
    decides = """\
  - id: decide
    says: It may ask for more time.
    when: always
    who: court
    decides: credible
    standard: reasonable grounds
    force: rule
"""
    vocabulary = VOCABULARY.replace("decided by: office", "decided by: not stated")
    one = collection({"vocabulary.yaml": vocabulary, "statements/letter-one.yaml": STATEMENT + decides})
    assert not {"no-decider", "no-standard", "inert-duty", "vocabulary-alone"} & set(kinds(one))


def test_what_nothing_uses_is_a_note() -> None:
    unused = [found.about for found in check(collection()).findings if found.kind == "unused"]
    assert unused == ["grade", "children", "since", "open the case"]


def test_words_quoted_twice_are_told() -> None:
    again = STATEMENT.replace("statement: letter-one", "statement: letter-two").replace("id: refer", "id: again")
    twice = STATEMENT + STATEMENT[STATEMENT.index("  - id: refer") :].replace("id: refer", "id: once-more")
    one = collection({"statements/letter-one.yaml": twice})
    assert only(one, "quote-twice") == ["the same passage as letter-one/refer"]
    one = collection({"statements/letter-two.yaml": again})
    assert only(one, "same-words-twice") == ["the same words as letter-one/refer"]


def test_a_case_tells_only_the_facts_that_may_still_matter() -> None:
    assert "fact-not-listed" not in kinds(collection())
    one = changed("statements/letter-one.yaml", "when: credible", "when: credible and grade = high")
    assert only(one, "fact-not-listed") == ["not recorded: grade. What turns on it stays open"]
    one = changed("statements/letter-one.yaml", "when: credible", "when: not credible and grade = high")
    assert "fact-not-listed" not in kinds(one)


def test_assumptions_that_exclude_each_other_are_an_error_and_nothing_else_is_looked_for() -> None:
    contrary = """\
assumptions:
  - {id: one, holds: credible, because: The first.}
  - {id: two, holds: not credible, because: The second.}
"""
    one = collection({"vocabulary.yaml": VOCABULARY + contrary})
    assert kinds(one) == ["assumptions-unsatisfiable"]
    assert check(one, Settings(without=("two",))).findings[0].kind != "assumptions-unsatisfiable"


def test_a_changed_letter_in_a_quotation_is_an_error_with_its_line() -> None:
    (found,) = check(changed("statements/letter-one.yaml", "every credible", "every incredible")).findings
    assert (found.severity, found.kind) == ("error", "quote-not-found")
    assert str(found.place) == "statements/letter-one.yaml:9"


def test_every_error_is_told_at_once() -> None:
    one = collection(
        {
            "vocabulary.yaml": VOCABULARY.replace("ask for time]", "ask for time, ask for time]"),
            "sources.yaml": SOURCES.replace("held as: excerpts", "held as: pieces"),
        }
    )
    assert len(check(one).findings) >= 2
    assert {found.severity for found in check(one).findings} == {"error"}


def procedure(acts: str) -> Collection:
    """The base with a procedure of these acts."""
    return collection(
        {"procedures/model.yaml": PROCEDURE[: PROCEDURE.index("  - act:")] + acts, "cases/one.yaml": CASE}
    )


CASE = """\
case: one
constructed: yes
facts: {credible: {is: yes}}
"""


def test_an_act_that_is_named_and_not_defined_is_a_fault() -> None:
    one = procedure(
        """\
  - {act: receive report, by: office, rests on: letter-one/refer}
  - {act: close the case, by: court, rests on: letter-one/refer, not while open: open the case}
"""
    )
    assert only(one, "undefined-act") == [
        "no act of this procedure is “open the case”, which it names in “not while open”"
    ]


def test_late_duties_that_lead_back_to_each_other_are_a_fault() -> None:
    one = procedure(
        """\
  - act: receive report
    by: office
    rests on: letter-one/refer
  - act: ask for time
    by: office
    within: 2 days of receive report
    rests on: letter-one/refer
    if late: {who: court, act: remind, within: 2 days}
  - act: remind
    by: court
    within: 2 days of receive report
    rests on: letter-one/refer
    if late: {who: office, act: ask for time, within: 2 days}
  - {act: close the case, by: court, rests on: letter-one/refer}
"""
    )
    (text,) = only(one, "late-cycle")
    assert "remind" in text
    assert "ask for time" in text


def test_one_person_who_decides_and_decides_again_is_a_fault_unless_it_must_be_another() -> None:
    acts = """\
  - {act: receive report, by: office, rests on: letter-one/refer}
  - {act: judge, by: office, rests on: letter-one/refer, decides: credible, standard: reasonable grounds}
  - {act: judge again, by: court, rests on: letter-one/refer, decides: credible, standard: reasonable grounds}
  - {act: close the case, by: court, rests on: letter-one/refer}
"""
    assert only(procedure(acts), "decides-and-reviews") == [
        "may be done by the person who did “judge”: both decide credible"
    ]
    apart = acts.replace("act: judge again,", "act: judge again, different person from: judge,")
    assert "decides-and-reviews" not in kinds(procedure(apart))


def test_a_procedure_too_large_to_walk_leaves_the_report_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    from answerable.procedures import check_procedures
    from answerable.procedures.walk import walk

    monkeypatch.setattr(check_procedures, "walk", lambda one: walk(one, largest=3))
    report = reports.check(from_folder(WELL), Settings())
    assert not report.complete
    assert "3 markings walked, not all" in report.text()
