"""Rows of several tables at once: all of them or none, however many, also outside a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connections

from answerable.intake.actions import sql
from answerable.intake.actions.sql import Rows
from answerable.intake.errors import NotKeptError
from tests.intake.processes import own_database
from tests.intake.world import NOW, Person, World, counts, draw
from tests.postgres import Server

pytestmark = pytest.mark.database
MANY = sql._AT_ONCE // 2 + 1


@pytest.fixture
def door(world: World, postgres: Server | None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), own_database(world, postgres):
        yield world


def uploads(ids: list[bytes]) -> Rows:
    return ("upload", ("id", "tick"), [(one, NOW // 900) for one in ids])


def nonces(ids: list[bytes]) -> Rows:
    return ("pow_spent", ("nonce", "until"), [(one, NOW // 900) for one in ids])


@pytest.mark.parametrize("number", [1, 3, MANY])
def test_all_are_kept(door: World, number: int) -> None:
    ids = [draw(16) for _ in range(number)]
    sql.add_all("intake", [uploads(ids), nonces([]), nonces(ids[:1])])
    assert (counts()["upload"], counts()["pow_spent"]) == (number, 1)


@pytest.mark.parametrize("number", [1, 3, MANY])
def test_none_is_kept_when_one_is_taken(door: World, number: int) -> None:
    taken, ids = draw(16), [draw(16) for _ in range(number)]
    sql.add_all("intake", [nonces([taken])])
    with pytest.raises(IntegrityError):
        sql.add_all("intake", [uploads(ids), nonces([*ids, taken])])
    assert (counts()["upload"], counts()["pow_spent"]) == (0, 1)
    # And the connection is as good as before
    sql.add_all("intake", [uploads(ids)])
    assert counts()["upload"] == number


def test_what_a_database_cannot_keep_is_told_as_that(door: World) -> None:
    with pytest.raises(NotKeptError), sql.kept():
        sql.add_all("intake", [("upload", ("id", "no_such_column"), [(draw(16), 1)])])


def test_a_first_report_is_one_statement_where_it_can_be(door: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL the rows and their commit are one way there and back; on SQLite one transaction."""
    several: list[bool] = []
    real = sql.add_all

    def seen(using: str, rows: Any) -> None:
        several.append(connections[using].in_atomic_block)
        real(using, rows)

    monkeypatch.setattr(sql, "add_all", seen)
    person = Person(door)
    person.report()
    person.say("more")
    assert several == [connections["intake"].vendor == "sqlite", True]
    assert person.texts()
