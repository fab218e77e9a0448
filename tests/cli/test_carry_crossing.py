"""New keys of hers and of the desk's that cross on their way: carry never puts one into her mailbox that blocks it."""

from __future__ import annotations

import secrets
import threading

import pytest
from django.db import connections

from answerable.casework.models import Compartment as DeskCompartment
from answerable.casework.models import Record as DeskRecord
from answerable.casework.models import Reply, Submission
from answerable.intake import actions as intake
from answerable.intake.actions import mine
from answerable.intake.actions.sql import Row
from answerable.intake.errors import RefusedError
from answerable.intake.reading import Signers, open_records
from answerable.sealing import hpke
from answerable.sealing.answers import office_public
from answerable.sealing.place import REPORTER, Compartment, Field, Place, Record
from answerable.sealing.signing import signer_of
from answerable.sealing.values import seal_wrap
from tests.cli.test_carry import Between
from tests.cli.test_carry import between as between  # the fixture
from tests.intake.world import Person, draw

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(databases=["default", "keys", "intake"], transaction=True),
]
NARRATIVE = Compartment.NARRATIVE


def begins(person: Person, number: int) -> bytes:
    """A new epoch of the desk's, as an officer's act leaves it; its public key."""
    record = DeskRecord.objects.get()
    private, public = hpke.generate(draw)
    place = Place(person.world.deployment, Record.REPORT, person.record, NARRATIVE, Field.NONE, 0)
    to = bytes(record.reporter_key or b"")
    here = DeskCompartment.objects.filter(record=record, compartment=int(NARRATIVE))
    here.filter(until=None).update(until=record.opened)
    DeskCompartment.objects.create(
        record=record, compartment=int(NARRATIVE), epoch=number, public=public, since=record.opened
    )
    Reply.objects.create(
        handle=secrets.token_hex(16),
        record=record.handle,
        record_kind=record.kind,
        kind=Reply.Kind.EPOCH,
        compartment=int(NARRATIVE),
        epoch=number,
        public=public,
        sealed=seal_wrap(place, REPORTER, to, private, epoch=number, rng=draw),
        reporter=to,
        made=record.opened,
    )
    return public


def newest(person: Person) -> tuple[int, bytes]:
    """What the page without script seals to; the script's twin is held to the same in the tests of both."""
    box = person.open().as_json()
    signers = Signers((office_public(person.world.office),), signer_of(person.seed))
    (record,) = open_records(box, person.world.deployment, [person.private], signers)
    assert not record.strange_keys
    return record.newest(NARRATIVE)


def current() -> bytes:
    return bytes(DeskCompartment.objects.get(compartment=int(NARRATIVE), until=None).public)


@pytest.mark.parametrize("several", [1, 2])
def test_the_desks_keys_wait_while_hers_are_on_their_way_and_are_void_when_they_come(
    between: Between, several: int
) -> None:
    # Given a report at the desk, and a change of the code that the register does not hold yet
    person = Person(between.world)
    person.report()
    between.tick()
    between.round()
    person.change(person.open())
    # When the desk begins new keys, wrapped to the key of her old code
    for number in range(2, 2 + several):
        begins(person, number)
    done = between.round()
    # Then they stay out of her mailbox, and carry says why
    assert len([one for one in done.troubles if "her code has changed" in one]) == several
    assert Reply.objects.filter(kind="epoch", delivered=None).count() == several
    assert newest(person) == (2, person.fresh.public(NARRATIVE))
    # And she writes
    person.keys = person.fresh
    person.say("at once")
    # When her change comes to the desk
    between.tick()
    assert between.round().troubles == []
    # Then the desk seals to hers, and the others go nowhere
    assert list(Submission.objects.values_list("standing", flat=True)) == ["hers"] * 3
    assert current() == person.fresh.public(NARRATIVE)
    assert not Reply.objects.filter(kind="epoch").exists()
    # And she goes on writing, and reads where it stands
    person.say("and later")
    assert newest(person) == (2, person.fresh.public(NARRATIVE))
    assert Field.STATUS in {field for field, _ in person.read(person.open())}
    # And what the desk begins now reaches her, for her new key
    public = begins(person, 2 + several)
    between.tick()
    assert between.round().troubles == []
    assert newest(person)[1] == public
    # And so does her next change, above all that she knows
    person.change(person.open())
    person.keys = person.fresh
    person.say("once more")
    between.tick()
    assert between.round().troubles == []
    assert current() == person.fresh.public(NARRATIVE)


def test_the_desks_keys_that_came_first_are_hers_to_wrap_anew(between: Between) -> None:
    # Given keys of the desk's that are in her mailbox before she changes her code
    person = Person(between.world)
    person.report()
    between.tick()
    between.round()
    public = begins(person, 2)
    stale = person.open()
    assert between.round().troubles == []
    assert newest(person) == (2, public)
    # When a page that was opened before that changes it, it is told to open the box again
    with pytest.raises(RefusedError):
        person.change(stale)
    # Then the change is made, and carried; and she writes before it and after
    person.change(person.open())
    person.keys = person.fresh
    person.say("before it came")
    between.tick()
    assert between.round().troubles == []
    person.say("after it came")
    assert newest(person) == (3, person.fresh.public(NARRATIVE))
    assert current() == person.fresh.public(NARRATIVE)


def test_keys_that_carry_had_delivered_and_not_noted_change_nothing(between: Between) -> None:
    # Given a carry that was killed between the mailbox and the desk
    person = Person(between.world)
    person.report()
    between.tick()
    between.round()
    begins(person, 2)
    between.round()
    Reply.objects.filter(kind="epoch").update(delivered=None)
    person.change(person.open())
    # When it goes on, before and after her change comes
    assert between.round().troubles == []
    Reply.objects.filter(kind="epoch").update(delivered=None)
    between.tick()
    assert between.round().troubles == []
    # Then there is nothing twice
    assert current() == person.fresh.public(NARRATIVE)
    assert DeskCompartment.objects.filter(compartment=int(NARRATIVE)).count() == 3


def test_keys_come_before_a_change_or_after_it_and_never_into_it(
    between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an epoch for her old key that carry delivers at the moment at which she changes her code
    person = Person(between.world)
    person.report()
    private, public = hpke.generate(draw)
    place = Place(between.world.deployment, Record.REPORT, person.record, NARRATIVE, Field.NONE, 0)
    wrap = seal_wrap(place, REPORTER, person.public, private, epoch=2, rng=draw)
    reply = between.world.reply(place, wrap, "2026-03-05", 2, public, person.public)
    refused: list[RefusedError] = []

    def deliver() -> None:
        try:
            intake.deliver(reply)
        except RefusedError as error:
            refused.append(error)
        finally:
            connections.close_all()

    carry, read = threading.Thread(target=deliver), mine.submissions

    def meanwhile(using: str) -> list[Row]:
        monkeypatch.setattr(mine, "submissions", read)
        carry.start()
        carry.join(0.2)
        return read(using)

    box = person.open()
    monkeypatch.setattr(mine, "submissions", meanwhile)
    person.change(box)
    carry.join(10)
    # Then it waited for the change to end, and stays out
    assert len(refused) == 1
    assert newest(person) == (2, person.fresh.public(NARRATIVE))
    person.keys = person.fresh
    person.say("at once")
