"""A witness as a process: made, served, asked by raw bytes as the specification has them, killed, restarted, lost."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from typer.testing import CliRunner, Result

from answerable.cli.main import app
from tests import commands, postgres
from tests.ledger.small_log import ORIGIN, SmallLog, log_keys

PROGRAM = (sys.executable, "-m", "answerable")
NAME = "witness.example/cs1"


def command(*arguments: str | Path, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return commands.run(*map(str, arguments), env=environment or clean())


def misused(*arguments: str | Path) -> Result:
    """A command that ends before it would set Django up, run in this process."""
    return CliRunner().invoke(app, list(map(str, arguments)))


def clean() -> dict[str, str]:
    """The environment of a person who runs a witness: nothing of the test suite's."""
    return {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}


def made(place: Path, environment: dict[str, str] | None = None) -> Path:
    assert command("record", "witness", "init", place, "--name", NAME, environment=environment).returncode == 0
    keys = [word for key in log_keys() for word in ("--vkey", str(key.verifier))]
    added = command("record", "witness", "add-log", place, *keys, environment=environment)
    assert added.stdout.startswith(f"log       {ORIGIN}  2 keys, 2 new")
    return place


class Served:
    def __init__(self, place: Path, environment: dict[str, str] | None = None, *options: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [*PROGRAM, "record", "witness", "serve", str(place), "--listen", f"127.0.0.1:{self.port}", *options],
            stdout=subprocess.PIPE,
            text=True,
            env=environment or clean(),
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, "it ended"
                time.sleep(0.05)
        raise AssertionError("it does not listen")

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            self.lines += [line.rstrip("\n") for line in lines]

    def stop(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(20)
        self._reader.join(10)

    def send(self, method: str, path: str, body: bytes = b"") -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type") or "", answer.read()
        finally:
            connection.close()

    def post(self, body: bytes) -> tuple[int, str, bytes]:
        return self.send("POST", "/add-checkpoint", body)


@contextmanager
def served(place: Path, environment: dict[str, str] | None = None, *options: str) -> Iterator[Served]:
    witness = Served(place, environment, *options)
    try:
        yield witness
    finally:
        if witness.process.poll() is None:
            witness.stop()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("witness") / "w")


@pytest.fixture
def witness(place: Path, tmp_path: Path) -> Path:
    """A copy of a witness that was just made: of one witness, for one test."""
    return Path(shutil.copytree(place, tmp_path / "w"))


def check_by_the_specification(body: bytes, place: Path, text: str, origin: str, size: int, root: bytes) -> None:
    """tlog-cosignature, from its words and with nothing of ours: two lines that verify under the witness's vkeys."""
    vkeys = {}
    for vkey in (place / "vkeys.txt").read_text().splitlines():
        name, hex_id, key = vkey.split("+", 2)
        raw = base64.b64decode(key)
        assert hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() == hex_id
        vkeys[hex_id] = (name, raw[0], raw[1:])
    lines = body.decode().splitlines(keepends=True)
    assert len(lines) == 2
    for line in lines:
        dash, name, encoded = line.rstrip("\n").split(" ")
        assert (dash, name, line[-1]) == ("\u2014", NAME, "\n")
        data = base64.b64decode(encoded, validate=True)
        _, kind, key = vkeys.pop(data[:4].hex())
        stamp = int.from_bytes(data[4:12], "big")
        assert abs(stamp - time.time()) < 60
        if kind == 0x04:
            message = f"cosignature/v1\ntime {stamp}\n{text}".encode()
            Ed25519PublicKey.from_public_bytes(key).verify(data[12:], message)
        else:
            assert kind == 0x06
            message = b"subtree/v1\n\0" + bytes([len(name)]) + name.encode() + data[4:12]
            message += bytes([len(origin)]) + origin.encode() + bytes(8) + size.to_bytes(8, "big") + root
            MLDSA44PublicKey.from_public_bytes(key).verify(data[12:], message)
    assert vkeys == {}


def test_someone_elses_client_is_served_by_raw_bytes(witness: Path) -> None:
    log = SmallLog().grow(5)
    note = log.note().decode()
    text = note[: note.index("\n\n") + 1]
    with served(witness) as server:
        request = (
            f"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {len(note.encode()) + 7}\r\n\r\n".encode()
            + b"old 0\n\n"
            + note.encode()
        )
        with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
            answers = connection.makefile("rb")
            bodies = []
            for expected in (b"200", b"409"):  # over one connection
                connection.sendall(request)
                assert answers.readline().split()[1] == expected
                headers = {}
                while (line := answers.readline().strip()) != b"":
                    name, _, value = line.partition(b":")
                    headers[name.strip().lower()] = value.strip()
                bodies.append(answers.read(int(headers[b"content-length"])))
            answers.close()
        assert headers[b"content-type"] == b"text/x.tlog.size"
        assert bodies[1] == b"5\n"
        check_by_the_specification(bodies[0], witness, text, ORIGIN, 5, log.edge.root())
        status, kind, latest = server.send("GET", f"/{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint")
        assert (status, kind) == (200, "text/plain; charset=utf-8")
        assert latest.decode().startswith(note)
        assert latest.decode().removeprefix(note) == bodies[0].decode()


def test_a_body_without_a_length_is_read_too(witness: Path) -> None:
    body = SmallLog().grow(2).request(0)
    with served(witness) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("POST", "/add-checkpoint", iter([body[:50], body[50:]]), encode_chunked=True)
        assert connection.getresponse().status == 200
        connection.close()


def test_the_printed_lines_are_what_an_operator_reads(witness: Path) -> None:
    log = SmallLog().grow(5)
    with served(witness) as server:
        server.post(log.request(0))
        server.post(log.grow(1200).request(5))
        server.post(log.request(7))
        server.post(SmallLog().grow(1206, "other").request(1205))
        server.post(b"nonsense \x1b[31m")
    assert server.lines[:4] == [
        f"witness   {NAME}  1 logs  ed25519 + mldsa44",
        f"200       {ORIGIN}  0 -> 5",
        f"200       {ORIGIN}  5 -> 1,205",
        f"409       {ORIGIN}  refused: cosigned 1,205 last, the last size cosigned here is 1205",
    ]
    assert server.lines[4] == f"422       {ORIGIN}  refused: not an extension of 1,205; evidence 1 kept"
    assert server.lines[5].startswith("400       -  refused: ")
    assert "\x1b" not in "".join(server.lines)
    shown = command("record", "witness", "evidence", witness, "--out", witness / "out", "--json")
    assert shown.returncode == 1
    [case] = json.loads(shown.stdout)["evidence"]
    assert (case["size"], case["recorded_size"], case["conclusive"]) == (1206, 1205, False)
    assert (witness / "out" / "1.request").read_bytes().startswith(b"old 1205\n")
    assert (witness / "out" / "1.cosigned").read_bytes().startswith(f"{ORIGIN}\n1205\n".encode())


def test_a_killed_witness_remembers_what_it_cosigned(witness: Path) -> None:
    log = SmallLog().grow(5)
    with served(witness) as server:
        assert server.post(log.request(0))[0] == 200
        workers = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        for pid in (server.process.pid, *map(int, workers)):
            os.kill(pid, signal.SIGKILL)
        server.process.wait(10)
    with served(witness, None, "--json") as again:
        assert again.post(SmallLog().grow(9, "other").request(5))[0] == 422
        assert again.post(log.request(0)) == (409, "text/x.tlog.size", b"5\n")
        assert again.post(log.grow(1).request(5))[0] == 200
    assert [json.loads(line).get("status") for line in again.lines] == [None, 422, 409, 200]


def test_of_requests_that_race_one_is_cosigned(witness: Path) -> None:
    requests = [SmallLog().grow(5 + n).request(0) for n in range(6)]
    statuses: list[int] = []
    with served(witness) as server:
        threads = [threading.Thread(target=lambda r=r: statuses.append(server.post(r)[0])) for r in requests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(statuses) == [200, 409, 409, 409, 409, 409]
    assert {path.stat().st_mode & 0o77 for path in witness.rglob("*") if path.name != "w"} == {0}


def test_clients_that_stall_do_not_stop_the_witness(witness: Path) -> None:
    """Given twenty clients that announce a body and never send it, when an honest one asks, then it is answered."""
    with served(witness) as server:
        stalled = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(20)]
        for connection in stalled:
            connection.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 500\r\n\r\nold ")
        assert server.post(SmallLog().grow(5).request(0))[0] == 200
        for connection in stalled:
            connection.close()
        assert server.post(SmallLog().grow(6).request(5))[0] == 200


def test_a_body_too_long_is_refused(witness: Path) -> None:
    with served(witness) as server:
        assert server.post(b"a" * (512 * 1024 + 1))[0] == 400
        assert server.post(SmallLog().grow(5).request(0))[0] == 200


# State that is lost, or another's


def test_a_witness_that_lost_its_state_does_not_start_and_makes_none(witness: Path) -> None:
    (witness / "witness.db").unlink()
    for wrong in ("serve", "evidence"):
        refused = misused("record", "witness", wrong, witness)
        assert refused.exit_code == 2
        assert "the state of this witness is gone" in refused.stderr
    again = misused("record", "witness", "init", witness, "--name", NAME)
    assert again.exit_code == 2
    assert "already a witness here" in again.stderr
    assert not (witness / "witness.db").exists()


def test_a_running_witness_signs_nothing_once_an_older_state_is_in_the_place_of_its_own(
    witness: Path, tmp_path: Path
) -> None:
    # Given a witness, a copy of its state, and a head that it cosigned after that
    log, other = SmallLog().grow(5), SmallLog().grow(5)
    with served(witness) as server:
        assert server.post(log.request(0))[0] == 200
    older = shutil.copy(witness / "witness.db", tmp_path / "older")
    with served(witness) as server:
        assert server.post(log.grow(3).request(5))[0] == 200
        # When the copy takes its place
        for part in witness.glob("witness.db*"):
            part.rename(tmp_path / part.name)
        assert server.post(log.grow(1).request(8))[0] == 500, "nothing is there"
        assert not (witness / "witness.db").exists()
        shutil.copy(older, witness / "witness.db")
        # Then it cosigns no other history from there on, nor its own, in any of its threads
        for number in range(12):
            assert server.post(other.grow(1).request(5))[0] == 500, number
        # And with what it had it goes on
        for part in tmp_path.glob("witness.db*"):
            part.rename(witness / part.name)
        assert server.post(log.request(8))[0] == 200


@pytest.mark.parametrize("content", [b"", b"not a database"])
def test_a_state_that_is_empty_or_garbage_does_not_start(witness: Path, content: bytes) -> None:
    (witness / "witness.db").write_bytes(content)
    for relic in ("witness.db-wal", "witness.db-shm"):
        (witness / relic).unlink(missing_ok=True)
    refused = command("record", "witness", "serve", witness)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


def test_the_state_of_another_witness_does_not_start(witness: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert command("record", "witness", "init", other, "--name", "witness.example/cs2").returncode == 0
    shutil.copy(other / "witness.db", witness / "witness.db")
    refused = command("record", "witness", "serve", witness)
    assert refused.returncode == 2
    assert "another witness" in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve", "DIR", "--listen", "nowhere"),
        ("serve", "DIR", "--listen", "127.0.0.1:99999"),
        ("add-log", "DIR"),
        ("add-log", "DIR", "--vkey", "nonsense"),
        ("add-log", "DIR", "--vkeys", "absent"),
        ("serve", "nowhere"),
    ],
)
def test_misuse_is_one_sentence(place: Path, arguments: tuple[str, ...]) -> None:
    refused = misused("record", "witness", *(str(place) if word == "DIR" else word for word in arguments))
    assert refused.exit_code == 2
    assert refused.stderr.startswith("answerable: ")
    assert "Traceback" not in refused.stderr


@pytest.mark.database
def test_its_state_may_be_in_postgresql(tmp_path: Path) -> None:
    """Given a PostgreSQL server, when a witness keeps its state in a schema there, then it works and survives."""
    if postgres.chosen() != "postgresql":
        return  # on SQLite the other tests say it
    url = postgres.running().url()
    environment = {**clean(), "DATABASE_URL": f"{url}{'&' if '?' in url else '?'}schema=witness_process"}
    place = made(tmp_path / "w", environment)
    log = SmallLog().grow(5)
    with served(place, environment) as server:
        assert server.post(log.request(0))[0] == 200
    with served(place, environment) as server:
        assert server.post(log.request(0)) == (409, "text/x.tlog.size", b"5\n")
    assert command("record", "witness", "serve", place, environment=environment | {"DATABASE_URL": url}).returncode == 2
