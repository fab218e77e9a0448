"""Conditions: the grammar, what it refuses and in which column, and what a condition decides."""

from __future__ import annotations

from datetime import date

import pytest

from answerable.procedures.condition import (
    ALWAYS,
    And,
    Condition,
    Not,
    Or,
    Test,
    evaluate,
    facts_of,
    kleene,
    parse,
    print_,
)  # fmt: skip
from answerable.procedures.errors import ConditionProblem, Place
from tests.procedures.making import collection

VOCABULARY = collection().vocabulary
HERE = Place("s.yaml", 7, 3)
CREDIBLE = Test("credible", "is", ("yes",))
HIGH = Test("grade", "=", ("high",))
MANY = Test("children", ">=", (3,))


def read(text: str) -> Condition:
    return parse(text, VOCABULARY, HERE)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("always", ALWAYS),
        ("credible", CREDIBLE),
        ("credible = no", Test("credible", "=", ("no",))),
        ("not credible or grade = high", Or((Not(CREDIBLE), HIGH))),
        ("not (credible or grade = high)", Not(Or((CREDIBLE, HIGH)))),
        ("credible and grade = high or children >= 3", Or((And((CREDIBLE, HIGH)), MANY))),
        ("credible and (grade = high or children >= 3)", And((CREDIBLE, Or((HIGH, MANY))))),
        ("credible and credible and credible", And((CREDIBLE,) * 3)),
        ("(credible and credible) and credible", And((And((CREDIBLE,) * 2), CREDIBLE))),
        ("not not credible", Not(Not(CREDIBLE))),
        ("grade in [low,\n  high]", Test("grade", "in", ("low", "high"))),
        ("share<=0.50", Test("share", "<=", (50,))),
        ("since < 2020-02-29", Test("since", "<", (date(2020, 2, 29),))),
        ("children != 0", Test("children", "!=", (0,))),
    ],
)
def test_the_grammar(text: str, tree: Condition) -> None:
    assert read(text) == tree
    assert read(print_(tree, VOCABULARY)) == tree


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("", 1, "the condition ends where a fact was expected"),
        ("credible and", 13, "the condition ends where a fact was expected"),
        ("credible grade = high", 10, "“grade” stands where “and”, “or” or the end was expected"),
        ("credible & grade", 10, "“&” means nothing here"),
        ("  ;", 3, "“;” means nothing here"),
        ("not_yet", 1, "“not_yet” is not a fact"),
        ("android", 1, "“android” is not a fact"),
        ("not in", 5, "“in” stands where a fact was expected"),
        ("grade", 1, "“grade” is one of low, middle, high"),
        ("grade = awful", 9, "“awful” is not a value of “grade”"),
        ("grade < high", 7, "it has no order"),
        ("credible > no", 10, "it has no order"),
        ("children = 014", 12, "“014” is not a value of “children”"),
        ("children = 10", 12, "“10” is not a value"),
        ("children = -1", 12, "“-” means nothing here"),
        ("share = 0.5", 9, "“0.5” is not a value"),
        ("since = 2019-02-29", 9, "“2019-02-29” is not a value"),
        ("grade in [low, low]", 16, "“low” is given twice"),
        ("grade in []", 11, "where a value was expected"),
        ("grade in [low", 14, "the condition ends where “]” was expected"),
        ("(credible", 10, "the condition ends where “)” was expected"),
        ("credible)", 9, "“)” stands"),
        ("always = yes", 8, "“=” stands"),
        ("credible = grade", 12, "“grade” is not a value"),
        ("not " * 51 + "credible", 201, "nested deeper than 50 levels"),
        ("(" * 51 + "credible", 51, "nested deeper than 50 levels"),
    ],
)
def test_an_error_names_the_column(text: str, column: int, says: str) -> None:
    with pytest.raises(ConditionProblem) as caught:
        read(text)
    assert caught.value.where == "s.yaml:7"
    assert caught.value.what.startswith(f"column {column} of the condition: ")
    assert says in caught.value.what


def test_a_condition_too_long_is_refused_and_one_at_the_limit_read() -> None:
    text = "credible or " * 340 + " " * 10 + "always"
    assert len(text) == 4096
    assert isinstance(read(text), Or)
    with pytest.raises(ConditionProblem, match="at most 4,096"):
        read(text + " ")


def test_fifty_levels_are_read() -> None:
    assert read("not " * 25 + "(" * 25 + "credible" + ")" * 25)


def test_a_wrong_name_gets_a_suggestion() -> None:
    with pytest.raises(ConditionProblem, match="did you mean credible") as caught:
        read("credibel")
    assert caught.value.kind == "unknown-name"


def test_what_a_condition_decides() -> None:
    case = {"credible": "yes", "grade": "low", "children": 3, "share": 50, "since": date(2020, 1, 1)}
    assert evaluate(read("credible and not grade = high and children >= 3 and children > 2"), case)
    assert evaluate(read("share <= 0.50 and since < 2020-01-02 and grade != high and grade in [low, high]"), case)
    assert not evaluate(read("children < 3 or grade in [middle] or credible = no"), case)


def test_partial_knowledge_decides_what_it_can() -> None:
    assert kleene(read("credible or grade = high"), {"grade": "high"}) is True
    assert kleene(read("credible and grade = high"), {"grade": "low"}) is False
    assert kleene(read("not credible"), {}) is None
    assert kleene(read("credible and grade = high"), {"grade": "high"}) is None
    assert kleene(ALWAYS, {}) is True


def test_facts_are_named_once_in_order() -> None:
    assert facts_of(read("children = 1 and (credible or not children = 2)")) == ("children", "credible")
