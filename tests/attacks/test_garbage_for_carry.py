"""Rows that no door wrote, in the database that carry reads: one of them must not hold up everybody else."""

from __future__ import annotations

import sqlite3

import pytest

from answerable.intake import actions
from answerable.intake.errors import RefusedError
from tests.intake.processes import own_database
from tests.intake.world import Person, World, give_indices

pytestmark = pytest.mark.django_db(databases=["default", "intake"])


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE submission SET kind = 99 WHERE record = ?",
        "UPDATE submission SET channel = 77 WHERE record = ?",
        "UPDATE submission SET record_kind = 9 WHERE record = ?",
        "UPDATE submission SET struck = x'00' WHERE record = ?",
        "UPDATE submission SET consents = 'é \u0001' WHERE record = ?",
        "UPDATE value SET field = 200 WHERE record = ? AND compartment = 3 AND field = 1",
        "UPDATE value SET compartment = 50 WHERE record = ? AND compartment = 3",
        "UPDATE compartment SET public = x'00' WHERE record = ?",
        "UPDATE event SET body = x'ff00' WHERE outbox_id = (SELECT outbox_id FROM submission WHERE record = ?)",
        "UPDATE event SET body = x'5b5d' WHERE outbox_id = (SELECT outbox_id FROM submission WHERE record = ?)",
        "UPDATE event SET body = x'7b7d' WHERE outbox_id = (SELECT outbox_id FROM submission WHERE record = ?)",
    ],
)
def test_a_row_that_no_door_wrote_is_named_and_the_next_one_goes_on(world: World, damage: str) -> None:
    with own_database(world, None):
        # Given two reports with an index, and an owner of the database who damages one
        broken, whole = Person(world), Person(world)
        broken.report()
        whole.report()
        give_indices()
        owner = sqlite3.connect(world.folder / "intake.db")
        for (trigger,) in owner.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            owner.execute(f'DROP TRIGGER "{trigger}"')
        owner.execute("PRAGMA ignore_check_constraints=ON")
        owner.execute(damage, (broken.record,))
        owner.commit()
        owner.close()
        # When carry asks what goes out, leaving out what it was told cannot go
        skip: set[bytes] = set()
        given = []
        for _ in range(3):
            try:
                outgoing = actions.next_outgoing(skip=skip)
            except RefusedError as error:
                skip.add(bytes.fromhex(error.where or ""))
                continue
            if outgoing is None:
                break
            skip.add(outgoing.id)
            given.append(outgoing.record)
        # Then the damaged one is named, and the other one goes out
        assert given == [whole.record]
