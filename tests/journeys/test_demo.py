"""The demo, run as a person runs it: what it starts, what it says, what it leaves behind, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from answerable.cli.demo_pages import get, read_site
from answerable.cli.demo_places import WITNESSES
from answerable.record.checkpoint import Checkpoint
from answerable.record.note import Note
from tests.machine.forensics import Found, search_files, search_memory, shown
from tests.machine.traces import key_files, secrets_of, spilt

#: With the browser tests, all of it: one demo serves the test that needs a browser and those that do not.
pytestmark = pytest.mark.browser
_PATIENCE = 900


@dataclass
class Demo:
    """A running demo: its folder, its process, and what it printed until it said that it was running."""

    data: Path
    process: subprocess.Popen[str]
    said: str
    later: list[str] = field(default_factory=list)

    @property
    def site(self) -> str:
        """The address of the public site."""
        return self.address("site")

    def told(self, label: str) -> list[str]:
        """What the demo printed behind a label, each time."""
        return re.findall(rf"^{label} +(.+)$", self.said, re.MULTILINE)

    def next(self, label: str) -> str:
        """What it prints behind a label after it says that it is running, each time it is asked for; waits for it."""
        kept = next((line for line in self.later if line.startswith(f"{label} ")), None)
        if kept is not None:
            self.later.remove(kept)
            return kept.removeprefix(label).strip()
        assert self.process.stdout is not None
        patience = threading.Timer(_PATIENCE, self.process.terminate)
        patience.start()
        try:
            for line in self.process.stdout:
                if line.startswith(f"{label} "):
                    return line.removeprefix(label).strip()
                self.later.append(line)
        finally:
            patience.cancel()
        raise AssertionError(f"the demo ended and did not say {label!r}")

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


def start(data: Path, *words: str, **env: str) -> Demo:
    """Start the demo and wait until it says that it is running."""
    environment = {name: said for name, said in os.environ.items() if not name.startswith(("DATABASE_URL", "DJANGO"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "answerable", "demo", "--data", str(data), *words],
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
    """One demo for all tests of this module, which was walked and then stays; the last of them ends it."""
    running = start(tmp_path_factory.mktemp("journey") / "data", "--check", "--stay")
    running.next("published")  # the walk had something recorded, so that the site is written once more
    yield running
    if running.process.poll() is None:
        stop(running, signal.SIGTERM)


def test_what_a_stranger_checks_is_true_and_a_report_is_answered_and_counted(demo: Demo) -> None:
    # The walk of `demo --check`: it ends the demo at the first thing that is untrue
    assert demo.told("PASS") == ["everything a stranger can check is true; a report is answered, and counted"]
    steps = "site|copied|verified|receipt|documents|silence|witnesses|reported|answered|read|late|counted"
    done = re.findall(rf"^({steps}) +\S", demo.said.partition("\nready")[2], re.MULTILINE)
    assert list(dict.fromkeys(done)) == steps.split("|")


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


def held(demo: Demo, words: list[str], by: bytes = b"") -> tuple[int, list[Found]]:
    """In how many of the demo's processes, those with ``by`` in their command, these words were looked for, and what
    was found. What has ended meanwhile, as the command does that writes the site again, is none of them."""
    searched, found = 0, []
    for number in sorted(demo.descendants()):
        try:
            if by in Path(f"/proc/{number}/cmdline").read_bytes():
                found += search_memory(number, words, control="answerable")
                searched += 1
        except (AssertionError, FileNotFoundError, ProcessLookupError):
            if number in demo.descendants():
                raise
    return searched, found


def test_a_report_leaves_no_word_in_any_file_or_process(demo: Demo) -> None:
    # Given reports filed through a browser with script and without, read and answered at the desk, returned to
    mark = demo.told("mark")[0].split()[0]
    assert re.fullmatch(r"[0-9a-f]{16}", mark)
    codes = [words.partition(": ")[2] for words in demo.told("words")]
    assert [len(words.split()) >= 6 for words in codes] == [True, True]
    people = json.loads((demo.data / "reporting.json").read_text())["people"]
    words = [mark, "kingfisher counted seven", *codes]
    passphrases = [one["passphrase"] for one in people]
    # Then no file of any party holds a word of them
    files = [path for path in demo.data.iterdir() if path.name != "reporting.json"]
    served = [demo.data / name for name in ("desk", "reporter", "carry", "ledger", "logs")]
    assert all(search_files(["ledger"], [place]) for place in served)
    assert search_files([people[0]["name"]], files)
    found = search_files(words, files)
    assert not found, shown(found)
    # And no process that still runs, while each has what all of them have
    searched, found = held(demo, [mark, *codes])
    assert searched >= 14
    assert not found, shown(found)
    # And the staff's passphrases, which the demo tells on its page, are with no party that serves the staff
    assert not search_files(passphrases, served)
    searched, found = held(demo, passphrases, by=b"run\0desk")
    assert searched >= 1
    assert not found


def test_somebody_would_be_woken_for_who_is_in_danger_and_the_demo_says_so(demo: Demo) -> None:
    # Given that one of the made-up reports says that someone is in danger, and nobody has answered it
    says = re.compile(r"20\S+Z somebody on duty would be woken now: a report says that someone is in danger")
    # Then the demo tells it when the clocks have run its program, which has noted it, and nothing else
    told = demo.next("woken")
    noted = (demo.data / "logs" / "woken.log").read_text().splitlines()
    assert told == noted[0]
    assert all(says.fullmatch(line) for line in noted)
    assert "nobody is woken" not in (demo.data / "logs" / "clocks.log").read_text()


def test_a_witness_that_is_stopped_is_told_and_the_others_go_on(demo: Demo) -> None:
    # Given the process of one witness, as a person would find it
    folder = str(demo.data / "witness-cs3")
    serving = [pid for pid in demo.descendants() if folder in Path(f"/proc/{pid}/cmdline").read_text()]
    assert serving
    # When it is stopped
    os.kill(min(serving), signal.SIGKILL)
    # Then the demo says which has ended, and goes on
    assert demo.next("ended").startswith("'cs3'")
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
