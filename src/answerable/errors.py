"""The root of every error that a person may see.

An error says what was wrong, where, and what to do about it. Malformed input of any kind becomes one of these, never a
traceback: the command line prints the sentence and exits with ``exit_code``, a page shows it.
"""

from __future__ import annotations

from typing import ClassVar

#: Exit codes of every command: true, false or a finding, malformed or misused, not yet, held or halted.
TRUE, FALSE, MALFORMED, NOT_YET, HELD = range(5)


class AnswerableError(Exception):
    """What went wrong (``what``), where (``where``: a file and line, an entry, a peer), and what to do (``todo``)."""

    exit_code: ClassVar[int] = MALFORMED

    def __init__(self, what: str, *, where: str | None = None, todo: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.todo = todo

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f". {self.todo[:1].upper()}{self.todo[1:]}" if self.todo else ""
        return f"{place}{self.what}{advice}"
