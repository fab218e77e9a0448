"""Silence in plain lines: what `record.obligations` computes from open entries, as text. No clock is read here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from answerable.correspondence.letters import Party
from answerable.record.obligations import LetterClock, Reply, Silence

NO_RULE = "no rule on record sets a time limit for these letters"


def lines(silence: Silence, parties: Iterable[Party] = ()) -> list[str]:
    """One line per letter that asks for an answer, then whether any rule sets a limit.

    Entries name offices; ``parties`` may give more of them, so that columns are as wide as on a page that lists all.
    """
    clocks = silence.letters
    if not clocks:
        return ["no letter on record asks for an answer"]
    label = max(len(clock.letter) for clock in clocks)
    widths = [len(clock.obligor or clock.to) for clock in clocks] + [len(party.office) for party in parties]
    office = max(widths)
    out = [
        f"{clock.letter:<{label}}  {clock.dated or 'unknown':<10}  {clock.obligor or clock.to:<{office}}   "
        + "; ".join(_parts(clock, any_rule=silence.any_rule))
        for clock in clocks
    ]
    return out if silence.any_rule else [*out, NO_RULE]


def _parts(clock: LetterClock, *, any_rule: bool) -> list[str]:
    parts = [_state(clock)] if clock.own or clock.reply or clock.other_reply else []
    if clock.rule and clock.due:
        late = ": overdue" if clock.own and clock.own.overdue else ": late" if clock.late else ""
        parts.append(f"due {clock.due} by {clock.rule}{late}")
    elif any_rule:
        parts.append("no rule on record sets a time limit")
    for ask in clock.asks:
        if ask.state == "running":
            over = ", overdue" if ask.overdue else ""
            parts.append(f"question {ask.slot}: running, {_days(ask.days)}{over}")
        else:
            parts.append(f"question {ask.slot}: stopped {ask.stopped_on or 'unknown'} ({_days(ask.days)})")
    if clock.claimed:
        parts.append("claimed")
    return parts


def _state(clock: LetterClock) -> str:
    if clock.reply:
        return f"replied {_reply(clock.reply)}"
    own = f"running, {_days(clock.own.days)}" if clock.own else ""
    if clock.other_reply:
        other = f"replied by {clock.other_reply.by} {_reply(clock.other_reply)}"
        return f"{other}; office asked: {own}" if own else other
    return own


def _reply(reply: Reply) -> str:
    received = ""
    if reply.received and reply.received != reply.dated:
        received = f"; received {reply.received}, {_days(reply.days_to_received)}"
    return f"{reply.dated or 'unknown'} ({_days(reply.days)}{received})"


def _days(count: int | None) -> str:
    if count is None:
        return "days not known"
    return "1 day" if count == 1 else f"{count} days"


def as_data(silence: Silence) -> Mapping[str, object]:
    """The same as plain data, for a machine."""
    return {"as_of": silence.as_of.isoformat(), "letters": [asdict(clock) for clock in silence.letters]}
