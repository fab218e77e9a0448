"""Several requests in one commit: each is kept or refused for itself, and nobody's failure is another's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connections

from answerable.intake.actions import sql, together
from answerable.intake.errors import NotKeptError, RefusedError
from tests.intake.processes import own_database
from tests.intake.world import NOW, Person, World, counts, draw

TICK = NOW // 900


@pytest.fixture
def door(world: World, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), own_database(world, None):
        yield world


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each gave or raised, all of them waiting before the first of them goes."""
    results: list[Any] = [None] * len(works)

    def run(number: int) -> None:
        try:
            results[number] = together.together("intake", draw(32), works[number])
        except Exception as error:  # noqa: BLE001  # whatever it is, it is looked at
            results[number] = error
        finally:
            connections["intake"].close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    with sql.turn("intake"):
        for number, thread in enumerate(threads, 1):
            thread.start()
            until = time.monotonic() + 10
            while len(together._waiting["intake"]) < number and time.monotonic() < until:
                time.sleep(0.001)
    for thread in threads:
        thread.join(30)
    return results


def upload(id_: bytes) -> Callable[[], int]:
    """Add one row; which thread did it."""

    def work() -> int:
        sql.add("intake", "upload", ("id", "tick"), [(id_, TICK)])
        return threading.get_ident()

    return work


def kept() -> set[bytes]:
    return {row["id"] for row in sql.select("intake", "SELECT id FROM upload")}


def test_those_who_wait_are_done_by_one_thread_in_one_transaction(door: World) -> None:
    ids = [draw(16) for _ in range(6)]
    results = at_once(*map(upload, ids))
    assert len(set(results)) == 1
    assert kept() == set(ids)


def test_nobody_has_an_answer_before_it_is_kept(door: World) -> None:
    ids = [draw(16) for _ in range(4)]
    seen: list[set[bytes]] = []

    def last() -> None:
        # Another connection sees nothing of what the transaction holds
        other = threading.Thread(target=lambda: (seen.append(kept()), connections["intake"].close()))
        other.start()
        other.join(10)

    at_once(*map(upload, ids), last)
    assert seen == [set()]
    assert kept() == set(ids)


def test_a_refusal_and_a_taken_key_are_their_own(door: World) -> None:
    ids = [draw(16) for _ in range(3)]

    def refused() -> None:
        upload(b"never".ljust(16))()
        raise RefusedError("no")

    results = at_once(upload(ids[0]), refused, upload(ids[0]), upload(ids[1]), upload(ids[2]))
    assert isinstance(results[1], RefusedError)
    assert isinstance(results[2], IntegrityError)
    assert kept() == set(ids)


@pytest.mark.parametrize("wrong", ["statement", "bug", "ended"])
def test_what_goes_wrong_for_all_is_undone_and_each_goes_alone(door: World, wrong: str) -> None:
    ids, calls = [draw(16) for _ in range(4)], list[int]()

    def breaks() -> None:
        calls.append(1)
        if wrong == "statement":
            sql.select("intake", "SELECT * FROM nothing_of_this_name")
        elif wrong == "bug":
            raise TypeError("a bug")
        elif len(calls) == 1:
            connections["intake"].connection.rollback()  # as SQLite does by itself when the disk is full

    results = at_once(upload(ids[0]), upload(ids[1]), breaks, upload(ids[2]), upload(ids[3]))
    kind = {"statement": NotKeptError, "bug": TypeError, "ended": type(None)}[wrong]
    assert isinstance(results[2], kind)
    assert all(isinstance(results[number], int) for number in (0, 1, 3, 4))
    assert kept() == set(ids)
    assert len(calls) == 2


def test_each_sees_its_own_mailbox_alone(door: World) -> None:
    people = [Person(door) for _ in range(3)]
    answers: list[Any] = [None] * 3

    def report(number: int) -> None:
        answers[number] = people[number].report()
        connections["intake"].close()

    threads = [threading.Thread(target=report, args=(number,)) for number in range(3)]
    with sql.turn("intake"):
        for thread in threads:
            thread.start()
        until = time.monotonic() + 10
        while len(together._waiting["intake"]) < 3 and time.monotonic() < until:
            time.sleep(0.001)
    for thread in threads:
        thread.join(30)
    for person, answer in zip(people, answers, strict=True):
        assert [one.leaf.hex() for one in person.open().submissions] == [answer.leaf]
        assert person.texts().count(b"what happened") == 1
    assert counts()["mailbox"] == 3


def test_who_waits_too_long_is_told_and_is_not_done_later(door: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_PATIENCE", 0.05)
    with sql.turn("intake"):
        result: list[Any] = []

        def run() -> None:
            try:
                together.together("intake", draw(32), upload(draw(16)))
            except NotKeptError as error:
                result.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(10)
    assert len(result) == 1
    assert not together._waiting["intake"]
    assert kept() == set()
