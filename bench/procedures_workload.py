"""Procedures, traces and cases to measure with: drawn once from a seed, so that every run measures the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from answerable.procedures.calendar import Calendar
from answerable.procedures.casefile import Event, When
from answerable.procedures.condition import Test
from answerable.procedures.domain import Fact, YesNo
from answerable.procedures.errors import Place
from answerable.procedures.fields import NOT_STATED
from answerable.procedures.limit import Limit
from answerable.procedures.marking import Marking, Relations
from answerable.procedures.procedure import ActRule, IfLate, Procedure
from answerable.procedures.statement import Applies
from answerable.procedures.vocabulary import Party, Vocabulary

PLACE = Place("bench.yaml", 1)
#: Acts in a procedure, acts in the largest walked, events in a trace: what real procedures and their cases have.
ACTS, EVENTS = 12, 20
START = date(2025, 1, 6)
CALENDAR = Calendar(
    "bench", "Europe/Zurich", frozenset(range(5)), frozenset({date(2025, 12, 25), date(2026, 1, 1)}),
    date(2024, 1, 1), date(2030, 12, 31), False, False, "refuse", PLACE,
)  # fmt: skip
VOCABULARY = Vocabulary(
    "bench",
    "sources.yaml",
    {"credible": Fact("credible", YesNo(), True, "office", NOT_STATED, PLACE)},
    {"office": Party("office", True, (), PLACE), "court": Party("court", True, (), PLACE)},
    {},
    (),
    {},
)


def procedure(seed: int, acts: int = ACTS) -> Procedure:
    """A procedure with as many acts: a chain of needs, and relations across it as the seed has them."""
    draw = random.Random(seed)
    names = [f"act {number}" for number in range(acts)]
    rules = []
    for number, name in enumerate(names):
        earlier, others = names[:number], [other for other in names if other != name]
        limit = None
        if earlier and draw.random() < 0.4:
            limit = Limit(draw.randint(2, 20), draw.choice(("days", "working days")), draw.choice(earlier))
        late = draw.random() < 0.3 and limit is not None
        rules.append(
            ActRule(
                name,
                draw.choice(("office", "court")),
                NOT_STATED,
                tuple(draw.sample(earlier, 1)) if earlier and draw.random() < 0.7 else (),
                Test("credible", "is", ("yes",)) if limit is not None and draw.random() < 0.3 else None,
                limit,
                (),
                tuple(draw.sample(others, 1)) if draw.random() < 0.2 else (),
                tuple(draw.sample(others, 2)) if draw.random() < 0.2 else (),
                tuple(draw.sample(others, 2)) if draw.random() < 0.1 else (),
                IfLate("court", f"ask why {name} is late", Limit(3, "working days"), None, PLACE) if late else None,
                None,
                None,
                False,
                (),
                PLACE,
            )
        )
    return Procedure(
        "bench", 1, "constructed", "bench", Applies(START, None, names[0]), None, (names[-1],), tuple(rules), PLACE
    )


def traces(order: Relations, count: int, seed: int = 1, noise: float = 0.05) -> Iterator[list[int]]:
    """Traces of acts by number, mostly as the procedure allows: one act in twenty is any act at all."""
    draw = random.Random(seed)
    every = range(len(order.acts))
    allowed: dict[Marking, list[int]] = {}
    for _ in range(count):
        marking, trace = order.first(), []
        for _ in range(EVENTS):
            if marking not in allowed:
                allowed[marking] = [act for act in every if not order.wrong(marking, act)] or list(every)
            act = draw.choice(every) if draw.random() < noise else draw.choice(allowed[marking])
            trace.append(act)
            marking = order.after(marking, act)
        yield trace


def events(order: Relations, by: tuple[str, ...], trace: list[int], draw: random.Random) -> tuple[Event, ...]:
    """A trace as the events of a case: a few days apart, now and then by another, one in three setting the fact."""
    day, found = START + timedelta(days=draw.randrange(300)), []
    for seq, act in enumerate(trace, 1):
        day += timedelta(days=draw.choice((0, 0, 1, 1, 2, 5, 14)))
        who = by[act] if draw.random() < 0.97 else "court"
        sets = {"credible": draw.choice(("yes", "no"))} if draw.random() < 0.33 else {}
        found.append(
            Event(seq, When(day, day), day, who, order.acts[act], None, sets, None, None, None, None, (), PLACE)
        )
    return tuple(found)
