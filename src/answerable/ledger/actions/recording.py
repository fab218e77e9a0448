"""Recording an act: its entry goes into the party's outbox in the act's own transaction, both or neither."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections, transaction

from answerable.ledger import rowless
from answerable.ledger.errors import NotRecordedError, OutsideTransactionError
from answerable.ledger.models import Event, Outbox
from answerable.ledger.routers import INTAKE, kind_of
from answerable.record import ack as acks
from answerable.record import canonical, commit, kinds, note, tree

OPEN, SEALED = "open", "sealed"
#: An open entry's longest form (a bundle gives each entry's length in 16 bits).
LONGEST = 65_535


@dataclass(frozen=True)
class Recorded:
    """An entry that waits for the log, and the promise given for it.

    ``outbox`` is the row the act refers to; ``leaf_hash`` (``leaf`` in hex) is how other entries refer to this one;
    ``ack`` is the signed acknowledgement; ``include_by`` the POSIX time by which the log must hold the entry.
    """

    outbox: Outbox
    leaf_hash: bytes
    ack: bytes
    include_by: int

    @property
    def leaf(self) -> str:
        """The leaf hash in lowercase hex."""
        return self.leaf_hash.hex()


@dataclass(frozen=True)
class Party:
    """Who records: its name, the log's schema-less host, and where its acknowledgement key is (None: this process gives
    nobody a promise, and what it records has an empty one)."""

    name: str
    ledger_name: str
    ack_key: Path | None

    def origin(self, form: str) -> str:
        """The origin that takes entries of ``form``."""
        return f"{self.ledger_name}/{'record' if form == OPEN else 'register'}"


def party_of(using: str) -> Party:
    """The party whose outbox is the database ``using``: ``settings.ANSWERABLE_PARTY``, or the one listed for this alias
    in ``settings.ANSWERABLE_PARTIES``."""
    several: Mapping[str, Mapping[str, Any]] = getattr(settings, "ANSWERABLE_PARTIES", {})
    found = several.get(using) or getattr(settings, "ANSWERABLE_PARTY", None)
    if not found:
        raise NotRecordedError(
            "this process does not know which party it records for",
            where="settings",
            todo="set ANSWERABLE_PARTY to the party's name, ledger_name and ack_key",
        )
    key = found["ack_key"]
    return Party(str(found["name"]), str(found["ledger_name"]), Path(key) if key else None)


def record(
    kind: str,
    fields: Mapping[str, Any],
    *,
    by: str,
    at: date | None = None,
    id: str | None = None,  # noqa: A002  # the entry's own word for it
    using: str = "default",
    now: int | None = None,
) -> Recorded:
    """Record an open entry of ``kind`` in the party's outbox, inside the caller's transaction on ``using``.

    ``fields`` are the kind's own; ``v``, ``kind``, ``id`` (32 random hex digits), ``at`` (the day) and ``by`` are
    added. ``now`` is POSIX seconds (the clock's when absent) and decides the promise: the first full hour at least an
    hour away.
    The same bytes recorded twice are the same row and the same acknowledgement.

    Raises :class:`OutsideTransactionError` outside a transaction, ``KindError`` when the fields are not the kind's,
    :class:`NotRecordedError` when the entry cannot be stored: then the act must fail too.
    """
    moment = int(time.time()) if now is None else now
    day = datetime.fromtimestamp(moment, UTC).date() if at is None else at
    entry = {**fields, "v": 1, "kind": kind, "id": id or secrets.token_hex(16), "at": day.isoformat(), "by": by}
    data = kinds.encode_open(entry)
    if len(data) > LONGEST:
        raise NotRecordedError(f"the entry has {len(data)} bytes, an entry at most {LONGEST}", where=kind)
    return _promise(data, OPEN, using, moment)


@dataclass(frozen=True)
class Prepared:
    """A sealed entry that was promised and is not in an outbox yet: everything about it that needs no database.

    ``body`` is the event's canonical JSON, ``case`` its case if it has one; ``ack`` the signed promise.
    """

    origin: str
    data: bytes
    leaf_hash: bytes
    include_by: int
    ack: bytes
    case: str | None
    body: bytes


def prepare_sealed(
    event: Mapping[str, Any], opening_key: bytes, *, using: str = "default", now: int | None = None
) -> Prepared:
    """Seal ``event`` and sign its promise, before the transaction in which :func:`record_prepared` records it.

    Whoever has one writer at a time works out here what the others need not wait for. Raises ``KindError``, and
    :class:`NotRecordedError` when the party has no key.
    """
    moment = int(time.time()) if now is None else now
    body = kinds.check_sealed(dict(event))
    key = opening_key
    if kinds.SEALED[str(body["kind"])].header == "case":
        key = commit.case_event_key(opening_key, int(str(body["seq"])))
    data = commit.seal(body, key)
    origin, leaf_hash = party_of(using).origin(SEALED), tree.leaf_hash(data)
    include_by = acks.include_by_for(SEALED, moment)
    ack = _signed(origin, leaf_hash, include_by, using)
    case = None if body.get("case") is None else str(body["case"])
    return Prepared(origin, data, leaf_hash, include_by, ack, case, canonical.encode(body))


def record_prepared(prepared: Prepared, *, using: str = "default") -> Recorded:
    """Record a prepared entry inside the caller's transaction on ``using``. Raises as :func:`record` does."""
    row = _kept_row(prepared.origin, prepared.data, prepared.leaf_hash, prepared.include_by, using)
    if kind_of(using) == INTAKE:
        _insert(using, "event", {"outbox_id": row.id, "case": prepared.case, "body": prepared.body})
    else:
        defaults = {"case": prepared.case, "body": prepared.body}
        Event.objects.using(using).get_or_create(outbox=row, defaults=defaults)
    ack = prepared.ack
    if row.include_by != prepared.include_by:  # the same entry was promised before, and that promise holds
        ack = _signed(prepared.origin, prepared.leaf_hash, row.include_by, using)
    return Recorded(row, prepared.leaf_hash, ack, row.include_by)


def rows_of(prepared: Prepared) -> tuple[Recorded, dict[str, dict[str, Any]]]:
    """What :func:`record_prepared` gives for an intake's database, and the rows, by table, that record it there.

    For an act that adds them with rows of its own, in one transaction or by one statement: both or neither.
    """
    values = {
        "log": prepared.origin,
        "data": prepared.data,
        "leaf_hash": prepared.leaf_hash,
        "include_by": prepared.include_by,
    }
    row = Outbox(id=rowless.new_id(), **values)
    event = {"id": rowless.new_id(), "outbox_id": row.id, "case": prepared.case, "body": prepared.body}
    recorded = Recorded(row, prepared.leaf_hash, prepared.ack, prepared.include_by)
    return recorded, {"outbox": {"id": row.id, **values}, "event": event}


def record_sealed(
    event: Mapping[str, Any], opening_key: bytes, *, using: str = "default", now: int | None = None
) -> Recorded:
    """Record the sealed ``event`` (every field, header included), inside the caller's transaction on ``using``.

    ``opening_key`` (32 bytes) is the case's for an event of a case, from which the event's own is derived; for a kind
    without a case it is the event's own. The log sees 33 bytes; the body stays in the party's ``event`` table.
    The promise: the first 00:00 UTC at least 24 hours away. Raises as :func:`record` does.
    """
    _check_inside(using)
    return record_prepared(prepare_sealed(event, opening_key, using=using, now=now), using=using)


@contextmanager
def acting(using: str = "default") -> Iterator[None]:
    """One act: a transaction on ``using`` whose failure at any point, the commit included, is a clear error.

    Raises :class:`NotRecordedError` when the database cannot keep the act (a full disk, a lost connection).
    """
    try:
        with transaction.atomic(using=using):
            yield
    except DatabaseError as error:
        raise NotRecordedError(
            f"the act was not recorded and has not happened: {error}",
            where=using,
            todo="see that the database has room and answers, then try again",
        ) from error


def _promise(data: bytes, form: str, using: str, now: int) -> Recorded:
    _check_inside(using)
    origin, leaf_hash = party_of(using).origin(form), tree.leaf_hash(data)
    row = _kept_row(origin, data, leaf_hash, acks.include_by_for(form, now), using)
    return Recorded(row, leaf_hash, _signed(origin, leaf_hash, row.include_by, using), row.include_by)


def _check_inside(using: str) -> None:
    if not connections[using].in_atomic_block:
        raise OutsideTransactionError(
            "record was called outside a transaction",
            where=using,
            todo="call it inside the transaction of the act itself, so that both happen or neither",
        )


def _signed(origin: str, leaf_hash: bytes, include_by: int, using: str) -> bytes:
    party = party_of(using)
    if party.ack_key is None:
        return b""
    return acks.sign_ack(acks.Ack(origin, leaf_hash, include_by), _ack_key(party, party.ack_key))


def _kept_row(origin: str, data: bytes, leaf_hash: bytes, include_by: int, using: str) -> Outbox:
    _check_inside(using)
    try:
        return _row(origin, data, leaf_hash, include_by, using)
    except DatabaseError as error:
        raise NotRecordedError(
            f"the entry cannot be stored, so the act fails: {error}",
            where=using,
            todo="see that the database has room and answers, then try again",
        ) from error


def _row(origin: str, data: bytes, leaf_hash: bytes, include_by: int, using: str) -> Outbox:
    if kind_of(using) == INTAKE:
        values = {"log": origin, "data": data, "leaf_hash": leaf_hash, "include_by": include_by}
        return Outbox(id=_insert(using, "outbox", values), **values)
    rows = Outbox.objects.using(using)
    row, _ = rows.get_or_create(log=origin, leaf_hash=leaf_hash, defaults={"data": data, "include_by": include_by})
    return row


def _insert(using: str, table: str, values: Mapping[str, Any]) -> int:
    """Add a row under a random id, and return the id. An intake's process may add to these tables and not read them,
    so that nothing is looked up before and nothing asked back after: the same entry again is an error there."""
    id_ = rowless.new_id()
    with connections[using].cursor() as cursor:
        names = ", ".join(f'"{name}"' for name in ("id", *values))
        marks = ", ".join(["%s"] * (len(values) + 1))
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [id_, *values.values()])  # noqa: S608  # names of ours
    return id_


def _ack_key(party: Party, path: Path) -> note.SigningKey:
    key = _read_key(path)
    expected = f"{party.ledger_name}/ack/{party.name}"
    if key.verifier.name != expected:
        raise NotRecordedError(
            f"the acknowledgement key is named {key.verifier.name}, not {expected}",
            where=str(path),
            todo="give this party its own key",
        )
    return key


@lru_cache(maxsize=64)
def _read_key(path: Path) -> note.SigningKey:
    return note.read_key_file(path)
