"""The solver: what it gives up on, what is known from part of the facts, and numbers and days as few values."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import answerable.procedures
from answerable.procedures.cells import cell_of, cut
from answerable.procedures.condition import Or, Test, evaluate, kleene, parse
from answerable.procedures.conduct import Clause, meeting, minimal, unmet
from answerable.procedures.domain import DayRange, Decimal, Fact, Whole
from answerable.procedures.errors import Place, Undecided
from answerable.procedures.query import Together
from answerable.procedures.reason import Known, Reasoner
from answerable.procedures.vocabulary import Assumption, Vocabulary
from tests.procedures.generated import PLACE, condition, pair
from tests.procedures.generated import vocabulary as generated_vocabulary

HERE = Path(answerable.procedures.__file__).parent
A, B, C, D = "a", "b", "c", "d"


def words(**holds: str) -> Vocabulary:
    from random import Random

    facts = {
        "age": Fact("age", Whole(0, 100), False, None, None, PLACE),
        "on": Fact("on", DayRange(date(2000, 1, 1), date(9999, 12, 31)), False, None, None, PLACE),
        "share": Fact("share", Decimal(0, 100, 2), False, None, None, PLACE),
        **{name: replace(fact, name=name) for name, fact in yes_no().items()},
    }
    plain = replace(generated_vocabulary(Random(1)), facts=MappingProxyType(facts), assumptions=())
    held = tuple(Assumption(name, parse(text, plain, PLACE), "", PLACE) for name, text in holds.items())
    return replace(plain, assumptions=held)


def yes_no() -> dict[str, Fact]:
    from answerable.procedures.domain import YesNo

    return {name: Fact(name, YesNo(), False, None, None, PLACE) for name in ("open", "found", "credible")}


class TestKnown:
    def test_follows_from_the_assumptions_where_kleene_is_silent(self) -> None:
        known = Known(words(one="not found or credible"))
        text = parse("credible", known.vocabulary, PLACE)
        assert kleene(text, {"found": "yes"}) is None
        assert known.decide(text, {"found": "yes"}) is True
        assert known.leans_on(text, {"found": "yes"}) == ("one",)
        assert known.decide(text, {"found": "no"}) is None
        assert known.leans_on(text, {"found": "no"}) == ()

    def test_follows_from_the_form_alone(self) -> None:
        known = Known(words())
        text = parse("open or not open", known.vocabulary, PLACE)
        assert kleene(text, {}) is None
        assert known.decide(text, {}) is True
        assert known.leans_on(text, {}) == ()

    def test_entails_the_negation_and_says_what_that_leans_on(self) -> None:
        known = Known(words(one="not found or credible", two="not credible or not open"))
        text = parse("open", known.vocabulary, PLACE)
        assert known.decide(text, {"found": "yes"}) is False
        assert known.leans_on(text, {"found": "yes"}) == ("one", "two")
        assert Known(known.vocabulary, without=("two",)).decide(text, {"found": "yes"}) is None

    def test_tells_facts_that_no_case_has(self) -> None:
        known = Known(words(one="not found or credible"))
        assert known.consistent({"found": "yes"})
        assert not known.consistent({"found": "yes", "credible": "no"})
        assert known.decide(parse("open", known.vocabulary, PLACE), {"found": "yes", "credible": "no"}) is None

    def test_places_numbers_and_days_between_the_constants(self) -> None:
        known = Known(words(adult="age >= 18 or not open", late="on > 2017-11-20 or open"))
        minor = {"age": 17, "open": "yes"}
        assert not known.consistent(minor)
        assert known.consistent({"age": 18, "open": "yes"})
        assert known.decide(parse("age != 17", known.vocabulary, PLACE), {"open": "yes"}) is True
        assert known.decide(parse("open", known.vocabulary, PLACE), {"on": date(2017, 11, 20)}) is True
        assert known.decide(parse("open", known.vocabulary, PLACE), {"on": date(2017, 11, 21)}) is None


class TestCells:
    @given(st.integers(0, 10**6))
    def test_hold_values_that_no_condition_tells_apart(self, seed: int) -> None:
        from random import Random

        random = Random(seed)
        vocabulary = generated_vocabulary(random)
        text = condition(random, vocabulary)
        cells = cut(vocabulary, [text])
        for name, fact in vocabulary.facts.items():
            least = {fact_: values[0] for fact_, values in cells.items()}
            for value in fact.domain.values if hasattr(fact.domain, "values") else ():
                assert cells[name][cell_of(cells[name], value)] == value
            if isinstance(fact.domain, Whole):
                for value in range(fact.domain.first, fact.domain.last + 1):
                    stands = cells[name][cell_of(cells[name], value)]
                    assert evaluate(text, {**least, name: value}) == evaluate(text, {**least, name: stands})

    def test_reach_the_last_day_there_is(self) -> None:
        vocabulary = words()
        last = date(9999, 12, 31)
        cells = cut(vocabulary, [Test("on", "<=", (last,)), Test("on", "=", (last - timedelta(1),))])
        assert cells["on"] == (date(2000, 1, 1), last - timedelta(1), last)


class TestConduct:
    def test_finds_a_way_or_says_there_is_none(self) -> None:
        one = {A: "k", B: "k"}
        assert meeting([Clause(True, (A, B)), Clause(False, (A,))], {}) == {B}
        assert meeting([Clause(True, (A,)), Clause(True, (B,))], {}) == {A, B}
        assert meeting([Clause(True, (A,)), Clause(True, (B,))], one) is None
        assert meeting([Clause(True, (A,)), Clause(True, (A, B))], one) == {A}

    def test_finds_all_smallest_sets_and_no_larger(self) -> None:
        want = [
            Clause(True, (A, C)),
            Clause(True, (B,)),
            Clause(True, (B, D)),
            Clause(False, (C,)),
            Clause(False, (B,)),
        ]
        sets = unmet(want, {A: "k", B: "k"})
        assert sets == [
            (Clause(True, (B,)), Clause(False, (B,))),
            (Clause(True, (A, C)), Clause(True, (B,)), Clause(False, (C,))),
        ]
        assert all(minimal(chosen, {A: "k", B: "k"}) for chosen in sets)

    def test_gives_up_after_a_stated_number_of_sets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("answerable.procedures.conduct.MAX_SETS", 3)
        with pytest.raises(Undecided, match="sets of duties"):
            unmet([Clause(True, (name,)) for name in "abcdef"], {})


class TestBounds:
    def test_the_solver_gives_up_repeatably(self) -> None:
        """The bound counts the solver's steps and not time, so two runs end alike."""
        vocabulary, statements = pair(0)
        for _ in range(2):
            reasoner = Reasoner(vocabulary, statements, lambda a, b: a != b, steps=1)
            with pytest.raises(Undecided, match="number of steps"):
                reasoner.relations("s", "t", None)

    def test_too_many_readings_are_said_to_be_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("answerable.procedures.search.MAX_READINGS", 1)
        for seed in range(60):
            vocabulary, statements = pair(seed)
            several = [norm for one in statements for norm in one.norms if len(norm.readings) > 1]
            if several:
                reasoner = Reasoner(vocabulary, statements, lambda a, b: a != b)
                with pytest.raises(Undecided, match="combinations of readings"):
                    reasoner.witnesses(Together((several[0].full,), "apply"), ("s", "t"))
                return
        raise AssertionError("no generated norm has several readings")


def test_one_module_alone_knows_the_solver() -> None:
    importing = [
        path.name
        for path in sorted(HERE.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(name.name == "z3" for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("z3"))
    ]
    assert importing == ["reason.py"]


def test_the_meaning_is_on_one_screen() -> None:
    assert len((HERE / "meaning.py").read_text(encoding="utf-8").splitlines()) < 150


def test_conditions_of_scopes_are_cut_too() -> None:
    vocabulary = words()
    either = Or((Test("age", "<", (30,)), Test("age", ">", (60,))))
    assert cut(vocabulary, [either])["age"] == (0, 30, 61)
    assert Place("x", 1).line == 1
