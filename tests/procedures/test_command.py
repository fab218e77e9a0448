"""The commands from outside: what they print, where they write, and how they exit."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from answerable.cli.main import app
from tests.procedures import schema
from tests.procedures.making import BASE

EXAMPLES = Path(__file__).parents[2] / "examples"
THREE = str(EXAMPLES / "un-2017" / "three-statements")
ALL = str(EXAMPLES / "un-2017" / "all-personnel")
WELL = str(EXAMPLES / "constructed" / "well-drafted")


def run(*words: str) -> Result:
    """`answerable procedures …`"""
    return CliRunner().invoke(app, ["procedures", *words])


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The base collection in a folder of its own."""
    for name, text in BASE.items():
        path = tmp_path / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "small"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check", THREE), 1),
        (("check", WELL), 0),
        (("check", WELL, "--profile", "casework"), 0),
        (("check", THREE, "--profile", "casework", "--fail-on", "error"), 0),
        (("check", ALL, "--fail-on", "error,fault"), 0),
        (("check", ALL), 1),
        (("compare", THREE), 1),
        (("compare", WELL), 0),
        (("compare", THREE, "--weaken", "practice,intention,request,endorsement", "--fail-on", "error"), 0),
        (("compare", THREE, "--count", "criminal_referral"), 0),
        (("ask", THREE), 1),
        (("ask", WELL), 0),
        (("run", THREE, "--case", "constructed-late"), 0),
        (("audit", THREE, "--case", "constructed-late"), 1),
        (("audit", THREE, "--case", "constructed-late", "--fail-on", "error"), 0),
        (("audit", THREE, "--case", "monusco-2017"), 0),
        (("audit", WELL, "--matrix"), 0),
        (("audit", THREE, "--matrix"), 1),
        (("coverage", THREE), 0),
        (("show", THREE), 0),
    ],
)
def test_the_exit_code_says_whether_anything_was_found(words: tuple[str, ...], code: int) -> None:
    result = run(*words)
    assert result.exit_code == code, result.output
    assert "sha256" in result.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "/nowhere"), "there is no vocabulary.yaml"),
        (("check", THREE, "--profile", "court"), "is not a profile"),
        (("check", THREE, "--fail-on", "gaps"), "is no severity"),
        (("check", THREE, "--without", "nothing"), "“nothing” is not an assumption"),
        (("check", THREE, "--whole-texts", "/nowhere"), "there is no such folder"),
        (("compare", THREE, "--weaken", "rule"), "cannot be weakened"),
        (("compare", THREE, "--largest", "1"), "cannot be sought"),
        (("compare", THREE, "--on", "yesterday"), "is not a day"),
        (("compare", THREE, "--count", "nothing"), "nothing"),
        (("run", THREE), "no case is named"),
        (("run", THREE, "--case", "none"), "there is no case “none”"),
        (("run", THREE, "--case", "monusco-2017"), "names no procedure"),
        (("audit", THREE, "--case", "monusco-2017", "--matrix"), "a matrix is of every case"),
        (("audit", THREE, "--case", "monusco-2017", "--as-of", "2017-13-01"), "is not a day"),
        (("show", THREE, "nobody"), "nothing here is called “nobody”"),
        (("coverage", THREE, "--html", "/nowhere/page.html"), "cannot be written"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(words: tuple[str, ...], says: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.startswith("answerable: ")
    assert "Traceback" not in result.output


def test_a_case_without_a_day_needs_one(small: Path) -> None:
    assert "--as-of" in run("audit", str(small), "--case", "one").stderr
    assert run("audit", str(small), "--case", "one", "--as-of", "2025-04-01").exit_code in (0, 1)


@pytest.mark.parametrize("command", ["check", "compare", "ask", "coverage", "show"])
def test_json_is_sorted_indented_and_as_the_schema_says(command: str) -> None:
    printed = run(command, THREE, "--json").stdout
    data = json.loads(printed)
    assert printed == json.dumps(data, ensure_ascii=False, sort_keys=True, indent=2) + "\n"
    assert data["command"] == command
    assert schema.wrong(data) == []


def test_every_command_writes_a_page(tmp_path: Path) -> None:
    for words in (
        ("check", THREE), ("compare", THREE), ("ask", THREE), ("run", THREE, "--case", "constructed-late"),
        ("audit", THREE, "--case", "constructed-late"), ("audit", THREE, "--matrix"), ("coverage", THREE),
        ("show", THREE),
    ):  # fmt: skip
        page = tmp_path / "page.html"
        run(*words, "--html", str(page))
        text = page.read_text("utf-8")
        assert text.startswith("<!doctype html>")
        assert "allegations-against-staff" in text
        page.unlink()


def test_files_with_errors_can_only_be_checked(small: Path) -> None:
    (small / "letter.txt").write_text("# An office: a letter\nNothing of the kind is said here.\n", encoding="utf-8")
    checked = run("check", str(small))
    assert checked.exit_code == 2
    assert re.search(r"^error +quote-not-found +statements/letter-one.yaml:9", checked.stdout, re.MULTILINE)
    for command in ("compare", "ask", "coverage", "show"):
        result = run(command, str(small))
        assert result.exit_code == 2
        assert re.search(r"[a-z/-]+\.yaml:\d+: ", result.stderr)
        assert result.stdout == ""


def test_whole_texts_are_found_by_their_digest_and_missed_when_they_differ(small: Path, tmp_path: Path) -> None:
    from hashlib import sha256

    whole = "A letter.\n" + BASE["letter.txt"].replace("# ", "")
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "any name").write_text(whole, encoding="utf-8")
    digest = sha256(whole.encode()).hexdigest()
    sources = BASE["sources.yaml"].replace("file: letter.txt", f"file: letter.txt\n    whole text sha256: {digest}")
    (small / "sources.yaml").write_text(sources, encoding="utf-8")
    assert run("check", str(small), "--whole-texts", str(texts)).exit_code == 1
    (small / "letter.txt").write_text(BASE["letter.txt"].replace("more time", "less time"), encoding="utf-8")
    result = run("check", str(small), "--whole-texts", str(texts))
    assert result.exit_code == 2
    assert "quote-not-found" in result.stdout


def test_the_clock_is_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    def refuse() -> float:
        raise AssertionError("the clock was read")

    monkeypatch.setattr(time, "time", refuse)
    assert run("audit", THREE, "--case", "constructed-late").exit_code == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.sampled_from(sorted(BASE)), data=st.binary(max_size=200))
def test_no_bytes_in_any_file_give_a_traceback(tmp_path: Path, name: str, data: bytes) -> None:
    folder = tmp_path / "any"
    for path, text in BASE.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data if path == name else text.encode())
    result = run("check", str(folder))
    assert result.exit_code in (0, 1, 2, 3)
    assert result.exception is None or isinstance(result.exception, SystemExit)
