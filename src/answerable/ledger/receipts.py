"""Receipts from the log's own files: the first checkpoint that covers an entry, or today's, with the proof to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from answerable.ledger.actions import rows
from answerable.ledger.actions.rows import CheckpointRow
from answerable.ledger.config import LedgerConfig, Log
from answerable.ledger.errors import LedgerError, NotYetError
from answerable.ledger.store import Store
from answerable.record.errors import TileError
from answerable.record.keys import COSIGNATURE, ED25519, VerifierKey
from answerable.record.note import Checkpoint, Note
from answerable.record.paths import archive_path
from answerable.record.policy import Policy
from answerable.record.proof import Growth, TlogProof
from answerable.record.tiles import Reader
from answerable.record.tree import leaf_hash as hash_of

#: The quorum of a policy that asks for no witness.
NO_QUORUM = "none"


@dataclass(frozen=True)
class Receipt:
    """A ``.tlog-proof``: its bytes, the entry's index, the size it is proved against, and that size's quorum time."""

    origin: str
    proof: bytes
    index: int
    size: int
    quorum_time: int | None


def log_of(config: LedgerConfig, origin: str) -> Log:
    """The ledger's log of this origin. Raises :class:`LedgerError` when it is another's."""
    for log in config.logs:
        if log.origin == origin:
            return log
    raise LedgerError(f"{origin!r} is no log of this ledger", where=str(config.folder))


def find(config: LedgerConfig, leaf: bytes) -> tuple[Log, int]:
    """The log that holds a leaf, and its index there. Raises :class:`NotYetError` when neither does."""
    for log in config.logs:
        held = rows.holders(log.origin, [leaf]).get(leaf)
        if held:
            return log, held[1]
    raise NotYetError(
        f"no log of this ledger holds the leaf {leaf.hex()} yet",
        todo="wait until the acknowledgement's time, and ask again",
    )


def receipt(config: LedgerConfig, leaf: bytes, *, small: bool = False, today: bool = False) -> Receipt:
    """The receipt of the entry with this leaf hash, against the first witnessed checkpoint that covers it.

    ``today``: against the latest instead. ``small``: only the log's Ed25519 line, and just enough Ed25519 cosignatures
    for the quorum. Raises :class:`NotYetError` (exit 3) before a witnessed checkpoint covers the entry.
    """
    log, index = find(config, leaf)
    covering, note = _published(log, index, today=today)
    if small:
        note = smallest(note, log.policy, log.origin)
    reader = Reader(Store(log.public).get, covering.size, covering.root)
    try:
        proof = TlogProof(reader.entry(index), index, tuple(reader.inclusion_proof(index)), note)
    except TileError as error:
        raise NotYetError(
            f"entry {index} is in {log.origin}, and its proof cannot be read from disk: {error}",
            todo="when the sequencer starts it writes lost tiles again: start it, then ask again",
        ) from None
    return Receipt(log.origin, proof.to_bytes(), index, covering.size, covering.quorum_time)


def _published(log: Log, index: int, *, today: bool) -> tuple[CheckpointRow, bytes]:
    """The first (``today``: the latest) published checkpoint that covers an entry.

    A process that died just before publishing leaves a size that was witnessed and never published: it is passed over.
    """
    store = Store(log.public)
    witnessed = log.policy.quorum != NO_QUORUM
    for row in rows.covering(log.origin, index, witnessed=witnessed, latest_first=today):
        try:
            return row, store.get(archive_path(row.size))
        except FileNotFoundError:
            continue
    raise NotYetError(
        f"entry {index} is in {log.origin}, and no checkpoint that covers it has its quorum and is published yet",
        todo="ask again after the witnesses have answered",
    )


def refresh(config: LedgerConfig, old: bytes, *, small: bool = False) -> tuple[Receipt, bytes]:
    """A receipt against today's checkpoint for what an old one proves, and the growth file that ties the two trees.

    Raises :class:`LedgerError` when the old receipt is not of a log of this ledger.
    """
    proof = TlogProof.parse(old)
    before = Checkpoint.parse(Note.parse(proof.checkpoint).text)
    log, old_size = log_of(config, before.origin), before.size
    if proof.index >= old_size:
        raise LedgerError(f"it is of entry {proof.index} and of a tree of {old_size}", todo="this is no receipt")
    data = next((data for data, _ in rows.entries(log.origin, proof.index, proof.index + 1)), None)
    if data is None:
        raise NotYetError(
            f"{log.origin} has no entry {proof.index} here",
            todo="is the receipt of this ledger? if so its database is older than the receipt: record rebuild",
        )
    new = receipt(config, hash_of(data), small=small, today=True)
    if new.size < old_size:
        raise NotYetError(
            f"the receipt is of size {old_size}, and the log has only {new.size} published entries here",
            todo="is the receipt of this ledger? if so its database is older than the receipt: record rebuild",
        )
    reader = Reader(Store(log.public).get, new.size)
    grown = Growth(old_size, tuple(reader.consistency_proof(old_size)), TlogProof.parse(new.proof).checkpoint)
    return new, grown.to_bytes()


def smallest(note: bytes, policy: Policy, origin: str) -> bytes:
    """The note with the log's Ed25519 line and as few Ed25519 cosignatures as make the quorum, earliest first.

    A quorum that only ML-DSA lines meet leaves the note as it is.
    """
    parsed = Note.parse(note)
    by_line = {(key.name, key.id): key for key in policy.keys(origin)}
    known = [(by_line[line.name, line.id], line) for line in parsed.signatures if (line.name, line.id) in by_line]
    own = [line for key, line in known if key.name == origin and key.type == ED25519]
    witnesses = {key: line for key, line in known if key.type == COSIGNATURE}
    times = {key: int.from_bytes(line.raw[:8], "big") for key, line in witnesses.items()}
    if not own or not policy.quorum_met(times):
        return note
    kept = _enough(times, policy)
    return Note(parsed.text, (*own, *(line for key, line in witnesses.items() if key in kept))).to_bytes()


def _enough(times: dict[VerifierKey, int], policy: Policy) -> set[VerifierKey]:
    kept = dict(times)
    latest_first: Iterable[VerifierKey] = sorted(times, key=lambda key: times[key], reverse=True)
    for key in latest_first:
        without = {other: time for other, time in kept.items() if other != key}
        if policy.quorum_met(without):
            kept = without
    return set(kept)
