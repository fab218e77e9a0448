"""Somebody who can write to the reporters' database, or the server itself, puts keys and words of their own into it."""

from __future__ import annotations

import copy
import json
from base64 import b64encode
from typing import Any

import pytest

from answerable.intake.answering import Pen, changed_code
from answerable.intake.contents import message
from answerable.intake.errors import MalformedError
from answerable.intake.filing import Means
from answerable.intake.page_session import second_id
from answerable.intake.reading import RecordBox, Signers, open_records
from answerable.sealing import hpke
from answerable.sealing.answers import office_public, sign_value
from answerable.sealing.envelope import Channel
from answerable.sealing.place import Compartment, Field, Place
from answerable.sealing.signing import signer_of
from answerable.sealing.values import seal_value
from tests.intake.world import Person, World, draw

pytestmark = pytest.mark.django_db(databases=["default", "intake"])


def facts(person: Person) -> dict[str, Any]:
    """What the server says of her mailbox, as it comes."""
    found: dict[str, Any] = copy.deepcopy(person.open().as_json())
    return found


def opened(person: Person, said: dict[str, Any]) -> RecordBox:
    signers = Signers((office_public(person.world.office),), signer_of(person.seed))
    return open_records(said, person.world.deployment, [person.private], signers)[0]


def reported(world: World) -> Person:
    person = Person(world)
    made = person.envelope(json.dumps({"v": 1, "what": "It happened."}), channel=Channel.PLAIN)
    from answerable.intake import actions
    from tests.intake.world import NOW, as_reporter

    with as_reporter():
        actions.receive(person.delivery(made), door="plain", now=NOW)
    return person


def test_a_key_put_in_the_place_of_a_compartments_is_never_sealed_to(world: World) -> None:
    # Given a report, and a key of somebody else's in the place of her thread's
    person = reported(world)
    _, stranger = hpke.generate(draw)
    said = facts(person)
    for one in said["compartments"]:
        if one["compartment"] == Compartment.NARRATIVE:
            one["public"] = b64encode(stranger).decode()
    # When she opens it
    box = opened(person, said)
    # Then it is counted as altered, and holds nothing that she takes for hers
    assert box.altered >= 1
    assert all(part.private is None for part in box.parts if part.public == stranger)


def test_a_later_epoch_without_a_wrap_of_hers_is_never_sealed_to(world: World) -> None:
    # Given a later epoch of her thread that somebody wrote into the database
    person = reported(world)
    before = opened(person, facts(person)).newest(Compartment.NARRATIVE)
    _, stranger = hpke.generate(draw)
    said = facts(person)
    one = next(each for each in said["compartments"] if each["compartment"] == Compartment.NARRATIVE)
    said["compartments"].append(one | {"epoch": 9, "public": b64encode(stranger).decode(), "wrap": None})
    # Then what she writes is still sealed to the key that she holds
    assert opened(person, said).newest(Compartment.NARRATIVE) == before


def test_new_keys_are_wrapped_to_no_holder_whom_the_panel_did_not_sign(world: World) -> None:
    # Given a holder with a key of somebody else's
    person = reported(world)
    said = facts(person)
    for holders in said["holders"].values():
        for several in holders.values():
            for one in several:
                one["public"] = hpke.generate(draw)[1].hex()
    means = Means(draw, lambda _data, _type: "other_kind", lambda _id, _body: None)
    pen = Pen(world.deployment, "en", "2026-03-03", means, person.public, person.seed)
    # When she changes her code without script
    with pytest.raises(MalformedError, match="signed note"):
        changed_code([opened(person, said)], 0, draw(32), world.readers, pen)
    # And with the true holders it goes on
    true = [opened(person, facts(person))]
    changed_code(true, 0, draw(32), world.readers, pen)


def test_words_that_say_they_are_hers_are_not_shown_as_hers(world: World) -> None:
    # Given a message from the desk that says of itself that she wrote it
    person = reported(world)
    said = facts(person)
    epoch, public = opened(person, said).newest(Compartment.NARRATIVE)
    first = next(one for one in said["values"] if one["compartment"] == Compartment.NARRATIVE)
    place = Place(world.deployment, person.record_kind, person.record, Compartment.NARRATIVE, Field.MESSAGE, 77)
    sealed = seal_value(place, public, message("I take it back.", "2026-03-04", None), epoch=epoch, rng=draw)
    signature = b64encode(sign_value(world.office, place, sealed)).decode()
    value = first | {"field": int(Field.MESSAGE), "version": 77, "sealed": b64encode(sealed).decode()}
    said["values"].append(value | {"from": "desk", "signature": signature})
    # Then it stands there as the office's
    (one,) = opened(person, said).messages
    assert (one.mine, one.text) == (False, "I take it back.")


def test_the_ids_of_a_report_and_of_a_request_for_help_are_joined_by_nothing_stored() -> None:
    # Given the same form with the same id under two cookies: the second id follows from the cookie, which nobody keeps
    first, one, other = draw(16), draw(32), draw(32)
    assert second_id(one, first) == second_id(one, first) != second_id(other, first)
    assert len(second_id(one, first)) == 16
