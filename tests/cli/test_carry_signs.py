"""Carry signs what goes to a reporter, with the key that the readers' note names first; without one, answers wait."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from answerable.casework.models import Reply
from answerable.cli.carry_answers import OfficeKeys
from answerable.cli.main import app
from answerable.errors import AnswerableError
from answerable.intake.box import BoxValue
from answerable.ledger.openings import read_secret
from answerable.parties.carry_file import next_office_file, office_files
from answerable.sealing import hpke
from answerable.sealing.answers import office_public, verify_epoch, verify_value
from answerable.sealing.place import REPORTER, Field, Place
from answerable.sealing.values import seal_wrap
from tests.cli.test_carry import Between, between  # noqa: F401  # a fixture
from tests.intake.world import Person, draw

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(databases=["default", "keys", "intake"], transaction=True),
]
DAY = "2026-03-03"


def reported(between: Between) -> Person:  # noqa: F811  # the fixture's value
    person = Person(between.world)
    person.report()
    between.tick()
    between.round()
    return person


def waiting(person: Person, **more: object) -> Reply:
    """A message of the desk's that waits to be carried."""
    (sealed,) = person.addition([(person.thread, Field.MESSAGE, b'{"v":1,"text":"read"}')]).values
    facts = {
        "handle": draw(16).hex(),
        "record": person.record.hex(),
        "record_kind": "report",
        "kind": "value",
        "compartment": int(sealed.compartment),
        "field": int(Field.MESSAGE),
        "version": sealed.version,
        "epoch": 1,
        "sealed": sealed.data,
        "made": DAY,
    }
    return Reply.objects.create(**(facts | more))


def signed(person: Person, value: BoxValue, *office: bytes) -> bool:
    place = Place(
        person.world.deployment, value.record_kind, value.record, value.compartment, Field(value.field), value.version
    )
    return verify_value(office, place, value.sealed, value.signature)


def answers(person: Person) -> list[BoxValue]:
    return [value for value in person.open().values if value.by == "desk"]


def test_everything_from_the_desk_is_signed_in_its_place(between: Between) -> None:  # noqa: F811  # likewise
    # Given a status, a message, and a new key that somebody at the desk began
    person = reported(between)
    waiting(person)
    private, public = hpke.generate(draw)
    place = person.keys.place(person.thread, Field.NONE, 0)
    wrap = seal_wrap(place, REPORTER, person.public, private, epoch=2, rng=draw)
    waiting(person, kind="epoch", field=0, version=0, epoch=2, public=public, sealed=wrap, reporter=person.public)
    assert between.round().answered == 2
    # Then each verifies under the office's key, and what she sent bears no signature of the office's
    office = office_public(between.world.office)
    assert [signed(person, value, office) for value in answers(person)] == [True, True]
    box = person.open()
    begun = next(one for one in box.compartments if one.epoch == 2)
    assert verify_epoch((office,), place, 2, public, begun.signature)
    assert not any(signed(person, value, office) for value in box.values if value.by != "desk")


def test_answers_wait_while_the_note_names_no_key_that_is_here(between: Between) -> None:  # noqa: F811  # likewise
    # Given an answer, and a carry whose key the panel has not signed
    person = reported(between)
    before = len(answers(person))
    reply = waiting(person)
    between.carry.office = OfficeKeys.of([draw(32)])
    done = between.round()
    # Then it is said once, and nothing is given away unsigned or lost
    assert done.answered == 0
    assert [trouble for trouble in done.troubles if "readers' note names no office key" in trouble] == done.troubles
    assert len(done.troubles) == 1
    reply.refresh_from_db()
    assert reply.delivered is None
    assert len(answers(person)) == before
    # What the desk erased is erased all the same
    Reply.objects.create(
        handle=draw(16).hex(), record=person.record.hex(), record_kind="report", kind="erased", made=DAY
    )
    Reply.objects.filter(pk=reply.pk).delete()
    assert between.round().answered == 1
    with pytest.raises(AnswerableError):
        person.open()


def test_a_new_key_signs_once_the_note_names_it_first(between: Between) -> None:  # noqa: F811  # likewise
    # Given a second key in carry's folder
    person = reported(between)
    first, second = between.world.office, draw(32)
    between.carry.office = OfficeKeys.of([first, second])
    waiting(person)
    between.round()
    assert all(signed(person, value, office_public(first)) for value in answers(person))
    # When the panel's note names it, with the one before behind it
    later = (office_public(second), office_public(first))
    between.world.noted = later
    (between.world.folder / "readers.note").write_text(between.world.note(epoch=2))
    waiting(person)
    between.round()
    # Then what comes from now on is signed with it, where things stand included; what was there verifies as before
    by_second = [signed(person, value, later[0]) for value in answers(person)]
    assert sorted(by_second) == [False, True, True]
    assert all(signed(person, value, *later) for value in answers(person))
    status = next(value for value in answers(person) if value.field == Field.STATUS)
    assert signed(person, status, later[0])


def test_the_keys_are_files_that_their_owner_alone_reads(tmp_path: Path) -> None:
    # Given carry's folder as the command makes it
    words = ["casework", "carry-init", str(tmp_path / "carry"), "--json"]
    for name in ("desk", "reporter", "register", "register-policy", "record", "record-policy"):
        words += [f"--{name}", str(tmp_path / name)]
    made = json.loads(CliRunner().invoke(app, words).output)
    home = tmp_path / "carry"
    # When another key is made
    again = json.loads(CliRunner().invoke(app, ["casework", "office-key", str(home), "--json"]).output)
    # Then both are there, their public halves were printed, and the first is still the first
    assert [path.name for path in office_files(home)] == ["office.key", "office-2.key"]
    assert next_office_file(home).name == "office-3.key"
    assert [path.stat().st_mode & 0o777 for path in office_files(home)] == [0o600, 0o600]
    assert [office_public(read_secret(path)).hex() for path in office_files(home)] == [made["office"], again["office"]]
    assert set(OfficeKeys.read(home).privates) == {bytes.fromhex(made["office"]), bytes.fromhex(again["office"])}
    assert made["office"] not in repr(OfficeKeys.read(home))
    # And a folder without one, or one that others can read, is said
    (home / "office.key").chmod(0o644)
    with pytest.raises(AnswerableError, match="0644"):
        OfficeKeys.read(home)
    for path in office_files(home):
        path.unlink()
    with pytest.raises(AnswerableError, match="no office key"):
        OfficeKeys.read(home)
    elsewhere = CliRunner().invoke(app, ["casework", "office-key", str(tmp_path)])
    assert elsewhere.exit_code == 2
    assert "carry-init" in elsewhere.output
