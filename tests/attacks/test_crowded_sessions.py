"""Many who open sessions without script: those who are there stay, however large or however many the others are."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from answerable.intake.door.sessions import LONGEST, SMALL
from tests.door.conftest import Door, open_door  # noqa: F401  # fixture

Open = Callable[..., Door]
PLACES = 20


def keep(door: Door, cookie: bytes, secret: bytes) -> bool:
    """Have a child keep a secret under a cookie; whether it could be kept."""
    answer = door.ask("POST", "/page/session/?write", secret, Cookie=f"a={cookie.hex()}")
    return bool(answer.said["session"] != "refused")


def held(door: Door, cookie: bytes) -> str | None:
    found: str | None = door.ask("GET", "/page/session/", Cookie=f"a={cookie.hex()}").said["session"]
    return found


def test_the_largest_sessions_push_out_nobody(open_door: Open) -> None:  # noqa: F811
    # Given somebody who has opened her messages, and others who keep as much as a session can hold
    door = open_door(session_bytes=PLACES * SMALL)
    hers = secrets.token_bytes(32)
    assert keep(door, hers, b"words and keys")
    for _ in range(PLACES):
        keep(door, secrets.token_bytes(32), bytes(LONGEST))
    # Then hers is as it was, and whoever comes next has a place as well
    assert held(door, hers) == b"words and keys".hex()
    later = secrets.token_bytes(32)
    assert keep(door, later, b"other words")
    assert held(door, later) == b"other words".hex()


def test_as_many_as_there_is_room_for_push_out_nobody(open_door: Open) -> None:  # noqa: F811
    # Given a door that is full of sessions, hers the longest unused
    door = open_door(session_bytes=PLACES * SMALL)
    hers = secrets.token_bytes(32)
    assert keep(door, hers, b"words and keys")
    answers = [keep(door, secrets.token_bytes(32), b"words") for _ in range(PLACES + 5)]
    # Then those who come are told, hers is as it was, and she can go on in it
    assert answers == [True] * (PLACES - 1) + [False] * 6
    assert held(door, hers) == b"words and keys".hex()
    assert keep(door, hers, b"words, keys, and what was said last")
    # And where hers was not used for as long as it is kept, somebody has its place
    short = open_door(session_bytes=SMALL, session_kept=0)
    assert [keep(short, secrets.token_bytes(32), b"words") for _ in range(3)] == [True] * 3
