"""What a figure is, and how it is measured and printed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure. `holds` is the gate, a count or a ratio of the same run; None where there is no gate."""

    name: str
    measured: str
    budget: str
    ratio: str = ""
    holds: bool | None = None

    @property
    def verdict(self) -> str:
        """What the last column says."""
        return {True: "holds", False: "MISSED", None: ""}[self.holds]


def best_of(times: int, work: Callable[[], object]) -> float:
    """The shortest of several runs of `work`, in seconds: what is longer was the machine's business, not the code's."""
    shortest = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest


def rate(count: float) -> str:
    """A rate a person can read: 1.53 M/s, 38.1 k/s."""
    for unit, name in ((1e6, " M/s"), (1e3, " k/s")):
        if count >= unit:
            return f"{count / unit:,.2f}{name}" if count < 100 * unit else f"{count / unit:,.0f}{name}"
    return f"{count:,.0f}/s"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Columns as wide as they must be, the first to the left and the others to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = []
    for row in [head, tuple("-" * width for width in widths), *rows]:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
