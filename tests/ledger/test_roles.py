"""One PostgreSQL role per process: each can do its work, and nothing of the others'. Always on a real server."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections, transaction

from answerable.ledger import config as configs
from answerable.ledger.actions.preparing import prepare
from answerable.ledger.boot import State
from answerable.ledger.errors import RunningError
from answerable.ledger.roles import SEQUENCER, script
from answerable.ledger.sequencer import only_one
from tests import postgres as servers
from tests.ledger.harness import Clock, Ledger, Templates, check_everything, entries_of, reachable
from tests.postgres import Server


@pytest.fixture(scope="module")
def server() -> Server:
    return servers.running()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, server: Server, django_db_blocker: Any) -> Templates:
    with django_db_blocker.unblock():
        return Templates(tmp_path_factory.mktemp("roles"), server)


@pytest.fixture
def owned(tmp_path: Path, made: Templates, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """Given a ledger on a server, with what `record roles` prints run twice by its administrator."""
    with django_db_blocker.unblock(), made.ledger(tmp_path / "ledger", monkeypatch.setenv) as ledger:
        ledger.sealed()
        with psycopg.connect(made.server.conninfo(name_of(ledger)), autocommit=True) as admin:  # type: ignore[union-attr]
            for _ in range(2):
                for statement in script(ledger.config):
                    admin.execute(statement)  # type: ignore[call-overload]
        yield ledger


def name_of(ledger: Ledger) -> str:
    return str(ledger.config.databases()["ledger"]["NAME"])


@contextmanager
def as_role(ledger: Ledger, role: str, server: Server) -> Iterator[psycopg.Connection[Any]]:
    where = f"host={server.socket} dbname={name_of(ledger)} user={role}"
    with psycopg.connect(where, autocommit=True) as connection:
        yield connection


def with_roles(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, roles: dict[str, str]) -> configs.LedgerConfig:
    """The same ledger, each database reached as a role."""
    databases = ledger.config.databases()
    for alias, settings in databases.items():
        settings["USER"] = roles.get(alias, SEQUENCER)
    monkeypatch.setattr(configs.LedgerConfig, "databases", lambda _self: databases)
    return ledger.config


def test_each_process_does_its_work_under_its_own_role(
    owned: Ledger, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The parties record as themselves
    acks = []
    with monkeypatch.context() as patched:
        with_roles(owned, patched, {"party_editors": "editors", "party_desk": "desk"})
        with reachable(owned.config):
            acks += [owned.act(1, "editors"), owned.act(2, "desk"), owned.sealed("desk")]
            prepare("party_desk")  # a process that starts and finds its tables as they should be
    # The sequencer works as itself, in every effect from D to B
    with monkeypatch.context() as patched:
        with_roles(owned, patched, {})
        with reachable(owned.config), only_one(owned.config):
            for _ in range(2):
                report = owned.round()
                assert report.messages == []
                assert [log.state for log in report.logs] == [State.RUN, State.RUN]
                assert isinstance(owned.clock, Clock)
                owned.clock.now += 86_400
    check_everything(owned, acks)


FORBIDDEN = {
    "sequencer": [
        "UPDATE editors.outbox SET data = ''",
        "UPDATE editors.outbox SET include_by = 0",
        "INSERT INTO editors.outbox (log, data, leaf_hash, include_by) VALUES ('x', '', '', 0)",
        "DELETE FROM editors.outbox",
        "TRUNCATE editors.outbox CASCADE",
        "SELECT * FROM desk.event",
        "SELECT * FROM keys.opening_key",
        "UPDATE ledger.entry SET data = ''",
        "DELETE FROM ledger.entry",
        "TRUNCATE ledger.entry",
        "DELETE FROM ledger.head",
        "INSERT INTO ledger.head VALUES ('x', 0, '', '', NULL)",
        "UPDATE ledger.outbox SET data = ''",
        "DELETE FROM ledger.checkpoint",
        "UPDATE ledger.checkpoint SET root = ''",
        "DELETE FROM ledger.cosignature",
        "ALTER TABLE ledger.entry DISABLE TRIGGER ALL",
        "DROP TRIGGER entry_keeps ON ledger.entry",
        "DROP FUNCTION ledger.entry_keeps() CASCADE",
        "SET session_replication_role = replica",
        "CREATE TABLE ledger.mine (x int)",
        "CREATE SCHEMA mine",
        "SET ROLE editors",
    ],
    "editors": [
        "SELECT * FROM ledger.entry",
        "SELECT * FROM ledger.head",
        "INSERT INTO ledger.entry (log, idx, data, leaf_hash, party) VALUES ('x', 0, '', '', 'x')",
        "UPDATE ledger.head SET size = 0",
        "SELECT * FROM desk.outbox",
        "INSERT INTO desk.outbox (log, data, leaf_hash, include_by) VALUES ('x', '', '', 0)",
        "SELECT * FROM desk.event",
        "SELECT * FROM keys.opening_key",
        "UPDATE editors.outbox SET idx = 0",
        "UPDATE editors.outbox SET data = ''",
        "DELETE FROM editors.outbox",
        "TRUNCATE editors.outbox CASCADE",
        "ALTER TABLE editors.outbox RENAME TO other",
        "DROP TRIGGER outbox_keeps ON editors.outbox",
        "CREATE TRIGGER mine BEFORE UPDATE ON editors.outbox FOR EACH ROW EXECUTE FUNCTION editors.outbox_keeps()",
        "CREATE FUNCTION editors.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE VIEW editors.mine AS SELECT 1",
        "CREATE RULE mine AS ON UPDATE TO editors.outbox DO INSTEAD NOTHING",
        "UPDATE editors.event SET body = ''",
        "DELETE FROM editors.django_migrations",
        "SET session_replication_role = replica",
        "SET ROLE sequencer",
        "ALTER ROLE sequencer SET synchronous_commit TO off",
    ],
}


@pytest.mark.parametrize("role", FORBIDDEN)
def test_what_a_role_cannot_do(owned: Ledger, server: Server, role: str) -> None:
    allowed = []
    with as_role(owned, role, server) as connection:
        for statement in FORBIDDEN[role]:
            try:
                connection.execute(statement)  # type: ignore[call-overload]
            except psycopg.errors.InsufficientPrivilege:
                continue
            except psycopg.Error as error:
                allowed.append(f"{statement}: {error}")
            else:
                allowed.append(statement)
    assert allowed == []


def test_the_sequencer_may_set_an_index_and_nothing_else(owned: Ledger, server: Server) -> None:
    with as_role(owned, SEQUENCER, server) as connection:
        assert connection.execute("SELECT count(*) FROM desk.outbox WHERE idx IS NULL").fetchone() == (1,)
        assert connection.execute("UPDATE desk.outbox SET idx = 7 WHERE idx IS NULL").rowcount == 1
        with pytest.raises(psycopg.errors.RaiseException, match="never changes"):
            connection.execute("UPDATE desk.outbox SET idx = 8")


def test_a_rebuild_reaches_outboxes_as_the_owner(owned: Ledger, server: Server) -> None:
    """Addresses of outboxes name the sequencer's role, which may not give a party back the rows that it lost."""
    named = {party: place.replace("//test@", f"//{SEQUENCER}@") for party, place in owned.config.outboxes.items()}
    config = dataclasses.replace(owned.config, outboxes=named)
    parties = [f"party_{party}" for party in named]
    assert {config.databases()[alias]["USER"] for alias in parties} == {SEQUENCER}
    as_owner = config.databases(as_owner=True)
    assert {as_owner[alias]["USER"] for alias in parties} == {"test"}
    assert parties
    for alias in parties:
        where = f"host={as_owner[alias]['HOST']} dbname={as_owner[alias]['NAME']} user={as_owner[alias]['USER']}"
        outbox = f"{alias.removeprefix('party_')}.outbox"
        with psycopg.connect(where) as connection:
            assert connection.execute("SELECT has_table_privilege(%s, 'INSERT')", [outbox]).fetchone() == (True,)


def test_a_second_sequencer_on_another_machine_is_told(owned: Ledger, tmp_path: Path) -> None:
    """Its folder is another, so its own lock says nothing; the server's does."""
    other = tmp_path / "other"
    other.mkdir()
    (other / configs.FILE).write_text((owned.config.folder / configs.FILE).read_text())
    second = configs.load(other)
    with only_one(owned.config), pytest.raises(RunningError, match="already running"), only_one(second):
        pytest.fail("two sequencers on one server")
    with only_one(configs.load(other)):
        pass


def test_the_order_of_commits_is_not_the_order_of_ids(owned: Ledger) -> None:
    """Two real transactions at once: the one that drew the smaller id commits after the sequencer has passed."""
    drawn, commit, early = threading.Event(), threading.Event(), []

    def slow() -> None:
        with transaction.atomic(using="party_editors"):
            early.append(owned.act(1, "editors"))
            drawn.set()
            assert commit.wait(30)
        connections["party_editors"].close()  # a thread has connections of its own

    thread = threading.Thread(target=slow)
    thread.start()
    try:
        assert drawn.wait(30)
        late = owned.act(2, "editors")
        assert late.outbox.id > early[0].outbox.id
        assert owned.round().messages == []
        held = {entry.leaf_hash for entry in entries_of(owned.record)}
        assert late.leaf_hash in held
        assert early[0].leaf_hash not in held
    finally:
        commit.set()
        thread.join(30)
    assert owned.round().messages == []
    assert early[0].leaf_hash in {entry.leaf_hash for entry in entries_of(owned.record)}
    check_everything(owned, [early[0], late])
