"""A collection as a whole: the shipped example, its digest, and what each broken file does to the rest."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest

from answerable.procedures.collection import Collection, from_folder
from answerable.procedures.errors import FileProblem, Place, QuoteNotFound
from answerable.procedures.source import check_whole_texts
from answerable.procedures.text import sentences, words
from tests.procedures.making import BASE, LETTER, STATEMENT, VOCABULARY, changed, collection, complaints

UN = Path(__file__).resolve().parents[2] / "examples" / "un-2017"


@pytest.fixture(scope="module")
def three() -> Collection:
    return from_folder(UN / "three-statements")


def test_the_three_statements_load(three: Collection) -> None:
    assert [str(problem) for problem in three.problems] == []
    assert three.sound() is three
    assert [statement.name for statement in three.statements] == ["connors", "khare", "serpa-soares"]
    assert [(norm.full, norm.place.line, norm.words.line) for norm in three.norms().values()] == [
        ("connors/only-discipline", 10, 11),
        ("khare/sanction", 9, 10),
        ("khare/bring-to-nationality", 19, 20),
        ("khare/cooperate", 31, 32),
        ("serpa-soares/refer", 9, 10),
    ]
    assert [case.case for case in three.cases] == ["constructed-late", "monusco-2017"]
    assert three.procedures[0].acts[1].rests_on == "not stated"
    assert list(three.calendars) == ["model"]
    assert [question.id for question in three.questions] == ["q-referral", "q-sufficient-evidence"]


def test_every_quotation_leads_back_to_its_line(three: Collection) -> None:
    for norm in three.norms().values():
        source = three.sources["open-letter-2017-12-15"]
        assert source.file is not None
        lines = (UN / "three-statements" / source.file).read_text(encoding="utf-8").split("\n")
        assert norm.says is not None
        assert norm.source_line is not None
        first = norm.says[0].split()[0].strip("“")
        assert first in lines[norm.source_line - 1]


def test_the_open_letter_is_excerpted_in_six_short_attributed_blocks(three: Collection) -> None:
    blocks = three.sources["open-letter-2017-12-15"].blocks
    assert len(blocks) == 6
    assert sum(words(block.text) for block in blocks) == 288
    assert sum(len(sentences(block.normal.text)) for block in blocks) == 8


def test_the_digest_is_that_of_every_file_by_its_path(three: Collection) -> None:
    root = UN / "three-statements"
    paths = ["../sources.yaml", "vocabulary.yaml", "questions.yaml"]
    paths += [source.file for source in three.sources.values() if source.file]
    for folder in ("statements", "cases", "procedures", "calendars"):
        paths += [path.relative_to(root).as_posix() for path in (root / folder).glob("*.yaml")]
    lines = [f"{hashlib.sha256((root / path).read_bytes()).hexdigest()}  {path}\n" for path in sorted(paths)]
    assert three.digest == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_any_change_of_any_file_changes_the_digest() -> None:
    before = collection().digest
    for name, text in BASE.items():
        assert collection({name: text + "\n"}).digest != before, name
    assert collection({"README.md": "of no account"}).digest == before
    assert collection({"cases/notes.txt": "of no account"}).digest == before


def test_a_changed_letter_in_any_quotation_is_found_on_its_line() -> None:
    for name, old, line in [
        ("statements/letter-one.yaml", "says: refer every credible", 9),
        ("cases/one.yaml", "says: every credible", 4),
        ("questions.yaml", "says: Nothing else", 5),
    ]:
        text = BASE[name]
        start = text.index(old) + len("says: ")
        for offset in range(0, len(old) - len("says: "), 3):
            if not text[start + offset].isalpha():
                continue
            other = "q" if text[start + offset] != "q" else "z"
            broken = text[: start + offset] + other + text[start + offset + 1 :]
            (problem,) = collection({name: broken}).problems
            assert isinstance(problem, QuoteNotFound)
            assert (problem.place or Place("", 0)).line == line


def test_a_broken_vocabulary_is_one_problem_not_one_for_each_user() -> None:
    assert len(changed("vocabulary.yaml", "credible: {judg", "credible: {judgment: yes, judg").problems) == 1


def test_problems_of_several_files_are_all_shown_in_order() -> None:
    one = collection({
        "statements/letter-one.yaml": STATEMENT.replace("force: rule", "force: law").replace("  - id", "  - id", 1)
        + STATEMENT[STATEMENT.index("  - id") :].replace("who: office", "who: nobody"),
        "calendars/plain.yaml": "x: [",
        "questions.yaml": BASE["questions.yaml"].replace("by when: ask for time", "by when: asking"),
    })  # fmt: skip
    assert [complaint.split(": ")[0] for complaint in complaints(one)] == ["calendars/plain.yaml:1"]
    one = collection({
        "statements/letter-one.yaml": STATEMENT.replace("force: rule", "force: law")
        + STATEMENT[STATEMENT.index("  - id") :].replace("who: office", "who: nobody"),
        "questions.yaml": BASE["questions.yaml"].replace("by when: ask for time", "by when: asking"),
    })  # fmt: skip
    assert [complaint.split(": ")[0] for complaint in complaints(one)] == [
        "questions.yaml:6", "statements/letter-one.yaml:15", "statements/letter-one.yaml:19",
    ]  # fmt: skip
    with pytest.raises(FileProblem, match=r"questions\.yaml:6"):
        one.sound()


def test_a_folder_without_vocabulary_is_one_clear_problem(tmp_path: Path) -> None:
    (problem,) = from_folder(tmp_path).problems
    assert str(problem) == "vocabulary.yaml:1: the file cannot be read: No such file or directory"


def test_whole_texts_are_found_by_digest_and_hold_every_block() -> None:
    whole = (
        b"An office writes:\r\n\r\nThe office shall  refer every credible report to the State. \r\n"
        b"It may\r\nask for more time.\r\n\r\nNothing else is to be \xe2\x80\x8bdone.\r\n"
    )
    digest = hashlib.sha256(whole).hexdigest()
    sources = BASE["sources.yaml"].replace("file: letter.txt", f"file: letter.txt\n    whole text sha256: {digest}")
    one = collection({"sources.yaml": sources})
    assert check_whole_texts(one.sources, [("any name.txt", whole), ("other", b"x")]) == ()
    (missing,) = check_whole_texts(one.sources, [("other", whole + b"x")])
    assert str(missing).startswith("sources.yaml:2: no file has the SHA-256 given for the whole text of “letter”")
    altered = collection({"sources.yaml": sources, "letter.txt": LETTER.replace("is to be", "was to be")})
    (problem,) = check_whole_texts(altered.sources, [("any name.txt", whole)])
    assert str(problem).startswith("letter.txt:6: this block is not in the whole text any name.txt")


def test_the_excerpts_shipped_were_checked_against_texts_of_these_digests(three: Collection) -> None:
    problems = check_whole_texts(three.sources, [])
    assert len(problems) == 3
    assert all(problem.place and problem.place.file == "../sources.yaml" for problem in problems)


def test_five_thousand_norms_are_read_within_the_budget() -> None:
    norms = STATEMENT[STATEMENT.index("  - id") :]
    files = {}
    for part in range(10):
        every = "".join(norms.replace("id: refer", f"id: refer-{n}") for n in range(500))
        head = STATEMENT.replace("letter-one", f"letter-{part}")
        files[f"statements/part-{part}.yaml"] = head[: head.index("  - id")] + every
    begun = time.process_time()
    one = collection(files)
    assert (len(one.norms()), one.problems) == (5001, ())
    assert time.process_time() - begun < 3


def test_a_source_may_be_held_whole() -> None:
    whole = VOCABULARY and BASE["sources.yaml"].replace("held as: excerpts", "held as: whole")
    text = "Dear Sir,\n\nThe office shall refer every credible\nreport to the State. Nothing else is to be done.\n"
    one = collection({"sources.yaml": whole, "letter.txt": text})
    assert complaints(one) == []
    assert one.statements[0].norms[0].source_line == 3
