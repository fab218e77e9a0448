"""The demo, run as a person runs it: what it starts, what it says, what it leaves behind, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from answerable.cli.demo_pages import get, read_site
from answerable.cli.demo_places import WITNESSES
from answerable.record.checkpoint import Checkpoint
from answerable.record.note import Note
from tests.machine.forensics import search_files, search_memory, shown
from tests.machine.traces import key_files, secrets_of, spilt

#: With the browser tests, all of it: one demo serves the test that needs a browser and those that do not.
pytestmark = pytest.mark.browser
_PATIENCE = 300


@dataclass
class Demo:
    """A running demo: its folder, its process, and what it printed until it said that it was running."""

    data: Path
    process: subprocess.Popen[str]
    said: str

    @property
    def site(self) -> str:
        """The address of the public site."""
        return self.address("site")

    def address(self, label: str) -> str:
        """An address that the demo printed."""
        match = re.search(rf"^{label} +(http://[0-9.:]+)", self.said, re.MULTILINE)
        assert match, self.said
        return match[1]

    def descendants(self) -> set[int]:
        """Every process that descends from the demo's."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
        found: set[int] = set()
        grown = {self.process.pid}
        while grown:
            grown = {pid for pid, parent in parents.items() if parent in grown} - found
            found |= grown
        return found


def start(data: Path, **env: str) -> Demo:
    """Start the demo and wait until it says that it is running."""
    environment = {name: said for name, said in os.environ.items() if not name.startswith(("DATABASE_URL", "DJANGO"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "answerable", "demo", "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**environment, "PYTHONUNBUFFERED": "1", **env},
    )
    assert process.stdout is not None
    said = ""
    deadline = time.monotonic() + _PATIENCE
    for line in process.stdout:
        said += line
        if line.startswith("running"):
            return Demo(data, process, said)
        assert time.monotonic() < deadline, said
    process.stdout.close()
    raise AssertionError(f"the demo ended with {process.wait()}:\n{said}")


def stop(demo: Demo, number: signal.Signals = signal.SIGINT) -> int:
    """Interrupt the demo; its exit code. Nobody of its family is left."""
    family = demo.descendants()
    assert len(family) >= 10
    demo.process.send_signal(number)
    code = demo.process.wait(60)
    assert demo.process.stdout is not None
    demo.process.stdout.close()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in family) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in family if Path(f"/proc/{pid}").exists()] == []
    return code


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all tests of this module but the last, which ends it."""
    running = start(tmp_path_factory.mktemp("journey") / "data")
    yield running
    if running.process.poll() is None:
        stop(running, signal.SIGTERM)


def test_every_address_it_prints_answers(demo: Demo) -> None:
    to_open = re.findall(r"^(?:site|try|editors)? +(http://\S+)$", demo.said, re.MULTILINE)
    assert len(to_open) >= 8
    for address in to_open:
        assert get(address).status in (200, 302), address
    witnesses = re.findall(
        r"http://\S+", next(line for line in demo.said.splitlines() if line.startswith("witnesses http"))
    )
    name = sha256(b"ledger.demo.example/record").hexdigest()
    assert [get(f"{address}/{name}/checkpoint").status for address in witnesses] == [200] * len(WITNESSES)
    assert get(f"{demo.site}/demo/").status == 200
    assert get(f"{demo.site}/record/checkpoint").status == 200


def test_the_page_of_things_to_try_leads_everywhere(demo: Demo) -> None:
    site = read_site(demo.site, "/demo/")
    assert "/demo/" in site.pages
    assert any(path.endswith("silence.html") for path in site.pages)


def test_each_party_has_a_process_and_a_folder_of_its_own(demo: Demo) -> None:
    folders = {path.name for path in demo.data.iterdir() if path.is_dir()}
    assert folders >= {"ledger", "editors", "public", *(f"witness-{name}" for name in WITNESSES)}
    assert len(demo.descendants()) >= 10


def test_folders_and_keys_are_closed_to_others(demo: Demo) -> None:
    assert demo.data.stat().st_mode & 0o077 == 0
    keys = key_files(demo.data)
    assert len(keys) >= 4 + 1 + 2 * len(WITNESSES)
    for path in keys:
        assert path.stat().st_mode & 0o077 == 0, path
    assert (demo.data / "demo.json").stat().st_mode & 0o077 == 0


def test_no_key_is_in_any_log_database_or_served_file(demo: Demo) -> None:
    # Given every secret that any party holds in a file, and the one-time links
    secrets = {one for path in key_files(demo.data) for one in secrets_of(path)}
    links = json.loads((demo.data / "demo.json").read_text())
    secrets |= {links[role].rstrip("/").rpartition("/")[2].encode() for role in ("author", "reviewer")}
    assert len(secrets) > 50
    # Then none of them, in any form, is where others may look, nor in a database
    databases = [path for path in demo.data.rglob("*") if re.search(r"\.(db|sqlite3)(-wal|-shm)?$", path.name)]
    assert len(databases) >= 3 + len(WITNESSES)
    for path in databases:
        if path.suffix in (".db", ".sqlite3"):
            with sqlite3.connect(path) as connection:
                assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
            connection.close()
    places = [demo.data / "logs", demo.data / "public", demo.data / "ledger" / "public", *databases]
    assert sorted({(path.relative_to(demo.data).as_posix(), start) for path, start in spilt(secrets, places)}) == []


def test_the_record_grows_only_by_news_and_holds_every_entry(demo: Demo) -> None:
    note = Note.parse(get(f"{demo.site}/record/checkpoint").body)
    checkpoint = Checkpoint.parse(note.text)
    assert checkpoint.size > 40
    assert len(note.signatures) >= 2 + 2 + 3


_WALK = """
import json, sys, tempfile
from pathlib import Path
from answerable.cli import demo_browser, demo_report, demo_reporting
from answerable.cli.demo_places import Places
data = Path(sys.argv[1])
places = Places(data, json.loads((data / "demo.json").read_text())["ports"])
with tempfile.TemporaryDirectory() as folder:
    staff = demo_reporting.recall(data)
    walk = demo_report.journey(places, staff, Path(folder), lambda: None, demo_browser.find())
print(json.dumps({"mark": walk.mark, "words": walk.words}))
"""


def test_a_report_leaves_no_word_in_any_file_or_process(demo: Demo) -> None:
    # Given reports filed through a browser with script and without, read and answered at the desk, returned to
    done = subprocess.run([sys.executable, "-c", _WALK, str(demo.data)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    walked = json.loads(done.stdout.splitlines()[-1])
    people = json.loads((demo.data / "reporting.json").read_text())["people"]
    words = [walked["mark"], "kingfisher counted seven", *walked["words"].values()]
    passphrases = [one["passphrase"] for one in people]
    # Then no file of any party holds a word of them
    files = [path for path in demo.data.iterdir() if path.name != "reporting.json"]
    served = [demo.data / name for name in ("desk", "reporter", "carry", "ledger", "logs")]
    assert all(search_files(["ledger"], [place]) for place in served)
    assert search_files([people[0]["name"]], files)
    found = search_files(words, files)
    assert not found, shown(found)
    # And no process that still runs, while each has what all of them have
    for number in sorted(demo.descendants()):
        found = search_memory(number, [walked["mark"], *walked["words"].values()], control="answerable")
        assert not found, shown(found)
    # And the staff's passphrases, which the demo tells on its page, are with no party that serves the staff
    assert not search_files(passphrases, served)
    for number in sorted(demo.descendants()):
        if b"run\0desk" in Path(f"/proc/{number}/cmdline").read_bytes():
            assert not search_memory(number, passphrases, control="answerable")


def test_a_witness_that_is_stopped_is_told_and_the_others_go_on(demo: Demo) -> None:
    # Given the process of one witness, as a person would find it
    folder = str(demo.data / "witness-cs3")
    serving = [pid for pid in demo.descendants() if folder in Path(f"/proc/{pid}/cmdline").read_text()]
    assert serving
    # When it is stopped
    os.kill(min(serving), signal.SIGKILL)
    # Then the demo says which has ended, and goes on
    assert demo.process.stdout is not None
    assert demo.process.stdout.readline().startswith("ended     'cs3'")
    assert get(f"{demo.site}/silence.html").status == 200
    assert demo.process.poll() is None


def test_it_ends_when_interrupted_and_starts_again_with_what_was_kept(demo: Demo) -> None:
    # Given a demo that runs
    before = Checkpoint.parse(Note.parse(get(f"{demo.site}/record/checkpoint").body).text)
    # When it is interrupted, its ending is ordinary and nobody is left
    assert stop(demo) == 0
    # Then the same data serves again, and the record has not been rewritten
    again = start(demo.data, DEMO_KEEP="1")
    try:
        after = Checkpoint.parse(Note.parse(get(f"{again.site}/record/checkpoint").body).text)
        assert "kept" in again.said
        assert after.size >= before.size
        assert again.site == demo.site
    finally:
        assert stop(again, signal.SIGTERM) == 0
