"""Many who send a byte now and then to the workers of the door, or take one: others are answered all the same."""

from __future__ import annotations

from collections.abc import Callable
from select import select

import pytest

from tests.door.conftest import Door, open_door, read, request, until  # noqa: F401  # fixture

Open = Callable[..., Door]


def test_slow_senders_cannot_hold_every_place_of_a_worker(open_door: Open) -> None:  # noqa: F811
    # Given a worker with few places, and more people than that who began to send and say nothing more
    door = open_door(workers=1, connections=8, head_seconds=60, gap_seconds=60)
    slow = [door.connect() for _ in range(30)]
    for connection in slow:
        connection.sendall(request("POST", "/api/reports/", b"12345")[:-2])
    # Then others are answered at once
    for _ in range(5):
        assert door.ask("GET", "/how/").status == 200
        assert door.ask("POST", "/api/reports/", b"words").said["body"] == 5
    # And the worker holds no more of the slow than it has places for
    (worker,) = door.children()
    assert until(lambda: len(sockets(worker)) <= 8 + 8), sockets(worker)
    for connection in slow:
        connection.close()


@pytest.mark.parametrize(
    "begun",
    [
        request("POST", "/api/reports/", b"")[:-4],  # no whole head
        request("POST", "/api/reports/", bytes(1_000_000))[:200],  # a head, and a little of a long body
    ],
    ids=["no-head", "little-body"],
)
def test_who_opens_many_pushes_out_nobody_who_keeps_sending(open_door: Open, begun: bytes) -> None:  # noqa: F811
    # Given a worker with few places, and somebody whose line is slow: a file's part comes in many small pieces
    door = open_door(workers=1, connections=8, head_seconds=60, gap_seconds=60)
    pieces, size = 20, 2_000
    patient, many = door.connect(), []
    patient.sendall(request("POST", "/api/reports/", bytes(pieces * size))[: -pieces * size])
    try:
        for _ in range(pieces):
            patient.sendall(bytes(size))
            # When somebody opens, between each two of them, more than all the places there are
            for _ in range(12):
                many.append(door.connect())
                many[-1].sendall(begun)
            # (and whoever comes for a page is answered)
            assert door.ask("GET", "/how/").status == 200
        # Then it is they who make room
        assert read(patient).said["body"] == pieces * size
    finally:
        for connection in (patient, *many):
            connection.close()


def test_who_writes_without_script_and_keeps_sending_is_not_ended_for_those_who_send_nothing(
    open_door: Open,  # noqa: F811
) -> None:
    # Given few places for those without script, and somebody whose line takes longer than all the patience there is
    door = open_door(children=3, workers=1, patience_seconds=0.4, queue_seconds=30, gap_seconds=60)
    pieces, size = 16, 2_000
    patient, many = door.connect(), []
    patient.sendall(request("POST", "/report/", bytes(pieces * size))[: -pieces * size])
    try:
        for _ in range(pieces):
            # When others come all the time, begin, and send nothing more
            many.append(door.connect())
            many[-1].sendall(request("POST", "/report/", bytes(1_000_000))[:200])
            assert not select([patient], [], [], 0.15)[0]
            patient.sendall(bytes(size))
        # Then it is they who make room
        assert read(patient).said["body"] == pieces * size
    finally:
        for connection in (patient, *many):
            connection.close()


def sockets(number: int) -> list[str]:
    """The sockets that a process holds."""
    from pathlib import Path

    found = []
    for link in Path(f"/proc/{number}/fd").iterdir():
        try:
            name = str(link.readlink())
        except FileNotFoundError:
            continue
        if name.startswith("socket:"):
            found.append(name)
    return found


def test_who_takes_the_answer_slowly_makes_room_as_well(open_door: Open) -> None:  # noqa: F811
    # Given people who asked and never read what they are told, until the answer stands in their way
    door = open_door(workers=1, connections=4, gap_seconds=60)
    held = [door.connect() for _ in range(12)]
    for connection in held:
        connection.sendall(request("GET", "/how/"))
    assert door.ask("GET", "/how/").status == 200
    for connection in held:
        connection.close()
