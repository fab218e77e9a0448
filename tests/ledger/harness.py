"""A whole ledger for tests: real folder, databases (SQLite files or PostgreSQL schemas) and keys, a clock of ours."""

from __future__ import annotations

import base64
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connections
from django.test.utils import override_settings

from answerable.ledger import config as configs
from answerable.ledger import founding, founding_files
from answerable.ledger.actions import record, record_sealed
from answerable.ledger.actions.preparing import prepare
from answerable.ledger.actions.recording import Recorded, acting
from answerable.ledger.config import LedgerConfig
from answerable.ledger.models import Entry, Outbox
from answerable.ledger.sequencer import RoundReport, Sequencer
from answerable.ledger.signing import FileSigner
from answerable.ledger.store import TEMPORARY
from answerable.record import tree
from answerable.record.note import Note, verify_note
from answerable.record.tiles import Reader
from tests.ledger.witnesses import POLICY, Asker
from tests.postgres import Server

NAME = "ledger.example.org"
PARTIES = ("editors", "desk")
#: A Tuesday, 2026-12-01T14:00:00Z: the beginning of a tick.
START = 1_796_133_600


class Clock:
    """A clock that tests turn."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class Ledger:
    """A founded ledger whose databases are reachable under their aliases."""

    config: LedgerConfig
    clock: Callable[[], float] = field(default_factory=Clock)
    witness_folder: Path | None = None

    def __post_init__(self) -> None:
        self.askers = {
            log.origin: Asker(log.policy, log.origin, self.clock, self.witness_folder) for log in self.config.logs
        }

    @property
    def record(self) -> str:
        return self.config.record.origin

    @property
    def register(self) -> str:
        return self.config.register.origin

    def sequencer(self, **options: Any) -> Sequencer:
        signer = FileSigner(self.config.signing_keys(), self.config.folder / "signer", self.clock)
        return Sequencer(self.config, self.clock, signer, self.askers, **options)

    def round(self, **options: Any) -> RoundReport:
        """A fresh sequencer's one round."""
        return self.sequencer(**options).round(paced=False)

    def act(self, number: int = 0, party: str = "editors") -> Recorded:
        """An open entry by a party."""
        alias = f"party_{party}"
        with acting(alias):
            fields = {"report_sha256": number.to_bytes(32, "big").hex(), "inputs": []}
            return record("finding.published", fields, by=party, using=alias, now=int(self.clock()))

    def sealed(self, party: str = "desk") -> Recorded:
        """A sealed entry by a party."""
        alias = f"party_{party}"
        event = {"v": 1, "kind": "reads.head", "tick": 1, "head": secrets.token_hex(32), "count": 1}
        with acting(alias):
            return record_sealed(event, secrets.token_bytes(32), using=alias, now=int(self.clock()))


def overrides(config: LedgerConfig) -> dict[str, Any]:
    """The settings of a process that is every party and the sequencer at once."""
    parties = {"ledger": config.ledger_party()}
    for party in config.outboxes:
        path, _ = founding_files.new_ack_key(config, party)
        parties[f"party_{party}"] = {"name": party, "ledger_name": config.name, "ack_key": str(path)}
    return {"ANSWERABLE_DATABASES": config.kinds(), "ANSWERABLE_PARTIES": parties}


@contextmanager
def reachable(config: LedgerConfig) -> Iterator[None]:
    """Put the ledger's databases under their aliases, beside whatever the suite itself has there."""
    kept: dict[str, Any] = {}
    with override_settings(**overrides(config)):
        for alias, settings in config.databases().items():
            kept[alias] = (connections.settings.get(alias), getattr(connections._connections, alias, None))
            connections.settings[alias] = connections.configure_settings({"default": {}, alias: settings})[alias]
            connections[alias] = connections.create_connection(alias)
        try:
            yield
        finally:
            for alias, (settings, connection) in kept.items():
                connections[alias].close()
                if settings is None:
                    del connections.settings[alias]
                else:
                    connections.settings[alias] = settings
                if connection is None:
                    del connections[alias]
                else:
                    connections[alias] = connection


class Templates:
    """A founded ledger, made once; every test has a copy of its folder and of its databases."""

    def __init__(self, folder: Path, server: Server | None) -> None:
        self.folder, self.server = folder / "template", server
        self._name: str | None = None

    @contextmanager
    def ledger(self, folder: Path, setenv: Callable[[str, str], object]) -> Iterator[Ledger]:
        """A ledger in ``folder`` whose logs are open and whose parties are listed; nothing is signed yet."""
        if self._name is None:
            self._name = self._found(setenv)
        name = self.server.fresh(self._name) if self.server else ""
        shutil.copytree(self.folder, folder)
        if self.server:
            setenv("DATABASE_URL", self.server.url(name))
            settings = folder / configs.FILE
            settings.write_text(settings.read_text().replace(self.server.url(self._name), self.server.url(name)))
        config = configs.load(folder)
        with reachable(config):
            yield Ledger(config, Clock(), folder / "witnesses")
        if self.server:
            self.server.drop(name)

    def _found(self, setenv: Callable[[str, str], object]) -> str:
        name = self.server.fresh() if self.server else ""
        if self.server:
            setenv("DATABASE_URL", self.server.url(name))
        founding_files.found(self.folder, NAME, POLICY, now=START)
        (self.folder / "witnesses").mkdir()
        for party in PARTIES:
            configs.add_party(self.folder, party, self.server.url(name) if self.server else f"{party}.db")
        config = configs.load(self.folder)
        with reachable(config):
            prepare(*config.databases())
            founding.open_logs(config, now=START)
        return name


def entries_of(log: str) -> list[Entry]:
    return list(Entry.objects.using("ledger").filter(log=log).order_by("idx"))


def check_everything(ledger: Ledger, acks: list[Recorded] | None = None, *, waiting: bool = False) -> None:
    """Entries = outbox rows + pads; no gap; no second root at a size; every acknowledged entry is there."""
    for log in ledger.config.logs:
        entries = entries_of(log.origin)
        assert [entry.idx for entry in entries] == list(range(len(entries)))
        held = {entry.leaf_hash: entry for entry in entries}
        assert len(held) == len(entries)
        rows: dict[bytes, tuple[str, int | None]] = {}
        for party, alias in ledger.config.aliases().items():
            for row in Outbox.objects.using(alias).filter(log=log.origin):
                assert row.leaf_hash not in rows
                rows[row.leaf_hash] = (party, row.idx)
        for leaf, entry in held.items():
            assert entry.party == "pad" or rows[leaf][0] == entry.party
        for leaf, (party, idx) in rows.items():
            if not waiting:
                assert leaf in held, f"{party}'s entry is not in the log"
            if leaf in held and idx is not None:
                assert idx == held[leaf].idx
            if not waiting:
                assert idx is not None
        for ack in acks or []:
            if ack.outbox.log == log.origin:
                assert ack.leaf_hash in rows
        _check_files(ledger, log.origin, entries)


def _check_files(ledger: Ledger, origin: str, entries: list[Entry]) -> None:
    log = next(log for log in ledger.config.logs if log.origin == origin)
    roots: dict[int, bytes] = {}
    edge = tree.Edge()
    wanted: dict[int, bytes] = {}
    for witness in ledger.askers[origin].witnesses.values():
        for size, root in witness.seen:
            assert roots.setdefault(size, root) == root
    # A writer killed at work leaves a temporary file, which the next one sweeps: it was never part of the log.
    kept = (path for path in log.public.glob("archive/**/*") if path.is_file() and not path.name.startswith(TEMPORARY))
    notes = [log.public / "checkpoint", *kept]
    for path in notes:
        if path.exists():
            note = Note.parse(path.read_bytes())
            verify_note(note, log.policy.log_keys(origin))
            _, size, root = note.text.split("\n")[:3]
            decoded = base64.b64decode(root)
            assert roots.setdefault(int(size), decoded) == decoded
    for size, entry in enumerate(entries, 1):
        edge.append([entry.leaf_hash])
        if size in roots:
            wanted[size] = edge.root()
    assert {size: root for size, root in roots.items() if size} == wanted
    for size in sorted(roots)[-3:]:
        reader = Reader(lambda path: (log.public / path).read_bytes(), size, roots[size])
        assert [tree.leaf_hash(data) for data in reader.entries(0, size)] == [e.leaf_hash for e in entries[:size]]
