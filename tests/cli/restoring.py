"""The three databases of reporting, each of its own, kept and restored as an operator does: files, or on a server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connections
from django.test.utils import override_settings

from answerable.ledger.actions.preparing import prepare
from answerable.ledger.databases import database
from answerable.ledger.models import Outbox
from tests.cli.test_carry import Between
from tests.folders import until_the_end
from tests.postgres import Server

KINDS = {"default": "party", "keys": "keys", "intake": "intake"}
#: Whose sealed files go with a database.
FILES = {"default": "desk", "intake": "world"}


def _put(alias: str, settings: dict[str, Any]) -> None:
    connections[alias].close()
    connections.settings[alias] = connections.configure_settings({"default": {}, alias: settings})[alias]
    connections[alias] = connections.create_connection(alias)


@contextmanager
def _behind(settings: dict[str, dict[str, Any]]) -> Iterator[None]:
    kept = {alias: (connections.settings[alias], connections[alias]) for alias in KINDS}
    try:
        for alias, one in settings.items():
            connections.settings[alias] = connections.configure_settings({"default": {}, alias: one})[alias]
            connections[alias] = connections.create_connection(alias)
        with override_settings(ANSWERABLE_DATABASES=KINDS):
            yield
    finally:
        for alias, (before, connection) in kept.items():
            connections[alias].close()
            connections.settings[alias], connections[alias] = before, connection


@cache
def _files() -> Path:
    """Migrated files, made once."""
    folder = until_the_end("restored")
    with _behind({alias: database(folder / f"{alias}.db") for alias in KINDS}):
        prepare(*KINDS)
    return folder


@cache
def _templates(server: Server) -> dict[str, str]:
    names = {alias: server.fresh() for alias in KINDS}
    with _behind({alias: database(server.url(name)) for alias, name in names.items()}):
        prepare(*KINDS)
    return names


class Stores:
    """The databases of a world, which outlive a process, and copies of them."""

    def __init__(self, folder: Path, server: Server | None) -> None:
        self.folder, self.server = folder, server
        self.names: dict[str, str] = {}
        self._copies = 0

    @contextmanager
    def open(self) -> Iterator[None]:
        if self.server is None:
            for alias in KINDS:
                shutil.copy(_files() / f"{alias}.db", self.folder / f"{alias}.db")
        else:
            self.names = {alias: self.server.fresh(name) for alias, name in _templates(self.server).items()}
        with _behind({alias: self._settings(alias) for alias in KINDS}):
            yield
        for name in self.names.values():
            assert self.server is not None
            self.server.drop(name)

    def _settings(self, alias: str) -> dict[str, Any]:
        if self.server is not None:
            return database(self.server.url(self.names[alias]))
        return database(self.folder / f"{alias}.db")

    def keep(self) -> dict[str, Any]:
        """A copy of every database and its sealed files, of this moment."""
        connections.close_all()  # the last one out leaves no log beside a file
        self._copies += 1
        copies: dict[str, Any] = {}
        for alias in KINDS:
            if self.server is None:
                copies[alias] = self.folder / f"{alias}-{self._copies}.copy"
                shutil.copy(self.folder / f"{alias}.db", copies[alias])
            else:
                copies[alias] = self.server.fresh(self.names[alias])
            if alias in FILES:
                bodies = self.folder / f"{alias}-{self._copies}.files"
                shutil.copytree(self.folder / FILES[alias] / "files", bodies)
                copies[f"files of {alias}"] = bodies
        return copies

    def restore(self, alias: str, copies: dict[str, Any]) -> None:
        """Put a copy in the place of a database, under the feet of whoever has it open."""
        if self.server is None:
            place = self.folder / f"{alias}.db"
            fresh = self.folder / "fresh"
            shutil.copy(copies[alias], fresh)
            for end in ("-wal", "-shm"):
                place.with_name(place.name + end).unlink(missing_ok=True)
            fresh.replace(place)
        else:
            connections[alias].close()
            self.server.drop(self.names[alias])
            self.names[alias] = self.server.fresh(copies[alias])
            _put(alias, self._settings(alias))
        if alias in FILES:
            bodies = self.folder / FILES[alias] / "files"
            shutil.rmtree(bodies)
            shutil.copytree(copies[f"files of {alias}"], bodies)


class Run(Between):
    """Both parties with databases that are restored under them, and a sequencer that knows its register."""

    def tick(self) -> None:
        """Every entry once into the register, its index back to whoever waits for it, however often."""
        for alias in ("intake", "default"):
            at = {bytes(data): index for index, data in enumerate(self.register.log.entries)}
            rows = list(Outbox.objects.using(alias).filter(idx=None).order_by("leaf_hash"))
            new = [bytes(row.data) for row in rows if bytes(row.data) not in at]
            at |= {data: self.register.log.size + number for number, data in enumerate(new)}
            if new:
                self.register.log.append(*new)
            for row in rows:
                Outbox.objects.using(alias).filter(pk=row.pk).update(idx=at[bytes(row.data)])
        self.register.publish()

    def rebuild(self) -> None:
        """What `record rebuild` does for the reporter's outbox: it gives it the entries that it lacks, without acts."""
        here = {bytes(data) for data in Outbox.objects.using("intake").values_list("data", flat=True)}
        for index, (data, leaf) in enumerate(self.theirs):
            if data not in here:
                Outbox.objects.using("intake").create(
                    id=1 + index, log=self.log_of, data=data, leaf_hash=leaf, include_by=0, idx=self._index(data)
                )

    def _index(self, data: bytes) -> int:
        return [bytes(one) for one in self.register.log.entries].index(data)

    def remember(self) -> None:
        """Keep what the log holds of the reporter's party, as the ledger does."""
        rows = Outbox.objects.using("intake").values_list("data", "leaf_hash", "log")
        found = [(bytes(data), bytes(leaf), log) for data, leaf, log in rows]
        self.theirs, self.log_of = [(data, leaf) for data, leaf, _ in found], found[0][2]

    def until_quiet(self) -> list[str]:
        """Rounds and ticks until nothing is done any more; what the last round could not do."""
        for _ in range(8):
            self.tick()
            self.carry.swept = 0.0
            done = self.round()
            if not (done.taken or done.answered or done.receipts or done.again):
                return done.troubles
        raise AssertionError(f"it goes on and on: {done}")
