"""`record append`: an entry without any application around it, from the ledger's own outbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from answerable.ledger.actions.recording import Recorded, acting, record, record_sealed
from answerable.ledger.actions.wrapping import keep_opening_key
from answerable.ledger.config import LEDGER_PARTY, LedgerConfig
from answerable.ledger.errors import NotRecordedError
from answerable.ledger.openings import WrappingKey, read_secret
from answerable.record import kinds, slots
from answerable.record.errors import KindError

#: Seconds for which a change of the schedule is public before it takes effect, so that it carries no news.
NOTICE = 7 * 86_400
#: Slots of a tick at most: above, an hour would fill a disk with padding.
MOST_SLOTS = 4096
#: Kinds that only the log's own work makes true.
SEQUENCERS_OWN = frozenset({"log.opened", "log.anchored", "tick.enlarged"})
_SHARED = ("v", "kind", "id", "at", "by")


def append_open(given: Mapping[str, Any], *, now: int) -> tuple[str, Recorded]:
    """Append an open entry; ``v``, ``id``, ``at`` and ``by`` are filled when absent. Its kind, and what was recorded.

    Raises KindError for members that are not the kind's, :class:`NotRecordedError` for a schedule change too soon or
    beyond what a tick may hold, and for kinds that the sequencer alone records.
    """
    kind = given.get("kind")
    if not isinstance(kind, str):
        raise KindError("names no kind", where="kind")
    if given.get("v", 1) != 1:
        raise KindError("v is 1", where=kind)
    _check_by_hand(kind, given, now)
    own = {name: value for name, value in given.items() if name not in _SHARED}
    try:
        at = date.fromisoformat(given["at"]) if "at" in given else None
    except (TypeError, ValueError):
        raise KindError("at is a day, YYYY-MM-DD", where=kind) from None
    by, id_ = given.get("by", LEDGER_PARTY), given.get("id")
    with acting("ledger"):
        return kind, record(kind, own, by=by, at=at, id=id_, using="ledger", now=now)


def append_sealed(config: LedgerConfig, event: Mapping[str, Any], key_file: Path, *, now: int) -> Recorded:
    """Append a sealed event; its opening key is kept, wrapped, before the event is recorded.

    Raises KindError for an event that is not of a sealed kind, ``OpeningKeyError`` for a key file that cannot be used.
    """
    body = kinds.check_sealed({"v": 1, **event})
    key = read_secret(key_file)
    wrapping = WrappingKey(read_secret(config.keys / "wrapping.key"))
    if "case" in body:
        keep_opening_key(str(body["case"]), key, wrapping)
    with acting("ledger"):
        recorded = record_sealed(body, key, using="ledger", now=now)
        if "case" not in body:
            keep_opening_key(recorded.leaf, key, wrapping)
    return recorded


def _check_by_hand(kind: str, given: Mapping[str, Any], now: int) -> None:
    """What is in the log stays there: a schedule that cannot be kept, or a tick enlarged by hand, would never heal."""
    if kind in SEQUENCERS_OWN:
        raise NotRecordedError("the sequencer alone records this kind", where=kind, todo="leave it to run sequencer")
    if kind != "schedule.changed":
        return
    tick, count = given.get("from_tick"), given.get("slots")
    if type(tick) is int and tick < slots.tick_of(now + NOTICE):
        raise NotRecordedError(
            f"tick {tick} begins in less than seven days, and a change is published seven days before",
            where="from_tick",
            todo=f"choose tick {slots.tick_of(now + NOTICE) + 1} or later",
        )
    if type(count) is int and not 1 <= count <= MOST_SLOTS:
        raise NotRecordedError(f"a tick has 1 to {MOST_SLOTS} slots, not {count}", where="slots")
