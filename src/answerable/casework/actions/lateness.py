"""Taking up what is late: the answer to a breach, by someone who did not commit it."""

from __future__ import annotations

from hashlib import sha256

from answerable.casework.actions.chains import check_signed, code_of, day_of, deed, enact, keep_signed
from answerable.casework.actions.grants import related
from answerable.casework.actions.reading import barred, check_tie
from answerable.casework.codes import LATE_REASONS
from answerable.casework.errors import CaseworkError, NotYoursError
from answerable.casework.models import Act, Assignment, Duty, Person, Record
from answerable.casework.signing import Signed

TAKE_UP = "take up what is late"


def take_up_late(person: Person, handle: str, reason: str, *, signed: Signed, now: int | None = None) -> Act:
    """Say what was done about something late: a reviewer, one of `LATE_REASONS`. Opens nothing of the record."""
    if reason not in LATE_REASONS:
        raise CaseworkError("the reason is not on the list", todo=f"one of {', '.join(LATE_REASONS)}")
    check_tie(person)
    mine = Assignment.objects.filter(person=person, role="reviewer", record=None, until=None, person__ended=None)
    late = Duty.objects.filter(record__handle=handle, act=TAKE_UP, state__in=["open", "overdue"]).first()
    record = Record.objects.filter(handle=handle).first()
    if record is None or late is None or not mine.exists() or person.handle in barred(related(record)):
        raise NotYoursError
    check_signed(signed, person, "take_up_late", record)
    with deed(handle) as held:
        own = {
            "step": code_of(late.after or TAKE_UP),
            "document_sha256": sha256(signed.text).hexdigest(),
            "obligation": None,
        }
        kept = keep_signed(signed, person, day_of(now))
        return enact(held, "reasons.given", own, act=TAKE_UP, role="reviewer", person=person, signed=kept, now=now)
