"""Questions to the statements: the worked example's answers, and each way a question can end."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from answerable.procedures.ask import Answers, ask, verdict_of
from answerable.procedures.collection import Collection, from_folder
from answerable.procedures.condition import ALWAYS
from answerable.procedures.fields import NOT_CHECKED
from answerable.procedures.limit import UNCHECKED, Limit
from answerable.procedures.norm import Norm
from answerable.procedures.question import Ask, Question
from answerable.procedures.rank import Rank, RankEntry
from answerable.procedures.settings import Settings

EXAMPLE = Path(__file__).parents[2] / "examples" / "un-2017" / "three-statements"


@pytest.fixture(scope="module")
def example() -> Collection:
    return from_folder(EXAMPLE).sound()


def asking(example: Collection, kind: str, about: str, norms: dict[str, Norm]) -> Answers:
    """The answer of the statements with some norms replaced, the first question asking one thing in every case."""
    question: Question = example.questions[0]
    item = Ask(kind, about, question.place)  # type: ignore[arg-type]  # a kind of question
    statements = tuple(
        replace(statement, norms=tuple(norms.get(norm.full, norm) for norm in statement.norms))
        for statement in example.statements
    )
    asked = replace(question, given=None, ask=(item,))
    return ask(replace(example, statements=statements, questions=(asked,)))


def always(norm: Norm, **changes: object) -> Norm:
    """The norm in every case, with changes to each of its readings."""
    return replace(norm, readings=tuple(replace(one, when=ALWAYS, **changes) for one in norm.readings))  # type: ignore[arg-type]


class TestTheWorkedExample:
    def test_says_who_says_what_and_in_which_reading(self, example: Collection) -> None:
        text = "\n".join(ask(example).lines())
        way = "connors/only-discipline is read"
        assert f"q-referral             partly    (answered, if {way} “only what the UN itself can impose”)" in text
        assert f"    contradictory  only if {way} “no criminal route”; e.g. case_goes_further" in text
        assert "                   no: connors · yes: serpa-soares · in the case shown, silent: khare" in text
        assert "    answered       in every reading; e.g. not case_goes_further" in text
        assert "                   yes: serpa-soares · in the case shown, silent: connors, khare" in text
        assert "    undefined      no case" in text

    def test_says_that_nobody_is_named_to_decide(self, example: Collection) -> None:
        line = ask(example).lines()[-1]
        nothing = "credible: by whom, by what standard, by when: nothing is stated"
        assert line == f"q-sufficient-evidence  undefined  {nothing}   leans on: taken as"

    def test_gives_json_with_every_part(self, example: Collection) -> None:
        found = json.loads(json.dumps(ask(example).data()))
        assert [one["verdict"] for one in found] == ["partly", "undefined"]
        (whether, which), others = found[0]["items"], found[1]["items"]
        assert whether["ask"] == {"whether": "criminal_referral"}
        assert whether["both_can_be_kept"] is False
        assert whether["parts"]["undefined"] is None
        assert whether["parts"]["contradictory"]["answers"] == {
            "connors": "forbidden",
            "khare": "silent",
            "serpa-soares": "required",
        }
        assert which["verdict"] == "partly"
        assert [one["both_can_be_kept"] for one in others] == [None, None, None]

    def test_with_the_speakers_words_weakened_is_undefined(self, example: Collection) -> None:
        found = ask(example, Settings(weaken=("practice", "intention")))
        assert found.answers[0].verdict == "answered"  # everything is allowed, and nothing asked for
        assert not any(item.parts.get("contradictory") for item in found.answers[0].items)


class TestEachWayItCanEnd:
    def test_a_limit_stated_twice_and_differently_is_contradictory(self, example: Collection) -> None:
        norms = example.norms()
        khare, serpa = norms["khare/bring-to-nationality"], norms["serpa-soares/refer"]
        days, weeks = Limit(10, "days"), Limit(2, "weeks")
        act = "refer to nationality_state"
        changed = {khare.full: always(khare, within=days), serpa.full: always(serpa, within=weeks)}
        found = asking(example, "by when", act, changed).answers[0]
        assert found.verdict == "contradictory"
        assert dict(found.items[0].parts["contradictory"].answers)["khare"] == "10 days"
        alike = {khare.full: always(khare, within=Limit(14, "days")), serpa.full: always(serpa, within=weeks)}
        assert asking(example, "by when", act, alike).answers[0].verdict == "answered"
        months = {khare.full: always(khare, within=Limit(1, "months")), serpa.full: always(serpa, within=weeks)}
        assert asking(example, "by when", act, months).answers[0].verdict == "answered"  # not comparable, never rounded

    def test_a_passage_not_checked_is_undetermined_and_never_undefined(self, example: Collection) -> None:
        norms = example.norms()
        serpa = norms["serpa-soares/refer"]
        found = asking(example, "by when", "refer to host_state", {serpa.full: always(serpa, within=UNCHECKED)})
        assert found.answers[0].verdict == "undetermined"
        found = asking(
            example, "what if not", "refer to host_state", {serpa.full: always(serpa, otherwise=NOT_CHECKED)}
        )
        assert {"undetermined"} <= set(found.answers[0].items[0].parts)

    def test_bearers_conflict_unless_one_is_part_of_the_other(self, example: Collection) -> None:
        norms = example.norms()
        khare, serpa = norms["khare/bring-to-nationality"], norms["serpa-soares/refer"]
        act = "refer to nationality_state"
        body = {khare.full: always(khare), serpa.full: always(serpa)}  # the Secretary-General; the Organization
        assert asking(example, "who", act, body).answers[0].verdict == "answered"
        other = {khare.full: always(khare, who=("oios",)), serpa.full: always(serpa, who=("head_of_mission",))}
        assert asking(example, "who", act, other).answers[0].verdict == "contradictory"

    def test_rank_silences_the_lower_text(self, example: Collection) -> None:
        connors, serpa = (example.norms()[name] for name in ("connors/only-discipline", "serpa-soares/refer"))
        strict = replace(connors, readings=(replace(connors.readings[0], name=None, when=ALWAYS),))
        norms = {connors.full: strict, serpa.full: always(serpa)}
        assert asking(example, "whether", "criminal_referral", norms).answers[0].verdict == "contradictory"
        over = ("khare", "serpa-soares")
        entries = tuple(RankEntry(name, "connors", "for the test", None, serpa.place) for name in over)
        ranked = replace(example, rank=Rank(entries, dict.fromkeys(over, frozenset({"connors"}))))
        assert asking(ranked, "whether", "criminal_referral", norms).answers[0].verdict == "answered"

    def test_two_accounts_of_the_same_words_are_not_two_speakers(self, example: Collection) -> None:
        connors, serpa = (example.norms()[name] for name in ("connors/only-discipline", "serpa-soares/refer"))
        strict = replace(connors, readings=(replace(connors.readings[0], name=None, when=ALWAYS),))
        statements = tuple(replace(one, utterance="the same") for one in example.statements)
        norms = {connors.full: strict, serpa.full: always(serpa)}
        found = asking(replace(example, statements=statements), "whether", "criminal_referral", norms)
        assert found.answers[0].verdict == "answered"

    def test_a_question_may_be_contradictory_where_conduct_is_not(self, example: Collection) -> None:
        """One offers two ways and another forbids one of them: both can be kept."""
        connors, serpa = (example.norms()[name] for name in ("connors/only-discipline", "serpa-soares/refer"))
        one = replace(connors.readings[0], name=None, when=ALWAYS, forbidden=("refer to host_state",))
        norms = {connors.full: replace(connors, readings=(one,)), serpa.full: always(serpa)}
        item = asking(example, "whether", "refer to host_state", norms).answers[0].items[0]
        assert item.verdict == "contradictory"
        assert item.both_can_be_kept is True

    def test_one_part_is_the_verdict_and_more_are_partly(self) -> None:
        assert verdict_of(frozenset({"answered"})) == "answered"
        assert verdict_of(frozenset({"answered", "undefined"})) == "partly"
        assert verdict_of(frozenset()) == "undefined"
