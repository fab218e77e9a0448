"""Writing to the person concerned, adding sealed values, and replacing nothing: every value has a place of its own."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from hashlib import sha256

from answerable.casework.actions.chains import check_signed, code_of, day_of, deed, done, enact, keep_signed
from answerable.casework.actions.crossing import check_arrived
from answerable.casework.actions.reading import note_read, see
from answerable.casework.arrivals import COPY
from answerable.casework.codes import CONTACT_DAYS
from answerable.casework.errors import CaseworkError, NotAllowedError, NotYoursError, WrongStageError
from answerable.casework.folding import ANSWER, CONTACT, OFFER
from answerable.casework.gate import Seen
from answerable.casework.models import Compartment, Person, Record, Reply, Value
from answerable.casework.shapes import Sealed
from answerable.casework.signing import Signed
from answerable.sealing.errors import SealingError
from answerable.sealing.place import THREAD, Field
from answerable.sealing.place import Compartment as Part
from answerable.sealing.place import Record as RecordKind
from answerable.sealing.values import check_value

#: Fields that a person adds without an entry of their own in the register; the chain of reads holds the act.
FREE = (Field.NOTE, Field.ANSWER, Field.CLEANED)


def check_sealed(record: Record, value: Sealed, field: Field, part: Part | None = None) -> int:
    """The number of the epoch of a sealed value that fits: its field, its compartment, the current epoch. Raises
    `CaseworkError`."""
    try:
        epoch = check_value(value.data)
    except SealingError as error:
        raise CaseworkError(f"this is no sealed value: {error.what}") from None
    if value.field != field or (part is not None and value.compartment != part):
        raise CaseworkError("the value belongs to another place", todo="open the page again and repeat it")
    current = Compartment.objects.filter(record=record, compartment=int(value.compartment), until=None).first()
    if current is None or current.number != epoch:
        raise WrongStageError("this was sealed to a key that is no longer in use", todo="open the page again")
    if not 0 < value.version < 1 << 32:
        raise CaseworkError("a version is a random number below 2**32")
    return current.epoch


def keep(record: Record, value: Sealed, person: Person, on: date) -> Value:
    """Keep a sealed value that was checked. Raises `WrongStageError` when its place is taken."""
    place = {"compartment": int(value.compartment), "field": int(value.field), "version": value.version}
    if Value.objects.filter(record=record, **place).exists():
        raise WrongStageError("there is something in this place already", todo="send it again")
    epoch = check_sealed(record, value, value.field)
    return Value.objects.create(record=record, **place, epoch=epoch, sealed=value.data, on=on, person=person)


def queue(record: Record, value: Value, on: date) -> Reply:
    """Put a value on its way to the mailbox."""
    return Reply.objects.create(
        handle=secrets.token_hex(16),
        record=record.handle,
        record_kind=record.kind,
        kind=Reply.Kind.VALUE,
        compartment=value.compartment,
        field=value.field,
        version=value.version,
        epoch=value.epoch % COPY,
        sealed=value.sealed,
        made=on,
    )


def writer(person: Person, handle: str, part: Part, now: int | None) -> tuple[Seen, str]:
    """The record, and the role in which ``person`` adds to a compartment. Raises `NotYoursError`, `NotAllowedError`."""
    found = see(person, handle, now)
    if found is None:
        raise NotYoursError
    role = found.role_for(part, "add")
    if not role:
        raise NotAllowedError("you may read this, and not add to it")
    return found, role


def write_to_person(
    person: Person,
    handle: str,
    *,
    message: Sealed,
    offers_assistance: bool = False,
    next_contact: date | None = None,
    signed: Signed,
    now: int | None = None,
) -> Reply:
    """Send a message into the thread of a report or a request for help.

    The first one is the person's answer; ``offers_assistance`` says that it offers help as well. ``next_contact`` is
    the day by which she hears again, at most thirty days away (and then, when absent).
    """
    found = see(person, handle, now)
    if found is None or found.record.kind == Record.Kind.CASE:
        raise NotYoursError
    part = THREAD[RecordKind.of(found.record.kind)]
    found, role = writer(person, handle, part, now)
    on = day_of(now)
    contact = next_contact or on + timedelta(days=CONTACT_DAYS)
    if not on < contact <= on + timedelta(days=CONTACT_DAYS):
        raise CaseworkError(
            f"the next contact is at most {CONTACT_DAYS} days away, and not today", where="next contact"
        )
    check_sealed(found.record, message, Field.MESSAGE, part)
    check_arrived(found.record, part)
    check_signed(signed, person, "write_to_person", found.record)
    with deed(handle) as record:
        value = keep(record, message, person, on)
        record.waking = False
        record.save(update_fields=["waking"])
        said = {str((one.body.get("procedure") or {}).get("act")) for one in done(record)}
        act = OFFER if offers_assistance else CONTACT if said & {ANSWER, OFFER} else ANSWER
        own = {
            "direction": "to_reporter",
            "ciphertext_sha256": sha256(message.data).hexdigest(),
            "obligation": {"due": contact.isoformat(), "duty": code_of(CONTACT)},
        }
        enact(
            record,
            "message.sealed",
            own,
            act=act,
            role=role,
            person=person,
            signed=keep_signed(signed, person, on),
            now=now,
        )
        return queue(record, value, on)


def add_value(person: Person, handle: str, value: Sealed, *, signed: Signed, now: int | None = None) -> Value:
    """Add a note, an answer or a cleaned copy's head where the table says ``add``; the chain of reads says so."""
    found, role = writer(person, handle, value.compartment, now)
    if value.field not in FREE:
        raise NotAllowedError("a value of this kind comes with an act of its own")
    check_sealed(found.record, value, value.field)
    check_signed(signed, person, "add_value", found.record)
    on = day_of(now)
    with deed(handle) as record:
        kept = keep(record, value, person, on)
        keep_signed(signed, person, on)
        note_read(found, value.compartment.code, "add", role=role, thing=f"{value.field.code}/{value.version}", now=now)
        return kept
