"""The first entries of a new ledger, which open both logs, and the keys of the parties that join."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from answerable.ledger.actions import rows, sequencing
from answerable.ledger.actions.recording import acting, record
from answerable.ledger.anchoring import day_of
from answerable.ledger.config import LEDGER_PARTY, LedgerConfig
from answerable.ledger.errors import ConfigError
from answerable.ledger.filling import fill_record
from answerable.record import canonical, slots
from answerable.record.keyfile import read_key_file
from answerable.record.keys import VerifierKey

#: Hours within which each log promises an entry, at the latest: the coarse times of the acknowledgements.
PROMISE = {"open": 2, "sealed": 48}


def open_logs(made: LedgerConfig, *, now: int) -> None:
    """Give both logs their heads, and the record its first entries: ``log.opened`` of itself, then of the register,
    then policies and keys. They are appended here, so that no party's entry can come before them.

    Called again after a crash it changes nothing that is there. Raises :class:`ConfigError` when the database holds a
    log of this name that was opened with other keys.
    """
    _check_ours(made)
    for log in made.logs:
        sequencing.open_log(log.origin)
    head = rows.head(made.record.origin)
    if (head is None or not head.size) and not rows.waiting(made.record.origin, LEDGER_PARTY, "ledger"):
        with acting("ledger"):
            for kind, fields in _opening(made, day_of(now)):
                record(kind, fields, by=LEDGER_PARTY, using="ledger", now=now)
    waiting = rows.waiting(made.record.origin, LEDGER_PARTY, "ledger")
    advanced = sequencing.advance(made.record.origin, waiting, fill_record, now=now)
    sequencing.write_back(made.record.origin, LEDGER_PARTY, "ledger", advanced.head.size)


def _check_ours(made: LedgerConfig) -> None:
    own = sorted(str(key) for key in made.record.policy.log_keys(made.record.origin))
    head = rows.head(made.record.origin)
    first = [data for data, _ in rows.entries(made.record.origin, 0, 1)] or list(rows.own_rows(made.record.origin))[-1:]
    for data in first:
        match canonical.decode(data):
            case {"kind": "log.opened", "vkeys": vkeys} if vkeys == own:
                return
    if first or (head and head.size):
        raise ConfigError(
            f"the database holds a log named {made.record.origin} already, opened with other keys",
            where="ledger",
            todo="give the new ledger another name, or a database of its own",
        )


def _opening(made: LedgerConfig, day: str) -> Iterator[tuple[str, dict[str, Any]]]:
    logs = (made.record, made.register)
    for log in logs:
        sealed = log.form == "sealed"
        yield (
            "log.opened",
            {
                "origin": log.origin,
                "format": log.form,
                "vkeys": sorted(str(key) for key in log.policy.log_keys(log.origin)),
                "tick_seconds": slots.TICK if sealed else None,
                "genesis_tick": made.genesis_tick if sealed else None,
                "slots": made.slots if sealed else None,
                "promise_hours": PROMISE[log.form],
                "predecessor": None,
            },
        )
    for log in logs:
        policy = log.policy_file.read_text(encoding="utf-8")
        yield "policy.published", {"origin": log.origin, "policy": policy, "effective": day}
    for log in logs:
        for key in log.policy.log_keys(log.origin):
            yield "key.added", key_fields("log", key, day)
    yield "key.added", key_fields("ack", read_key_file(made.keys / "ack.key").verifier, day)


def key_fields(purpose: str, key: VerifierKey, day: str) -> dict[str, Any]:
    """The own fields of ``key.added``."""
    return {"purpose": purpose, "name": key.name, "vkey": str(key), "effective": day, "reason": None}


def publish_ack_key(made: LedgerConfig, vkey: VerifierKey, *, now: int) -> None:
    """Record that a party's acknowledgement key is in force from today, unless that is recorded already."""
    known = str(vkey).encode()
    if any(b'"key.added"' in data and known in data for data in rows.own_rows(made.record.origin)):
        return
    with acting("ledger"):
        record("key.added", key_fields("ack", vkey, day_of(now)), by=LEDGER_PARTY, using="ledger", now=now)
