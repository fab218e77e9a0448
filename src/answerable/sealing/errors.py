"""Every error of sealing: bytes that are not what they should be, or that do not open here."""

from __future__ import annotations

from typing import ClassVar

from answerable.errors import FALSE, AnswerableError


class SealingError(AnswerableError):
    """The root of the errors of sealing: malformed bytes, or a key that does not fit."""


class OpenError(SealingError):
    """Well-formed bytes that this key does not open in this place: altered, misplaced, or sealed to another key."""

    exit_code: ClassVar[int] = FALSE


class WordListError(SealingError):
    """A word list breaks the rules for lists."""


class WordError(SealingError):
    """The words of a code are not of its list, or too few or too many. Never shows a word."""


class CheckWordError(WordError):
    """All words are of the list, but the check word does not fit them: one word is wrong, or the order is."""


class PassphraseError(SealingError):
    """A passphrase does not open the keys of a person."""

    exit_code: ClassVar[int] = FALSE
