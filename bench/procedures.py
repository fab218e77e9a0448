"""The headline figures of statements of procedure beside their budgets, and each cost as the statements grow.

    python -m bench.procedures [--sizes 50,200,1000,5000]

Named peers run in the same process: clingo for reasoning, and for replay those that `bench.procedures_replay` names.
Exits 1 when a gate is missed. Gates are counts and ratios of one run (docs/adr/0007); seconds are for information.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from answerable.procedures.ask import ask
from answerable.procedures.collection import from_folder
from answerable.procedures.compare import compare
from bench import procedures_reason
from bench.figures import Figure, table

EXAMPLE = Path(__file__).parents[1] / "examples" / "un-2017" / "three-statements"


def worked_example() -> Figure:
    """Reading, comparing and asking the worked example, from files to findings."""
    start = time.process_time()
    collection = from_folder(EXAMPLE).sound()
    found = len(compare(collection).findings) + len(ask(collection).findings)
    seconds = time.process_time() - start
    return Figure(
        f"compare and ask, worked example, {found} findings", f"{seconds:.2f} s", "1.8 s", f"{seconds / 1.8:.2f}"
    )


def replay() -> Iterable[Figure]:
    """The figures of running and auditing procedures, where that bench is there."""
    if importlib.util.find_spec("bench.procedures_replay") is None:
        return ()
    return tuple(importlib.import_module("bench.procedures_replay").figures())


def main() -> int:
    """Measure, print, and say whether every gate holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", default=",".join(map(str, procedures_reason.SIZES)))
    chosen = [int(word.replace("_", "")) for word in parser.parse_args().sizes.split(",")]
    text, figures = procedures_reason.figures(chosen)
    print(f"{text}\n")
    every = [*figures, worked_example(), *replay()]
    print(table(("figure", "measured", "budget", "ratio", ""), [(*_cells(one), one.verdict) for one in every]))
    return int(any(one.holds is False for one in every))


def _cells(one: Figure) -> tuple[str, str, str, str]:
    return one.name, one.measured, one.budget, one.ratio


if __name__ == "__main__":
    sys.exit(main())
