"""Comparing statements: the worked example says what it should, and the small print of contradictions holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from answerable.procedures.collection import Collection, from_folder
from answerable.procedures.compare import compare, label
from answerable.procedures.condition import ALWAYS, Not
from answerable.procedures.encodings import WARNING, compare_with, count
from answerable.procedures.errors import ProceduresError, Undecided
from answerable.procedures.finding import Finding
from answerable.procedures.settings import WEAKER_FORCES, Settings
from answerable.procedures.statement import Applies

EXAMPLE = Path(__file__).parents[2] / "examples" / "un-2017" / "three-statements"

CONTRADICTION = """\
contradiction  connors/only-discipline × serpa-soares/refer
  only if connors/only-discipline is read “no criminal route”
  in any case where: credible, possible_crime, case_goes_further
    statements/connors.yaml:11       “if it’s a person who’s related to the UN and an international—there are disciplinary measures, …”
    statements/serpa-soares.yaml:10  “to refer credible allegations that United Nations officials or experts on mission may have …”
  leans on: reading; force (practice ×2); account (×2); impersonal (connors/only-discipline)
"""  # noqa: E501  # as printed
CONDUCT = """\
conduct, criminal_referral: khare × serpa-soares incomparable
  meets khare, not serpa-soares: credible, possible_crime, un_investigation = none; done: nothing
  meets serpa-soares, not khare: accused = staff_member, un_investigation = found_credible_crime; done: refer to host_state
"""  # noqa: E501  # as printed


@pytest.fixture(scope="module")
def example() -> Collection:
    return from_folder(EXAMPLE).sound()


@pytest.fixture(scope="module")
def lines(example: Collection) -> str:
    return "\n".join(compare(example).lines()) + "\n"


def contradictions(given: Collection, settings: Settings | None = None) -> list[Finding]:
    return [found for found in compare(given, settings).findings if found.kind == "contradiction"]


class TestTheWorkedExample:
    def test_shows_who_contradicts_whom_in_which_reading_and_on_whose_words(self, lines: str) -> None:
        assert CONTRADICTION in lines

    def test_shows_the_second_contradiction_and_where_there_is_none(self, lines: str) -> None:
        assert "contradiction  connors/only-discipline × khare/bring-to-nationality\n" in lines
        short = "in any case where: accused = staff_member, un_investigation = found_credible_crime, case_goes_further"
        assert short in lines
        assert "khare × serpa-soares: no contradiction in any case\n" in lines
        assert lines.count("contradiction  ") == 2

    def test_shows_two_rules_that_differ_and_do_not_contradict(self, lines: str) -> None:
        assert CONDUCT in lines

    def test_is_found_again_in_the_same_order(self, example: Collection, lines: str) -> None:
        assert "\n".join(compare(example).lines()) + "\n" == lines

    def test_with_every_weaker_force_weakened_contradicts_nowhere(self, example: Collection) -> None:
        """Not one of the three speaks of a rule: all that they oblige to hangs on the force of their words."""
        assert contradictions(example)
        assert not contradictions(example, Settings(weaken=WEAKER_FORCES))

    def test_says_in_json_what_the_contradiction_stands_on(self, example: Collection) -> None:
        found = next(f for f in contradictions(example) if f.norms[1].norm == "serpa-soares/refer").data()
        assert found["readings"] == {"connors/only-discipline": "no criminal route"}
        assert found["facts_that_matter"] == {"credible": "yes", "possible_crime": "yes", "case_goes_further": "yes"}
        assert found["case"] == {
            "accused": "staff_member",
            "credible": "yes",
            "possible_crime": "yes",
            "un_investigation": "none",
            "substantiated": "no",
            "case_goes_further": "yes",
        }
        assert "reading" in str(found["leans_on"])

    def test_without_an_assumption_needs_more_cases_and_no_other_text(self, example: Collection) -> None:
        without = Settings(without=("finding-implies-credible",))
        assert {f.id for f in contradictions(example)} == {f.id for f in contradictions(example, without)}


class TestSettings:
    def test_refuse_names_that_mean_nothing(self, example: Collection) -> None:
        for settings in (Settings(without=("nothing",)), Settings(weaken=("rule",)), Settings(largest=1)):
            with pytest.raises(ProceduresError):
                compare(example, settings)

    def test_leave_out_what_was_not_in_force_on_a_day(self, example: Collection) -> None:
        khare = example.statements[1]
        instrument = replace(khare, kind="instrument", applies=Applies(date(2018, 1, 1), None, "refer to oios"))
        later = replace(example, statements=(example.statements[0], instrument, example.statements[2]))
        assert [f.norms[1].norm for f in contradictions(later)] == ["khare/bring-to-nationality", "serpa-soares/refer"]
        before = Settings(on=date(2017, 12, 31))
        assert [f.norms[1].norm for f in contradictions(later, before)] == ["serpa-soares/refer"]
        assert len(contradictions(later, Settings(on=date(2018, 1, 1)))) == 2


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("silent", "required", "silence"),
        ("allowed", "forbidden", "permission against prohibition"),
        ("required", "forbidden", "clash"),
        ("forbidden", "one way to comply", "clash"),
        ("required", "one way to comply", "stricter"),
        ("allowed", "required", "stricter"),
        ("one way to comply", "allowed", "other"),
    ],
)
def test_differences_have_names(first: str, second: str, expected: str) -> None:
    assert label(first, second) == label(second, first) == expected


class TestBounds:
    def test_larger_contradictions_than_were_sought_are_said_to_be_possible(self, example: Collection) -> None:
        """Against a choice of two, two prohibitions are needed: three norms."""
        connors, serpa = example.statements[0], example.statements[2]
        reading = replace(connors.norms[0].readings[0], name=None)
        halves = [
            replace(
                connors.norms[0],
                id=f"half-{number}",
                full=f"connors/half-{number}",
                readings=(replace(reading, forbidden=(act,)),),
            )
            for number, act in enumerate(reading.forbidden)
        ]
        given = replace(example, statements=(replace(connors, norms=tuple(halves)), serpa))
        assert [len(found.norms) for found in contradictions(given)] == [3]
        cut = compare(given, Settings(largest=2))
        assert not cut.complete
        assert "sets of more than 2 norms may contradict, too; they were not tried" in "\n".join(cut.lines())

    def test_assumptions_that_no_case_satisfies_are_refused(self, example: Collection) -> None:
        first = example.vocabulary.assumptions[0]
        against = replace(first, id="against", holds=Not(first.holds))
        given = replace(example, vocabulary=replace(example.vocabulary, assumptions=(first, against)))
        with pytest.raises(ProceduresError, match="no case satisfies") as refused:
            compare(given)
        assert refused.value.kind == "assumptions-unsatisfiable"
        assert compare(given, Settings(without=("against",))).complete


class TestTwoEncodings:
    def test_of_the_same_texts_are_the_same_reading_by_reading(self, example: Collection) -> None:
        found = compare_with(example, example)
        assert {one.kind for one in found.findings} == {"same-encoding"}
        assert found.complete

    def test_that_differ_are_separated_by_a_case(self, example: Collection) -> None:
        khare = example.statements[1]
        wider = replace(khare.norms[1], readings=(replace(khare.norms[1].readings[0], when=ALWAYS),))
        other = replace(khare, norms=(khare.norms[0], wider, khare.norms[2]))
        collection_ = replace(example, statements=(example.statements[0], other, example.statements[2]))
        found = [one for one in compare_with(example, collection_).findings if one.kind == "difference"]
        assert [one.facts_that_matter for one in found] == [{"un_investigation": "none"}]

    def test_name_what_only_one_of_them_encodes(self, example: Collection) -> None:
        khare = replace(example.statements[1], norms=example.statements[1].norms[1:])
        fewer = replace(example, statements=(example.statements[0], khare))
        kinds = {one.kind: one.about for one in compare_with(example, fewer).findings}
        assert kinds["encoded-once"] == "serpa-soares"
        assert kinds["sentence-once"].startswith("khare: open-letter-2017-12-15:")

    def test_need_one_vocabulary(self, example: Collection) -> None:
        fewer = replace(example, vocabulary=replace(example.vocabulary, assumptions=()))
        with pytest.raises(ProceduresError, match="different assumptions"):
            compare_with(example, fewer)


class TestCount:
    def test_goes_through_every_case_and_says_what_it_is_not(self, example: Collection) -> None:
        lines = count(example, "criminal_referral")
        text = "connors × serpa-soares, criminal_referral: of 108 cases 72 differ and 18 contradict, in some reading"
        assert text in lines
        assert lines[-1] == WARNING

    def test_refuses_too_many_cases_and_unknown_kinds(self, example: Collection) -> None:
        with pytest.raises(ProceduresError, match="not a kind"):
            count(example, "nothing")
        facts = {f"{name}{number}": fact for number in range(9) for name, fact in example.vocabulary.facts.items()}
        with pytest.raises(Undecided):
            count(replace(example, vocabulary=replace(example.vocabulary, facts=facts)), "discipline")
