"""The chain of reads: h_n = SHA-256("answerable/read/v1" || h_{n-1} || JCS(row)), and whether it still holds.

A row taken out, put in or changed breaks every hash after it, and the heads that the register holds of each day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from answerable.casework.models import Altered, Read, ReadsHead
from answerable.record import canonical
from answerable.sealing.place import Compartment

TAG = b"answerable/read/v1"
#: What is said of something that waits for the panel.
_FOUND = {"altered": "did not open", "unsigned": "is not signed with the reporter's key"}
#: What the first row is chained to.
START = bytes(32)
FIELDS = ("n", "at", "person", "role", "record", "compartment", "object", "act", "reason")


def step(before: bytes, row: Mapping[str, canonical.Json]) -> bytes:
    """The hash after ``row`` (exactly `FIELDS`)."""
    return sha256(TAG + before + canonical.encode({name: row[name] for name in FIELDS})).digest()


def verify(rows: Iterable[Read] | None = None, heads: Iterable[ReadsHead] | None = None) -> list[str]:
    """What is wrong with the chain and with the heads of days, a sentence each; nothing when all holds.

    Without arguments: of the tables of this database.
    """
    wrong: list[str] = []
    at, count = START, 0
    states = {0: START}
    for row in rows if rows is not None else Read.objects.order_by("n").iterator():
        count += 1
        if row.n != count:
            wrong.append(f"read {count} is missing: the next is {row.n}")
            count = row.n
        at = step(at, {name: getattr(row, name) for name in FIELDS})
        if at != row.h:
            wrong.append(f"read {row.n} was changed, or the one before it")
            at = row.h
        states[row.n] = at
    wrong += [
        f"the reads until {head.on.isoformat()} are not those whose head is in the register"
        for head in (heads if heads is not None else ReadsHead.objects.order_by("on"))
        if states.get(head.count) != head.head
    ]
    return wrong


def altered() -> list[str]:
    """What did not open in its place, or was not signed with the reporter's key, and waits for the panel's answer:
    a sentence each, oldest first."""
    waiting = Altered.objects.filter(answered=None).select_related("record").order_by("due", "id")
    return [
        f"{row.record.name}: {Compartment(row.compartment).code}/{row.thing} {_FOUND[row.why]},"
        f" found {row.found.isoformat()}, the panel answers by {row.due.isoformat()}"
        for row in waiting
    ]
