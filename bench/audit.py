"""A full audit of one log folder, in a process whose memory is its own: `python -m bench.audit FOLDER`."""

from __future__ import annotations

import json
import sys
import time
from hashlib import sha256
from pathlib import Path

from answerable.record.policy import Policy
from answerable.record.verify import verify_copy


def peak_memory() -> int:
    """The most memory this process has held, in bytes. Not from getrusage: that remembers the parent's, too."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this system does not tell a process's peak memory; run the bench on Linux")


def bare_hashing(count: int) -> float:
    """Seconds for `count` bare SHA-256 calls over the 65 bytes of an inner node: the least an audit can cost."""
    node = bytes(65)
    start = time.perf_counter()
    for _ in range(count):
        sha256(node).digest()
    return time.perf_counter() - start


def main(folder: Path) -> None:
    """Audit the log in `folder` under its `policy` and print seconds, peak memory and the verdict as JSON."""
    policy = Policy.parse((folder / "policy").read_text())
    size = int((folder / "checkpoint").read_text().splitlines()[1])
    start = time.perf_counter()
    report = verify_copy(lambda path: (folder / path).read_bytes(), policy)
    seconds = time.perf_counter() - start
    memory = peak_memory()
    bare = bare_hashing(2 * min(size, 1_000_000)) * max(1.0, size / 1_000_000)
    print(json.dumps({"seconds": seconds, "bytes": memory, "bare": bare, "verdict": report.verdict}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
