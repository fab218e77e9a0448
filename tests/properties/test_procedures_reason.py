"""The solver answers as the definitions do, on generated statements; a second solver agrees; nothing hangs on names."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.procedures.ask import ask
from answerable.procedures.collection import Collection
from answerable.procedures.compare import Build, compare, compare_pairs
from answerable.procedures.condition import And, Condition, Not, Or, Test
from answerable.procedures.finding import Finding
from answerable.procedures.lint import reasoned
from answerable.procedures.meaning import Meaning, World
from answerable.procedures.passage import Passages
from answerable.procedures.query import Answers, Part, Together, Witness, agrees
from answerable.procedures.reason import Reasoner
from answerable.procedures.reference import Reference
from answerable.procedures.settings import WEAKER_FORCES, Settings
from answerable.procedures.statement import Statement
from tests.amounts import amount
from tests.procedures.generated import collection, gathered, items, pair
from tests.procedures.second_opinion import Opinion, met

#: How many generated pairs each comparison of the solver with the definitions takes, a block to a test.
PAIRS, ANSWERS, WHOLE, SECOND = amount(500, 20_000), amount(150, 4_000), amount(100, 2_000), amount(100, 3_000)
BLOCK = 50
SEEDS = st.integers(0, 10**9)


def text(findings: Iterable[Finding]) -> str:
    return json.dumps([found.data() for found in findings], sort_keys=True)


def different(first: str, second: str) -> bool:
    return first != second


class TestReasonEqualsMeaning:
    @pytest.mark.parametrize("block", range(PAIRS // BLOCK))
    def test_in_every_comparison(self, block: int) -> None:
        for seed in range(block * BLOCK, (block + 1) * BLOCK):
            given_ = collection(seed)
            expected = compare(given_, build=Reference)
            found = compare(given_, build=Reasoner)
            assert text(found.findings) == text(expected.findings), f"seed {seed}"
            assert found.complete == expected.complete, f"seed {seed}"

    @pytest.mark.parametrize("block", range(ANSWERS // BLOCK))
    def test_in_every_answer_and_defect(self, block: int) -> None:
        for seed in range(10**6 + block * BLOCK, 10**6 + (block + 1) * BLOCK):
            given_ = collection(seed)
            answers = [json.dumps(ask(given_, build=build).data()) for build in engines()]
            assert answers[0] == answers[1], f"seed {seed}"
            defects = [text(reasoned(given_, build=build)) for build in engines()]
            assert defects[0] == defects[1], f"seed {seed}"

    @pytest.mark.parametrize("block", range(WHOLE // BLOCK))
    def test_in_every_part_of_every_witness(self, block: int) -> None:
        """Findings leave out what a witness also holds: this compares all of it."""
        for seed in range(2 * 10**6 + block * BLOCK, 2 * 10**6 + (block + 1) * BLOCK):
            words, statements = pair(seed)
            asked = items(seed, words, statements)
            scopes = [one.given for one in asked]
            reference, reasoner = (build(words, statements, different, scopes) for build in engines())
            for largest in (2, 4):
                assert reasoner.contradictions("s", "t", largest) == reference.contradictions("s", "t", largest), seed
            assert reasoner.differences("s", "t") == reference.differences("s", "t"), seed
            for kind in (*words.kinds, None):
                assert reasoner.relations("s", "t", kind) == reference.relations("s", "t", kind), seed
            for one in asked:
                assert reasoner.parts(one) == reference.parts(one), seed
            assert reasoner.verdicts(asked) == reference.verdicts(asked), seed


def engines() -> tuple[Build, Build]:
    return Reference, Reasoner


class TestSecondOpinion:
    """clingo, from the files' own terms, on every contradiction and difference."""

    @pytest.mark.parametrize("block", range(SECOND // BLOCK))
    def test_agrees(self, block: int) -> None:
        for seed in range(block * BLOCK, (block + 1) * BLOCK):
            words, statements = pair(seed)
            reasoner = Reasoner(words, statements, different)
            opinion = Opinion(words, statements)
            readings = {norm.full: norm.readings for statement in statements for norm in statement.norms}
            related = reasoner.relations("s", "t", None)
            assert any(one.compared[0] for one in related) == opinion.keeps_only("s", "t"), seed
            assert any(one.compared[1] for one in related) == opinion.keeps_only("t", "s"), seed
            assert any(one.compared[2] for one in related) == opinion.nothing_keeps_both(), seed
            differing = set()
            for witness in reasoner.differences("s", "t"):
                assert isinstance(witness.query, Answers)
                (_, first), (_, second) = witness.query.answers
                differing.add((witness.query.word, first, second))
            assert differing == opinion.answers(), seed
            for witness in reasoner.contradictions("s", "t", 4).found:
                assert isinstance(witness.query, Together)
                norms = witness.query.norms
                names = [one.name for one in readings[norms[0]]]
                ways = [
                    (norm, [one.name for one in readings[norm]].index(witness.readings.get(norm))) for norm in norms
                ]
                assert names
                assert opinion.together(norms, ways), seed
                if witness.query.relation == "clash":
                    contents = [readings[norm][number] for norm, number in ways]
                    assert not met(contents, words), seed
                    assert all(met(fewer, words) for fewer in combinations(contents, len(contents) - 1)), seed


def exhibits(found: Witness, meaning: Meaning, world: World) -> bool:
    return meaning.holds(found.query, world, frozenset(found.conduct))


class TestWitnesses:
    @settings(max_examples=amount(50, 2_000))
    @given(SEEDS)
    def test_satisfy_the_assumptions_exhibit_the_finding_and_hold_no_fact_too_many(self, seed: int) -> None:
        words, statements = pair(seed)
        asked = items(seed, words, statements)
        reasoner = Reasoner(words, statements, different, [one.given for one in asked])
        meaning = Meaning(words, statements, different)
        worlds = list(meaning.worlds(("s", "t")))
        for found in every_witness(reasoner, asked):
            shown = next(w for w in worlds if w.case == found.case and w.readings == found.readings)
            assert not shown.broken
            assert exhibits(found, meaning, shown)
            scope = found.query.asked.given if isinstance(found.query, Part) else None
            inside = [w for w in worlds if scope is None or within(scope, w)]
            assumed = set(found.kept_assumptions)

            def entailed(facts: dict[str, object], inside=inside, found=found, assumed=assumed) -> bool:  # type: ignore[no-untyped-def]
                agreeing = [
                    w
                    for w in inside
                    if not w.broken & assumed and agrees(w.case, facts) and agrees(w.readings, found.kept_readings)
                ]
                return all(exhibits(found, meaning, w) for w in agreeing)

            assert entailed(dict(found.kept_facts))
            for fact in found.kept_facts:
                assert not entailed({name: value for name, value in found.kept_facts.items() if name != fact})

    def test_do_not_change_when_the_solver_is_asked_otherwise(self) -> None:
        """What was asked before leaves traces in an incremental solver, and none in its answers."""
        for seed in range(40):
            words, statements = pair(seed)
            fresh = Reasoner(words, statements, different)
            used = Reasoner(words, statements, different)
            for kind in (None, *words.kinds):
                used.relations("s", "t", kind)
            used.contradictions("s", "t", 4)
            assert used.differences("s", "t") == fresh.differences("s", "t")


def within(scope: Condition, world: World) -> bool:
    from answerable.procedures.condition import evaluate

    return evaluate(scope, world.case)


def every_witness(reasoner: Reasoner, asked: Iterable[object]) -> list[Witness]:
    found = [*reasoner.contradictions("s", "t", 4).found, *reasoner.differences("s", "t")]
    for one in reasoner.relations("s", "t", None):
        found += [witness for witness in (one.only_first, one.only_second, one.no_common) if witness]
    for item in asked:
        found += reasoner.parts(item).values()  # type: ignore[arg-type]  # items of a question
    return found


class TestComparisons:
    @settings(max_examples=amount(50, 2_000))
    @given(SEEDS)
    def test_are_symmetric_and_turn_less_into_more(self, seed: int) -> None:
        words, statements = pair(seed)
        reasoner = Reasoner(words, statements, different)
        turned = {"asks less": "asks more", "asks more": "asks less"}
        for kind in (None, *words.kinds):
            one = {key(r.readings): (r.relation, r.beneath) for r in reasoner.relations("s", "t", kind)}
            other = {key(r.readings): (r.relation, r.beneath) for r in reasoner.relations("t", "s", kind)}
            if set(one) == set(other):
                for readings, names in one.items():
                    assert other[readings] == tuple(turned.get(name, name) for name in names)
            relations = {relation for relation, _ in one.values()}
            assert {turned.get(name, name) for name in relations} == {relation for relation, _ in other.values()}

    @settings(max_examples=amount(40, 2_000))
    @given(SEEDS)
    def test_of_a_consistent_statement_with_itself_find_the_same(self, seed: int) -> None:
        words, (statement, _) = pair(seed)
        settled = replace(statement, norms=tuple(first_reading(norm) for norm in statement.norms))
        twin = renamed(settled, "t")
        reasoner = Reasoner(words, (settled, twin), different)
        consistent = not reasoner.contradictions("s", "s", 4).found
        for kind in (None, *words.kinds):
            (related,) = reasoner.relations("s", "t", kind)
            assert related.beneath == "same"
            if consistent:
                assert related.relation == "same"
        assert not reasoner.differences("s", "t")


def first_reading(norm):  # type: ignore[no-untyped-def]  # a norm, by its dataclass
    return replace(norm, readings=(replace(norm.readings[0], name=None),))


def renamed(statement: Statement, name: str) -> Statement:
    norms = tuple(replace(norm, full=f"{name}/{norm.id}") for norm in statement.norms)
    return replace(statement, name=name, norms=norms)


def key(readings: object) -> str:
    return json.dumps(readings, sort_keys=True)


class TestNothingElseMatters:
    @settings(max_examples=amount(40, 2_000))
    @given(SEEDS)
    def test_renaming_a_fact_changes_only_the_name(self, seed: int) -> None:
        words, statements = pair(seed)
        before = gathered(words, statements)
        after = renamed_facts(before)
        old, new = text(compare(before).findings), text(compare(after).findings)
        for fact in words.facts:
            new = new.replace(f'"zz-{fact}"', f'"{fact}"').replace(f"zz-{fact}", fact)
        assert order_free(new) == order_free(old)

    @settings(max_examples=amount(40, 2_000))
    @given(SEEDS, SEEDS)
    def test_another_statement_never_removes_a_contradiction(self, seed: int, other: int) -> None:
        words, statements = pair(seed)
        third = renamed(pair_in(words, other), "u")
        before = [f.id for f in compare(gathered(words, statements)).findings if f.kind == "contradiction"]
        after = [f.id for f in compare(gathered(words, (*statements, third))).findings if f.kind == "contradiction"]
        assert set(before) <= set(after)

    @settings(max_examples=amount(40, 2_000))
    @given(SEEDS)
    def test_with_weaker_forces_weakened_contradictions_are_between_rules(self, seed: int) -> None:
        words, statements = pair(seed)
        force = {norm.full: norm.force for statement in statements for norm in statement.norms}
        found = compare(gathered(words, statements), Settings(weaken=WEAKER_FORCES)).findings
        for one in found:
            if one.kind == "contradiction":
                assert {force[norm.norm] for norm in one.norms} == {"rule"}

    @settings(max_examples=amount(20, 2_000))
    @given(SEEDS)
    def test_dropping_an_assumption_keeps_every_contradiction(self, seed: int) -> None:
        """An assumption only ever rules cases out."""
        words, statements = pair(seed)
        every = gathered(words, statements)
        for assumption in words.assumptions:
            before = {f.id for f in compare(every).findings if f.kind == "contradiction" and not f.readings}
            found = compare(every, Settings(without=(assumption.id,))).findings
            norms = {tuple(n.norm for n in f.norms) for f in found if f.kind == "contradiction"}
            kept = {tuple(n.norm for n in f.norms) for f in compare(every).findings if f.id in before}
            assert kept <= norms


def pair_in(words, seed):  # type: ignore[no-untyped-def]  # a vocabulary and a seed
    from random import Random

    from tests.procedures.generated import statement

    return statement(Random(seed), words, "u")


def order_free(findings: str) -> list[str]:
    """Findings in one order and without ids, for both may hang on names."""
    every = [{name: value for name, value in one.items() if name != "id"} for one in json.loads(findings)]
    return sorted(json.dumps(one, sort_keys=True) for one in every)


def renamed_facts(before: Collection) -> Collection:
    words = before.vocabulary
    facts = {f"zz-{name}": replace(fact, name=f"zz-{name}") for name, fact in words.facts.items()}
    assumptions = tuple(replace(one, holds=elsewhere(one.holds)) for one in words.assumptions)
    return replace(
        before,
        vocabulary=replace(words, facts=MappingProxyType(facts), assumptions=assumptions),
        statements=tuple(
            replace(
                statement,
                norms=tuple(
                    replace(norm, readings=tuple(moved(reading) for reading in norm.readings))
                    for norm in statement.norms
                ),
            )
            for statement in before.statements
        ),
    )


def moved(reading):  # type: ignore[no-untyped-def]  # a reading
    fact = f"zz-{reading.fact}" if reading.fact else None
    return replace(reading, when=elsewhere(reading.when), fact=fact)


def elsewhere(condition: Condition) -> Condition:
    match condition:
        case Test(fact, op, values):
            return Test(f"zz-{fact}", op, values)
        case Not(part):
            return Not(elsewhere(part))
        case And(parts):
            return And(tuple(map(elsewhere, parts)))
        case Or(parts):
            return Or(tuple(map(elsewhere, parts)))
        case _:
            return condition


def test_pairs_are_compared_alone() -> None:
    """The findings of a pair are the same with a third statement in the collection."""
    words, statements = pair(7)
    third = renamed(pair_in(words, 3), "u")
    alone = compare(gathered(words, statements)).findings
    every = gathered(words, (*statements, third))
    beside = compare_pairs(every, [("s", "t")], Settings(), Reasoner).findings
    assert text(alone) == text(beside)
    assert Passages(every).apart("s", "t")
