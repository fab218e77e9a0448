"""Standing back: no permission needed, access ends at once, somebody else is found."""

from __future__ import annotations

from django.db.models import Q

from answerable.casework import gate
from answerable.casework.actions.chains import (
    check_signed,
    day_of,
    deed,
    enact,
    keep_signed,
    locked,
    policy_folder,
)
from answerable.casework.actions.grants import forget_wraps, related, shut_out
from answerable.casework.actions.reading import note_read
from answerable.casework.codes import GROUNDS
from answerable.casework.errors import CaseworkError, NotYoursError
from answerable.casework.gate import Seen, owns
from answerable.casework.models import Bar, Decision, Handover, Person, Record, Tie
from answerable.casework.signing import Signed
from answerable.sealing.place import Compartment


def declare_tie(person: Person, handle: str, tied: bool, *, signed: Signed, now: int | None = None) -> None:
    """Answer the question that follows an accused person's name. With a tie, this person stands back at once."""
    found = gate.find(person, handle, on=day_of(now), folder=policy_folder())
    asked = Tie.objects.filter(person=person, record=found.record).first() if found else None
    if found is None or asked is None or asked.tied is not None:
        raise NotYoursError
    check_signed(signed, person, "declare_tie", found.record)
    if tied:
        _stand_back(person, found, "tie", Bar.Why.TIE, signed, now)
        return
    with deed(handle):
        keep_signed(signed, person, day_of(now))
        _answer(person, found.record, tied=False)
        part = Compartment.ACCUSED_IDENTITY
        note_read(found, part.code, "no_tie", role=found.role_for(part, "read"), now=now)


def recuse(person: Person, handle: str, *, ground: str = "conflict", signed: Signed, now: int | None = None) -> None:
    """Stand back from a record and all it is joined with. Needs nobody's leave, and cannot be undone."""
    if ground not in GROUNDS:
        raise CaseworkError("the ground is not on the list", todo=f"one of {', '.join(GROUNDS)}")
    found = gate.find(person, handle, on=day_of(now), folder=policy_folder())
    if found is None:
        raise NotYoursError
    check_signed(signed, person, "recuse", found.record)
    _stand_back(person, found, ground, Bar.Why.RECUSED, signed, now)


def _is_replaced(person: Person, record: Record) -> bool:
    """Whether somebody has to come in this person's place: in a case, for its owner and for whoever is to review it.

    Of anybody else who stands back the chain says so, and the case waits for nobody.
    """
    if record.kind != Record.Kind.CASE or owns(person, record):
        return True
    asked = Q(reviewer=person) | Q(third=person)
    return Decision.objects.unreviewed().filter(asked, record=record).exists()


def _answer(person: Person, record: Record, *, tied: bool) -> None:
    Tie.objects.filter(person=person, record__in=related(record), tied=None).update(tied=tied)


def _stand_back(person: Person, found: Seen, ground: str, why: Bar.Why, signed: Signed, now: int | None) -> None:
    on = day_of(now)
    top = found.record.case or found.record
    with deed(top.handle) as record:
        role = next(iter(found.roles))
        for each in related(record):
            Bar.objects.get_or_create(record_id=each, holder=person.handle, defaults={"why": why, "on": on})
        _answer(person, record, tied=ground == "tie")
        held = list(Record.objects.filter(pk__in=related(record)))
        shut_out(person, on, wanted=False, records=held)
        Handover.objects.filter(record=record, state="offered").filter(taker=person).update(
            state="declined", answered=on
        )
        own = {"role": role, "ground": ground, "document_sha256": None}
        enact(
            locked(record.handle),
            "recusal.recorded",
            own,
            act="recuse" if _is_replaced(person, record) else None,
            role=role,
            person=person,
            signed=keep_signed(signed, person, on),
            now=now,
            check=False,
        )
    forget_wraps(person, held)
