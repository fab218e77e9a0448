"""Duties and deviations as an execution reports them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

from answerable.procedures.casefile import Moment
from answerable.procedures.fields import Stated
from answerable.procedures.finding import Json, Lean
from answerable.procedures.procedure import OurDesign

DutyState = Literal["overdue", "open", "waiting", "extinguished", "not owed", "done late", "done"]

#: The states of duties that are nobody's past: each of these is printed.
UNSETTLED: tuple[DutyState, ...] = ("overdue", "open", "waiting", "extinguished")

DeviationKind = Literal[
    "not in the procedure",
    "wrong person",
    "same person",
    "forbidden",
    "switched off",
    "too early",
    "while open",
    "without reasons",
    "extinguished",
    "late",
    "recorded late",
    "never done",
    "undetermined",
]
DEVIATION_KINDS: tuple[DeviationKind, ...] = get_args(DeviationKind)

RestsOn = tuple[str, ...] | OurDesign | Stated


@dataclass(frozen=True, slots=True)
class Transition:
    """A duty came into ``state`` on a local day, by the event ``seq`` (None: by time running on)."""

    state: DutyState
    on: date
    seq: int | None
    revived: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """One act owed because of one trigger, with everything that became of it.

    ``trigger`` is the event that opened it; ``after`` the act whose lateness did. ``due`` is the last day of its limit
    (an instant for hours), the latest possible where the trigger is not known to the day. ``noted`` are acts done while
    it was extinguished or not owed: shown beside it, they change nothing. ``doubt`` says what its state turns on.
    """

    act: str
    by: str
    trigger: int
    after: str | None
    opened: date
    due: Moment | None
    limit: str
    state: DutyState
    waiting_on: tuple[str, ...]
    rests_on: RestsOn
    history: tuple[Transition, ...]
    noted: tuple[int, ...] = ()
    doubt: str | None = None

    @property
    def revived(self) -> bool:
        """Whether it was extinguished once and switched on again."""
        return any(step.revived for step in self.history)

    def data(self) -> dict[str, Json]:
        """The duty as JSON."""
        return {
            "act": self.act,
            "by": self.by,
            "trigger": self.trigger,
            "after": self.after,
            "opened": str(self.opened),
            "due": printed(self.due),
            "limit": self.limit,
            "state": self.state,
            "revived": self.revived,
            "waiting_on": list(self.waiting_on),
            "rests_on": rests_on_data(self.rests_on),
            "noted": list(self.noted),
            "doubt": self.doubt,
            "history": [
                {"state": step.state, "on": str(step.on), "seq": step.seq, "revived": step.revived}
                for step in self.history
            ],
        }


@dataclass(frozen=True, slots=True)
class Deviation:
    """One thing that was not as the rules say, or of which nobody can tell (*undetermined*).

    ``on`` is the day of the event, and of *never done* the due date; ``seq`` the event; ``days`` and ``working_days``
    how late, where that can be counted; ``about`` the rest of the printed line.
    """

    on: date
    kind: DeviationKind
    act: str
    seq: int | None = None
    about: str = ""
    due: Moment | None = None
    days: int | None = None
    working_days: int | None = None
    rests_on: RestsOn = Stated.NOT_STATED
    leans_on: tuple[Lean, ...] = field(default=())

    @property
    def order(self) -> tuple[date, float, int]:
        """Where it is printed: by date, event, kind; what no event did comes after the events of its day."""
        return (self.on, float("inf") if self.seq is None else self.seq, DEVIATION_KINDS.index(self.kind))

    def data(self) -> dict[str, Json]:
        """The deviation as JSON."""
        return {
            "date": str(self.on),
            "kind": self.kind,
            "act": self.act,
            "seq": self.seq,
            "text": self.about,
            "due": printed(self.due),
            "days": self.days,
            "working_days": self.working_days,
            "rests_on": rests_on_data(self.rests_on),
            "leans_on": [lean.data() for lean in self.leans_on],
        }


def printed(moment: Moment | None) -> str | None:
    """A day as YYYY-MM-DD, an instant to the minute with its offset."""
    if isinstance(moment, datetime):
        return moment.isoformat(timespec="minutes" if not moment.second else "seconds")
    return None if moment is None else str(moment)


def rests_on_data(rests_on: RestsOn) -> Json:
    """What an act rests on as JSON: a list of norms, ``not stated``, or our reason."""
    if isinstance(rests_on, OurDesign):
        return {"our design": rests_on.reason}
    return str(rests_on) if isinstance(rests_on, Stated) else list(rests_on)


def rests_on_text(rests_on: RestsOn) -> str:
    """What an act rests on, for a line."""
    if isinstance(rests_on, OurDesign):
        return f"our design: {rests_on.reason}"
    return str(rests_on) if isinstance(rests_on, Stated) else ", ".join(rests_on)


def count(number: int, unit: str) -> str:
    """``1 day``, ``2 days``."""
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"
