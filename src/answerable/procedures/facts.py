"""What is known of a case's facts at a moment, and what follows from it.

Kleene's logic answers first; only where it cannot does a reasoner with the assumptions. Facts that contradict the
assumptions are set aside and reported: nothing is computed with them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from answerable.procedures.condition import And, Condition, Not, Or, facts_of, kleene
from answerable.procedures.domain import Value
from answerable.procedures.vocabulary import Vocabulary


class Reasoner(Protocol):
    """Entailment under the assumptions, as `reason.Known` offers it."""

    def decide(self, condition: Condition, facts: Mapping[str, Value]) -> bool | None:
        """True if ``facts`` entail ``condition``, False if they entail its negation, None if neither."""

    def consistent(self, facts: Mapping[str, Value]) -> bool:
        """Whether some case has these facts."""

    def leans_on(self, condition: Condition, facts: Mapping[str, Value]) -> tuple[str, ...]:
        """The ids of the assumptions that the answer of `decide` needs."""


class Background:
    """A vocabulary with its assumptions, ready to decide conditions from what is known."""

    def __init__(self, vocabulary: Vocabulary, reasoner: Reasoner | None) -> None:
        self.vocabulary = vocabulary
        self.reasoner = reasoner
        self.rank = {fact: place for place, fact in enumerate(vocabulary.facts)}
        self.about = {
            fact: tuple(one for one in vocabulary.assumptions if fact in facts_of(one.holds))
            for fact in vocabulary.facts
        }

    def decide(self, condition: Condition | None, facts: Mapping[str, Value]) -> bool | None:
        """Whether ``condition`` (None always holds) follows from ``facts``, or its negation; None if neither does."""
        if condition is None:
            return True
        answer = kleene(condition, facts)
        if answer is None and self.reasoner is not None:
            answer = self.reasoner.decide(condition, facts)
        return answer

    def leans_on(self, condition: Condition, facts: Mapping[str, Value]) -> tuple[str, ...]:
        """The assumptions that the answer of `decide` needs."""
        return () if self.reasoner is None else self.reasoner.leans_on(condition, facts)

    def waiting_on(self, condition: Condition | None, facts: Mapping[str, Value]) -> tuple[str, ...]:
        """The facts, in declared order, that an undecided ``condition`` still turns on."""
        found = () if condition is None else undecided(condition, facts)
        return tuple(sorted(found, key=lambda fact: self.rank.get(fact, len(self.rank))))

    def contradicts(self, fact: str, facts: Mapping[str, Value]) -> str | None:
        """The assumptions that ``facts`` contradict because of ``fact``, or None."""
        about = self.about.get(fact, ())
        for assumption in about:
            if kleene(assumption.holds, facts) is False:
                return assumption.id
        if about and self.reasoner is not None and not self.reasoner.consistent(facts):
            return ", ".join(assumption.id for assumption in about)
        return None


class Knowledge:
    """The facts of one case so far: those ``recorded``, and those of them that are ``usable``."""

    def __init__(self, background: Background) -> None:
        self.background = background
        self.recorded: dict[str, Value] = {}
        self.usable: dict[str, Value] = {}

    def record(self, facts: Mapping[str, Value]) -> list[tuple[str, str]]:
        """Take up ``facts`` in declared order. Returns those set aside, each with the assumptions it contradicts."""
        rank, aside = self.background.rank, []
        for fact in sorted(facts, key=lambda fact: rank.get(fact, len(rank))):
            self.recorded[fact] = self.usable[fact] = facts[fact]
            if (against := self.background.contradicts(fact, self.usable)) is not None:
                del self.usable[fact]
                aside.append((fact, against))
        return aside

    def decide(self, condition: Condition | None) -> bool | None:
        """See `Background.decide`."""
        return self.background.decide(condition, self.usable)

    def waiting_on(self, condition: Condition | None) -> tuple[str, ...]:
        """See `Background.waiting_on`."""
        return self.background.waiting_on(condition, self.usable)


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
