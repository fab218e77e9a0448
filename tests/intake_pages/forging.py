"""What somebody who has the reporters' database can put beside the office's answers: sealed as well as theirs."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import connections

from answerable.intake.contents import written
from answerable.intake.exchange import Reply
from answerable.sealing import hpke
from answerable.sealing.answers import sign_value
from answerable.sealing.place import REPORTER, Compartment, Field, Place, Record
from answerable.sealing.values import seal_value, seal_wrap
from tests.intake_pages import sealed
from tests.intake_pages.world import DEPLOYMENT

DAY = "2026-12-30"


def thread() -> dict[str, Any]:
    """The row of the only record's thread."""
    return next(each for each in sealed.rows("compartment") if each["compartment"] == Compartment.NARRATIVE)


def put_value(what: Field, value: dict[str, Any], version: int) -> None:
    """A value in the office's name, signed with a key that no note names."""
    row = thread()
    place = Place(DEPLOYMENT, Record.REPORT, row["record"], Compartment.NARRATIVE, what, version)
    forged = seal_value(place, row["public"], written(value), epoch=row["epoch"], rng=secrets.token_bytes)
    signature = sign_value(secrets.token_bytes(32), place, forged)
    where = (row["record"], "value", place.compartment, what, version)
    _put(Reply(secrets.token_bytes(16), *where, forged, DAY, signature=signature))


def put_key(epoch: int = 9) -> None:
    """A new key of her thread, whose other half is somebody's who should not have it."""
    row = thread()
    mailbox = next(each for each in sealed.rows("mailbox") if each["id"] == _owner(row["record"]))
    private, public = hpke.generate(secrets.token_bytes)
    place = Place(DEPLOYMENT, Record.REPORT, row["record"], Compartment.NARRATIVE, Field.NONE, 0)
    wrap = seal_wrap(place, REPORTER, mailbox["public"], private, epoch=epoch, rng=secrets.token_bytes)
    where = (row["record"], "epoch", place.compartment, Field.NONE, 0)
    _put(Reply(secrets.token_bytes(16), *where, wrap, DAY, epoch, public, bytes(64)))


def _owner(record: bytes) -> bytes:
    return bytes(next(row["mailbox_id"] for row in sealed.rows("record") if row["id"] == record))


def _put(reply: Reply) -> None:
    row = {
        "mailbox_id": _owner(reply.record),
        "id": reply.id,
        "record": reply.record,
        "record_kind": int(Record.REPORT),
        "kind": reply.kind,
        "compartment": int(reply.compartment),
        "field": int(reply.field),
        "version": reply.version,
        "epoch": reply.epoch,
        "public": reply.public,
        "sealed": reply.sealed,
        "signature": reply.signature,
        "day": reply.day,
    }
    with connections["intake"].cursor() as cursor:
        holes = ", ".join(["%s"] * len(row))
        cursor.execute(f"INSERT INTO reply ({', '.join(row)}) VALUES ({holes})", list(row.values()))
