"""What can go wrong while the log runs. Each says what, where and what to do; HOLD and HALT exit with 4."""

from __future__ import annotations

from typing import ClassVar

from answerable.errors import HELD, NOT_YET, AnswerableError


class LedgerError(AnswerableError):
    """Any error of the ledger."""


class ConfigError(LedgerError):
    """The ledger's folder or its ``ledger.toml`` is not usable."""


class NotRecordedError(LedgerError):
    """An act was not recorded: it has no entry, and must not happen."""


class OutsideTransactionError(NotRecordedError):
    """``record`` was called outside a transaction, where an act and its entry could part."""


class NotYetError(LedgerError):
    """What was asked for will exist later: a receipt before its checkpoint is witnessed."""

    exit_code: ClassVar[int] = NOT_YET


class HoldError(LedgerError):
    """It is unclear whether the log may be signed; it is asked again by itself."""

    exit_code: ClassVar[int] = HELD


class HaltError(LedgerError):
    """There is evidence that signing would show two histories. A person must look, and rebuild."""

    exit_code: ClassVar[int] = HELD


class RunningError(LedgerError):
    """Another sequencer of this ledger is running."""

    exit_code: ClassVar[int] = HELD


class StoreError(LedgerError):
    """A file could not be written durably; nothing was signed for it."""

    exit_code: ClassVar[int] = HELD


class OpeningKeyError(LedgerError):
    """A wrapped opening key cannot be opened, or its wrapping key cannot be read."""


class OutboxError(LedgerError):
    """A party's outbox cannot be taken from now. Its rows wait; the other parties' do not."""


class SilentOutboxError(OutboxError):
    """A party's database does not answer, is locked, or answers what is not an outbox: asked again later."""
