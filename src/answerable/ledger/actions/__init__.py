"""Every write of the log, one function per act.

Parties record (:func:`record`, :func:`record_sealed`) inside their own transaction; the sequencer advances, keeps
signatures and writes indices back, each in one transaction of one database.
"""

from __future__ import annotations

from answerable.ledger.actions.recording import Recorded, acting, record, record_sealed

__all__ = ["Recorded", "acting", "record", "record_sealed"]
