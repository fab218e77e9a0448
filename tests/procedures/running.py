"""Procedures and events for tests of execution: a procedure is written as its files write it, an event in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from answerable.procedures.calendar import Calendar
from answerable.procedures.casefile import Event, Moment, TakenAs, When
from answerable.procedures.domain import Value
from answerable.procedures.duties import Deviation
from answerable.procedures.errors import Place
from answerable.procedures.facts import Reasoner
from answerable.procedures.fields import NOT_STATED, Stated
from answerable.procedures.fold import State, fold
from answerable.procedures.procedure import Procedure
from answerable.procedures.vocabulary import Vocabulary
from tests.procedures.making import CALENDAR, VOCABULARY, collection

HEADER = """\
procedure: model
version: 1
status: constructed
calendar: plain
applies: {from: 2025-01-01, to: still, chosen by: report}
"""
#: A vocabulary in which what is credible is of the high grade, and no report of the high grade is about no children.
FACTS = VOCABULARY.replace("\nacts:", "\n  clerk: {office: yes}\nacts:") + (
    "assumptions:\n  - {id: credible-is-high, holds: not credible or grade = high, because: so it is}\n"
    "  - {id: high-has-children, holds: not grade = high or children > 0, because: so it is}\n"
)


@dataclass(frozen=True)
class Model:
    """A procedure with what it runs on."""

    procedure: Procedure
    calendar: Calendar
    vocabulary: Vocabulary

    def fold(
        self,
        events: Iterable[Event],
        as_of: str,
        *,
        known_at: str | None = None,
        facts: Mapping[str, Value] | None = None,
        reasoner: Reasoner | None = None,
    ) -> State:
        return fold(
            self.procedure,
            self.calendar,
            self.vocabulary,
            events,
            as_of=moment(as_of),
            known_at=None if known_at is None else moment(known_at),
            facts=facts,
            reasoner=reasoner,
        )


def model(acts: str, *, ends: str = "close", header: str = HEADER, calendar: str = CALENDAR) -> Model:
    """The procedure with these ``acts``, one YAML mapping a line: by the office, resting on nothing, unless it says."""
    lines = []
    for line in acts.strip().splitlines():
        body = line.strip().removeprefix("{").removesuffix("}")
        extra = "".join(
            f", {key}: {value}"
            for key, value in (("by", "office"), ("rests on", "not stated"))
            if f"{key}:" not in body
        )
        lines.append(f"  - {{{body}{extra}}}")
    text = f"{header}ends: {ends}\nacts:\n" + "\n".join(lines) + "\n"
    files = {
        "vocabulary.yaml": FACTS,
        "procedures/model.yaml": text,
        "calendars/plain.yaml": calendar,
        "cases/one.yaml": "case: one\nconstructed: yes\nfacts: {}\n",
    }
    made = collection(files).sound()
    return Model(made.procedures[0], made.calendars["plain"], made.vocabulary)


def moment(text: str) -> Moment:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def event(
    seq: int,
    at: str | When,
    act: str,
    *,
    who: str | Stated = "office",
    recorded: str | None = None,
    sets: Mapping[str, Value] | None = None,
    person: str | None = None,
    reasons: str | None = None,
    corrects: int | None = None,
    answers: tuple[int, ...] = (),
    taken_as: str | None = None,
) -> Event:
    """An event, recorded when it happened unless said otherwise."""
    when = at if isinstance(at, When) else When(moment(at), moment(at))
    last = when.not_after if recorded is None else moment(recorded)
    assert last is not None, "say when it was recorded"
    taken = None if taken_as is None else TakenAs("for the sake of the test", taken_as)
    place = Place("cases/test.yaml", seq)
    return Event(seq, when, last, who, act, person, dict(sets or {}), None, taken, reasons, corrects, answers, place)


def between(first: str | None, last: str | None) -> When:
    return When(moment(first) if first else None, moment(last) if last else None)


UNSTATED = When(None, None, stated=False)
__all__ = ["NOT_STATED", "UNSTATED", "Model", "between", "event", "kinds", "model", "moment", "states"]


def states(state: State) -> list[tuple[str, str]]:
    """Each duty's act and state, in the order of opening."""
    return [(duty.act, duty.state) for duty in state.duties]


def kinds(found: State | Iterable[Deviation]) -> list[tuple[str, str]]:
    """Each deviation's kind and act, in print order."""
    deviations = found.deviations if isinstance(found, State) else found
    return [(one.kind, one.act) for one in deviations]
