"""A case executed: what is known, owed and irregular, computed from the log of its events and from nothing else.

`fold` is pure. The log is the only state: what had happened by ``as_of``, as recorded by ``known_at``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from answerable.procedures.calendar import Calendar
from answerable.procedures.casefile import Event, Moment, When
from answerable.procedures.domain import Value
from answerable.procedures.duties import UNSETTLED, Deviation, Duty, printed, rests_on_text
from answerable.procedures.errors import CaseProblem
from answerable.procedures.facts import Background, Reasoner
from answerable.procedures.fields import NOT_STATED, Stated
from answerable.procedures.finding import Json
from answerable.procedures.judging import Judge
from answerable.procedures.machine import Machine
from answerable.procedures.plan import Plan
from answerable.procedures.procedure import Procedure
from answerable.procedures.reporting import columns, deviations_of, duties_of, merged
from answerable.procedures.timeline import Happening, happened, orders
from answerable.procedures.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class NextChange:
    """The next instant at which something falls due, in the calendar's zone, and the acts whose duties do."""

    at: datetime
    acts: tuple[str, ...]

    def __str__(self) -> str:
        verb = "becomes" if len(self.acts) == 1 else "become"
        return f"{self.at.isoformat()}: {' and '.join(self.acts)} {verb} overdue"


@dataclass(frozen=True, slots=True)
class Allowed:
    """The act may be done: with recorded reasons only, if ``needs_reasons``. It switches off the open duties it
    ``extinguishes``, which will be reported."""

    needs_reasons: bool = False
    extinguishes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The act would be a deviation, for these reasons. If it has happened already it is recorded all the same."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """A case as of a day or an instant, as known at one. ``facts`` are those recorded, ``duties`` in the order in which
    they were opened, ``deviations`` in the order in which they are printed."""

    facts: Mapping[str, Value]
    duties: tuple[Duty, ...]
    deviations: tuple[Deviation, ...]
    next_change: NextChange | None
    as_of: Moment
    known_at: Moment
    _log: _Log = field(compare=False, repr=False)

    def may(
        self, act: str, *, who: str | Stated, person: str | None = None, at: Moment | None = None
    ) -> Allowed | Refused:
        """Whether ``who`` may do ``act`` now, or at a later time ``at``.

        Raises `CaseProblem` for a time before the last event: fold the case as of that time instead.
        """
        log, clock = self._log, self._log.plan.clock
        span = clock.span(self.as_of if at is None else at)
        last = log.machine.last
        if last is not None and span.hi < last.until:
            what = f"{at} is before the last event of this state ({last.span.last})"
            raise CaseProblem(what, todo="fold the case as of that time")
        probe = log.machine.copy()
        probe.advance(span.hi)
        probe.deviations = []
        seq = 1 + max((event.seq for event in log.events), default=0)
        moment = self.as_of if at is None else at
        event = Event(
            seq,
            When(moment, moment),
            moment,
            who,
            act,
            person,
            {},
            None,
            None,
            None,
            None,
            (),
            log.plan.procedure.place,
        )
        number = log.plan.number.get(act)
        Judge(probe, Happening(event, (act,), span, span.hi, span, frozenset((seq,)))).check(
            [] if number is None else [number]
        )
        wrong = [one for one in probe.deviations if one.kind != "without reasons"]
        if wrong:
            return Refused(tuple(f"{one.kind}: {one.about}" if one.about else one.kind for one in wrong))
        assert number is not None
        ended = tuple(
            log.plan.order.acts[other] for other in log.plan.off[number] if probe.open[other] and other != number
        )
        return Allowed(len(probe.deviations) > len(wrong), ended)

    def continued(self, events: Iterable[Event], *, as_of: Moment, known_at: Moment | None = None) -> State:
        """The state once ``events`` are added to the log: the same as `fold` of the whole.

        Events that come after all that was folded are taken up where this state stands; where one was recorded late,
        corrects another, or may belong before another, the log is folded from its beginning.
        """
        log, background = self._log, self._log.machine.knowledge.background
        every = (*log.events, *events)
        found = happened(every, log.plan.clock, as_of=as_of, known_at=known_at)
        old = log.happened
        later = found[len(old) :]
        resumes = (
            log.single
            and found[: len(old)] == old
            and all(one.span.lo is not None and one.span.lo > log.time for one in later)
            and log.plan.clock.span(as_of).hi >= log.time
            and orders(later, log.plan.depends).single
        )
        if not resumes:
            return run(log.plan, background, every, as_of=as_of, known_at=known_at, facts=log.facts)
        machine = log.machine.copy()
        for one in later:
            machine.step(one)
        return _state(_Log(log.plan, every, log.facts, found, machine, log.plan.clock.span(as_of).hi), as_of, known_at)

    def lines(self) -> list[str]:
        """The duties that are nobody's past, by state and due date, and the next change, as `run` prints them."""
        rank = {state: place for place, state in enumerate(UNSETTLED)}
        shown = [duty for duty in self.duties if duty.state in rank]
        shown.sort(key=lambda duty: (rank[duty.state], duty.due is None, str(duty.due)))
        rows = [(duty.state, duty.act, duty.by, _when(duty), _rests(duty)) for duty in shown]
        change = "nothing falls due" if self.next_change is None else f"next change {self.next_change}"
        return [*columns(rows), change]

    def data(self) -> dict[str, Json]:
        """What `run` adds to a report."""
        change = self.next_change
        return {
            "duties": [duty.data() for duty in self.duties],
            "next_change": None if change is None else {"at": change.at.isoformat(), "acts": list(change.acts)},
        }


@dataclass(frozen=True, slots=True)
class _Log:
    """What a state was computed from, and the machine that stands where it ends, at the instant ``time``."""

    plan: Plan
    events: tuple[Event, ...]
    facts: Mapping[str, Value]
    happened: tuple[Happening, ...]
    machine: Machine
    time: int
    single: bool = True


def fold(
    procedure: Procedure,
    calendar: Calendar,
    vocabulary: Vocabulary,
    events: Iterable[Event],
    *,
    as_of: Moment,
    known_at: Moment | None = None,
    facts: Mapping[str, Value] | None = None,
    reasoner: Reasoner | None = None,
) -> State:
    """Execute ``procedure`` over the events that had happened by ``as_of`` as recorded by ``known_at`` (by default the
    same). ``facts`` are those of the case from its beginning. Without a ``reasoner``, conditions are decided by what is
    recorded alone, not by what follows from it under the assumptions.

    A day counts to its end. Raises `CaseProblem` for a log that contradicts itself, `LimitProblem` where the calendar
    cannot count.
    """
    plan = Plan.of(procedure, calendar, vocabulary)
    return run(plan, Background(vocabulary, reasoner), events, as_of=as_of, known_at=known_at, facts=facts)


def run(
    plan: Plan,
    background: Background,
    events: Iterable[Event],
    *,
    as_of: Moment,
    known_at: Moment | None = None,
    facts: Mapping[str, Value] | None = None,
) -> State:
    """`fold` with the procedure made ready once, for many cases."""
    every, given = tuple(events), MappingProxyType(dict(facts or {}))
    found = happened(every, plan.clock, as_of=as_of, known_at=known_at)
    time = plan.clock.span(as_of).hi
    possible = orders(found, plan.depends)
    states = []
    for order in possible.orders:
        machine = Machine(plan, background, given)
        for happening in order:
            machine.step(happening)
        states.append(_state(_Log(plan, every, given, found, machine, time, possible.single), as_of, known_at))
    state = states[0]
    if possible.single:
        return state
    duties, deviations = merged([(one.duties, one.deviations) for one in states], possible, plan.clock.span(as_of).last)
    return replace(state, duties=duties, deviations=deviations)


def _state(log: _Log, as_of: Moment, known_at: Moment | None) -> State:
    machine = log.machine
    machine.advance(log.time)
    return State(
        MappingProxyType(dict(machine.knowledge.recorded)),
        duties_of(machine),
        deviations_of(machine, log.time),
        _next_change(log),
        as_of,
        as_of if known_at is None else known_at,
        log,
    )


def _next_change(log: _Log) -> NextChange | None:
    coming: dict[int, list[str]] = {}
    for number, duties in enumerate(log.machine.open):
        for duty in duties:
            if duty.due is not None and duty.due.hi > log.time:
                at = duty.due.hi if duty.due.lo is None or duty.due.lo <= log.time else duty.due.lo
                coming.setdefault(at, []).append(log.plan.order.acts[number])
    if not coming:
        return None
    first = min(coming)
    return NextChange(log.plan.clock.local(first), tuple(dict.fromkeys(coming[first])))


def _when(duty: Duty) -> str:
    if duty.state == "waiting":
        return f"turns on {' and '.join(duty.waiting_on)}"
    if duty.due is not None:
        return f"due {printed(duty.due)}"
    if duty.state == "extinguished" and not any(step.state == "open" for step in duty.history):
        return "switched off when it arose"
    return "no time limit is stated" if duty.limit == NOT_STATED else f"time limit: {duty.limit}"


def _rests(duty: Duty) -> str:
    extra = [f"rests on: {rests_on_text(duty.rests_on)}"]
    if duty.revived:
        extra.append("revived")
    if duty.noted:
        extra.append(f"done all the same: event {', '.join(str(seq) for seq in duty.noted)}")
    if duty.doubt:
        extra.append(duty.doubt)
    return "; ".join(extra)
