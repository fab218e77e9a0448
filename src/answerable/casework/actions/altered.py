"""What does not open in its place: kept, noted in the chain of reads, and owed an answer by the panel."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from answerable.casework import gate
from answerable.casework.actions.chains import check_signed, day_of, deed, keep_signed, policy_folder
from answerable.casework.actions.reading import note_read
from answerable.casework.codes import ALTERED_ANSWERS, ALTERED_DAYS
from answerable.casework.errors import CaseworkError, NotYoursError, WrongStageError
from answerable.casework.models import Altered, File, Person, Record, Value, Wrap
from answerable.casework.signing import Signed
from answerable.sealing.errors import SealingError
from answerable.sealing.place import Compartment, Field

_NUMBERED = re.compile(r"([a-z]{1,12})/([0-9]{1,16})", re.ASCII)


def report_altered(
    person: Person, handle: str, compartment: Compartment, thing: str, *, signed: Signed, now: int | None = None
) -> Altered:
    """Say that something this person may read did not open where it lies. Saying it again changes nothing.

    Asked before any question of a tie: that something was altered is not to wait. Raises `NotYoursError` for what is
    sealed, absent, or no part of this compartment.
    """
    found = gate.find(person, handle, compartment, "read", on=day_of(now), folder=policy_folder())
    if found is None or not _is_there(found.record, compartment, thing, person):
        raise NotYoursError
    check_signed(signed, person, "report_altered", found.record)
    on = day_of(now)
    with deed(handle) as record:
        same = Altered.objects.filter(record=record, compartment=int(compartment), thing=thing, answered=None).first()
        if same:
            return same
        keep_signed(signed, person, on)
        role = found.role_for(compartment, "read")
        note_read(found, compartment.code, "altered", role=role, thing=thing, now=now)
        return Altered.objects.create(
            handle=secrets.token_hex(16),
            record=record,
            compartment=int(compartment),
            thing=thing,
            person=person,
            found=on,
            due=on + timedelta(days=ALTERED_DAYS),
        )


def _is_there(record: Record, compartment: Compartment, thing: str, person: Person) -> bool:
    """Whether the record holds such a thing: an id that nobody made up."""
    numbered = _NUMBERED.fullmatch(thing)
    if numbered is None:
        return compartment == Compartment.EVIDENCE and File.objects.filter(record=record, handle=thing).exists()
    name, number = numbered[1], int(numbered[2])
    if name == "wrap":
        mine = Wrap.objects.filter(record=record.handle, compartment=int(compartment), holder=person.handle)
        return mine.filter(epoch=number).exists()
    try:
        place = {"compartment": int(compartment), "field": int(Field.of(name)), "version": number}
    except SealingError:
        return False
    return Value.objects.filter(record=record, **place).exists()


def take_up_altered(person: Person, altered: str, answer: str, *, signed: Signed, now: int | None = None) -> Altered:
    """The panel's answer: one of `ALTERED_ANSWERS`. Opens nothing of the record."""
    if answer not in ALTERED_ANSWERS:
        raise CaseworkError("the answer is not on the list", todo=f"one of {', '.join(ALTERED_ANSWERS)}")
    on = day_of(now)
    found = Altered.objects.for_panel(person, on).filter(handle=altered).first()
    if found is None:
        raise NotYoursError
    check_signed(signed, person, "take_up_altered", found.record)
    with deed(found.record.handle):
        keep_signed(signed, person, on)
        waiting = Altered.objects.filter(pk=found.pk, answered=None)
        if not waiting.update(answered=on, answered_by=person, answer=answer):
            raise WrongStageError("this was answered already")
        found.refresh_from_db()
        return found
