"""The demo's first hour, in seconds: keys exchanged, the ledger founded, accounts made, the correspondence brought in.

Every step is a command that an operator types; nothing here reaches past the command line.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from answerable.cli.demo_places import CIVIL, LEDGER_NAME, STATES, WITNESSES, Places
from answerable.cli.demo_processes import DemoError, run_command
from answerable.cli.output import say

AUTHOR, REVIEWER = "author", "reviewer"
_LINK = re.compile(r"https?://\S+")
#: What is remembered of a demo whose data is kept: the ports its policies name, and the links of the two accounts.
NOTES = "demo.json"


@dataclass(frozen=True)
class Accounts:
    """The one-time links by which a person takes each account, with a second factor of her own."""

    author: str
    reviewer: str


def policy_lines(places: Places) -> str:
    """The witnesses, their groups and the quorum: two of three civil bodies and three of four States.

    Each body is a group over its two keys: it counts once, whichever of its signatures a verifier can check.
    """
    lines = []
    for name in WITNESSES:
        ed25519, mldsa44 = _witness_keys(places.witness(name))
        lines += [f"witness {name}-ed {ed25519} {places.url(name)}/", f"witness {name}-pq {mldsa44}"]
        lines.append(f"group {name} any {name}-ed {name}-pq")
    lines += [
        f"group civil 2 {' '.join(CIVIL)}",
        f"group states 3 {' '.join(STATES)}",
        "group both all civil states",
        "quorum both",
    ]
    return "\n".join(lines) + "\n"


def _witness_keys(folder: Path) -> tuple[str, str]:
    """A witness's two verifier keys as it printed them for the logs: Ed25519 first, ML-DSA-44 second."""
    keys = [line for line in (folder / "vkeys.txt").read_text().split() if line]
    if len(keys) != 2:
        raise DemoError(f"two verifier keys were expected, {len(keys)} found", where=str(folder / "vkeys.txt"))
    return keys[0], keys[1]


def found(places: Places) -> None:
    """Make seven witnesses and the ledger, and give each the other's keys."""
    _each_witness(lambda name: ("init", str(places.witness(name)), "--name", f"{name}.demo.example"))
    say("witnesses", f"{', '.join(CIVIL)} of civil society; {', '.join(STATES)} of Member States")
    witnesses = places.data / "witnesses.policy"
    witnesses.write_text(policy_lines(places))
    run_command("record", "init", str(places.ledger), "--name", LEDGER_NAME, "--witnesses", str(witnesses))
    vkeys = str(places.ledger / "public" / "vkeys.txt")
    _each_witness(lambda name: ("add-log", str(places.witness(name)), "--vkeys", vkeys))
    say("ledger", f"{LEDGER_NAME}/record and {LEDGER_NAME}/register")


def _each_witness(arguments: Callable[[str], tuple[str, ...]]) -> None:
    """Run one `record witness` command for every witness, as many at once as there are processors."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for _said in pool.map(lambda name: run_command("record", "witness", *arguments(name)), WITNESSES):
            continue  # what a failing one raised comes out here


def open_desk(places: Places) -> Accounts:
    """Make the editors' desk with its own acknowledgement key, list its outbox, and invite an author and a reviewer."""
    home = places.editors
    run_command("record", "add-party", str(places.ledger), "editors", str(home / "editors.db"))
    home.mkdir(mode=0o700)
    (places.ledger / "keys" / "ack-editors.key").rename(home / "ack.key")  # it is the editors' own, and nobody else's
    run_command(
        *("correspondence", "init", "--home", str(home), "--ledger-name", LEDGER_NAME),
        *(
            "--ack-key",
            str(home / "ack.key"),
            "--log",
            f"{places.url('public')}/record",
            "--url",
            places.url("editors"),
        ),
    )
    links = {}
    for role in (AUTHOR, REVIEWER):
        said = run_command("correspondence", "invite", role, "--role", role, "--home", str(home))
        link = _LINK.search(said)
        if link is None:
            raise DemoError(f"`correspondence invite` printed no link: {said.strip()}")
        links[role] = link[0]
    say("editors", "an author and a reviewer are invited; each will need a second factor")
    return Accounts(links[AUTHOR], links[REVIEWER])


def bring_in(places: Places, correspondence: Path) -> list[bytes]:
    """Import a correspondence as the author and publish it as the reviewer. Returns the leaf hashes of its entries."""
    said = run_command(
        *("correspondence", "import", str(correspondence), "--home", str(places.editors)),
        *("--author", AUTHOR, "--reviewer", REVIEWER, "--json"),
    )
    leaves = [bytes.fromhex(leaf) for leaf in json.loads(said)["published"]]
    say("imported", f"{correspondence.parent.name}: {len(leaves)} entries, by an author, published by a reviewer")
    return leaves


def remember(places: Places, accounts: Accounts) -> None:
    """Keep what a later start with the same data needs."""
    notes = {"ports": places.ports, "author": accounts.author, "reviewer": accounts.reviewer}
    path = places.data / NOTES
    path.touch(mode=0o600)
    path.write_text(json.dumps(notes, indent=2, sort_keys=True) + "\n")


def recall(data: Path) -> tuple[dict[str, int], Accounts]:
    """The ports and links of a demo whose data was kept."""
    try:
        notes = json.loads((data / NOTES).read_text())
        return {str(party): int(port) for party, port in notes["ports"].items()}, Accounts(
            notes["author"], notes["reviewer"]
        )
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise DemoError(
            "what was kept of the earlier demo cannot be read", where=str(data / NOTES), todo="start without DEMO_KEEP"
        ) from error
