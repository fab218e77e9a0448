"""Whoever runs the reporter party, or writes to its database, speaks to her in the office's name: each thing is tried
on both faces, the page without script and the script's source."""

from __future__ import annotations

import copy
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from answerable.intake import actions
from answerable.intake.answering import Pen, changed_code
from answerable.intake.errors import MalformedError, RefusedError
from answerable.intake.filing import Means
from answerable.intake.reading import RecordBox, Signers, open_records
from answerable.sealing import hpke
from answerable.sealing.answers import office_public, sign_epoch, sign_value
from answerable.sealing.envelope import Channel
from answerable.sealing.place import REPORTER, Compartment, Field, Place, Record
from answerable.sealing.signing import sign_epoch as sign_own
from answerable.sealing.signing import signer_of
from answerable.sealing.values import seal_value, seal_wrap
from tests.intake.world import NOW, Person, World, as_reporter, draw
from tests.web.twin import Twin

pytestmark = pytest.mark.django_db(databases=["default", "intake"])

Json = dict[str, Any]
THREAD, EVIDENCE = Compartment.NARRATIVE, Compartment.EVIDENCE
#: Of these a new message, and a file, are sealed to the newest key.
SEALED_TO = (THREAD, EVIDENCE)


@dataclass(frozen=True)
class Seen:
    """What she sees of her record, on either face."""

    messages: list[tuple[bool, str]]
    status: Json
    altered: int
    unsigned: int
    strange_keys: bool
    newest: list[tuple[int, str] | None]


Face = Callable[[Person, Json], Seen]


def _plain(person: Person, box: Json) -> Seen:
    record = read(person, box)

    def newest(compartment: Compartment) -> tuple[int, str] | None:
        try:
            epoch, public = record.newest(compartment)
        except MalformedError:
            return None
        return epoch, public.hex()

    return Seen(
        [(each.mine, each.text) for each in record.messages],
        dict(record.status),
        record.altered,
        record.unsigned,
        record.strange_keys,
        [newest(one) for one in SEALED_TO],
    )


def read(person: Person, box: Json) -> RecordBox:
    """The record as the page without script opens it."""
    signers = Signers(person.world.readers.office, signer_of(person.seed))
    (record,) = open_records(box, person.world.deployment, [person.private], signers)
    return record


@pytest.fixture(params=["plain", "script"])
def face(request: pytest.FixtureRequest) -> Face:
    if request.param == "plain":
        return _plain
    twin: Twin = request.getfixturevalue("twin")

    def script(person: Person, box: Json) -> Seen:
        world = person.world
        office = [key.hex() for key in world.readers.office]
        asked = {"mailbox": box, "office": office, "compartments": [int(one) for one in SEALED_TO]}
        (told,) = twin("open_mailbox", key=person.key, deployment=world.deployment, box=person.box, **asked)
        told["messages"] = [(mine, text) for mine, text in told["messages"]]
        told["newest"] = [one and (one[0], one[1]) for one in told["newest"]]
        return Seen(**told)

    return script


@pytest.fixture
def reported(world: World) -> Person:
    """Somebody who reported, was answered and told where it stands, all of it in order."""
    person = Person(world)
    with as_reporter():
        made = person.envelope(json.dumps({"v": 1, "what": "It happened."}), channel=Channel.PLAIN)
        actions.receive(person.delivery(made), door="plain", now=NOW)
    for place, value in ((at(person, Field.MESSAGE, 5), said("We have read it.")), (at(person, Field.STATUS, 6), TRUE)):
        sealed = to_her(person, place, value)
        actions.deliver(world.reply(place, sealed, "2026-03-04", 1))
    return person


TRUE: Json = {"v": 1, "day": "2026-03-04", "stage": "taken", "due": [{"duty": "keep_in_contact", "due": "2026-04-03"}]}
FALSE: Json = {"v": 1, "day": "2026-12-31", "stage": "ended", "due": [], "rights": []}


def said(text: str) -> Json:
    return {"v": 1, "from": "desk", "day": "2026-03-05", "text": text, "after": ""}


def at(person: Person, field: Field, version: int, compartment: Compartment = THREAD) -> Place:
    return Place(person.world.deployment, Record.REPORT, person.record, compartment, field, version)


def to_her(person: Person, place: Place, value: Json, public: bytes | None = None, epoch: int = 1) -> bytes:
    """Sealed as anybody can who has the database: to the public key of her thread."""
    to = public or person.keys.public(place.compartment)
    return seal_value(place, to, json.dumps(value).encode(), epoch=epoch, rng=draw)


def box_of(person: Person) -> Json:
    """What the server says of her mailbox, to be lied in."""
    found: Json = copy.deepcopy(person.open().as_json())
    return found


def value_row(place: Place, sealed: bytes, signature: bytes | None, by: str = "desk") -> Json:
    return {
        "record": place.record.hex(),
        "record_kind": int(place.record_kind),
        "compartment": int(place.compartment),
        "field": int(place.field),
        "version": place.version,
        "sealed": b64encode(sealed).decode(),
        "signature": None if signature is None else b64encode(signature).decode(),
        "from": by,
        "day": "2026-03-05",
        "leaf": None,
        "submission": None,
    }


def signature_of(person: Person, place: Place, sealed: bytes, how: str) -> bytes | None:
    """What somebody without the office's key can put in the signature's place."""
    if how == "another key":
        return sign_value(draw(32), place, sealed)
    if how == "her own code's key":
        return sign_own(person.seed, place.for_wrap(), 1, person.keys.public(THREAD))
    if how == "moved":  # the office's own, of a true answer of hers
        true = next(one for one in box_of(person)["values"] if one["field"] == Field.MESSAGE)
        return b64decode(true["signature"])
    return {"none": None, "zeros": bytes(64), "short": b"x"}[how]


HOW = ("none", "zeros", "short", "another key", "her own code's key", "moved")


def test_what_the_office_signed_is_shown(reported: Person, face: Face) -> None:
    seen = face(reported, box_of(reported))
    assert seen.messages == [(False, "We have read it.")]
    assert seen.status == TRUE
    assert (seen.altered, seen.unsigned, seen.strange_keys) == (0, 0, False)
    assert seen.newest == [(1, reported.keys.public(one).hex()) for one in SEALED_TO]


@pytest.mark.parametrize("field", [Field.MESSAGE, Field.NOTICE])
def test_a_forged_message_is_counted_and_never_shown(reported: Person, face: Face, field: Field) -> None:
    place = at(reported, field, 9)
    sealed = to_her(reported, place, said("Come to the gate alone."))
    for how in HOW:
        # Given words in the office's name, sealed to her as anybody can
        box = box_of(reported)
        box["values"].append(value_row(place, sealed, signature_of(reported, place, sealed, how)))
        # Then she is told that something is there, and not what it says
        seen = face(reported, box)
        assert (seen.messages, seen.unsigned) == ([(False, "We have read it.")], 1), how


def test_a_forged_status_drives_nothing(reported: Person, face: Face) -> None:
    place = at(reported, Field.STATUS, 9)
    sealed = to_her(reported, place, FALSE)
    for how in HOW:
        box = box_of(reported)
        box["values"].append(value_row(place, sealed, signature_of(reported, place, sealed, how)))
        seen = face(reported, box)
        assert (seen.status, seen.unsigned) == (TRUE, 1), how


def test_saying_that_it_came_from_elsewhere_helps_nothing(reported: Person, face: Face) -> None:
    # Given a status, or a notice, that is said to be hers or the door's, which need no signature for their own
    for by in ("reporter", "intake", "office", ""):
        for field in (Field.STATUS, Field.NOTICE):
            box, place = box_of(reported), at(reported, field, 9)
            box["values"].append(value_row(place, to_her(reported, place, FALSE | said("ended")), None, by))
            seen = face(reported, box)
            assert (seen.messages, seen.status, seen.unsigned) == ([(False, "We have read it.")], TRUE, 1), by


def test_an_answer_moved_to_another_place_or_person_counts_for_nothing(
    world: World, reported: Person, face: Face
) -> None:
    # Given the office's true message, with its signature, in another version, field or record
    box = box_of(reported)
    true = next(one for one in box["values"] if one["field"] == Field.MESSAGE)
    box["values"] += [true | {"version": 77}, true | {"field": int(Field.NOTICE)}]
    seen = face(reported, box)
    assert (seen.messages, seen.unsigned) == ([(False, "We have read it.")], 2)
    other = Person(world)
    other.report()
    theirs = box_of(other)
    theirs["values"].append(true | {"record": other.record.hex()})
    assert (face(other, theirs).messages, face(other, theirs).unsigned) == ([], 1)
    # And twice in its own place it is one message
    box = box_of(reported)
    box["values"].append(true)
    assert face(reported, box).messages == [(False, "We have read it.")]


def test_an_older_status_beside_the_newer_one_does_not_win(reported: Person, face: Face) -> None:
    world, place = reported.world, at(reported, Field.STATUS, 3)
    sealed = to_her(reported, place, TRUE | {"day": "2026-03-01", "stage": "received"})
    box = box_of(reported)
    box["values"].append(value_row(place, sealed, sign_value(world.office, place, sealed)))
    assert face(reported, box).status == TRUE


def epoch_row(person: Person, compartment: Compartment, epoch: int, signature: bytes | None, hers: bool) -> Json:
    """A new epoch as somebody who writes to the database can begin it: with a wrap to her, where she reads."""
    private, public = hpke.generate(draw)
    place = at(person, Field.NONE, 0, compartment)
    wrap = None
    if compartment is THREAD:
        wrap = b64encode(seal_wrap(place, REPORTER, person.public, private, epoch=epoch, rng=draw)).decode()
    return {
        "record": person.record.hex(),
        "record_kind": int(Record.REPORT),
        "compartment": int(compartment),
        "epoch": epoch,
        "public": b64encode(public).decode(),
        "signature": None if signature is None else b64encode(signature).decode(),
        "submission": person.submission.hex() if hers else None,
        "wrap": wrap,
    }


def _epoch_signature(person: Person, compartment: Compartment, how: str) -> bytes | None:
    place = at(person, Field.NONE, 0, compartment)
    if how == "another key":
        return sign_epoch(draw(32), place, 9, draw(32))
    if how in ("hers of the first", "office's of the first"):
        public = person.keys.public(compartment)
        make = sign_own if how.startswith("hers") else sign_epoch
        return make(person.seed if how.startswith("hers") else person.world.office, place, 1, public)
    return {"none": None, "zeros": bytes(64)}[how]


@pytest.mark.parametrize("compartment", SEALED_TO)
def test_a_forged_epoch_is_never_sealed_to(reported: Person, face: Face, compartment: Compartment) -> None:
    before = face(reported, box_of(reported)).newest
    for how in ("none", "zeros", "another key", "hers of the first", "office's of the first"):
        for hers in (False, True):
            # Given a later key of her thread, or of her files, that is said to be the office's or her own
            box = box_of(reported)
            signature = _epoch_signature(reported, compartment, how)
            box["compartments"].append(epoch_row(reported, compartment, 9, signature, hers))
            # Then what she writes is sealed to the key that she knows, and she is told
            seen = face(reported, box)
            assert (seen.newest, seen.strange_keys) == (before, True), how
            assert seen.messages == [(False, "We have read it.")]


@pytest.mark.parametrize("compartment", SEALED_TO)
def test_a_key_in_the_place_of_the_first_is_never_sealed_to(
    reported: Person, face: Face, compartment: Compartment
) -> None:
    # Given a key of somebody else's in the place of the first, with a wrap to her and the true signature
    box = box_of(reported)
    true = next(one for one in box["compartments"] if one["compartment"] == compartment)
    forged = epoch_row(reported, compartment, 1, b64decode(true["signature"]), hers=True)
    box["compartments"] = [forged if one is true else one for one in box["compartments"]]
    seen = face(reported, box)
    assert seen.newest[SEALED_TO.index(compartment)] is None
    assert seen.strange_keys


def test_an_epoch_that_the_office_began_is_sealed_to(reported: Person, face: Face) -> None:
    private, public = hpke.generate(draw)
    place = at(reported, Field.NONE, 0)
    wrap = seal_wrap(place, REPORTER, reported.public, private, epoch=2, rng=draw)
    actions.deliver(reported.world.reply(place, wrap, "2026-03-05", 2, public, reported.public))
    seen = face(reported, box_of(reported))
    assert (seen.newest[0], seen.strange_keys) == ((2, public.hex()), False)


def test_an_epoch_of_the_offices_that_does_not_open_for_her_is_not_sealed_to(reported: Person, face: Face) -> None:
    # Given new keys that the office signed, wrapped to a key that is not hers
    before = face(reported, box_of(reported)).newest[0]
    private, public = hpke.generate(draw)
    wrap = seal_wrap(at(reported, Field.NONE, 0), REPORTER, hpke.generate(draw)[1], private, epoch=2, rng=draw)
    actions.deliver(reported.world.reply(at(reported, Field.NONE, 0), wrap, "2026-03-05", 2, public, reported.public))
    assert face(reported, box_of(reported)).newest[0] == before
    # And for the key of words that she changed it is not even delivered
    late = reported.world.reply(at(reported, Field.NONE, 0), wrap, "2026-03-05", 3, public, hpke.generate(draw)[1])
    with pytest.raises(RefusedError, match="code has changed"):
        actions.deliver(late)


def test_new_words_do_not_make_a_strange_key_hers(reported: Person) -> None:
    # Given a key that somebody put in, which opens for her
    box = box_of(reported)
    box["compartments"].append(epoch_row(reported, THREAD, 9, None, hers=True))
    strange = b64decode(box["compartments"][-1]["public"])
    means = Means(draw, lambda _data, _type: "other_kind", lambda _id, _body: None)
    pen = Pen(reported.world.deployment, "en", "2026-03-06", means, reported.public, reported.seed)
    made = changed_code([read(reported, box)], 0, draw(32), reported.world.readers, pen)
    # When she changes her words, she keeps it to read with, and does not sign it
    parts = {one.public: one.signature for one in made.envelopes[0].compartments}
    assert parts[strange] == bytes(64)
    assert all(any(signature) for public, signature in parts.items() if public != strange)


def test_answers_under_an_earlier_office_key_count_while_the_note_names_it(reported: Person) -> None:
    # Given another key of the office's in force
    box, own = box_of(reported), signer_of(reported.seed)
    later = office_public(draw(32))
    first = reported.world.readers.office[0]

    def messages(*office: bytes) -> int:
        (record,) = open_records(box, reported.world.deployment, [reported.private], Signers(office, own))
        return len(record.messages)

    # Then the earlier answers count as long as the panel's note names both
    assert (messages(later, first), messages(later)) == (1, 0)


def test_an_answer_without_a_signature_is_not_taken(reported: Person) -> None:
    place = at(reported, Field.MESSAGE, 9)
    reply = reported.world.reply(place, to_her(reported, place, said("x")), "2026-03-05", 1)
    with pytest.raises(RefusedError, match="signature"):
        actions.deliver(replace(reply, signature=b""))
