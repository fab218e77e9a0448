"""Recovery: panel members help one person to open one compartment. Each use is an entry, and is counted in public."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from answerable.casework.actions.chains import (
    chain_of,
    check_signed,
    day_of,
    deed,
    deployment,
    enact,
    keep_signed,
    setting,
    wrapping,
)
from answerable.casework.actions.grants import check_own_wrap, entitled, keep_given
from answerable.casework.actions.reading import see
from answerable.casework.codes import RECOVERY_REASONS
from answerable.casework.errors import CaseworkError, NotAllowedError, NotYoursError, WrongStageError
from answerable.casework.models import (
    Act,
    Compartment,
    Grant,
    Person,
    Record,
    Recovery,
    RecoveryPartial,
    Submission,
    Wrap,
)
from answerable.casework.shapes import Given, Wrapped
from answerable.casework.signing import Signed
from answerable.ledger.actions import acting
from answerable.ledger.actions.wrapping import opening_key
from answerable.record import commit
from answerable.sealing.place import RECOVERY
from answerable.sealing.place import Compartment as Part
from answerable.sealing.place import Record as Kind
from answerable.sealing.recovery import Request, decode_key


@dataclass(frozen=True)
class Material:
    """What a request carries to the panel: the wrap made to recovery, the bytes it came in, and an opening of the event
    that committed to those bytes."""

    recovery: Recovery
    wrap: bytes = field(repr=False)
    source: bytes = field(repr=False)
    opening: bytes
    partials: tuple[RecoveryPartial, ...]


def request_recovery(
    person: Person, handle: str, compartment: Part, reason: str, *, signed: Signed, now: int | None = None
) -> Recovery:
    """Ask the panel to help open a compartment, which this person must be entitled to read today."""
    if reason not in RECOVERY_REASONS:
        raise CaseworkError("the reason is not on the list", todo=f"one of {', '.join(RECOVERY_REASONS)}")
    found = see(person, handle, now)
    if found is None or not found.may(compartment, "read"):
        raise NotYoursError
    current = Compartment.objects.filter(record=found.record, compartment=int(compartment), until=None).first()
    if current is None:
        raise WrongStageError("this compartment has ended")
    keys = person.keys
    if keys is None:
        raise NotAllowedError("you have no keys yet", todo="make them first")
    check_signed(signed, person, "request_recovery", found.record)
    with acting():
        if Recovery.objects.filter(
            record=found.record, compartment=int(compartment), beneficiary=person, done=None
        ).exists():
            raise WrongStageError("the panel is asked already")
        keep_signed(signed, person, day_of(now))
        return Recovery.objects.create(
            handle=secrets.token_hex(16),
            record=found.record,
            compartment=int(compartment),
            epoch=current.epoch,
            beneficiary=person,
            role=found.role_for(compartment, "read"),
            stage=found.record.stage,
            x25519=keys.x25519,
            reason=reason,
            requested=day_of(now),
        )


def recovery_material(person: Person, recovery: str, *, now: int | None = None) -> Material | None:
    """The request as the panel needs it, and the parts that came back, for the beneficiary alone."""
    found = Recovery.objects.select_related("record").filter(handle=recovery, beneficiary=person).first()
    if found is None or see(person, found.record.handle, now) is None:
        return None
    wrap = Wrap.objects.filter(
        record=found.record.handle, compartment=found.compartment, epoch=found.epoch, holder=RECOVERY.hex()
    ).first()
    made = Compartment.objects.filter(
        record=found.record, compartment=found.compartment, epoch=found.epoch
    ).values_list("source", flat=True)
    source = Wrap.objects.filter(record=found.record.handle, compartment=0, holder=str(made.first())[:32]).first()
    if wrap is None or source is None:
        return None
    opening = _opening(found.record, str(made.first()))
    parts = tuple(found.partials.order_by("member"))
    return Material(found, bytes(wrap.wrap), bytes(source.wrap), opening, parts)


def recovery_request(person: Person, recovery: str, *, now: int | None = None) -> bytes | None:
    """The file that panel members are sent: the same bytes each time. None for anybody but the beneficiary."""
    material = recovery_material(person, recovery, now=now)
    if material is None:
        return None
    asked = material.recovery
    request = Request(
        id=bytes.fromhex(asked.handle),
        day=asked.requested,
        deployment=deployment(),
        record_kind=Kind.of(asked.record.kind),
        record=asked.record.id16,
        compartment=Part(asked.compartment),
        stage=asked.stage,
        holder=person.holder,
        x25519=bytes(asked.x25519),
        reason=asked.reason,
        wrap=material.wrap,
        source=material.source,
        opening=json.loads(material.opening),
    )
    return request.encode()


def _opening(record: Record, source: str) -> bytes:
    """An opening of the event that committed to ``source``: its kind and the hash, and nothing else."""
    chain = opening_key(chain_of(record), wrapping())
    for sent in Submission.objects.filter(record=record, sha256=bytes.fromhex(source)):
        event = json.loads(bytes(sent.event))
        first = event["kind"] != "intake.sealed"
        key = commit.case_event_key(chain, 0) if first else opening_key(bytes(sent.leaf).hex(), wrapping())
        return commit.opening(event, key, ("ciphertext_sha256",))
    for act in Act.objects.filter(record=record, kind="case.stage").select_related("outbox__event"):
        event = json.loads(bytes(act.outbox.event.body))
        if source in event["document_sha256"]:
            return commit.opening(event, commit.case_event_key(chain, act.seq), ("document_sha256",))
    raise WrongStageError("no entry of the register committed to this wrap")


def needed() -> int:
    """How many members it takes: what the file of the recovery key says (``ANSWERABLE_CASEWORK["recovery_key"]``)."""
    return decode_key(setting("recovery_key").read_bytes()).key.k


def add_partial(recovery: str, member: str, sealed: bytes, *, now: int | None = None) -> RecoveryPartial:
    """Take one member's part, sealed to the beneficiary. A member gives one."""
    with acting():
        found = Recovery.objects.select_for_update().filter(handle=recovery, done=None).first()
        if found is None:
            raise NotYoursError
        if found.partials.filter(member=member).exists():
            raise WrongStageError("this member's part is here already")
        if not 0 < len(sealed) <= 10_000:
            raise CaseworkError("this is no part of a recovery")
        return RecoveryPartial.objects.create(recovery=found, member=member, sealed=sealed, on=day_of(now))


def use_recovery(
    person: Person,
    recovery: str,
    wrap: Wrapped,
    members: Sequence[str],
    *,
    signed: Signed,
    now: int | None = None,
) -> Recovery:
    """Keep the wrap that this person made for themselves from the panel's parts, and enter the use in the register.

    ``members`` are those whose parts were used; each must have given one.
    """
    asked = Recovery.objects.select_related("record").filter(handle=recovery, beneficiary=person, done=None).first()
    found = see(person, asked.record.handle, now) if asked else None
    if asked is None or found is None:
        raise NotYoursError
    part = Part(asked.compartment)
    if not entitled(person, found.record, part, day_of(now)):
        raise NotYoursError
    gave = set(asked.partials.values_list("member", flat=True))
    if len(set(members)) != len(members) or set(members) - gave or len(members) < needed():
        raise NotAllowedError(f"name the members whose parts were used: at least {needed()}, and no others")
    check_signed(signed, person, "use_recovery", found.record)
    check_own_wrap(found.record, part, asked.epoch, wrap, person)
    with deed(found.record.handle) as record:
        on = day_of(now)
        if not Recovery.objects.filter(pk=asked.pk, done=None).update(done=on):
            raise WrongStageError("this recovery was used already")
        own = {"compartment": part.code, "beneficiary": asked.role, "members": sorted(members)}
        kept = keep_signed(signed, person, on)
        enact(
            record,
            "recovery.used",
            own,
            act="recover a key",
            role=asked.role,
            person=person,
            signed=kept,
            now=now,
            check=False,
        )
        Grant.objects.filter(record=record, compartment=asked.compartment, person=person, done=None).update(done=on)
        keep_given([Given(found.record.handle, part, asked.epoch, wrap)])
        asked.refresh_from_db()
        return asked
