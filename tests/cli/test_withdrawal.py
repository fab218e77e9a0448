"""A report that is taken back leaves both databases: all of it when nobody has read, else who she is at once."""

from __future__ import annotations

import pytest

from answerable.casework.models import Read
from answerable.casework.models import Record as DeskRecord
from answerable.intake import actions as intake
from answerable.intake.errors import NothingOpens
from answerable.sealing.envelope import Kind
from answerable.sealing.place import Compartment
from tests.cli.test_carry import Between, between
from tests.intake.world import NOW, Person, counts

__all__ = ["between"]  # a fixture

pytestmark = [pytest.mark.django_db(databases=["default", "keys", "intake"], transaction=True)]
#: What of a person's a table holds.
HERS = ("mailbox", "record", "submission", "compartment", "wrap", "value", "file", "reply", "ack", "receipt", "event")


def reported(world: Between) -> Person:
    """Somebody whose report, with a file, the desk has."""
    person = Person(world.world)
    attached, body = person.file(b"a picture")
    intake.store_file(attached.attached.id, [body], now=NOW)
    person.report(files=[attached])
    world.tick()
    world.round()
    return person


def withdrawn(world: Between, person: Person) -> None:
    """She takes it back, the register holds that, and carry goes twice."""
    person.add(person.addition(kind=Kind.WITHDRAWAL))
    world.tick()
    assert [done.troubles for done in (world.round(), world.round())] == [[], []]


def test_unread_nothing_of_it_stays_in_the_mailboxes(between: Between) -> None:
    # Given two reports that the desk has, one of which is taken back before anybody read it
    person, other = reported(between), reported(between)
    before = counts()
    withdrawn(between, person)
    # Then everything of it is gone, its file and its mailbox too; of the other nothing is
    after = counts()
    assert [after[table] * 2 for table in HERS if table != "reply"] == [
        before[table] for table in HERS if table != "reply"
    ]
    with pytest.raises(NothingOpens):
        person.open()
    assert len(list((between.world.folder / "files").iterdir())) == 1
    assert b"what happened" in other.texts()
    assert [record.handle for record in DeskRecord.objects.all()] == [other.record.hex()]
    # And what the register committed to stays: three entries
    assert after["outbox"] == 3


def test_read_who_she_is_goes_at_once_and_the_rest_waits_for_a_decision(between: Between) -> None:
    person = reported(between)
    Read.objects.create(
        n=1, at="2026-03-03T10:00:00Z", person="ab" * 16, role="intake_officer", record=person.record.hex(),
        compartment="narrative", object="wrap", act="read", h=bytes(32),
    )  # fmt: skip
    withdrawn(between, person)
    box = person.open()
    assert box.withdrawn
    left = {one.compartment for one in box.compartments}
    assert Compartment.REPORTER_IDENTITY not in left
    assert Compartment.REPORTER_IDENTITY not in {value.compartment for value in box.values}
    assert b"what happened" in person.texts()


def test_an_erasure_waits_for_what_was_not_carried_and_is_done_then(between: Between) -> None:
    person = reported(between)
    person.say("on its way")
    # Nothing is destroyed while carry has something of it still to take
    assert intake.shred(person.record).waits
    assert b"on its way" in person.texts()
    between.tick()
    between.round()
    done = intake.shred(person.record)
    assert not done.waits
    assert counts()["value"] == 0
    # Again: it is gone already
    assert intake.shred(person.record).rows == 0
