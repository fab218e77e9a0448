"""Recording an act of a record: checked against its procedure, sealed into its chain, its duties brought up to date."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from answerable.casework import folding
from answerable.casework.errors import NotSignedError, RefusedByProcedureError, SetupError
from answerable.casework.folding import MISSED, Done, Owed
from answerable.casework.models import Act, Anchor, Duty, Ownership, Person, Record, SignedAct
from answerable.casework.signing import Signed
from answerable.ledger.actions import Recorded, acting, record_sealed
from answerable.ledger.actions.wrapping import opening_key
from answerable.ledger.openings import WrappingKey, read_secret
from answerable.record import commit

#: The register's head before the first anchor: that of an empty tree (RFC 6962, section 2.1).
_EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def moment(now: int | None) -> int:
    """``now``, or the clock's, in POSIX seconds."""
    return int(time.time()) if now is None else now


def day_of(now: int | None) -> date:
    """The UTC day of ``now`` (the clock's when absent)."""
    return datetime.fromtimestamp(moment(now), UTC).date()


def setting(name: str) -> Path:
    """A path of ``settings.ANSWERABLE_CASEWORK``. Raises `SetupError`."""
    found = getattr(settings, "ANSWERABLE_CASEWORK", {}).get(name)
    if not found:
        raise SetupError(f"ANSWERABLE_CASEWORK names no {name}", where="settings")
    return Path(found)


def deployment() -> bytes:
    """The deployment's id: the leaf hash of the record log's first entry. Raises `SetupError`."""
    found = str(getattr(settings, "ANSWERABLE_DEPLOYMENT", {}).get("deployment", ""))
    try:
        data = bytes.fromhex(found)
    except ValueError:
        data = b""
    if len(data) != 32:
        raise SetupError("ANSWERABLE_DEPLOYMENT names no deployment of 32 bytes in hex", where="settings")
    return data


def wrapping() -> WrappingKey:
    """The key that opening keys lie under, from its file."""
    return WrappingKey(read_secret(setting("wrapping")))


def policy_folder() -> Path | None:
    """The deployment's own policy files, or None for the built-in ones."""
    found = getattr(settings, "ANSWERABLE_POLICY", None)
    return Path(found) if found else None


def rules() -> folding.Rules:
    """The procedures in force."""
    return folding.rules(policy_folder())


def chain_of(record: Record) -> str:
    """The id that a record's events carry as ``case``, and the handle of its opening key."""
    return str(json.loads(record.origin)["case"]) if record.origin else record.handle


def locked(handle: str) -> Record:
    """The record, held until the transaction ends, so that its chain has one writer at a time."""
    return Record.objects.select_for_update().get(handle=handle)


def done(record: Record) -> list[Done]:
    """The events of a record in order, with a label for each person."""
    found = [Done(json.loads(record.origin))] if record.origin else []
    acts = Act.objects.filter(record=record, outbox__event__isnull=False).order_by("seq")
    for body, person in acts.values_list("outbox__event__body", "person_id"):
        found.append(Done(json.loads(bytes(body)), f"p{person}" if person else ""))
    return found


def after() -> dict[str, Any]:
    """The register's head in the latest anchor."""
    anchor = Anchor.objects.first()
    return {"root": anchor.root, "size": anchor.size} if anchor else {"root": _EMPTY, "size": 0}


def check_signed(signed: Signed, person: Person, act: str, about: Record | None) -> None:
    """Raise `NotSignedError` unless ``signed`` is this person's, for this act on this record, and new."""
    about16 = about.id16 if about else None
    mine = f"\nperson {person.handle}\n".encode() in signed.text
    if not mine or signed.act != act or signed.record != about16:
        raise NotSignedError("what was signed is not this act", where=act, todo="open the page again and repeat it")
    if SignedAct.objects.filter(nonce=signed.nonce).exists():
        raise NotSignedError("this was sent before", where=act, todo="see whether it is done already")


def keep_signed(signed: Signed, person: Person, on: date) -> SignedAct:
    """Keep what was signed. Its nonce counts once."""
    return SignedAct.objects.create(
        person=person, nonce=signed.nonce, act=signed.act, text=signed.text, signature=signed.signature, on=on
    )


def check_procedure(record: Record, act: str, role: str, person: Person | None, on: date) -> None:
    """Raise `RefusedByProcedureError` unless the procedure allows the act now."""
    label = f"p{person.pk}" if person else ""
    reasons = rules().may(record.kind, done(record), act, role, label, on)
    if reasons:
        raise RefusedByProcedureError(act, reasons)


def enact(
    record: Record,
    kind: str,
    own: Mapping[str, Any],
    *,
    act: str | None,
    role: str,
    person: Person | None,
    signed: SignedAct | None,
    now: int | None,
    check: bool = True,
) -> Act:
    """Record one event of ``record`` (locked by the caller, inside its transaction) and bring its index up to date.

    ``act`` is the procedure's act that this is, asked of the procedure first (None: the event is of no procedure).
    ``own`` are the kind's own fields. Raises `RefusedByProcedureError`, and what `record_sealed` raises.
    """
    on = day_of(now)
    if act is not None and check:
        check_procedure(record, act, role, person, on)
    made, commitment = _record(record, kind, own, act, role, now)
    found = Act.objects.create(
        record=record,
        person=person,
        outbox=made.outbox,
        signed=signed,
        kind=kind,
        seq=record.seq,
        commitment=commitment,
        on=on,
    )
    record.seq += 1
    record.head = commitment
    record.stage = _stage(record)
    record.save(update_fields=["seq", "head", "stage", "case", "decision"])
    refresh(record, on)
    return found


def _record(
    record: Record, kind: str, own: Mapping[str, Any], act: str | None, role: str, now: int | None
) -> tuple[Recorded, bytes]:
    chain = chain_of(record)
    procedure = rules().tag(_procedure(record, act), act) if act else None
    body = {
        **own,
        "v": 1,
        "kind": kind,
        "case": chain,
        "seq": record.seq,
        "prev": record.head.hex() if record.head else None,
        "at": day_of(now).isoformat(),
        "by": role,
        "procedure": procedure,
        "after": after(),
    }
    key = opening_key(chain, wrapping())
    made = record_sealed(body, key, now=moment(now))
    return made, made.outbox.data[len(commit.MARK) :]


def _procedure(record: Record, act: str) -> str:
    own = folding.OF_KIND[record.kind]
    plans = rules().plans
    return own if act in plans[own].procedure.defined() else folding.AFTER_WITHDRAWAL[record.kind]


def _stage(record: Record) -> str:
    """The record's stage by its events; a report's, by its case's as well."""
    own = folding.stage(record.kind, done(record))
    if record.case is None:
        return own
    owner = Ownership.objects.filter(record=record.case, until=None).values_list("role", flat=True).first()
    return folding.stage_in_case(own, record.case.stage, owner or "intake_officer")


def follow(case: Record) -> None:
    """Bring the reports of a case to where the case now is."""
    for report in case.reports.all():
        stage = _stage(report)
        if stage != report.stage:
            report.stage = stage
            report.save(update_fields=["stage"])


def entered_as(one: Done) -> tuple[str, str]:
    """The duty that a `deadline.missed` says was late: its code, and its day."""
    obligation = one.body["obligation"]
    return str(obligation["duty"]), str(obligation["due"])


def _take(entered: Counter[tuple[str, str]], owed: Owed) -> bool:
    """Whether one of the entries is this duty's; each is one duty's."""
    name = (code_of(owed.act), owed.due.isoformat() if owed.due else "")
    entered[name] -= 1
    return entered[name] >= 0


def refresh(record: Record, on: date) -> None:
    """Make the index of a record's duties what the fold says."""
    past = done(record)
    owed = rules().duties(record.kind, past, on)
    entered = Counter(entered_as(one) for one in past if one.body["kind"] == "deadline.missed")
    rows = [
        Duty(
            record=record,
            procedure=one.procedure,
            act=one.act,
            bearer=one.bearer,
            trigger=one.trigger,
            after=one.after,
            opened=one.opened,
            due=one.due,
            state=one.state,
            source=one.source[:500],
            live=one.state in ("open", "overdue"),
            unentered=one.state in MISSED and one.due is not None and not _take(entered, one),
        )
        for one in owed
    ]
    Duty.objects.filter(record=record).delete()
    Duty.objects.bulk_create(rows)
    live = sorted((one.due, one.act) for one in owed if one.due and one.state in ("open", "overdue"))
    record.next_due, record.next_act = live[0] if live else (date.max, "")
    record.save(update_fields=["next_due", "next_act"])


def owner_of(record: Record) -> Ownership | None:
    """Who is accountable for a record now; a report's owner is its case's."""
    return Ownership.objects.select_related("person").filter(record=record.case or record, until=None).first()


@contextmanager
def deed(handle: str) -> Iterator[Record]:
    """One act on a record: its transaction on the desk's database, with the record locked."""
    with acting():
        yield locked(handle)


def code_of(act: str) -> str:
    """The code that ledger entries use for an act of a procedure."""
    return act.replace(" ", "_")
