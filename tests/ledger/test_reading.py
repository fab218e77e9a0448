"""Reading a log's files: from a folder, over HTTP, from servers that are slow, lying or hostile."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from answerable.errors import AnswerableError
from answerable.ledger.network_errors import FetchError
from answerable.ledger.reading import BUNDLE_LIMIT, TILE_LIMIT, folder_fetch, http_fetch, limit_of, open_log

from .peers import Request, drip, flood, hang_up, reply, serving, stuck


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    (folder / "tile" / "0").mkdir(parents=True)
    (folder / "checkpoint").write_bytes(b"a note")
    (folder / "tile" / "0" / "000").write_bytes(b"\x01" * TILE_LIMIT)
    (tmp_path / "secret").write_bytes(b"not for you")
    return folder


# A folder


def test_a_folder_gives_its_files_and_says_which_are_absent(log: Path) -> None:
    fetch = folder_fetch(log)
    assert fetch("checkpoint") == b"a note"
    assert fetch("tile/0/000") == b"\x01" * TILE_LIMIT
    for absent in ("tile/0/001", "tile/0", "checkpoint/x", "archive/001"):
        with pytest.raises(FileNotFoundError):
            fetch(absent)


@pytest.mark.parametrize(
    "path",
    ["../secret", "/etc/passwd", "tile/../../secret", "", ".", "tile//0", "tile/0/", "a\0b", "tile/./0", "a\\b", "…"],
)
def test_no_path_leads_out_of_a_log(log: Path, path: str) -> None:
    with pytest.raises(FetchError, match="not the path"):
        folder_fetch(log)(path)
    with pytest.raises(FetchError, match="not the path"):
        http_fetch("http://127.0.0.1:1")(path)


def test_no_link_leads_out_of_a_log(log: Path) -> None:
    (log / "tile" / "0" / "001").symlink_to(log.parent / "secret")
    (log / "archive").symlink_to(log.parent)
    for path in ("tile/0/001", "archive/secret"):
        with pytest.raises(FetchError, match="leads out"):
            folder_fetch(log)(path)


def test_a_file_too_large_for_its_kind_is_refused(log: Path) -> None:
    (log / "tile" / "0" / "000").write_bytes(b"\x01" * (TILE_LIMIT + 1))
    with pytest.raises(FetchError, match="larger than 8,192 bytes"):
        folder_fetch(log)("tile/0/000")
    assert limit_of("tile/entries/000.p/3") == BUNDLE_LIMIT


@pytest.mark.parametrize("place", ["nowhere", "secret", "a\0b"])
def test_a_place_that_is_no_folder_is_a_clear_error(tmp_path: Path, log: Path, place: str) -> None:
    with pytest.raises(FetchError):
        folder_fetch(tmp_path / place)


def test_a_ledgers_folder_is_read_through_its_public_part_only(tmp_path: Path) -> None:
    for name in ("record", "register"):
        (tmp_path / "ledger" / "public" / name).mkdir(parents=True)
        (tmp_path / "ledger" / "public" / name / "checkpoint").write_bytes(name.encode())
    with pytest.raises(FetchError, match=r"more than one log.*public/record.*public/register"):
        open_log(tmp_path / "ledger")
    assert open_log(tmp_path / "ledger" / "public" / "register")("checkpoint") == b"register"
    (tmp_path / "ledger" / "public" / "register" / "checkpoint").unlink()
    assert open_log(str(tmp_path / "ledger"))("checkpoint") == b"record"
    with pytest.raises(FetchError, match="holds no log"):
        open_log(tmp_path)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(max_size=40))
def test_any_path_gives_a_value_or_an_error_of_ours(log: Path, path: str) -> None:
    try:
        folder_fetch(log)(path)
    except (AnswerableError, FileNotFoundError):
        return
    assert path in ("checkpoint", "tile/0/000")


# Over HTTP


def test_files_come_over_one_kept_connection(log: Path) -> None:
    def script(request: Request) -> bytes:
        place = log / request.path.removeprefix("/some/log/")
        return reply(200, place.read_bytes()) if place.is_file() else reply(404)

    with serving(script) as peer, http_fetch(peer.url + "/some/log/") as fetch:
        assert fetch("checkpoint") == b"a note"
        assert fetch("tile/0/000") == b"\x01" * TILE_LIMIT
        with pytest.raises(FileNotFoundError):
            fetch("tile/0/001")
        assert fetch("checkpoint") == b"a note"
        assert peer.connections == 1


def test_a_connection_the_server_dropped_meanwhile_is_opened_again() -> None:
    with serving(lambda _: hang_up(reply(200, b"x"))) as peer, http_fetch(peer.url) as fetch:
        assert [fetch("checkpoint") for _ in range(3)] == [b"x"] * 3
        assert peer.connections == 3


def test_a_server_that_closes_after_each_answer_is_read_to_the_end() -> None:
    body = b"x" * 300_000
    head = b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n"
    with serving(lambda _: hang_up(head + body)) as peer, http_fetch(peer.url) as fetch:
        assert fetch("checkpoint") == body
        assert fetch("checkpoint") == body


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (stuck(b""), "no complete answer within 0.3 s"),
        (stuck(b"HTTP/1.1 200 OK\r\n"), "no complete answer"),
        (stuck(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), "no complete answer"),
        (drip(b"HTTP/1.1 200 OK\r\nX: "), "no complete answer"),
        (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n"), "no complete answer"),
        (flood(b"HTTP/1.1 200 OK\r\n\r\n"), "more than 524,288 bytes"),
        (flood(b"HTTP/1.1 200 OK\r\nX: "), "no answer"),
        (hang_up(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), "too early|no answer"),
        (hang_up(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "no answer"),
        (hang_up(b""), "no answer"),
        (hang_up(b"\x00\xff garbage\r\n\r\n"), "no answer"),
        (hang_up(reply(302, b"", "text/plain", "Location: http://elsewhere/")), "redirects to http://elsewhere/"),
        (hang_up(reply(200, b"x", "text/plain", "Content-Encoding: gzip")), "compressed"),
        (hang_up(reply(500, b"x")), "answers 500"),
        (hang_up(reply(206, b"x")), "answers 206"),
    ],
)
def test_a_hostile_server_costs_a_clear_error_and_no_time(script: object, says: str) -> None:
    with serving(lambda _: script) as peer, http_fetch(peer.url, timeout=0.3) as fetch:  # type: ignore[arg-type, return-value]
        began = time.monotonic()
        with pytest.raises(FetchError, match=says):
            fetch("checkpoint")
        assert time.monotonic() - began < 2


def test_nobody_listening_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(FetchError, match=r"no answer: Connection refused"):
        http_fetch(url)("checkpoint")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a/",
        "http://",
        "http://u:p@a/",
        "http://a/?q",
        "http://a/#f",
        "http://a:99999/",
        "http://a:x/",
        "http://[",
        "http://a:0/",
    ],
)
def test_a_bad_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(FetchError):
        open_log(url)


@settings(max_examples=100, deadline=None)
@given(answer=st.binary(max_size=200))
def test_any_answer_gives_a_value_or_an_error_of_ours(answer: bytes) -> None:
    with serving(lambda _: hang_up(b"HTTP/1.1 " + answer)) as peer, http_fetch(peer.url, timeout=2) as fetch:
        try:
            fetch("checkpoint")
        except (AnswerableError, FileNotFoundError):
            return
        assert answer.startswith(b"200")


# The cache


def test_only_files_that_never_change_are_kept(tmp_path: Path) -> None:
    with serving(lambda r: reply(200, r.path.encode())) as peer, http_fetch(peer.url, tmp_path) as fetch:
        for path in ("tile/0/000", "tile/entries/x001/234", "archive/x001/x234/067"):
            assert fetch(path) == fetch(path) == f"/{path}".encode()
        assert len(peer.requests) == 3
        for path in ("checkpoint", "tile/0/000.p/7", "tile/entries/x001/234.p/9"):
            assert fetch(path) == fetch(path)
        assert len(peer.requests) == 9
        fetch.forget("tile/0/000")
        fetch("tile/0/000")
        assert len(peer.requests) == 10


def test_a_cache_that_cannot_be_written_costs_only_speed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with serving(lambda _: reply(200, b"x")) as peer, http_fetch(peer.url, tmp_path / "file") as fetch:
        assert fetch("tile/0/000") == fetch("tile/0/000") == b"x"


def test_threads_share_a_fetch() -> None:
    with serving(lambda r: reply(200, r.path.encode())) as peer, http_fetch(peer.url) as fetch:
        got: list[bytes] = []
        threads = [threading.Thread(target=lambda n=n: got.append(fetch(f"tile/0/00{n}"))) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(got) == [f"/tile/0/00{n}".encode() for n in range(8)]
