"""A file of 5 MB: sealed beside what `age` takes for the same bytes, and sealed and stored by the page in Chromium."""

from __future__ import annotations

import secrets
import statistics
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from answerable.sealing import files, hpke
from answerable.sealing.place import Compartment, Field, Place, Record
from bench.chromium import Browser, chromium
from bench.figures import best_of

SIZE = 5_000_000
_WEB = Path(__file__).parents[1] / "web"


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


@dataclass
class Times:
    """Seconds of several rounds."""

    each: list[float] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """Their median."""
        return statistics.median(self.each)

    def __str__(self) -> str:
        return f"{self.middle:.3f} s (worst {max(self.each):.3f})"


@dataclass
class Sent:
    """What came of several rounds in Chromium, each in seconds.

    The page's own modules by themselves: ``sealing`` a file, ``deriving`` the key of her words, ``trying`` once for a
    proof of work. From *Send* to the acknowledgement: ``without`` a file and ``with_one`` where the door asks for
    proofs of no bits, and both where it asks for those at rest, which is luck (``lucky_without``, ``lucky_with_one``).
    """

    sealing: Times = field(default_factory=Times)
    deriving: Times = field(default_factory=Times)
    trying: Times = field(default_factory=Times)
    without: Times = field(default_factory=Times)
    with_one: Times = field(default_factory=Times)
    lucky_without: Times = field(default_factory=Times)
    lucky_with_one: Times = field(default_factory=Times)


def sent_from_chromium(free: int, asking: int, rounds: int) -> Sent:
    """Rounds at two doors: ``free`` is the port of one that asks for proofs of no bits, ``asking`` of one at rest.

    In each round everything is measured once, so that what else happens falls on all.
    """
    out, script = Sent(), _modules()
    with chromium() as browser, tempfile.TemporaryDirectory() as name:
        attached = Path(name) / "recording.bin"
        attached.write_bytes(secrets.token_bytes(SIZE))
        for number in range(rounds + 1):
            taken = _by_itself(browser, free, script) | {
                "without": _send(browser, free, None),
                "with_one": _send(browser, free, attached),
                "lucky_without": _send(browser, asking, None),
                "lucky_with_one": _send(browser, asking, attached),
            }
            if number:  # in the first, the browser reads and compiles what it keeps for the others
                for one, milliseconds in taken.items():
                    getattr(out, one).each.append(milliseconds / 1e3)
    return out


def _modules() -> str:
    """The page's own modules in one script, which gives them to us by name."""
    program = [_WEB / "node_modules/.bin/esbuild", "test/speed.ts", "--bundle", "--minify", "--target=es2022"]
    return subprocess.run(program, cwd=_WEB, check=True, capture_output=True, text=True, timeout=60).stdout


def _by_itself(browser: Browser, port: int, script: str) -> dict[str, float]:
    with browser.page(f"http://localhost:{port}/how/?l=en") as page:
        page.run(script)
        asked = {"sealing": f"speed.sealing({SIZE})", "deriving": "speed.deriving()", "trying": "speed.trying()"}
        return {name: page.run(expression) for name, expression in asked.items()}


_RECEIVED = """(async () => {
  document.querySelector("[name=what]").value = "what happened, at some length";
  await until(() => document.querySelector("#script-send button"));
  const began = performance.now();
  document.querySelector("#script-send button").click();
  await until(() => [...document.querySelectorAll("h1")].some((one) => one.textContent === "It has been received"));
  return performance.now() - began;
})()"""


def _send(browser: Browser, port: int, attached: Path | None) -> float:
    """Milliseconds from *Send* to the heading that says that it was received."""
    with browser.page(f"http://localhost:{port}/report/?want=report&l=en") as page:
        if attached is not None:
            page.attach("[name=files]", attached)
        taken: float = page.run(_RECEIVED)
        return taken
