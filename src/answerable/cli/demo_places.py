"""Where everything of a demo is: folders, ports, names."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
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
FIRST_PORTS = {
    "public": 8080,
    "editors": 8090,
    "reporter": 8085,
    "desk": 8095,
    **{name: 8101 + number for number, name in enumerate(WITNESSES)},
}
_MARK = ".answerable-demo"


@dataclass(frozen=True)
class Places:
    """Folders under `data`, one per party, the port of each that serves, and the statements of procedure to show."""

    data: Path
    ports: dict[str, int]
    statements: tuple[Path, ...] = ()

    @property
    def ledger(self) -> Path:
        """The sequencer's folder."""
        return self.data / "ledger"

    @property
    def editors(self) -> Path:
        """The editors' folder."""
        return self.data / "editors"

    @property
    def reporter(self) -> Path:
        """The folder of the reporter party."""
        return self.data / "reporter"

    @property
    def desk(self) -> Path:
        """The folder of the case officers' desk."""
        return self.data / "desk"

    @property
    def carry(self) -> Path:
        """Carry's folder, with the opening box."""
        return self.data / "carry"

    @property
    def panel(self) -> Path:
        """What the members of the panel hold, which nobody else would."""
        return self.data / "panel"

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


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the folder `data`, made when absent, for one demo; DemoError while another one has it.

    The system lets go of it when the process ends, however it ends.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(
                "another demo runs with this data",
                where=str(data),
                todo="end it with Ctrl-C where it was started, or choose another folder with --data",
            ) from None
        yield
    finally:
        os.close(held)


def prepare(data: Path, *, keep: bool) -> bool:
    """Make `data` ready; True when an earlier demo's data is kept.

    An earlier demo is recognised by its mark and removed unless `keep`; a folder that is not a demo's is never touched.
    The folder itself stays, for it is what :func:`only_one` holds.
    """
    if data.exists():
        if not (data / _MARK).exists() and any(data.iterdir()):
            raise DemoError(
                "the folder is not empty and not a demo's", where=str(data), todo="choose another with --data"
            )
        if keep and (data / _MARK).exists() and (data / _MARK).read_text().strip() == "ready":
            return True
        for old in list(data.iterdir()):
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    data.chmod(0o700)
    (data / _MARK).write_text("begun\n")
    return False


def mark_ready(data: Path) -> None:
    """Say that the set-up is complete, so that it may be kept next time."""
    (data / _MARK).write_text("ready\n")


class Ports:
    """A loopback port for each party, held until the party's process takes it over.

    Held ports listen, so that a second demo that starts at the same time takes others: servers that share a port by
    SO_REUSEPORT would otherwise answer each other's requests.
    """

    def __init__(self, kept: dict[str, int] | None = None) -> None:
        """Its usual port for each party, or the next that nobody has; with `kept`, exactly those or a DemoError."""
        self._held: dict[str, socket.socket] = {}
        try:
            for party, first in (kept or FIRST_PORTS).items():
                self._held[party] = _hold_exactly(party, first) if kept else _hold_from(party, first)
        except DemoError:
            self.release_all()
            raise
        self.numbers = {party: int(held.getsockname()[1]) for party, held in self._held.items()}

    def release(self, party: str) -> None:
        """Let a party's port go, right before its process takes it."""
        self._held.pop(party).close()

    def release_all(self) -> None:
        """Let go of every port still held."""
        for party in list(self._held):
            self.release(party)


def _hold_exactly(party: str, port: int) -> socket.socket:
    held = _hold(port)
    if held is None:
        raise DemoError(
            f"port {port} of '{party}' is taken, and the data that is kept names it",
            where=f"{HOST}:{port}",
            todo="end what listens there, or start without DEMO_KEEP",
        )
    return held


def _hold_from(party: str, first: int) -> socket.socket:
    for port in range(first, first + 1000):
        held = _hold(port)
        if held is not None:
            return held
    raise DemoError(f"no free port for '{party}' between {first} and {first + 1000} on {HOST}")


def _hold(port: int) -> socket.socket | None:
    """A socket that listens on a port, or None when somebody else has it."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((HOST, port))
        held.listen(1)
    except OSError:
        held.close()
        return None
    return held
