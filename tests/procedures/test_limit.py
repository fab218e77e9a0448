"""Time limits: their words, and that only like is compared with like."""

from __future__ import annotations

import pytest

from answerable.procedures.errors import LimitProblem, Place
from answerable.procedures.limit import Limit, compare, parse

HERE = Place("s.yaml", 4)


def read(text: str) -> Limit:
    return parse(text, HERE)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("not stated", Limit(word="not stated")),
        ("not checked", Limit(word="not checked")),
        ("without delay", Limit(word="without delay")),
        ("immediately", Limit(word="immediately")),
        ("10 working days of receive report", Limit(10, "working days", "receive report")),
        ("2 weeks, normally", Limit(2, "weeks", None, True)),
        ("1 month", Limit(1, "months")),
        ("72 hours of assess the report, normally", Limit(72, "hours", "assess the report", True)),
        ("0 days", Limit(0, "days")),
    ],
)
def test_limits_are_read_and_printed(text: str, limit: Limit) -> None:
    assert read(text) == limit
    assert read(str(limit)) == limit


@pytest.mark.parametrize(
    "text",
    ["soon", "-1 days", "014 days", "+3 days", "3", "days", "3 fortnights", "3 days of", "3 days of a or b", "1.5 days",
     "3 days of a, b", "without delay, normally", "3 days normally", "9999999 days", "٣ days", "3 days of a within b"],
)  # fmt: skip
def test_anything_else_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(Exception, match=r"^s\.yaml:4: ") as caught:
        read(text)
    assert type(caught.value).__name__ in ("LimitProblem", "FileProblem")


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ("14 days", "2 weeks", "equal"),
        ("13 days", "2 weeks", "less"),
        ("1 year", "11 months", "more"),
        ("1 month", "30 days", "not comparable"),
        ("3 working days", "3 days", "not comparable"),
        ("72 hours", "3 days", "not comparable"),
        ("2 days of a", "3 days of b", "not comparable"),
        ("2 days of a", "3 days of a", "less"),
        ("without delay", "without delay", "equal"),
        ("without delay", "immediately", "not comparable"),
        ("not stated", "not stated", "not comparable"),
        ("immediately", "1 hour", "not comparable"),
    ],
)
def test_only_one_family_compares(a: str, b: str, verdict: str) -> None:
    assert compare(read(a), read(b)) == verdict
    mirrored = {"less": "more", "more": "less"}
    assert compare(read(b), read(a)) == mirrored.get(verdict, verdict)


def test_a_word_is_stated_but_not_measured() -> None:
    assert not read("without delay").measured
    assert read("3 days").measured


def test_a_limit_problem_says_what_to_write() -> None:
    with pytest.raises(LimitProblem, match="Write for instance “10 working days of receive report”"):
        read("014 days")
