"""From the machine to what is reported: duties, deviations in print order, and what differs between possible orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from answerable.procedures.casefile import Moment
from answerable.procedures.duties import Deviation, Duty, count, printed
from answerable.procedures.facts import turns_on
from answerable.procedures.judging import contradiction
from answerable.procedures.machine import Live, Machine
from answerable.procedures.timeline import MOST_ORDERS, Orders

Result = tuple[tuple[Duty, ...], tuple[Deviation, ...]]


def duties_of(machine: Machine) -> tuple[Duty, ...]:
    """Every duty that was ever opened, in the order of opening."""
    acts = machine.plan.order.acts
    return tuple(
        Duty(
            acts[live.opening.act],
            live.opening.by,
            live.trigger,
            None if live.after is None else acts[live.after],
            live.opened.last,
            live.due.last if live.due else None,
            str(live.opening.limit),
            live.state,
            machine.knowledge.waiting_on(live.opening.when) if live.state == "waiting" else (),
            live.opening.rests_on,
            tuple(live.history),
            tuple(live.noted),
            live.doubt,
        )
        for live in machine.duties
    )


def deviations_of(machine: Machine, time: int) -> tuple[Deviation, ...]:
    """Everything irregular up to the instant ``time``, in print order."""
    today = machine.plan.clock.local(time).date()
    found = list(machine.deviations)
    for fact, assumption in machine.aside:
        about = contradiction(machine.plan, fact, machine.knowledge.recorded[fact], assumption)
        found.append(Deviation(today, "undetermined", "the facts of the case", None, about))
    unfinished = (live for live in machine.duties if live.state in ("overdue", "open", "waiting"))
    found.extend(one for live in unfinished if (one := _unfinished(machine, live, time, today)))
    found.sort(key=lambda one: one.order)
    return tuple(found)


def _unfinished(machine: Machine, live: Live, time: int, today: date) -> Deviation | None:
    act, due, rests_on = machine.plan.order.acts[live.opening.act], live.due, live.opening.rests_on
    if live.state == "waiting":
        facts = machine.knowledge.waiting_on(live.opening.when)
        about = f"whether it is owed turns on {turns_on(facts, machine.plan.vocabulary)}"
        return Deviation(live.opened.last, "undetermined", act, live.trigger, about, rests_on=rests_on)
    if due is None:
        return None
    if live.state == "open":
        if due.lo == due.hi or (due.lo is not None and due.lo > time):
            return None
        since = f"due {printed(due.first)} at the earliest, {printed(due.last)} at the latest"
        about = (
            f"whether it is overdue: {since}"
            if due.first
            else f"whether it is overdue: due not after {printed(due.last)}"
        )
        return Deviation(live.opened.last, "undetermined", act, live.trigger, about, due.last, rests_on=rests_on)
    days, working_days = machine.plan.clock.lateness(due.last, today)
    on = _day(machine, due.last)
    if live.doubt:
        return Deviation(on, "undetermined", act, None, live.doubt, due.last, days, working_days, rests_on)
    about = f"due {printed(due.last)} by {live.opening.by}; {count(days, 'day')} ago"
    return Deviation(on, "never done", act, None, about, due.last, days, working_days, rests_on)


def _day(machine: Machine, due: Moment) -> date:
    return machine.plan.clock.calendar.local_day(due) if isinstance(due, datetime) else due


def merged(results: Sequence[Result], possible: Orders, today: date) -> Result:
    """What holds in every order of the events; the rest is *undetermined: order not known*.

    Duties are those of the first order, with a doubt where their state is another in another order.
    """
    pairs = ", ".join(f"{one} and {other}" for one, other in possible.pairs)
    reason = f"the order of events {pairs}, which is not known"
    counts = [Counter(_key(one) for one in deviations) for _, deviations in results]
    certain = counts[0]
    for other in counts[1:]:
        certain = certain & other
    found, kept = [], Counter[object]()
    doubtful: dict[object, Deviation] = {}
    for _, deviations in results:
        seen = Counter[object]()
        for one in deviations:
            seen[_key(one)] += 1
            if seen[_key(one)] > certain[_key(one)]:
                about = f"“{one.kind}” turns on {reason}"
                unsure = replace(one, kind="undetermined", about=about)
                doubtful.setdefault((one.kind, *_key(one)), unsure)
            elif seen[_key(one)] > kept[_key(one)]:
                kept[_key(one)] += 1
                found.append(one)
    found += doubtful.values()
    if not possible.complete:
        about = f"more than {MOST_ORDERS} orders of the events are possible, and not all were tried: events {pairs}"
        found.append(Deviation(today, "undetermined", "the order of events", None, about))
    found.sort(key=lambda one: one.order)
    return _doubted(results, f"turns on {reason}"), tuple(found)


def _key(one: Deviation) -> tuple[object, ...]:
    return (one.kind, one.act, one.seq, one.due)


def _doubted(results: Sequence[Result], doubt: str) -> tuple[Duty, ...]:
    states = [_states(duties) for duties, _ in results]
    found = []
    numbers = Counter[object]()
    for duty in results[0][0]:
        name = (duty.act, duty.trigger, duty.after)
        place = (*name, numbers[name])
        numbers[name] += 1
        same = all(other.get(place) == (duty.state, duty.due) for other in states)
        found.append(duty if same else replace(duty, doubt=duty.doubt or doubt))
    return tuple(found)


def _states(duties: tuple[Duty, ...]) -> dict[object, object]:
    numbers = Counter[object]()
    found: dict[object, object] = {}
    for duty in duties:
        name = (duty.act, duty.trigger, duty.after)
        found[*name, numbers[name]] = (duty.state, duty.due)
        numbers[name] += 1
    return found


def columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows with their cells in columns, two spaces between them; the last cell is as long as it is."""
    if not rows:
        return []
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
