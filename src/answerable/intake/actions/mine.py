"""Reading the one mailbox that a request has shown to know: only through the ``my_`` views."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from typing import Any

from django.db import connections

from answerable.intake.actions import notices, setting, sql
from answerable.intake.actions.sql import Row
from answerable.intake.box import BoxCompartment
from answerable.intake.errors import NothingOpens
from answerable.intake.exchange import Received, day_of
from answerable.intake.rules import Known
from answerable.intake.work import TICK
from answerable.sealing import answers, codes, signing
from answerable.sealing.place import REPORTER, Compartment, Field, Place, Record

#: What a proof is compared with when there is no mailbox: never right, and as costly as a wrong one.
_NOBODY = bytes(32)


def lookup_of(l: bytes, box: int) -> bytes:  # noqa: E741  # the name it has in the formulas
    """The mailbox's lookup: what the database knows it by."""
    return codes.lookup(setting.pepper(), l, box)


def mailbox(using: str, *, alone: bool = False) -> Row | None:
    """The mailbox of this session, whoever may open it. ``alone``: nobody else writes to it until this transaction
    ends (on SQLite there is one writer in any case)."""
    locked = " FOR UPDATE" if alone and connections[using].vendor == "postgresql" else ""
    rows = sql.select(using, f"SELECT * FROM my_mailbox{locked}")  # noqa: S608  # words of ours
    return rows[0] if rows else None


def prove(using: str, auth: bytes) -> None:
    """Raises `NothingOpens` unless ``auth`` (32 bytes) is the proof of this session's mailbox: one row is read, of the
    same size, and compared, whether there is such a mailbox or not."""
    (row,) = sql.select(using, "SELECT auth FROM tried_mailbox")
    if not hmac.compare_digest(proof_of(auth), row["auth"]):
        raise NothingOpens


def proof_of(auth: bytes) -> bytes:
    """What is kept of a proof of 32 bytes: its SHA-256."""
    return sha256(auth).digest()


def opened(found: Row | None, auth: bytes) -> Row:
    """``found`` if ``auth`` (32 bytes) is its proof. Raises `NothingOpens`, after the same work, when not or none."""
    return proved(found, proof_of(auth))


def proved(found: Row | None, proof: bytes) -> Row:
    """As `opened`, for what is kept of the proof: all that a draft brings, since others carry it."""
    stored = _NOBODY if found is None else found["auth"]
    right = hmac.compare_digest(proof, stored)
    if found is None or not right:
        raise NothingOpens
    return found


def submissions(using: str) -> list[Row]:
    """Everything sent to this mailbox, in its order, without what is large."""
    return sql.select(
        using,
        "SELECT id, number, submission, sha256, leaf, include_by, tick, kind, record, record_kind, language,"
        " independent, struck, consents, signer, salt, wrapped, carried, logged FROM my_submission ORDER BY number",
    )


def answer_of(using: str, row: Row) -> Received:
    """The answer that was given for a submission, once more."""
    parameters = [row["id"]]
    ack = sql.select(using, "SELECT note FROM my_ack WHERE submission_id = %s", parameters)
    opening = sql.select(
        using,
        "SELECT sealed FROM my_value WHERE submission_id = %s AND field = %s",
        [row["id"], int(Field.OPENING)],
    )
    return Received(
        ack[0]["note"],
        row["leaf"].hex(),
        int(row["include_by"]),
        opening[0]["sealed"] if opening else b"",
        row["submission"].hex(),
        row["record"].hex(),
        day_of_tick(row["tick"]),
    )


def keys(using: str) -> tuple[BoxCompartment, ...]:
    """Every epoch of every compartment, hers and those that the desk began, each with her latest wrap of it.

    A changed code brings wraps of old epochs to her new key; the older wraps open no longer.
    """
    begun = sql.select(using, "SELECT * FROM my_reply WHERE kind = 'epoch' ORDER BY compartment, epoch, id")
    sent = sql.select(
        using,
        "SELECT c.record, c.record_kind, c.compartment, c.epoch, c.public, c.signature, s.submission, s.carried,"
        " w.wrap AS sealed FROM my_compartment c JOIN my_submission s ON s.id = c.submission_id"
        " LEFT JOIN my_wrap w ON w.submission_id = c.submission_id AND w.compartment = c.compartment"
        " AND w.epoch = c.epoch AND w.holder = %s ORDER BY s.number, c.compartment, c.epoch",
        [REPORTER],
    )
    found: dict[tuple[bytes, int, int, bytes], BoxCompartment] = {}
    for row in (*begun, *sent):
        key = (row["record"], int(row["compartment"]), int(row["epoch"]), row["public"])
        one = found.get(key)
        if one is None:
            where = (row["record"], Record(row["record_kind"]), Compartment(row["compartment"]), key[2], key[3])
            confirmed = bool(row.get("carried", True))
            wrap = row["sealed"] or None
            found[key] = BoxCompartment(*where, wrap, row.get("submission"), confirmed, row["signature"])
        else:
            # Under new words she signs anew what she wraps anew: the key of the old ones is no longer hers.
            found[key] = replace(one, wrap=row["sealed"] or one.wrap, signature=row["signature"])
    return tuple(found.values())


def known(using: str, record: bytes, rows: Iterable[Row]) -> list[Known]:
    """What the rules need to know of one record's epochs; ``rows``: the submissions of its mailbox.

    One that neither she nor the office signed is never confirmed: nobody who put it in keeps her from writing to the
    keys that she knows.
    """
    note, _text = notices.current_readers()
    hers = {row["signer"] for row in rows if row["record"] == record}
    return [
        Known(
            one.compartment,
            one.epoch,
            one.public,
            one.wrap is not None,
            one.confirmed and _signed(one, hers, note.office),
        )
        for one in keys(using)
        if one.record == record
    ]


def _signed(one: BoxCompartment, hers: Iterable[bytes], office: Iterable[bytes]) -> bool:
    place = Place(setting.deployment(), one.record_kind, one.record, one.compartment, Field.NONE, 0)
    signature = one.signature or b""
    return answers.verify_epoch(office, place, one.epoch, one.public, signature) or any(
        signing.verify_epoch(signer, place, one.epoch, one.public, signature) for signer in hers
    )


def day_of_tick(tick: Any) -> str:
    """The day of a tick, as people see it."""
    return day_of(int(tick) * TICK).isoformat()
