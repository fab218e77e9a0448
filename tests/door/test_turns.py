"""Turns to compute: few at a time, in their order, and nobody keeps the others waiting."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.intake.door.turns import Turns
from tests.door.conftest import Door, read, request, until

Open = Callable[..., Door]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_turns_begin_in_their_order_and_few_at_a_time() -> None:
    granted: list[int] = []
    turns = Turns(Clock(), granted.append, at_once=2, seconds=1)
    for who in (3, 1, 2, 4):
        turns.ask(who)
    assert granted == [3, 1]
    turns.end(1)
    assert granted == [3, 1, 2]
    # Who leaves while waiting is not waited for; who never asked changes nothing
    turns.end(4)
    turns.end(9)
    turns.ask(5)
    turns.end(3)
    assert granted == [3, 1, 2, 5]


def test_a_turn_that_lasts_too_long_keeps_nobody_waiting() -> None:
    granted, clock = list[int](), Clock()
    turns = Turns(clock, granted.append, at_once=1, seconds=1)
    turns.ask(1)
    turns.ask(2)
    clock.now = 0.9
    turns.go_on()
    assert granted == [1]
    clock.now = 1.0
    turns.go_on()
    assert granted == [1, 2]
    # And when the first is over at last, it ends nobody else's
    turns.ask(3)
    turns.end(1)
    assert granted == [1, 2]


@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from(["ask", "end", "later"]), st.integers(0, 9)), max_size=60),
)
def test_never_more_than_may_and_never_anyone_twice(at_once: int, steps: list[tuple[str, int]]) -> None:
    clock, running, asked, granted = Clock(), dict[int, float](), list[int](), list[int]()

    def grant(who: int) -> None:
        granted.append(who)
        running[who] = clock.now
        assert sum(clock.now - since < 5 for since in running.values()) <= at_once

    turns = Turns(clock, grant, at_once=at_once, seconds=5)
    for step, who in steps:
        if step == "ask" and who not in asked:
            asked.append(who)
            turns.ask(who)
        elif step == "end":
            running.pop(who, None)
            turns.end(who)
        elif step == "later":
            clock.now += who
            turns.go_on()
    assert len(granted) == len(set(granted))
    assert set(granted) <= set(asked)


def test_children_compute_one_at_a_time_when_one_may(open_door: Open) -> None:
    door = open_door(workers=1, computing=1, turn_seconds=60)
    with ThreadPoolExecutor(3) as several:
        answers = list(several.map(lambda _: door.ask("GET", "/report/wait/?0.1").said, range(3)))
    times = sorted((said["from"], said["to"]) for said in answers)
    assert all(before[1] <= after[0] for before, after in pairwise(times))


def test_who_is_still_sending_has_no_turn(open_door: Open) -> None:
    door = open_door(workers=1, computing=1, turn_seconds=60)
    with door.connect() as slow:
        slow.sendall(request("POST", "/report/", b"12345")[:-2])
        assert until(lambda: len(door.children()) == 2)
        assert door.ask("POST", "/report/", b"words").said["body"] == 5
        # And the slow one is answered when all of it has come
        slow.sendall(b"45")
        assert read(slow).said["body"] == 5


def test_a_child_that_dies_in_its_turn_lets_the_next_begin(open_door: Open) -> None:
    door = open_door(workers=1, computing=1, turn_seconds=60)
    with pytest.raises((AssertionError, ConnectionResetError)):
        door.ask("GET", "/report/crash/")
    assert door.ask("POST", "/report/", b"words").said["body"] == 5


def test_a_child_that_computes_for_too_long_does_not_stop_the_others(open_door: Open) -> None:
    door = open_door(workers=1, computing=1, turn_seconds=0.1, stop_seconds=0.1)
    with door.connect() as long:
        long.sendall(request("GET", "/report/wait/?30"))
        assert until(lambda: len(door.children()) == 2)
        before = set(door.children())
        assert door.ask("POST", "/report/", b"words").said["body"] == 5
        assert before <= set(door.children())
