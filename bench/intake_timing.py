"""Whether time tells what the answer does not: a code that exists against one that does not.

The gate is elsewhere, by counts (the same statements, the same bytes); this says what a watch sees.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """Medians in seconds, and the chance (two-sided) of one at least as large if there were none."""

    one: float
    other: float
    chance: float

    def __str__(self) -> str:
        apart = (self.one - self.other) * 1e6
        return f"{self.one * 1e6:7.0f} us and {self.other * 1e6:7.0f} us, {apart:+6.0f} us apart, p = {self.chance:.3f}"


def compare(one: Callable[[], object], other: Callable[[], object], times: int, shuffles: int = 1_000) -> Difference:
    """Time both in random turns, and shuffle the labels to see how often chance alone does as much."""
    chance = random.Random(0)
    turns = [one, other] * times
    chance.shuffle(turns)
    taken: dict[Callable[[], object], list[float]] = {one: [], other: []}
    for turn in turns:
        began = time.perf_counter()
        turn()
        taken[turn].append(time.perf_counter() - began)
    first, second = taken[one], taken[other]
    seen = abs(statistics.median(first) - statistics.median(second))
    pooled, as_large = first + second, 0
    for _ in range(shuffles):
        chance.shuffle(pooled)
        apart = statistics.median(pooled[: len(first)]) - statistics.median(pooled[len(first) :])
        as_large += abs(apart) >= seen
    return Difference(statistics.median(first), statistics.median(second), (as_large + 1) / (shuffles + 1))
