"""What can go wrong at the desk, in words for the person who meets it. In each case nothing was written."""

from __future__ import annotations

from answerable.errors import AnswerableError


class CaseworkError(AnswerableError):
    """The root of the desk's errors."""


class NotYoursError(CaseworkError):
    """The object is not there, or not there for this person: the same, and the page says the same."""

    def __init__(self) -> None:
        super().__init__("there is nothing here", todo="go back to the list")


class WrongStageError(CaseworkError):
    """The act does not fit where the record stands, or somebody was quicker."""


class NotAllowedError(CaseworkError):
    """The record is this person's to see, and this act is not theirs."""


class DecisionIncomplete(CaseworkError):  # noqa: N818  # the name that the rules of decisions give it
    """A decision lacks parts. ``missing`` names each."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"the decision lacks {'; '.join(missing)}", todo="add what is missing; nothing was written")
        self.missing = missing


class TieUnansweredError(CaseworkError):
    """An accused person's name has opened, and the question whether there is a tie is not answered. ``record`` says
    of which record."""

    def __init__(self, record: str) -> None:
        super().__init__("say first whether you have a tie to the person named", todo="answer with tie or no tie")
        self.record = record


class RefusedByProcedureError(CaseworkError):
    """The procedure in force does not allow ``act`` now. ``reasons`` are the procedure's."""

    def __init__(self, act: str, reasons: tuple[str, ...]) -> None:
        super().__init__(f"the procedure does not allow “{act}” now: {'; '.join(reasons)}")
        self.act = act
        self.reasons = reasons


class AlteredError(CaseworkError):
    """Something is not what its commitment says: altered, moved or misplaced. It is not taken in."""


class NotSignedError(CaseworkError):
    """The act is not signed by this person as this act on this record, or the signature was used before."""


class DoneAlreadyError(NotSignedError):
    """This very act, as it was signed, was done before: whoever had no answer to it asks once more."""


class SetupError(CaseworkError):
    """This process lacks a setting, a file or a key that the desk needs."""
