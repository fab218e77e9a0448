"""Where a party listens, and that its server ends when it is told to, whatever it is doing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from answerable.cli import serving
from answerable.errors import AnswerableError

#: A party that never comes to the end of an answer, and says when it was asked.
HANGS = """
import sys, time
from answerable.cli import serving

def application(environ, start_response):
    print("asked", flush=True)
    time.sleep(3600)

if __name__ == "__main__":
    serving.GOODBYE = 1
    serving.serve("hangs:application", "127.0.0.1", int(sys.argv[1]))
"""


@pytest.mark.parametrize(
    "listen", ["8000", ":8000", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "a:٨٠", "a:-1", ""]
)
def test_what_is_no_address_is_a_sentence(listen: str) -> None:
    with pytest.raises(AnswerableError, match="is no address"):
        serving.address(listen)


def test_an_address_is_a_host_and_a_port() -> None:
    assert serving.address("127.0.0.1:8000") == ("127.0.0.1", 8000)
    assert serving.address("[::1]:65535") == ("::1", 65535)


#: A party that answers, and says when its worker begins to load it.
ANSWERS = """
import sys
from answerable.cli import serving

if __name__ != "__main__":
    print("loading", flush=True)
    %s

def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]

if __name__ == "__main__":
    %s
    serving.serve("answers:application", "127.0.0.1", int(sys.argv[1]))
"""


@contextmanager
def answering(
    folder: Path, *, loading: str = "pass", serving: str = "pass"
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A party, and the port on which it answers: ``loading`` and ``serving`` are done in its worker and its server."""
    (folder / "answers.py").write_text(ANSWERS % (loading, serving))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    party = subprocess.Popen(
        [sys.executable, "answers.py", str(port)],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert party.stdout is not None
        assert party.stdout.readline() == "loading\n"
        yield party, port
    finally:
        with suppress(ProcessLookupError):
            os.killpg(party.pid, signal.SIGKILL)  # it is the first of its own session
        party.communicate()


def ask(port: int) -> None:
    with connected(port) as asking:
        asking.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        assert asking.recv(100).startswith(b"HTTP/1.1 200")


def test_signals_that_come_at_once_end_a_party(tmp_path: Path) -> None:
    with answering(tmp_path) as (party, port):
        ask(port)
        # When it is told twice and more, as by a terminal and by whoever started it
        for number in range(400):
            party.send_signal((signal.SIGINT, signal.SIGTERM)[number % 2])
            if party.poll() is not None:
                break
        # Then it ends by itself
        assert party.wait(30) == 0


def test_a_signal_to_all_processes_of_a_party_is_no_failure(tmp_path: Path) -> None:
    with answering(tmp_path) as (party, port):
        ask(port)
        os.killpg(party.pid, signal.SIGTERM)
        assert party.wait(30) == 0


def test_a_worker_that_is_still_loading_ends_at_once(tmp_path: Path) -> None:
    with answering(tmp_path, loading="import time; time.sleep(3600)") as (party, _port):
        party.send_signal(signal.SIGTERM)
        assert party.wait(9) == 0


def test_a_server_that_hangs_itself_is_ended_with_its_worker(tmp_path: Path) -> None:
    # Given a server that never comes to the end of its ending
    hangs = "serving.GOODBYE = serving.GRACE = 1; import time; from granian.server import mp"
    hangs += "; mp.MPServer._stop_workers = lambda self: time.sleep(3600)"
    with answering(tmp_path, serving=hangs) as (party, port):
        ask(port)
        (worker,) = Path(f"/proc/{party.pid}/task/{party.pid}/children").read_text().split()
        party.send_signal(signal.SIGTERM)
        # Then it ends in time, says so, and nobody listens there any more
        assert party.wait(9) == 1
        assert party.stderr is not None
        assert "was ended" in party.stderr.read()
        for _ in range(100):
            if not Path(f"/proc/{worker}/cmdline").exists() or not Path(f"/proc/{worker}/cmdline").read_bytes():
                break
            time.sleep(0.05)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)


def connected(port: int) -> socket.socket:
    """A connection to a server that may still be starting."""
    for _ in range(600):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=30)
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("it never listened")


def test_two_never_share_a_port() -> None:
    """Also of the same user, whose servers the system would let share it: passwords are counted in one memory."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(AnswerableError, match=r"cannot listen there: address already in use.*--listen"):
            serving.serve("nothing:application", "127.0.0.1", port)
    serving.must_be_free("127.0.0.1", port)


def test_a_party_that_hangs_in_an_answer_ends_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "hangs.py").write_text(HANGS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        subprocess.Popen(
            [sys.executable, "hangs.py", str(port)], cwd=tmp_path, stdout=subprocess.PIPE, text=True
        ) as party,
        connected(port) as asking,
    ):
        asking.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert party.stdout is not None
        assert party.stdout.readline() == "asked\n"
        party.send_signal(signal.SIGTERM)
        assert party.wait(60) == 0
