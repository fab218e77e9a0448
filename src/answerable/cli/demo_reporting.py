"""The demo's reporting side: panel, desk with its people, carry, and the site of those who report."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from answerable.cli import demo_panel, demo_waking
from answerable.cli.demo_people import readers_text
from answerable.cli.demo_places import LEDGER_NAME, Places
from answerable.cli.demo_processes import DemoError, Family, run_command
from answerable.cli.output import say

NOTES = "reporting.json"
#: Seconds from one tick of the demo's register to the next; in a deployment it is a quarter of an hour.
TICK = 10


@dataclass(frozen=True)
class Staff:
    """What was made for whoever runs the demo: people of the desk, and reports with their codes."""

    people: list[dict[str, Any]] = field(repr=False)
    reports: list[dict[str, str]] = field(repr=False)

    def who(self, role: str) -> dict[str, Any]:
        """The first person of a role."""
        return next(one for one in self.people if one["role"] == role)


def set_up(places: Places) -> Staff:
    """Make everything, in the order in which a deployment does. The record's first entry must be published."""
    public = places.ledger / "public"
    acks = {}
    for party, database in (("reporter", places.reporter / "intake.db"), ("desk", places.desk / "desk.db")):
        said = run_command("record", "add-party", str(places.ledger), party, str(database), "--json")
        acks[party] = json.loads(said)["vkey"]
    box, office = _carry(places)
    keys = demo_panel.make_keys(places.panel, LEDGER_NAME)
    deployment = places.panel / "deployment.json"
    panel = [word for key in keys for word in ("--panel", str(key.verifier))]
    run_command(
        *("casework", "deployment", "--log", str(public / "record"), "--ledger-name", LEDGER_NAME),
        *("--opening-box", box, "--ack", acks["reporter"], "--out", str(deployment), *panel),
    )
    demo_panel.hold_ceremony(places.panel, bytes.fromhex(json.loads(deployment.read_text())["deployment"]))
    say("panel", f"{len(keys)} members hold the recovery key; {demo_panel.THRESHOLD} open together")
    people = _open_desk(places, deployment)
    readers = _readers(places, people, keys, office)
    _open_site(places, deployment, readers)
    reports = _module("demo_reports", places.reporter)
    say("reports", f"{len(reports)} made-up reports are filed, in four languages; one of them is late")
    return Staff(people, reports)


def _carry(places: Places) -> tuple[str, str]:
    """Carry's folder: the public keys of the opening box and of the office."""
    ledger = places.ledger
    said = run_command(
        *("casework", "carry-init", str(places.carry)),
        *("--desk", str(places.desk), "--reporter", str(places.reporter)),
        *("--register", str(ledger / "public" / "register"), "--register-policy", str(ledger / "register.policy")),
        *("--record", str(ledger / "public" / "record"), "--record-policy", str(ledger / "record.policy"), "--json"),
    )
    made = json.loads(said)
    return str(made["opening_box"]), str(made["office"])


def _open_desk(places: Places, deployment: Path) -> list[dict[str, Any]]:
    run_command(
        *("casework", "init", "--home", str(places.desk), "--ledger-name", LEDGER_NAME),
        *("--ack-key", str(_own_key(places, "desk", places.desk)), "--deployment", str(deployment)),
        *("--recovery-key", str(places.panel / demo_panel.RECOVERY_KEY), "--url", places.url("desk")),
        *("--log", f"{places.url('public')}/record"),
    )
    people: list[dict[str, Any]] = _module("demo_people", places.desk)
    say("desk", f"{len(people)} people, each with a second factor and keys of their own")
    return people


def _own_key(places: Places, party: str, home: Path) -> Path:
    """The party's acknowledgement key, moved to where only it reads it."""
    home.mkdir(mode=0o700, exist_ok=True)
    return (places.ledger / "keys" / f"ack-{party}.key").rename(home / "ack.key")


def _readers(places: Places, people: list[dict[str, Any]], keys: list[Any], office: str) -> Path:
    """The readers' note, drafted from the access table, signed by two of the panel, and in force at the desk."""
    folder = places.panel
    (folder / "people.yaml").write_text(readers_text(people), "utf-8")
    today = datetime.now(UTC).date().isoformat()
    run_command(
        *("sealing", "readers", "draft", str(folder / "people.yaml"), "--key", str(folder / demo_panel.RECOVERY_KEY)),
        *("--office", office, "--epoch", "1", "--day", today, "--out", str(folder / "readers.txt")),
    )
    note = folder / "readers.note"
    note.write_bytes(demo_panel.sign((folder / "readers.txt").read_text("utf-8"), keys))
    run_command("casework", "readers", str(note), "--home", str(places.desk))
    return note


def _open_site(places: Places, deployment: Path, readers: Path) -> None:
    run_command(
        *("intake", "init", "--home", str(places.reporter), "--ledger-name", LEDGER_NAME),
        *("--ack-key", str(_own_key(places, "reporter", places.reporter)), "--deployment", str(deployment)),
        *("--readers", str(readers), "--url", places.url("reporter")),
    )


def _module(name: str, home: Path) -> Any:
    """What a module of the demo, run in a party's own process, prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", f"answerable.cli.{name}", str(home)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise DemoError(f"the demo's {name.removeprefix('demo_')} could not be made: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)


def start(family: Family, places: Places) -> None:
    """Start carry and the clocks; the two that serve are started by the caller, who holds their ports."""
    family.start("carry", "run", "carry", str(places.carry))
    family.start("clocks", "run", "clocks", "--home", str(places.desk), "--wake", str(demo_waking.program(places)))


def remember(places: Places, staff: Staff) -> None:
    """Keep what a later start with the same data tells again."""
    path = places.data / NOTES
    path.touch(mode=0o600)
    path.write_text(json.dumps({"people": staff.people, "reports": staff.reports}, ensure_ascii=False) + "\n", "utf-8")


def recall(data: Path) -> Staff:
    """What was told before. Raises `DemoError` when it can't be read."""
    try:
        found = json.loads((data / NOTES).read_text("utf-8"))
        return Staff(list(found["people"]), list(found["reports"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DemoError(
            "what was kept of the earlier demo cannot be read", where=str(data / NOTES), todo="start without DEMO_KEEP"
        ) from error
