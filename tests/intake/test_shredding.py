"""Shredding: what a person had here goes, and a column that nobody thought of fails the build."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from answerable.intake import actions, shredder
from answerable.intake.errors import NothingOpens, RefusedError
from answerable.sealing.place import Compartment
from tests.intake.test_mailbox import answer, carry
from tests.intake.world import NOW, Person, World, counts

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "intake"])]


def full(world: World) -> Person:
    """Someone with everything a mailbox can hold."""
    person = Person(world)
    attached, body = person.file(b"evidence")
    actions.store_file(attached.attached.id, [body], now=NOW)
    person.report(files=[attached])
    person.say("more")
    for out in carry():
        actions.give_receipt(out.id, b"proof")
    actions.deliver(answer(person, b"an answer"))
    actions.set_holders(person.record, {Compartment.NARRATIVE: [(b"h" * 16, b"k" * 32)]})
    return person


def test_everything_of_a_record_goes(world: World) -> None:
    person, other = full(world), full(world)
    done = shredder.shred(person.record)
    assert done.files == 1
    with pytest.raises(NothingOpens):
        person.open()
    # The entries stay, as bytes that open no more; the other person's mailbox is as it was
    left = counts()
    assert (left["outbox"], left["event"], left["mailbox"]) == (4, 2, 1)
    assert {b"what happened", b"more", b"an answer"} <= set(other.texts())
    assert shredder.shred(person.record) == shredder.Shredded(0, 0)
    shredder.shred(other.record)
    assert {name: n for name, n in counts().items() if n} == {"outbox": 4}
    assert list((world.folder / "files").iterdir()) == []


@pytest.mark.parametrize("compartments", [None, [Compartment.EVIDENCE]])
def test_a_file_goes_although_whoever_shreds_is_ended_before_it_has(
    world: World, monkeypatch: pytest.MonkeyPatch, compartments: list[Compartment] | None
) -> None:
    person = Person(world)
    shared, body = person.file(b"evidence")
    actions.store_file(shared.attached.id, [body], now=NOW)
    person.report(files=[shared])
    carry()

    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    # Given that the rows have gone, and carry is killed before the file has
    with monkeypatch.context() as killed:
        killed.setattr("answerable.intake.storage.remove", ended)
        with pytest.raises(KeyboardInterrupt):
            shredder.shred(person.record, compartments)
    (left,) = (world.folder / "files").iterdir()
    assert counts()["file"] == 0
    # Then nothing is taken that names it; and it goes with the next sweep, and nothing else does
    held = Person(world)
    with pytest.raises(RefusedError, match="is not here"):
        held.report(files=[shared])
    attached, body = held.file(b"another's")
    actions.store_file(attached.attached.id, [body], now=NOW)
    assert actions.sweep(NOW).uploads == 1
    assert not left.exists()
    assert [one.name for one in (world.folder / "files").iterdir()] == [attached.attached.id.hex()]
    held.report(files=[attached])


def test_one_compartment_goes_and_the_rest_stays(world: World) -> None:
    person = full(world)
    assert shredder.shred(person.record, [Compartment.EVIDENCE]).files == 1
    box = person.open()
    assert {one.compartment for one in box.compartments} == {
        Compartment.REPORTER_IDENTITY,
        Compartment.NARRATIVE,
        Compartment.ACCUSED_IDENTITY,
    }
    assert b"what happened" in person.texts()
    shredder.shred(person.record, [Compartment.NARRATIVE, Compartment.REPORTER_IDENTITY])
    assert person.texts() == []


def test_what_was_not_carried_is_not_shredded_yet(world: World, person: Person) -> None:
    person.report()
    assert shredder.shred(person.record) == shredder.Shredded(0, 0, waits=True)
    assert b"what happened" in person.texts()


def test_two_records_of_one_mailbox_go_one_by_one(world: World, person: Person) -> None:
    person.report()
    second = Person(world)
    second.key, second.credentials = person.key, person.credentials
    second.private, second.public = person.private, person.public
    second.report(text="another matter")
    carry()
    shredder.shred(person.record)
    assert b"another matter" in second.texts()
    assert b"what happened" not in second.texts()


#: Columns that are public, or that say nothing of anyone.
PLAIN = {
    ("bulletin", "name"),
    ("bulletin", "body"),
}


def test_every_column_of_bytes_or_text_is_listed() -> None:
    listed = {(one.table, column) for one in shredder.listing() for column in one.columns}
    columns = {
        (model._meta.db_table, field.column or field.name)
        for model in apps.get_app_config("intake").get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField | models.CharField | models.TextField)
    }
    assert columns - listed - PLAIN == set()
    assert listed - columns == set()
