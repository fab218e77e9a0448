"""Shredding in the intake database: keys first, then ciphertext, then files. What is gone already is gone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from answerable.intake import storage
from answerable.intake.actions import setting, sql
from answerable.intake.actions.carrying import tidy
from answerable.intake.actions.keeping import GOES
from answerable.intake.opening_box import erased_mark
from answerable.sealing.place import Compartment

#: Tables whose rows name the compartment; and those that belong to a submission as a whole.
_PARTS = ("wrap", "value", "compartment")
_WHOLE = ("file", "ack", "receipt", "spare")


@dataclass(frozen=True)
class Shredded:
    """How many rows and files went; ``waits``: something of the record has not been carried yet, so nothing did."""

    rows: int
    files: int
    waits: bool = False


def shred(record: bytes, compartments: Iterable[Compartment] | None = None, *, box: bytes = b"") -> Shredded:
    """Destroy what the door holds of a record: some of its compartments, or, without a list, everything of it, and its
    mailbox when nothing else is in it.

    The act it follows is recorded already (``case.shredded``, ``case.erased``): this is repeated until it is done. What
    has not been carried yet is carried first: raises no error, and leaves it. ``box``: the opening box's private key,
    with which carry marks what is gone, so that it knows that again.
    """
    using = setting.using()
    with sql.act(using):
        found = sql.select(using, "SELECT mailbox_id FROM record WHERE id = %s", [record])
        if not found:
            return Shredded(0, 0)
        mailbox = found[0]["mailbox_id"]
        if compartments is None and _waits(using, mailbox, record):
            return Shredded(0, 0, waits=True)
        rows, bodies = (
            _whole(using, mailbox, record, box)
            if compartments is None
            else _parts(using, mailbox, record, [int(one) for one in compartments])
        )
        # Whoever is ended before the files have gone leaves their names to the sweep: no other row tells of them.
        _forget(using, bodies)
        sql.add(using, "upload", ("id", "tick"), [(body, GOES) for body in bodies])
    storage.remove(setting.files(), bodies)
    with sql.act(using):
        _forget(using, bodies)
    tidy()
    return Shredded(rows, len(bodies))


def _forget(using: str, bodies: Iterable[bytes]) -> None:
    for body in bodies:
        sql.run(using, "DELETE FROM upload WHERE id = %s", [body])


def _parts(using: str, mailbox: bytes, record: bytes, several: list[int]) -> tuple[int, list[bytes]]:
    rows, bodies = 0, list[bytes]()
    for compartment in several:
        mine = [mailbox, record, compartment]
        of = (
            "mailbox_id = %s AND submission_id IN (SELECT id FROM submission WHERE mailbox_id = %s AND record = %s"
            " AND carried = 1)"
        )
        files = sql.select(
            using,
            "SELECT f.body FROM file f JOIN value v ON v.mailbox_id = f.mailbox_id"
            " AND v.submission_id = f.submission_id AND v.version = f.version"
            " JOIN submission s ON s.id = f.submission_id"
            " WHERE v.mailbox_id = %s AND v.record = %s AND v.compartment = %s AND s.carried = 1",
            mine,
        )
        for row in files:
            rows += sql.run(using, "DELETE FROM file WHERE mailbox_id = %s AND body = %s", [mailbox, row["body"]])
            bodies.append(row["body"])
        for table in _PARTS:
            text = f"DELETE FROM {table} WHERE {of} AND compartment = %s"  # noqa: S608  # names of ours
            rows += sql.run(using, text, [mailbox, mailbox, record, compartment])
        text = "DELETE FROM reply WHERE mailbox_id = %s AND record = %s AND compartment = %s"
        rows += sql.run(using, text, mine)
        # Its spare wraps are of every compartment: with one of them gone, none is carried again.
        rows += sql.run(using, f"DELETE FROM spare WHERE {of}", [mailbox, mailbox, record])  # noqa: S608  # names of ours
    return rows, bodies


def _waits(using: str, mailbox: bytes, record: bytes) -> bool:
    text = "SELECT id FROM submission WHERE mailbox_id = %s AND record = %s AND carried = 0 LIMIT 1"
    return bool(sql.select(using, text, [mailbox, record]))


def _whole(using: str, mailbox: bytes, record: bytes, box: bytes) -> tuple[int, list[bytes]]:
    mine = [mailbox, record]
    several = sql.select(using, "SELECT id, leaf FROM submission WHERE mailbox_id = %s AND record = %s", mine)
    if box:
        marks = [(row["leaf"], erased_mark(box, row["leaf"])) for row in several]
        for leaf, _mark in marks:  # whoever wrote one there before us made no mark that counts
            sql.run(using, "DELETE FROM erased WHERE leaf = %s", [leaf])
        sql.add(using, "erased", ("leaf", "mark"), marks)
    rows, bodies = sql.run(using, "DELETE FROM reply WHERE mailbox_id = %s AND record = %s", mine), list[bytes]()
    for row in several:
        of = [mailbox, row["id"]]
        files = sql.select(using, "SELECT body FROM file WHERE mailbox_id = %s AND submission_id = %s", of)
        bodies += [file["body"] for file in files]
        for table in (*_PARTS, *_WHOLE):
            text = f"DELETE FROM {table} WHERE mailbox_id = %s AND submission_id = %s"  # noqa: S608  # names of ours
            rows += sql.run(using, text, of)
        # The event's body goes too; the entry in the outbox stays, as 33 bytes that open no more.
        rows += sql.run(
            using, "DELETE FROM event WHERE outbox_id IN (SELECT outbox_id FROM submission WHERE id = %s)", [row["id"]]
        )
        rows += sql.run(using, "DELETE FROM submission WHERE id = %s", [row["id"]])
    rows += sql.run(using, "DELETE FROM record WHERE id = %s", [record])
    rows += _mailbox(using, mailbox, record)
    return rows, bodies


def _mailbox(using: str, mailbox: bytes, record: bytes) -> int:
    """The mailbox goes with its last record; before that, only what it says of this one's holders."""
    if not sql.select(using, "SELECT id FROM record WHERE mailbox_id = %s", [mailbox]):
        return sql.run(using, "DELETE FROM mailbox WHERE id = %s", [mailbox])
    told = json.loads(sql.select(using, "SELECT holders FROM mailbox WHERE id = %s", [mailbox])[0]["holders"])
    told.pop(record.hex(), None)
    sql.run(using, "UPDATE mailbox SET holders = %s WHERE id = %s", [json.dumps(told, sort_keys=True), mailbox])
    return 0
