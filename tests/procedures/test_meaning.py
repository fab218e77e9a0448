"""The definitions, case by case: what applies, what is kept, what is answered, what clashes."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from types import MappingProxyType

import pytest

from answerable.procedures.condition import ALWAYS, Condition, Not, Test
from answerable.procedures.domain import Fact, OneOf, YesNo
from answerable.procedures.meaning import Meaning, applying, keeps
from answerable.procedures.norm import Norm, Reading
from answerable.procedures.parts import answer
from answerable.procedures.query import OneWayLeft, Together, Uncovered
from answerable.procedures.reason import Reasoner
from answerable.procedures.reference import Reference
from answerable.procedures.settings import weakened
from answerable.procedures.statement import Statement
from answerable.procedures.vocabulary import Kind, Vocabulary
from tests.procedures.generated import PLACE, statement, vocabulary

HOST, HOME, PUNISH, CLOSE, OPEN = "refer to host", "refer to home", "punish", "close", "open"
YES = Test("credible", "is", ("yes",))


def words() -> Vocabulary:
    facts = {
        "credible": Fact("credible", YesNo(), False, None, None, PLACE),
        "grade": Fact("grade", OneOf(("low", "high")), False, None, None, PLACE),
    }
    kinds = {
        "referral": Kind("referral", (HOST, HOME), False, PLACE),
        "outcome": Kind("outcome", (CLOSE, OPEN), True, PLACE),
        "discipline": Kind("discipline", (PUNISH,), False, PLACE),
    }
    return replace(
        vocabulary(Random(0)),
        facts=MappingProxyType(facts),
        kinds=MappingProxyType(kinds),
        acts=MappingProxyType({act: kind.name for kind in kinds.values() for act in kind.acts}),
        assumptions=(),
    )


def reading(when: Condition = ALWAYS, **content: object) -> Reading:
    plain = Reading(None, "must", "", when, ("office",), None, None, None)
    return replace(plain, **content)  # type: ignore[arg-type]  # parts of a reading


def says(name: str, *readings: Reading, displaces: tuple[int, int] | None = None) -> Statement:
    """A statement of these norms, ``n0`` onwards; the first of ``displaces`` is an exception to the second."""
    model = statement(Random(0), vocabulary(Random(0)), name)
    norms = tuple(
        replace(
            model.norms[0],
            id=f"n{number}",
            full=f"{name}/n{number}",
            readings=(one,),
            exception_to=(f"n{displaces[1]}",) if displaces and displaces[0] == number else (),
        )
        for number, one in enumerate(readings)
    )
    return replace(model, norms=norms)


def must(*acts: str, when: Condition = ALWAYS) -> Reading:
    return reading(when, choices=(acts,))


def must_not(*acts: str, when: Condition = ALWAYS) -> Reading:
    return reading(when, mode="must not", forbidden=acts)


def may(*acts: str) -> Reading:
    return reading(mode="may", allowed=acts)


def apart(first: str, second: str) -> bool:
    return first != second


def clashing(*statements: Statement) -> list[tuple[str, ...]]:
    """The sets of norms that contradict, by both engines."""
    names = [one.name for one in statements]
    found = [
        engine(words(), statements, apart).contradictions(names[0], names[-1], 4).found
        for engine in (Reference, Reasoner)
    ]
    assert found[0] == found[1]
    return [one.query.norms for one in found[0] if isinstance(one.query, Together)]


class TestAnswers:
    @pytest.mark.parametrize(
        ("norms", "acts", "expected"),
        [
            ([], {HOST}, "silent"),
            ([may(HOST)], {HOST}, "allowed"),
            ([may(HOST), must(HOST, HOME)], {HOST}, "one way to comply"),
            ([must(HOST, HOME), must(HOST)], {HOST}, "required"),
            ([must(HOST), must_not(HOST)], {HOST}, "forbidden"),
            ([must_not(HOST)], {HOME}, "silent"),
            ([must_not(HOST)], {HOST, HOME}, "some acts forbidden"),
            ([must_not(HOST, HOME)], {HOST, HOME}, "forbidden"),
            ([must(HOST, HOME)], {HOST, HOME}, "required"),
            ([must(HOST, PUNISH)], {HOST, HOME}, "one way to comply"),
            ([may(HOST), must_not(HOME)], {HOST, HOME}, "allowed"),
        ],
    )
    def test_are_the_first_that_holds(self, norms: list[Reading], acts: set[str], expected: str) -> None:
        assert answer(norms, frozenset(acts)) == expected


class TestConduct:
    def test_keeps_every_clause(self) -> None:
        norms = [must(HOST, HOME), must_not(PUNISH)]
        assert keeps(frozenset({HOME}), norms)
        assert not keeps(frozenset(), norms)
        assert not keeps(frozenset({HOME, PUNISH}), norms)

    def test_of_a_kind_looks_only_at_clauses_within_it(self) -> None:
        kind = frozenset({HOST, HOME})
        assert keeps(frozenset(), [must(HOST, PUNISH), must_not(PUNISH)], kind)
        assert not keeps(frozenset(), [must(HOST)], kind)

    def test_does_at_most_one_act_of_a_kind_that_says_so(self) -> None:
        conducts = Meaning(words(), (), apart).conducts
        assert frozenset({HOST, HOME, CLOSE}) in conducts
        assert not any({CLOSE, OPEN} <= done for done in conducts)


class TestApplying:
    def norms(self) -> tuple[Norm, ...]:
        return says("s", must(HOST), must_not(HOST, when=YES), displaces=(1, 0)).norms

    def test_an_exception_displaces_only_where_it_applies(self) -> None:
        norms = self.norms()
        read = {norm.full: norm.readings[0] for norm in norms}
        assert list(applying(norms, read, {"credible": "yes"})) == ["s/n1"]
        assert list(applying(norms, read, {"credible": "no"})) == ["s/n0"]

    def test_an_exception_that_is_displaced_displaces_nothing(self) -> None:
        first, second = self.norms()
        third = replace(first, id="n2", full="s/n2", exception_to=("n1",))
        norms = (first, second, third)
        read = {norm.full: norm.readings[0] for norm in norms}
        assert list(applying(norms, read, {"credible": "yes"})) == ["s/n0", "s/n2"]


class TestContradictions:
    def test_are_smallest_sets_from_both(self) -> None:
        assert clashing(says("s", must(HOST)), says("t", must_not(HOST))) == [("s/n0", "t/n0")]
        three = clashing(says("s", must(HOST, HOME)), says("t", must_not(HOST), must_not(HOME)))
        assert three == [("s/n0", "t/n0", "t/n1")]

    def test_are_not_between_a_permission_and_a_prohibition(self) -> None:
        assert clashing(says("s", may(HOST)), says("t", must_not(HOST))) == []

    def test_need_a_case_in_which_all_apply(self) -> None:
        assert clashing(says("s", must(HOST, when=YES)), says("t", must_not(HOST, when=Not(YES)))) == []

    def test_arise_from_acts_that_exclude_each_other(self) -> None:
        assert clashing(says("s", must(CLOSE)), says("t", must(OPEN))) == [("s/n0", "t/n0")]
        assert clashing(says("s", must(HOST)), says("t", must(HOME))) == []

    def test_of_one_statement_alone_are_its_own(self) -> None:
        inner = says("s", must(HOST), must_not(HOST))
        assert clashing(inner, says("t", must(HOST))) == [("s/n1", "t/n0")]
        assert clashing(inner) == [("s/n0", "s/n1")]

    def test_arise_where_an_act_is_reserved_and_required_of_another(self) -> None:
        alone = says("s", reading(mode="alone", reserved=(HOST,), who=("office",)))
        for who, found in (
            (("other",), [("s/n0", "t/n0")]),
            (("body",), []),
            (("office", "other"), []),
            ("anyone", []),
        ):
            assert clashing(alone, says("t", replace(must(HOST), who=who))) == found  # type: ignore[arg-type]
        assert clashing(alone, says("t", replace(must(HOST, HOME), who=("other",)))) == []

    def test_beyond_the_largest_size_tried_are_not_passed_over_in_silence(self) -> None:
        statements = (says("s", must(HOST, HOME)), says("t", must_not(HOST), must_not(HOME)))
        for engine in (Reference, Reasoner):
            found = engine(words(), statements, apart).contradictions("s", "t", 2)
            assert not found.found
            assert found.cut


class TestDefects:
    def engines(self, given: Statement) -> list[Reference | Reasoner]:
        return [engine(words(), (given,), apart) for engine in (Reference, Reasoner)]

    def test_a_choice_with_one_way_left(self) -> None:
        for engine in self.engines(says("s", must(HOST, HOME), must_not(HOST))):
            assert engine.witnesses(OneWayLeft("s", "s/n0", HOME), ("s",))
            assert not engine.witnesses(OneWayLeft("s", "s/n0", HOST), ("s",))

    def test_a_norm_that_another_covers(self) -> None:
        for engine in self.engines(says("s", must(HOST, HOME, when=YES), must(HOST))):
            assert engine.needed(Uncovered("s/n0", "s/n1"), ("s",)) == ()
            assert engine.needed(Uncovered("s/n1", "s/n0"), ("s",)) is None


def test_weakened_duties_are_permissions_and_prohibitions_fall_silent() -> None:
    assert weakened(must(HOST, HOME)).allowed == (HOST, HOME)
    assert weakened(must(HOST)).choices == ()
    assert weakened(must_not(HOST)).forbidden == ()
    only = weakened(reading(mode="only", allowed=(PUNISH,), forbidden=(HOST,)))
    assert (only.allowed, only.forbidden) == ((PUNISH,), ())
    assert weakened(reading(mode="alone", reserved=(HOST,))).reserved == ()
