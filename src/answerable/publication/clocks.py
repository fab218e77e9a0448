"""The clocks of `record.obligations` as a page shows them: flat, with the days spelled out and the offices named.

Nothing is computed here that the record's own fold has not computed: a page must show what a stranger recomputes.
"""

from __future__ import annotations

from dataclasses import dataclass

from answerable.record.obligations import LetterClock, Reply, Silence


@dataclass(frozen=True)
class Ask:
    """The clock of one question."""

    slot: int
    running: bool
    since: str | None
    days: int | None
    stopped_on: str | None


@dataclass(frozen=True)
class Replied:
    """A letter that answers another: whose, when, the days it took and the days until it was received."""

    letter: str
    by: str
    dated: str | None
    received: str | None
    days: int | None
    days_to_received: int | None
    claimed: bool


@dataclass(frozen=True)
class Silent:
    """A letter's clock. ``days`` are those of the office asked, so far or until its reply; None if not known."""

    letter: str
    dated: str | None
    obligor: str | None
    running: bool
    days: int | None
    reply: Replied | None
    other: Replied | None
    due: str | None
    rule: str | None
    overdue: bool
    late: bool
    claimed: bool
    asks: tuple[Ask, ...]

    @property
    def any_running(self) -> bool:
        """Whether anything of this letter still waits."""
        return self.running or any(ask.running for ask in self.asks)


def read(silence: Silence) -> dict[str, Silent]:
    """The clocks by the label of their letter, in the order of the fold."""
    return {clock.letter: _read(clock) for clock in silence.letters}


def _read(clock: LetterClock) -> Silent:
    own = clock.own
    return Silent(
        letter=clock.letter,
        dated=clock.dated,
        obligor=clock.obligor,
        running=own is not None and own.running,
        days=own.days if own is not None else None,
        reply=_replied(clock.reply),
        other=_replied(clock.other_reply),
        due=clock.due,
        rule=clock.rule,
        overdue=clock.overdue,
        late=clock.late,
        claimed=clock.claimed,
        asks=tuple(Ask(ask.slot, ask.state == "running", ask.since, ask.days, ask.stopped_on) for ask in clock.asks),
    )


def _replied(reply: Reply | None) -> Replied | None:
    if reply is None:
        return None
    return Replied(
        reply.letter, reply.by, reply.dated, reply.received, reply.days, reply.days_to_received, reply.claimed
    )
