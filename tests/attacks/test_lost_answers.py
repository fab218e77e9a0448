"""Answers that are lost on a bad line: whatever a browser sends again, nothing is held up, and nothing stands twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from answerable.casework import actions as casework
from answerable.casework.actions.chains import setting
from answerable.casework.arrivals import COPY
from answerable.casework.models import File, Submission, Value
from answerable.intake.errors import ConflictError
from answerable.sealing import envelope as envelopes
from answerable.sealing.envelope import Kind
from answerable.sealing.making import attach, make_addition
from answerable.sealing.place import Compartment, Field, Place
from answerable.sealing.place import Record as RecordKind
from answerable.sealing.signing import sign
from answerable.sealing.values import seal_value
from tests.casework.conftest import staffed
from tests.casework.world import DEPLOYMENT, Desk, Reporter, draw
from tests.intake.world import Person

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys", "intake"])]
NARRATIVE = Compartment.NARRATIVE


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "desk")
    with made.in_force():
        yield staffed(made)


def resealed(reporter: Reporter, data: bytes, **changed: object) -> bytes:
    """What she sent, as another submission of hers."""
    made = envelopes.decode(data)
    return envelopes.encode(sign(replace(made, submission=draw(16), **changed), reporter.seed))


def texts(desk: Desk, reporter: Reporter) -> list[bytes]:
    return desk.staff["officer"].open(reporter.handle, NARRATIVE, RecordKind.REPORT)


def test_a_message_sealed_once_and_sent_twice_is_one_message_and_holds_nothing_up(desk: Desk) -> None:
    # Given a message of hers at the desk, and the same sealed words in another envelope
    reporter = desk.taken_in(b"at first")
    first = reporter.adds(b"I am not safe")
    assert casework.take_in(first, now=desk.now).new
    again = reporter.sends(envelopes.decode(resealed(reporter, first.envelope)))
    # When carry brings it, it is taken
    assert casework.take_in(again, now=desk.now).new
    # Then the words stand there once, both entries are explained, and what comes later is taken, too
    assert texts(desk, reporter) == [b"at first", b"I am not safe"]
    assert Submission.objects.count() == 3
    assert casework.take_in(reporter.adds(b"more"), now=desk.now).new
    assert texts(desk, reporter) == [b"at first", b"I am not safe", b"more"]
    # And taking it back is, most of all
    assert casework.take_in(reporter.adds(b"", Kind.WITHDRAWAL), now=desk.now).new


def test_other_words_in_a_place_that_is_taken_are_kept_beside_it_and_open(desk: Desk) -> None:
    # Given a message of hers, and another that claims the same place
    reporter = desk.taken_in(b"at first")
    first = reporter.adds(b"one")
    casework.take_in(first, now=desk.now)
    (value,) = envelopes.decode(first.envelope).values
    place = Place(DEPLOYMENT, RecordKind.REPORT, reporter.record, NARRATIVE, Field.MESSAGE, value.version)
    public = next(one.public for one in reporter.envelope.compartments if one.compartment is NARRATIVE)
    other = replace(value, data=seal_value(place, public, b"two", epoch=1, rng=draw))
    second = reporter.sends(envelopes.decode(resealed(reporter, first.envelope, values=(other,))))
    # Then both are kept, both open, and nothing waits
    assert casework.take_in(second, now=desk.now).new
    assert texts(desk, reporter) == [b"at first", b"one", b"two"]
    assert [
        number // COPY for number in Value.objects.filter(field=int(Field.MESSAGE)).values_list("version", flat=True)
    ] == [0, 1]
    assert casework.take_in(reporter.adds(b"more"), now=desk.now).new


def test_a_file_sent_twice_is_one_file(desk: Desk, tmp_path: Path) -> None:
    # Given an addition with a file
    reporter = desk.taken_in()
    epoch, public = (
        1,
        next(one.public for one in reporter.envelope.compartments if one.compartment is Compartment.EVIDENCE),
    )
    place = Place(DEPLOYMENT, RecordKind.REPORT, reporter.record, Compartment.EVIDENCE, Field.FILE, 2)
    made, body = attach(place, public, "a.jpg", "image/jpeg", b"picture", epoch=epoch, rng=draw)
    (path := tmp_path / "body").write_bytes(body)
    where = (DEPLOYMENT, RecordKind.REPORT, reporter.record, reporter.public, {})
    added = sign(make_addition(*where, (), files=[made], rng=draw), reporter.seed)
    files = ((made.attached, path),)
    # When it comes twice, in two envelopes
    assert casework.take_in(reporter.sends(added, files=files), now=desk.now).new
    again = envelopes.decode(resealed(reporter, envelopes.encode(added)))
    assert casework.take_in(reporter.sends(again, files=files), now=desk.now).new
    # Then it is one, and what was copied for the second is swept
    kept = File.objects.get()
    casework.sweep(casework.sweep())
    assert [one.name for one in setting("files").iterdir()] == [kept.handle]


def test_the_door_takes_no_second_value_for_one_place(world: object, person: Person) -> None:
    # Given a message in a mailbox
    person.report()
    made = person.addition([(person.thread, Field.MESSAGE, b"once")])
    received = person.add(made)
    # When the same bytes come again, the answer is the same; in another envelope they are refused
    assert person.add(made) == received
    with pytest.raises(ConflictError):
        person.add(sign(replace(made, submission=draw(16)), person.seed))
    # And her next words are taken
    person.say("next")
    assert person.texts().count(b"once") == 1
