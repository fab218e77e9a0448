"""Least worlds and what of them matters, found by asking a solver one proposition after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Protocol

from answerable.procedures import query as q
from answerable.procedures.cells import cell_of
from answerable.procedures.condition import Condition
from answerable.procedures.domain import Value
from answerable.procedures.errors import Undecided
from answerable.procedures.formula import Formula, Formulas
from answerable.procedures.meaning import applying
from answerable.procedures.parts import part_of
from answerable.procedures.stated import names, spoken

#: Combinations of readings that one finding is tried in.
MAX_READINGS = 4096


class Solver(Protocol):
    """What a search needs of a solver. Literals are assumed for one check only."""

    def add(self, formula: Formula) -> None:
        """Require a formula from now on."""

    def one_of(self, parts: Sequence[Formula]) -> None:
        """Require exactly one of them from now on."""

    def at_most_one(self, parts: Sequence[Formula]) -> None:
        """Require at most one of them from now on."""

    def holds(self, literals: Iterable[Formula]) -> bool:
        """Whether the literals can hold together. Raises `Undecided` when its bound is reached."""

    def model(self) -> Callable[[Formula], bool]:
        """What is true in the example found by the last check that succeeded."""

    def core(self) -> frozenset[int]:
        """Keys of literals that, in the last check, which failed, cannot hold together."""

    def key(self, literal: Formula) -> int:
        """What tells a literal from others."""


class Facts:
    """The facts of a vocabulary in a solver, with a selector for each assumption."""

    def __init__(self, formulas: Formulas, solver: Solver) -> None:
        self.formulas, self.solver = formulas, solver
        logic = formulas.logic
        for name, cells in formulas.cells.items():
            if len(cells) != 2:
                solver.one_of([formulas.fact(name, cell) for cell in range(len(cells))])
        self.assumptions = {one.id: logic.atom("assume", one.id) for one in formulas.vocabulary.assumptions}
        for one in formulas.vocabulary.assumptions:
            solver.add(logic.some([logic.no(self.assumptions[one.id]), formulas.condition(one.holds)]))

    def known(self, facts: Mapping[str, Value]) -> list[Formula]:
        """The propositions that these facts have these values."""
        cells = self.formulas.cells
        return [self.formulas.fact(name, cell_of(cells[name], value)) for name, value in facts.items()]

    def exists(self, facts: Mapping[str, Value], literal: Formula, assumed: Iterable[Formula] | None = None) -> bool:
        """Whether some case with these facts has the property, under the assumptions, or those ``assumed``."""
        selected = self.assumptions.values() if assumed is None else assumed
        return self.solver.holds([*selected, *self.known(facts), literal])

    def needed(self, enough: Callable[[list[Formula]], bool]) -> tuple[str, ...]:
        """The assumptions left after trying to drop each in declared order, where those left are ``enough``."""
        kept = dict(self.assumptions)
        for name in self.assumptions:
            rest = {other: selector for other, selector in kept.items() if other != name}
            kept = rest if enough(list(rest.values())) else kept
        return tuple(kept)


class Search:
    """Questions about the worlds of a few statements, with a solver of their own."""

    def __init__(self, formulas: Formulas, statements: tuple[str, ...], solver: Solver) -> None:
        self.formulas, self.solver, self.statements = formulas, solver, statements
        self.facts = Facts(formulas, solver)
        self.norms = {norm.full: norm for name in statements for norm in formulas.statements[name].norms}
        self.several = [norm for norm in self.norms.values() if len(norm.readings) > 1]
        for norm in self.several:
            solver.one_of([formulas.reading(norm.full, reading.name) for reading in norm.readings])
        for kind in formulas.vocabulary.kinds.values():
            if kind.one_at_most and len(kind.acts) > 1:
                solver.at_most_one([formulas.done(act) for act in kind.acts])
        self._literals: dict[tuple[str, object], Formula] = {}

    def literal(self, query: q.Query) -> Formula:
        """The proposition that the world, and for `query.Keeps` the conduct, has the property."""
        if ("query", query) not in self._literals:
            self._named(("query", query), self.formulas.of(query))
        return self._literals["query", query]

    def _named(self, name: tuple[str, object], formula: Formula) -> Formula:
        """A proposition that stands for a formula in this search."""
        if name not in self._literals:
            logic = self.formulas.logic
            if formula is logic.true or formula is logic.false:
                self._literals[name] = formula
            else:
                self._literals[name] = logic.atom("named", self.statements, *name)
                self.solver.add(logic.same(self._literals[name], formula))
        return self._literals[name]

    def literals(self, readings: Mapping[str, str]) -> list[Formula]:
        """The propositions that norms are read so."""
        return [self.formulas.reading(norm, name) for norm, name in readings.items()]

    def exists(self, query: q.Query, way: Iterable[Formula] = (), assumed: Iterable[Formula] | None = None) -> bool:
        """Whether some case has the property: read in that way, and under the assumptions or those ``assumed``."""
        literals = self._together(query) if isinstance(query, q.Together) else [self.literal(query)]
        if any(literal is self.formulas.logic.false for literal in literals):
            return False
        return self.solver.holds([*self._assumed(assumed), *way, *literals])

    def _together(self, query: q.Together) -> list[Formula]:
        """The same as propositions about single norms, which many queries share."""
        stand = self.formulas.stand(query)
        readings = [] if stand is self.formulas.logic.true else [self._named(("stand", query), stand)]
        return [*(self._named(("applies", norm), self.formulas.applies(norm)) for norm in query.norms), *readings]

    def _assumed(self, assumed: Iterable[Formula] | None = None) -> list[Formula]:
        return list(self.facts.assumptions.values() if assumed is None else assumed)

    def ways(self, queries: Iterable[q.Query]) -> list[dict[str, str]]:
        """The readings, in order, of those norms whose reading may make a difference to some of the queries."""
        mattering = {norm for query in queries for norm in self._mattering(query)}
        norms = {
            norm.full: [one.name or "" for one in norm.readings] for norm in self.several if norm.full in mattering
        }
        number = prod(map(len, norms.values()))
        if number > MAX_READINGS:
            raise Undecided(
                f"{number:,} combinations of readings are more than the {MAX_READINGS:,} that are tried",
                todo="compare fewer statements, or settle some of the readings",
            )
        return [dict(zip(norms, way, strict=True)) for way in product(*norms.values())]

    def _mattering(self, query: q.Query) -> set[str]:
        """The norms whose reading may make a difference: those that the query looks at, and all that displace them."""
        match query:
            case q.Together(norms, _, _):
                found = set(norms)
            case q.Meant(norm):
                found = {norm}
            case q.Uncovered(norm, by):
                found = {norm, by}
            case q.Answers(word, _):
                found = self._speaking(set(self.formulas.vocabulary.acts_of(word) or ()))
            case q.Part(asked, _, _) if asked.kind in q.YES_OR_NO:
                found = self._speaking(set(self.formulas.vocabulary.acts_of(asked.about) or ()))
            case q.Part(asked, _, _):
                found = self._stating(asked)
            case _:
                found = self._speaking(set(self.formulas.vocabulary.acts))
        waiting = list(found)
        while waiting:
            displacing = {norm.full for norm in self.formulas.exceptions.get(waiting.pop(), ())} - found
            found |= displacing
            waiting += displacing
        return found

    def _speaking(self, acts: set[str]) -> set[str]:
        """The norms that in some reading say something of these acts."""
        return {norm.full for norm in self.norms.values() if any(acts & spoken(reading) for reading in norm.readings)}

    def _stating(self, asked: q.Asked) -> set[str]:
        """The norms that in some reading speak to a question for a value."""
        return {
            norm.full
            for norm in self.norms.values()
            if any(names(asked.kind, asked.about, reading) for reading in norm.readings)
        }

    def witnesses(self, query: q.Query) -> tuple[q.Witness, ...]:
        """See `query.Engine`."""
        ways = self.ways([query])
        holding = [readings for readings in ways if self.exists(query, self.literals(readings))]
        found: list[q.Witness] = []
        for readings in holding:
            if not any(q.agrees(readings, one.kept_readings) for one in found):
                found.append(self._witness(query, readings, holding, len(ways)))
        return tuple(found[:1] if found and found[0].every else found)

    def witness(self, query: q.Query, readings: Mapping[str, str]) -> q.Witness:
        """The witness in one way to read the norms, in which some case has the property."""
        ways = self.ways([query])
        holding = [way for way in ways if self.exists(query, self.literals(way))]
        return self._witness(query, readings, holding, len(ways))

    def part_witness(self, query: q.Part, readings: Mapping[str, str]) -> q.Witness:
        """The same of a part of an item's scope, with the statements that make it so named in the witness's query."""
        ways = self.ways([query])
        holding = [way for way in ways if self.exists(query, self.literals(way))]
        whole = self._whole(readings)
        case, _ = self._least(self.literal(query), whole, ())
        read = {
            full: next(one for one in norm.readings if one.name == whole.get(full)) for full, norm in self.norms.items()
        }
        active = {name: applying(self.formulas.statements[name].norms, read, case) for name in self.statements}
        _, makers = part_of(query.asked, case, active, self.formulas.vocabulary, self.formulas.apart)
        return self._witness(replace(query, makers=tuple(makers)), readings, holding, len(ways))

    def _not(self, literal: Formula) -> Formula:
        return self.formulas.logic.no(literal)

    def _given(self, condition: Condition) -> Formula:
        """The proposition that a case is within a scope."""
        return self._named(("given", condition), self.formulas.condition(condition))

    def _whole(self, readings: Mapping[str, str]) -> dict[str, str]:
        """A reading of every norm that has several: the first where ``readings`` names none."""
        return {norm.full: readings.get(norm.full, norm.readings[0].name or "") for norm in self.several}

    def _witness(
        self, query: q.Query, readings: Mapping[str, str], holding: Sequence[Mapping[str, str]], number: int
    ) -> q.Witness:
        literal, whole = self.literal(query), self._whole(readings)
        acts = tuple(self.formulas.vocabulary.acts) if isinstance(query, q.Keeps) else ()
        case, done = self._least(literal, whole, acts)
        given = [self._given(query.asked.given)] if isinstance(query, q.Part) else []
        given += [self.formulas.done(act) if act in done else self._not(self.formulas.done(act)) for act in acts]
        assumptions, kept, facts = self._short(literal, whole, case, given)
        only = all(q.agrees(way, kept) for way in holding)
        return q.Witness(query, whole, case, done, assumptions, kept, facts, len(holding) == number, only)

    def _least(
        self, literal: Formula, readings: Mapping[str, str], acts: Sequence[str]
    ) -> tuple[dict[str, Value], tuple[str, ...]]:
        """The least case, then the least conduct: for each fact and act in turn the first value that is possible."""
        formulas = self.formulas
        fixed = [*self._assumed(), *self.literals(readings), literal]
        self.solver.holds(fixed)
        model = self.solver.model()

        def first(literals: Sequence[Formula]) -> int:
            nonlocal model
            for position, proposed in enumerate(literals):
                possible = model(proposed)
                if not possible and self.solver.holds([*fixed, proposed]):
                    model, possible = self.solver.model(), True
                if possible:
                    fixed.append(proposed)
                    return position
            raise AssertionError("a fact has one of its values in every case")

        case = {}
        for name, cells in formulas.cells.items():
            case[name] = cells[first([formulas.fact(name, cell) for cell in range(len(cells))])]
        done = [act for act in acts if first([formulas.logic.no(formulas.done(act)), formulas.done(act)])]
        return case, tuple(done)

    def _short(
        self, literal: Formula, readings: Mapping[str, str], case: Mapping[str, Value], given: Sequence[Formula]
    ) -> tuple[tuple[str, ...], dict[str, str], dict[str, Value]]:
        """What still entails the property when assumptions, readings and facts are dropped in turn, where they can be.

        ``given`` stays: the scope that the world is sought in, and the conduct.
        A literal outside the last core can be dropped unasked: the core alone already entails it.
        """
        formulas = self.formulas
        kept: dict[tuple[str, str], Formula] = {
            ("assumption", name): one for name, one in self.facts.assumptions.items()
        }
        kept |= {("reading", norm): formulas.reading(norm, name) for norm, name in readings.items()}
        kept |= {("fact", name): self.facts.known({name: value})[0] for name, value in reversed([*case.items()])}
        against = [*given, self._not(literal)]
        self.solver.holds([*kept.values(), *against])
        core = self.solver.core()
        for name in list(kept):
            rest = {other: one for other, one in kept.items() if other != name}
            if self.solver.key(kept[name]) not in core:
                kept = rest
            elif not self.solver.holds([*rest.values(), *against]):
                kept, core = rest, self.solver.core()
        return (
            tuple(name for kind, name in kept if kind == "assumption"),
            {name: readings[name] for name in readings if ("reading", name) in kept},
            {name: case[name] for name in case if ("fact", name) in kept},
        )
