"""A correspondence straight from plain files, for people who want pages without a desk and without a log.

Nothing is anchored: there are no leaf hashes. The clocks are still those of the record's own fold, over the entries
that publishing these files would make.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from answerable.correspondence import entries, folder
from answerable.correspondence.codec import key_of
from answerable.correspondence.folder import Correspondence
from answerable.correspondence.questions import Slot
from answerable.record.obligations import Silence, fold


@dataclass(frozen=True)
class Unanchored:
    """What pages are written from when there is no log: no entry stands behind anything."""

    correspondence: Correspondence
    entries: dict[str, list[str]] = field(default_factory=dict)


def read(path: Path) -> Unanchored:
    """The correspondence in a folder. Raises CorrespondenceError with file and line."""
    return Unanchored(folder.read(path))


def silence(correspondence: Correspondence, as_of: date) -> Silence:
    """The clocks of a correspondence that is not on record: every date in it is only claimed."""
    office = entries.offices({party.code: party.office for party in correspondence.parties})
    covered = []
    for unit in entries.in_order(correspondence.units()):
        key = key_of(unit)
        asks = [slot for slot in correspondence.slots if f"letter:{slot.letter}" == key]
        kind, fields = entries.entry(unit, _name, office, () if isinstance(unit, Slot) else asks)
        covered.append((bytes.fromhex(_name(key)), {"kind": kind, "at": as_of.isoformat(), **fields}, None))
    return fold(covered, as_of)


def _name(key: str) -> str:
    """Stands in for the leaf hash that an entry would have."""
    return hashlib.sha256(key.encode()).hexdigest()
