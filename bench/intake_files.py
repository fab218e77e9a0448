"""A file of 5 MB: sealed beside what `age` takes for the same bytes, and sent through the page in Chromium."""

from __future__ import annotations

import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

from answerable.sealing import files, hpke
from answerable.sealing.place import Compartment, Field, Place, Record
from bench.figures import best_of

SIZE = 5_000_000
CHROMIUM = "/usr/bin/chromium"
_SECONDS = 60_000


def sealed_beside_age() -> tuple[float, float | None]:
    """Seconds to seal the file, and for `age` (pyrage) to encrypt it to one person; None where pyrage is not there."""
    data = secrets.token_bytes(SIZE)
    place = Place(bytes(32), Record.REPORT, bytes(16), Compartment.EVIDENCE, Field.FILE, 1)
    public = hpke.generate(secrets.token_bytes)[1]

    def seal() -> None:
        files.seal_file(place, public, "a.bin", "x/y", data, epoch=1, rng=secrets.token_bytes)

    try:
        import pyrage
    except ImportError:  # `make bench` installs it
        return best_of(9, seal), None
    person = pyrage.x25519.Identity.generate().to_public()
    seal()
    return best_of(9, seal), best_of(9, lambda: pyrage.encrypt(data, [person]))


def sent_from_chromium(port: int, rounds: int = 3) -> tuple[float, float]:
    """Seconds from *Send* to the acknowledgement, without a file and with one of 5 MB: the shortest of some rounds.

    Both derive a code's key and work a proof, whose length is luck: the shortest of many rounds leaves it out. The
    difference is what the file costs, sealed and stored.
    """
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        attached = Path(name) / "recording.bin"
        attached.write_bytes(secrets.token_bytes(SIZE))
        flags = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            taken = [[_send(browser, port, path) for _ in range(rounds)] for path in (None, attached)]
        finally:
            browser.close()
    return min(taken[0]), min(taken[1])


def _send(browser: Any, port: int, attached: Path | None) -> float:
    page = browser.new_context(locale="en-GB").new_page()
    page.set_default_timeout(_SECONDS)
    page.goto(f"http://localhost:{port}/report/?want=report&l=en")
    page.locator("[name=what]").fill("what happened, at some length")
    if attached is not None:
        page.locator("[name=files]").set_input_files(attached)
    button = page.locator("#script-send button").first
    button.wait_for()
    began = time.perf_counter()
    button.click()
    page.get_by_role("heading", name="It has been received").wait_for()
    took = time.perf_counter() - began
    page.context.close()
    return took
