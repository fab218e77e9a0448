"""What is carried again to a desk that lacks it: it keeps its keys until it has gone; what takes back is not lost."""

from __future__ import annotations

import pytest
from django.db import connections

from answerable.intake import actions
from answerable.ledger.routers import INTAKE, alias_of
from answerable.sealing.envelope import Kind
from tests.intake.world import NOW, Person, World, counts, draw, give_indices

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "intake"])]
OVER = NOW + 31 * 86_400


def carried(world: World, now: int = NOW) -> list[actions.Outgoing]:
    """Everything that waits, as carry takes it."""
    give_indices(counts()["outbox"] * 100)
    found = []
    while (out := actions.next_outgoing(box=world.box_private)) is not None:
        actions.mark_carried(out.id, now=now)
        found.append(out)
    return found


def spoil(sent: actions.Outgoing) -> None:
    """A value of it is not as it came any more."""
    with connections[alias_of(INTAKE)].cursor() as cursor:
        cursor.execute("UPDATE value SET sealed = %s WHERE submission_id = %s", [draw(100), sent.id])


def test_what_waits_to_be_carried_again_keeps_its_keys(world: World, person: Person) -> None:
    person.report()
    (sent,) = carried(world)
    assert actions.carry_again({sent.leaf}, world.box_private) == (1, [])
    # When its last day is over before it has gone
    assert actions.drop_spares(OVER) == 0
    # Then it goes as it came, and its keys after it
    (again,) = carried(world)
    assert (again.id, again.envelope) == (sent.id, sent.envelope)
    assert actions.drop_spares(OVER) == 1


def test_what_is_carried_again_keeps_its_keys_for_thirty_days_more(world: World, person: Person) -> None:
    # Given a report whose desk was restored on the last but one of its days, and had it again two days later
    person.report()
    (sent,) = carried(world)
    day = 86_400
    assert actions.carry_again({sent.leaf}, world.box_private) == (1, [])
    assert actions.drop_spares(NOW + 31 * day) == 0
    assert len(carried(world, NOW + 31 * day)) == 1
    # When the desk is restored once more, from a backup that is older than that, on any day until thirty later
    for days in (32, 61):
        assert actions.drop_spares(NOW + days * day) == 0
        assert actions.carry_again({sent.leaf}, world.box_private) == (1, [])
        # Then it goes as it came; and a clock that goes back shortens nothing
        (again,) = carried(world, NOW)
        assert (again.id, again.envelope) == (sent.id, sent.envelope)
    assert actions.drop_spares(NOW + 62 * day) == 1


def test_what_takes_back_is_carried_again_although_something_before_it_is_lost(world: World, person: Person) -> None:
    person.report()
    person.say("more")
    person.say("and more")
    person.add(person.addition(kind=Kind.WITHDRAWAL))
    report, more, later, withdrawal = carried(world)
    leaves = {one.leaf for one in (report, more, later, withdrawal)}
    # When one between is not as it came
    spoil(more)
    again, lost = actions.carry_again(leaves, world.box_private)
    # Then it and what came after it are named, but for the withdrawal, which goes
    assert (again, [one.leaf for one in lost]) == (2, [more.leaf, later.leaf])
    assert [one.id for one in carried(world)] == [report.id, withdrawal.id]
    # And where the beginning is lost, nothing of the record goes
    spoil(report)
    again, lost = actions.carry_again(leaves, world.box_private)
    assert (again, {one.leaf for one in lost}) == (0, leaves)
