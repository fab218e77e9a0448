"""What durability costs, counted and not timed: fsyncs per checkpoint and per act, requests per witness.

The counting itself is `tests/ledger/test_costs.py`, which runs a real sequencer on SQLite and traces every fsync and
commit; this runs it here and says what it held.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.figures import Figure

_ROOT = Path(__file__).resolve().parents[1]
_TESTS = "tests/ledger/test_costs.py"
#: Name, what is exact, and the test that counts it.
_COUNTS = (
    ("fsyncs per checkpoint inside a tile", "10", "test_fsyncs_per_checkpoint and inside"),
    ("fsyncs per checkpoint filling one exactly", "12", "test_fsyncs_per_checkpoint and filling"),
    ("fsyncs per checkpoint crossing one", "16", "test_fsyncs_per_checkpoint and crossing"),
    ("fsyncs per act (and 2 by the signer)", "1", "test_an_act_costs_one_commit"),
    ("witness requests per checkpoint", "1 each", "test_witnesses_are_asked_once_per_checkpoint"),
)


def durability_figures() -> list[Figure]:
    """One figure per count; it holds when exactly that many were counted."""
    return [_figure(*count) for count in _COUNTS]


def _figure(name: str, exact: str, test: str) -> Figure:
    environment = {
        key: said for key, said in os.environ.items() if key not in ("ANSWERABLE_TEST_DATABASE", "DATABASE_URL")
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", _TESTS, "-k", test],
        cwd=_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    holds = done.returncode == 0
    return Figure(name, exact if holds else "another number", f"exactly {exact}", "", holds)
