"""The reporter's rights on PostgreSQL, and carry's: always on a real server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connections

from answerable.intake import actions, roles
from answerable.intake.actions.mine import lookup_of
from answerable.intake.exchange import Reply
from answerable.ledger import roles as ledger_roles
from answerable.ledger.databases import database
from answerable.sealing.place import Compartment, Field
from tests import postgres as servers
from tests.door.conftest import until
from tests.intake.processes import behind, template
from tests.intake.rights import FORBIDDEN
from tests.intake.world import NOW, Person, World, draw, give_indices
from tests.postgres import Server

POSTGRESQL = (
    "TRUNCATE mailbox CASCADE",
    "SET ROLE carry",
    "SET session_replication_role = replica",
    "SELECT intake_tidy('mailbox')",
    "CREATE OR REPLACE FUNCTION session_mailbox() RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea'",
    "CREATE SCHEMA mine",
    "COPY mailbox TO STDOUT",
    "INSERT INTO mailbox (id) VALUES ('x') RETURNING lookup",
    "INSERT INTO receipt (mailbox_id, submission_id, proof) VALUES ('x', 'x', 'x')",
    "CREATE TRIGGER mine BEFORE INSERT ON mailbox EXECUTE FUNCTION session_mailbox()",
)
CARRYS = (
    "UPDATE mailbox SET lookup = ''",
    "UPDATE mailbox SET wrapped = ''",
    "UPDATE value SET sealed = ''",
    "UPDATE submission SET opening_key = ''",
    "UPDATE outbox SET idx = 5",
    "DELETE FROM outbox",
    "INSERT INTO submission (id) VALUES ('x')",
    "INSERT INTO value (sealed) VALUES ('x')",
)


class Served:
    """An intake database on a server, reached as a role."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name

    @contextmanager
    def as_role(self, role: str) -> Iterator[psycopg.Connection[Any]]:
        with behind(database(self.server.url(self.name), schema="reporter") | {"USER": role}):
            connections["intake"].ensure_connection()
            yield connections["intake"].connection


def granted(name: str) -> None:
    """What an administrator runs, twice."""
    with psycopg.connect(servers.running().conninfo(name), autocommit=True) as owner:
        for statement in [*roles.script("reporter"), *roles.script("reporter")]:
            owner.execute(statement)  # type: ignore[call-overload]


@pytest.fixture
def served(world: World, django_db_blocker: Any) -> Iterator[Served]:
    server = servers.running()
    with django_db_blocker.unblock():
        name = server.fresh(template(server, "reporter", granted))
        yield Served(server, name)
        server.drop(name)


def refuses(connection: psycopg.Connection[Any], statement: str) -> bool:
    try:
        connection.execute(statement)  # type: ignore[call-overload]
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState):
        return True
    except psycopg.Error:
        return False
    return False


def test_the_reporter_does_its_work_and_nothing_else(served: Served, world: World) -> None:
    person, other = Person(world), Person(world)
    with served.as_role("reporter") as connection:
        other.report()
        person.report("web")
        upload = draw(16)
        assert actions.put_chunk(upload, 0, b"x" * 100, checked=True, now=NOW) == 1
        person.say("more")
        person.change(person.open())
        assert b"more" in person.texts()
        swept = actions.sweep()
        assert (swept.nonces, swept.uploads) == (1, 1)
        # It sees one mailbox when it knows its lookup, else none
        assert connection.execute("SELECT count(*) FROM my_mailbox").fetchone() == (0,)
        lookup = lookup_of(person.l, 0).hex()
        connection.execute("SELECT set_config('answerable.mailbox', %s, false)", [lookup])
        assert connection.execute("SELECT count(*) FROM my_mailbox").fetchone() == (1,)
        assert [text for text in (*FORBIDDEN, *POSTGRESQL) if not refuses(connection, text)] == []


def test_carry_does_its_work_and_nothing_else(served: Served, world: World) -> None:
    person = Person(world)
    with served.as_role("reporter"):
        person.report("web")
        assert actions.put_chunk(draw(16), 0, b"x" * 100, checked=True, now=NOW) == 1
    with served.as_role("sequencer"):
        give_indices()
    with served.as_role("carry") as connection:
        out = actions.next_outgoing()
        assert out is not None
        actions.mark_carried(out.id)
        assert actions.carry_again({out.leaf}, world.box_private) == (1, [])
        actions.mark_carried(out.id)
        actions.give_receipt(out.id, b"proof")
        actions.set_holders(person.record, {Compartment.NARRATIVE: []})
        actions.set_bulletin(policy="ab" * 32)
        actions.set_bulletin(policy="cd" * 32)
        place = (Compartment.NARRATIVE, Field.STATUS, 1)
        for _ in range(2):
            actions.deliver(
                Reply(draw(16), person.record, "value", *place, b"sealed", "2026-03-04", signature=bytes(64))
            )
        actions.tidy()
        swept = actions.sweep()
        assert (swept.nonces, swept.uploads) == (1, 1)
        assert [text for text in CARRYS if not refuses(connection, text)] == []
        for other in ("django_migrations", "mailbox; DROP TABLE mailbox", None):
            with pytest.raises(psycopg.Error):
                connection.execute("SELECT intake_tidy(%s)", [other])
        assert actions.shred(person.record).rows > 10


def test_rows_lie_in_the_order_of_random_keys(served: Served, world: World) -> None:
    with served.as_role("reporter"):
        for _ in range(12):
            Person(world).report()
    with served.as_role("carry") as connection:
        actions.tidy()
        for table, key in (
            ("mailbox", "id"),
            ("submission", "id"),
            ("outbox", "id"),
            ("event", "id"),
            ("value", "mailbox_id"),
        ):
            found = [row[0] for row in connection.execute(f"SELECT {key} FROM {table} ORDER BY ctid")]  # type: ignore[call-overload]
            assert found == sorted(found)


def test_putting_tables_in_order_stands_in_no_reports_way(served: Served) -> None:
    def ordered() -> None:
        actions.tidy()
        connections["intake"].close()

    with served.as_role("carry") as connection, psycopg.connect(served.server.conninfo(served.name)) as report:
        # Given a report that has written its mailbox, and carry that waits for it with putting that table in order
        report.execute("SET lock_timeout = '5s'")
        report.execute("LOCK TABLE reporter.mailbox IN ROW EXCLUSIVE MODE")
        carry = threading.Thread(target=ordered)
        carry.start()
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        assert until(lambda: connection.execute(waits).fetchone() == (1,))
        # Then the report goes on to its entry, and both are done
        report.execute("LOCK TABLE reporter.outbox, reporter.event IN ROW EXCLUSIVE MODE")
        report.commit()
        carry.join(10)
        assert not carry.is_alive()


def test_what_the_ledger_prints_gives_the_reporter_nothing() -> None:
    """The reporter's rights come from here alone: the rights of other parties would let it read every mailbox."""
    assert not [text for text in ledger_roles.of_reporter("reporter") if "TO reporter" in text]
    assert [text for text in ledger_roles.of_party("editors", "editors") if "TO editors" in text]
