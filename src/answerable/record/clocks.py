"""The clocks of a correspondence, as values: what `obligations.fold` says of each letter and each question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class Reply:
    """A letter that answers another: its days count from the letter answered, to its date and to its receipt."""

    ref: str
    letter: str
    by: str
    dated: str | None
    received: str | None
    days: int | None
    days_to_received: int | None
    claimed: bool


@dataclass(frozen=True)
class Clock:
    """The clock of the office asked."""

    since: str | None
    days: int | None
    running: bool
    overdue: bool


@dataclass(frozen=True)
class AskClock:
    """The clock of one question. ``stopped_by`` is the entry that stopped it: an assessment or a status."""

    slot: int
    state: Literal["running", "stopped"]
    since: str | None
    days: int | None
    stopped_by: str | None
    stopped_on: str | None
    overdue: bool


@dataclass(frozen=True)
class LetterClock:
    """All clocks of one letter. ``own`` is None when it asks no office; days are None where no date is known."""

    ref: str
    letter: str
    dated: str | None
    sender: str
    to: str
    obligor: str | None
    state: Literal["running", "replied", "replied_by_other"]
    own: Clock | None
    reply: Reply | None
    other_reply: Reply | None
    due: str | None
    rule: str | None
    late: bool
    asks: tuple[AskClock, ...]
    covered: str | None

    @property
    def overdue(self) -> bool:
        """Whether the office's clock, or that of any question, runs past the due day."""
        return bool(self.own and self.own.overdue) or any(ask.overdue for ask in self.asks)

    @property
    def overdue_slots(self) -> tuple[int, ...]:
        """The questions whose clocks run past the due day."""
        return tuple(ask.slot for ask in self.asks if ask.overdue)

    @property
    def claimed(self) -> bool:
        """Whether the date of a reply shown here is only claimed."""
        return any(reply.claimed for reply in (self.reply, self.other_reply) if reply)


@dataclass(frozen=True)
class Silence:
    """Every letter that has a clock, in order of date (unknown last), then label."""

    letters: tuple[LetterClock, ...]
    as_of: date

    @property
    def any_rule(self) -> bool:
        """Whether a rule on record sets a limit for any of them."""
        return any(letter.rule is not None for letter in self.letters)


@dataclass(frozen=True)
class Unrecorded:
    """Overdue clocks of one letter that no ``deadline.missed`` names. ``own``: the office's clock is among them."""

    ref: str
    letter: str
    obligor: str
    due: str
    rule: str
    days_past_due: int
    own: bool
    slots: tuple[int, ...]
    evident_on: str | None
    evident: bool
