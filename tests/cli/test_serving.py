"""Where a party listens, and that its server ends when it is told to, whatever it is doing."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
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
