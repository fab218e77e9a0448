"""`answerable demo --check`, the counts: what is published of a quarter is what the register opens to.

A member of the panel audits with the openings that the desk holds and the key of the pads: every slot of the register
so far must open as one thing, and the record says so. Then the quarter is counted and published, and the open entry's
numbers are those of the openings and of the audit.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from answerable.cli.demo_panel import MEMBERS
from answerable.cli.demo_places import Places
from answerable.cli.demo_processes import COMMAND, DemoError, run_command
from answerable.cli.output import say
from answerable.ledger.reading import folder_fetch
from answerable.record import commit
from answerable.record.checkpoint import Checkpoint
from answerable.record.note import Note
from answerable.record.tiles import Reader
from answerable.record.tree import leaf_hash

_SECONDS = 120.0
_PAUSE = 2.0


def quarter() -> str:
    """The quarter that now is, such as 2026-Q4."""
    return _of(datetime.now(UTC).date().isoformat())


def _of(day: str) -> str:
    """The quarter that a day is in."""
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


def counted(places: Places, folder: Path, check: Callable[[], None]) -> None:
    """Audit every slot, publish the quarter's counts, and compare. Raises `DemoError` at the first untrue thing."""
    period = quarter()
    key = folder / "period.key"
    run_command("record", "period-key", str(places.ledger), "--period", period, "--out", str(key))
    slots = _audited(places, period, key, check)
    kinds = _kinds(places, folder / "openings", period)
    said = json.loads(run_command("casework", "counts", period, "--publish", "--home", str(places.desk), "--json"))
    entry = _entry(places, said["leaf"], check)
    whole = entry["received"] == kinds["report.received"] and entry["joined"] + entry["ended"] == kinds["report.joined"]
    if not whole or entry["slots_audited"] != slots:
        raise DemoError(f"the record says {entry}, and the register opens to {dict(kinds)}")
    say(
        "counted",
        f"{slots:,} slots open to {entry['received']} reports of {period}; the record says as many of both",
    )


def _audited(places: Places, period: str, key: Path, check: Callable[[], None]) -> int:
    """Have every slot that there is audited and recorded, and the entry published; how many slots there were."""
    register = str(places.ledger / "public" / "register")
    member = places.panel / f"{MEMBERS[0]}.key"
    words = ("audit", period, "--log", register, "--period-key", str(key), "--sign", str(member), "--so-far")
    deadline = time.monotonic() + _SECONDS
    while True:
        check()
        done = subprocess.run(
            [*COMMAND, "casework", *words, "--home", str(places.desk), "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            found: dict[str, Any] = json.loads(done.stdout)
            _entry(places, found["leaf"], check)
            return int(found["slots"])
        if time.monotonic() > deadline:
            break
        time.sleep(_PAUSE)  # entries on their way are in the register and not at the desk, or the other way round
    raise DemoError(f"the register's slots do not open: {(done.stderr or done.stdout).strip()[-600:]}", where=register)


def _kinds(places: Places, file: Path, period: str) -> Counter[str]:
    """What kinds the openings are of that the desk holds of a quarter."""
    run_command("casework", "openings", "--home", str(places.desk), "--out", str(file))
    events = [commit.open_entry(line)[1] for line in file.read_bytes().splitlines()]
    # One made-up report came days ago, which may be another quarter.
    return Counter(one.kind for one in events if "at" in one.fields and _of(str(one.fields["at"])) == period)


def _entry(places: Places, leaf: str, check: Callable[[], None]) -> dict[str, Any]:
    """The published entry of the record with this leaf hash, once it is there."""
    folder = places.ledger / "public" / "record"
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        check()
        checkpoint = Checkpoint.parse(Note.parse((folder / "checkpoint").read_bytes()).text)
        reader = Reader(folder_fetch(folder), checkpoint.size, checkpoint.root)
        for data in reader.entries(max(0, checkpoint.size - 16), checkpoint.size):
            if leaf_hash(data).hex() == leaf:
                return dict(json.loads(data))
        time.sleep(_PAUSE)
    raise DemoError("the counts were recorded and did not come into the published record", where=str(folder))
