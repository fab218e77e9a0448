"""What the sequencer reads: waiting rows, entries, heads, checkpoints. Plain values go out, no Django objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.db import DatabaseError, DataError, connections
from django.db.models.functions import Substr

from answerable.ledger.errors import LedgerError, SilentOutboxError
from answerable.ledger.guards import reopened
from answerable.ledger.models import BytesField, Checkpoint, Cosignature, Entry, Head, Outbox

#: How many values one IN (...) holds: below SQLite's limit of variables.
CHUNK = 500


class Waiting(NamedTuple):
    """A row that waits for its index. ``(include_by, party, id)`` is the order in which waiting rows are taken."""

    include_by: int
    party: str
    id: int
    data: bytes
    leaf_hash: bytes


class HeadRow(NamedTuple):
    """A log's head: the tree it has committed itself to, and the last tick in it."""

    size: int
    root: bytes
    edge: bytes
    tick: int | None

    def same_tree(self, other: HeadRow | None) -> bool:
        """Whether ``other`` is a head, and of the same tree."""
        return other is not None and (self.size, self.root) == (other.size, other.root)


class CheckpointRow(NamedTuple):
    """A tree that was a head; its note and quorum time when there are any."""

    size: int
    root: bytes
    note: bytes | None
    quorum_time: int | None


def _said(error: DatabaseError) -> str:
    """What a database says, without the statement that a server quotes after it."""
    return " ".join(str(error).split("\nLINE 1:")[0].split())


@contextmanager
def answering(party: str, alias: str) -> Iterator[None]:
    """Turn any trouble with a party's database into :class:`SilentOutboxError`, and let go of the connection. An SQLite
    file that took the place of the one that was open is opened instead of it: a party's at once, the ledger's own only
    between two rounds, since it is checked first."""
    if alias != "ledger":
        reopened((alias,))
    try:
        yield
    except DatabaseError as error:
        connections[alias].close()
        raise SilentOutboxError(
            f"the outbox does not answer: {_said(error)}",
            where=party,
            todo="its entries wait until it does; nothing is lost",
        ) from error


@contextmanager
def ledger_answering() -> Iterator[None]:
    """Turn any trouble with the ledger's own database into :class:`LedgerError`, and let go of the connection."""
    try:
        yield
    except DatabaseError as error:
        connections["ledger"].close()
        raise LedgerError(
            f"the ledger's database does not answer: {_said(error)}",
            where="ledger",
            todo="see that it is there (ledger.db, or the server of DATABASE_URL) and has room; what was not committed"
            " did not happen",
        ) from error


def waiting(
    origin: str, party: str, alias: str, limit: int | None = None, *, longest: int | None = None
) -> list[Waiting]:
    """The rows of one outbox that wait for ``origin``, oldest promise first (never "id above the last": ids are not in
    the order of commits). Of data longer than ``longest`` bytes only as much is read as shows that it is too long."""
    rows = Outbox.objects.using(alias).filter(log=origin, idx__isnull=True).order_by("include_by", "id")
    data = "data" if longest is None else "start"
    if longest is not None:
        rows = rows.annotate(start=Substr("data", 1, longest + 1, output_field=BytesField()))
    values = rows.values_list("include_by", "id", data, "leaf_hash")[:limit]
    # SQLite gives null for a part of nothing.
    return [Waiting(_number(by), party, id_, start or b"", leaf or b"") for by, id_, start, leaf in values]


def _number(value: object) -> int:
    # SQLite keeps what it is given: a party could put words where a time belongs.
    if type(value) is not int:
        raise DataError("a column of numbers holds something else")
    return value


def waiting_leaves(origin: str, alias: str) -> Iterator[tuple[int, bytes]]:
    """(id, leaf hash) of the rows of one outbox that wait for ``origin``, without reading what they hold."""
    rows = Outbox.objects.using(alias).filter(log=origin, idx__isnull=True).order_by("id")
    yield from rows.values_list("id", "leaf_hash")


def waiting_count(origin: str, alias: str) -> int:
    """How many rows of one outbox wait for ``origin``."""
    return Outbox.objects.using(alias).filter(log=origin, idx__isnull=True).count()


def holders(origin: str, leaf_hashes: Iterable[bytes]) -> dict[bytes, tuple[str, int]]:
    """Leaf hash -> (party, index), for those the log holds."""
    found: dict[bytes, tuple[str, int]] = {}
    for chunk in chunks(list(leaf_hashes)):
        rows = Entry.objects.using("ledger").filter(log=origin, leaf_hash__in=chunk)
        found.update({leaf: (party, idx) for leaf, party, idx in rows.values_list("leaf_hash", "party", "idx")})
    return found


def chunks(values: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """``values`` in parts that fit one statement."""
    for at in range(0, len(values), CHUNK):
        yield values[at : at + CHUNK]


def head(origin: str) -> HeadRow | None:
    """The log's head, or None before ``record init``."""
    row = Head.objects.using("ledger").filter(log=origin).values_list("size", "root", "edge", "tick").first()
    return HeadRow(*row) if row else None


def entries(origin: str, start: int, stop: int) -> Iterator[tuple[bytes, bytes]]:
    """(data, leaf hash) of entries start to stop, in order, without holding them all."""
    rows = Entry.objects.using("ledger").filter(log=origin, idx__gte=start, idx__lt=stop).order_by("idx")
    yield from rows.values_list("data", "leaf_hash").iterator(chunk_size=2048)


def checkpoint(origin: str, size: int) -> CheckpointRow | None:
    """The checkpoint of ``size``, if that size ever was a head."""
    rows = Checkpoint.objects.using("ledger").filter(log=origin, size=size)
    row = rows.values_list("size", "root", "note", "quorum_time").first()
    return CheckpointRow(*row) if row else None


def last_signed(origin: str) -> CheckpointRow | None:
    """The largest checkpoint that bears the log's own note."""
    rows = Checkpoint.objects.using("ledger").filter(log=origin, note__isnull=False).order_by("-size")
    row = rows.values_list("size", "root", "note", "quorum_time").first()
    return CheckpointRow(*row) if row else None


def last_witnessed(origin: str) -> CheckpointRow | None:
    """The largest checkpoint whose policy was met."""
    rows = Checkpoint.objects.using("ledger").filter(log=origin, quorum_time__isnull=False).order_by("-size")
    row = rows.values_list("size", "root", "note", "quorum_time").first()
    return CheckpointRow(*row) if row else None


def covering(origin: str, index: int, *, witnessed: bool, latest_first: bool = False) -> Iterator[CheckpointRow]:
    """The signed checkpoints that cover entry ``index``, smallest first; ``witnessed``: only those whose quorum has a
    time (a policy without a quorum gives none)."""
    rows = Checkpoint.objects.using("ledger").filter(log=origin, size__gt=index, note__isnull=False)
    if witnessed:
        rows = rows.filter(quorum_time__isnull=False)
    rows = rows.order_by("-size" if latest_first else "size")
    for row in rows.values_list("size", "root", "note", "quorum_time").iterator(chunk_size=16):
        yield CheckpointRow(*row)


def cosignatures(origin: str, size: int) -> dict[str, tuple[int, bytes]]:
    """Verifier key -> (time, bytes after the key id) of the cosignatures kept for one size."""
    rows = Cosignature.objects.using("ledger").filter(log=origin, size=size)
    return {key: (time, line) for key, time, line in rows.values_list("key", "time", "line")}


def cosigned_sizes(origin: str, keys: Iterable[str]) -> dict[str, int]:
    """Verifier key -> the largest size it cosigned, for those that ever did."""
    found: dict[str, int] = {}
    for key in keys:
        rows = Cosignature.objects.using("ledger").filter(log=origin, key=key).order_by("-size")
        size = rows.values_list("size", flat=True).first()
        if size is not None:
            found[key] = size
    return found


def last_times(origin: str, keys: Iterable[str]) -> dict[str, int]:
    """Verifier key -> the time of its latest cosignature, for those that ever cosigned."""
    found: dict[str, int] = {}
    for key in keys:
        rows = Cosignature.objects.using("ledger").filter(log=origin, key=key).order_by("-time")
        time = rows.values_list("time", flat=True).first()
        if time is not None:
            found[key] = time
    return found


def party_of_entries(origin: str, party: str) -> Iterator[tuple[int, bytes]]:
    """(index, leaf hash) of a party's entries, the latest first."""
    rows = Entry.objects.using("ledger").filter(log=origin, party=party).order_by("-idx")
    yield from rows.values_list("idx", "leaf_hash").iterator(chunk_size=2048)


def missing_from(alias: str, origin: str, leaf_hashes: Iterable[bytes]) -> list[bytes]:
    """Those leaf hashes that an outbox does not hold."""
    wanted = list(leaf_hashes)
    found: set[bytes] = set()
    for chunk in chunks(wanted):
        rows = Outbox.objects.using(alias).filter(log=origin, leaf_hash__in=chunk)
        found.update(rows.values_list("leaf_hash", flat=True))
    return [leaf for leaf in wanted if leaf not in found]


def own_rows(origin: str) -> Iterator[bytes]:
    """The ledger's own rows for ``origin``, the latest first."""
    rows = Outbox.objects.using("ledger").filter(log=origin).order_by("-id")
    yield from rows.values_list("data", flat=True).iterator(chunk_size=256)


def weaknesses(alias: str) -> list[str]:
    """What makes one database less durable than the log needs, in words; empty when nothing does."""
    connection = connections[alias]
    with connection.cursor() as cursor:

        def asked(statement: str) -> str:
            cursor.execute(statement)
            return str(cursor.fetchone()[0])

        if connection.vendor == "sqlite":
            mode, level = asked("PRAGMA journal_mode"), asked("PRAGMA synchronous")
            return ([] if mode == "wal" else [f"journal_mode is {mode}, not wal"]) + (
                [] if level in ("2", "3") else ["synchronous is below FULL"]
            )
        found = {name: asked(f"SHOW {name}") for name in ("fsync", "synchronous_commit")}
    weak = [] if found["fsync"] == "on" else ["fsync is off"]
    if found["synchronous_commit"] not in {"on", "remote_apply"}:
        weak.append(f"synchronous_commit is {found['synchronous_commit']}")
    return weak
