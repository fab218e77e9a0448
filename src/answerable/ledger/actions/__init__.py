"""Every write of the log, one function per act.

Parties record (:func:`record`, :func:`record_sealed`; :func:`record_prepared` what :func:`prepare_sealed` made) inside
their own transaction; the sequencer advances, keeps signatures and writes indices back, each in one transaction of one
database.
"""

from __future__ import annotations

from answerable.ledger.actions.recording import (
    Prepared,
    Recorded,
    acting,
    prepare_sealed,
    record,
    record_prepared,
    record_sealed,
    rows_of,
)

__all__ = [
    "Prepared",
    "Recorded",
    "acting",
    "prepare_sealed",
    "record",
    "record_prepared",
    "record_sealed",
    "rows_of",
]
