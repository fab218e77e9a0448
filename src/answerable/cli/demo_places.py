"""Where everything of a demo is: folders, ports, names."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from answerable.cli.demo_processes import DemoError

HOST = "127.0.0.1"
#: The log's name in the demo; its origins are this and `/record`, `/register`.
LEDGER_NAME = "ledger.demo.example"
CIVIL = ("cs1", "cs2", "cs3")
STATES = ("ms1", "ms2", "ms3", "ms4")
WITNESSES = CIVIL + STATES
#: Where each party is looked for first; a port that is taken is passed over for the next free one.
FIRST_PORTS = {"public": 8080, "editors": 8090, **{name: 8101 + number for number, name in enumerate(WITNESSES)}}
_MARK = ".answerable-demo"


@dataclass(frozen=True)
class Places:
    """Folders under `data`, one per party, and the port of each that serves."""

    data: Path
    ports: dict[str, int]

    @property
    def ledger(self) -> Path:
        """The sequencer's folder."""
        return self.data / "ledger"

    @property
    def editors(self) -> Path:
        """The editors' folder."""
        return self.data / "editors"

    @property
    def public(self) -> Path:
        """The public site's folder."""
        return self.data / "public"

    @property
    def logs(self) -> Path:
        """What the processes write."""
        return self.data / "logs"

    def witness(self, name: str) -> Path:
        """The folder of one witness."""
        return self.data / f"witness-{name}"

    def url(self, party: str) -> str:
        """Where a party is reached, without a slash at the end."""
        return f"http://{HOST}:{self.ports[party]}"


def prepare(data: Path, *, keep: bool) -> bool:
    """Make `data` ready; True when an earlier demo's data is kept.

    An earlier demo is recognised by its mark and removed unless `keep`; a folder that is not a demo's is never touched.
    """
    if data.exists():
        if not (data / _MARK).exists() and any(data.iterdir()):
            raise DemoError(
                "the folder is not empty and not a demo's", where=str(data), todo="choose another with --data"
            )
        if keep and (data / _MARK).exists() and (data / _MARK).read_text().strip() == "ready":
            return True
        shutil.rmtree(data)
    data.mkdir(mode=0o700, parents=True)
    (data / _MARK).write_text("begun\n")
    return False


def mark_ready(data: Path) -> None:
    """Say that the set-up is complete, so that it may be kept next time."""
    (data / _MARK).write_text("ready\n")


def free_ports() -> dict[str, int]:
    """A free loopback port for each party: its usual one, or the next that nobody has."""
    chosen: dict[str, int] = {}
    for party, first in FIRST_PORTS.items():
        port = first
        while port in chosen.values() or not _is_free(port):
            port += 1
            if port > first + 1000:
                raise DemoError(f"no free port for '{party}' between {first} and {port} on {HOST}")
        chosen[party] = port
    return chosen


def taken(ports: dict[str, int]) -> None:
    """Raise DemoError for the first port that somebody else has: policies of kept data name them, so none can move."""
    for party, port in ports.items():
        if not _is_free(port):
            raise DemoError(
                f"port {port} of '{party}' is taken, and the data that is kept names it",
                where=f"{HOST}:{port}",
                todo="end what listens there, or start without DEMO_KEEP",
            )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
