"""Carry's side: submissions that the register holds go out, in order; what was carried leaves its staff's wraps."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import OperationalError, connections

from answerable.errors import AnswerableError
from answerable.intake import schema, storage
from answerable.intake.actions import setting, spares, sql
from answerable.intake.actions.sql import Row
from answerable.intake.errors import RefusedError
from answerable.intake.exchange import Outgoing, Reply, WaitingReceipt, day_of
from answerable.intake.work import TICK
from answerable.record import canonical
from answerable.sealing import envelope as envelopes
from answerable.sealing.answers import SIGNATURE_SIZE
from answerable.sealing.envelope import Attached, Envelope, Kind, Sealed, Value, Wrapped
from answerable.sealing.place import REPORTER, Compartment, Field

_REPLY = (
    *("mailbox_id", "id", "record", "record_kind", "kind", "compartment", "field", "version", "epoch", "public"),
    *("sealed", "signature", "day"),
)
REPLIES = ("value", "epoch")
#: The largest file that is written anew at every tick: about a second.
_REBUILT = 64 * 2**20


def next_outgoing(skip: Collection[bytes] = (), box: bytes = b"") -> Outgoing | None:
    """The next submission to carry, or None. Only one whose entry has its index in the register, and only after all
    that its mailbox sent before it. ``skip``: ids of those that could not be carried now; the rest goes on. ``box``:
    the opening box's private key, which opens the wraps of what is carried again.

    Raises `RefusedError` whose ``where`` is the submission's id (hex) when it is not as it came."""
    using = setting.using()
    others = f" AND s.id NOT IN ({', '.join(['%s'] * len(skip))})" if skip else ""
    rows = sql.select(
        using,
        "SELECT s.*, o.idx, e.body FROM submission s JOIN outbox o ON o.id = s.outbox_id"  # noqa: S608  # only placeholders are put in
        " JOIN event e ON e.outbox_id = o.id"
        " WHERE s.carried = 0 AND o.idx IS NOT NULL AND NOT EXISTS (SELECT 1 FROM submission earlier"
        " WHERE earlier.mailbox_id = s.mailbox_id AND earlier.number < s.number AND earlier.carried = 0)"
        f"{others} ORDER BY o.idx LIMIT 1",
        list(skip),
    )
    if not rows:
        return None
    try:
        return outgoing(using, rows[0], box)
    except RefusedError:
        raise
    except (AnswerableError, ValueError, TypeError, KeyError, AttributeError) as error:
        # No door wrote this. What is wrong with one must not stop those of everybody else.
        raise RefusedError(
            f"altered or misplaced: a submission is not as it came ({type(error).__name__})", where=rows[0]["id"].hex()
        ) from None


def mark_carried(id_: bytes, *, now: int | None = None) -> None:
    """Mark a submission as carried: staff's and recovery's wraps of it leave this database, and so do her wraps of
    older submissions that it brought anew. Again changes nothing.

    What leaves is kept for thirty days as carry alone opens it, so that a desk that was restored can have it again.
    """
    using = setting.using()
    with sql.act(using):
        found = sql.select(using, "SELECT * FROM submission WHERE id = %s AND carried = 0", [id_])
        for row in found:
            mailbox = row["mailbox_id"]
            spares.keep(using, row, _sealed(using, row), setting.clock(now))
            sql.run(using, "UPDATE submission SET carried = 1 WHERE id = %s", [id_])
            where = "mailbox_id = %s AND submission_id = %s"
            sql.run(using, f"DELETE FROM wrap WHERE {where} AND holder <> %s", [mailbox, id_, REPORTER])  # noqa: S608  # names of ours
            sql.run(
                using,
                "DELETE FROM wrap WHERE mailbox_id = %s AND holder = %s AND EXISTS (SELECT 1 FROM compartment old"
                " JOIN submission s ON s.id = old.submission_id JOIN compartment new ON new.mailbox_id = old.mailbox_id"
                " AND new.record = old.record AND new.compartment = old.compartment AND new.epoch = old.epoch"
                " AND new.public = old.public WHERE old.mailbox_id = wrap.mailbox_id"
                " AND old.submission_id = wrap.submission_id AND old.compartment = wrap.compartment"
                " AND old.epoch = wrap.epoch AND s.number < %s AND new.submission_id = %s)",
                [mailbox, REPORTER, row["number"], id_],
            )


def deliver(reply: Reply) -> None:
    """Put what the desk sent back into the record's mailbox. The same id again changes nothing; a STATUS replaces
    the one before. Raises `RefusedError` when no mailbox has the record (it was shredded), or it is not signed; and for
    an epoch that is wrapped to another key than the mailbox has for the record: her code has changed, and when the desk
    takes the change in, this epoch is void there. Delivered, it would keep her from writing to keys that she opens."""
    if reply.kind not in REPLIES:
        raise RefusedError(f"a reply is one of {', '.join(REPLIES)}, not {reply.kind[:20]!r}")
    if len(reply.signature) != SIGNATURE_SIZE:
        raise RefusedError("an answer goes to a mailbox with the office's signature", where=reply.record.hex())
    using = setting.using()
    with sql.act(using):
        found = sql.select(using, "SELECT mailbox_id, kind FROM record WHERE id = %s", [reply.record])
        if not found:
            raise RefusedError("no mailbox has this record: it was shredded", where=reply.record.hex())
        mailbox = found[0]["mailbox_id"]
        if sql.select(using, "SELECT id FROM reply WHERE mailbox_id = %s AND id = %s", [mailbox, reply.id]):
            return
        if reply.kind == "epoch" and reply.reporter not in _reporters(using, mailbox, reply.record):
            raise RefusedError(
                "her code has changed: it waits until the desk has her new keys", where=reply.record.hex()
            )
        place = [mailbox, reply.record, int(reply.compartment), int(reply.field)]
        if reply.kind == "value" and reply.field is Field.STATUS:
            sql.run(
                using,
                "DELETE FROM reply WHERE mailbox_id = %s AND record = %s AND compartment = %s AND field = %s",
                place,
            )
        where = (int(reply.compartment), int(reply.field), reply.version, reply.epoch, reply.public)
        row = (mailbox, reply.id, reply.record, int(found[0]["kind"]), reply.kind, *where, reply.sealed)
        sql.add(using, "reply", _REPLY, [(*row, reply.signature, reply.day)])


def _reporters(using: str, mailbox: bytes, record: bytes) -> set[bytes]:
    """Her public keys for a record since her code last changed. Nobody changes it before this transaction ends."""
    locked = " FOR UPDATE" if connections[using].vendor == "postgresql" else ""
    sql.select(using, f"SELECT id FROM mailbox WHERE id = %s{locked}", [mailbox])  # noqa: S608  # words of ours
    rows = sql.select(
        using,
        "SELECT s.number, s.kind, s.reporter, EXISTS (SELECT 1 FROM compartment c WHERE c.mailbox_id = s.mailbox_id"
        " AND c.submission_id = s.id) AS begins FROM submission s WHERE s.mailbox_id = %s AND s.record = %s",
        [mailbox, record],
    )
    changed = max((row["number"] for row in rows if row["begins"] and row["kind"] == Kind.ADDITION), default=-1)
    return {bytes(row["reporter"]) for row in rows if row["number"] >= changed}


def set_holders(record: bytes, holders: Mapping[Compartment, Sequence[tuple[bytes, bytes]]]) -> None:
    """Tell a record's mailbox who holds each compartment's keys now: (id, public key). An unknown record: nothing."""
    using = setting.using()
    with sql.act(using):
        found = sql.select(
            using,
            "SELECT m.id, m.holders FROM mailbox m JOIN record r ON r.mailbox_id = m.id WHERE r.id = %s",
            [record],
        )
        for row in found:
            told: dict[str, Any] = json.loads(row["holders"])
            told[record.hex()] = {
                str(int(compartment)): [[id_.hex(), public.hex()] for id_, public in several]
                for compartment, several in sorted(holders.items())
            }
            said = json.dumps(told, sort_keys=True)
            if said != row["holders"]:
                sql.run(using, "UPDATE mailbox SET holders = %s WHERE id = %s", [said, row["id"]])


def waiting_receipts(limit: int = 500) -> list[WaitingReceipt]:
    """Submissions that the register holds and whose proof has not been given, at most ``limit``."""
    rows = sql.select(
        setting.using(),
        "SELECT s.id, s.leaf, o.idx FROM submission s JOIN outbox o ON o.id = s.outbox_id WHERE o.idx IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM receipt r WHERE r.mailbox_id = s.mailbox_id AND r.submission_id = s.id)"
        " ORDER BY o.idx LIMIT %s",
        [limit],
    )
    return [WaitingReceipt(row["id"], row["leaf"], int(row["idx"])) for row in rows]


def give_receipt(id_: bytes, proof: bytes) -> None:
    """Put the proof that the register holds a submission's entry into its mailbox. Given again, it changes nothing."""
    using = setting.using()
    with sql.act(using):
        found = sql.select(
            using,
            "SELECT s.mailbox_id FROM submission s WHERE s.id = %s AND NOT EXISTS"
            " (SELECT 1 FROM receipt r WHERE r.mailbox_id = s.mailbox_id AND r.submission_id = s.id)",
            [id_],
        )
        rows = [(row["mailbox_id"], id_, proof) for row in found]
        sql.add(using, "receipt", ("mailbox_id", "submission_id", "proof"), rows)


def tidy() -> None:
    """Once per tick, and after deletions: leave no trace of order or of what was deleted.

    Every table is put in the order of its random keys: pages of a file are else in the order in which they were
    needed. SQLite, up to `_REBUILT` bytes, since nobody writes meanwhile: beyond, the order of arrival can be read from
    a stolen file. Its write-ahead log is copied back and cut to nothing. Inside a transaction nothing is done: it is
    done at the next tick.
    """
    connection = connections[setting.using()]
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
            if cursor.fetchone()[0] <= _REBUILT:
                # Somebody writes all the time, or the disk has no room for a second copy: then at the next tick.
                with suppress(OperationalError):
                    cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for table in schema.TIDIED:
                cursor.execute("SELECT intake_tidy(%s)", [table])


def outgoing(using: str, row: Row, box: bytes) -> Outgoing:
    """A submission's row as carry takes it. Raises `RefusedError`, and more, when it is not as it came."""
    envelope = _envelope(using, row, spares.opened(using, row, box) if box else None)
    data = envelopes.encode(envelope)
    if sha256(data).digest() != row["sha256"]:
        raise RefusedError("altered or misplaced: a submission is not as it came", where=row["id"].hex())
    event = canonical.decode(row["body"])
    if not isinstance(event, dict):
        raise RefusedError("the event of a submission is no object", where=row["id"].hex())
    return Outgoing(
        row["id"],
        data,
        row["sha256"],
        row["submission"],
        row["record"],
        envelope.kind,
        str(row["door"]),
        day_of(int(row["tick"]) * TICK),
        row["leaf"],
        int(row["idx"]),
        int(row["include_by"]),
        event,
        row["opening_key"],
        _files(using, row, envelope),
        event["kind"] != "intake.sealed",
    )


def _files(using: str, row: Row, envelope: Envelope) -> tuple[tuple[Attached, Path], ...]:
    """The files of an envelope, and where their bodies lie."""
    mine = [row["mailbox_id"], row["id"]]
    rows = sql.select(using, "SELECT version, body FROM file WHERE mailbox_id = %s AND submission_id = %s", mine)
    bodies, folder = {int(file["version"]): file["body"] for file in rows}, setting.files()
    return tuple((file, storage.path_of(folder, bodies[file.version])) for file in envelope.files)


def _sealed(using: str, row: Row) -> tuple[Sealed, ...]:
    """The keys that an envelope brought, with the wraps of them that are here."""
    mine = [row["mailbox_id"], row["id"]]
    where = "WHERE mailbox_id = %s AND submission_id = %s"
    wraps = sql.select(using, f"SELECT compartment, epoch, holder, wrap FROM wrap {where} ORDER BY holder", mine)  # noqa: S608  # names of ours
    keys = sql.select(using, f"SELECT * FROM compartment {where} ORDER BY compartment, epoch", mine)  # noqa: S608  # likewise
    held: dict[tuple[int, int], list[Wrapped]] = {}
    for wrap in wraps:
        held.setdefault((wrap["compartment"], wrap["epoch"]), []).append(Wrapped(wrap["holder"], wrap["wrap"]))
    return tuple(
        Sealed(
            Compartment(key["compartment"]),
            int(key["epoch"]),
            key["public"],
            tuple(held.get((key["compartment"], key["epoch"]), ())),
            key["signature"],
        )
        for key in keys
    )


def _envelope(using: str, row: Row, spare: tuple[Sealed, ...] | None) -> Envelope:
    """The envelope as it came, from its rows and the ``spare`` wraps of one that was carried; its bytes are canonical,
    so that they are the same again."""
    mine = [row["mailbox_id"], row["id"]]
    where = "WHERE mailbox_id = %s AND submission_id = %s"
    values = sql.select(using, f"SELECT * FROM value {where} ORDER BY compartment, field, version", mine)  # noqa: S608  # names of ours
    files = sql.select(using, f"SELECT * FROM file {where} ORDER BY version", mine)  # noqa: S608  # likewise
    return spares.headed(
        row,
        _sealed(using, row) if spare is None else spare,
        tuple(
            Value(Compartment(value["compartment"]), Field(value["field"]), int(value["version"]), value["sealed"])
            for value in values
            if value["field"] != Field.OPENING
        ),
        tuple(Attached(int(file["version"]), file["id"], int(file["length"]), file["sha256"]) for file in files),
    )
