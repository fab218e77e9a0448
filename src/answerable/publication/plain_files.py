"""A correspondence straight from plain files, for people who want pages without a desk and without a log.

Without a log nothing is anchored, and the clocks are those of the record's own fold over the entries that publishing
these files would make. With a public log, the entries that say what the files say are found in it: whoever has the
files and the log can write the same site as the editors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from answerable.correspondence import entries, folder
from answerable.correspondence.codec import key_of
from answerable.correspondence.whole import Correspondence
from answerable.record import canonical
from answerable.record.obligations import Covered, Silence, fold

#: Members of an entry that publishing gives it, not the files.
_HEADER = frozenset({"v", "id", "at", "by"})


@dataclass(frozen=True)
class FromFiles:
    """What pages are written from: a correspondence, and the leaf hashes of the entries found for each key of it."""

    correspondence: Correspondence
    entries: dict[str, list[str]] = field(default_factory=dict)


def read(path: Path) -> FromFiles:
    """The correspondence in a folder. Raises CorrespondenceError with file and line."""
    return FromFiles(folder.read(path))


def found_in(correspondence: Correspondence, log: Iterable[Covered]) -> FromFiles:
    """The same correspondence with the entries of ``log`` that say exactly what the files say."""
    by_content: dict[bytes, list[str]] = {}
    for leaf, fields, _ in log:
        content = {name: value for name, value in fields.items() if name not in _HEADER}
        by_content.setdefault(canonical.encode(content), []).append(leaf.hex())
    found: dict[str, list[str]] = {}
    for key, kind, fields in _entries(correspondence, lambda key: found[key][-1] if key in found else _name(key)):
        leaves = by_content.get(canonical.encode({"kind": kind, **fields}))
        if leaves:
            found[key] = leaves
    return FromFiles(correspondence, found)


def silence(correspondence: Correspondence, as_of: date) -> Silence:
    """The clocks of a correspondence that is not on record: every date in it is only claimed."""
    covered: list[Covered] = [
        (bytes.fromhex(_name(key)), {"kind": kind, "at": as_of.isoformat(), **fields}, None)
        for key, kind, fields in _entries(correspondence, _name)
    ]
    return fold(covered, as_of)


def _entries(correspondence: Correspondence, ref: entries.Ref) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Key, kind and own fields of each entry, in an order in which they can refer to each other."""
    office = entries.offices({party.code: party.office for party in correspondence.parties})
    for unit in entries.in_order(correspondence.units()):
        key = key_of(unit)
        asks = [slot for slot in correspondence.slots if f"letter:{slot.letter}" == key]
        kind, fields = entries.entry(unit, ref, office, asks)
        yield key, kind, fields


def _name(key: str) -> str:
    """Stands in for the leaf hash that an entry would have."""
    return hashlib.sha256(key.encode()).hexdigest()
