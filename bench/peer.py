"""The named peer: pymerkle 7, its tree in memory, over the same leaves.

It is licensed differently from us and is installed by `make bench` alone. Where it is absent, its columns say "not run"
and no ratio is claimed.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.figures import best_of

try:
    import pymerkle
except ImportError:
    pymerkle = None

#: Above this the peer takes too long to be run beside us.
LARGEST = 100_000


@dataclass(frozen=True)
class Peer:
    """What the peer took, in seconds: per entry appended (a batch of 256 and its root), per proof, per verification."""

    append: float
    proof: float
    verify: float
    root: bytes


def run(entries: Sequence[bytes], indices: Sequence[int]) -> Peer | None:
    """Grow the peer's tree over `entries`, 256 at a time, then prove and verify at `indices`; None: not installed."""
    if pymerkle is None or len(entries) > LARGEST:
        return None
    peer = pymerkle.InmemoryTree(algorithm="sha256")
    seconds = []
    for first in range(0, len(entries), 256):
        batch = entries[first : first + 256]
        start = time.perf_counter()
        peer.append_entries(batch)
        peer.get_root()
        seconds.append((time.perf_counter() - start) / len(batch))
    append = statistics.median(seconds)
    proofs = [peer.prove_inclusion(index + 1) for index in indices]
    prove = best_of(3, lambda: [peer.prove_inclusion(index + 1) for index in indices]) / len(indices)
    root = peer.get_root()
    leaves = [peer.get_leaf(index + 1) for index in indices]

    def verify() -> None:
        for leaf, proof in zip(leaves, proofs, strict=True):
            pymerkle.verify_inclusion(leaf, root, proof)

    return Peer(append, prove, best_of(3, verify) / len(indices), root)
