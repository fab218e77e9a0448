"""What a person sends goes over carry to the desk and is believed there; what others put beside it is not."""

from __future__ import annotations

from hashlib import sha256

import pytest

from answerable.casework.models import Compartment as DeskCompartment
from answerable.casework.models import Record as DeskRecord
from answerable.casework.models import Submission, Value
from answerable.intake.actions import mine, setting, sql
from answerable.intake.actions.keeping import Into, keep, ready
from answerable.intake.exchange import Arrival
from answerable.intake.guards import session
from answerable.sealing import envelope as envelopes
from answerable.sealing.envelope import Kind
from answerable.sealing.place import Compartment, Field
from answerable.sealing.signing import sign
from tests.cli.test_carry import Between
from tests.cli.test_carry import between as between  # the fixture
from tests.intake.world import NOW, Person, draw

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(databases=["default", "keys", "intake"], transaction=True),
]


def carried(between: Between) -> list[str]:
    """How everything at the desk stands, once carry has gone."""
    between.tick()
    assert between.round().troubles == []
    return list(Submission.objects.order_by("id").values_list("standing", flat=True))


def test_everything_that_she_sends_is_hers_at_the_desk_before_and_after_new_words(between: Between) -> None:
    # Given a report, a message, a choice of consents
    person = Person(between.world)
    person.report()
    person.say("one more thing")
    person.add(person.addition(kind=Kind.CONSENT, consents=("contact", "state")))
    # And new words, and what she writes with them
    person.change(person.open())
    person.keys = person.fresh
    person.say("with new words")
    # When it is carried
    assert carried(between) == ["hers"] * 5
    # Then it has taken effect, and the desk seals to her newest keys
    record = DeskRecord.objects.get()
    assert record.consents == "contact state"
    assert bytes(record.reporter_key or b"") == person.public
    current = DeskCompartment.objects.get(compartment=int(Compartment.NARRATIVE), until=None)
    assert (current.epoch, bytes(current.public)) == (2, person.fresh.public(Compartment.NARRATIVE))
    # And a withdrawal is, too
    person.add(person.addition(kind=Kind.WITHDRAWAL))
    between.tick()
    assert between.round().troubles == []
    assert not DeskRecord.objects.exists()


def test_what_the_reporter_party_enters_in_her_name_is_carried_and_not_believed(between: Between) -> None:
    # Given a report, and a withdrawal that whoever runs the reporter party entered properly, but for the signature
    person = Person(between.world)
    person.report()
    made = sign(person.addition([(person.thread, Field.MESSAGE, b"forget it")], kind=Kind.WITHDRAWAL), draw(32))
    data, using = envelopes.encode(made), setting.using()
    arrival = Arrival(made, sha256(data).digest(), "plain", NOW, None)
    with sql.act(using), session(using, mine.lookup_of(person.l, person.box)):
        found = mine.mailbox(using)
        assert found is not None
        keep(using, ready(using, arrival, first=False), Into(found["id"], 1, first=False))
    # When it is carried
    assert carried(between) == ["hers", "unsigned"]
    # Then the desk has her report, and the forgery beside it; and goes on taking in what is hers
    assert DeskRecord.objects.get().stage == "received"
    assert Value.objects.filter(submission__standing="unsigned").count() == 1
    person.say("I am here")
    assert carried(between) == ["hers", "unsigned", "hers"]
