"""The door over real sockets: who answers what, and what it does with those who are slow, greedy or hostile."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.door.conftest import Door, ended, read, request, until

Open = Callable[..., Door]


def test_plain_words_go_to_a_child_that_ends_and_sealed_bytes_to_a_worker_that_stays(open_door: Open) -> None:
    door = open_door()
    workers = set(door.children())
    # When the same questions are asked twice
    sealed = [door.ask("POST", "/api/reports/", b"sealed").said for _ in range(4)]
    plain = [door.ask("POST", "/report/", b"words").said for _ in range(2)]
    # Then workers answered the first, and for each of the others a process that is gone
    assert {said["pid"] for said in sealed} == workers
    assert all(said["body"] == 6 for said in sealed)
    assert len({said["pid"] for said in plain} - workers) == 2
    assert all(said["parent"] == door.process.pid and said["body"] == 5 for said in plain)
    assert until(lambda: set(door.children()) == workers)


@pytest.mark.parametrize("path", ["/", "/how/", "/?l=ar", "/readers/", "/leave/", "/static/ui/x.css", "/keys.note"])
def test_public_pages_are_read_from_a_worker(open_door: Open, path: str) -> None:
    door = open_door(workers=1)
    (worker,) = door.children()
    assert door.ask("GET", path).said["pid"] == worker
    # And written to by a child alone
    assert door.ask("POST", path, b"words").said["pid"] != worker


def test_a_request_in_pieces_of_one_byte_is_one_request(open_door: Open) -> None:
    door = open_door(workers=1)
    for path in ("/report/", "/api/reports/"):
        with door.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in request("POST", path, b"slowly but surely"):
                connection.sendall(bytes([byte]))
            assert read(connection).said["body"] == 17


def test_a_second_request_behind_the_first_is_never_read(open_door: Open) -> None:
    # Given a plain report hidden behind a steady request on one connection
    door = open_door(workers=1)
    hidden = request("POST", "/report/", b"hidden words")
    for first in (request("GET", "/how/"), request("POST", "/report/", b"seen")):
        with door.connect() as connection:
            connection.sendall(first + hidden)
            answer = read(connection)
        # Then one answer comes, and the connection ends
        assert answer.body.count(b'"pid"') == 1
        assert "Connection: close" in answer.head


def test_large_bodies_arrive_whole_and_too_large_ones_are_told_so(open_door: Open) -> None:
    door = open_door(workers=1, body=3_000_000, sealed_body=1_000_000)
    assert door.ask("POST", "/report/", bytes(2_500_000)).said["body"] == 2_500_000
    assert door.ask("PUT", "/api/uploads/00/", bytes(900_000)).said["body"] == 900_000
    # When more is sent than is taken, the sentence arrives although nothing of the body was read
    for path, size in (("/report/", 6_000_000), ("/api/reports/", 2_000_000)):
        answer = door.ask("POST", path, bytes(size))
        assert answer.status == 413
        assert b"Nothing of it was taken" in answer.body


def test_who_is_asked_to_wait_for_100_continue_is_told(open_door: Open) -> None:
    door = open_door(workers=1)
    for path in ("/report/", "/api/reports/"):
        with door.connect() as connection:
            whole = request("POST", path, b"body", Expect="100-continue")
            connection.sendall(whole[:-4])
            assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"body")
            assert read(connection).said["body"] == 4


@pytest.mark.parametrize("path", ["/report/", "/api/reports/"])
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ("Transfer-Encoding: chunked\r\n", 411),
        ("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 411),
        ("Content-Length: 4\r\nTransfer-Encoding : chunked\r\n", 400),
        ("Content-Length: 4\r\nContent-Length: 5\r\n", 400),
        ("Content-Length: +4\r\n", 400),
        ("Content-Length: 4, 4\r\n", 400),
        ("Host: other\r\nContent-Length: 4\r\n", 400),
        ("Content-Length: 4\nX: y\r\n", 400),
        ("X: y\r\n Content-Length: 4\r\n", 400),
        ("X: a\rContent-Length: 4\r\n", 400),
        ("Cookie: a=1\r\nCookie: a=2\r\n", 400),
        ("Content-Length: 4000000000\r\n", 413),
        ("X: " + "y" * 20_000 + "\r\n", 431),
        ("X: y\r\n" * 100, 431),
    ],
)
def test_what_two_servers_may_read_differently_is_refused(
    shared_door: Door, path: str, fields: str, status: int
) -> None:
    assert shared_door.raw(f"POST {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\nbody".encode()).status == status


@pytest.mark.parametrize(
    "line",
    ["GET http://elsewhere/ HTTP/1.1", "CONNECT a:1 HTTP/1.1", "DELETE /api/x/ HTTP/1.1", "GET  / HTTP/1.1", "hello"],
)
def test_what_is_no_request_for_a_page_is_refused(shared_door: Door, line: str) -> None:
    assert shared_door.raw(f"{line}\r\nHost: a\r\n\r\n".encode()).status in {400, 405}


def test_a_view_sees_no_address_no_browser_and_no_earlier_page(shared_door: Door) -> None:
    hostile = {
        "X_Forwarded_For": "203.0.113.7",
        "X_Real_IP": "203.0.113.7",
        "Forwarded": "for=203.0.113.7",
        "User_Agent": "canary-browser",
        "Referer": "https://search.example/?q=canary-words",
        "Via": "canary-proxy",
        "DNT": "1",
        "Accept_Language": "fr",
        "X_Chunk": "3",
    }
    for path in ("/report/environ/", "/api/environ/"):
        seen = shared_door.ask("POST", path, **hostile).said["environ"]
        assert not [value for value in seen.values() if "203.0.113" in value or "canary" in value or "127.0.0" in value]
        assert "REMOTE_ADDR" not in seen
        assert (seen["HTTP_ACCEPT_LANGUAGE"], seen["HTTP_X_CHUNK"]) == ("fr", "3")
        assert seen["HTTP_REFERER"] == "https://search.example/"


def test_who_says_nothing_is_sent_away_and_keeps_nobody_waiting(open_door: Open) -> None:
    door = open_door(workers=1, knock_seconds=0.5, head_seconds=0.7, gap_seconds=0.7)
    beginnings = [b"", b"PO", b"GET /how", b"POST /report/ HTTP/1.1\r\nHost", b"GET /how/ HTTP/1.1\r\nHost"]
    beginnings += [request("POST", "/report/", b"12345")[:-2], request("POST", "/api/reports/", b"12345")[:-2]]
    connections = [door.connect() for _ in beginnings]
    for connection, beginning in zip(connections, beginnings, strict=True):
        connection.sendall(beginning)
    # Meanwhile others are answered
    assert door.ask("GET", "/how/").status == 200
    assert door.ask("POST", "/report/", b"x").status == 200
    # And each slow one ends within its time
    for connection in connections:
        with connection:
            assert ended(connection)


def test_more_than_there_is_room_for_wait_their_turn_and_then_are_told(open_door: Open) -> None:
    door = open_door(children=2, workers=1, queue_seconds=1.0)
    with ThreadPoolExecutor(8) as pool:
        # Given two children at work for a while, and a third person who comes
        busy = [pool.submit(door.ask, "GET", "/report/wait/?0.5") for _ in range(2)]
        assert until(lambda: len(door.children()) == 3)
        third = pool.submit(door.ask, "POST", "/report/", b"words")
        # Then she waits and is served
        assert third.result(10).said["body"] == 5
        assert all(one.result(10).status == 200 for one in busy)
        # And when they take too long she is told that nothing was received, however much she sends
        busy = [pool.submit(door.ask, "GET", "/report/wait/?2.5") for _ in range(2)]
        assert until(lambda: len(door.children()) == 3)
        answer = door.ask("POST", "/report/", bytes(3_000_000))
        assert answer.status == 503
        assert b"Nothing was received" in answer.body
        # While steady pages are as quick as ever
        began = time.monotonic()
        assert door.ask("GET", "/how/").status == 200
        assert time.monotonic() - began < 1


def test_a_child_that_holds_on_for_too_long_makes_room(open_door: Open) -> None:
    door = open_door(children=1, workers=1, patience_seconds=0.5, queue_seconds=10)
    with door.connect() as slow:
        slow.sendall(request("POST", "/report/", b"12345")[:-2])
        assert until(lambda: len(door.children()) == 2)
        assert door.ask("POST", "/report/", b"words").said["body"] == 5
        assert ended(slow)


def test_a_child_that_is_killed_harms_nobody_else(open_door: Open) -> None:
    door = open_door(workers=1)
    with pytest.raises((AssertionError, ConnectionResetError)):
        door.ask("GET", "/report/crash/")
    assert door.ask("POST", "/report/", b"words").said["body"] == 5


def test_a_worker_that_is_killed_is_replaced(open_door: Open) -> None:
    door = open_door(workers=1)
    (first,) = door.children()
    os.kill(first, signal.SIGKILL)
    # A question that comes meanwhile waits for the next one
    assert until(lambda: first not in door.children())
    assert door.ask("GET", "/how/").said["pid"] != first
    assert "another is started" in door.log.read_text()


def test_an_error_tells_where_and_never_what(open_door: Open) -> None:
    door = open_door(workers=1)
    for path in ("/report/error/", "/api/error/"):
        with pytest.raises((AssertionError, ConnectionResetError)):
            door.ask("POST", path, b"canary words")
    log = door.log.read_text()
    assert "ValueError at site.py" in log
    assert "canary" not in log


def test_a_session_is_only_opened_by_its_cookie_and_ends_with_its_time(open_door: Open) -> None:
    door = open_door(workers=1, session_seconds=1.2)
    cookie, other = "11" * 32, "22" * 32

    def session(what: str, of: str, body: bytes = b"") -> str | None:
        found: str | None = door.ask("POST", f"/box/session/?{what}", body, Cookie=f"a={of}").said["session"]
        return found

    # Given a session, of another process each time
    assert session("write", cookie, b"key") == b"key".hex()
    assert session("read", cookie) == b"key".hex()
    assert session("read", other) is None
    # When it is dropped or left alone, it is gone
    assert session("drop", cookie) is None
    assert session("write", cookie, bytes(8000)) == bytes(8000).hex()
    assert until(lambda: session("read", other) is None)
    time.sleep(1.4)
    assert session("read", cookie) is None


def test_a_steady_process_has_no_sessions(open_door: Open) -> None:
    door = open_door(workers=1)
    assert door.ask("GET", "/api/session/?read", Cookie=f"a={'11' * 32}").said["session"] is None


def test_a_restart_ends_all_sessions_and_the_old_door_finishes_what_it_does(open_door: Open) -> None:
    first = open_door(workers=1)
    first.ask("POST", "/box/session/?write", b"key", Cookie=f"a={'11' * 32}")
    with ThreadPoolExecutor(2) as pool:
        under_way = [pool.submit(first.ask, "GET", f"{path}wait/?0.7") for path in ("/report/", "/api/")]
        assert until(lambda: len(first.children()) == 2)
        time.sleep(0.2)
        # When the door is asked to end
        first.process.send_signal(signal.SIGTERM)
        # Then what was under way is answered, and it ends well
        assert [one.result(10).status for one in under_way] == [200, 200]
    assert first.process.wait(10) == 0
    second = open_door(workers=1)
    assert second.ask("POST", "/box/session/?read", Cookie=f"a={'11' * 32}").said["session"] is None


def test_nobody_outlives_a_door_that_is_killed(open_door: Open) -> None:
    door = open_door(workers=2)
    numbers = door.children()
    door.process.kill()
    door.process.wait(10)
    assert until(lambda: not any(_alive(number) for number in numbers))


def _alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
