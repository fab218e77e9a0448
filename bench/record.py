"""The record's headline figures beside their budgets, and what each act costs as the log grows.

    python -m bench.record [--sizes 1000,10000,100000,1000000,10000000]

Exits 1 when a gate is missed. Gates are counts and ratios of one run (docs/adr/0007); seconds are for information.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from answerable.record.commit import seal
from answerable.record.tiles import Reader
from answerable.record.tree import Edge, leaf_hash, verify_inclusion
from bench import peer
from bench.durability import durability_figures
from bench.figures import Figure, best_of, rate, table
from bench.logs import BATCH, GrowingLog, entries, entry, spread

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
#: The size at which the headline rates are stated; the peer's are measured at the largest it is run at.
HEADLINE = 1_000_000
PROOFS = 2_000
MEMORY_BUDGET = 200_000_000


@dataclass(frozen=True)
class Row:
    """What each act costs in a log of `size` entries, in seconds; memory in bytes. `edge` is as it was then.

    `batch` is for 256 entries appended and rooted; `append` the same from leaf hashes that are there
    already, which is how the sequencer meets them.
    """

    size: int
    edge: Edge
    batch: float
    append: float
    proof: float
    verify: float
    audit: float
    memory: int
    bare: float
    peer: peer.Peer | None


def measure(log: GrowingLog, size: int) -> Row:
    """Grow the log to `size`, then measure there: appending, proving, verifying, auditing all of it."""
    log.grow(size)
    indices = list(spread(size, min(PROOFS, size)))
    reader = Reader(log.fetch(), size, log.edge.root())
    for index in indices:  # the tiles are read and checked once; what is measured is proving from what is kept
        reader.inclusion_proof(index)
    prove = best_of(3, lambda: [reader.inclusion_proof(index) for index in indices]) / len(indices)
    proofs = [(leaf_hash(entry(index)), index, reader.inclusion_proof(index)) for index in indices]
    root = log.edge.root()

    def verify() -> None:
        for leaf, index, proof in proofs:
            verify_inclusion(leaf, index, size, proof, root)

    checked = best_of(3, verify) / len(indices)
    audit = _audit(log)
    beside = peer.run(entries(0, size), indices) if size <= peer.LARGEST else None
    if beside is not None and beside.root != root:
        raise RuntimeError(f"the peer computes another root at size {size}: one of us is wrong")
    return Row(size, log.edge.copy(), 0.0, 0.0, prove, checked, audit["seconds"], audit["bytes"], audit["bare"], beside)


def batch_costs(edges: list[Edge], *, hashing: bool, batches: int = 128) -> list[float]:
    """Seconds for one batch of 256 appended to each edge and rooted, `hashing` the entries too: medians.

    The edges take turns, so that what else the machine does in a moment falls on all of them alike.
    """
    data = entries(0, BATCH)
    leaves = [leaf_hash(one) for one in data]
    seconds: list[list[float]] = [[] for _ in edges]
    for _ in range(batches):
        for edge, mine in zip(edges, seconds, strict=True):
            start = time.perf_counter()
            edge.append([leaf_hash(one) for one in data] if hashing else leaves)
            edge.root()
            mine.append(time.perf_counter() - start)
    return [statistics.median(mine) for mine in seconds]


def _audit(log: GrowingLog) -> dict[str, float]:
    """A full audit in a process of its own."""
    (log.folder / "policy").write_text(log.policy_text)
    done = subprocess.run(
        [sys.executable, "-m", "bench.audit", str(log.folder)], capture_output=True, text=True, check=True
    )
    result: dict[str, float] = json.loads(done.stdout)
    if result.pop("verdict") != "PASS":
        raise RuntimeError("the audit of a sound log did not pass")
    return result


def append_figure(rows: list[Row]) -> Figure:
    """Append and root in batches of 256 at 1 M entries. The ratio to the peer at 100 k counts hashing on both sides."""
    row, beside = _at(rows, HEADLINE), _peer(rows)
    ours = BATCH / row.append
    ratio = BATCH * beside.append / row.batch if beside else None
    return Figure(
        f"append + root, batches of 256, at {row.size:,}",
        rate(ours),
        ">= 1 M/s; >= 5 x pymerkle",
        _times(ratio),
        None if ratio is None else ratio >= 5,
    )


def proof_figure(rows: list[Row]) -> Figure:
    """Inclusion proofs from tiles with the node cache at 1 M entries, against the peer's at 100 k."""
    row, beside = _at(rows, HEADLINE), _peer(rows)
    ratio = beside.proof / row.proof if beside else None
    return Figure(
        f"inclusion proof from tiles, at {row.size:,}",
        rate(1 / row.proof),
        ">= 20 k/s; >= 1 x pymerkle",
        _times(ratio),
        None if ratio is None else ratio >= 1,
    )


def audit_figure(rows: list[Row]) -> Figure:
    """A full audit at 1 M entries against a bare loop of two SHA-256 calls per entry in the same process."""
    row = _at(rows, HEADLINE)
    return Figure(
        f"full audit of {row.size:,} entries",
        f"{row.audit:.2f} s",
        "<= 3 s per M; <= 5 x bare SHA-256",
        f"{row.audit / row.bare:.2f} x",
        row.audit <= 5 * row.bare,
    )


def memory_figure(rows: list[Row]) -> Figure:
    """The memory of a full audit at the largest size measured."""
    row = rows[-1]
    return Figure(
        f"memory of a full audit of {row.size:,}",
        f"{row.memory / 1e6:,.0f} MB",
        "< 200 MB",
        "",
        row.memory < MEMORY_BUDGET,
    )


def flat_figure(rows: list[Row]) -> Figure:
    """How the cost of a batch changes from the smallest log to the largest."""
    costs = [row.batch for row in rows]
    spread_ = max(costs) / min(costs)
    return Figure(
        f"append cost, {rows[0].size:,} to {rows[-1].size:,}", f"{spread_:.2f} x", "within 2 x", "", spread_ <= 2
    )


def sealing_figure() -> Figure:
    """Sealing an event of ten fields."""
    event = {
        "v": 1,
        "kind": "report.joined",
        "case": "0" * 32,
        "seq": 0,
        "prev": None,
        "at": "2026-12-01",
        "by": "assessor",
        "procedure": None,
        "after": {"root": "A" * 43 + "=", "size": 4211},
        "report": "2" * 64,
    }
    count = 2_000
    seconds = best_of(3, lambda: [seal(event, number.to_bytes(32, "big")) for number in range(count)])
    return Figure("sealing a ten-field event", rate(count / seconds), ">= 10 k/s")


def _at(rows: list[Row], size: int) -> Row:
    """The row of `size`, or the nearest when that was not measured."""
    return min(rows, key=lambda row: abs(row.size - size))


def _peer(rows: list[Row]) -> peer.Peer | None:
    """The peer at the largest size it was run at."""
    return next((row.peer for row in reversed(rows) if row.peer), None)


def _times(ratio: float | None) -> str:
    return "peer not run" if ratio is None else f"{ratio:.1f} x"


def cost_table(rows: list[Row]) -> str:
    """Cost against size; the peer's beside ours where it was run."""
    head = ("entries", "append 256", "pymerkle", "proof", "pymerkle", "verify", "pymerkle", "full audit", "its memory")

    def micro(seconds: float | None) -> str:
        return "not run" if seconds is None else f"{seconds * 1e6:,.1f} µs"

    body = [
        (
            f"{row.size:,}",
            micro(row.batch),
            micro(row.peer and row.peer.append * BATCH),
            micro(row.proof),
            micro(row.peer and row.peer.proof),
            micro(row.verify),
            micro(row.peer and row.peer.verify),
            f"{row.audit:,.2f} s",
            f"{row.memory / 1e6:,.0f} MB",
        )
        for row in rows
    ]
    return table(head, body)


def main() -> int:
    """Measure, print, and tell by the exit code whether every gate holds."""
    parser = argparse.ArgumentParser(prog="python -m bench.record", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="log sizes, ascending, separated by commas")
    sizes = sorted({int(size) for size in parser.parse_args().sizes.split(",")})
    rows = []
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as folder:
        log = GrowingLog(Path(folder))
        for size in sizes:
            rows.append(measure(log, size))
            print(f"measured {size:,} entries", file=sys.stderr, flush=True)
    edges = [row.edge for row in rows]
    costs = zip(batch_costs(edges, hashing=True), batch_costs(edges, hashing=False), strict=True)
    rows = [replace(row, batch=batch, append=append) for row, (batch, append) in zip(rows, costs, strict=True)]
    figures = [
        append_figure(rows),
        proof_figure(rows),
        audit_figure(rows),
        memory_figure(rows),
        flat_figure(rows),
        sealing_figure(),
        *durability_figures(),
    ]
    print("Cost against the size of the log\n")
    print(cost_table(rows), end="\n\n")
    lines = [(figure.name, figure.measured, figure.ratio, figure.budget, figure.verdict) for figure in figures]
    print(table(("figure", "measured", "ratio", "budget", "gate"), lines))
    return 1 if any(figure.holds is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
