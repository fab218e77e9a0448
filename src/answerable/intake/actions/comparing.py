"""What carry compares with the desk, when either side's database may be one from before: leaves, records, answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from hmac import compare_digest

from answerable.errors import AnswerableError
from answerable.intake.actions import setting, sql
from answerable.intake.actions.carrying import outgoing
from answerable.intake.actions.sql import Row
from answerable.intake.exchange import Answered, Held, Here
from answerable.intake.opening_box import erased_mark
from answerable.intake.rules import FIRST
from answerable.sealing.envelope import Kind
from answerable.sealing.place import Compartment, Field, Record

#: What takes something back is carried again although something before it, but for the beginning, is lost.
_TAKES_BACK = (Kind.WITHDRAWAL, Kind.CONSENT)

_WANTED = (
    "SELECT s.*, o.idx, e.body FROM submission s JOIN outbox o ON o.id = s.outbox_id"
    " JOIN event e ON e.outbox_id = o.id WHERE s.carried = 1 AND o.idx IS NOT NULL ORDER BY s.mailbox_id, s.number"
)


def here(box: bytes) -> Here:
    """Everything that this side holds of the register and of the desk, as hashes and ids. Of what was erased, only what
    carry itself has marked, with ``box``, the opening box's private key. What is no hash and no id is
    passed over: whoever owns the database may put anything into it."""
    using = setting.using()
    with sql.act(using):  # one moment of it
        submissions = sql.select(using, "SELECT leaf, record, carried FROM submission")
        # Only a rebuilt log gives an outbox rows that no submission has.
        alone = sql.select(
            using,
            "SELECT o.leaf_hash, o.idx FROM outbox o WHERE o.idx IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.outbox_id = o.id)",
        )
        erased = sql.select(using, "SELECT leaf, mark FROM erased")
        records = sql.select(using, "SELECT id FROM record")
        replies = sql.select(
            using,
            "SELECT id FROM reply WHERE NOT (kind = 'value' AND field = %s)",
            [int(Field.STATUS)],
        )
    marks = {row["leaf"]: row["mark"] for row in erased if isinstance(row["mark"], bytes)}
    gone = frozenset(leaf for leaf in _named(erased, "leaf") & marks.keys() if _marked(box, leaf, marks[leaf]))
    entries = _named(alone, "leaf_hash") - gone
    held = defaultdict[bytes, set[bytes]](set)
    for row in submissions:
        if isinstance(row["record"], bytes) and isinstance(row["leaf"], bytes):
            held[row["record"]].add(row["leaf"])
    return Here(
        _named(submissions, "leaf"),
        _named([row for row in submissions if row["carried"]], "leaf"),
        gone,
        {row["leaf_hash"]: row["idx"] for row in alone if row["leaf_hash"] in entries and isinstance(row["idx"], int)},
        {one: frozenset(held[one]) for one in _named(records, "id")},
        _named(replies, "id"),
    )


def _named(rows: Iterable[Row], column: str) -> frozenset[bytes]:
    return frozenset(row[column] for row in rows if isinstance(row[column], bytes))


def _marked(box: bytes, leaf: bytes, mark: bytes) -> bool:
    return compare_digest(mark, erased_mark(box, leaf))


def answer(id_: bytes) -> Answered | None:
    """An answer of the desk's as it lies in a mailbox; None as well for what is at no place that there is."""
    rows = sql.select(setting.using(), "SELECT * FROM reply WHERE id = %s", [id_])
    try:
        return _answered(rows[0]) if rows else None
    except (TypeError, ValueError):
        return None


def carry_again(lacking: AbstractSet[bytes], box: bytes) -> tuple[int, list[Held]]:
    """Have what the desk lacks (its leaves) carried again, as it was: how many; and those that cannot be any more.

    ``box``: the opening box's private key. What belongs to a record whose beginning cannot come back waits with it.
    After anything else that cannot, only what takes something back still goes: it must not be lost with that.
    """
    using, again, lost = setting.using(), list[bytes](), list[Held]()
    begun_nowhere, holed = set[bytes](), set[bytes]()
    # Each mailbox's in its order: a record's beginning comes before what belongs to it.
    for row in [row for row in sql.select(using, _WANTED) if row["leaf"] in lacking] if lacking else []:
        record, takes_back = row["record"], row["kind"] in _TAKES_BACK
        if record in begun_nowhere or (record in holed and not takes_back) or not _whole(using, row, box):
            (begun_nowhere if row["kind"] in FIRST else holed).add(record)
            lost.append(Held(row["leaf"], int(row["idx"]), row["record"], Record(row["record_kind"])))
        else:
            again.append(row["id"])
    with sql.act(using):
        for id_ in again:
            sql.run(using, "UPDATE submission SET carried = 0 WHERE id = %s", [id_])
    return len(again), lost


def _whole(using: str, row: Row, box: bytes) -> bool:
    """Whether a submission can be had as it came, with the bodies of its files."""
    try:
        made = outgoing(using, row, box)
        return all(path.stat().st_size == file.length for file, path in made.files)
    except (AnswerableError, ValueError, TypeError, KeyError, AttributeError, OSError):
        return False  # its spare wraps or a file have gone, or no door wrote this: it is named, leaf by leaf


def _answered(row: Row) -> Answered:
    return Answered(
        row["id"],
        row["record"],
        Record(row["record_kind"]),
        str(row["kind"]),
        Compartment(row["compartment"]),
        Field(row["field"]),
        int(row["version"]),
        int(row["epoch"]),
        row["public"],
        row["sealed"],
        row["signature"],
        str(row["day"]),
    )
