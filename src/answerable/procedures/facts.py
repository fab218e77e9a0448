"""What is known of a case's facts at a moment, and what follows from it.

Kleene's logic answers first; only where it cannot does a reasoner with the assumptions. Facts that contradict the
assumptions are set aside and reported: nothing is computed with them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from answerable.procedures.condition import And, Condition, Not, Or, facts_of, kleene
from answerable.procedures.domain import Value
from answerable.procedures.vocabulary import Assumption, Vocabulary


class Reasoner(Protocol):
    """Entailment under the assumptions, as `reason.Known` offers it."""

    def decide(self, condition: Condition, facts: Mapping[str, Value]) -> bool | None:
        """True if ``facts`` entail ``condition``, False if they entail its negation, None if neither."""

    def consistent(self, facts: Mapping[str, Value]) -> bool:
        """Whether some case has these facts."""

    def leans_on(self, condition: Condition, facts: Mapping[str, Value]) -> tuple[str, ...]:
        """The ids of the assumptions that the answer of `decide` needs."""


class Knowledge:
    """The facts recorded so far, and those of them that conditions are decided by."""

    def __init__(self, vocabulary: Vocabulary, reasoner: Reasoner | None) -> None:
        self.vocabulary = vocabulary
        self.reasoner = reasoner
        self.recorded: dict[str, Value] = {}
        self.usable: dict[str, Value] = {}
        self._about = {
            fact: tuple(one for one in vocabulary.assumptions if fact in facts_of(one.holds))
            for fact in vocabulary.facts
        }

    def record(self, facts: Mapping[str, Value]) -> list[tuple[str, str]]:
        """Take up ``facts`` in declared order. Returns those set aside, each with the assumption it contradicts."""
        aside = []
        for fact in sorted(facts, key=self._declared):
            self.recorded[fact] = self.usable[fact] = facts[fact]
            if (against := self._contradicts(fact)) is not None:
                del self.usable[fact]
                aside.append((fact, against))
        return aside

    def decide(self, condition: Condition | None) -> bool | None:
        """Whether ``condition`` follows from what is known, or its negation; None if it turns on other facts."""
        if condition is None:
            return True
        answer = kleene(condition, self.usable)
        if answer is None and self.reasoner is not None:
            answer = self.reasoner.decide(condition, self.usable)
        return answer

    def waiting_on(self, condition: Condition | None) -> tuple[str, ...]:
        """The facts, in declared order, that an undecided ``condition`` still turns on."""
        found = () if condition is None else undecided(condition, self.usable)
        return tuple(sorted(found, key=self._declared))

    def _contradicts(self, fact: str) -> str | None:
        """The assumption that the facts contradict now that ``fact`` is among them; any one of them if it takes all."""
        about = self._about.get(fact, ())
        for assumption in about:
            if kleene(assumption.holds, self.usable) is False:
                return assumption.id
        if about and self.reasoner is not None and not self.reasoner.consistent(self.usable):
            return _joined(about)
        return None

    def _declared(self, fact: str) -> int:
        for position, name in enumerate(self.vocabulary.facts):
            if name == fact:
                return position
        return len(self.vocabulary.facts)


def _joined(assumptions: Collection[Assumption]) -> str:
    return ", ".join(assumption.id for assumption in assumptions)


def undecided(condition: Condition, known: Mapping[str, Value]) -> frozenset[str]:
    """The unknown facts that matter to ``condition``: those in parts that what is known leaves undecided."""
    if kleene(condition, known) is not None:
        return frozenset()
    match condition:
        case Not(part):
            return undecided(part, known)
        case And(parts) | Or(parts):
            return frozenset().union(*(undecided(part, known) for part in parts))
        case _:
            return frozenset(facts_of(condition))


def turns_on(facts: Collection[str], vocabulary: Vocabulary) -> str:
    """Words for the facts that something turns on, and that they are not on record."""
    judged = [fact for fact in facts if fact in vocabulary.facts and vocabulary.facts[fact].judgement]
    others = [fact for fact in facts if fact not in judged]
    parts = []
    if judged:
        parts.append(f"{' and '.join(judged)}, which nobody is recorded as deciding")
    if others:
        parts.append(f"{' and '.join(others)}, which {'is' if len(others) == 1 else 'are'} not on record")
    return "; and on ".join(parts)
