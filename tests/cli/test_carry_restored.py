"""Databases restored from a backup: each side is given what the other holds, and what nobody holds is named."""

from __future__ import annotations

import pytest

from answerable.casework import models as rows
from answerable.sealing.envelope import Kind
from tests.cli.test_carry import Between, between
from tests.intake.world import Person

__all__ = ["between"]  # a fixture

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(databases=["default", "keys", "intake"], transaction=True),
]


def test_what_a_restored_desk_lacks_is_carried_again(between: Between) -> None:
    # Given a report that was carried, and one that was taken back and erased
    person, erased = Person(between.world), Person(between.world)
    person.report()
    erased.report()
    between.tick()
    assert between.round().taken == 2
    erased.add(erased.addition(kind=Kind.WITHDRAWAL))
    between.tick()
    for _ in range(2):
        between.carry.swept = 0.0
        assert between.round().troubles == []
    # When the desk's database is one from before
    rows.Duty.objects.all().delete()
    rows.Value.objects.all().delete()
    rows.Record.objects.all().delete()
    # Then a carry that begins carries the one again in its first round, and does not touch the other
    between.carry = between.begin()
    done = between.round()
    assert (done.again, done.taken, done.troubles) == (1, 1, [])
    assert rows.Record.objects.get().handle == person.record.hex()
    assert rows.Wrap.objects.filter(record=person.record.hex()).count() > 4
    done = between.round()
    assert (done.again, done.taken, done.troubles) == (0, 0, [])
    assert not rows.Missing.objects.exists()
