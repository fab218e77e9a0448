"""The daily entry by which the record holds the register's head."""

from __future__ import annotations

from datetime import UTC, datetime

from answerable.ledger.actions import rows
from answerable.ledger.actions.recording import acting, record
from answerable.ledger.config import LEDGER_PARTY
from answerable.record import canonical
from answerable.record.text import base64_text

_KIND = b'"kind":"log.anchored"'


def day_of(now: int) -> str:
    """The day of ``now`` in UTC, as entries write it."""
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def last_anchored(record_origin: str) -> str:
    """The day of the latest ``log.anchored`` that the ledger recorded; empty when there is none."""
    for data in rows.own_rows(record_origin):
        if _KIND in data:
            match canonical.decode(data):
                case {"kind": "log.anchored", "at": str(day)}:
                    return day
    return ""


def anchor(origin: str, size: int, root: bytes, tick: int | None, now: int) -> None:
    """Record ``log.anchored``: the head of ``origin``, and the last tick in it when known."""
    head = {"root": base64_text(root), "size": size}
    fields = {"origin": origin, "head": head, "tick": tick, "case_heads": None}
    with acting("ledger"):
        record("log.anchored", fields, by=LEDGER_PARTY, using="ledger", now=now)
