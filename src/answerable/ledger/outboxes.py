"""The parties' outboxes as the sequencer sees them: what waits, what may be taken, what is written back.

A party whose database was restored from a backup shows itself: the log holds entries of that party that its outbox
lacks, or holds a waiting row's entry under another party. Then that party's rows alone are left where they are, and
named, until ``answerable record rebuild`` has re-imported them. A party whose database does not answer waits; others do
not.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from answerable.ledger.actions import rows, sequencing
from answerable.ledger.actions.rows import Waiting
from answerable.ledger.config import LedgerConfig, Log
from answerable.ledger.errors import LedgerError, OutboxError
from answerable.ledger.filling import is_of_form

#: Leaf hashes that a message names at most.
_NAMED = 3
#: Tries of a write to a party's database that is busy, and seconds between them.
_TRIES, _PAUSE = 3, 0.2


class Outboxes:
    """The outboxes of a ledger: the ledger's own, and one per party."""

    def __init__(self, config: LedgerConfig) -> None:
        self._aliases = config.aliases()
        self._stopped: dict[tuple[str, str], str] = {}

    def answering(self) -> dict[str, str]:
        """Party -> alias of those whose database answers now."""
        found = {}
        for party, alias in self._aliases.items():
            try:
                with rows.answering(party, alias):
                    rows.waiting_count("", alias)
            except OutboxError:
                continue
            found[party] = alias
        return found

    def waiting(self, log: Log, limit: int | None) -> list[Waiting]:
        """D: the rows of every outbox that wait for ``log``, oldest promise first, then party and id."""
        found: list[Waiting] = []
        for party, alias in self._aliases.items():
            try:
                with rows.answering(party, alias):
                    self._look(log, party, alias, thorough=False)
                    mine = rows.waiting(log.origin, party, alias, limit)
            except LedgerError as error:
                self._stopped[log.origin, party] = str(error)
                continue
            bad = [row for row in mine if not is_of_form(log.form, row.data)]
            if bad:
                what = "not of the form this log takes"
                self._stopped[log.origin, party] = _sentence(party, [row.leaf_hash for row in bad], what)
                continue
            self._stopped.pop((log.origin, party), None)
            found += mine
        found.sort(key=lambda row: (row.include_by, row.party, row.id))
        return found[:limit]

    def check(self, log: Log, *, thorough: bool) -> None:
        """Look for restored backups: every entry of every party (``thorough``, at boot), or the latest of each."""
        for party, alias in self._aliases.items():
            try:
                with rows.answering(party, alias):
                    self._look(log, party, alias, thorough=thorough)
            except LedgerError as error:
                self._stopped[log.origin, party] = str(error)
            else:
                self._stopped.pop((log.origin, party), None)

    def refuse(self, log: Log, refused: dict[str, list[Waiting]]) -> None:
        """Remember rows that T1 refused because the log holds their entries under another party."""
        for party, several in refused.items():
            what = "already in the log under another party"
            self._stopped[log.origin, party] = _sentence(party, [row.leaf_hash for row in several], what)

    def messages(self, log: Log) -> list[str]:
        """Why some parties' rows are not taken, a sentence each."""
        return [said for (origin, _), said in sorted(self._stopped.items()) if origin == log.origin]

    def write_back(self, log: Log, size: int, messages: list[str]) -> int:
        """B: set ``idx`` in every outbox, each by its own connection; how many rows. What fails is tried next round."""
        given = 0
        for party, alias in self._aliases.items():
            try:
                given += self._patiently(log, party, alias, size)
            except OutboxError as error:
                messages.append(str(error))
        return given

    @staticmethod
    def _patiently(log: Log, party: str, alias: str, size: int) -> int:
        for left in reversed(range(_TRIES)):
            try:
                with rows.answering(party, alias):
                    return sequencing.write_back(log.origin, party, alias, size)
            except OutboxError as error:
                if not left or not error.busy:
                    raise
                time.sleep(_PAUSE)
        raise AssertionError("the last try returns or raises")

    def _look(self, log: Log, party: str, alias: str, *, thorough: bool) -> None:
        """Raise :class:`OutboxError` when the outbox lacks entries that the log holds of this party."""
        lacking: list[bytes] = []
        for part in _parts(rows.party_of_entries(log.origin, party), thorough=thorough):
            lacking += rows.missing_from(alias, log.origin, part)
        if lacking:
            what = "in the log, and no longer in the outbox"
            raise OutboxError(_sentence(party, lacking, what))


def _parts(entries: Iterable[tuple[int, bytes]], *, thorough: bool) -> Iterable[list[bytes]]:
    # A backup always lacks the latest rows, so one look at the latest entry is enough between boots.
    part: list[bytes] = []
    for _, leaf in entries:
        part.append(leaf)
        if not thorough:
            break
        if len(part) == rows.CHUNK:
            yield part
            part = []
    if part:
        yield part


def _sentence(party: str, leaves: list[bytes], what: str) -> str:
    named = ", ".join(leaf.hex() for leaf in leaves[:_NAMED]) + (" …" if len(leaves) > _NAMED else "")
    count = f"{len(leaves)} entr{'y is' if len(leaves) == 1 else 'ies are'}"
    return (
        f"HALT for the rows of {party}: {count} {what} ({named}). Its database looks like a restored backup: "
        "run answerable record rebuild, which gives it back what the log holds"
    )
