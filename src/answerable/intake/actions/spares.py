"""Spare wraps: what left this database with a submission that was carried, kept so that carry alone opens it.

The desk's database may be restored from a backup, thirty days old at most, and then lacks what was carried since.
Without the wraps nobody there could open it. Each is sealed to its holder already; here they are sealed to the opening
box once more, so that whoever has this database and a holder's key opens nothing with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from answerable.intake import opening_box
from answerable.intake.actions import setting, sql
from answerable.intake.actions.sql import Row
from answerable.intake.exchange import day_of
from answerable.sealing import envelope as envelopes
from answerable.sealing.envelope import Attached, Channel, Envelope, Kind, Sealed, Value
from answerable.sealing.place import REPORTER, Record

#: Days that spare wraps stay: as long as a backup of the desk's databases is kept.
KEPT = 30


def keep(using: str, row: Row, sealed: tuple[Sealed, ...], now: int) -> None:
    """Keep the wraps of a submission (its ``row``), in the caller's transaction. Those kept before stay as they are:
    they are whole, and what is in the table of wraps since then is not. Their days begin again: the desk has it since
    this moment only, and every backup of the desk's before lacks it."""
    of = [row["mailbox_id"], row["id"]]
    until = (day_of(now) + timedelta(days=KEPT)).isoformat()
    kept = sql.select(using, "SELECT until FROM spare WHERE mailbox_id = %s AND submission_id = %s", of)
    if kept:
        longest = max(until, str(kept[0]["until"]))
        sql.run(using, "UPDATE spare SET until = %s WHERE mailbox_id = %s AND submission_id = %s", [longest, *of])
        return
    if not any(wrapped.holder != REPORTER for one in sealed for wrapped in one.wraps):
        return
    data = envelopes.encode(headed(row, sealed, (), ()))
    spare = opening_box.seal_spare(setting.opening_box(), row["leaf"], data, rng=secrets.token_bytes)
    sql.add(using, "spare", ("mailbox_id", "submission_id", "until", "sealed"), [(*of, until, spare)])


def opened(using: str, row: Row, box: bytes) -> tuple[Sealed, ...] | None:
    """The keys of a submission with all their wraps, opened with the opening box's private key; None: none are kept."""
    of = [row["mailbox_id"], row["id"]]
    found = sql.select(using, "SELECT sealed FROM spare WHERE mailbox_id = %s AND submission_id = %s", of)
    if not found:
        return None
    return envelopes.decode(opening_box.open_spare(found[0]["sealed"], box, row["leaf"])).compartments


def drop_spares(now: int | None = None) -> int:
    """Delete the spare wraps whose days are over, but of what waits to be carried again; how many submissions had
    them."""
    using = setting.using()
    with sql.act(using):
        return sql.run(
            using,
            "DELETE FROM spare WHERE until < %s AND NOT EXISTS (SELECT 1 FROM submission s"
            " WHERE s.id = spare.submission_id AND s.carried = 0)",
            [day_of(setting.clock(now)).isoformat()],
        )


def headed(row: Row, sealed: Sequence[Sealed], values: tuple[Value, ...], files: tuple[Attached, ...]) -> Envelope:
    """An envelope of these parts, with everything else from its row."""
    struck: bytes = row["struck"]
    return Envelope(
        Kind(row["kind"]),
        Channel(row["channel"]),
        setting.deployment(),
        Record(row["record_kind"]),
        row["record"],
        row["submission"],
        str(row["language"]),
        bool(row["urgent"]),
        bool(row["independent"]),
        tuple(struck[at : at + 16] for at in range(0, len(struck), 16)),
        tuple(str(row["consents"]).split()),
        tuple(sealed),
        values,
        files,
        *(row["reporter"], row["signer"], row["signature"]),
    )
