"""`publish site` and `run public`, as processes of their own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests import commands
from tests.publication.conftest import EXAMPLE
from tests.publication.small_log import ORIGIN, SmallLog

COMMAND = [sys.executable, "-c", "from answerable.cli.main import run; run()"]


def answerable(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ANSWERABLE_", "DJANGO_"))}
    return commands.run(*arguments, env=clean | environment, timeout=120)


def test_files_and_a_public_log_are_enough_to_write_the_site(small_log: SmallLog, tmp_path: Path) -> None:
    out = tmp_path / "site"
    done = answerable(
        "publish", "site", str(out), "--from", str(EXAMPLE), "--log", str(small_log.folder), "--json",
        "--url", "https://site.example",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["as_of"], said["log"]) == ("2026-12-03", ORIGIN)
    assert said["files"] == sum(path.is_file() for path in out.rglob("*"))
    assert "https://site.example/record" in (out / "check.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "nothing says what to publish"),
        (["--from", "nowhere"], 2, "no correspondence here"),
        (["--from", str(EXAMPLE), "--as-of", "yesterday"], 2, "is not a day"),
        (["--from", str(EXAMPLE), "--log", "nowhere"], 2, "nowhere"),
    ],
)
def test_what_is_wrong_is_a_sentence(tmp_path: Path, arguments: list[str], code: int, words: str) -> None:
    done = answerable("publish", "site", str(tmp_path / "site"), *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "site").exists()


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    done = answerable("publish", "site", str(tmp_path), "--from", str(EXAMPLE))
    assert done.returncode == 2
    assert "not a site written by this command" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@contextmanager
def public(*arguments: str) -> Iterator[int]:
    """The public party on a free port, ended by SIGTERM as a service manager would."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*COMMAND, "run", "public", *arguments, "--listen", f"127.0.0.1:{port}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("public")
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def fetch(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    """One answer; a server that is still starting is asked again."""
    for _ in range(600):
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
            except ConnectionError:
                signal.sigtimedwait([], 0.05)  # gives the other process the processor for a moment
                continue
            return answer.status, dict(answer.getheaders()), answer.read()
    raise AssertionError("the public party never listened")


def test_the_public_party_serves_the_site_and_the_log_beside_it(small_log: SmallLog, tmp_path: Path) -> None:
    out = tmp_path / "site"
    written = answerable("publish", "site", str(out), "--from", str(EXAMPLE), "--log", str(small_log.folder))
    assert written.returncode == 0, written.stderr
    with public(str(out), "--log", str(small_log.folder.parent)) as port:
        status, headers, body = fetch(port, "/")
        assert (status, body) == (200, (out / "index.html").read_bytes())
        named = {name.lower(): value for name, value in headers.items()}
        assert named["content-security-policy"].startswith("default-src 'none'")
        assert "set-cookie" not in named
        status, headers, body = fetch(port, "/record/checkpoint")
        assert (status, body) == (200, (small_log.folder / "checkpoint").read_bytes())
        assert {name.lower(): value for name, value in headers.items()}["cache-control"] == "no-store"
        assert fetch(port, "/../record.policy")[0] == 404


def test_a_site_that_is_not_there_is_a_sentence() -> None:
    done = answerable("run", "public", "nowhere")
    assert done.returncode == 2
    assert "no such folder" in done.stderr
