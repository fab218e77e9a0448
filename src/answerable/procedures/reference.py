"""The engine that looks at every world. It serves tests as the oracle of `reason`, and counts cases for `compare`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import combinations, product

from answerable.procedures import query as q
from answerable.procedures.condition import ALWAYS, Condition, evaluate
from answerable.procedures.domain import Value
from answerable.procedures.meaning import Acts, Meaning, World
from answerable.procedures.parts import Said, answer, part_of
from answerable.procedures.statement import Statement
from answerable.procedures.vocabulary import Vocabulary

NOTHING: Acts = frozenset()


class Reference:
    """Implements `query.Engine` by enumeration."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        statements: Iterable[Statement],
        apart: q.Apart,
        also: Iterable[Condition] = (),  # noqa: ARG002  # for the solver: nothing has to be prepared here
    ) -> None:
        self.meaning = Meaning(vocabulary, statements, apart)
        self.vocabulary = vocabulary
        self.assumptions = tuple(one.id for one in vocabulary.assumptions)
        self._worlds = cache(lambda names: list(self.meaning.worlds(names)))
        self._table = cache(self._by_reading_of)
        self._holding = cache(self._readings_with)

    def worlds(self, statements: tuple[str, ...], assumed: Iterable[str]) -> list[World]:
        """The worlds whose case satisfies the assumptions named."""
        return [world for world in self._worlds(q.distinct(statements)) if not world.broken & set(assumed)]

    def _conducts(self, query: q.Query) -> list[Acts]:
        return self.meaning.conducts if isinstance(query, q.Keeps) else [NOTHING]

    def _exists(self, query: q.Query, worlds: Iterable[World]) -> bool:
        return any(self.meaning.holds(query, world, done) for world in worlds for done in self._conducts(query))

    def _by_reading(self, statements: tuple[str, ...]) -> list[tuple[Mapping[str, str], list[World]]]:
        """The readings in order, each with its worlds."""
        return self._table(q.distinct(statements))

    def _by_reading_of(self, statements: tuple[str, ...]) -> list[tuple[Mapping[str, str], list[World]]]:
        table: dict[tuple[tuple[str, str], ...], list[World]] = {}
        for world in self.worlds(statements, ()):
            table.setdefault(tuple(world.readings.items()), [])
        for world in self.worlds(statements, self.assumptions):
            table[tuple(world.readings.items())].append(world)
        return [(dict(readings), worlds) for readings, worlds in table.items()]

    def _readings_with(self, query: q.Query, statements: tuple[str, ...]) -> list[Mapping[str, str]]:
        return [readings for readings, worlds in self._by_reading(statements) if self._exists(query, worlds)]

    def witnesses(self, query: q.Query, statements: tuple[str, ...]) -> tuple[q.Witness, ...]:
        """See `query.Engine`."""
        found: list[q.Witness] = []
        for readings in self._holding(query, statements):
            if not any(q.agrees(readings, one.kept_readings) for one in found):
                found.append(self._witness(query, statements, readings))
        return tuple(found[:1] if found and found[0].every else found)

    def _witness(
        self, query: q.Query, statements: tuple[str, ...], readings: Mapping[str, str], among: q.Query | None = None
    ) -> q.Witness:
        table = self._by_reading(statements)
        holding = self._holding(among or query, statements)
        world, done = next(
            (world, done)
            for one, worlds in table
            if one == readings
            for world in worlds
            for done in self._conducts(query)
            if self.meaning.holds(query, world, done)
        )
        assumptions, kept, facts = self._short(query, statements, world, done)
        return q.Witness(
            query,
            world.readings,
            world.case,
            tuple(act for act in self.vocabulary.acts if act in done),
            assumptions,
            kept,
            facts,
            len(holding) == len(table),
            all(q.agrees(one, kept) for one in holding),
        )

    def _short(
        self, query: q.Query, statements: tuple[str, ...], world: World, done: Acts
    ) -> tuple[tuple[str, ...], Mapping[str, str], Mapping[str, Value]]:
        given = query.asked.given if isinstance(query, q.Part) else ALWAYS

        def entailed(assumed: Iterable[str], readings: Mapping[str, str], facts: Mapping[str, Value]) -> bool:
            return all(
                self.meaning.holds(query, other, done)
                for other in self.worlds(statements, assumed)
                if q.agrees(other.readings, readings) and q.agrees(other.case, facts) and evaluate(given, other.case)
            )

        readings, facts = dict(world.readings), dict(world.case)
        assumptions = self._drop(lambda kept: entailed(kept, readings, facts))
        for norm in world.readings:
            rest = {name: reading for name, reading in readings.items() if name != norm}
            readings = rest if entailed(assumptions, rest, facts) else readings
        for fact in reversed(tuple(world.case)):
            less = {name: value for name, value in facts.items() if name != fact}
            facts = less if entailed(assumptions, readings, less) else facts
        return assumptions, readings, facts

    def _drop(self, enough: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...]:
        """The assumptions left after trying to drop each in declared order."""
        kept = self.assumptions
        for name in self.assumptions:
            rest = tuple(other for other in kept if other != name)
            kept = rest if enough(rest) else kept
        return kept

    def needed(self, query: q.Query, statements: tuple[str, ...]) -> tuple[str, ...] | None:
        """See `query.Engine`."""
        if self._exists(query, self.worlds(statements, self.assumptions)):
            return None
        return self._drop(lambda kept: not self._exists(query, self.worlds(statements, kept)))

    def contradictions(self, first: str, second: str, largest: int) -> q.Contradictions:
        """See `query.Engine`."""
        names = (first, second)
        every = self._candidates(first, second)
        tried = [query for query in every if len(query.norms) <= largest]
        larger = [query for query in every if len(query.norms) > largest]
        worlds = self.worlds(names, self.assumptions)

        def none(kept: tuple[str, ...]) -> bool:
            return not any(self._exists(query, self.worlds(names, kept)) for query in tried)

        return q.Contradictions(
            tuple(witness for query in tried for witness in self.witnesses(query, names)),
            any(self._exists(query, worlds) for query in larger),
            self._drop(none) if none(self.assumptions) else (),
        )

    def _candidates(self, first: str, second: str) -> list[q.Together]:
        """All sets of norms that might contradict, by size, then in declared order; then what is reserved."""
        sides = [{norm.full for norm in self.meaning.norms[name]} for name in (first, second)]
        norms = q.distinct(norm.full for name in (first, second) for norm in self.meaning.norms[name])
        sets = [chosen for size in range(1, len(norms) + 1) for chosen in combinations(norms, size)]
        across = [chosen for chosen in sets if all(side & set(chosen) for side in sides)]
        reserved = [
            q.Together((a, b), "reserved", act)
            for a, b in product(norms, norms)
            if first == second or (a in sides[0]) != (b in sides[0])
            for act in self.vocabulary.acts
        ]
        return [*(q.Together(chosen, "clash") for chosen in across), *reserved]

    def differences(self, first: str, second: str) -> tuple[q.Witness, ...]:
        """See `query.Engine`."""
        found: set[tuple[str, q.Answer, q.Answer]] = set()
        for act in self.vocabulary.acts:
            for world in self.worlds((first, second), self.assumptions):
                one, other = (answer(world.active[name].values(), frozenset((act,))) for name in (first, second))
                found.add((act, one, other))
        queries = [
            q.Answers(act, ((first, one), (second, other)))
            for act, one, other in product(self.vocabulary.acts, q.ANSWERS, q.ANSWERS)
            if one != other and (act, one, other) in found
        ]
        return tuple(self.witnesses(query, (first, second))[0] for query in queries)

    def relations(self, first: str, second: str, kind: str | None) -> tuple[q.Related, ...]:
        """See `query.Engine`."""
        names = (first, second)
        asked: tuple[q.Query, ...] = (
            q.Keeps(first, second, kind),
            q.Keeps(second, first, kind),
            q.NoCommon(first, second, kind),
        )

        def compared(worlds: list[World]) -> q.Compared:
            one, other, none = (self._exists(query, worlds) for query in asked)
            return one, other, none

        holding = [self._holding(query, names) for query in asked]
        table = [
            (readings, (readings in holding[0], readings in holding[1], readings in holding[2]))
            for readings, _ in self._by_reading(names)
        ]
        found = []
        for kept, compares, row in q.grouped(table):
            readings = table[row][0]

            def still(
                assumed: tuple[str, ...], readings: Mapping[str, str] = readings, was: q.Compared = compares
            ) -> bool:
                return compared([one for one in self.worlds(names, assumed) if one.readings == readings]) == was

            shown: list[q.Witness | None] = [
                self._witness(query, names, readings) if yes else None
                for query, yes in zip(asked, compares, strict=True)
            ]
            leans_on = self._drop(still) if q.universal(compares) else ()
            found.append(q.Related(compares, kept, leans_on, *shown))
        return tuple(found)

    def parts(self, asked: q.Asked) -> Mapping[q.PartName, q.Witness]:
        """See `query.Engine`."""
        found: dict[q.PartName, q.Witness] = {}
        for part, (readings, worlds) in product(q.PARTS, self._by_reading(asked.statements)):
            least = next((world for world in worlds if self._part(asked, world)[0] == part), None)
            if least and part not in found:
                makers = tuple(self._part(asked, least)[1])
                query, among = q.Part(asked, part, makers), q.Part(asked, part)
                found[part] = self._witness(query, asked.statements, readings, among)
        return found

    def _part(self, asked: q.Asked, world: World) -> tuple[q.PartName | None, Said]:
        return part_of(asked, world.case, world.active, self.vocabulary, self.meaning.apart)

    def verdicts(self, items: tuple[q.Asked, ...]) -> tuple[tuple[Mapping[str, str], frozenset[q.PartName]], ...]:
        """See `query.Engine`."""
        table = []
        for readings, worlds in self._by_reading(items[0].statements):
            parts = (self._part(asked, world)[0] for asked in items for world in worlds)
            table.append((readings, frozenset(part for part in parts if part)))
        return tuple((kept, parts) for kept, parts, _ in q.grouped(table))
