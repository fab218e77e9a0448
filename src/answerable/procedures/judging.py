"""What is wrong with one event at the moment it takes effect, in the words in which it is printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from answerable.procedures.clock import Due, Span
from answerable.procedures.domain import Value
from answerable.procedures.duties import Deviation, DeviationKind, DutyState, RestsOn, count, printed
from answerable.procedures.fields import NOT_STATED
from answerable.procedures.finding import Lean
from answerable.procedures.plan import Plan

if TYPE_CHECKING:
    from answerable.procedures.machine import Live, Machine
    from answerable.procedures.timeline import Happening

_HOUR = 3_600_000_000


class Judge:
    """Checks one event against the state before it, and each duty it ends."""

    __slots__ = ("happening", "machine", "plan")

    def __init__(self, machine: Machine, happening: Happening) -> None:
        self.machine = machine
        self.happening = happening
        self.plan: Plan = machine.plan

    def check(self, numbers: list[int]) -> None:
        """Record everything that is wrong with doing the acts ``numbers`` now."""
        for number in numbers:
            self._check(number)
        if not numbers:
            self._deviate("not in the procedure", None)
        if self.plan.procedure.record_within is not None:
            self._recording(numbers[0] if numbers else None)

    def _check(self, number: int) -> None:
        machine, plan, event = self.machine, self.plan, self.happening.event
        if event.who not in plan.doers[number]:
            self._doer(number)
        rule = plan.rules[number]
        if rule is not None and rule.different_person_from:
            self._person(number, rule.different_person_from)
        if machine.off >> number & 1:
            self._deviate("switched off", number)
        order = plan.order
        if order.needs[number] & ~(machine.executed | machine.off) or order.unknown[number]:
            missing = order.needs[number] & ~(machine.executed | machine.off)
            for act in (*order.names(missing), *order.unknown[number]):
                self._deviate("too early", number, f"“{act}” has not been done")
        if rule is not None and order.not_while_open[number] & machine.live:
            for act in rule.not_while_open:
                if act in plan.number and (duties := machine.open[plan.number[act]]):
                    first = min(duties, key=lambda duty: (duty.due is None, duty.due.hi if duty.due else 0))
                    due = f"due {printed(first.due.last)}" if first.due else unmeasured(first)
                    self._deviate("while open", number, f"“{act}” owed, {due}", first.due)
        if rule is not None and rule.reasons and event.reasons is None:
            self._deviate("without reasons", number)

    def _doer(self, number: int) -> None:
        who, by = self.happening.event.who, self.plan.by[number]
        if who == NOT_STATED:
            self._deviate("undetermined", number, f"who did it is not stated; it is for {by}")
        elif who in self.plan.vocabulary.parties and by in self.plan.vocabulary.parts(who):
            self._deviate("undetermined", number, f"which part of {who} did it is not stated; it is for {by}")
        else:
            self._deviate("wrong person", number, f"{who}; it is for {by}")

    def _person(self, number: int, others: Iterable[str]) -> None:
        person = self.happening.event.person
        for act in others:
            earlier = self.machine.doers.get(self.plan.number.get(act, -1), [])
            same = [seq for other, seq in earlier if other == person and person is not None]
            open_ = [seq for other, seq in earlier if other is None or person is None]
            if same:
                self._deviate("same person", number, f"the person who did “{act}” (event {same[0]})")
            elif open_:
                about = f"whether the person is another than did “{act}” (event {open_[0]}) is not recorded"
                self._deviate("undetermined", number, about)

    def _recording(self, number: int | None) -> None:
        limit = self.plan.procedure.record_within
        span, recorded = self.happening.span, self.happening.recorded
        assert limit is not None
        due = self.plan.clock.due(span, limit)
        if due is None or (due.lo is not None and recorded.hi < due.lo):
            return
        if recorded.lo is not None and recorded.lo >= due.hi and not (limit.normally and self.happening.event.reasons):
            days, working_days = self.plan.clock.lateness(span.last, recorded.last)
            about = f"recorded {recorded.last}, {count(days, 'day')} after; limit {limit}"
            self._deviate("recorded late", number, about, due, days, working_days)
        elif recorded.lo is None or recorded.lo < due.hi:
            about = (
                f"whether it was recorded in time: happened {_between(span)}, recorded {recorded.last}; limit {limit}"
            )
            self._deviate("undetermined", number, about, due)

    def aside(self, facts: Iterable[tuple[str, str]]) -> None:
        """Record facts of this event that contradict the assumptions, and are not computed with."""
        for fact, assumption in facts:
            about = contradiction(self.plan, fact, self.happening.event.sets[fact], assumption)
            self._deviate("undetermined", self.plan.number.get(self.happening.event.act), about)

    def extinguished(self, duty: Live, by: int) -> None:
        """Record that the act ``by`` switches off an open duty."""
        event = self.happening.event
        due = f"due {printed(duty.due.last)}" if duty.due else unmeasured(duty)
        overdue = ", overdue" if duty.state == "overdue" else ""
        who = "a party not stated" if event.who == NOT_STATED else event.who
        about = f"{due}{overdue}; by {who}, “{self.plan.order.acts[by]}”"
        self._deviate("extinguished", duty.opening.act, about, duty.due, rests_on=duty.opening.rests_on)

    def judge(self, duty: Live) -> DutyState:
        """How the duty ends that this event discharges: in time, late, or in a way that nobody can tell (``doubt``)."""
        due, span = duty.due, self.happening.span
        if due is None or (due.lo is not None and span.hi < due.lo):
            return "done"
        if span.lo is None or span.lo < due.hi:
            duty.doubt = f"done in time or late: due {_between_due(due)}, done {_between(span)}"
            for other in duty.escalations:
                other.doubt = f"owed only if “{self.plan.order.acts[duty.opening.act]}” was late, which is not known"
            self._deviate("undetermined", duty.opening.act, duty.doubt, due, rests_on=duty.opening.rests_on)
            return "done"
        if not (duty.opening.limit.normally and self.happening.event.reasons):
            self._late(duty, due)
        return "done late"

    def _late(self, duty: Live, due: Due) -> None:
        span = self.happening.span
        days, working_days = self.plan.clock.lateness(due.last, span.first or span.last)
        least = "" if span.first == span.last else "at least "
        if days:
            worked = "" if working_days is None else f", {count(working_days, 'working day')}"
            by = f"{count(days, 'day')}{worked}"
        else:
            by = count(((span.lo or span.hi) - due.hi) // _HOUR, "hour")
        about = f"due {printed(due.last)} by {duty.opening.by}; {least}{by}"
        self._deviate("late", duty.opening.act, about, due, days, working_days, rests_on=duty.opening.rests_on)

    def _deviate(
        self,
        kind: DeviationKind,
        number: int | None,
        about: str = "",
        due: Due | None = None,
        days: int | None = None,
        working_days: int | None = None,
        *,
        rests_on: RestsOn | None = None,
    ) -> None:
        event, rule = self.happening.event, None if number is None else self.plan.rules[number]
        act = event.act if number is None else self.plan.order.acts[number]
        leans: tuple[Lean, ...] = ()
        if event.taken_as and (event.taken_as.act is None or act == event.taken_as.act):
            leans = (Lean("taken as", f"event {event.seq}", event.taken_as.text),)
        self.machine.deviations.append(
            Deviation(
                self.happening.span.last,
                kind,
                act,
                event.seq,
                about,
                due.last if due else None,
                days,
                working_days,
                rests_on if rests_on is not None else rule.rests_on if rule else NOT_STATED,
                leans,
            )
        )


def contradiction(plan: Plan, fact: str, value: Value, assumption: str) -> str:
    """That a fact contradicts the assumptions."""
    written = plan.vocabulary.facts[fact].domain.print_(value) if fact in plan.vocabulary.facts else str(value)
    return f"{fact} = {written} contradicts what is assumed ({assumption}); nothing is computed with it"


def unmeasured(duty: Live) -> str:
    """Words for a limit that has no due date."""
    limit = duty.opening.limit
    return "no time limit is stated" if limit.word == "not stated" else f"time limit: {limit}"


def _between(span: Span) -> str:
    if span.first == span.last:
        return str(span.last)
    return f"not after {span.last}" if span.first is None else f"between {span.first} and {span.last}"


def _between_due(due: Due) -> str:
    if due.first == due.last:
        return printed(due.last) or ""
    last = printed(due.last)
    return f"not after {last}" if due.first is None else f"between {printed(due.first)} and {last}"
