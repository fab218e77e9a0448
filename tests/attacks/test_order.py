"""A stolen disk: in which order reports came must not be read from it, only the quarter of an hour."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from django.db import connections

from answerable.intake import actions
from tests.intake.processes import own_database
from tests.intake.world import NOW, Person, World

pytestmark = pytest.mark.django_db(databases=["default", "intake"])
REPORTS = 12


def places(file: Path, people: list[Person]) -> list[int]:
    """Where the thread's sealed form of each report begins in the file."""
    data = file.read_bytes()
    looking = sqlite3.connect(file)
    found = []
    for person in people:
        query = "SELECT sealed FROM value WHERE record = ? AND compartment = ? AND field = 1"
        (sealed,) = looking.execute(query, (person.record, int(person.thread))).fetchone()
        # What is long lies on pages of its own; its last bytes are whole on one of them.
        found.append(data.index(sealed[-512:]))
    looking.close()
    return found


def test_a_file_of_the_database_does_not_keep_the_order_of_arrival(world: World) -> None:
    with own_database(world, None):
        people = [Person(world) for _ in range(REPORTS)]
        for number, person in enumerate(people):
            person.report(now=NOW + number)
        file = world.folder / "intake.db"
        with connections["intake"].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # Given that pages lie in the order in which they were needed (so the search can find an order at all)
        before = places(file, people)
        assert before == sorted(before)
        # When the tick is over
        actions.tidy()
        # Then they lie in the order of random keys
        after = places(file, people)
        assert after != sorted(after)
        looking = sqlite3.connect(file)
        ids = dict(looking.execute("SELECT id, mailbox_id FROM record").fetchall())
        looking.close()
        keys = [ids[person.record] for person in people]
        assert [key for _, key in sorted(zip(after, keys, strict=True))] == sorted(keys)
        # And nothing of the order is left in a log beside it
        assert [path.name for path in world.folder.glob("intake.db-wal") if path.stat().st_size] == []


def test_no_table_counts_what_arrives(world: World) -> None:
    with own_database(world, None):
        for _ in range(3):
            Person(world).report()
        actions.tidy()
        looking = sqlite3.connect(world.folder / "intake.db")
        counted = [name for (name,) in looking.execute("SELECT name FROM sqlite_sequence")]
        moments = [
            (table, column)
            for (table,) in looking.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for _, column, kind, *_ in looking.execute(f"PRAGMA table_info({table})").fetchall()
            if "time" in kind.lower() or column in ("created", "updated", "at", "modified")
        ]
        looking.close()
    # Only the migrations of an empty database have a running number and a moment.
    assert set(counted) <= {"django_migrations"}
    assert {table for table, _ in moments} <= {"django_migrations"}


def test_what_waits_for_the_register_is_given_out_in_no_order_of_arrival(world: World) -> None:
    # Given reports that came one after the other
    with own_database(world, None):
        people = [Person(world) for _ in range(REPORTS)]
        for person in people:
            person.report()
        looking = sqlite3.connect(world.folder / "intake.db")
        arrived = [person.record for person in people]
        ids = dict(looking.execute("SELECT id, mailbox_id FROM record").fetchall())
        # Then no way of listing a table as it lies gives that order back
        for table, column in (("submission", "record"), ("record", "id"), ("value", "record"), ("wrap", "mailbox_id")):
            listed = list(dict.fromkeys(row for (row,) in looking.execute(f"SELECT {column} FROM {table}")))
            order = [ids[record] for record in arrived] if column == "mailbox_id" else arrived
            assert sorted(listed) == sorted(order)
            assert listed != order
        looking.close()
