"""A disk that is full under carry: it says so, loses nothing, and goes on when there is room."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections

from answerable.casework.models import File, Record
from answerable.intake import actions as intake
from tests.cli.test_carry import Between, between
from tests.intake.world import NOW, Person

__all__ = ["between"]  # a fixture

pytestmark = pytest.mark.django_db(databases=["default", "keys", "intake"], transaction=True)


@contextmanager
def full(alias: str) -> Iterator[None]:
    """A database that may grow by no page more (SQLite)."""
    with connections[alias].cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    try:
        yield
    finally:
        with connections[alias].cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def no_room_for_files() -> Iterator[None]:
    """The system refuses to write further into any file than these few bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def people(between: Between) -> list[Person]:
    """Some who reported with a file."""
    found = [Person(between.world) for _ in range(8)]
    for number, person in enumerate(found):
        attached, body = person.file(bytes(200_000))
        intake.store_file(attached.attached.id, [body], now=NOW)
        person.report(text=f"report {number}" + " and more" * 2_000, files=[attached])
    between.tick()
    return found


def whole(between: Between, people: list[Person]) -> None:
    """The desk has everything once, and so has everybody who reported."""
    assert between.round().troubles == []
    assert {one.handle for one in Record.objects.all()} == {person.record.hex() for person in people}
    assert File.objects.count() == len(people)
    for person in people:
        assert [one.receipt is not None for one in person.open().submissions] == [True]


@pytest.mark.parametrize("alias", ["default", "keys", "intake"])
def test_a_full_disk_under_a_database(between: Between, people: list[Person], alias: str) -> None:
    with full(alias):
        troubles = between.round().troubles
    assert any("full" in one for one in troubles), troubles
    whole(between, people)


def test_a_full_disk_under_the_files(between: Between, people: list[Person]) -> None:
    with no_room_for_files():
        done = between.round()
    assert (done.taken, len(done.troubles)) == (0, len(people))
    assert all("a file was not taken in" in one for one in done.troubles)
    whole(between, people)
