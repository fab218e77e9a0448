"""May we sign? Old backups, a signer that remembers more, witnesses that are down, lying or ahead, weak databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from answerable.errors import HELD
from answerable.ledger import databases
from answerable.ledger import rebuild as rebuilding
from answerable.ledger.actions import rows
from answerable.ledger.boot import State
from answerable.ledger.errors import RunningError
from answerable.ledger.reading import folder_fetch
from answerable.ledger.sequencer import RoundReport, only_one
from tests.ledger.harness import Clock, Ledger, check_everything, entries_of
from tests.postgres import Server

pytestmark = pytest.mark.database


def states(report: RoundReport) -> dict[str, State]:
    return {log.origin.rsplit("/", 1)[1]: log.state for log in report.logs}


def path_of(alias: str) -> Path:
    path = databases.path_of(connections[alias].settings_dict)
    assert path is not None
    return path


class Backup:
    """A copy of one database, put back later: SQLite's file, or every table of a PostgreSQL schema."""

    def __init__(self, alias: str, folder: Path, server: Server | None) -> None:
        self.alias, self.server, self.settings = alias, server, connections[alias].settings_dict
        self.copy = folder / f"backup-{alias}"
        self.schema = schema = databases.schema_of(self.settings)
        connections[alias].close()
        if server is None:
            shutil.copy(path_of(alias), self.copy)
        else:
            with self._psycopg() as connection:
                for table in self._tables(connection):
                    connection.execute(f"CREATE TABLE public.b_{alias}_{table} AS TABLE {schema}.{table}")

    def restore(self) -> None:
        connections[self.alias].close()
        if self.server is None:
            name = str(path_of(self.alias))
            for suffix in ("-wal", "-shm"):
                Path(name + suffix).unlink(missing_ok=True)
            shutil.copy(self.copy, name)
            return
        with self._psycopg() as connection:
            connection.execute("SET session_replication_role = replica")  # what pg_restore does: no triggers, no keys
            for table in self._tables(connection):
                connection.execute(f"DELETE FROM {self.schema}.{table}")
                connection.execute(f"INSERT INTO {self.schema}.{table} SELECT * FROM public.b_{self.alias}_{table}")

    def _psycopg(self) -> psycopg.Connection[tuple[str]]:
        assert self.server is not None
        return psycopg.connect(self.server.conninfo(str(self.settings["NAME"])), autocommit=True)

    def _tables(self, connection: psycopg.Connection[tuple[str]]) -> list[str]:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> 'django_migrations'"
        return [name for (name,) in connection.execute(query, [self.schema])]


def grown(ledger: Ledger, acts: int = 3) -> None:
    assert isinstance(ledger.clock, Clock)
    for number in range(acts):
        ledger.act(int(ledger.clock()) * 10 + number)
    ledger.clock.now += 900
    report = ledger.round()
    assert report.messages == []


def test_a_restored_ledger_database_halts_and_names_both_trees(
    ledger: Ledger, tmp_path: Path, postgres: Server | None
) -> None:
    grown(ledger)
    backup = Backup("ledger", tmp_path, postgres)
    before = rows.head(ledger.record)
    grown(ledger)
    after = rows.head(ledger.record)
    backup.restore()
    report = ledger.round()
    assert states(report) == {"record": State.HALT, "register": State.HALT}
    assert before is not None
    assert after is not None
    message = " ".join(report.messages)
    assert "answerable record rebuild" in message
    # nothing entered, nothing was signed: the acts still wait
    assert rows.head(ledger.record) == before
    assert (ledger.config.record.public / "checkpoint").exists()


def test_a_checkpoint_of_ours_elsewhere_is_evidence(ledger: Ledger, tmp_path: Path, postgres: Server | None) -> None:
    """The whole machine went back; only the witnesses remember."""
    grown(ledger)
    backup = Backup("ledger", tmp_path, postgres)
    for name in ("public", "signer"):
        shutil.copytree(ledger.config.folder / name, tmp_path / name)
    before = rows.head(ledger.record)
    grown(ledger)
    later = rows.head(ledger.record)
    backup.restore()
    for name in ("public", "signer"):
        shutil.rmtree(ledger.config.folder / name)
        shutil.copytree(tmp_path / name, ledger.config.folder / name)
    report = ledger.round()
    assert states(report)["record"] is State.HALT
    assert before is not None
    assert later is not None
    message = " ".join(report.messages)
    for said in (f"size {later.size}", f"size {before.size}", later.root.hex(), before.root.hex(), "witness w1"):
        assert said in message


def test_a_signer_that_remembers_more_is_evidence(ledger: Ledger, tmp_path: Path, postgres: Server | None) -> None:
    for asker in ledger.askers.values():
        for witness in asker.witnesses.values():
            witness.mode = "down"
    ledger.round()
    backup = Backup("ledger", tmp_path, postgres)
    for log in ledger.config.logs:
        shutil.copytree(log.public, tmp_path / log.short)
    ledger.act(1)
    sequencer = ledger.sequencer()
    assert sequencer.round(paced=False).held  # the log was signed before: nobody answers, so nothing is known
    for asker in ledger.askers.values():
        for witness in asker.witnesses.values():
            witness.mode = "well"
    assert ledger.round().messages == []
    backup.restore()
    for log in ledger.config.logs:
        shutil.rmtree(log.public)
        shutil.copytree(tmp_path / log.short, log.public)
    for asker in ledger.askers.values():
        for witness in asker.witnesses.values():
            witness.folder = tmp_path
            witness.note, witness.last = None, None
    report = ledger.round()
    assert states(report)["record"] is State.HALT
    assert "the signer remembers" in " ".join(report.messages)


def test_too_few_answers_hold_and_are_asked_again_by_themselves(ledger: Ledger) -> None:
    grown(ledger)
    witnesses = ledger.askers[ledger.record].witnesses
    for name in ("w1", "w2"):
        witnesses[name].mode = "down"
    sequencer = ledger.sequencer()
    report = sequencer.round(paced=False)
    assert states(report)["record"] is State.HOLD
    assert "w1, w2" in " ".join(report.messages)
    ledger.act(99)
    for name in ("w1", "w2"):
        witnesses[name].mode = "well"
    assert states(sequencer.round(paced=False))["record"] is State.HOLD  # not before the back-off
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += 6
    report = sequencer.round(paced=False)
    assert states(report)["record"] is State.RUN
    check_everything(ledger)


def test_a_witness_that_is_down_costs_its_own_line_only(ledger: Ledger) -> None:
    grown(ledger)
    ledger.askers[ledger.record].witnesses["w3"].mode = "down"
    ledger.act(98)
    report = ledger.round()
    assert states(report)["record"] is State.RUN
    assert report.logs[1].published == report.logs[1].size
    assert any("w3" in message for message in report.messages)


def test_a_lost_quorum_lets_the_log_grow_and_receipts_wait(ledger: Ledger) -> None:
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    witnesses = ledger.askers[ledger.record].witnesses
    for name in ("w1", "w2"):
        witnesses[name].mode = "down"
    acks = [ledger.act(97)]
    before = ledger.config.record.public.joinpath("checkpoint").read_bytes()
    report = sequencer.round(paced=False)
    assert states(report)["record"] is State.RUN
    assert not report.logs[1].quorum
    assert ledger.config.record.public.joinpath("checkpoint").read_bytes() == before
    status = ledger.config.record.public.joinpath("status.json").read_text()
    assert '"unwitnessed_since": "2026-' in status
    for name in ("w1", "w2"):
        witnesses[name].mode = "well"
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += 6
    report = sequencer.round(paced=False)
    assert report.logs[1].quorum
    assert '"unwitnessed_since": null' in ledger.config.record.public.joinpath("status.json").read_text()
    check_everything(ledger, acks)


def test_one_lying_witness_is_an_alarm_and_no_bar(ledger: Ledger) -> None:
    grown(ledger)
    ledger.askers[ledger.record].witnesses["w3"].mode = "lying"
    ledger.act(96)
    report = ledger.round()
    assert states(report)["record"] is State.RUN
    assert any("w3" in message and "claims" in message for message in report.messages)
    assert report.logs[1].published == report.logs[1].size


def test_two_lying_of_three_hold(ledger: Ledger) -> None:
    grown(ledger)
    for name in ("w2", "w3"):
        ledger.askers[ledger.record].witnesses[name].mode = "lying"
    assert states(ledger.round())["record"] is State.HOLD


def test_a_tile_that_was_changed_halts(ledger: Ledger) -> None:
    grown(ledger)
    tile = ledger.config.register.public / "tile/0/000.p/128"
    tile.write_bytes(tile.read_bytes()[::-1])
    report = ledger.round()
    assert states(report)["register"] is State.HALT
    assert states(report)["record"] is State.RUN


def test_a_full_tile_that_was_changed_halts(ledger: Ledger) -> None:
    for _ in range(4):
        grown(ledger, 0)
    bundle = ledger.config.register.public / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"?")
    assert states(ledger.round())["register"] is State.HALT


def test_lost_tiles_are_written_again(ledger: Ledger) -> None:
    grown(ledger)
    shutil.rmtree(ledger.config.register.public / "tile")
    assert ledger.round().messages == []
    check_everything(ledger)


def test_a_second_sequencer_is_told(ledger: Ledger) -> None:
    with only_one(ledger.config):
        with pytest.raises(RunningError, match="already running") as caught, only_one(ledger.config):
            pytest.fail("two sequencers at once")
        assert caught.value.exit_code == HELD
    with only_one(ledger.config):
        pass


def test_two_sequencers_past_the_lock_do_no_harm(ledger: Ledger) -> None:
    one, other = ledger.sequencer(), ledger.sequencer()
    for number in range(4):
        ledger.act(number)
        (one if number % 2 else other).round(paced=False)
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += 900
    for each in (one, other, one):
        each.round(paced=False)
    check_everything(ledger)


@contextmanager
def weak(alias: str) -> Iterator[None]:
    connection = connections[alias]
    setting = "PRAGMA synchronous={}" if connection.vendor == "sqlite" else "SET synchronous_commit TO {}"
    words = ("OFF", "FULL") if connection.vendor == "sqlite" else ("off", "on")
    with connection.cursor() as cursor:
        cursor.execute(setting.format(words[0]))
    yield
    with connection.cursor() as cursor:
        cursor.execute(setting.format(words[1]))


def test_a_database_that_forgets_is_a_hold(ledger: Ledger) -> None:
    with weak("ledger"):
        report = ledger.round()
    assert states(report) == {"record": State.HOLD, "register": State.HOLD}
    assert "synchronous" in " ".join(report.messages)
    assert ledger.round().messages == []


def test_a_restored_party_halts_for_its_rows_alone(ledger: Ledger, tmp_path: Path, postgres: Server | None) -> None:
    grown(ledger)
    backup = Backup("party_editors", tmp_path, postgres)
    lost = ledger.act(71)
    ledger.round()
    backup.restore()
    waits, taken = ledger.act(72), ledger.act(73, "desk")
    report = ledger.round()
    assert states(report)["record"] is State.RUN
    assert any("HALT for the rows of editors" in said and lost.leaf in said for said in report.messages)
    held = {entry.leaf_hash for entry in entries_of(ledger.record)}
    assert taken.leaf_hash in held
    assert waits.leaf_hash not in held

    # Rebuild gives the row back, names the orphan, and the party goes on.
    sequencer = ledger.sequencer()
    signer = sequencer.certifiers[ledger.record].signer
    done = rebuilding.rebuild(ledger.config, lambda log: folder_fetch(log.public), signer, now=int(ledger.clock()))
    assert done[0].given_back == {"editors": 1}
    assert len(done[0].orphans) == 1
    assert b'"incident.published"' in entries_of(ledger.record)[-1].data
    assert ledger.round().messages == []
    check_everything(ledger, [waits, taken])


def test_rebuild_brings_a_lost_database_up_to_what_was_signed(
    ledger: Ledger, tmp_path: Path, postgres: Server | None
) -> None:
    backup = Backup("ledger", tmp_path, postgres)
    for _ in range(5):
        ledger.sealed()
        grown(ledger)
    heads = [rows.head(log.origin) for log in ledger.config.logs]
    backup.restore()
    assert ledger.round().halted
    signer = ledger.sequencer().certifiers[ledger.record].signer
    done = rebuilding.rebuild(ledger.config, lambda log: folder_fetch(log.public), signer, now=int(ledger.clock()))
    register, record = heads
    assert rows.head(ledger.register) == register
    assert record is not None
    assert entries_of(ledger.record)[record.size - 1].idx == record.size - 1
    orphans = [index for one in done for index in one.orphans]
    # what the ledger itself had recorded since is gone with its database, and is named
    assert orphans
    assert all(one.orphans == [] for one in done if one.origin == ledger.register)
    report = ledger.round()
    assert not report.halted
    assert [log.state for log in report.logs] == [State.RUN, State.RUN], report.messages
