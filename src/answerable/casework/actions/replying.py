"""What goes back to mailboxes: replies on their way, holders of each compartment, and where things stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from answerable.casework.actions.chains import day_of, done, rules
from answerable.casework.actions.crossing import on_its_way
from answerable.casework.folding import CONTACT, Done
from answerable.casework.models import Anchor, Compartment, Decision, Read, Record, Reply, Wrap
from answerable.casework.models.people import PublicKey
from answerable.casework.shapes import Status
from answerable.ledger.actions import acting
from answerable.sealing.place import THREAD
from answerable.sealing.place import Record as RecordKind

#: The states of a duty as the person concerned is told of them.
_STATES = {"open": "open", "waiting": "open", "overdue": "overdue", "done": "done", "done late": "done"}
#: What the person concerned is owed and told of.
_TOLD = ("answer the reporter", "offer assistance", "keep in contact", "decide on what is left")


def next_reply(skip: Collection[str] = ()) -> Reply | None:
    """The oldest reply that waits for carry, or None. ``skip``: handles of those that could not be delivered now."""
    return Reply.objects.filter(delivered=None).exclude(handle__in=list(skip)).order_by("id").first()


def mark_delivered(handle: str, *, now: int | None = None) -> None:
    """Note that a reply is in the mailbox. Its bytes stay for as long as that may be one from a backup again."""
    with acting():
        Reply.objects.filter(handle=handle, delivered=None).update(delivered=day_of(now))


def set_anchor(root: str, size: int) -> None:
    """Keep the register's head of the latest `log.anchored`; an older one changes nothing."""
    with acting():
        anchor = Anchor.objects.select_for_update().first()
        if anchor is None:
            Anchor.objects.create(root=root, size=size)
        elif size > anchor.size:
            anchor.root, anchor.size = root, size
            anchor.save()


def holders(handle: str) -> dict[int, tuple[int, bytes, list[tuple[str, str]]]]:
    """Of each current compartment: its epoch, its public key, and the staff who hold it with their public keys."""
    found: dict[int, tuple[int, bytes, list[tuple[str, str]]]] = {}
    current = Compartment.objects.filter(record__handle=handle, until=None).order_by("compartment")
    keys = {
        person: bytes(x25519).hex()
        for person, x25519 in PublicKey.objects.filter(until=None).values_list("person__handle", "x25519")
    }
    for one in current:
        wraps = Wrap.objects.filter(record=handle, compartment=one.compartment, epoch=one.epoch)
        ids = sorted(holder for holder in wraps.values_list("holder", flat=True) if holder in keys)
        found[one.compartment] = (one.epoch, bytes(one.public), [(holder, keys[holder]) for holder in ids])
    return found


def statuses(now: int | None = None) -> Iterator[Status]:
    """Where each report and each request for help stands, for its mailbox: stage, dates, reads. Nothing of a case."""
    on = day_of(now)
    records = Record.objects.exclude(kind=Record.Kind.CASE).exclude(reporter_key=None).order_by("id")
    for record in records.iterator():
        part = THREAD[RecordKind.of(record.kind)]
        current = Compartment.objects.filter(record=record, compartment=int(part), until=None).first()
        if current is None or on_its_way(record, part):  # nothing that is sealed to it would open in her mailbox yet
            continue
        past = done(record)
        body = {
            "v": 1,
            "day": on.isoformat(),
            "stage": record.stage,
            "next_contact": _next_contact(past),
            "due": _due(record, past, on),
            "rights": _rights(record, past, on),
            "reads": _reads(record),
            "consents": record.consents.split(),
            "answers": [],
        }
        if appeal := _appeal(record):
            body["appeal"] = appeal
        yield Status(record.handle, record.kind, part, bytes(current.public), current.number, body)


def _next_contact(past: list[Done]) -> str | None:
    for one in reversed(past):
        obligation = one.body.get("obligation") if one.body["kind"] == "message.sealed" else None
        if obligation:
            return str(obligation["due"])
    return None


def _due(record: Record, past: list[Done], on: Any) -> list[dict[str, str]]:
    """What she is owed, each once: the next of several of one kind, or the last that was done."""
    told: dict[str, dict[str, str]] = {}
    for owed in rules().duties(record.kind, past, on):
        if owed.act not in _TOLD or not owed.due or owed.state not in _STATES:
            continue
        one = {"duty": owed.act.replace(" ", "_"), "due": owed.due.isoformat(), "state": _STATES[owed.state]}
        other = told.setdefault(owed.act, one)
        if other["state"] == "done" or (one["state"] != "done" and one["due"] < other["due"]):
            told[owed.act] = one
    return list(told.values())


def _rights(record: Record, past: list[Done], on: Any) -> list[dict[str, Any]]:
    """The rights that intake and assessment already put days to: help offered, and being told."""
    named = {"offer assistance": "assistance_and_support", CONTACT: "information", "answer the reporter": "respect"}
    latest: dict[str, dict[str, Any]] = {}
    for owed in rules().duties(record.kind, past, on):
        if owed.act in named and owed.state in _STATES:
            due = owed.due.isoformat() if owed.due else None
            latest[owed.act] = {"right": named[owed.act], "state": _STATES[owed.state], "due": due}
    return [latest[act] for act in named if act in latest]


def _appeal(record: Record) -> dict[str, str] | None:
    """To whom, until when, and against a decision of which day. None: nothing was told that can be contested.

    The decision is the one that this very report had a notice of: a report that joined later was told of none.
    """
    if record.case_id is None or record.stage == "withdrawn":
        return None
    told = Decision.objects.filter(record=record.case_id, state=Decision.State.MADE, notices__record=record)
    made = told.order_by("-made", "-id").first()
    if made is None or made.made is None or made.appeal_until is None or not made.appeal_route:
        return None
    return {"route": made.appeal_route, "until": made.appeal_until.isoformat(), "decided": made.made.isoformat()}


def _reads(record: Record) -> list[dict[str, str]]:
    """Who opened what, as role, compartment and day; each combination once."""
    opened = Read.objects.filter(record=record.handle, act__in=("read", "open_original"))
    rows = sorted({(at[:10], role, part) for at, role, part in opened.values_list("at", "role", "compartment")})
    return [{"role": role, "compartment": part, "day": day} for day, role, part in rows]
