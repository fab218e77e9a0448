"""Executing any procedure over any log: nothing is lost, nothing doubled, and time runs one way on both axes."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from answerable.procedures.casefile import Event
from answerable.procedures.duties import UNSETTLED
from answerable.procedures.fold import State, fold
from answerable.procedures.marking import Marking, Relations, Wrong, relations
from answerable.procedures.procedure import Procedure
from tests.procedures.drawn import BASE, days, logs, procedures

#: What may follow what in the life of a duty; None is before its trigger.
TRANSITIONS = {
    None: {"open", "waiting", "not owed", "extinguished"},
    "waiting": {"open", "not owed", "extinguished", "done"},
    "not owed": {"open", "waiting", "extinguished", "done"},
    "open": {"done", "overdue", "extinguished", "done late"},
    "overdue": {"done late", "extinguished", "done"},
    "extinguished": {"open"},
    "done": set(),
    "done late": set(),
}


def run(procedure: Procedure, log: tuple[Event, ...], as_of: date, known_at: date | None = None) -> State:
    return fold(procedure, BASE.calendar, BASE.vocabulary, log, as_of=as_of, known_at=known_at)


def names(state: State) -> Counter[tuple[str, int, str | None]]:
    return Counter((duty.act, duty.trigger, duty.after) for duty in state.duties)


@given(procedures(), logs(), days(), days(), st.integers(0, 7))
def test_a_prefix_continued_is_the_whole(
    procedure: Procedure, log: tuple[Event, ...], first: date, last: date, cut: int
) -> None:
    """Given any prefix of a log folded as of any day, when the rest is added, then it is the fold of the whole."""
    assume(first <= last)
    whole = run(procedure, log, last)

    assert run(procedure, log[:cut], first).continued(log[cut:], as_of=last) == whole
    assert run(procedure, log, first).continued((), as_of=last) == whole


@given(procedures(), logs(), days(), days())
def test_what_is_recorded_later_than_is_known_changes_nothing(
    procedure: Procedure, log: tuple[Event, ...], as_of: date, known_at: date
) -> None:
    recorded = tuple(event for event in log if event.recorded <= known_at)

    assert run(procedure, log, as_of, known_at) == run(procedure, recorded, as_of, known_at)


@given(procedures(), logs(), days(), st.randoms(use_true_random=False))
def test_the_order_in_which_a_log_is_given_changes_nothing(
    procedure: Procedure, log: tuple[Event, ...], as_of: date, random: object
) -> None:
    shuffled = list(log)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert run(procedure, tuple(shuffled), as_of) == run(procedure, log, as_of)


@given(procedures(), logs(exact=True), days())
def test_recording_late_neither_loses_nor_doubles_a_duty(
    procedure: Procedure, log: tuple[Event, ...], as_of: date
) -> None:
    """Given a log, when all of it is known, then only *recorded late* tells when it was recorded."""
    at_once = tuple(_recorded(event, event.at.not_after) for event in log)
    known = date(2025, 12, 1)

    late, prompt = run(procedure, log, as_of, known), run(procedure, at_once, as_of, known)

    assert late.duties == prompt.duties
    assert [one for one in late.deviations if one.kind != "recorded late"] == list(prompt.deviations)


def _recorded(event: Event, day: object) -> Event:
    assert isinstance(day, date)
    return Event(
        event.seq, event.at, day, event.who, event.act, event.person, event.sets, None, None, None, event.corrects,
        event.answers, event.place,
    )  # fmt: skip


@given(procedures(), logs(exact=True), days(), days())
def test_as_time_runs_no_duty_disappears(procedure: Procedure, log: tuple[Event, ...], first: date, last: date) -> None:
    """Given any two days, when all is known, then each duty of the earlier is there on the later, with its history."""
    assume(first <= last)
    known = date(2025, 12, 1)
    earlier, later = run(procedure, log, first, known), run(procedure, log, last, known)

    assert names(earlier) <= names(later)
    histories = Counter((duty.act, duty.trigger, duty.after, duty.history) for duty in earlier.duties)
    continued = Counter(
        (duty.act, duty.trigger, duty.after, duty.history[:length])
        for duty in later.duties
        for length in {len(other.history) for other in earlier.duties}
        if length <= len(duty.history)
    )
    assert histories <= continued


@given(procedures(), logs(), days())
def test_each_trigger_opens_each_of_its_duties_once(procedure: Procedure, log: tuple[Event, ...], as_of: date) -> None:
    state = run(procedure, log, as_of)
    happened = _standing(log, as_of)
    expected = Counter(
        (opened, event.seq, None)
        for event in happened
        for rule in procedure.acts
        for opened in _opens(procedure, rule.act)
        if rule.act == event.act
    )
    expected += Counter(
        (opened, event.seq, None)
        for event in happened
        if event.act not in {rule.act for rule in procedure.acts}
        for opened in _opens(procedure, event.act)
    )
    triggered = Counter({name: number for name, number in names(state).items() if name[2] is None})
    beginnings = [rule.act for rule in procedure.acts if rule.within is not None and rule.within.of is None]

    assert triggered.total() == expected.total() + (len(beginnings) if happened else 0)
    assert expected <= triggered


def _opens(procedure: Procedure, act: str) -> list[str]:
    by_limit = [rule.act for rule in procedure.acts if rule.within is not None and rule.within.of == act]
    started = [one.act for rule in procedure.acts if rule.act == act for one in rule.starts]
    return by_limit + started


def _standing(log: tuple[Event, ...], as_of: date) -> list[Event]:
    """The events that count, corrections in place of their targets, computed the plain way."""
    known = [event for event in log if event.recorded <= as_of]
    root = {event.seq: event.seq for event in log}
    numbers = {event.seq for event in known}
    for event in log:
        if event.corrects is not None:
            root[event.seq] = root[event.corrects] if event.corrects in numbers else event.corrects
    last: dict[int, Event] = {}
    for event in sorted(known, key=lambda one: (one.corrects is not None, one.recorded, one.seq)):
        last[root[event.seq]] = event
    return [event for event in last.values() if event.at.not_after is not None and event.at.not_after <= as_of]


@given(procedures(), logs(), days())
def test_every_duty_lives_by_the_table_and_none_is_left_out_of_print(
    procedure: Procedure, log: tuple[Event, ...], as_of: date
) -> None:
    state = run(procedure, log, as_of)

    for duty in state.duties:
        path = [None, *(step.state for step in duty.history)]
        assert all(after in TRANSITIONS[before] for before, after in pairwise(path)), path
        assert path[-1] == duty.state
        assert bool(duty.waiting_on) == (duty.state == "waiting")
    unsettled = [duty for duty in state.duties if duty.state in UNSETTLED]
    printed = state.lines()[:-1]
    assert len(printed) == len(unsettled)
    assert Counter(line.split("  ")[0] for line in printed) == Counter(duty.state for duty in unsettled)


@given(procedures(), logs(exact=True), days())
def test_whoever_ends_an_owed_duty_by_switching_it_off_is_on_record(
    procedure: Procedure, log: tuple[Event, ...], as_of: date
) -> None:
    """Closing a case does not launder a duty: each passage from open or overdue to extinguished is a deviation."""
    state = run(procedure, log, as_of)
    ended = Counter(
        (duty.act, step.seq)
        for duty in state.duties
        for before, step in pairwise(duty.history)
        if step.state == "extinguished" and before.state in ("open", "overdue")
    )

    assert Counter((one.act, one.seq) for one in state.deviations if one.kind == "extinguished") == ended


@given(procedures(conditions=False), logs(exact=True))
def test_an_execution_is_the_bare_marking_with_time(procedure: Procedure, log: tuple[Event, ...]) -> None:
    """With every ``when`` true, the acts with an open instance are the owed and switched-on acts of the bare marking at
    each step, those with one extinguished and not done since are the owed and switched-off ones, and what is wrong with
    the order of each event is what the marking says."""
    log = tuple(_plain(event) for event in log)
    order = relations(procedure)
    number = {act: place for place, act in enumerate(order.acts)}
    marking, known, done = Marking(0, 0, 0), date(2025, 12, 1), list[Event]()
    expected: set[tuple[int, str]] = set()
    for event in sorted(log, key=_time):
        before = run(procedure, tuple(done), _day(event), known)
        marking = _late(before, marking, order) if done else order.first()
        assert not done or _owed(before) == (_names(order, marking.live), _names(order, marking.owed & marking.off))
        if event.act in number:
            wrong = order.wrong(marking, number[event.act])
            expected |= {(event.seq, word) for flag, word in WORDS.items() if flag in wrong}
            marking = order.after(marking, number[event.act])
        done.append(event)
        state = run(procedure, tuple(done), _day(event), known)
        marking = _late(state, marking, order)
        assert _owed(state) == (_names(order, marking.live), _names(order, marking.owed & marking.off))
        found = {(one.seq, one.kind) for one in state.deviations if one.kind in WORDS.values()}
        assert found == expected


WORDS = {Wrong.SWITCHED_OFF: "switched off", Wrong.TOO_EARLY: "too early", Wrong.WHILE_OPEN: "while open"}


def _time(event: Event) -> tuple[date, int]:
    return _day(event), event.seq


def _day(event: Event) -> date:
    assert isinstance(event.at.not_after, date)
    return event.at.not_after


def _plain(event: Event) -> Event:
    """The event without ``answers`` and facts, which a bare marking does not know."""
    return Event(
        event.seq, event.at, event.recorded, event.who, event.act, None, {}, None, None, None, None, (), event.place
    )


def _names(order: Relations, mask: int) -> set[str]:
    return set(order.names(mask))


def _owed(state: State) -> tuple[set[str], set[str]]:
    """The acts with an open duty, and those with one that would be revived."""
    live = {duty.act for duty in state.duties if duty.state in ("open", "overdue")}
    return live, {duty.act for duty in state.duties if duty.state == "extinguished" and not duty.noted}


def _late(state: State, marking: Marking, order: Relations) -> Marking:
    """The lateness steps that the state shows to have happened: what follows lateness is owed."""
    live, extinguished = _owed(state)
    after = {duty.act for duty in state.duties if duty.after is not None}
    return marking._replace(owed=marking.owed | order.mask((live | extinguished) & after))
