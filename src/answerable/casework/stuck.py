"""What is late at the desk, as the panel sees it: what is owed, by which role, since when, and whether it was taken up.

Nothing of what was reported, of the person who did, or of whoever owes it; and nothing here opens or leads anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from answerable.casework.models import Duty, Person

#: How many are shown, the oldest; and the duty that lateness opens.
ROWS = 50
TAKE_UP = "take up what is late"


@dataclass(frozen=True)
class LateRow:
    """One duty that is late. ``entered``: the clock has entered that it was missed. ``taken_up``: "done", by somebody
    who did not owe it; "open"; "late", nobody has in the days they had; "" where the index does not say yet."""

    name: str
    kind: str
    act: str
    bearer: str
    due: date
    days: int
    entered: bool
    procedure: str
    source: str
    taken_up: Literal["", "open", "late", "done"]


def late(person: Person, *, on: date) -> list[LateRow]:
    """What is late, oldest due first, for a member of the panel; nothing for anybody else. Two queries."""
    found = list(Duty.objects.stuck(person, on)[:ROWS])
    if not found:
        return []
    answers = {
        (one.record_id, one.trigger, one.after): one
        for one in Duty.objects.filter(act=TAKE_UP, record__in=[duty.record_id for duty in found])
    }
    return [_row(duty, answers.get((duty.record_id, duty.trigger, duty.act)), on) for duty in found]


def _row(duty: Duty, answer: Duty | None, on: date) -> LateRow:
    due = duty.due or on
    entered = duty.state == "overdue" and not duty.unentered
    record = duty.record
    return LateRow(
        record.name,
        record.kind,
        duty.act,
        duty.bearer,
        due,
        (on - due).days,
        entered,
        duty.procedure,
        duty.source,
        _taken(answer, on),
    )


def _taken(answer: Duty | None, on: date) -> Literal["", "open", "late", "done"]:
    if answer is None:
        return ""
    if not answer.live:
        return "done"
    return "late" if answer.due and answer.due < on else "open"
