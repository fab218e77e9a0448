"""The parties' outboxes as the sequencer sees them: what waits, what may be taken, what is written back.

A party whose database was restored from a backup shows itself: the log holds entries of that party that its outbox
lacks, or holds a waiting row's entry under another party. Then that party's rows alone are left where they are, and
named, until ``answerable record rebuild`` has re-imported them. A party whose database does not answer waits; others do
not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from answerable.ledger.actions import rows, sequencing
from answerable.ledger.actions.rows import Waiting
from answerable.ledger.backoff import BackOff
from answerable.ledger.config import LEDGER_PARTY, LedgerConfig, Log
from answerable.ledger.errors import LedgerError, OutboxError, SilentOutboxError
from answerable.ledger.filling import is_of_form
from answerable.record.tiles import MAX_ENTRY
from answerable.record.tree import leaf_hash

#: Leaf hashes that a message names at most.
_NAMED = 3


class Outboxes:
    """The outboxes of a ledger: the ledger's own, and one per party."""

    def __init__(self, config: LedgerConfig) -> None:
        self._aliases = config.aliases()
        self._stopped: dict[tuple[str, str], str] = {}
        self._away = {party: BackOff() for party in self._aliases}

    def weaknesses(self) -> list[str]:
        """What makes a database less durable than the log needs, in words, of those that answer."""
        found: list[str] = []
        for party, alias in self._aliases.items():
            try:
                with rows.answering(party, alias):
                    found += [f"{party}: {weak}" for weak in rows.weaknesses(alias)]
            except OutboxError:
                continue  # what does not answer takes no part
        return found

    def waiting(self, log: Log, limit: int | None, now: int) -> list[Waiting]:
        """D: the rows of every outbox that wait for ``log``, oldest promise first, then party and id; at most
        ``limit``, of which every party has its share. A party that did not answer is asked again by and by."""
        found: dict[str, list[Waiting]] = {}
        for party, alias in self._aliases.items():
            if not self._away[party].due(now):
                continue
            try:
                with rows.answering(party, alias):
                    self._look(log, party, alias, thorough=False)
                    mine = rows.waiting(log.origin, party, alias, limit, longest=MAX_ENTRY)
            except LedgerError as error:
                self._stop(log, party, error, now)
                continue
            self._away[party].soon()
            self._stopped.pop((log.origin, party), None)
            found[party] = self._fit(log, party, mine)
        return _shared(found, limit)

    def check(self, log: Log) -> None:
        """Look, at boot, for restored backups: every entry of every party."""
        for party, alias in self._aliases.items():
            try:
                with rows.answering(party, alias):
                    self._look(log, party, alias, thorough=True)
            except LedgerError as error:
                self._stopped[log.origin, party] = str(error)
            else:
                self._stopped.pop((log.origin, party), None)

    def _stop(self, log: Log, party: str, error: LedgerError, now: int) -> None:
        self._stopped[log.origin, party] = str(error)
        if isinstance(error, SilentOutboxError):
            self._away[party].later(now)

    def _fit(self, log: Log, party: str, several: list[Waiting]) -> list[Waiting]:
        """Those that the log can take. The rest stay where they are, for good, and are named."""
        fit: list[Waiting] = []
        unfit: list[Waiting] = []
        for row in several:
            own = party == LEDGER_PARTY
            right = row.leaf_hash == leaf_hash(row.data) and is_of_form(log.form, row.data, own=own)
            (fit if right else unfit).append(row)
        if unfit:
            count = f"{len(unfit)} row{'s' if len(unfit) > 1 else ''} of {party}"
            self._stopped[log.origin, party] = (
                f"{count} cannot be entered: not of the form this log takes, of a kind that is the ledger's own, or"
                f" under a leaf hash that is not theirs ({_named([row.leaf_hash for row in unfit])}). Other rows of"
                " this party are entered; find out what wrote these"
            )
        return fit

    def refuse(self, log: Log, refused: dict[str, list[Waiting]]) -> None:
        """Remember rows that T1 refused because the log holds their entries under another party."""
        for party, several in refused.items():
            what = "already in the log under another party"
            self._stopped[log.origin, party] = _sentence(party, [row.leaf_hash for row in several], what)

    def messages(self, log: Log) -> list[str]:
        """Why some parties' rows are not taken, a sentence each."""
        return [said for (origin, _), said in sorted(self._stopped.items()) if origin == log.origin]

    def write_back(self, log: Log, size: int, messages: list[str], now: int) -> int:
        """B: set ``idx`` in every outbox, each by its own connection; how many rows. What fails is tried again later,
        so that one party's lock costs the others a moment and not every round."""
        given = 0
        for party, alias in self._aliases.items():
            if not self._away[party].due(now):
                continue
            try:
                with rows.answering(party, alias):
                    given += sequencing.write_back(log.origin, party, alias, size)
            except LedgerError as error:
                self._stop(log, party, error, now)
                messages.append(str(error))
        return given

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


def _shared(found: Mapping[str, list[Waiting]], limit: int | None) -> list[Waiting]:
    """The oldest promises of all; but no party that promised much, or long ago, crowds the others out."""

    def order(row: Waiting) -> tuple[int, str, int]:
        return row.include_by, row.party, row.id

    everything = sorted((row for several in found.values() for row in several), key=order)
    if limit is None or len(everything) <= limit:
        return everything
    share = limit // sum(1 for several in found.values() if several)
    taken = {(row.party, row.id) for several in found.values() for row in several[:share]}
    for row in everything:
        if len(taken) >= limit:
            break
        taken.add((row.party, row.id))
    return [row for row in everything if (row.party, row.id) in taken]


def _named(leaves: list[bytes]) -> str:
    return ", ".join(leaf.hex() for leaf in leaves[:_NAMED]) + (" …" if len(leaves) > _NAMED else "")


def _sentence(party: str, leaves: list[bytes], what: str) -> str:
    count = f"{len(leaves)} entr{'y is' if len(leaves) == 1 else 'ies are'}"
    return (
        f"HALT for the rows of {party}: {count} {what} ({_named(leaves)}). Its database looks like a restored backup: "
        "run answerable record rebuild, which gives it back what the log holds"
    )
