"""Statements and queries as formulas of propositional logic, for whatever solver offers `Logic`.

Written from the definitions of `meaning`, but the other way round: not what holds in a world, but what makes a world
one in which it holds. What a statement says is gathered once: for each act, when it is forbidden, and for each choice,
when it must be met.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import combinations, permutations, product
from typing import Any, Protocol

from answerable.procedures import query as q
from answerable.procedures.cells import Cells
from answerable.procedures.condition import Always, And, Condition, Not, Or, Test, evaluate
from answerable.procedures.conduct import Clause, alike, clash, clauses, entails, unmet
from answerable.procedures.norm import Norm, Reading
from answerable.procedures.parts import stance, words_of
from answerable.procedures.stated import as_much, conflict, is_stated, names, printed, related, value
from answerable.procedures.statement import Statement
from answerable.procedures.vocabulary import Vocabulary

Formula = Any  # of the solver; z3 has no types


class Logic(Protocol):
    """What formulas are made of. Formulas found to be constant are ``true`` or ``false`` itself."""

    true: Formula
    false: Formula

    def every(self, parts: Iterable[Formula]) -> Formula:
        """All of them hold; true of none."""

    def some(self, parts: Iterable[Formula]) -> Formula:
        """At least one of them holds; false of none."""

    def no(self, part: Formula) -> Formula:
        """It does not hold."""

    def same(self, one: Formula, other: Formula) -> Formula:
        """Both hold or neither."""

    def atom(self, *name: object) -> Formula:
        """The proposition of that name."""


class Gathered:
    """What one statement says, and when."""

    def __init__(self) -> None:
        self.clauses: dict[Clause, list[Formula]] = defaultdict(list)
        self.allowed: dict[str, list[Formula]] = defaultdict(list)


class Formulas:
    """Formulas about some statements of one vocabulary, built as they are asked for and then kept."""

    def __init__(
        self, logic: Logic, vocabulary: Vocabulary, statements: Sequence[Statement], apart: q.Apart, cells: Cells
    ) -> None:
        self.logic, self.vocabulary, self.apart, self.cells = logic, vocabulary, apart, cells
        self.alike = alike(vocabulary)
        self.statements = {statement.name: statement for statement in statements}
        self.norms = {norm.full: norm for statement in statements for norm in statement.norms}
        self.exceptions: dict[str, list[Norm]] = defaultdict(list)
        for statement in statements:
            for norm in statement.norms:
                for displaced in norm.exception_to:
                    self.exceptions[f"{statement.name}/{displaced}"].append(norm)
        self.test = cache(self._test)
        self.keeps = cache(self._keeps)
        self.applies = cache(self._applies)
        self.gathered = cache(self._gathered)

    def fact(self, name: str, cell: int) -> Formula:
        """The fact's value lies in this cell."""
        if len(self.cells[name]) == 2:
            yes = self.logic.atom("fact", name)
            return yes if cell else self.logic.no(yes)
        return self.logic.atom("fact", name, cell)

    def reading(self, norm: str, name: str | None) -> Formula:
        """The norm is read in this way."""
        return self.logic.every([] if name is None else [self.logic.atom("reading", norm, name)])

    def done(self, act: str) -> Formula:
        """The act is done."""
        return self.logic.atom("act", act)

    def condition(self, condition: Condition) -> Formula:
        """The condition holds."""
        logic = self.logic
        match condition:
            case Always():
                return logic.every([])
            case Not(part):
                return logic.no(self.condition(part))
            case And(parts):
                return logic.every(self.condition(part) for part in parts)
            case Or(parts):
                return logic.some(self.condition(part) for part in parts)
            case Test():
                return self.test(condition)

    def _test(self, test: Test) -> Formula:
        cells = enumerate(self.cells[test.fact])
        holding = [cell for cell, least in cells if evaluate(test, {test.fact: least})]
        return self.logic.some(self.fact(test.fact, cell) for cell in holding)

    def meant(self, norm: Norm) -> Formula:
        """The condition of the norm holds, as it is read."""
        if len({reading.when for reading in norm.readings}) == 1:
            return self.condition(norm.readings[0].when)
        ways = [(self.reading(norm.full, one.name), self.condition(one.when)) for one in norm.readings]
        return self.logic.some(self.logic.every(way) for way in ways)

    def _applies(self, full: str) -> Formula:
        displacing = [self.logic.no(self.applies(norm.full)) for norm in self.exceptions[full]]
        return self.logic.every([self.meant(self.norms[full]), *displacing])

    def read(self, norm: Norm, reading: Reading) -> Formula:
        """The norm applies, read in this way."""
        return self.logic.every([self.applies(norm.full), self.reading(norm.full, reading.name)])

    def _gathered(self, statement: str) -> Gathered:
        found = Gathered()
        for norm in self.statements[statement].norms:
            for reading in norm.readings:
                when = self.read(norm, reading)
                for one in clauses(reading):
                    found.clauses[one].append(when)
                for act in reading.allowed:
                    found.allowed[act].append(when)
        return found

    def says(self, statement: str, clause: Clause) -> Formula:
        """Some norm of the statement that applies has this clause."""
        return self.logic.some(self.gathered(statement).clauses.get(clause, ()))

    def answer(self, statement: str, word: str, found: q.Answer) -> Formula:
        """The statement answers so on an act or a kind."""
        logic, acts = self.logic, set(self.vocabulary.acts_of(word) or ())
        said = self.gathered(statement)
        forbidden = [self.says(statement, Clause(False, (act,))) for act in self.vocabulary.acts if act in acts]
        choices = [one for one in said.clauses if one.done and acts & set(one.acts)]
        holding: dict[q.Answer, Formula] = {
            "forbidden": logic.every(forbidden),
            "required": logic.some(self.says(statement, one) for one in choices if set(one.acts) <= acts),
            "one way to comply": logic.some(self.says(statement, one) for one in choices),
            "allowed": logic.some(when for act, ways in said.allowed.items() if act in acts for when in ways),
            "some acts forbidden": logic.some(forbidden),
            "silent": logic.every([]),
        }
        before = [logic.no(holding[other]) for other in q.ANSWERS[: q.ANSWERS.index(found)]]
        return logic.every([*before, holding[found]])

    def possible(self, statement: str, act: str) -> list[q.Answer]:
        """The answers that the statement can give on an act at all, whatever the case."""
        said = self.gathered(statement)
        found: set[q.Answer] = {"silent"}
        if Clause(False, (act,)) in said.clauses:
            found.add("forbidden")
        for one in said.clauses:
            if one.done and act in one.acts:
                found.add("required" if len(one.acts) == 1 else "one way to comply")
        if act in said.allowed:
            found.add("allowed")
        return [answer for answer in q.ANSWERS if answer in found]

    def within(self, statement: str, kind: str | None) -> list[Clause]:
        """The clauses of a statement; with ``kind``, those all of whose acts are of it."""
        acts = set(self.vocabulary.kinds[kind].acts if kind else self.vocabulary.acts)
        return [one for one in self.gathered(statement).clauses if acts >= set(one.acts)]

    def _keeps(self, statement: str, kind: str | None) -> Formula:
        """The conduct meets every clause of the statement that is said, or every such clause within ``kind``."""
        logic = self.logic
        met = []
        for one in self.within(statement, kind):
            done = logic.some(self.done(act) for act in one.acts)
            met.append(logic.some([logic.no(self.says(statement, one)), done if one.done else logic.no(done)]))
        return logic.every(met)

    def of(self, query: q.Query) -> Formula:
        """The world, and for `Keeps` the conduct, has the property."""
        logic = self.logic
        match query:
            case q.Together(norms, _, _):
                return logic.every([*(self.applies(full) for full in norms), self.stand(query)])
            case q.Meant(norm):
                return self.meant(self.norms[norm])
            case q.Uncovered(norm, by):
                ways = self._ways([self.norms[by], self.norms[norm]], self._covers)
                return logic.every([self.applies(norm), logic.no(logic.every([self.applies(by), ways]))])
            case q.OneWayLeft():
                return self._one_way_left(query)
            case q.Answers(word, answers):
                return logic.every(self.answer(name, word, found) for name, found in answers)
            case q.Keeps(kept, broken, kind):
                return logic.every([self.keeps(kept, kind), logic.no(self.keeps(broken, kind))])
            case q.NoCommon(first, second, kind):
                available = [*self.within(first, kind), *self.within(second, kind)]
                sides = q.distinct((first, second))
                return logic.some(
                    logic.every(logic.some(self.says(name, one) for name in sides) for one in wanted)
                    for wanted in unmet(available, self.alike)
                )
            case q.Part():
                return self._part(query)

    def _ways(self, norms: Sequence[Norm], stand: Any) -> Formula:
        """The norms are read in one of the ways in which their readings ``stand``."""
        return self.logic.some(
            self.logic.every(self.reading(norm.full, one.name) for norm, one in zip(norms, way, strict=True))
            for way in product(*(norm.readings for norm in norms))
            if stand(way)
        )

    def stand(self, query: q.Together) -> Formula:
        """The norms are read so that they stand in the relation."""
        return self._ways([self.norms[full] for full in query.norms], lambda way: self._stand(query, way))

    def _stand(self, query: q.Together, readings: Sequence[Reading]) -> bool:
        if query.relation == "clash":
            return clash(readings, self.alike)
        return related(query.relation, readings, query.word, self.vocabulary)

    def _covers(self, readings: Sequence[Reading]) -> bool:
        by, norm = readings
        return as_much(by, norm) and entails(by, norm, self.alike)

    def _one_way_left(self, query: q.OneWayLeft) -> Formula:
        logic, norm = self.logic, self.norms[query.norm]
        ways = []
        for reading in norm.readings:
            for choice in reading.choices:
                if query.act in choice and len(choice) > 1:
                    others = [self.says(query.statement, Clause(False, (act,))) for act in choice if act != query.act]
                    ways.append(logic.every([self.read(norm, reading), *others]))
        return logic.every([logic.some(ways), logic.no(self.says(query.statement, Clause(False, (query.act,))))])

    def _part(self, query: q.Part) -> Formula:
        asked, logic = query.asked, self.logic
        contradictory, parts = self._said(asked) if asked.kind in q.YES_OR_NO else self._stated(asked)
        holding = {"contradictory": contradictory, **parts}
        before = [logic.no(holding[part]) for part in q.PARTS[: q.PARTS.index(query.part)]]
        makers = [self._makes(asked, *maker) for maker in query.makers]
        return logic.every([self.condition(asked.given), *before, holding[query.part], *makers])

    def _stances(self, asked: q.Asked, statement: str, word: str) -> dict[q.Stance, Formula]:
        found: dict[q.Stance, list[Formula]] = defaultdict(list)
        for answer in q.ANSWERS:
            found[stance(asked.kind, answer)].append(self.answer(statement, word, answer))
        return {name: self.logic.some(ways) for name, ways in found.items()}

    def _said(self, asked: q.Asked) -> tuple[Formula, dict[str, Formula]]:
        logic = self.logic
        clashing, spoken = [], []
        for word in words_of(asked, self.vocabulary):
            stances = {name: self._stances(asked, name, word) for name in asked.statements}
            clashing += [
                logic.every([stances[first]["yes"], stances[second]["no"]])
                for first, second in permutations(asked.statements, 2)
                if self.apart(first, second)
            ]
            spoken += [logic.no(stances[name]["silent"]) for name in asked.statements]
        everything = {"answered": logic.some(spoken), "undetermined": logic.some([]), "undefined": logic.every([])}
        return logic.some(clashing), everything

    def _speaking(self, asked: q.Asked) -> list[tuple[str, object, Formula]]:
        return [
            (name, value(asked.kind, reading), self.read(norm, reading))
            for name in asked.statements
            for norm in self.statements[name].norms
            for reading in norm.readings
            if names(asked.kind, asked.about, reading)
        ]

    def _stated(self, asked: q.Asked) -> tuple[Formula, dict[str, Formula]]:
        logic, speaking = self.logic, self._speaking(asked)
        stated = [one for one in speaking if is_stated(one[1])]
        clashing = [
            logic.every([when, also])
            for (first, one, when), (second, other, also) in combinations(stated, 2)
            if self.apart(first, second) and conflict(asked.kind, one, other, self.vocabulary)
        ]
        unchecked = [when for _, found, when in speaking if found == "not checked"]
        return logic.some(clashing), {
            "answered": logic.some(when for _, _, when in stated),
            "undetermined": logic.some(unchecked),
            "undefined": logic.every([]),
        }

    def _makes(self, asked: q.Asked, statement: str, word: str, what: str) -> Formula:
        if asked.kind in q.YES_OR_NO:
            return self._stances(asked, statement, word)[what]  # type: ignore[index]  # a stance
        return self.logic.some(
            when for name, found, when in self._speaking(asked) if name == statement and printed(found) == what
        )
