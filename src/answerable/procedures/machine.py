"""The execution of one procedure over one case, event by event: what is owed, what became of it, what was wrong.

One event, in this order: check (all violations), set facts, mark executed, discharge, switch off, switch on, open
duties. An irregular event still takes effect, so that one fault does not hide the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

from answerable.procedures.clock import Due, Span
from answerable.procedures.domain import Value
from answerable.procedures.duties import Deviation, DutyState, Transition
from answerable.procedures.facts import Background, Knowledge
from answerable.procedures.judging import Judge
from answerable.procedures.marking import Marking
from answerable.procedures.plan import Opening, Plan
from answerable.procedures.timeline import Happening


class Live:
    """One duty while the machine runs."""

    __slots__ = (
        "after", "doubt", "due", "escalations", "history", "noted", "opened", "opening", "seqs", "spent", "state",
        "trigger",
    )  # fmt: skip

    def __init__(self, opening: Opening, trigger: int, seqs: frozenset[int], opened: Span, after: int | None) -> None:
        self.opening = opening
        self.trigger = trigger
        self.seqs = seqs
        self.opened = opened
        self.after = after
        self.due: Due | None = None
        self.state: DutyState = "waiting"
        self.history: list[Transition] = []
        self.noted: list[int] = []
        self.spent = False  # done already, though it was not open: it never becomes open again
        self.doubt: str | None = None
        self.escalations: list[Live] = []

    def copy(self) -> Live:
        """The same duty; its escalations are still those of the original."""
        other = Live(self.opening, self.trigger, self.seqs, self.opened, self.after)
        other.due, other.state, other.spent, other.doubt = self.due, self.state, self.spent, self.doubt
        other.history, other.noted, other.escalations = list(self.history), list(self.noted), self.escalations
        return other


class Machine:
    """The state of one case under one procedure. `step` takes events in order, `advance` lets time run."""

    def __init__(self, plan: Plan, background: Background, facts: Mapping[str, Value]) -> None:
        size = len(plan.order.acts)
        self.plan = plan
        self.knowledge = Knowledge(background)
        self.aside = self.knowledge.record(facts)
        self.executed = 0
        self.off = 0
        self.live = 0  # the acts with an open or overdue duty
        self.duties: list[Live] = []
        self.open: list[list[Live]] = [[] for _ in range(size)]
        self.asleep: list[Live] = []  # waiting or not owed
        self.extinguished: list[list[Live]] = [[] for _ in range(size)]
        self.next_due: int | None = None  # no open duty passes its limit before
        self.doers: dict[int, list[tuple[str | None, int]]] = {}
        self.deviations: list[Deviation] = []
        self.last: Happening | None = None

    def copy(self) -> Machine:
        """A machine of its own in the same state."""
        other = Machine(self.plan, self.knowledge.background, {})
        other.knowledge.recorded, other.knowledge.usable = dict(self.knowledge.recorded), dict(self.knowledge.usable)
        other.aside, other.last, other.next_due = self.aside, self.last, self.next_due
        other.executed, other.off, other.live = self.executed, self.off, self.live
        other.deviations = list(self.deviations)
        other.doers = {act: list(doers) for act, doers in self.doers.items()}
        twin = {id(duty): duty.copy() for duty in self.duties}
        other.duties = list(twin.values())
        for duty in other.duties:
            duty.escalations = [twin[id(escalation)] for escalation in duty.escalations]
        other.open = [[twin[id(duty)] for duty in duties] for duties in self.open]
        other.extinguished = [[twin[id(duty)] for duty in duties] for duties in self.extinguished]
        other.asleep = [twin[id(duty)] for duty in self.asleep]
        return other

    @property
    def marking(self) -> Marking:
        """The bare marking: executed, switched off, and owed, extinguished duties that would revive included."""
        owed = self.live
        for act, duties in enumerate(self.extinguished):
            owed |= bool(duties) << act
        return Marking(self.executed, self.off, owed)

    def step(self, happening: Happening) -> None:
        """Let one event take effect. Events come in order of time."""
        plan, event = self.plan, happening.event
        self.advance(happening.until)
        numbers = [plan.number[act] for act in happening.acts if act in plan.number]
        judge = Judge(self, happening)
        if self.last is None:
            for opening in plan.first:
                self._open(opening, happening)
        judge.check(numbers)
        if event.sets:
            judge.aside(self.knowledge.record(event.sets))
            self._wake(happening)
        for number in numbers:
            self._execute(number, happening, judge)
        self.last = happening

    def advance(self, instant: int) -> None:
        """Let time run to ``instant``: limits passed by then make duties overdue, and lateness opens others."""
        while self.next_due is not None and self.next_due <= instant:
            timed = [duty for duties in self.open for duty in duties if duty.state == "open" and duty.due is not None]
            passed = [
                (duty.due.hi, place, duty) for place, duty in enumerate(timed) if duty.due and duty.due.hi <= instant
            ]
            if passed:
                self._pass(min(passed)[2])
            self.next_due = min(
                (duty.due.hi for duties in self.open for duty in duties if duty.state == "open" and duty.due),
                default=None,
            )

    def _pass(self, duty: Live) -> None:
        due = duty.due
        assert due is not None
        at = self.plan.clock.local(due.hi)
        self._turn(duty, "overdue", at.date(), None)
        if late := duty.opening.late:
            # The limit of what follows is counted from the due day, the day before the first on which this is late.
            last = self.plan.clock.calendar.local_day(due.last) if isinstance(due.last, at.__class__) else due.last
            start = Span(due.hi, due.hi, last, last)
            opened = Span(due.hi, due.hi, at.date(), at.date())
            other = Live(late, duty.trigger, duty.seqs, opened, duty.opening.act)
            duty.escalations.append(other)
            self.duties.append(other)
            self._owe(other, start, at.date(), None)

    def _turn(self, duty: Live, state: DutyState, on: object, seq: int | None, revived: bool = False) -> None:
        duty.state = state
        duty.history.append(Transition(state, on, seq, revived))  # type: ignore[arg-type]

    def _open(self, opening: Opening, by: Happening) -> None:
        duty = Live(opening, by.event.seq, by.seqs, by.span, None)
        self.duties.append(duty)
        self._place(duty, by)

    def _place(self, duty: Live, by: Happening) -> None:
        """Give a new duty, or one that slept, the state that what is known gives it."""
        answer = self.knowledge.decide(duty.opening.when)
        if answer and duty.spent:
            self._turn(duty, "done", by.span.last, by.event.seq)
        elif answer:
            self._owe(duty, by.span, by.span.last, by.event.seq)
        else:
            state: DutyState = "waiting" if answer is None else "not owed"
            if not duty.history or duty.state != state:
                self._turn(duty, state, by.span.last, by.event.seq)
            self.asleep.append(duty)

    def _owe(self, duty: Live, start: Span, on: object, seq: int | None, revived: bool = False) -> None:
        """The duty is owed from ``start`` on, unless its act is switched off."""
        act = duty.opening.act
        if self.off >> act & 1:
            self._turn(duty, "extinguished", on, seq)
            self.extinguished[act].append(duty)
            return
        due = duty.due = self.plan.clock.due(start, duty.opening.limit)
        self._turn(duty, "open", on, seq, revived)
        self.open[act].append(duty)
        self.live |= 1 << act
        if due is not None and (self.next_due is None or due.hi < self.next_due):
            self.next_due = due.hi

    def _wake(self, by: Happening) -> None:
        """Facts have changed: decide anew what waits and what was not owed."""
        sleeping, self.asleep = self.asleep, []
        for duty in sleeping:
            self._place(duty, by)

    def _execute(self, number: int, happening: Happening, judge: Judge) -> None:
        plan, seq = self.plan, happening.event.seq
        self.executed |= 1 << number
        self.doers.setdefault(number, []).append((happening.event.person, seq))
        self._discharge(number, happening, judge)
        for other in plan.off[number]:
            for duty in self.open[other]:
                judge.extinguished(duty, number)
                self._turn(duty, "extinguished", happening.span.last, seq)
            self.extinguished[other] += self.open[other]
            self.open[other] = []
            self.off |= 1 << other
            self.live &= ~(1 << other)
        if on := plan.order.switches_on[number]:
            self.off &= ~on
            for other, duties in enumerate(self.extinguished):
                if duties and on >> other & 1:
                    self.extinguished[other] = []
                    for duty in duties:
                        self._owe(duty, happening.span, happening.span.last, seq, revived=True)
        for opening in plan.opens[number]:
            self._open(opening, happening)

    def _discharge(self, number: int, happening: Happening, judge: Judge) -> None:
        """Doing an act discharges its duties: all of them, or those whose triggers the event names."""
        answers, seq, day = happening.event.answers, happening.event.seq, happening.span.last
        if self.open[number]:
            kept = []
            for duty in self.open[number]:
                if answers and not duty.seqs.intersection(answers):
                    kept.append(duty)
                else:
                    self._turn(duty, judge.judge(duty), day, seq)
            self.open[number] = kept
            if not kept:
                self.live &= ~(1 << number)
        if self.extinguished[number]:
            for duty in self.extinguished[number]:
                if not answers or duty.seqs.intersection(answers):
                    duty.spent = True
                    duty.noted.append(seq)
            self.extinguished[number] = [duty for duty in self.extinguished[number] if not duty.spent]
        if self.asleep:
            self._discharge_sleeping(number, happening)

    def _discharge_sleeping(self, number: int, happening: Happening) -> None:
        """What is done before it is known to be owed needs not be done again."""
        answers, still = happening.event.answers, []
        for duty in self.asleep:
            if duty.opening.act != number or (answers and not duty.seqs.intersection(answers)):
                still.append(duty)
            elif duty.state == "waiting":
                self._turn(duty, "done", happening.span.last, happening.event.seq)
            else:
                duty.spent = True
                duty.noted.append(happening.event.seq)
                still.append(duty)
        self.asleep = still
