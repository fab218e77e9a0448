"""What is taken back, with both real apps and carry between: what stays, what goes, and who is told, on either side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.contrib.auth.models import User

from answerable.casework import actions as casework
from answerable.casework import models as rows
from answerable.casework import queries, signing
from answerable.casework.actions.chains import setting, wrapping
from answerable.casework.shapes import KeySet, Sealed
from answerable.intake import actions as intake
from answerable.intake.errors import NothingOpens
from answerable.ledger.actions.wrapping import opening_key
from answerable.ledger.models import OpeningKey, Outbox
from answerable.record import commit, tree
from answerable.sealing.envelope import Kind
from answerable.sealing.place import Compartment, Field, Place, Record
from answerable.sealing.values import open_value, open_wrap, seal_value
from tests.cli.test_carry import Between, between
from tests.intake.world import NOW, Person, Staff, counts, draw

__all__ = ["between"]  # a fixture

pytestmark = [pytest.mark.django_db(databases=["default", "keys", "intake"], transaction=True)]
NARRATIVE, IDENTITY = Compartment.NARRATIVE, Compartment.REPORTER_IDENTITY


def reported(world: Between) -> Person:
    """Somebody whose report, with a file, the desk has."""
    person = Person(world.world)
    attached, body = person.file(b"a picture")
    intake.store_file(attached.attached.id, [body], now=NOW)
    person.report(files=[attached])
    world.tick()
    assert world.round().troubles == []
    return person


def takes_back(world: Between, person: Person) -> None:
    """She takes it back by her code; the register has that, and carry goes."""
    person.add(person.addition(kind=Kind.WITHDRAWAL))
    assert person.open().withdrawn
    world.tick()
    for _ in range(2):
        assert world.round().troubles == []
    casework.clocks_once(NOW)


@dataclass(frozen=True)
class Officer:
    """Somebody of intake, with the keys of their browser."""

    person: rows.Person
    staff: Staff
    signs: Ed25519PrivateKey


def works_here(staff: Staff, name: str) -> Officer:
    """A reader of the panel's note, with their account and role at the desk."""
    user = User.objects.create(username=name)
    person = rows.Person.objects.create(user=user, handle=staff.reader.id.hex(), line="intake")
    rows.Assignment.objects.create(person=person, role="intake_officer", since=date(2026, 1, 1))
    signs = Ed25519PrivateKey.generate()
    keys = KeySet(staff.reader.x25519, signs.public_key().public_bytes_raw(), draw(16), b"w", b"w")
    casework.set_keys(person, keys, now=NOW)
    return Officer(person, staff, signs)


def reads(world: Between, officer: Officer, handle: str) -> list[bytes]:
    """What somebody of the desk opens of the narrative."""
    staff = officer.staff
    found = casework.fetch_wrap(officer.person, handle, NARRATIVE, now=NOW)
    assert found is not None
    record, deployment = bytes.fromhex(handle), world.world.deployment
    place = Place(deployment, Record.REPORT, record, NARRATIVE, Field.NONE, 0)
    keys = {epoch: open_wrap(place, staff.reader.id, staff.private, wrap) for epoch, wrap in found.wraps}
    return [
        open_value(
            Place(deployment, Record.REPORT, record, NARRATIVE, Field(one.field), one.version),
            keys[one.epoch],
            bytes(one.sealed),
        )
        for one in found.values
        if one.sealed and one.field == Field.FORM
    ]


def test_unread_everything_goes_on_both_sides_but_what_the_register_committed_to(between: Between) -> None:
    # Given a report at the desk that nobody has read
    person = reported(between)
    handle = person.record.hex()
    folder = setting("files")
    assert rows.Wrap.objects.filter(record=handle).exists()
    assert len(list(folder.iterdir())) == 1
    committed = [bytes(one.leaf) for one in rows.Submission.objects.all()]
    # When she takes it back
    takes_back(between, person)
    # Then the desk has no row, no key and no file of it
    for model in (rows.Record, rows.Submission, rows.Value, rows.File, rows.Compartment, rows.Duty, rows.Act):
        assert not model.objects.exists(), model
    assert not rows.Wrap.objects.filter(record=handle).exists()
    orphans = casework.sweep(casework.sweep())
    assert list(folder.iterdir()) == []
    assert not orphans
    # And the door has nothing of it either: no ciphertext, no mailbox
    left = counts()
    assert {table: left[table] for table in ("mailbox", "record", "submission", "wrap", "value", "file", "reply")} == (
        dict.fromkeys(("mailbox", "record", "submission", "wrap", "value", "file", "reply"), 0)
    )
    with pytest.raises(NothingOpens):
        person.open()
    # But the register still holds both commitments, and an entry says which were erased, on whose word
    assert set(committed) < {tree.leaf_hash(entry) for entry in between.register.log.entries}
    erasures = list(rows.Erasure.objects.order_by("idx"))
    assert [one.reason for one in erasures] == ["withdrawal"] * 2
    assert [(one.keys_of, one.keys_also) for one in erasures] == [("", "")] * 2
    assert {bytes(one.leaf) for one in erasures} >= set(committed)
    entry = Outbox.objects.using("default").get(pk=erasures[0].outbox_id)
    event = json.loads(bytes(entry.event.body))
    assert (event["kind"], event["by"], event["reason"]) == ("case.erased", "reporter", "withdrawal")
    named = {tree.leaf_hash(commit.MARK + bytes.fromhex(one)) for one in event["entries"]}
    assert named == {bytes(one.leaf) for one in erasures}
    # The one opening key that stays is that of this very entry
    keys = set(OpeningKey.objects.using("keys").values_list("handle", flat=True))
    assert keys == {bytes(entry.leaf_hash).hex()}
    assert opening_key(bytes(entry.leaf_hash).hex(), wrapping())


def test_read_who_she_is_goes_at_once_and_two_decide_on_the_rest(between: Between) -> None:
    # Given a report that an officer has read
    person = reported(between)
    handle = person.record.hex()
    ida, ivo = works_here(between.world.staff[0], "ida"), works_here(Staff.new("intake_officer"), "ivo")
    assert reads(between, ida, handle) == [b"what happened"]
    # When she takes it back
    takes_back(between, person)
    # Then who she is has gone from both sides, key and all
    record = rows.Record.objects.get(handle=handle)
    assert record.stage == "withdrawn"
    assert not record.values.filter(compartment=int(IDENTITY)).exists()
    assert not rows.Wrap.objects.filter(record=handle, compartment__in=[0, int(IDENTITY)]).exists()
    box = person.open()
    assert box.withdrawn
    assert IDENTITY not in {one.compartment for one in box.compartments}
    assert not rows.Erasure.objects.exists()
    # And what was said waits, sealed as it was; her mailbox says where it stands, and somebody owes the decision
    assert reads(between, ida, handle) == [b"what happened"]
    standing = [json.loads(data) for field, data in person.read(box) if field == Field.STATUS][-1]
    assert standing["stage"] == "withdrawn"
    assert [(one["duty"], one["state"]) for one in standing["due"]] == [("decide_on_what_is_left", "open")]
    assert [row.act for row in queries.duties(ida.person, on=date(2026, 3, 3))] == ["decide on what is left"]
    # When two decide to shred it
    made = decides(between, ida, "propose_settlement", handle, Field.REASONS, outcome="shred", second=ivo.person)
    decides(between, ivo, "settle", handle, Field.REVIEW, decision=made.handle, agrees=True)
    # Then nobody opens it any more, at the desk or with her code
    assert not rows.Wrap.objects.filter(record=handle).exists()
    assert not any(bytes(one.sealed) for one in rows.Value.objects.all())
    assert between.round().troubles == []
    with pytest.raises(NothingOpens):
        person.open()
    assert rows.Act.objects.filter(kind="case.shredded").count() == len(
        {one.compartment for one in rows.Compartment.objects.all()}
    )


def decides(world: Between, officer: Officer, act: str, handle: str, field: Field, **named: Any) -> Any:
    """One of intake says something about what is left, sealed and signed."""
    current = rows.Compartment.objects.get(record__handle=handle, compartment=int(NARRATIVE), until=None)
    version = int.from_bytes(draw(3), "big") + 1
    record = bytes.fromhex(handle)
    place = Place(world.world.deployment, Record.REPORT, record, NARRATIVE, field, version)
    data = seal_value(place, bytes(current.public), b"why", epoch=current.epoch, rng=draw)
    signer = signing.Signer(
        world.world.deployment, officer.person.holder, officer.signs.public_key().public_bytes_raw()
    )
    today = date(2026, 3, 3)
    text = signing.act_text(signer, act, record, day=today, nonce=draw(16), body=b"{}")
    signed = signing.check(signer, act, record, text=text, signature=officer.signs.sign(text), body=b"{}", today=today)
    words = Sealed(NARRATIVE, field, version, data)
    kept = {"reasons": words} if field is Field.REASONS else {"review": words}
    about = named.pop("decision", handle)
    return getattr(casework, act)(officer.person, about, **kept, **named, signed=signed, now=NOW)
