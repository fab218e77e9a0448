"""What can go wrong at the door. Each says what, and what the person who reports can do about it."""

from __future__ import annotations

from typing import ClassVar

from answerable.errors import HELD, NOT_YET, AnswerableError


class IntakeError(AnswerableError):
    """The root of intake's errors."""


class MalformedError(IntakeError):
    """Bytes that are not a delivery, an envelope, a request or a chunk."""


class RefusedError(IntakeError):
    """Well formed, and against a rule: another deployment, a missing compartment, a holder who may not read."""


class NothingOpens(IntakeError):  # noqa: N818  # the name is the sentence that people see
    """No mailbox opens with this: there is none, or the proof is wrong. Nobody is told which."""

    exit_code: ClassVar[int] = NOT_YET

    def __init__(self) -> None:
        super().__init__("these words open nothing", todo="look at each word again, and at their order")


class WorkError(IntakeError):
    """The proof of work is missing, too small, spent or too old."""


class ConflictError(IntakeError):
    """Something else is kept under this id already."""


class ChunkError(ConflictError):
    """A chunk that is not the next one; ``held`` says how many are here."""

    def __init__(self, held: int) -> None:
        super().__init__("this is not the part that comes next", todo=f"go on with part {held}")
        self.held = held


class TooLargeError(IntakeError):
    """More bytes than are taken."""


class QuotaError(IntakeError):
    """A file that is too ``large``, or no room for files. Text is still taken."""

    exit_code: ClassVar[int] = HELD

    def __init__(self, why: str, *, large: bool = False) -> None:
        super().__init__(f"your text is safe. This file was not taken: {why}", todo="send the text without it")
        self.large = large


class NotKeptError(IntakeError):
    """The database did not keep it: nothing was received."""

    exit_code: ClassVar[int] = HELD

    def __init__(self) -> None:
        super().__init__("not yet received: it could not be kept at this moment", todo="send it again in a minute")


class SettingsError(IntakeError):
    """The reporter party is not set up: a file or a setting is missing or wrong."""
