"""The desk as people use it, in a real browser: invited, enrolled, a letter written, reviewed, published, corrected."""

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
from pathlib import Path
from typing import Any

import pytest

from answerable.record import kinds, note

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).parents[2] / "examples/un-2017/correspondence"
PASSWORD = "a calm and quiet sentence"
COMMAND = (sys.executable, "-c", "from answerable.cli.main import run; run()")
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
}


def answerable(*words: str) -> str:
    done = subprocess.run([*COMMAND, *words], env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A desk that runs: its address and its folder."""
    home, key = tmp_path / "editors", tmp_path / "ack.key"
    note.write_key_file(key, note.SigningKey.generate("ledger.example.org/ack/editors", note.ED25519, b"\x05" * 32))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://localhost:{port}"
    answerable(
        "correspondence", "init", "--home", str(home), "--ledger-name", "ledger.example.org", "--ack-key", str(key),
        "--url", url,
    )  # fmt: skip
    process = subprocess.Popen(
        [*COMMAND, "run", "editors", "--home", str(home), "--listen", f"127.0.0.1:{port}"],
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield url, home
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the desk did not start")


def code(secret: str) -> str:
    """The authenticator app's code of now (RFC 6238)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def shot(page: Any, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    if folder := os.environ.get("ANSWERABLE_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def enrol(page: Any, home: Path, name: str, role: str) -> None:
    out = answerable("correspondence", "invite", name, "--role", role, "--home", str(home))
    found = re.search(r"http://\S+", out)
    assert found
    page.goto(found[0])
    shot(page, f"invitation-{role}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    shot(page, "login")
    page.get_by_role("button", name="Sign in").click()
    assert page.url.endswith("/account/second/"), "without a second factor there is no way into the desk"
    shot(page, "second-factor")
    page.goto(page.url + "totp/activate/")
    if page.get_by_role("button", name="Confirm").count():  # asked once more, as some time after signing in
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
    shot(page, "totp")
    secret = page.locator("img[alt]").first.get_attribute("alt")
    page.locator("input[name=code]").fill(code(secret))
    page.get_by_role("button", name="Activate").click()
    assert "recovery" in page.url
    shot(page, "recovery")


def write_letter(page: Any, url: str) -> None:
    page.goto(f"{url}/new/letter/")
    fields = {
        "label": "L9", "dated": "2018-04-01", "subject": "A further letter", "summary": "It asks again.",
        "summary_by": "Ada", "source": "The letter itself", "title": "The letter", "words": "When will you answer?",
        "questions": "When will you answer?", "due": "2018-05-01",
    }  # fmt: skip
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    for name, value in (
        ("from", "code-blue"),
        ("to", "secretary-general"),
        ("obligor", "secretary-general"),
        ("held", "document"),
    ):
        page.locator(f"[name={name}]").select_option(value)
    page.get_by_role("button", name="hand over").click()
    # A due day without its rule is refused, beside its field.
    wrong = page.locator(".field.wrong")
    assert wrong.count() == 1
    assert "rule" in wrong.inner_text()
    shot(page, "letter-refused")
    page.locator("[name=rule]").fill("asked, not binding")
    page.get_by_role("button", name="hand over").click()
    assert page.locator(".tag").first.inner_text() == "waiting for review"
    assert page.get_by_role("button", name="Approve").count() == 0


def entries(home: Path, kind: str) -> list[dict[str, Any]]:
    with sqlite3.connect(f"file:{home}/editors.db?mode=ro", uri=True) as database:
        rows = [bytes(row[0]) for row in database.execute("SELECT data FROM outbox ORDER BY id")]
    database.close()
    return [dict(json.loads(row)) for row in rows if kinds.check_open(row)["kind"] == kind]


def test_the_whole_path(desk: tuple[str, Path], chromium: Any) -> None:
    url, home = desk
    ada, cleo = chromium.new_context().new_page(), chromium.new_context().new_page()
    for page in (ada, cleo):
        page.set_default_timeout(10_000)
    enrol(ada, home, "ada", "author")
    enrol(cleo, home, "cleo", "reviewer")
    answerable("correspondence", "import", str(EXAMPLE), "--author", "ada", "--reviewer", "cleo", "--home", str(home))
    write_letter(ada, url)
    draft = ada.url
    shot(ada, "draft-waiting")
    cleo.goto(f"{url}/")
    shot(cleo, "desk-reviewer")
    cleo.get_by_role("link", name="letter L9").click()
    shot(cleo, "review")
    cleo.get_by_role("button", name="Approve and publish").click()
    assert cleo.locator(".tag").first.inner_text() == "published"
    letter = next(entry for entry in entries(home, "correspondence.letter") if entry["letter"] == "L9")
    assert (letter["rule"], letter["by"], len(letter["asks"])) == ("asked, not binding", "editors", 1)
    ada.goto(draft + "edit/")
    assert ada.url == draft, "what is published cannot be edited"
    correct(ada, cleo, url)
    (correction,) = entries(home, "correspondence.correction")
    assert correction["reason"] == "The day was misread."
    ada.goto(f"{url}/")
    assert "corrected" in ada.get_by_role("row", name="letter:L9").inner_text()
    shot(ada, "desk-author")
    ada.goto(f"{url}/clocks/")
    assert "L9  2018-04-01  Secretary-General" in ada.locator("pre").inner_text()
    shot(ada, "clocks")
    ada.goto(f"{url}/parties/")
    shot(ada, "parties")


def correct(ada: Any, cleo: Any, url: str) -> None:
    ada.goto(f"{url}/")
    ada.get_by_role("link", name="Correct letter:L9").click()
    ada.locator("[name=id]").fill("C1")
    ada.locator("[name=text]").fill("The letter is of 2 April.")
    ada.locator("[name=reason]").fill("The day was misread.")
    ada.get_by_role("button", name="hand over").click()
    cleo.goto(ada.url)
    cleo.get_by_role("button", name="Approve and publish").click()
