"""A demo from first to last: set up or taken up again, every process started; then it stays, or is walked."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from answerable.cli import demo_browser
from answerable.cli import demo_reporting as reporting
from answerable.cli.demo_counts import counted
from answerable.cli.demo_pages import get
from answerable.cli.demo_places import (
    HOST,
    LEDGER_NAME,
    WITNESSES,
    Places,
    Ports,
    mark_ready,
    only_one,
    prepare,
)
from answerable.cli.demo_processes import DemoError, Family, run_command
from answerable.cli.demo_report import Walk, journey
from answerable.cli.demo_setup import bring_in, found, open_desk, recall, remember
from answerable.cli.demo_try import Shown, Try, tell, tell_walked, things, write_page
from answerable.cli.demo_waking import Woken
from answerable.cli.demo_walk import LOGS, Told, walk
from answerable.cli.output import say
from answerable.ledger.reading import folder_fetch
from answerable.record.checkpoint import Checkpoint
from answerable.record.errors import RecordError
from answerable.record.note import Note
from answerable.record.tiles import Reader

#: How long anything in the demo may take before it is called a failure; a busy machine of two cores needs some seconds.
_PATIENCE = 120.0
_LOOK_EVERY = 1.0


def run(data: Path, correspondence: Path, *, check: bool, stay: bool) -> None:
    """Set up or take up what is kept, start every process; then walk it with ``check``, and stay with ``stay``."""
    with only_one(data):
        _run_alone(data, correspondence, check=check, stay=stay)


def _run_alone(data: Path, correspondence: Path, *, check: bool, stay: bool) -> None:
    began = time.monotonic()
    chromium = demo_browser.find() if check else ""
    kept = prepare(data, keep=os.environ.get("DEMO_KEEP") == "1")
    if kept:
        numbers, accounts = recall(data)
        ports = Ports(numbers)
        places = Places(data.resolve(), ports.numbers, _statements(correspondence))
        say("kept", f"the data of an earlier demo in {data}")
    else:
        ports = Ports()
        places = Places(data.resolve(), ports.numbers, _statements(correspondence))
        found(places)
        accounts = open_desk(places)
    with Family.together(places.logs) as family:
        staff = _start(family, places, ports, kept=kept)
        leaves = [] if kept else bring_in(places, correspondence)
        remember(places, accounts)
        reporting.remember(places, staff)
        mark_ready(data)
        family.wait_for("the record to be cosigned", lambda: _published(places, leaves), seconds=_PATIENCE)
        say("cosigned", f"both logs of {LEDGER_NAME}, by a quorum of civil society and of States")
        shown = Shown(accounts, staff)
        seen = _publish(places, shown)
        _serve(family, ports, "public", "run", "public", str(places.public), "--log", str(places.ledger / "public"))
        for name in ("public", "reporter", "desk"):
            _wait_up(family, places, name)
        say("ready", f"{len(family.children)} processes after {time.monotonic() - began:.0f} s")
        if check:
            walked = _check(family, places, staff, chromium)
            if stay:
                tell_walked(walked)
        if stay:
            tell(places, _things(places, shown))
            _stay(family, places, shown, seen)


def _check(family: Family, places: Places, staff: reporting.Staff, chromium: str) -> Walk:
    """Walk what a stranger can check, then the way of somebody who reports, through a browser; what was walked."""
    with tempfile.TemporaryDirectory(prefix="answerable-stranger-") as folder:
        walk(_told(places), Path(folder))
        walked = journey(places, staff, Path(folder), family.check, chromium)
        counted(places, Path(folder), family.check)
    family.check()
    say("PASS", "everything a stranger can check is true; a report is answered, and counted")
    return walked


def _statements(correspondence: Path) -> tuple[Path, ...]:
    """The collections of statements of procedure that lie beside the correspondence, in the order of their names."""
    return tuple(sorted(path.parent.resolve() for path in correspondence.resolve().parent.glob("*/vocabulary.yaml")))


def _start(family: Family, places: Places, ports: Ports, *, kept: bool) -> reporting.Staff:
    """Start the witnesses, then who depends on them. With data that is kept, missed ticks are confirmed to be a gap."""
    for name in WITNESSES:
        _serve(family, ports, name, "record", "witness", "serve", str(places.witness(name)))
    for name in WITNESSES:
        _wait_up(family, places, name)
    if kept:
        staff = reporting.recall(places.data)
    else:
        run_command("run", "sequencer", str(places.ledger), "--once")  # the first entry names the deployment
        staff = reporting.set_up(places)
    gap = ("--confirm-gap",) if kept else ()
    ticks = ("--tick-every", str(reporting.TICK))
    family.start("sequencer", "run", "sequencer", str(places.ledger), *ticks, *gap)
    for name in ("editors", "reporter", "desk"):
        _serve(family, ports, name, "run", name, "--home", str(places.data / name))
    reporting.start(family, places)
    _wait_up(family, places, "editors")
    return staff


def _serve(family: Family, ports: Ports, name: str, *command: str) -> None:
    ports.release(name)
    family.start(name, *command, "--listen", f"{HOST}:{ports.numbers[name]}")


def _wait_up(family: Family, places: Places, name: str) -> None:
    def answers() -> bool:
        try:
            return get(places.url(name) + "/").status > 0
        except DemoError:
            return False

    family.wait_for(f"'{name}' to answer at {places.url(name)}", answers, seconds=_PATIENCE)


def _published(places: Places, leaves: list[bytes]) -> bool:
    """Whether both logs have a published checkpoint, that of the record over all of these leaves."""
    for log in LOGS:
        folder = places.ledger / "public" / log
        try:
            note = Note.parse((folder / "checkpoint").read_bytes())
            checkpoint = Checkpoint.parse(note.text)
        except (FileNotFoundError, RecordError):
            return False
        if log == "record":
            reader = Reader(folder_fetch(folder), checkpoint.size, checkpoint.root)
            if any(reader.find(leaf) is None for leaf in leaves):
                return False
    return True


def _publish(places: Places, shown: Shown) -> bytes:
    """Write the site from the desk and the public log, with the page of things to try; the checkpoint before that."""
    log = places.ledger / "public" / "record"
    checkpoint = (log / "checkpoint").read_bytes()
    run_command(
        *("publish", "site", str(places.public), "--home", str(places.editors)),
        *("--log", str(log), "--policy", str(places.ledger / "record.policy"), "--url", places.url("public")),
        *(word for collection in places.statements for word in ("--procedures", str(collection))),
    )
    write_page(places.public, _things(places, shown))
    return checkpoint


def _things(places: Places, shown: Shown) -> list[Try]:
    receipts = sorted(places.public.glob("receipts/*.tlog-proof"))
    if not receipts:
        raise DemoError("the site was written without a receipt", where=str(places.public))
    return things(places, shown, f"/{receipts[0].relative_to(places.public).as_posix()}")


def _told(places: Places) -> Told:
    """What the stranger of `--check` is told."""
    return Told(
        places.url("public"),
        {log: f"{LEDGER_NAME}/{log}" for log in LOGS},
        {log: places.ledger / f"{log}.policy" for log in LOGS},
    )


def _stay(family: Family, places: Places, shown: Shown, seen: bytes) -> None:
    """Until interrupted: tell which process has ended and when somebody would be woken, and write the site again when
    the record has grown beyond the checkpoint ``seen``, over which it was written."""
    checkpoint = places.ledger / "public" / "record" / "checkpoint"
    woken = Woken(places)
    while True:
        for line in woken.new():
            say("woken", line)
        for child in family.newly_ended():
            say("ended", f"'{child.name}', by itself or by you (exit code {child.process.returncode}); its log ends:")
            say("", child.last_lines())
            say("", "nothing is restarted; the others go on")
        if checkpoint.read_bytes() != seen:
            seen = _publish(places, shown)
            say("published", f"the record has grown to {Checkpoint.parse(Note.parse(seen).text).size:,} entries")
        time.sleep(_LOOK_EVERY)
