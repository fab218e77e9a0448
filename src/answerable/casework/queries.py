"""What the desk's pages read, always through the gate: a list shows only what its reader may see, and counts nothing
else. Every function takes the person who asks."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from answerable.casework import folding, gate
from answerable.casework.actions.chains import policy_folder
from answerable.casework.actions.grants import may_own
from answerable.casework.actions.lateness import TAKE_UP
from answerable.casework.actions.recovering import recovery_request
from answerable.casework.gate import Seen
from answerable.casework.models import Altered, Assignment, Decision, Duty, Handover, Person, Record, Recovery, Tie
from answerable.casework.models.people import barred_from
from answerable.casework.record_pages import (
    EventRow,
    GrantRow,
    PartRow,
    RecordPage,
    ReportParts,
    epoch_holders,
    grants_wanted,
    new_case_holders,
    record_page,
)
from answerable.sealing.place import Compartment

__all__ = [
    "AlteredRow",
    "Choice",
    "DutyRow",
    "EventRow",
    "GrantRow",
    "PartRow",
    "Queue",
    "QueueRow",
    "RecordPage",
    "ReportParts",
    "altered",
    "duties",
    "epoch_holders",
    "grants_wanted",
    "in_danger",
    "late_in",
    "may_see",
    "new_case_holders",
    "offer",
    "offers",
    "pending_tie",
    "person_of",
    "queue",
    "record_page",
    "recovery",
    "recovery_request",
    "replacements",
    "seconds",
    "settlements",
    "someone_in_danger",
    "takers",
    "unreviewed",
]

#: How many rows a page of the queue has.
ROWS = 50
_TOKEN = re.compile(r"(\d{4}-\d{2}-\d{2})\.([0-9a-f]{32})", re.ASCII)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class QueueRow:
    """A record in the queue: its next duty and the day of it (None: nothing is owed)."""

    handle: str
    name: str
    kind: str
    stage: str
    opened: date
    urgent: bool
    next_act: str
    next_due: date | None
    late: bool


@dataclass(frozen=True)
class Queue:
    """A page of the queue; ``next`` asks for the one after it."""

    rows: tuple[QueueRow, ...]
    next: str | None


@dataclass(frozen=True)
class DutyRow:
    """Something owed by whoever asks. ``source`` is the rule, or that it is our own; ``after`` the act whose lateness
    opened it, where one did."""

    handle: str
    name: str
    kind: str
    act: str
    bearer: str
    due: date | None
    state: str
    source: str
    late: bool
    procedure: str
    after: str


@dataclass(frozen=True)
class AlteredRow:
    """Something that did not open where it lies, or was not signed with the reporter's key (``why``): what the panel
    sees of it, which opens nothing."""

    handle: str
    record: str
    name: str
    kind: str
    compartment: Compartment
    thing: str
    why: str
    found: date
    due: date
    late: bool


@dataclass(frozen=True)
class Choice:
    """A person who may be asked, and in which role."""

    person: Person
    role: str


def person_of(user: object) -> Person | None:
    """The member of staff behind an account; None for anybody else, for one who left, and for nobody."""
    key = getattr(user, "pk", None)
    return Person.objects.filter(user_id=key, ended=None).first() if key is not None else None


def queue(
    person: Person,
    *,
    on: date,
    after: str | None = None,
    limit: int = ROWS,
    kind: str = "",
    stage: str = "",
    name: str = "",
) -> Queue:
    """Records that this person may see and that ask for something, oldest due first; one query. What asks for nothing
    comes last. With ``name`` (a part of the two words): those called so, whether they ask for something or are over."""
    records = Record.objects.open_to(person, on)
    records = records.filter(name__icontains=name) if name else records.asks(person)
    if kind:
        records = records.filter(kind=kind)
    if stage:
        records = records.filter(stage=stage)
    if (found := _TOKEN.fullmatch(after or "")) and _is_day(found[1]):
        records = records.after(found[1], found[2])
    batch = list(records.order_by("next_due", "handle")[: limit + 1])
    seen = gate.among(person, batch[:limit], on, policy_folder())
    more = f"{batch[limit - 1].next_due.isoformat()}.{batch[limit - 1].handle}" if len(batch) > limit else None
    return Queue(tuple(_row(one.record, on) for one in seen), more)


def in_danger(person: Person, *, on: date, limit: int = ROWS) -> list[QueueRow]:
    """What says that someone is in danger now and has had no answer yet, as far as this person may see it; one query.

    Whoever marks that wants somebody woken: it waits for no due day, and stands above the queue until it is answered.
    """
    batch = list(Record.objects.open_to(person, on).in_danger().order_by("next_due", "handle")[:limit])
    return [_row(one.record, on) for one in gate.among(person, batch, on, policy_folder())] if batch else []


def someone_in_danger() -> bool:
    """Whether anything at all says so and has had no answer yet, for whoever wakes the people on duty."""
    return Record.objects.in_danger().exists()


def _row(record: Record, on: date) -> QueueRow:
    due = None if record.next_due == date.max else record.next_due
    return QueueRow(
        record.handle,
        record.name,
        record.kind,
        record.stage,
        record.opened,
        record.urgent,
        record.next_act,
        due,
        due is not None and due < on,
    )


def duties(person: Person, *, on: date, limit: int = ROWS) -> list[DutyRow]:
    """What this person owes: duties of their roles in records that are theirs, oldest due first; one query.

    What is late is taken up by reviewers, who see its name and day, and nothing else of it.
    """
    rows = Duty.objects.of(person, on, folding.ROLES)
    return [
        DutyRow(
            duty.record.handle,
            duty.record.name,
            duty.record.kind,
            duty.act,
            duty.bearer,
            duty.due,
            "overdue" if duty.due and duty.due < on else duty.state,
            duty.source,
            duty.due is not None and duty.due < on,
            duty.procedure,
            duty.after,
        )
        for duty in rows[:limit]
    ]


def late_in(records: Collection[str]) -> dict[str, list[str]]:
    """What is to be taken up in each of these records, by the acts that were late, oldest due first; one query."""
    found: dict[str, list[str]] = {}
    if records:
        rows = Duty.objects.live().filter(act=TAKE_UP, record__handle__in=list(records))
        for handle, after in rows.values_list("record__handle", "after"):
            found.setdefault(handle, []).append(after)
    return found


def altered(person: Person, *, on: date) -> list[AlteredRow]:
    """What did not open in its place and waits for the panel, oldest first; nothing for anybody else. One query."""
    return [
        AlteredRow(
            row.handle,
            row.record.handle,
            row.record.name,
            row.record.kind,
            Compartment(row.compartment),
            row.thing,
            row.why,
            row.found,
            row.due,
            row.due < on,
        )
        for row in Altered.objects.for_panel(person, on)[:ROWS]
    ]


def offers(person: Person) -> Sequence[Handover]:
    """Offers made to this person that wait for an answer."""
    waiting = Handover.objects.filter(taker=person, state="offered").select_related("record", "giver__user")
    return list(waiting.order_by("offered", "id"))


def offer(person: Person, handle: str) -> Handover | None:
    """One of them."""
    return (
        Handover.objects.filter(taker=person, state="offered", handle=handle)
        .select_related("record", "giver__user")
        .first()
    )


def pending_tie(person: Person) -> Record | None:
    """The record of which this person has to say first whether they have a tie."""
    asked = Tie.objects.filter(person=person, tied=None).select_related("record").first()
    return asked.record if asked else None


def takers(person: Person, handle: str, *, on: date) -> list[Choice]:
    """To whom a case may be offered, or who may review it: people with keys, not barred, other than this one."""
    found = gate.find(person, handle, on=on, folder=policy_folder())
    if found is None or found.record.kind != Record.Kind.CASE:
        return []
    shut = barred_from(found.record)
    asked = folding.ROLES["accountable_owner"]
    roles = [role for role in asked if role == "reviewer" or may_own(role, found.record, on)]
    given = (
        Assignment.objects.filter(record=None, until=None, role__in=roles, person__ended=None, since__lte=on)
        .exclude(person=person)
        .select_related("person__user")
        .order_by("role", "person__user__username")
    )
    return [
        Choice(one.person, one.role)
        for one in given
        if one.person.handle not in shut and one.person.public_keys.filter(until=None).exists()
    ]


def settlements(person: Person, *, on: date) -> list[Record]:
    """What was taken back, of which this person decides with somebody else what becomes of the rest, oldest first."""
    asked = [one.record.pk for one in Decision.objects.left_to(person)[:ROWS]]
    records = Record.objects.open_to(person, on).select_related("case").filter(pk__in=asked)
    return [one.record for one in gate.among(person, records.order_by("next_due", "handle"), on, policy_folder())]


def seconds(found: Seen, roles: Sequence[str]) -> list[Person]:
    """Who may decide with this person what becomes of what was taken back: others in ``roles``, with keys, not shut
    out."""
    shut = barred_from(found.record)
    given = (
        Assignment.objects.filter(record=None, until=None, role__in=roles, person__ended=None)
        .exclude(person=found.person)
        .select_related("person__user")
        .order_by("person__user__username")
    )
    people = {one.person.pk: one.person for one in given if one.person.handle not in shut}
    return [one for one in people.values() if one.public_keys.filter(until=None).exists()]


def unreviewed(person: Person) -> list[Record]:
    """This person's own cases with an assessment that waits for somebody who cannot review it any more."""
    return [one.record for one in Decision.objects.unreviewed(person.pk).select_related("record").order_by("id")]


def recovery(person: Person, handle: str) -> Recovery | None:
    """A request for recovery of this person's own."""
    return Recovery.objects.filter(beneficiary=person, handle=handle).select_related("record").first()


def replacements(person: Person, *, on: date) -> list[QueueRow]:
    """Cases whose owner stood back or left, which this person may take over: their names, and nothing else."""
    mine = Assignment.objects.filter(person=person, record=None, until=None, since__lte=on)
    cases = Record.objects.ownerless(list(mine.values_list("role", flat=True)), person)
    return [_row(case, on) for case in cases]


def may_see(person: Person, handle: str, *, on: date) -> Seen | None:
    """The record as this person sees it; None for sealed and absent."""
    return gate.find(person, handle, on=on, folder=policy_folder())
