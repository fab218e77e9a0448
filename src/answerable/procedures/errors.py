"""Every error of statements of procedure: what is wrong, in which file and line, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.errors import NOT_YET, AnswerableError


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is written: a file, and line and column, both from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class ProceduresError(AnswerableError):
    """The root. ``kind`` is the name under which `check` reports the error, ``place`` is where it stands if known."""

    default_kind: ClassVar[str] = "malformed"

    def __init__(
        self, what: str, *, place: Place | None = None, todo: str | None = None, kind: str | None = None
    ) -> None:
        super().__init__(what, where=str(place) if place else None, todo=todo)
        self.place = place
        self.kind = kind or self.default_kind


class FileProblem(ProceduresError):  # noqa: N818 - the name says what it is
    """A file is not in the strict part of YAML, or does not say what its kind of file must say."""


class ConditionProblem(ProceduresError):  # noqa: N818 - the name says what it is
    """A condition cannot be read, or names what the vocabulary does not have."""


class QuoteNotFound(ProceduresError):  # noqa: N818 - the name says what it is
    """A quotation does not occur in the source it is cited from."""

    default_kind = "quote-not-found"


class LimitProblem(ProceduresError):  # noqa: N818 - the name says what it is
    """A time limit cannot be read, or cannot be computed with the calendar given."""


class RankProblem(ProceduresError):  # noqa: N818 - the name says what it is
    """A rank between texts that have none, or one that runs in a circle."""


class CaseProblem(ProceduresError):  # noqa: N818 - the name says what it is
    """A case cannot be read, or cannot be run as asked."""


class Undecided(ProceduresError):  # noqa: N818 - the name says what it is
    """A stated bound was reached before the question was decided."""

    exit_code = NOT_YET
    default_kind = "undecided"
