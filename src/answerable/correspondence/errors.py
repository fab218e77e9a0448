"""What can be wrong with a correspondence, its files, and acts on it."""

from __future__ import annotations

from typing import ClassVar

from answerable.errors import FALSE, AnswerableError


class CorrespondenceError(AnswerableError):
    """A file or a field is malformed, or breaks a rule of the record; ``where`` is ``file:line`` or a field's name."""

    @property
    def field(self) -> str | None:
        """The name of the form field the error belongs to, when it came from a form and not from a file."""
        return self.where if self.where and ":" not in self.where else None


class AlreadyPublishedError(CorrespondenceError):
    """What is published stays as it is: other words need a correction."""

    exit_code: ClassVar[int] = FALSE


class NotAllowedError(CorrespondenceError):
    """The person may not do this: wrong role, own draft, or the draft is no longer in the state they saw."""

    exit_code: ClassVar[int] = FALSE
