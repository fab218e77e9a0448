"""The events that the register commits to when something arrives: codes, days and hashes, never a word of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from answerable.intake.exchange import Arrival, Bulletin
from answerable.record import tree
from answerable.record.text import base64_text
from answerable.sealing.envelope import Kind

RECEIVED: Mapping[Kind, str] = {Kind.REPORT: "report.received", Kind.HELP: "help.received"}
#: What is owed first, and within how many working days, unless the bulletin says otherwise: limits of our own.
DUTIES: Mapping[str, Mapping[str, Any]] = {
    "report.received": {"duty": "answer_the_reporter", "days": 5},
    "help.received": {"duty": "offer_assistance", "days": 2},
}
#: The head of a register of which nothing is known yet: true of every entry that is made.
EMPTY = {"root": base64_text(tree.EMPTY_ROOT), "size": 0}
_SATURDAY = 5


def received(arrival: Arrival, bulletin: Bulletin) -> dict[str, Any]:
    """The first event of a record's chain. Its chain is named as the record is."""
    kind = RECEIVED[arrival.envelope.kind]
    duty = bulletin.duties.get(kind) or DUTIES[kind]
    return {
        "v": 1,
        "kind": kind,
        "case": arrival.envelope.record.hex(),
        "seq": 0,
        "prev": None,
        "at": arrival.day.isoformat(),
        "by": "intake_worker" if arrival.door == "assist" else "reporter",
        "procedure": None if bulletin.procedure is None else dict(bulletin.procedure),
        "after": dict(bulletin.anchor),
        "channel": arrival.envelope.channel.code,
        "ciphertext_sha256": arrival.sha256.hex(),
        "consent": list(arrival.envelope.consents),
        "policy": bulletin.policy,
        "obligation": {"due": working_days_after(arrival.day, int(duty["days"])).isoformat(), "duty": duty["duty"]},
    }


def sealed(arrival: Arrival) -> dict[str, Any]:
    """The event of anything later: committed before staff can see it."""
    return {
        "v": 1,
        "kind": "intake.sealed",
        "at": arrival.day.isoformat(),
        "door": arrival.door,
        "ciphertext_sha256": arrival.sha256.hex(),
    }


def working_days_after(day: date, number: int) -> date:
    """The day that many working days later; Saturdays and Sundays do not count."""
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < _SATURDAY
    return day
