"""What can go wrong between the log and others: its readers, its signer, its witnesses, its monitor."""

from __future__ import annotations

from typing import ClassVar

from answerable.errors import HELD
from answerable.ledger.errors import LedgerError


class AskingError(LedgerError):
    """Witnesses cannot be asked: the settings name a witness or an address that cannot be used."""


class FetchError(LedgerError):
    """A file of a log could not be fetched: no connection, too slow, too large, or not an answer."""


class SignerError(LedgerError):
    """The signer gave no signature: it cannot be reached, or its keys or its memory cannot be used."""

    exit_code: ClassVar[int] = HELD


class SignerRefusedError(SignerError):
    """The signer answered and refuses: what it was asked to sign does not extend what it remembers.

    ``status`` is 400, 404, 409 or 422, as a witness means it; ``size`` is the size it remembers, if told.
    """

    def __init__(
        self, what: str, *, status: int, size: int | None = None, where: str | None = None, todo: str | None = None
    ) -> None:
        super().__init__(what, where=where, todo=todo)
        self.status = status
        self.size = size


class WatchError(LedgerError):
    """The monitor cannot work: its own memory is unreadable, or it watches another log than the one it remembers."""


class WitnessError(LedgerError):
    """A witness cannot start or be set up: no state, state of another witness, or a log that cannot be added."""
