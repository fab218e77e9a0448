"""Procedures and logs drawn by Hypothesis."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

from hypothesis import strategies as st

from answerable.procedures.casefile import Event, When
from answerable.procedures.condition import Condition, Test
from answerable.procedures.errors import Place
from answerable.procedures.fields import NOT_STATED
from answerable.procedures.limit import UNSTATED, Limit
from answerable.procedures.procedure import ActRule, IfLate, Procedure, Starts
from answerable.procedures.statement import Applies
from tests.procedures.running import Model, model

PLACE = Place("drawn.yaml", 1)
ACTS = ("a", "b", "c", "d", "e")
LATE = ("x", "y")
CREDIBLE = Test("credible", "is", ("yes",))
FIRST = date(2025, 3, 3)
#: What the drawn procedures run on.
BASE = model("{act: report}")


def limits(of: str | None = None) -> st.SearchStrategy[Limit]:
    return st.sampled_from(_LIMITS).map(lambda limit: replace(limit, of=of) if limit.measured else limit)


_LIMITS = (
    UNSTATED,
    Limit(2, "weeks", normally=True),
    *(Limit(amount, unit) for amount in (0, 1, 2, 5, 12) for unit in ("days", "working days", "hours")),
)


def _some(among: tuple[str, ...], most: int) -> st.SearchStrategy[tuple[str, ...]]:
    """Few of the acts, mostly none: one draw."""
    every = [choice for size in range(most + 1) for choice in combinations(among, size)]
    return st.sampled_from([()] * (len(every) // 2) + every)


@st.composite
def chains(draw: st.DrawFn, names: tuple[str, ...] = LATE) -> IfLate | None:
    if not names or draw(st.booleans()):
        return None
    return IfLate("court", names[0], draw(limits()), draw(chains(names[1:])), PLACE)


@st.composite
def rules(draw: st.DrawFn, act: str, acts: tuple[str, ...], *, conditions: bool) -> ActRule:
    when: Condition | None = draw(st.sampled_from((None, CREDIBLE))) if conditions else None
    kind = draw(st.sampled_from(("none", "of", "of", "of", "first")))
    within = None if kind == "none" else draw(limits(draw(st.sampled_from(acts)) if kind == "of" else None))
    if within is not None and within.word and kind == "of":
        within = Limit(3, "days", draw(st.sampled_from(acts)))
    return ActRule(
        act,
        draw(st.sampled_from(("office", "court"))),
        NOT_STATED,
        draw(_some((*acts, "nowhere"), 2)),
        when,
        within,
        tuple(Starts(other, draw(limits()), PLACE) for other in draw(_some(acts, 1))),
        draw(_some(acts, 2)),
        draw(_some(acts, 2)),
        draw(_some(acts, 2)),
        draw(chains()),
        None,
        None,
        False,
        (),
        PLACE,
    )


@st.composite
def procedures(draw: st.DrawFn, *, conditions: bool = True, most: int = 4) -> Procedure:
    """A procedure of a few acts with any relations between them."""
    acts = ACTS[: draw(st.integers(2, most))]
    return Procedure(
        "drawn",
        1,
        "constructed",
        "plain",
        Applies(date(2025, 1, 1), None, "a"),
        draw(st.sampled_from((None, Limit(5, "days")))),
        (draw(st.sampled_from(acts)),),
        tuple(draw(rules(act, acts, conditions=conditions)) for act in acts),
        PLACE,
    )


def of(procedure: Procedure) -> Model:
    return Model(procedure, BASE.calendar, BASE.vocabulary)


@st.composite
def logs(draw: st.DrawFn, *, exact: bool = False, most: int = 8) -> tuple[Event, ...]:
    """Events of the drawn acts: a few weeks, some recorded late, some corrections, some known only to an interval."""
    found: list[Event] = []
    for seq in range(1, draw(st.integers(0, most)) + 1):
        first = FIRST + timedelta(days=draw(st.integers(0, 15)))
        last = first + timedelta(days=0 if exact else draw(st.sampled_from((0, 0, 0, 0, 1, 9))))
        start = None if not exact and draw(st.integers(0, 9)) == 0 else first
        sets = {"credible": draw(st.sampled_from(("yes", "no")))} if draw(st.integers(0, 3)) == 0 else {}
        corrects = draw(st.sampled_from([None] * 6 + [one.seq for one in found])) if not exact else None
        answers = (draw(st.sampled_from(found)).seq,) if found and draw(st.integers(0, 9)) == 0 else ()
        found.append(
            Event(
                seq,
                When(start, last),
                last + timedelta(days=draw(st.sampled_from((0, 0, 0, 1, 20)))),
                draw(st.sampled_from(("office", "court"))),
                draw(st.sampled_from((*ACTS[:3], *ACTS[:3], *ACTS, *LATE))),
                None,
                sets,
                None,
                None,
                None,
                corrects,
                answers,
                PLACE,
            )
        )
    return tuple(found)


def days() -> st.SearchStrategy[date]:
    return st.integers(0, 40).map(lambda days: FIRST + timedelta(days=days))
