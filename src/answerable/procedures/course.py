"""The course of a case as statements are held against it: what was done, by whom, and what was known at each point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from answerable.procedures.calendar import Calendar
from answerable.procedures.casefile import Case, Moment
from answerable.procedures.clock import Clock, Span
from answerable.procedures.condition import Condition
from answerable.procedures.domain import Value, YesNo
from answerable.procedures.errors import Place
from answerable.procedures.facts import Background, Knowledge
from answerable.procedures.fields import NOT_STATED
from answerable.procedures.finding import Lean, in_words
from answerable.procedures.norm import Who
from answerable.procedures.timeline import Happening, happened, orders

#: Counts days where no calendar is given: every day alike, in UTC. Working days and months are not counted by it.
PLAIN = Calendar(
    "no calendar", "UTC", frozenset(range(7)), frozenset(), date.min, date.max, False, False, "refuse", Place("", 1)
)


@dataclass(frozen=True, slots=True)
class Support:
    """Why a condition is decided as it is: the facts that decide it, in words, and what that leans on."""

    words: str
    leans_on: tuple[Lean, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """``known`` is what was known before each event, and at last after all of them. ``setters`` are the events whose
    facts these are."""

    case: Case
    background: Background
    clock: Clock
    as_of: date
    now: int
    events: tuple[Happening, ...]
    known: tuple[Mapping[str, Value], ...]
    setters: Mapping[str, Happening]

    def decide(self, condition: Condition, point: int = -1) -> bool | None:
        """Whether the condition held at a point of the course, by default at its end."""
        return self.background.decide(condition, self.known[point])

    def waiting_on(self, condition: Condition) -> tuple[str, ...]:
        """The facts that an undecided condition turns on at the end."""
        return self.background.waiting_on(condition, self.known[-1])

    def support(self, condition: Condition, point: int = -1) -> Support:
        """The fewest facts found that decide the condition as it is: assumptions are tried without first, then each
        fact from the last declared to the first."""
        decide, leans_on = self.background.decide, self.background.leans_on
        facts = dict(self.known[point])
        answer = decide(condition, facts)
        needed = leans_on(condition, facts)
        for fact in reversed(list(self.background.vocabulary.facts)):
            if fact in facts:
                fewer = {name: value for name, value in facts.items() if name != fact}
                if decide(condition, fewer) == answer and set(leans_on(condition, fewer)) <= set(needed):
                    facts = fewer
        shown = {
            fact: domain.domain.print_(facts[fact])
            for fact, domain in self.background.vocabulary.facts.items()
            if fact in facts
        }
        yes_no = [fact for fact, domain in self.background.vocabulary.facts.items() if isinstance(domain.domain, YesNo)]
        reasons = {one.id: one.because for one in self.background.vocabulary.assumptions}
        leans = [Lean("assumption", name, reasons.get(name, "")) for name in needed]
        setters = {self.setters[fact].event.seq: self.setters[fact] for fact in facts if fact in self.setters}
        for seq, setter in sorted(setters.items()):
            if setter.event.taken_as:
                leans.append(Lean("taken as", f"event {seq}", setter.event.taken_as.text))
        return Support(in_words(shown, yes_no), tuple(leans))

    def doing(self, acts: Sequence[str]) -> Iterator[tuple[int, Happening]]:
        """The events that do one of the acts, with their places."""
        for place, happening in enumerate(self.events):
            if any(act in acts for act in happening.acts):
                yield place, happening

    def is_of(self, who: Who, happening: Happening) -> bool | None:
        """Whether the doer of an event is one of those named, or a part of one; None where that is not stated."""
        if who == "anyone" or who == NOT_STATED:
            return True
        doer = happening.event.who
        if doer == NOT_STATED:
            return None
        if any(doer == party or doer in self.background.vocabulary.parts(party) for party in who):
            return True
        return None if any(party in self.background.vocabulary.parts(doer) for party in who) else False

    def day_of(self, act: str) -> Span | None:
        """When an act was first done, or None if that is not on record."""
        return next((happening.span for _, happening in self.doing((act,))), None)

    def not_done(self, acts: Sequence[str]) -> bool:
        """Whether the source itself says that none of the acts was done."""
        return all(any(act in one.acts for one in self.case.not_done) for act in acts)


def course(
    case: Case,
    background: Background,
    calendar: Calendar,
    *,
    as_of: Moment,
    known_at: Moment | None = None,
) -> tuple[tuple[Course, ...], tuple[tuple[int, int], ...]]:
    """The course of ``case`` by ``as_of`` as recorded by ``known_at``: one for each order that its events may have had,
    first the one in which they are listed. With them, the pairs of events whose order is open."""
    clock = Clock.of(calendar)
    events = happened(case.events, clock, as_of=as_of, known_at=known_at)
    possible = orders(events, lambda one, other: bool(one.event.sets or other.event.sets))
    span = clock.span(as_of)
    return tuple(_course(case, background, clock, span, order) for order in possible.orders), possible.pairs


def _course(case: Case, background: Background, clock: Clock, until: Span, events: tuple[Happening, ...]) -> Course:
    knowledge = Knowledge(background)
    knowledge.record({fact: recorded.value for fact, recorded in case.facts.items()})
    known = [dict(knowledge.usable)]
    setters: dict[str, Happening] = {}
    for happening in events:
        knowledge.record(happening.event.sets)
        setters.update(dict.fromkeys(happening.event.sets, happening))
        known.append(dict(knowledge.usable))
    return Course(case, background, clock, until.last, until.hi, events, tuple(known), setters)
