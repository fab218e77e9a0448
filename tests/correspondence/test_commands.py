"""Every `answerable correspondence …` command as a process of its own: what it says, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from answerable.record import note
from tests import commands
from tests.correspondence.conftest import EXAMPLE, LEDGER

COMMAND = (sys.executable, "-c", "from answerable.cli.main import run; run()")
CLEAN = {
    name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "DATABASE", "ANSWERABLE_HOME"))
}


def command(*words: str, code: int = 0, folder: Path | None = None, **more: str) -> str:
    """Run `answerable correspondence …`; all that it says. It must end with ``code``, and never with a traceback."""
    done = commands.run("correspondence", *words, env=CLEAN | more, cwd=folder)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A desk with an author and a reviewer, on either database; the tests below follow its life in order."""
    folder = tmp_path_factory.mktemp("desk")
    if request.param == "postgresql":
        from tests.postgres import running

        CLEAN["DATABASE_URL"] = running().url(running().fresh())
    key = folder / "ack.key"
    note.write_key_file(key, note.SigningKey.generate(f"{LEDGER}/ack/editors", note.ED25519, b"\x05" * 32))
    at = folder / "editors"
    said = command("init", "--home", str(at), "--ledger-name", LEDGER, "--ack-key", str(key))
    assert [line.split()[0] for line in said.splitlines()] == ["created", "next"]
    for name, role in (("ada", "author"), ("cleo", "reviewer")):
        command("invite", name, "--role", role, "--home", str(at))
    yield at
    CLEAN.pop("DATABASE_URL", None)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def counted(home: Path) -> int:
    """Entries in the outbox, read past the application."""
    if url := CLEAN.get("DATABASE_URL"):
        with psycopg.connect(url, options="-c search_path=editors") as connection:
            row = connection.execute("SELECT count(*) FROM outbox").fetchone()
            assert row
            return int(row[0])
    import sqlite3

    database = sqlite3.connect(f"file:{home}/editors.db?mode=ro", uri=True)
    try:
        return int(database.execute("SELECT count(*) FROM outbox").fetchone()[0])
    finally:
        database.close()


def imported(home: Path, folder: Path, *words: str, code: int = 0) -> str:
    return command(
        "import", str(folder), "--author", "ada", "--reviewer", "cleo", "--home", str(home), *words, code=code
    )


def test_init_twice_changes_nothing(home: Path) -> None:
    before = (home / "party.toml").read_bytes(), (home / "secret.key").read_bytes()
    words = ("init", "--home", str(home), "--ledger-name", "other.example", "--ack-key", "x")
    assert "is there already" in command(*words, code=2)
    assert ((home / "party.toml").read_bytes(), (home / "secret.key").read_bytes()) == before
    assert (home / "secret.key").stat().st_mode & 0o777 == 0o600


def test_people_are_invited_and_dismissed(home: Path) -> None:
    for name, role in (("ada", "author"), ("cleo", "reviewer"), ("gone", "author")):
        said = command("invite", name, "--role", role, "--home", str(home))
        assert [line.split()[0] for line in said.splitlines()] == ["invited", "link", "works"]
    assert "one role" in command("invite", "ada", "--role", "reviewer", "--home", str(home), code=1)
    assert "no role" in command("invite", "eve", "--role", "king", "--home", str(home), code=2)
    assert "already" in command("invite", "ADA", "--role", "author", "--home", str(home), code=2)
    assert command("dismiss", "gone", "--home", str(home)) == "dismissed gone\n"
    assert "nobody here" in command("dismiss", "nobody", "--home", str(home), code=1)


def test_an_empty_desk_says_so(home: Path) -> None:
    assert "no letter on record asks for an answer" in command("silence", "--home", str(home))
    assert command("questions", "--home", str(home)) == ""


def test_an_import_in_the_names_of_others_is_refused(home: Path) -> None:
    for author, reviewer in (("cleo", "ada"), ("ada", "ada"), ("nobody", "cleo")):
        words = ("import", str(EXAMPLE), "--author", author, "--reviewer", reviewer, "--home", str(home))
        assert "is called" in command(*words, code=1)
    assert counted(home) == 0


def test_an_import_publishes_once(home: Path) -> None:
    first = json.loads(imported(home, EXAMPLE, "--json"))
    assert len(set(first["published"])) == 40
    assert imported(home, EXAMPLE) == "published 0 entries, 40 were there\n"
    assert counted(home) == 40


def test_an_export_is_the_import_byte_for_byte(home: Path, tmp_path: Path) -> None:
    said = command("export", str(tmp_path / "out"), "--home", str(home))
    assert said.startswith("written   8 letters, 23 questions")
    assert tree(tmp_path / "out") == tree(EXAMPLE)
    assert "not empty" in command("export", str(tmp_path / "out"), "--home", str(home), code=2)


#: What is changed in a copy of the folder: file, words, other words; and what the refusal says.
CONFLICTS = [
    ("letters/L3.yaml", "subject: Twenty-three", "subject: Thirty-three", "letter:L3 is already published"),
    ("letters/L1.txt", "", "One more line.\n", "letter:L1 is already published"),
    ("correspondence.yaml", "title: ", "title: Not ", "another correspondence"),
    ("correspondence.yaml", "office: USG Field Support", "office: USG Logistics", "named otherwise"),
    ("questions/L3.yaml", "says: ", "says: Not ", "is already published"),
    ("statements/connors-2017-12-07.yaml", "speaker: ", "speaker: Not ", "is already published"),
]


@pytest.mark.parametrize(("file", "old", "new", "says"), CONFLICTS)
def test_an_import_that_conflicts_leaves_everything(
    home: Path, tmp_path: Path, file: str, old: str, new: str, says: str
) -> None:
    """A conflict and, in the same folder, something new: the new thing is not published either."""
    copy = tmp_path / "copy"
    shutil.copytree(EXAMPLE, copy)
    path = copy / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else text + new, "utf-8")
    (copy / "corrections").mkdir()
    (copy / "corrections/C1.yaml").write_text("of: letter:L3\ntext: Other words.\nreason: Misread.\n")
    imported(home, EXAMPLE)
    assert says in imported(home, copy, code=1)
    assert counted(home) == 40


def test_questions_and_silence_are_told_in_lines_and_as_data(home: Path) -> None:
    lines = command("questions", "--home", str(home)).splitlines()
    assert len(lines) == 23 + 2 + 2
    data = json.loads(command("questions", str(EXAMPLE), "--json"))
    assert [f"{item['place']}" for item in data["questions"]][:2] == ["L3-01", "L3-02"]
    told = command("silence", "--as-of", "2018-03-16", "--home", str(home))
    assert "L4  2017-12-15  Secretary-General   running, 91 days" in told.splitlines()
    as_data = json.loads(command("silence", "--as-of", "2018-03-16", "--home", str(home), "--json"))
    assert as_data["as_of"] == "2018-03-16"
    assert "is not a day" in command("silence", "--as-of", "16 March", "--home", str(home), code=2)


def test_a_command_without_a_desk_says_what_to_do(tmp_path: Path) -> None:
    for words in (("export", "out"), ("silence",), ("questions",), ("dismiss", "ada")):
        assert "correspondence init" in command(*words, "--home", str(tmp_path / "none"), code=2)
    said = command("silence", "--from-log", str(tmp_path), code=2)
    assert "no checkpoint" in said or "checkpoint" in said


def test_run_editors_serves_and_ends_on_either_database(home: Path) -> None:
    from tests.journeys.desk import free_port

    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "run", "editors", "--home", str(home), "--listen", f"127.0.0.1:{port}"],
        env=CLEAN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        status, headers = answered(process, port, "/account/login/")
        assert status == 200
        assert headers["Content-Security-Policy"]
        assert answered(process, port, "/")[0] == 200  # led to signing in
        assert answered(process, port, "/account/login/", host="evil.example")[0] == 400
    finally:
        process.send_signal(signal.SIGTERM)
        said, trouble = process.communicate(timeout=30)
    assert "Traceback" not in trouble
    assert said.startswith("desk")
    assert "127.0.0.1 -" not in said + trouble, "who asked is kept nowhere"


def answered(process: subprocess.Popen[str], port: int, path: str, host: str = "localhost") -> tuple[int, Any]:
    """Status and headers of an answer, once the process listens."""
    import urllib.error
    import urllib.request

    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.headers
        except urllib.error.HTTPError as error:
            return error.code, error.headers
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the desk did not answer")


#: File, its bytes (None: taken away), and the place that `check` must name.
MALFORMED = [
    ("letters/L3.yaml", b"dated: 2017-12-01\n\tfrom: x\n", "letters/L3.yaml:2"),
    ("letters/L3.yaml", b"\xff\xfe", "letters/L3.yaml:1"),
    ("letters/L3.yaml", b"a: &a [1]\nb: *a\n", "letters/L3.yaml:1"),
    ("letters/L3.yaml", b"a: !!python/object:os.system x\n", "letters/L3.yaml:1"),
    ("letters/L3.yaml", b"a: " + b"[" * 100 + b"\n", "letters/L3.yaml:1"),
    ("letters/L3.yaml", b"a: b\x00\n", "letters/L3.yaml:1"),
    ("letters/L3.yaml", b"", "letters/L3.yaml:1"),
    ("letters/L3.yaml", b"dated: 2017-12-01\ndated: 2017-12-02\n", "letters/L3.yaml:2"),
    ("letters/L3.txt", None, "letters/L3.yaml:"),
    ("letters/L3.txt", b"", "letters/L3.yaml:"),
    ("letters/L3.txt", b"one\ntwo\x00\n", "letters/L3.txt:2"),
    ("letters/stray.txt", b"x\n", "letters/stray.txt:1"),
    ("questions/L3.yaml", b"slots: []\n", "questions/L3.yaml:"),
    ("questions/unplaced.yaml", b"- id: 1\n  paraphrase: x\n", "questions/unplaced.yaml:1"),
    ("assessments/A.yaml", b"letter: L3\nreply: L5\nassessor: x\nanswers: x\n", "assessments/A.yaml:4"),
    ("rejoinders/R.yaml", b"to: A9\nparty: code-blue\ntext: x\n", "rejoinders/R.yaml:1"),
    ("corrections/C.yaml", b"of: letter:L99\ntext: x\nreason: y\n", "corrections/C.yaml:1"),
    ("statements/s.yaml", b"speaker: x\n", "statements/s.yaml:1"),
    ("correspondence.yaml", b"title: x\nlanguages: [en]\nparties: [a]\n", "correspondence.yaml:3"),
    ("correspondence.yaml", 'title: "x\u202ey"\nlanguages: [en]\nparties: {}\n'.encode(), "correspondence.yaml:1"),
]


@pytest.mark.parametrize(("file", "content", "place"), MALFORMED)
def test_check_names_file_and_line(tmp_path: Path, file: str, content: bytes | None, place: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(EXAMPLE, copy)
    (copy / file).parent.mkdir(exist_ok=True)
    if content is None:
        (copy / file).unlink()
    else:
        (copy / file).write_bytes(content)
    assert place in command("check", str(copy), code=2)
    data = json.loads(command("check", str(copy), "--json", code=2))
    assert any(place in error for error in data["errors"])


def test_check_of_a_sound_folder_and_of_none(tmp_path: Path) -> None:
    labels = [line.split()[0] for line in command("check", str(EXAMPLE)).splitlines()]
    assert labels == ["letters", "questions", "versions", "sound"]
    assert json.loads(command("check", str(EXAMPLE), "--json")) == {"errors": []}
    assert "no correspondence here" in command("check", str(tmp_path), code=2)


def test_a_folder_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    """A link in a folder from somebody else must not publish a file of ours."""
    copy, secret = tmp_path / "copy", tmp_path / "secret.txt"
    shutil.copytree(EXAMPLE, copy)
    secret.write_text("ours")
    (copy / "letters/L3.txt").unlink()
    (copy / "letters/L3.txt").symlink_to(secret)
    assert "letters/L3.yaml:" in command("check", str(copy), code=2)
    shutil.rmtree(copy)
    shutil.copytree(EXAMPLE, copy)
    (copy / "letters").rename(tmp_path / "elsewhere")
    (copy / "letters").symlink_to(tmp_path / "elsewhere")
    assert "there is no file letters/" in command("check", str(copy), code=2)


def test_a_name_that_is_no_text_is_told_all_the_same(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(EXAMPLE, copy)
    (Path(os.fsdecode(os.fsencode(copy) + b"/letters/\xff.txt"))).write_text("x")
    assert "nothing names this file" in command("check", str(copy), code=2)
    command("check", str(copy), "--json", code=2)
