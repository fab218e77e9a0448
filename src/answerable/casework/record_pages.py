"""One record as its page needs it, and to whom keys are given: all of it seen through the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from answerable.casework import gate
from answerable.casework.actions.chains import done, owner_of, policy_folder
from answerable.casework.actions.grants import entitled
from answerable.casework.actions.opening import first_holders
from answerable.casework.gate import Seen
from answerable.casework.models import (
    Compartment,
    Decision,
    Duty,
    Grant,
    Handover,
    Person,
    PublicKey,
    Record,
    Tie,
    Wrap,
)
from answerable.casework.models.people import barred_from
from answerable.casework.models.records import Standing
from answerable.sealing.place import Compartment as Part


@dataclass(frozen=True)
class PartRow:
    """A compartment as a person sees it: what they may do with it, and whether they hold its key."""

    compartment: Part
    epoch: int
    public: str
    may_read: bool
    may_add: bool
    may_grant: bool
    held: bool


@dataclass(frozen=True)
class EventRow:
    """An event of the record's chain, with the code that says most about it, and the act of which procedure it is
    (empty: of none), under the digest of the procedures that were in force then."""

    seq: int
    day: date
    kind: str
    code: str
    role: str
    mine: bool
    procedure: str = ""
    act: str = ""
    digest: str = ""


@dataclass(frozen=True)
class ReportParts:
    """A report of a case, with the compartments that whoever asks may see of it."""

    record: Record
    compartments: tuple[PartRow, ...]


@dataclass(frozen=True)
class GrantRow:
    """Work that waits for this person's browser: let ``person`` in, or (None) begin a new epoch."""

    handle: str
    name: str
    kind: str
    compartment: Part
    person: str | None
    x25519: str | None
    epochs: tuple[int, ...]


@dataclass(frozen=True)
class DoubtRow:
    """Something that came for this record and may not come from the reporter: kind, day, and why (`Standing`)."""

    kind: str
    day: date
    standing: str


@dataclass(frozen=True)
class RecordPage:
    """Everything plain about a record that this person may see."""

    seen: Seen
    owner: Person | None
    case: Record | None
    reports: tuple[Record, ...]
    report_parts: tuple[ReportParts, ...]
    timeline: tuple[EventRow, ...]
    duties: tuple[Duty, ...]
    handover: Handover | None
    decision: Decision | None
    compartments: tuple[PartRow, ...]
    grants: tuple[GrantRow, ...]
    consents: tuple[str, ...]
    tie_asked: bool
    doubts: tuple[DoubtRow, ...]


#: How many submissions that may not come from the reporter a page names: whoever forges can send any number.
DOUBTS = 20
#: Who decides, with their names.
_DECIDERS = ("proposer__user", "reviewer__user", "third__user")
#: The member of each kind's body that a timeline shows.
_CODES = {
    "case.stage": "to",
    "decision.made": "outcome",
    "owner.changed": "to",
    "message.sealed": "direction",
    "recusal.recorded": "ground",
    "consent.changed": "recipient",
    "reasons.given": "step",
    "recovery.used": "compartment",
}


def record_page(person: Person, handle: str, *, on: date) -> RecordPage | None:
    """One record, or None for sealed and absent after the same one query."""
    found = gate.find(person, handle, on=on, folder=policy_folder())
    if found is None:
        return None
    record = found.record
    owner = owner_of(record)
    reports = _visible(person, record.reports.all() if record.kind == Record.Kind.CASE else (), on)
    above = gate.find(person, record.case.handle, on=on, folder=policy_folder()) if record.case else None
    top = record.case or record
    return RecordPage(
        seen=found,
        owner=owner.person if owner else None,
        case=above.record if above else None,
        reports=tuple(one.record for one in reports),
        report_parts=tuple(ReportParts(one.record, parts(one)) for one in reports),
        timeline=_timeline(person, record),
        duties=tuple(Duty.objects.live().filter(record=record)),
        handover=Handover.objects.filter(record=top, state="offered").select_related("taker__user").first(),
        decision=record.decisions.select_related(*_DECIDERS).order_by("-id").first(),
        compartments=parts(found),
        grants=_grants(person, [found]),
        consents=tuple(record.consents.split()),
        tie_asked=Tie.objects.filter(person=person, record=record, tied=None).exists(),
        doubts=_doubts(record),
    )


def _doubts(record: Record) -> tuple[DoubtRow, ...]:
    rows = record.submissions.exclude(standing=Standing.HERS).order_by("id")[:DOUBTS]
    return tuple(DoubtRow(row.kind, row.on, row.standing) for row in rows)


def _visible(person: Person, records: Any, on: date) -> list[Seen]:
    ids = [one.pk for one in records]
    if not ids:
        return []
    rows = Record.objects.open_to(person, on).select_related("case").filter(pk__in=ids).order_by("id")
    return gate.among(person, rows, on, policy_folder())


def parts(found: Seen) -> tuple[PartRow, ...]:
    """The compartments of a record that its reader may do anything with."""
    current = Compartment.objects.filter(record=found.record, until=None).order_by("compartment")
    held = set(
        Wrap.objects.filter(record=found.record.handle, holder=found.person.handle).values_list("compartment", "epoch")
    )
    rows = []
    for one in current:
        part = Part(one.compartment)
        read, add, grant = (bool(found.may(part, act)) for act in ("read", "add", "grant"))
        if read or add or grant:
            has = (one.compartment, one.epoch) in held
            rows.append(PartRow(part, one.epoch, bytes(one.public).hex(), read, add, grant, has))
    return tuple(rows)


def _timeline(person: Person, record: Record) -> tuple[EventRow, ...]:
    mine = f"p{person.pk}"
    return tuple(
        EventRow(
            int(one.body["seq"]),
            date.fromisoformat(str(one.body["at"])),
            str(one.body["kind"]),
            _code(one.body),
            str(one.body["by"]),
            one.person == mine,
            **_of_procedure(one.body),
        )
        for one in done(record)
    )


def _of_procedure(body: Any) -> dict[str, str]:
    said = body.get("procedure") or {}
    return {
        "procedure": str(said.get("name", "")),
        "act": str(said.get("act", "")),
        "digest": str(said.get("digest", "")),
    }


def _code(body: Any) -> str:
    if body["kind"] == "deadline.missed":
        return str(body["obligation"]["duty"])
    return str(body.get(_CODES.get(str(body["kind"]), ""), "") or "")


def new_case_holders(person: Person, handle: str, *, on: date) -> dict[Part, list[tuple[str, str, str]]] | None:
    """To whom a case made of this report is wrapped, by compartment: holder, X25519 key, role. Recovery is one too."""
    found = gate.find(person, handle, on=on, folder=policy_folder())
    if found is None or found.record.kind != Record.Kind.REPORT:
        return None
    rows: dict[Part, list[tuple[str, str, str]]] = {}
    for part, people in first_holders(person, found, on).items():
        own = found.roles[0] if found.roles else ""
        rows[part] = [
            (one.handle, bytes(key.x25519).hex(), own if one.pk == person.pk else "assessor")
            for one in people
            if (key := one.keys)
        ]
    return rows


def epoch_holders(person: Person, handle: str, compartment: Part, *, on: date) -> list[tuple[str, str]] | None:
    """To whom a new epoch is wrapped: those who hold the current one, are entitled and are not shut out.

    Recovery comes on top, and the reporter (with ``Record.reporter_key``) where she reads.
    """
    found = gate.find(person, handle, compartment, "grant", on=on, folder=policy_folder())
    if found is None:
        return None
    held = Wrap.objects.filter(record=handle, compartment=int(compartment)).values_list("holder", flat=True)
    shut = barred_from(found.record)
    people = Person.objects.filter(handle__in=set(held) | {person.handle}, ended=None).order_by("handle")
    rows = []
    for one in people:
        key = one.keys
        if key and one.handle not in shut and entitled(one, found.record, compartment, on):
            rows.append((one.handle, bytes(key.x25519).hex()))
    return rows


def grants_wanted(person: Person, *, on: date) -> list[GrantRow]:
    """What waits for this person's browser: compartments they may grant and hold, and that others need."""
    waiting = Grant.objects.filter(done=None).exclude(person=person)
    records = Record.objects.open_to(person, on).select_related("case").filter(pk__in=waiting.values("record"))
    return list(_grants(person, gate.among(person, records, on, policy_folder())))


def _grants(person: Person, seen: Sequence[Seen]) -> tuple[GrantRow, ...]:
    by_record = {one.record.pk: one for one in seen}
    waiting = Grant.objects.filter(done=None, record__in=by_record).exclude(person=person).select_related("person")
    wanted = list(waiting.order_by("wanted", "id"))
    if not wanted:
        return ()
    handles = [one.record.handle for one in seen]
    held: dict[tuple[str, int], list[int]] = {}
    rows = Wrap.objects.filter(holder=person.handle, record__in=handles).order_by("epoch")
    for record, compartment, epoch in rows.values_list("record", "compartment", "epoch"):
        held.setdefault((record, compartment), []).append(epoch)
    ids = {one.person_id for one in wanted if one.person_id}
    keys = {
        who: bytes(x25519).hex()
        for who, x25519 in PublicKey.objects.filter(person__in=ids, until=None).values_list("person", "x25519")
    }
    found = []
    for one in wanted:
        here, part = by_record[one.record_id], Part(one.compartment)
        epochs = held.get((here.record.handle, one.compartment), [])
        if not epochs or not here.may(part, "grant") or (one.person_id and one.person_id not in keys):
            continue
        found.append(
            GrantRow(
                here.record.handle,
                here.record.name,
                here.record.kind,
                part,
                one.person.handle if one.person else None,
                keys[one.person_id] if one.person_id else None,
                tuple(epochs),
            )
        )
    return tuple(found)
