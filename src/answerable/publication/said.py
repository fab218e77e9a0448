"""What the institution's own statements say: reports on statements of procedure, and what they answer to a question.

A question of the correspondence may carry a query, ``COLLECTION/QUESTION``: the name of a vocabulary of `procedures`,
and the id of a question put to its statements. Whether anyone replied is one thing; what the statements answer
is another, and stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from answerable.procedures import page
from answerable.procedures.report import Report
from answerable.publication.errors import PublicationError


@dataclass(frozen=True)
class Said:
    """One collection of statements with everything that was found in it."""

    report: Report
    html: str
    questions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The collection's name, also that of its page."""
        return self.report.collection.name

    @property
    def digest(self) -> str:
        """Names exactly the files that were read."""
        return self.report.collection.digest

    @property
    def path(self) -> str:
        """Where its page stands under a language's root."""
        return f"procedures/{self.name}.html"


@dataclass(frozen=True)
class Answered:
    """What the statements of a collection answer to one question: the verdict, and all of it as HTML and as data."""

    collection: str
    digest: str
    question: str
    words: str
    verdict: str
    html: str
    path: str
    asked: Mapping[str, Any]


def read(folders: Iterable[Path]) -> tuple[Said, ...]:
    """The collections in ``folders``, with all their findings.

    Raises `ProceduresError` for files that cannot be used, `PublicationError` for two collections of one name.
    """
    wanted = tuple(folders)
    if not wanted:
        return ()
    from answerable.procedures import reports  # the solver is loaded only where statements are published
    from answerable.procedures.collection import from_folder
    from answerable.procedures.settings import Settings

    found: dict[str, Said] = {}
    for folder in wanted:
        if not (folder / "vocabulary.yaml").is_file():
            raise PublicationError("there is no vocabulary.yaml", where=str(folder), todo="name a collection's folder")
        said = of(reports.everything(from_folder(folder), Settings()))
        if said.name in found:
            raise PublicationError(f"the collection “{said.name}” is given twice", where=str(folder), todo="keep one")
        found[said.name] = said
    return tuple(found.values())


def of(report: Report) -> Said:
    """A report ready to be shown."""
    questions: Any = report.parts.get("questions", ())
    return Said(report, page.fragment(report), {each["id"]: each for each in questions})


def answer(query: str | None, statements: Sequence[Said]) -> Answered | None:
    """What is answered to ``query``; None if there is none, or its collection is not published here.

    Raises PublicationError for a question that its collection does not have.
    """
    if query is None:
        return None
    name, _, question = query.partition("/")
    said = next((each for each in statements if each.name == name), None)
    if said is None:
        return None
    if question not in said.questions:
        raise PublicationError(
            f"the query “{query}” names no question of the collection “{name}”",
            todo="write COLLECTION/QUESTION, as in its questions.yaml",
        )
    asked = said.questions[question]
    words = next(" ".join(each.says) for each in said.report.collection.questions if each.id == question)
    html = page.verdict(said.report, asked)
    return Answered(
        name, said.digest, question, words, asked["verdict"], html, f"{said.path}#question-{question}", asked
    )
