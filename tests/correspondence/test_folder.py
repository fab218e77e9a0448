"""The folder: what was written is read again byte for byte, and what is wrong is named by file and line."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from answerable.correspondence import folder
from answerable.correspondence.characters import BACKWARDS, CONTROLS, DECEPTIVE
from answerable.correspondence.errors import CorrespondenceError
from answerable.correspondence.whole import Correspondence
from answerable.errors import AnswerableError
from tests.correspondence.conftest import EXAMPLE

words = (
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
    .filter(str.strip)
    .filter(lambda text: not (CONTROLS.search(text) or BACKWARDS.search(text)))
)
line = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120)
    .filter(str.strip)
    .filter(lambda text: not DECEPTIVE.search(text))
)


@given(summary=words, subject=line, source=words, title=line, says=words, paraphrase=words)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_survive_the_folder(
    tmp_path_factory: pytest.TempPathFactory,
    example: Correspondence,
    summary: str,
    subject: str,
    source: str,
    title: str,
    says: str,
    paraphrase: str,
) -> None:
    letters = tuple(replace(x, summary=summary, subject=subject, source=source) for x in example.letters)
    claims = tuple(replace(x, says=says) for x in example.claims)
    unplaced = tuple(replace(x, paraphrase=paraphrase) for x in example.unplaced)
    changed = replace(example, title=title, letters=letters, claims=claims, unplaced=unplaced)
    path = tmp_path_factory.mktemp("words") / "out"
    folder.write(changed, path)
    assert folder.read(path) == changed
    assert folder.files(folder.read(path)) == folder.files(changed)


def test_the_shipped_folder_is_canonical(example: Correspondence) -> None:
    shipped = {p.relative_to(EXAMPLE).as_posix(): p.read_bytes() for p in EXAMPLE.rglob("*") if p.is_file()}
    assert folder.files(example) == shipped


def test_the_shipped_record_and_no_more(example: Correspondence) -> None:
    assert [letter.label for letter in example.letters] == [f"L{n}" for n in range(1, 9)]
    known = [slot for slot in example.slots if slot.text_status != "not_available"]
    assert [(slot.slot, slot.text_status, slot.answer_status) for slot in known] == [
        (8, "paraphrase", "unanswered_confirmed")
    ]
    others = {slot.answer_status for slot in example.slots if slot.slot != 8}
    assert (len(example.slots), others) == (23, {"not_individually_known"})
    assert [(claim.count, claim.of, claim.identified, claim.opposes) for claim in example.claims] == [
        (9, 23, (8,), None),
        (None, 23, (), "L6-nine"),
    ]
    assert (example.assessments, example.rejoinders, example.corrections) == ((), (), ())
    assert all(letter.held == "excerpt" for letter in example.letters)


@pytest.mark.parametrize(
    ("name", "old", "new", "where", "says"),
    [
        ("letters/L3.yaml", "dated: 2017-12-01", "dated: 2017-13-01", "letters/L3.yaml:1", "no day"),
        ("letters/L3.yaml", "dated: 2017-12-01", "dated: unknown", "letters/L3.yaml:1", "reason"),
        ("letters/L3.yaml", "[L2]", "[L77]", "letters/L3.yaml:4", "no letter 'L77'"),
        ("letters/L3.yaml", "held: excerpt", "held: maybe", "letters/L3.yaml:", "one of document, excerpt"),
        ("letters/L3.yaml", "file: L3.txt", "file: ../L3.txt", "letters/L3.yaml:", "name of a .txt"),
        ("letters/L3.yaml", "obligor:", "due: 2018-01-01\nobligor:", "letters/L3.yaml:", "needs the rule"),
        ("letters/L1.yaml", "from:", "in_reply_to: [L3]\nfrom:", "letters/L1.yaml:2", "circle"),
        ("questions/L3.yaml", "count: 9", "count: 24", "questions/L3.yaml:", "more than all 23"),
        ("questions/L3.yaml", "identified: [8]", "identified: [24]", "questions/L3.yaml:", "no slot 24"),
        ("questions/L3.yaml", "text_status: paraphrase", "text_status: full", "questions/L3.yaml:", "not held"),
        ("questions/L3.yaml", "slot: 23", "slot: 25", "questions/L3.yaml:", "but not 23"),
        ("questions/L3.yaml", "opposes: L6-nine", "opposes: nobody", "questions/L3.yaml:", "no other claim"),
        ("correspondence.yaml", "title:", "titel:", "correspondence.yaml:1", "no 'title'"),
    ],
)
def test_an_error_names_file_and_line(tmp_path: Path, name: str, old: str, new: str, where: str, says: str) -> None:
    path = tmp_path / "copy"
    shutil.copytree(EXAMPLE, path)
    text = (path / name).read_text("utf-8")
    assert old in text
    (path / name).write_text(text.replace(old, new, 1), "utf-8")
    _, errors = folder.check(path)
    found = [error for error in errors if says in error.what]
    assert found, [str(error) for error in errors]
    assert found[0].where is not None
    assert found[0].where.startswith(where)
    with pytest.raises(CorrespondenceError):
        folder.read(path)


def test_a_file_that_nothing_names_is_told(tmp_path: Path) -> None:
    path = tmp_path / "copy"
    shutil.copytree(EXAMPLE, path)
    (path / "letters/L9.txt").write_text("lost")
    with pytest.raises(CorrespondenceError, match="nothing names"):
        folder.read(path)


@given(
    st.binary(max_size=300), st.sampled_from(sorted(p.relative_to(EXAMPLE).as_posix() for p in EXAMPLE.rglob("*.*")))
)
@settings(max_examples=80, deadline=None)
def test_any_bytes_in_any_file_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "copy"
    shutil.copytree(EXAMPLE, path)
    (path / name).write_bytes(data)
    found, errors = folder.check(path)
    assert (found is None) == bool(errors)
    assert all(isinstance(error, AnswerableError) and error.where for error in errors)
