"""The signer: it signs what extends what it signed before, remembers first, and never forgets."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from answerable.errors import AnswerableError
from answerable.ledger import agent as agent_module
from answerable.ledger.network_errors import SignerError, SignerRefusedError
from answerable.ledger.signer_memory import Memory, head_text, parse_head
from answerable.ledger.signer_server import SignerServer, open_folder
from answerable.ledger.signing import AgentSigner, FileSigner, SocketSigner, create_memory
from answerable.record.note import ED25519, Note, Signature, VerifierKey, verify_note, write_key_file
from answerable.record.witnessing import Recorded

from .peers import hang_up, reply
from .small_log import ORIGIN, SmallLog, seed

NOW = 1_800_000_000


@pytest.fixture
def log() -> SmallLog:
    return SmallLog().grow(5)


@pytest.fixture
def signer(tmp_path: Path, log: SmallLog) -> FileSigner:
    create_memory(tmp_path / "memory", [ORIGIN])
    return FileSigner(log.keys, tmp_path / "memory", clock=lambda: NOW)


def check(lines: list[Signature], log: SmallLog) -> list[int | None]:
    note = Note(log.checkpoint().text(), tuple(lines))
    verified = verify_note(note, [key.verifier for key in log.keys])
    assert [v.key.type for v in verified] == [key.verifier.type for key in log.keys]
    return [v.time for v in verified]


def test_a_log_that_grows_is_signed_with_all_its_keys(signer: FileSigner, log: SmallLog) -> None:
    assert signer.remembered(ORIGIN) is None
    assert check(signer.sign(log.unsigned(0)), log) == [None, NOW]
    assert signer.remembered(ORIGIN) == Recorded(5, log.edge.root(), NOW)
    log.grow(300)
    check(signer.sign(log.unsigned(5)), log)
    assert signer.remembered(ORIGIN) == Recorded(305, log.edge.root(), NOW)


def test_the_same_head_is_answered_again_whatever_the_old_size(signer: FileSigner, log: SmallLog) -> None:
    signer.sign(log.unsigned(0))
    log.grow(4)
    first = signer.sign(log.unsigned(5))
    again = signer.sign(log.unsigned(5))
    assert first[0] == again[0]
    check(again, log)
    check(signer.sign(log.unsigned(9)), log)


def test_another_history_is_refused_and_nothing_is_forgotten(signer: FileSigner, log: SmallLog, tmp_path: Path) -> None:
    signer.sign(log.unsigned(0))
    fork = SmallLog().grow(5, "other")
    for old, grow, status in ((0, 0, 409), (5, 0, 422), (5, 3, 422), (0, 0, 409)):
        with pytest.raises(SignerRefusedError, match="which last signed size 5") as refused:
            signer.sign(fork.grow(grow, "other").unsigned(old))
        assert (refused.value.status, refused.value.size) == (status, 5)
    with pytest.raises(SignerRefusedError):
        signer.sign(SmallLog().grow(3).unsigned(0))
    restarted = FileSigner(log.keys, tmp_path / "memory")
    assert restarted.remembered(ORIGIN) == Recorded(5, log.edge.root(), NOW)
    with pytest.raises(SignerRefusedError):
        restarted.sign(fork.unsigned(5))


def test_a_head_costs_two_fsyncs_and_the_same_head_none(
    signer: FileSigner, log: SmallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(handle), real(handle))[1])
    signer.sign(log.unsigned(0))
    assert len(synced) == 2
    signer.sign(log.unsigned(0))
    assert len(synced) == 2


def test_nothing_is_signed_that_could_not_be_remembered(
    signer: FileSigner, log: SmallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SignerError, match="cannot be remembered: No space left"):
        signer.sign(log.unsigned(0))
    monkeypatch.undo()
    assert signer.remembered(ORIGIN) is None


def test_a_signer_without_memory_refuses_to_begin(tmp_path: Path, log: SmallLog) -> None:
    with pytest.raises(SignerError, match="no memory"):
        FileSigner(log.keys, tmp_path / "memory")
    create_memory(tmp_path / "memory", [ORIGIN])
    with pytest.raises(SignerError, match="already has a memory"):
        create_memory(tmp_path / "memory", [ORIGIN])
    [head] = (tmp_path / "memory").glob("*.head")
    head.unlink()
    with pytest.raises(SignerError, match="no memory"):
        FileSigner(log.keys, tmp_path / "memory")


def test_a_memory_lost_while_running_is_noticed(signer: FileSigner, log: SmallLog, tmp_path: Path) -> None:
    signer.sign(log.unsigned(0))
    shutil.rmtree(tmp_path / "memory")
    with pytest.raises(SignerError):
        signer.sign(SmallLog().grow(9, "other").unsigned(0))


def test_two_signers_with_one_memory_sign_one_history(tmp_path: Path, log: SmallLog) -> None:
    create_memory(tmp_path / "memory", [ORIGIN])
    signers = [FileSigner(log.keys, tmp_path / "memory", clock=lambda: NOW) for _ in range(6)]
    requests = [SmallLog().grow(3, f"history {n}").unsigned(0) for n in range(6)]
    signed: list[int] = []
    start = threading.Barrier(6)

    def run(number: int) -> None:
        start.wait()
        try:
            signers[number].sign(requests[number])
        except SignerRefusedError:
            return
        signed.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(signed) == 1


def test_a_clock_that_went_back_does_not_date_a_head_before_the_last(tmp_path: Path, log: SmallLog) -> None:
    create_memory(tmp_path / "memory", [ORIGIN])
    times = iter([NOW, NOW - 500, NOW - 400])
    signer = FileSigner(log.keys, tmp_path / "memory", clock=lambda: next(times))
    signer.sign(log.unsigned(0))
    assert check(signer.sign(log.grow(1).unsigned(5)), log) == [None, NOW]
    assert check(signer.sign(log.unsigned(5)), log) == [None, NOW]


@pytest.mark.parametrize(
    "damage", [b"", b"answerable/signed@v1\n", b"\xff", b"{}", b"answerable/signed@v1\nx\n1\n\n1\n"]
)
def test_a_damaged_memory_is_a_clear_error(signer: FileSigner, log: SmallLog, tmp_path: Path, damage: bytes) -> None:
    [head] = (tmp_path / "memory").glob("*.head")
    head.write_bytes(damage)
    with pytest.raises(SignerError, match=r"not a signer's memory"):
        signer.sign(log.unsigned(0))


def test_the_memory_of_another_log_is_refused(signer: FileSigner, log: SmallLog, tmp_path: Path) -> None:
    [head] = (tmp_path / "memory").glob("*.head")
    head.write_text(head_text("other.example/log", None))
    with pytest.raises(SignerError, match=r"this is the memory of 'other.example/log'"):
        Memory(tmp_path / "memory", [ORIGIN])


@given(
    origin=st.just(ORIGIN),
    recorded=st.none()
    | st.builds(Recorded, st.integers(0, 2**62), st.binary(min_size=32, max_size=32), st.integers(0, 2**62)),
)
def test_a_memory_round_trips(origin: str, recorded: Recorded | None) -> None:
    assert parse_head(head_text(origin, recorded)) == (origin, recorded)


@given(text=st.text(max_size=120))
def test_any_text_is_a_memory_or_an_error(text: str) -> None:
    for tried in (text, f"answerable/signed@v1\n{text}"):
        try:
            parse_head(tried)
        except SignerError:
            continue
        assert tried.startswith("answerable/signed@v1\n")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), cut=st.integers(0, 120))
def test_any_request_is_answered_or_refused(signer: FileSigner, log: SmallLog, data: bytes, cut: int) -> None:
    request = log.unsigned(0)
    for body in (data, request[:cut] + data, data + request[cut:]):
        if body != request:
            with pytest.raises(AnswerableError):
                signer.sign(body)


def test_nothing_shows_a_key(signer: FileSigner, log: SmallLog) -> None:
    secrets = [key.line().rsplit("+", 1)[1].strip() for key in log.keys]
    assert not any(secret in f"{signer!r} {vars(signer)!r}" for secret in secrets)


# A process of its own


@contextmanager
def served(folder: Path) -> Iterator[Path]:
    path = folder / "s"
    server = SignerServer(open_folder(folder), path)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield path
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, log: SmallLog) -> Path:
    (tmp_path / "keys").mkdir()
    for name, key in zip(("ed", "pq"), log.keys, strict=True):
        write_key_file(tmp_path / "keys" / f"{name}.key", key)
    create_memory(tmp_path / "memory", [ORIGIN])
    return tmp_path


def test_a_signer_on_a_socket_is_a_signer(folder: Path, log: SmallLog) -> None:
    with served(folder) as path:
        assert path.stat().st_mode & 0o777 == 0o660
        signer = SocketSigner(path)
        assert signer.remembered(ORIGIN) is None
        check(signer.sign(log.unsigned(0)), log)
        check(signer.sign(log.unsigned(0)), log)
        assert (signer.remembered(ORIGIN) or Recorded(0, b"", 0)).root == log.edge.root()
        for request, status, size in (
            (SmallLog().grow(6, "other").unsigned(5), 422, None),
            (SmallLog().grow(6, "other").unsigned(1), 409, 5),
            (SmallLog("other.example/log").grow(6).unsigned(0), 404, None),
            (b"nonsense", 400, None),
        ):
            with pytest.raises(SignerRefusedError) as refused:
                signer.sign(request)
            assert (refused.value.status, refused.value.size) == (status, size)
        with pytest.raises(SignerRefusedError):
            signer.remembered("other.example/log")
        signer.close()


def test_the_memory_outlives_the_process(folder: Path, log: SmallLog) -> None:
    with served(folder) as path:
        signer = SocketSigner(path)
        signer.sign(log.unsigned(0))
    with pytest.raises(SignerError, match="Start it"):
        signer.sign(log.unsigned(0))
    with served(folder):
        check(signer.sign(log.unsigned(0)), log)
        with pytest.raises(SignerRefusedError):
            signer.sign(SmallLog().grow(5, "other").unsigned(5))
        signer.close()


def test_a_dead_signers_socket_is_replaced_and_a_living_ones_is_not(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "s"))
    with served(folder) as path, pytest.raises(SignerError, match="another signer is listening"):
        SignerServer(open_folder(folder), path)
    (folder / "s").write_text("a file")
    with pytest.raises(SignerError, match="no socket"):
        SignerServer(open_folder(folder), folder / "s")


def test_the_command_serves_a_signer_until_it_is_told_to_stop(tmp_path: Path, log: SmallLog) -> None:
    (tmp_path / "keys").mkdir()
    for name, key in zip(("ed", "pq"), log.keys, strict=True):
        write_key_file(tmp_path / "keys" / f"{name}.key", key)
    program = [sys.executable, "-m", "answerable", "record", "signer"]
    assert subprocess.run([*program, "init", str(tmp_path)], capture_output=True, timeout=60).returncode == 0
    assert subprocess.run([*program, "init", str(tmp_path)], capture_output=True, timeout=60).returncode == 4
    process = subprocess.Popen([*program, "serve", str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"signer    {ORIGIN}\n"
        signer = SocketSigner(tmp_path / "signer.sock")
        check(signer.sign(log.unsigned(0)), log)
        assert process.stdout.readline() == f"200       {ORIGIN}  signed\n"
        process.terminate()
        assert process.wait(20) == 0
        signer.close()
    assert not (tmp_path / "signer.sock").exists()


@pytest.mark.parametrize(
    "answer", [b"garbage\r\n\r\n", reply(200, b"no lines"), reply(500, b"x"), reply(409, b"x"), reply(302), b""]
)
def test_a_broken_signer_is_a_clear_error(tmp_path: Path, log: SmallLog, answer: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()

        def run() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    hang_up(answer)(connection, threading.Event())

        thread = threading.Thread(target=run)
        thread.start()
        signer = SocketSigner(tmp_path / "s")
        for call in (lambda: signer.sign(log.unsigned(0)), lambda: signer.remembered(ORIGIN)):
            with pytest.raises(SignerError):
                call()
        signer.close()
        thread.join()


def test_a_folder_without_keys_or_with_open_keys_is_refused(tmp_path: Path, folder: Path) -> None:
    (folder / "keys" / "ed.key").chmod(0o644)
    with pytest.raises(AnswerableError, match="mode 0644"):
        open_folder(folder)
    shutil.rmtree(folder / "keys")
    with pytest.raises(SignerError, match="no key files"):
        open_folder(folder)


# An ssh-agent


@contextmanager
def ssh_agent(tmp_path: Path) -> Iterator[tuple[Path, VerifierKey]]:
    """A real ssh-agent that holds a fresh Ed25519 key."""
    path = tmp_path / "agent"
    private = Ed25519PrivateKey.from_private_bytes(seed("agent"))
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if path.exists():
                break
            agent.poll()
            threading.Event().wait(0.02)
        subprocess.run(
            ["ssh-add", "-q", "-"], input=pem, env={**os.environ, "SSH_AUTH_SOCK": str(path)}, check=True, timeout=10
        )
        yield path, VerifierKey.make(ORIGIN, ED25519, private.public_key().public_bytes_raw())
    finally:
        agent.terminate()
        agent.wait(10)


def test_an_ed25519_key_may_stay_in_a_real_ssh_agent(
    tmp_path: Path, log: SmallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shutil.which("ssh-agent"), "this test needs ssh-agent: install openssh-client"
    create_memory(tmp_path / "memory", [ORIGIN])
    with ssh_agent(tmp_path) as (path, vkey):
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        signer = AgentSigner([vkey], tmp_path / "memory", keys=[log.keys[1]])
        lines = signer.sign(log.unsigned(0))
        note = Note(log.checkpoint().text(), tuple(lines))
        assert [v.key for v in verify_note(note, [vkey, log.keys[1].verifier])] == [vkey, log.keys[1].verifier]
        with pytest.raises(SignerRefusedError):
            signer.sign(SmallLog().grow(5, "other").unsigned(5))
        absent = VerifierKey.make(ORIGIN, ED25519, log.keys[0].verifier.key)
        with pytest.raises(SignerError, match="does not sign with the key"):
            agent_module.AgentKey(absent).sign(b"message")
    with pytest.raises(SignerError, match="gives no answer"):
        signer.sign(log.unsigned(0))


def test_an_agent_must_be_named_and_holds_no_other_keys(log: SmallLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(SignerError, match="no ssh-agent is named"):
        agent_module.AgentKey(log.keys[0].verifier).sign(b"message")
    with pytest.raises(SignerError, match="plain Ed25519"):
        agent_module.AgentKey(log.keys[1].verifier)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\0",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\0\0\0\x01\x05",
        b"\0\0\0\x01\x0e",
        b"\0\0\0\x09\x0e\0\0\0\x04abcd",
        (88).to_bytes(4, "big") + b"\x0e\0\0\0\x53\0\0\0\x0bssh-ed25519\0\0\0\x40" + bytes(64),
    ],
)
def test_a_lying_agent_is_a_clear_error(tmp_path: Path, log: SmallLog, answer: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "a"))
        listener.listen()

        def run() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=run)
        thread.start()
        with pytest.raises(SignerError):
            agent_module.AgentKey(log.keys[0].verifier, tmp_path / "a").sign(b"message")
        thread.join()
