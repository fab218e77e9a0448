"""A desk whose database is older than what carry did: what it lacks is said, and goes on being said."""

from __future__ import annotations

import pytest

from answerable.casework import actions as casework
from answerable.casework import models as rows
from answerable.sealing.envelope import Kind
from tests.cli.test_carry import Between, between
from tests.intake.world import Person

__all__ = ["between"]  # a fixture

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(databases=["default", "keys", "intake"], transaction=True),
]


def test_what_a_restored_desk_lacks_is_said(between: Between) -> None:
    # Given a report that was carried, and one that was taken back and erased
    Person(between.world).report()
    erased = Person(between.world)
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
    # Then a carry that begins says so in its first round and in every later one, with what to do
    for carry in (between.begin(), between.carry):
        between.carry = carry
        between.carry.swept = 0.0
        for _ in range(2):
            (trouble,) = between.round().troubles
            assert trouble.startswith("the desk lacks 1 submissions that it was given")
            assert "stop the desk" in trouble


def test_nothing_lacks_where_nothing_was_given() -> None:
    assert casework.missing(frozenset()) == frozenset()
