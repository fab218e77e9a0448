"""One of everything, from the desk to the record to the site: published, sequenced, witnessed, written, recomputed."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.journeys import desk
from tests.journeys.desk import EXAMPLE, answerable, fill, publish

pytestmark = pytest.mark.browser

PASSAGE = "Resolutions and documents are listed as an overview."
SCRIPT = "<script>alert(1)</script>"


class Parties(NamedTuple):
    """The folders of a ledger with one witness and of a desk whose outbox it takes; the desk's address."""

    ledger: Path
    home: Path
    url: str


@contextmanager
def witness(folder: Path, port: int) -> Iterator[None]:
    """A witness that serves."""
    process = subprocess.Popen(
        [*desk.COMMAND, "record", "witness", "serve", str(folder), "--listen", f"127.0.0.1:{port}"],
        env=desk.ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        desk.wait_for(port, process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=15)


@pytest.fixture
def parties(tmp_path: Path) -> Iterator[Parties]:
    """Everything that runs: a witness, a ledger, a desk."""
    ledger, home, watcher = tmp_path / "ledger", tmp_path / "editors", tmp_path / "w"
    ports = [desk.free_port(), desk.free_port()]
    answerable("record", "witness", "init", str(watcher), "--name", "w1.example")
    vkey = next(line for line in (watcher / "vkeys.txt").read_text().splitlines() if line.startswith("w1.example+"))
    (tmp_path / "policy").write_text(f"witness w1 {vkey} http://127.0.0.1:{ports[1]}\nquorum w1\n")
    answerable("record", "init", str(ledger), "--name", desk.LEDGER, "--witnesses", str(tmp_path / "policy"))
    answerable("record", "witness", "add-log", str(watcher), "--vkeys", str(ledger / "public/vkeys.txt"))
    answerable("record", "add-party", str(ledger), "editors", str(home / "editors.db"))
    url = f"http://localhost:{ports[0]}"
    answerable(
        "correspondence", "init", "--home", str(home), "--ledger-name", desk.LEDGER,
        "--ack-key", str(ledger / "keys/ack-editors.key"), "--log", str(ledger / "public/record"), "--url", url,
    )  # fmt: skip
    with witness(watcher, ports[1]), desk.running(home, ports[0]):
        yield Parties(ledger, home, url)


@pytest.fixture
def people(parties: Parties, chromium: Any) -> Iterator[tuple[Any, Any]]:
    """Ada, who writes, and Cleo, who reviews."""
    contexts = [chromium.new_context(), chromium.new_context()]
    pages = [context.new_page() for context in contexts]
    for page, name, role in zip(pages, ("ada", "cleo"), ("author", "reviewer"), strict=True):
        page.set_default_timeout(10_000)
        desk.accept(page, parties.home, name, role)
        desk.set_up_app(page, parties.url)
    yield pages[0], pages[1]
    for context in contexts:
        context.close()


def test_one_of_everything(parties: Parties, people: tuple[Any, Any], tmp_path: Path) -> None:
    # Given the shipped correspondence on record
    answerable(
        "correspondence", "import", str(EXAMPLE), "--author", "ada", "--reviewer", "cleo", "--home", str(parties.home)
    )
    # When one of everything is entered, reviewed and published
    enter(parties.url, *people)
    # And the log takes it in
    answerable("run", "sequencer", str(parties.ledger), "--once")
    log, policy = parties.ledger / "public/record", parties.ledger / "record.policy"
    published = {
        kind: desk.entries(parties.home, f"correspondence.{kind}")
        for kind in ("claim", "assessment", "rejoinder", "correction", "question")
    }
    assert [len(published[kind]) for kind in ("assessment", "rejoinder", "correction")] == [2, 1, 1]
    assert published["assessment"][1]["supersedes"], "a later assessment names the one it replaces"
    # Then the site, written from the desk and the log, shows each
    site = tmp_path / "site"
    answerable(
        "publish", "site", str(site), "--home", str(parties.home), "--log", str(log), "--policy", str(policy),
        "--as-of", "2018-03-16",
    )  # fmt: skip
    eight, nine = page(site / "questions/L3-08.html"), page(site / "questions/L3-09.html")
    for words in ("A second reader", PASSAGE, "We answered in full.", "A first reader"):
        assert words in eight.text, words
    assert "no answer" in nine.text
    letters = "".join(page(path).text for path in site.rglob("*.html"))
    assert "Received on 20 December." in page(site / "corrections.html").text
    assert "All of it was addressed." in letters
    # And nothing typed there has become markup
    assert SCRIPT in eight.text, "it is shown as the text that it is"
    assert not any(page(path).scripts for path in site.rglob("*.html") if "verify" not in path.parts)
    # And the hashes in the record are those of the words
    assert published["rejoinder"][0]["document_sha256"] == digest(f"We answered in full. {SCRIPT}")
    assert published["assessment"][0]["answers"][0]["passage_sha256"] == digest(PASSAGE)
    # And the clocks are those that anybody computes from the log alone
    recomputed = answerable(
        "correspondence", "silence", "--from-log", str(log), "--policy", str(policy), "--as-of", "2018-03-16"
    ).splitlines()
    assert "question 8: running" in recomputed[1], "an answer in part stops no clock"
    assert "question 9" not in recomputed[1], "of question 9 neither words nor confirmation are on record"
    shown = page(site / "silence.html").text
    for line in recomputed:
        assert line in shown, line
    # And every entry of the desk is in a log that verifies
    assert "PASS" in answerable("record", "verify", str(log), "--policy", str(policy))
    waiting = desk.answerable("correspondence", "export", str(tmp_path / "out"), "--home", str(parties.home))
    assert "written" in waiting
    assert sorted(path.name for path in (tmp_path / "out/assessments").iterdir()) == ["A1.yaml", "A2.yaml"]


def enter(url: str, ada: Any, cleo: Any) -> None:
    """Publish a claim, an assessment, its rejoinder, an assessment that replaces it, and a correction."""
    ada.goto(f"{url}/new/claim/")
    words = {"id": "L7-more", "of": "23", "says": "All of it was addressed.", "source": "The letter L7."}
    fill(ada, words, {"about": "L3", "letter": "L7", "speaker": "usg-field-support", "opposes": "L6-nine"})
    publish(ada, cleo)
    ada.goto(f"{url}/new/assessment/?letter=L3&reply=L5")
    words = {"id": "A1", "assessor": "A first reader", "dated": "2018-01-10", "passage_8": PASSAGE}
    fill(ada, words, {"answer_8": "full", "answer_9": "none"})
    publish(ada, cleo)
    ada.goto(f"{url}/new/rejoinder/")
    words = {"id": "R1", "dated": "2018-01-20", "text": f"We answered in full. {SCRIPT}"}
    fill(ada, words, {"to": "A1", "party": "usg-field-support"})
    publish(ada, cleo)
    ada.goto(f"{url}/new/assessment/?letter=L3&reply=L5")
    words = {"id": "A2", "assessor": "A second reader", "dated": "2018-02-01", "passage_8": PASSAGE}
    fill(ada, words, {"answer_8": "partial", "answer_9": "none", "supersedes": "A1"})
    publish(ada, cleo)
    ada.goto(f"{url}/new/correction/?of=letter:L5")
    fill(ada, {"id": "C1", "text": "Received on 20 December.", "reason": "Said so in a later letter."})
    publish(ada, cleo)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class page(HTMLParser):  # noqa: N801  # reads as a function where it is used
    """The text of a page as a reader sees it, and the scripts in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text, self.scripts = "", 0
        self.feed(path.read_text("utf-8"))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script" or any(name.startswith("on") for name, _ in attrs)
