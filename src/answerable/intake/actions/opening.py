"""Opening a mailbox: a miss costs what a wrong proof costs, and both are the same answer."""

from __future__ import annotations

import json

from answerable.intake.actions import mine, notices, setting, sql
from answerable.intake.actions.sql import Row
from answerable.intake.box import DESK, INTAKE, REPORTER, Box, BoxSubmission, BoxValue, Holders
from answerable.intake.exchange import day_of
from answerable.intake.guards import session
from answerable.intake.rules import FIRST
from answerable.sealing import place
from answerable.sealing.envelope import Kind
from answerable.sealing.place import Compartment, Field, Record
from answerable.sealing.readers import ReadersNote


def open_box(l: bytes, auth: bytes, box: int, *, now: int | None = None) -> Box:  # noqa: E741  # the name it has in the formulas
    """Everything in the mailbox that ``l`` and ``auth`` (32 bytes each) open; that it was opened today is kept.

    Raises `NothingOpens` for absent and wrong alike, after the same work and the same queries.
    """
    using, today = setting.using(), day_of(setting.clock(now)).isoformat()
    lookup = mine.lookup_of(l, box)
    with sql.act(using), session(using, lookup):
        mine.prove(using, auth)
        found = mine.opened(mine.mailbox(using), auth)
        read = _read(using, found)
        if found["opened"] != today:
            sql.run(using, "UPDATE my_mailbox SET opened = %s", [today])
    return read


def _read(using: str, found: Row) -> Box:
    rows = mine.submissions(using)
    by_id = {row["id"]: row for row in rows}
    note, text = notices.current_readers()
    replies = sql.select(using, "SELECT * FROM my_reply ORDER BY day, id")
    return Box(
        found["salt"],
        found["wrapped"],
        found["public"],
        bool(found["one_time"]),
        bool(found["withdrawn"]),
        found["opened"],
        _submissions(using, rows),
        mine.keys(using),
        _values(using, by_id, replies),
        holders_of(rows, found["holders"], note),
        text,
    )


def _submissions(using: str, rows: list[Row]) -> tuple[BoxSubmission, ...]:
    acks = {row["submission_id"]: row["note"] for row in sql.select(using, "SELECT submission_id, note FROM my_ack")}
    proofs = sql.select(using, "SELECT submission_id, proof FROM my_receipt")
    receipts = {row["submission_id"]: row["proof"] for row in proofs}
    files = sql.select(using, "SELECT submission_id, count(*) AS many FROM my_file GROUP BY submission_id")
    counts = {row["submission_id"]: int(row["many"]) for row in files}
    return tuple(
        BoxSubmission(
            row["submission"],
            int(row["number"]),
            Kind(row["kind"]).code,
            row["record"],
            Record(row["record_kind"]),
            row["leaf"],
            mine.day_of_tick(row["tick"]),
            "carried" if row["carried"] else "logged" if row["logged"] else "committed",
            str(row["language"]),
            tuple(str(row["consents"]).split()),
            counts.get(row["id"], 0),
            acks[row["id"]],
            receipts.get(row["id"]),
            row["salt"],
            row["wrapped"],
        )
        for row in rows
    )


def _values(using: str, by_id: dict[bytes, Row], replies: list[Row]) -> tuple[BoxValue, ...]:
    rows = sql.select(using, "SELECT * FROM my_value ORDER BY compartment, field, version")
    rows.sort(key=lambda row: int(by_id[row["submission_id"]]["number"]))
    sent = []
    for row in rows:
        of = by_id[row["submission_id"]]
        by = INTAKE if row["field"] == Field.OPENING else REPORTER
        sent.append(_value(row, of["leaf"], of["submission"], mine.day_of_tick(of["tick"]), by))
    back = [_value(row, None, None, str(row["day"]), DESK) for row in replies if row["kind"] == "value"]
    return (*sent, *back)


def _value(row: Row, leaf: bytes | None, submission: bytes | None, day: str, by: str) -> BoxValue:
    where = (row["record"], Record(row["record_kind"]), Compartment(row["compartment"]))
    what = (int(row["field"]), int(row["version"]), row["sealed"])
    return BoxValue(*where, *what, leaf, submission, day, by, row.get("signature"))


def holders_of(rows: list[Row], told: str, note: ReadersNote) -> Holders:
    """Who holds each compartment's keys now: as carry told, or, until it has, those the record was addressed to."""
    found: dict[bytes, dict[Compartment, list[tuple[bytes, bytes]]]] = {}
    for row in rows:
        if Kind(row["kind"]) not in FIRST or row["record"] in found:
            continue
        record = Record(row["record_kind"])
        struck = {row["struck"][at : at + 16] for at in range(0, len(row["struck"]), 16)}
        found[row["record"]] = {
            compartment: [
                (reader.id, reader.x25519)
                for reader in note.holders(record, compartment, struck, bool(row["independent"]))
            ]
            for compartment in place.COMPARTMENTS[record]
        }
    for record_hex, held in json.loads(told).items():
        found[bytes.fromhex(record_hex)] = {
            Compartment(int(compartment)): [(bytes.fromhex(id_), bytes.fromhex(public)) for id_, public in several]
            for compartment, several in held.items()
        }
    return found
