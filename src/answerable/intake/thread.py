"""The thread between a person and the desk: its messages, in the order in which they were written. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any


@dataclass(frozen=True)
class Message:
    """One message of the thread. ``gap``: it answers a message that is not here, so that one was lost or held back."""

    mine: bool
    day: str
    text: str = field(repr=False)
    check_in: str
    sealed: bytes = field(repr=False)
    after: str
    gap: bool = False


def message_of(sealed: bytes, value: Mapping[str, Any], mine: bool) -> Message:
    """A message from its sealed bytes and what they hold."""
    # Whose it is follows from how it came, and not from what it says of itself.
    return Message(
        mine,
        str(value.get("day", "")),
        str(value.get("text", "")),
        str(value.get("check_in", "")),
        sealed,
        str(value.get("after", "")),
    )


def in_order(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Messages by day, each after the one that it says it came after; marked where that one is missing."""
    waiting = sorted(messages, key=lambda each: (each.day, each.sealed))
    known = {sha256(each.sealed).hexdigest() for each in waiting}
    done: list[Message] = []
    seen: set[str] = set()
    while waiting:
        ready = [each for each in waiting if not each.after or each.after in seen or each.after not in known]
        first = (ready or waiting)[0]
        waiting.remove(first)
        seen.add(sha256(first.sealed).hexdigest())
        gap = bool(first.after) and first.after not in known
        done.append(Message(first.mine, first.day, first.text, first.check_in, first.sealed, first.after, gap))
    return tuple(done)
