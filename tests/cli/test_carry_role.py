"""Carry and the desk under PostgreSQL roles of their own: each does its work, and nothing of the others'. On a real
server, always."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test.utils import override_settings

from answerable.casework import models as rows
from answerable.casework import roles as desk_roles
from answerable.intake import roles as intake_roles
from answerable.ledger.actions.preparing import prepare
from answerable.ledger.actions.versions import must_be_current
from answerable.ledger.databases import database
from answerable.ledger.errors import ConfigError
from answerable.ledger.roles import of_party, once_there
from answerable.sealing.envelope import Kind
from tests import postgres as servers
from tests.cli.test_carry import Between, between
from tests.cli.test_carry_signs import waiting
from tests.intake.test_roles import refuses
from tests.intake.world import NOW, Person

__all__ = ["between"]  # a fixture

SCHEMAS = {"default": "desk", "keys": "desk_keys", "intake": "reporter"}
DESK_FORBIDDEN = (
    "UPDATE desk.outbox SET idx = 1",
    "DELETE FROM desk.outbox",
    "UPDATE desk.event SET body = ''",
    "DELETE FROM desk_keys.django_migrations",
    "TRUNCATE desk_keys.wrap",
    "ALTER TABLE desk_keys.wrap RENAME TO other",
    "CREATE TABLE desk_keys.mine (x int)",
    "SELECT * FROM reporter.mailbox",
    "SELECT * FROM reporter.submission",
    "SET ROLE carry",
)
CARRY_FORBIDDEN = (
    "SELECT * FROM desk.auth_user",
    "SELECT * FROM desk.mfa_authenticator",
    "SELECT * FROM desk.django_session",
    "SELECT * FROM desk.casework_invitation",
    "SELECT * FROM desk.casework_person",
    "SELECT employer FROM desk.casework_person",
    "SELECT wrapped_x25519 FROM desk.casework_publickey",
    "UPDATE desk.casework_publickey SET x25519 = ''",
    "INSERT INTO desk.auth_user (username) VALUES ('x')",
    "INSERT INTO desk.casework_read (record) VALUES ('x')",
    "DELETE FROM desk.casework_read",
    "INSERT INTO desk.casework_decision (state) VALUES ('made')",
    "UPDATE desk.casework_grant SET done = current_date",
    "INSERT INTO desk.casework_assignment (role) VALUES ('panel')",
    "UPDATE desk.casework_act SET kind = 'x'",
    "UPDATE desk.casework_value SET sealed = ''",
    "UPDATE desk.outbox SET idx = 1",
    "DELETE FROM desk.outbox",
    "UPDATE desk_keys.wrap SET wrap = ''",
    "UPDATE desk_keys.opening_key SET wrapped = ''",
    "DELETE FROM desk.casework_erasure",
    "CREATE TABLE desk.mine (x int)",
    "SET ROLE desk",
)


class Served:
    """The three schemas in one database, made by their owner, reached as roles."""

    def __init__(self, server: servers.Server, template: str = "template0") -> None:
        self.server, self.name = server, server.fresh(template)

    @contextmanager
    def as_role(self, role: str | None) -> Iterator[None]:
        """Every alias as ``role``; None: as the owner."""
        kept = {alias: (connections.settings[alias], connections[alias]) for alias in SCHEMAS}
        url = self.server.url(self.name)
        wanted = {alias: database(url, schema=schema) for alias, schema in SCHEMAS.items()}
        for settings in wanted.values():
            settings.update({"USER": role} if role else {})
        made = connections.configure_settings(wanted)
        try:
            for alias in SCHEMAS:
                connections.settings[alias] = made[alias]
                connections[alias] = connections.create_connection(alias)
            with override_settings(ANSWERABLE_DATABASES={"default": "party", "keys": "keys", "intake": "intake"}):
                yield
        finally:
            for alias, (settings, connection) in kept.items():
                connections[alias].close()
                connections.settings[alias], connections[alias] = settings, connection

    def refused(self, role: str, statements: tuple[str, ...]) -> list[str]:
        """Those of the statements that a role may run."""
        where = f"host={self.server.socket} dbname={self.name} user={role}"
        with psycopg.connect(where, autocommit=True) as connection:
            return [one for one in statements if not refuses(connection, one)]


@cache
def _template(server: servers.Server) -> str:
    """What the owner has made, and an administrator has granted twice."""
    made = Served(server)
    with made.as_role(None):
        prepare("default", "keys", "intake")
    with psycopg.connect(server.conninfo(made.name), autocommit=True) as owner:
        for statement in [*desk_roles.script(), *intake_roles.script("reporter")] * 2:
            owner.execute(statement)
    return made.name


@pytest.fixture
def served(between: Between, django_db_blocker: Any) -> Iterator[Served]:  # the fixture's value
    with django_db_blocker.unblock():
        server = servers.running()
        found = Served(server, _template(server))
        yield found
        found.server.drop(found.name)


def test_each_does_its_work_under_its_own_role(served: Served, between: Between) -> None:
    # Given two reports that the register holds
    with served.as_role("reporter"):
        kept, taken_back = Person(between.world), Person(between.world)
        kept.report()
        taken_back.report()
    with served.as_role("sequencer"):
        between.tick()
    # When carry goes as carry
    with served.as_role("carry"):
        done = between.round()
        assert (done.taken, done.receipts, done.troubles) == (2, 2, [])
    # And the desk, which starts with its tables as they should be, answers one, and another is taken back
    with served.as_role("desk"):
        prepare("default", "keys")
        assert rows.Record.objects.count() == 2
        waiting(kept)
    with served.as_role("reporter"):
        taken_back.add(taken_back.addition(kind=Kind.WITHDRAWAL))
    with served.as_role("sequencer"):
        between.tick()
    # Then it delivers the one, and erases the other on both sides
    with served.as_role("carry"):
        between.round()
        done = between.round()
        assert done.troubles == []
        assert rows.Record.objects.get().handle == kept.record.hex()
        between.carry.swept = 0.0
        assert between.round().troubles == []
    with served.as_role("reporter"):
        assert [value for value in kept.open().values if value.signature]
        # And when new keys come from somebody who had not been told of all who hold the old ones
        kept.change(kept.open())
    with served.as_role("desk"):
        user = User.objects.create(username="officer")
        officer = rows.Person.objects.create(user=user, handle=between.world.staff[0].reader.id.hex())
    with served.as_role("sequencer"):
        between.tick()
    # Then it takes them in, and notes who is to be let in
    with served.as_role("carry"):
        assert between.round().troubles == []
    with served.as_role("desk"):
        assert {one.person for one in rows.Grant.objects.all()} == {officer}
    # And neither may do what is another's
    assert served.refused("carry", CARRY_FORBIDDEN) == []
    assert served.refused("desk", DESK_FORBIDDEN) == []


def test_clocks_run_as_the_desk(served: Served, between: Between) -> None:
    from answerable.casework import actions

    with served.as_role("reporter"):
        Person(between.world).report()
    with served.as_role("sequencer"):
        between.tick()
    with served.as_role("carry"):
        assert between.round().taken == 1
    with served.as_role("desk"):
        late = actions.clocks_once(NOW + 40 * 86_400)
        assert late
        assert actions.clocks_once(NOW + 40 * 86_400) == []


def test_rights_can_be_given_before_a_party_has_tables(between: Between, django_db_blocker: Any) -> None:
    statements = list(once_there("desk", list(of_party("desk", "desk"))))
    with django_db_blocker.unblock():
        made = Served(servers.running())
        notices: list[str] = []
        with psycopg.connect(made.server.conninfo(made.name), autocommit=True) as owner:
            owner.add_notice_handler(lambda told: notices.append(told.message_primary or ""))

            def run() -> bool:
                """What `record roles` prints; whether the sequencer may set an index then."""
                for statement in statements:
                    owner.execute(statement)  # type: ignore[call-overload]
                there = owner.execute("SELECT to_regclass('desk.outbox') IS NOT NULL").fetchone()
                asked = "SELECT has_column_privilege('sequencer', 'desk.outbox', 'idx', 'UPDATE')"
                return there == (True,) and owner.execute(asked).fetchone() == (True,)

            # Given a party without tables: nothing fails, and it is said what comes later
            assert not run()
            assert [one for one in notices if "has no tables yet: run what record roles prints again" in one]
            # And once it has them, all is given
            with made.as_role(None):
                prepare("default", "keys")
            notices.clear()
            assert run()
            assert not [one for one in notices if "no tables" in one]
        made.server.drop(made.name)


#: Of every table and view, as ``schema.name``, those on which a role has a right, to a column at least.
REACHED = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('desk', 'desk_keys', 'reporter') AND c.relkind IN ('r', 'v', 'm')
AND (has_table_privilege(%(role)s, c.oid, %(right)s)
     OR %(right)s IN ('SELECT', 'INSERT', 'UPDATE') AND has_any_column_privilege(%(role)s, c.oid, %(right)s))
"""


def test_no_role_reaches_what_is_not_its_own(served: Served) -> None:
    """By what the server itself says of every table, so that a table that comes later is in it, too."""
    with psycopg.connect(served.server.conninfo(served.name)) as owner:

        def reached(role: str, right: str) -> set[str]:
            return {name for (name,) in owner.execute(REACHED, {"role": role, "right": right})}

        roles = ("desk", "reporter", "carry", "sequencer")
        # The sequencer reads outboxes and sets an index there, and that is all
        assert {right: reached("sequencer", right) for right in ("SELECT", "INSERT", "UPDATE", "DELETE")} == {
            "SELECT": {"desk.outbox", "reporter.outbox"},
            "INSERT": set(),
            "UPDATE": {"desk.outbox", "reporter.outbox"},
            "DELETE": set(),
        }
        # The desk sees nothing of the reporter's, and the reporter nothing of the desk's nor a table of mailboxes
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            assert not [name for name in reached("desk", right) if name.startswith("reporter.")], right
            assert not [name for name in reached("reporter", right) if not name.startswith("reporter.")], right
        seen = {name.removeprefix("reporter.") for name in reached("reporter", "SELECT")}
        tables = {name for name in seen if not name.startswith("my_")}
        views = {"expired_nonce", "named_upload", "tried_mailbox"}
        assert tables == views | {"bulletin", "upload", "pow_spent", "django_migrations"}
        # Carry meets no account, and nobody has more of any table than its rows
        known = {name.split(".")[1].split("_")[0] for name in reached("carry", "SELECT") if name.startswith("desk.")}
        assert known == {"casework", "outbox", "event", "django"}
        assert {name for name in reached("carry", "SELECT") if "django" in name} == {
            "desk.django_migrations",
            "reporter.django_migrations",
        }
        for role in roles:
            assert not [one for one in ("TRUNCATE", "TRIGGER", "REFERENCES") if reached(role, one)], role
            for schema in ("desk", "desk_keys", "reporter", "public"):
                found = owner.execute("SELECT has_schema_privilege(%s, %s, 'CREATE')", [role, schema]).fetchone()
                assert found == (False,), (role, schema)


def test_who_starts_before_the_owner_has_migrated_is_told(served: Served) -> None:
    starts = {"desk": ("default",), "carry": ("default", "intake"), "reporter": ("intake",)}
    # Given databases that know of no other party's tables, as each party makes its own
    with psycopg.connect(served.server.conninfo(served.name), autocommit=True) as owner:
        owner.execute("DELETE FROM desk.django_migrations WHERE app = 'intake'")
        owner.execute("DELETE FROM reporter.django_migrations WHERE app NOT IN ('ledger', 'intake')")
    for role, aliases in starts.items():
        with served.as_role(role):
            must_be_current(*aliases, command="")
    # Given tables of an earlier version, under a newer program
    with psycopg.connect(served.server.conninfo(served.name), autocommit=True) as owner:
        owner.execute("DELETE FROM desk.django_migrations WHERE app = 'casework'")
        owner.execute("DELETE FROM reporter.django_migrations WHERE app = 'intake'")
    for role, aliases in starts.items():
        lacks = r"schema reporter.*intake\.0001" if role == "reporter" else r"schema desk:.*casework\.0001_initial"
        with served.as_role(role), pytest.raises(ConfigError, match=rf"(?s){lacks}.*As its owner run: the command"):
            must_be_current(*aliases, command="the command")


def test_what_a_restored_side_lacks_comes_back_under_carrys_role(served: Served, between: Between) -> None:
    with served.as_role("reporter"):
        kept, erased = Person(between.world), Person(between.world)
        kept.report()
        erased.report()
    with served.as_role("sequencer"):
        between.tick()
    with served.as_role("carry"):
        assert between.round().taken == 2
    with served.as_role("desk"):
        waiting(kept)
    with served.as_role("carry"):
        assert between.round().answered == 1
    # Given a desk that has forgotten a report, and a mailbox that has lost one and the answer to the other
    with served.as_role(None):
        record = rows.Record.objects.get(handle=kept.record.hex())
        for model in (rows.Duty, rows.Value):
            model.objects.filter(record=record).delete()
        record.delete()
        with connections["intake"].cursor() as cursor:
            cursor.execute("DELETE FROM reply WHERE kind = 'value' AND field = 2")
            for table in ("receipt", "ack", "spare", "value", "wrap", "compartment", "file"):
                cursor.execute(
                    f"DELETE FROM {table} WHERE submission_id IN (SELECT id FROM submission WHERE record = %s)",
                    [erased.record],
                )
            cursor.execute("DELETE FROM submission WHERE record = %s", [erased.record])
    # Then carry, with its own rights, carries and delivers again, and names what is in no box
    with served.as_role("carry"):
        between.carry.swept = 0.0
        done = between.round()
        assert (done.again, done.taken) == (1, 1)
        done = between.round()
        assert (done.again, done.answered) == (0, 1)
        assert [one for one in done.troubles if "1 thing is missing since" in one]
        between.carry.swept = 0.0
        assert len(between.round().troubles) == 1
    with served.as_role("desk"):
        assert [one.what for one in rows.Missing.objects.waiting()] == ["mailbox"]
        assert rows.Submission.objects.count() == 2
