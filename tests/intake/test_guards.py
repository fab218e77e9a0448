"""The reporter's rights on SQLite: a connection that can add, and read one mailbox whose lookup it was given."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connections
from django.test.utils import override_settings

from answerable.intake import actions, guards
from answerable.intake.actions.mine import lookup_of
from answerable.intake.errors import NotKeptError
from answerable.intake.guards import session
from tests.intake.processes import own_database
from tests.intake.rights import FORBIDDEN
from tests.intake.world import NOW, Person, World, counts, draw

#: What SQLite alone has.
SQLITE = (
    "ATTACH ':memory:' AS other",
    "ATTACH 'other.db' AS other",
    "DETACH main",
    "SELECT sql FROM sqlite_master",
    "SELECT * FROM sqlite_schema",
    "SELECT name FROM sqlite_temp_schema",
    "PRAGMA table_info(mailbox)",
    "PRAGMA secure_delete=OFF",
    "PRAGMA writable_schema=ON",
    "PRAGMA trusted_schema=ON",
    "SELECT * FROM pragma_table_info('mailbox')",
    "SELECT load_extension('x')",
    "SELECT randomblob(10)",
    "CREATE TEMP TABLE mine (x)",
    "CREATE TEMP VIEW my_mailbox AS SELECT * FROM mailbox",
    "CREATE TEMP TRIGGER expired_nonce_goes AFTER INSERT ON upload BEGIN DELETE FROM pow_spent; END",
    "CREATE TRIGGER mine AFTER INSERT ON upload BEGIN DELETE FROM mailbox; END",
    "REINDEX",
    "ANALYZE",
    "VACUUM INTO 'copy.db'",
    "WITH x AS (SELECT * FROM mailbox) SELECT * FROM x",
    "REPLACE INTO bulletin (name, body) VALUES ('x', 'x')",
    "SELECT data FROM outbox UNION SELECT note FROM my_ack",
)


@pytest.fixture
def reporter(world: World, django_db_blocker: object) -> Iterator[sqlite3.Connection]:
    """A file of its own, with two mailboxes in it, and the reporter's connection to it as its process has it."""
    with django_db_blocker.unblock(), own_database(world, None):  # type: ignore[attr-defined]
        Person(world).report()
        connections["intake"].close()
        with override_settings(ANSWERABLE_REPORTER=("intake",)):
            connections["intake"].ensure_connection()
            yield connections["intake"].connection


def refuses(connection: sqlite3.Connection, statement: str) -> bool:
    try:
        connection.execute(statement)
    except sqlite3.Error as error:
        return "authoriz" in str(error) or "prohibited" in str(error) or "cannot modify" in str(error)
    return False


def test_everything_else_is_refused(reporter: sqlite3.Connection, world: World) -> None:
    person = Person(world)
    person.report()
    with session("intake", lookup_of(person.l, 0)):
        assert [text for text in (*FORBIDDEN, *SQLITE) if not refuses(reporter, text)] == []


def test_a_whole_life_of_a_mailbox_needs_no_more(reporter: sqlite3.Connection, world: World) -> None:
    person = Person(world)
    _, body = person.file(b"a picture")
    upload = draw(16)
    assert actions.put_chunk(upload, 0, body, checked=True) == 1
    assert actions.upload_state(upload) == 0  # no whole chunk: a short file is sent again when it was cut off
    person.report("web", now=NOW)
    person.say("more")
    person.change(person.open())
    assert b"more" in person.texts()
    assert actions.sweep().nonces == 1
    assert actions.sweep(NOW + 30 * 86_400).uploads == 0
    actions.current_readers()


def test_the_views_show_one_mailbox_or_none(reporter: sqlite3.Connection, world: World) -> None:
    person = Person(world)
    person.report()
    tables = ("mailbox", "submission", "value", "wrap", "ack")
    for table in tables:
        assert reporter.execute(f"SELECT * FROM my_{table}").fetchall() == []
    with session("intake", lookup_of(person.l, 0)):
        assert [len(reporter.execute(f"SELECT * FROM my_{table}").fetchall()) for table in tables] == [1, 1, 5, 14, 1]
    with session("intake", draw(32)):
        assert reporter.execute("SELECT * FROM my_mailbox").fetchall() == []
        reporter.execute("BEGIN IMMEDIATE")
        reporter.execute("UPDATE my_mailbox SET withdrawn = 1")
        reporter.execute("COMMIT")
    assert not person.open().withdrawn


def test_a_nonce_stays_until_it_has_expired(reporter: sqlite3.Connection) -> None:
    reporter.execute("INSERT INTO pow_spent (nonce, until) VALUES (?, ?)", (draw(16), 1 << 40))
    reporter.execute("DELETE FROM expired_nonce")
    assert reporter.execute("SELECT count(*) FROM pow_spent").fetchone() == (1,)


@pytest.mark.usefixtures("reporter")
def test_no_submission_without_its_entry(world: World) -> None:
    person = Person(world)
    person.report()
    with connections["intake"].cursor() as cursor:
        for outbox in (5, None):
            with pytest.raises(DatabaseError, match=r"submission_of_outbox|NOT NULL|of_mailbox"):
                cursor.execute(
                    "INSERT INTO submission (id, mailbox_id, number, submission, sha256, outbox_id, leaf, include_by,"
                    " opening_key, tick, door, kind, channel, record, record_kind, language, urgent, independent,"
                    " struck,"
                    " consents) VALUES (%s, %s, 0, %s, %s, %s, %s, 1, %s, 1, 'web', 1, 1, %s, 1, 'en', 0, 0, %s, '')",
                    [draw(16), draw(16), draw(16), draw(32), outbox, draw(32), b"", draw(16), b""],
                )
        with pytest.raises(DatabaseError, match="belongs to a row"):
            cursor.execute("INSERT INTO event (id, outbox_id, body) VALUES (1, 5, %s)", [b""])


def test_the_tables_have_no_rowids_and_erase_what_they_delete(reporter: sqlite3.Connection, world: World) -> None:
    """Looked at with an ordinary connection, as whoever seizes the disk would."""
    looking = sqlite3.connect(world.folder / "intake.db")
    names = {
        name
        for name, sql in looking.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        if "WITHOUT ROWID" not in sql
    }
    assert names == {"django_migrations", "sqlite_sequence"}
    looking.close()
    reporter.set_authorizer(None)
    assert reporter.execute("PRAGMA secure_delete").fetchone() == (1,)
    # Given a canary that was deleted
    canary = b"canary-" + draw(25).hex().encode()
    reporter.execute("INSERT INTO bulletin (name, body) VALUES ('x', ?)", (canary.decode(),))
    reporter.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert canary in (world.folder / "intake.db").read_bytes()
    reporter.execute("DELETE FROM bulletin WHERE name = 'x'")
    actions.tidy()
    # Then it is in no file any more
    assert not [path for path in world.folder.glob("intake.db*") if canary in path.read_bytes()]


def test_the_authorizer_is_deny_by_default() -> None:
    for action in range(1, 34):
        assert guards.authorize(action, "mailbox", "id", "main", None) in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DENY)
    allowed = {action for action in range(1, 34) if guards.authorize(action, "mailbox", "id", "main", None) == 0}
    assert allowed == {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_TRANSACTION,
        sqlite3.SQLITE_SAVEPOINT,
        sqlite3.SQLITE_INSERT,
    }


def test_a_full_disk_says_that_nothing_was_received(reporter: sqlite3.Connection, world: World) -> None:
    # Given room for a few pages more, and a list of what did not fit
    reporter.set_authorizer(None)
    pages = reporter.execute("PRAGMA page_count").fetchone()[0]
    reporter.execute(f"PRAGMA max_page_count={pages + 6}")
    received = [kept(Person(world)) for _ in range(20)]
    # Then whoever was told that it was received has it, and nobody else has anything
    assert False in received
    reporter.set_authorizer(None)
    assert counts()["submission"] == counts()["outbox"] == 1 + sum(received)
    # And with room again people are received
    reporter.execute("PRAGMA max_page_count=1000000")
    assert kept(Person(world))


def kept(person: Person) -> bool:
    """Whether a report was received; if not, it was said so in plain words."""
    try:
        person.report()
    except NotKeptError as error:
        return "not yet received" not in str(error)
    return b"what happened" in person.texts()
