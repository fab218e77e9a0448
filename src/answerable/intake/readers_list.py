"""The readers that a person is shown, and whether those she leaves can still read everything she sends."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from answerable.sealing.place import COMPARTMENTS, Record
from answerable.sealing.readers import INDEPENDENT, Reader, ReadersNote


def listed(note: ReadersNote, *records: Record) -> tuple[Reader, ...]:
    """Everyone who is granted anything of a new record of these kinds, independent readers included."""
    return tuple(reader for reader in note.readers if any(record in records for record, _part in reader.grants))


def to_strike(note: ReadersNote, records: Iterable[Record]) -> tuple[Reader, ...]:
    """Those whom a person may strike out: all but the independent readers, who read only when she asks for them."""
    return tuple(reader for reader in listed(note, *records) if reader.role != INDEPENDENT)


def offers_independent(note: ReadersNote, records: Iterable[Record]) -> bool:
    """Whether the note names an independent reader for these records."""
    return any(reader.role == INDEPENDENT for reader in listed(note, *records))


def readable(note: ReadersNote, records: Iterable[Record], struck: Collection[bytes], independent: bool) -> bool:
    """Whether every compartment of these records keeps at least one reader."""
    return all(
        note.holders(record, compartment, struck, independent)
        for record in records
        for compartment in COMPARTMENTS[record]
    )
