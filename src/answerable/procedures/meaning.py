"""What statements mean, on one screen: the reference that `reason` must equal.

A *case* gives every fact a value and satisfies the assumptions. A *conduct* is a set of acts, at most one of each kind
that says so. A norm *applies* in a case if its condition holds and no exception to it applies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import compress, product
from typing import NamedTuple

from answerable.procedures import query as q
from answerable.procedures.condition import evaluate
from answerable.procedures.domain import Value
from answerable.procedures.norm import Norm, Reading
from answerable.procedures.parts import Active, answer, part_of
from answerable.procedures.stated import as_much, related, values_of
from answerable.procedures.statement import Statement
from answerable.procedures.vocabulary import Vocabulary

Acts = frozenset[str]


class World(NamedTuple):
    readings: Mapping[str, str]  # of the norms that have several
    case: Mapping[str, Value]
    broken: Acts  # the assumptions that the case does not satisfy
    read: Active  # every norm, whether or not it applies
    active: Mapping[str, Active]  # by statement
    applying: Active  # of all statements


def applying(norms: Iterable[Norm], read: Active, case: Mapping[str, Value]) -> Active:
    """The norms of one statement that apply in a case."""

    def applies(norm: Norm) -> bool:
        displaced = any(norm.id in other.exception_to and applies(other) for other in norms)
        return not displaced and evaluate(read[norm.full].when, case)

    return {norm.full: read[norm.full] for norm in norms if applies(norm)}


def keeps(done: Acts, norms: Iterable[Reading], within: Acts | None = None) -> bool:
    """Whether a conduct meets every clause of ``norms``; or every clause all of whose acts are ``within`` a kind."""
    choices = [set(choice) for norm in norms for choice in norm.choices if within is None or within >= set(choice)]
    forbidden = {act for norm in norms for act in norm.forbidden if within is None or act in within}
    return all(done & choice for choice in choices) and not done & forbidden


class Meaning:
    """All worlds of some statements, and which of them have a property."""

    def __init__(self, vocabulary: Vocabulary, statements: Iterable[Statement], apart: q.Apart) -> None:
        self.vocabulary, self.apart = vocabulary, apart
        self.norms = {statement.name: statement.norms for statement in statements}
        alike = [frozenset(kind.acts) for kind in vocabulary.kinds.values() if kind.one_at_most]
        rows = product((False, True), repeat=len(vocabulary.acts))
        conducts = [frozenset(compress(vocabulary.acts, row)) for row in rows]
        self.conducts = [done for done in conducts if all(len(done & kind) < 2 for kind in alike)]

    def worlds(self, statements: tuple[str, ...]) -> Iterator[World]:
        """Every reading and, for each, every case, also those that do not satisfy the assumptions; least first."""
        norms = [norm for name in statements for norm in self.norms[name]]
        facts = self.vocabulary.facts
        for reading in product(*(norm.readings for norm in norms)):
            read = {norm.full: one for norm, one in zip(norms, reading, strict=True)}
            several = {full: one.name for full, one in read.items() if one.name is not None}
            for values in product(*(values_of(fact.domain) for fact in facts.values())):
                case = dict(zip(facts, values, strict=True))
                broken = frozenset(one.id for one in self.vocabulary.assumptions if not evaluate(one.holds, case))
                active = {name: applying(self.norms[name], read, case) for name in statements}
                together = {full: norm for norms in active.values() for full, norm in norms.items()}
                yield World(several, case, broken, read, active, together)

    def holds(self, query: q.Query, world: World, done: Acts = frozenset()) -> bool:
        """Whether a world, and for `Keeps` a conduct, has the property."""
        active = world.applying
        match query:
            case q.Together(norms, relation, word):
                if not all(norm in active for norm in norms):
                    return False
                together = [active[norm] for norm in norms]
                return (
                    self._clash(together) if relation == "clash" else related(relation, together, word, self.vocabulary)
                )
            case q.Meant(norm):
                return evaluate(world.read[norm].when, world.case)
            case q.Uncovered(norm, by):
                return norm in active and not (by in active and self._covers(active[by], active[norm]))
            case q.OneWayLeft(statement, norm, act):
                forbidden = {one for other in world.active[statement].values() for one in other.forbidden}
                choices = active[norm].choices if norm in active else ()
                return any(len(choice) > 1 and set(choice) - forbidden == {act} for choice in choices)
            case q.Answers(word, answers):
                acts = frozenset(self.vocabulary.acts_of(word) or ())
                return all(answer(world.active[name].values(), acts) == found for name, found in answers)
            case q.Keeps(kept, broken, kind):
                first, second = world.active[kept].values(), world.active[broken].values()
                return keeps(done, first, self._acts(kind)) and not keeps(done, second, self._acts(kind))
            case q.NoCommon(kept, broken, kind):
                both = [*world.active[kept].values(), *world.active[broken].values()]
                return not any(keeps(one, both, self._acts(kind)) for one in self.conducts)
            case q.Part(asked, part, makers):
                found, said = part_of(asked, world.case, world.active, self.vocabulary, self.apart)
                return found == part and set(makers) <= set(said)

    def _acts(self, kind: str | None) -> Acts | None:
        return frozenset(self.vocabulary.kinds[kind].acts) if kind else None

    def _met(self, norms: list[Reading]) -> bool:
        return any(keeps(done, norms) for done in self.conducts)

    def _clash(self, norms: list[Reading]) -> bool:
        fewer = [norms[:i] + norms[i + 1 :] for i in range(len(norms))]
        return not self._met(norms) and all(map(self._met, fewer))

    def _covers(self, by: Reading, norm: Reading) -> bool:
        return as_much(by, norm) and all(keeps(done, [norm]) for done in self.conducts if keeps(done, [by]))
