"""The engine that reasons with a solver, and the only module that knows z3. It must answer as `reference` does.

Statements become formulas once; each pair of statements has one incremental solver over them, with a selector for every
assumption. Nothing depends on the solver's version: an answer is the truth of a formula, and the example shown is the
least one, found value by value. Effort is bounded by a count of the solver's steps, never by time, so that giving up is
repeatable, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import z3

from answerable.procedures import query as q
from answerable.procedures.cells import cut
from answerable.procedures.condition import ALWAYS, Condition, kleene
from answerable.procedures.conduct import alike, clashes
from answerable.procedures.domain import Value
from answerable.procedures.errors import Undecided
from answerable.procedures.formula import Formula, Formulas
from answerable.procedures.search import Facts, Search
from answerable.procedures.statement import Statement
from answerable.procedures.vocabulary import Vocabulary

#: Steps of the solver (z3's resource units) for one answer: about a minute's work.
MAX_STEPS = 200_000_000


class Terms:
    """`formula.Logic` in a z3 context of its own. Built on z3's C interface: its operators cost five times as much."""

    def __init__(self) -> None:
        self.context = z3.Context()
        self.true = z3.BoolVal(True, self.context)
        self.false = z3.BoolVal(False, self.context)
        self._atoms: dict[tuple[object, ...], Formula] = {}

    def every(self, parts: Iterable[Formula]) -> Formula:
        return self._joined(z3.Z3_mk_and, parts, self.true, self.false)

    def some(self, parts: Iterable[Formula]) -> Formula:
        return self._joined(z3.Z3_mk_or, parts, self.false, self.true)

    def _joined(
        self, make: Callable[..., object], parts: Iterable[Formula], neutral: Formula, decisive: Formula
    ) -> Formula:
        every = [part for part in parts if part is not neutral]
        if any(part is decisive for part in every):
            return decisive
        if len(every) < 2:
            return every[0] if every else neutral
        array = (z3.Ast * len(every))(*(part.ast for part in every))
        return z3.BoolRef(make(self.context.ref(), len(every), array), self.context)

    def no(self, part: Formula) -> Formula:
        if part is self.true or part is self.false:
            return self.false if part is self.true else self.true
        return z3.BoolRef(z3.Z3_mk_not(self.context.ref(), part.ast), self.context)

    def same(self, one: Formula, other: Formula) -> Formula:
        return z3.BoolRef(z3.Z3_mk_iff(self.context.ref(), one.ast, other.ast), self.context)

    def atom(self, *name: object) -> Formula:
        if name not in self._atoms:
            self._atoms[name] = z3.Bool(f"{len(self._atoms)}:{name[0]}", self.context)
        return self._atoms[name]


class Solver:
    """One incremental solver. Literals are assumed for one check only."""

    def __init__(self, terms: Terms, steps: int) -> None:
        self.terms = terms
        self._solver = z3.Solver(ctx=terms.context)
        self._solver.set(random_seed=0, threads=1, rlimit=steps)

    def add(self, formula: Formula) -> None:
        """Require a formula from now on."""
        self._solver.add(formula)

    def one_of(self, parts: Sequence[Formula]) -> None:
        """Require exactly one of them."""
        self.add(self.terms.some(parts))
        self.at_most_one(parts)

    def at_most_one(self, parts: Sequence[Formula]) -> None:
        """Require at most one of them."""
        if len(parts) > 1:
            self.add(z3.AtMost(*parts, 1))

    def holds(self, literals: Iterable[Formula]) -> bool:
        """Whether the literals can hold together. Raises `Undecided` after too many steps."""
        every = list(literals)
        array = (z3.Ast * len(every))(*(literal.ast for literal in every))
        found = z3.Z3_solver_check_assumptions(self.terms.context.ref(), self._solver.solver, len(every), array)
        if found == z3.Z3_L_UNDEF:
            raise Undecided("the solver gave up after the number of steps it is allowed", todo="compare fewer norms")
        return bool(found == z3.Z3_L_TRUE)

    def model(self) -> Callable[[Formula], bool]:
        """What is true in the example found by the last check that succeeded."""
        model = self._solver.model()
        return lambda literal: z3.is_true(model.eval(literal, model_completion=True))

    def core(self) -> frozenset[int]:
        """Literals of the last check that cannot hold together, by `key`."""
        return frozenset(self.key(literal) for literal in self._solver.unsat_core())

    def key(self, literal: Formula) -> int:
        """What tells a literal from others."""
        return int(literal.get_id())


class Reasoner:
    """Implements `query.Engine`. ``also`` are conditions that queries will bring along, such as scopes of questions."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        statements: Sequence[Statement],
        apart: q.Apart,
        also: Iterable[Condition] = (),
        steps: int = MAX_STEPS,
    ) -> None:
        conditions = [
            *(reading.when for statement in statements for norm in statement.norms for reading in norm.readings),
            *(assumption.holds for assumption in vocabulary.assumptions),
            *also,
        ]
        self.vocabulary = vocabulary
        self.terms = Terms()
        self.steps = steps
        self.formulas = Formulas(self.terms, vocabulary, statements, apart, cut(vocabulary, conditions))
        self._searches: dict[tuple[str, ...], Search] = {}

    def search(self, statements: Iterable[str]) -> Search:
        """The solver for these statements. Only the last pair's is kept: one for all pairs would slow down each."""
        names = q.distinct(statements)
        if names not in self._searches:
            self._searches = {names: Search(self.formulas, names, Solver(self.terms, self.steps))}
        return self._searches[names]

    def witnesses(self, query: q.Query, statements: tuple[str, ...]) -> tuple[q.Witness, ...]:
        """See `query.Engine`."""
        return self.search(statements).witnesses(query)

    def needed(self, query: q.Query, statements: tuple[str, ...]) -> tuple[str, ...] | None:
        """See `query.Engine`."""
        search = self.search(statements)
        if search.exists(query):
            return None
        return search.facts.needed(lambda assumed: not search.exists(query, assumed=assumed))

    def candidates(self, first: str, second: str) -> list[q.Together]:
        """Every set of norms that contradicts if all of it applies, by size, and every act that may be reserved."""
        sides = [self.formulas.statements[name].norms for name in (first, second)]
        found = [q.Together(norms, "clash") for norms in clashes(sides[0], sides[1], alike(self.vocabulary))]
        for norm in {norm.full: norm for side in sides for norm in side}.values():
            reserved = {act for reading in norm.readings for act in reading.reserved}
            across = sides[1] if norm in sides[0] else sides[0]
            for act in (act for act in self.vocabulary.acts if act in reserved):
                requiring = (other for other in across if any((act,) in reading.choices for reading in other.readings))
                found += [q.Together((norm.full, other.full), "reserved", act) for other in requiring]
        return found

    def contradictions(self, first: str, second: str, largest: int) -> q.Contradictions:
        """See `query.Engine`."""
        search = self.search((first, second))
        every = self.candidates(first, second)
        tried = [query for query in every if len(query.norms) <= largest]
        found = tuple(witness for query in tried for witness in search.witnesses(query))
        cut_off = any(search.exists(query) for query in every if len(query.norms) > largest)

        def none(assumed: list[Formula]) -> bool:
            return not any(search.exists(query, assumed=assumed) for query in tried)

        return q.Contradictions(found, cut_off, () if found else search.facts.needed(none))

    def differences(self, first: str, second: str) -> tuple[q.Witness, ...]:
        """See `query.Engine`."""
        search = self.search((first, second))
        found = []
        for act in self.vocabulary.acts:
            possible = [self.formulas.possible(name, act) for name in (first, second)]
            for one in possible[0]:
                for other in possible[1]:
                    query = q.Answers(act, ((first, one), (second, other)))
                    if one != other and (witnesses := search.witnesses(query)):
                        found.append(witnesses[0])
        return tuple(found)

    def relations(self, first: str, second: str, kind: str | None) -> tuple[q.Related, ...]:
        """See `query.Engine`."""
        search = self.search((first, second))
        asked: tuple[q.Query, ...] = (
            q.Keeps(first, second, kind),
            q.Keeps(second, first, kind),
            q.NoCommon(first, second, kind),
        )

        def compared(way: list[Formula], assumed: list[Formula] | None = None) -> q.Compared:
            one, other, none = (search.exists(query, way, assumed) for query in asked)
            return one, other, none

        ways = search.ways(asked)
        table = [(readings, compared(search.literals(readings))) for readings in ways]
        found = []
        for kept, compares, row in q.grouped(table):
            way = search.literals(ways[row])

            def still(assumed: list[Formula], way: list[Formula] = way, was: q.Compared = compares) -> bool:
                return compared(way, assumed) == was

            shown: list[q.Witness | None] = [
                search.witness(query, ways[row]) if yes else None for query, yes in zip(asked, compares, strict=True)
            ]
            leans_on = search.facts.needed(still) if q.universal(compares) else ()
            found.append(q.Related(compares, kept, leans_on, *shown))
        return tuple(found)

    def parts(self, asked: q.Asked) -> Mapping[q.PartName, q.Witness]:
        """See `query.Engine`."""
        search = self.search(asked.statements)
        found: dict[q.PartName, q.Witness] = {}
        for part in q.PARTS:
            query = q.Part(asked, part)
            for readings in search.ways([query]):
                if part not in found and search.exists(query, search.literals(readings)):
                    found[part] = search.part_witness(query, readings)
        return found

    def verdicts(self, items: tuple[q.Asked, ...]) -> tuple[tuple[Mapping[str, str], frozenset[q.PartName]], ...]:
        """See `query.Engine`."""
        search = self.search(items[0].statements)
        queries = [q.Part(asked, part) for asked in items for part in q.PARTS]
        table = []
        for readings in search.ways(queries):
            way = search.literals(readings)
            table.append((readings, frozenset(query.part for query in queries if search.exists(query, way))))
        return tuple((kept, parts) for kept, parts, _ in q.grouped(table))


class Known:
    """What follows from facts known in part under the assumptions: Kleene's logic first, then the solver."""

    def __init__(self, vocabulary: Vocabulary, without: Iterable[str] = (), steps: int = MAX_STEPS) -> None:
        dropped = frozenset(without)
        kept = tuple(one for one in vocabulary.assumptions if one.id not in dropped)
        self.vocabulary = replace(vocabulary, assumptions=kept)
        self.steps = steps
        self._built: dict[Condition, tuple[Facts, Formula]] = {}

    def decide(self, condition: Condition, facts: Mapping[str, Value]) -> bool | None:
        """True if ``facts`` entail ``condition``, False if they entail its negation, None if neither.

        None, too, of facts that no case has: see `consistent`.
        """
        known = kleene(condition, facts)
        if known is not None:
            return known
        about, holds = self._about(condition)
        can, cannot = (about.exists(facts, literal) for literal in (holds, about.formulas.logic.no(holds)))
        return can if can != cannot else None

    def consistent(self, facts: Mapping[str, Value]) -> bool:
        """Whether some case has these facts: whether the assumptions allow them."""
        about, holds = self._about(ALWAYS)
        return about.exists(facts, holds)

    def leans_on(self, condition: Condition, facts: Mapping[str, Value]) -> tuple[str, ...]:
        """The ids of the assumptions that the answer of `decide` needs."""
        decided = self.decide(condition, facts)
        if decided is None or kleene(condition, facts) is not None:
            return ()
        about, holds = self._about(condition)
        against = about.formulas.logic.no(holds) if decided else holds
        return about.needed(lambda assumed: not about.exists(facts, against, assumed))

    def _about(self, condition: Condition) -> tuple[Facts, Formula]:
        if condition not in self._built:
            cells = cut(self.vocabulary, [condition, *(one.holds for one in self.vocabulary.assumptions)])
            terms = Terms()
            formulas = Formulas(terms, self.vocabulary, (), lambda first, second: first != second, cells)
            solver = Solver(terms, self.steps)
            literal = terms.atom("condition")
            facts = Facts(formulas, solver)
            solver.add(terms.same(literal, formulas.condition(condition)))
            self._built[condition] = (facts, literal)
        return self._built[condition]
