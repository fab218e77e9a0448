"""Audits, replays and walks of procedures: rates beside budgets and peers, and cost against size.

    python -m bench.procedures_replay [--quick]

The peers run in the same process on the same traces: the same semantics read with sets, and pm4py's check of Declare
constraints (its nearest to needs and responses; it has no exclusion, milestone or deadline), where pm4py is installed.
Exits 1 when a gate is missed. Gates are ratios of one run (docs/adr/0007); seconds are for information.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from answerable.procedures.facts import Background
from answerable.procedures.fold import run
from answerable.procedures.marking import Relations, Replay, relations
from answerable.procedures.plan import Plan
from answerable.procedures.procedure import Procedure
from answerable.procedures.walk import walk
from bench.figures import Figure, best_of, rate, table
from bench.procedures_sets import Sets
from bench.procedures_workload import CALENDAR, EVENTS, VOCABULARY, events, procedure, traces

Rows = list[tuple[str, ...]]

#: Traces that the slower peers are run on, taken from the same log.
PEER_TRACES = 2_000
#: Procedures of the walk, by seed and number of acts: the last has 90,668 markings, near the budget's 110,000.
WALKED = ((1, 12), (0, 12), (2, 16), (3, 12))


def replay_figures(sizes: Sequence[int]) -> tuple[list[Figure], Rows]:
    """Bare replay of as many traces, all deviations, beside the same with sets and beside pm4py."""
    model = procedure(1)
    order = relations(model)
    log = list(traces(order, max(sizes)))
    rows: Rows = []
    for size in sizes:
        seconds = best_of(2, partial(_replay, order, log[:size]))
        memory = _memory(partial(_replay, order, log[:size]))
        rows.append(
            (f"{size:,} traces", f"{size * EVENTS:,}", f"{seconds:.2f} s", rate(size * EVENTS / seconds), memory)
        )
    own = size * EVENTS / seconds
    few = log[:PEER_TRACES]
    named = [[order.acts[act] for act in trace] for trace in few]
    sets = Sets.of(model)
    _same(order, few, sets, named)
    by_sets = len(few) * EVENTS / best_of(2, lambda: [sets.replay(trace) for trace in named])
    name = f"bare replay, {size:,} traces, {size * EVENTS / 1e6:.1f} M events, all deviations"
    figures = [
        Figure(name, f"{seconds:.2f} s, {rate(own)}", "2.6 s"),
        Figure(
            "  beside the same semantics with sets",
            rate(by_sets),
            "3 times",
            f"{own / by_sets:.0f}",
            own >= 3 * by_sets,
        ),
    ]
    by_pm4py = _pm4py(model, named)
    if by_pm4py is None:
        figures.append(Figure("  beside pm4py's Declare conformance", "not run: pm4py is not installed", "2 times"))
    else:
        ratio = own / by_pm4py
        figures.append(
            Figure("  beside pm4py's Declare conformance", rate(by_pm4py), "2 times", f"{ratio:.0f}", ratio >= 2)
        )
    return figures, rows


def _replay(order: Relations, log: Sequence[Sequence[int]]) -> int:
    replay = Replay(order)
    return sum(len(replay.run(trace)[0]) for trace in log)


def _same(order: Relations, log: Sequence[Sequence[int]], sets: Sets, named: Sequence[Sequence[str]]) -> None:
    replay = Replay(order)
    for trace, names in zip(log, named, strict=True):
        ours, theirs = replay.run(trace), sets.replay(names)
        if [place for place, _ in ours[0]] != [place for place, _ in theirs[0]]:
            raise RuntimeError("the reading with sets finds other deviations: one of the two is wrong")


def _pm4py(model: Procedure, log: Sequence[Sequence[str]]) -> float | None:
    """Events a second of pm4py's check of our needs (*precedence*) and limits (*response*); None: not installed."""
    try:
        import pandas  # type: ignore[import-untyped]
        from pm4py.algo.conformance.declare import algorithm as declare  # type: ignore[import-not-found]
    except ImportError:
        return None
    start = datetime(2025, 1, 6)  # noqa: DTZ001  # pm4py wants naive times, and looks at their order alone
    columns: dict[str, list[Any]] = {"case:concept:name": [], "concept:name": [], "time:timestamp": []}
    for case, trace in enumerate(log):
        for place, act in enumerate(trace):
            columns["case:concept:name"].append(str(case))
            columns["concept:name"].append(act)
            columns["time:timestamp"].append(start + timedelta(hours=place))
    frame = pandas.DataFrame(columns)
    limits = [(rule.within.of, rule.act) for rule in model.acts if rule.within is not None and rule.within.of]
    needs = [(need, rule.act) for rule in model.acts for need in rule.needs]
    full = {"support": 1, "confidence": 1}
    constraints = {"precedence": dict.fromkeys(needs, full), "response": dict.fromkeys(limits, full)}
    return len(frame) / best_of(1, lambda: declare.apply(frame, constraints))


def audit_figures(sizes: Sequence[int]) -> tuple[list[Figure], Rows]:
    """Audits with facts, doers, working days, lateness and its chains: each case of real length, prepared once."""
    model = procedure(1)
    plan, background = Plan.of(model, CALENDAR, VOCABULARY), Background(VOCABULARY, None)
    draw = random.Random(7)
    log = list(traces(plan.order, max(sizes)))
    rows: Rows = []
    for size in sizes:
        cases = [events(plan.order, plan.by, trace, draw) for trace in islice(log, size)]
        start = time.perf_counter()
        found = sum(len(run(plan, background, case, as_of=date(2027, 12, 31)).deviations) for case in cases)
        seconds = time.perf_counter() - start
        own = size * EVENTS / seconds
        rows.append((f"{size:,} cases", f"{size * EVENTS:,}", f"{seconds:.2f} s", rate(own), f"{found:,} deviations"))
    return [Figure("audit with working days", f"{rate(own)} events", "19 k/s", "", own >= 19_000)], rows


def walk_figures() -> tuple[list[Figure], Rows]:
    """Walks of procedures of growing size, with all checks and their shortest paths."""
    rows: Rows = []
    own, size = 0.0, 0
    for seed, acts in WALKED:
        model = procedure(seed, acts)
        seconds = best_of(2, partial(walk, model))
        size = walk(model).markings
        own = size / seconds
        rows.append(
            (f"{acts} acts", f"{size:,} markings", f"{seconds:.2f} s", rate(own), _memory(partial(walk, model)))
        )
    small = procedure(*WALKED[0])
    ours = best_of(2, lambda: walk(small))
    theirs = best_of(1, lambda: Sets.of(small).walk(200_000))
    return [
        Figure(f"walk of {size:,} markings", f"{size / own:.2f} s, {rate(own)}", "1.4 s for 110,000"),
        Figure(
            "  beside the same walk with sets, finding markings alone",
            f"{theirs:.3f} s",
            "1 times",
            f"{theirs / ours:.1f}",
            theirs >= ours,
        ),
    ], rows


def _memory(work: Callable[[], object]) -> str:
    """The most memory held at once, in words. Measured apart: it slows what it measures."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return f"{peak / 1e6:,.1f} MB"


def figures(*, quick: bool = False) -> list[Figure]:
    """Every figure of this half, for the bench of the whole package."""
    return [figure for found, _ in _measured(quick) for figure in found]


def _measured(quick: bool) -> list[tuple[list[Figure], Rows]]:
    return [
        replay_figures((100, 1_000, 10_000) if quick else (1_000, 10_000, 100_000)),
        audit_figures((10, 100, 500) if quick else (100, 1_000, 5_000)),
        walk_figures(),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a gate is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    quick = parser.parse_args(arguments).quick
    measured = _measured(quick)
    every = [figure for found, _ in measured for figure in found]
    print(
        table(
            ("figure", "measured", "budget", "ratio", ""),
            [(f.name, f.measured, f.budget, f.ratio, f.verdict) for f in every],
        )
    )
    for title, (_, rows) in zip(("replay", "audit", "walk"), measured, strict=True):
        print(f"\ncost against size: {title}")
        print(table(("size", "of", "time", "rate", "beside"), rows))
    return int(any(figure.holds is False for figure in every))


if __name__ == "__main__":
    sys.exit(main())
