"""The daily entry by which the record holds the register's head."""

from __future__ import annotations

from datetime import UTC, datetime

from answerable.ledger.actions import rows
from answerable.record import canonical

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
