"""Taking up what is late: the answer to a breach, by someone who did not commit it."""

from __future__ import annotations

from hashlib import sha256

from answerable.casework.actions.chains import check_procedure, check_signed, code_of, day_of, deed, enact, keep_signed
from answerable.casework.actions.grants import related
from answerable.casework.actions.reading import barred, check_tie
from answerable.casework.codes import LATE_REASONS
from answerable.casework.errors import CaseworkError, NotYoursError, WrongStageError
from answerable.casework.models import Act, Assignment, Duty, Person, Record
from answerable.casework.signing import Signed

TAKE_UP, ROLE = "take up what is late", "reviewer"


def take_up_late(person: Person, handle: str, reason: str, *, signed: Signed, now: int | None = None) -> list[Act]:
    """Say what was done about everything late of a record: a reviewer, one of `LATE_REASONS`. Opens nothing of it.

    One act, and an entry for each duty that was late, by its name: gives them, oldest due first.
    """
    if reason not in LATE_REASONS:
        raise CaseworkError("the reason is not on the list", todo=f"one of {', '.join(LATE_REASONS)}")
    check_tie(person)
    mine = Assignment.objects.filter(person=person, role="reviewer", record=None, until=None, person__ended=None)
    record = Record.objects.filter(handle=handle).first()
    if record is None or not _late(record) or not mine.exists() or person.handle in barred(related(record)):
        raise NotYoursError
    check_signed(signed, person, "take_up_late", record)
    with deed(handle) as held:
        late = _late(held)
        if not late:
            raise WrongStageError("somebody was quicker", todo="go back to the list")
        # Asked once: the first entry ends every duty of this act, and the others belong to it all the same.
        check_procedure(held, TAKE_UP, ROLE, person, day_of(now))
        kept = keep_signed(signed, person, day_of(now))
        document = sha256(signed.text).hexdigest()
        entered: list[Act] = []
        for step in late:
            own = {"step": step, "document_sha256": document, "obligation": None}
            mark = None if entered else kept
            act = enact(
                held, "reasons.given", own, act=TAKE_UP, role=ROLE, person=person, signed=mark, now=now, check=False
            )
            entered.append(act)
        return entered


def _late(record: Record) -> list[str]:
    """What is to be taken up in a record, by the codes of the acts that were late, oldest due first."""
    waiting = Duty.objects.live().filter(record=record, act=TAKE_UP)
    return list(dict.fromkeys(code_of(one.after or TAKE_UP) for one in waiting))
