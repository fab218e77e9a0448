"""A desk that runs as a process, and what people do at it in a browser."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from answerable.record import kinds, note
from tests import commands

EXAMPLE = Path(__file__).parents[2] / "examples/un-2017/correspondence"
LEDGER = "ledger.example.org"
PASSWORD = "a calm and quiet sentence"
COMMAND = (sys.executable, "-c", "from answerable.cli.main import run; run()")
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
}


def answerable(*words: str) -> str:
    """Run a command that must succeed; what it prints."""
    done = commands.run(*words, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def found(home: Path, port: int) -> str:
    """Set a desk up in ``home``; the address it will be reached under."""
    key = home.parent / "ack.key"
    note.write_key_file(key, note.SigningKey.generate(f"{LEDGER}/ack/editors", note.ED25519, b"\x05" * 32))
    url = f"http://localhost:{port}"
    answerable(
        "correspondence", "init", "--home", str(home), "--ledger-name", LEDGER, "--ack-key", str(key), "--url", url
    )
    return url


@contextmanager
def running(home: Path, port: int, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """The desk's process, up and listening; ended by the signal a terminal sends."""
    process = subprocess.Popen(
        [*COMMAND, "run", "editors", "--home", str(home), "--listen", f"127.0.0.1:{port}"],
        env=environment or ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the desk did not start")


def code(secret: str, at: float | None = None) -> str:
    """The authenticator app's code of a moment, now when none is given (RFC 6238)."""
    counter = int(time.time() if at is None else at) // 30
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def shot(page: Any, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    if folder := os.environ.get("ANSWERABLE_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def invite(home: Path, name: str, role: str) -> str:
    """The one-time link of an invitation."""
    out = answerable("correspondence", "invite", name, "--role", role, "--home", str(home))
    link = re.search(r"http://\S+", out)
    assert link
    return link[0]


def accept(page: Any, home: Path, name: str, role: str) -> None:
    """Follow an invitation, choose a password, sign in: up to the door of the second factor."""
    page.goto(invite(home, name, role))
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=again]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    sign_in(page, name)
    assert page.url.endswith("/account/second/"), "without a second factor there is no way into the desk"


def sign_in(page: Any, name: str) -> None:
    page.locator("[name=login]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()


def again(page: Any) -> None:
    """Confirm the password where it is asked for once more, as on pages that change how one signs in."""
    if "/reauthenticate/" in page.url:
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button[type=submit]").click()


def set_up_app(page: Any, url: str) -> str:
    """Set up an authenticator app; its secret."""
    page.goto(f"{url}/account/second/totp/activate/")
    again(page)
    secret = str(page.locator("#secret").inner_text())
    page.locator("input[name=code]").fill(code(secret))
    page.locator("main button[type=submit]").click()
    assert "recovery" in page.url
    return secret


def entries(home: Path, kind: str) -> list[dict[str, Any]]:
    """The entries of a kind in the desk's outbox, in order."""
    database = sqlite3.connect(f"file:{home}/editors.db?mode=ro", uri=True)
    try:
        rows = [bytes(row[0]) for row in database.execute("SELECT data FROM outbox ORDER BY id")]
    finally:
        database.close()
    return [dict(json.loads(row)) for row in rows if kinds.check_open(row)["kind"] == kind]


def fill(page: Any, fields: dict[str, str], chosen: dict[str, str] | None = None) -> None:
    """Type into the named fields and choose in the named lists."""
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    for name, value in (chosen or {}).items():
        page.locator(f"[name={name}]").select_option(value)


def hand_over(page: Any) -> None:
    page.locator("button[name=submit]").click()


def publish(author: Any, reviewer: Any) -> None:
    """What the author's page shows is handed over, then approved by the reviewer."""
    hand_over(author)
    trouble = author.locator(".field.wrong, .errorlist")
    assert trouble.count() == 0, trouble.first.inner_text()
    reviewer.goto(author.url)
    reviewer.locator("form[action$='/approve/'] button").click()
    assert reviewer.locator("dl.facts").count() == 1
    assert reviewer.locator("#entries").count() == 1, reviewer.locator(".messages").inner_text()
