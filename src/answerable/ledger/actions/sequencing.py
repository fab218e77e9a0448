"""The sequencer's writes: T1 fixes a tree, T2 keeps its signatures, B writes indices back. One transaction each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.db import connections, transaction

from answerable.ledger.actions import rows
from answerable.ledger.actions.locking import number_of
from answerable.ledger.actions.recording import record
from answerable.ledger.actions.rows import HeadRow, Waiting
from answerable.ledger.errors import ConfigError, LedgerError
from answerable.ledger.models import Checkpoint, Cosignature, Entry, Head, Outbox
from answerable.record import tree

PAD = "pad"
#: Entries inserted by one statement batch; memory stays small in a long outage made up.
BATCH = 4096


@dataclass(frozen=True)
class Enlarged:
    """A tick that took a multiple of its slots, which the record must say."""

    origin: str
    tick: int
    multiple: int


@dataclass(frozen=True)
class Filled:
    """What a round adds: entries in order with the party of each (``pad`` for padding), the tick it reaches."""

    entries: Iterable[tuple[bytes, str]]
    tick: int | None = None
    enlarged: Enlarged | None = None


@dataclass
class Advanced:
    """What T1 did: the head after it, how many entries it gained, and rows refused by party."""

    head: HeadRow
    added: int = 0
    refused: dict[str, list[Waiting]] = field(default_factory=dict)


#: From (head, the rows that are new) what to append, or None when nothing is due.
Fill = Callable[[HeadRow, list[Waiting]], Filled | None]


def open_log(origin: str) -> None:
    """Give a log its head of size 0. A log that has one keeps it."""
    Head.objects.using("ledger").get_or_create(
        log=origin, defaults={"size": 0, "root": tree.EMPTY_ROOT, "edge": b"", "tick": None}
    )


def advance(origin: str, found: list[Waiting], fill: Fill, *, now: int, expected: HeadRow | None = None) -> Advanced:
    """T1: append what is new and due, and move the head; all or nothing, and the only point of truth.

    A row whose leaf the log holds under the same party is skipped (its index will be written back); under another
    party every row of its party is refused in this round, and told. ``expected``: the head that was checked; another
    one does not grow (:class:`LedgerError`).
    """
    with transaction.atomic(using="ledger"):
        _serialise(origin)
        head = rows.head(origin)
        if head is None:
            raise ConfigError(f"the database has no log {origin}", todo="answerable record init, or rebuild")
        if expected is not None and not expected.same_tree(head):
            raise LedgerError(
                f"the log of size {head.size} is not the one that was looked at, of size {expected.size}",
                where=origin,
                todo="it is looked at again; if another sequencer runs on the same database, stop one",
            )
        new, refused = _sorted_out(origin, found)
        filled = fill(head, new)
        if filled is None:
            return Advanced(head, refused=refused)
        grown = _append(origin, head, filled)
        if filled.enlarged is not None:
            told = filled.enlarged
            fields = {"origin": told.origin, "tick": told.tick, "multiple": told.multiple}
            record("tick.enlarged", fields, by="ledger", using="ledger", now=now)
    return Advanced(grown, grown.size - head.size, refused)


def keep_signatures(
    origin: str, size: int, note: bytes, lines: Mapping[str, tuple[int, bytes]], quorum_time: int | None
) -> None:
    """T2: keep the log's own note (once per size), cosignatures that are missing or fresher, and the quorum time.

    ``lines``: verifier key -> (time, bytes after the key id).
    """
    with transaction.atomic(using="ledger"):
        checkpoints = Checkpoint.objects.using("ledger").filter(log=origin, size=size)
        checkpoints.filter(note__isnull=True).update(note=note)
        if quorum_time is not None:
            checkpoints.filter(quorum_time__isnull=True).update(quorum_time=quorum_time)
        kept = rows.cosignatures(origin, size)
        fresher = [
            Cosignature(log=origin, size=size, key=key, time=time, line=line)
            for key, (time, line) in lines.items()
            if key not in kept or kept[key][0] < time
        ]
        Cosignature.objects.using("ledger").bulk_create(
            fresher, update_conflicts=True, unique_fields=["log", "size", "key"], update_fields=["time", "line"]
        )


def write_back(origin: str, party: str, alias: str, size: int) -> int:
    """B: give every waiting row of one outbox that the log holds below ``size`` its index; how many were given.

    Rows held under another party are left alone: that is for a person to look at. When nothing waits nothing is
    written.
    """
    found = list(rows.waiting_leaves(origin, alias))
    held = rows.holders(origin, (leaf for _, leaf in found))
    ready = [(id_, held[leaf]) for id_, leaf in found if leaf in held]
    given = [(id_, idx) for id_, (holder, idx) in ready if holder == party and idx < size]
    if not given:
        return 0
    with transaction.atomic(using=alias):
        for id_, idx in given:
            Outbox.objects.using(alias).filter(id=id_, idx__isnull=True).update(idx=idx)
    return len(given)


def _serialise(origin: str) -> None:
    # SQLite's IMMEDIATE transaction is the lock; PostgreSQL's is named after the log and ends with the transaction.
    connection = connections["ledger"]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number_of(origin)])


def _sorted_out(origin: str, found: list[Waiting]) -> tuple[list[Waiting], dict[str, list[Waiting]]]:
    held = rows.holders(origin, (row.leaf_hash for row in found))
    refused: dict[str, list[Waiting]] = {}
    new: dict[bytes, Waiting] = {}
    for row in found:
        holder = held[row.leaf_hash][0] if row.leaf_hash in held else None
        first = new.get(row.leaf_hash)
        if (holder and holder != row.party) or (first and first.party != row.party):
            refused.setdefault(row.party, []).append(row)
        elif holder is None:
            new.setdefault(row.leaf_hash, row)
    return [row for row in new.values() if row.party not in refused], refused


def _append(origin: str, head: HeadRow, filled: Filled) -> HeadRow:
    edge = tree.Edge.from_bytes(head.edge, head.size)
    size, batch = head.size, list[Entry]()
    for data, party in filled.entries:
        leaf = tree.leaf_hash(data)
        batch.append(Entry(log=origin, idx=size, data=data, leaf_hash=leaf, party=party))
        size += 1
        if len(batch) == BATCH:
            _insert(batch, edge)
            batch = []
    _insert(batch, edge)
    grown = HeadRow(size, edge.root(), edge.to_bytes(), head.tick if filled.tick is None else filled.tick)
    heads = Head.objects.using("ledger").filter(log=origin)
    heads.update(size=grown.size, root=grown.root, edge=grown.edge, tick=grown.tick)
    if grown.size > head.size:
        Checkpoint.objects.using("ledger").create(log=origin, size=grown.size, root=grown.root)
    return grown


def _insert(batch: list[Entry], edge: tree.Edge) -> None:
    if batch:
        Entry.objects.using("ledger").bulk_create(batch)
        edge.append([entry.leaf_hash for entry in batch])
