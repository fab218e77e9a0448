"""The verifications that `answerable record verify` offers, each as one function.

Malformed input raises an AnswerableError; what is well formed and not true is a report whose verdict says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from answerable.errors import FALSE, AnswerableError
from answerable.record import canonical, commit, kinds, tree
from answerable.record.ack import open_ack
from answerable.record.canonical import Json
from answerable.record.checkpoint import Checkpoint
from answerable.record.copies import fetch_head, verify_copy, verify_range
from answerable.record.errors import CanonicalError, ProofFormatError, RecordError, TileError, TreeError
from answerable.record.keys import TYPE_NAMES, VerifierKey
from answerable.record.note import Note
from answerable.record.policy import CheckedCheckpoint, Policy, check_checkpoint
from answerable.record.proof import Growth, TlogProof
from answerable.record.reports import BROKEN, FAIL, PASS, PENDING, Draft, Report, moment, short
from answerable.record.text import shown
from answerable.record.tiles import Fetch, Reader

__all__ = [
    "Report",
    "verify_ack",
    "verify_copy",
    "verify_growth",
    "verify_range",
    "verify_receipt",
]


@dataclass(frozen=True)
class _Entry:
    """The entry that a receipt's extra data, or an opening, stands for."""

    data: bytes
    kind: str
    shows: dict[str, Json]


def verify_receipt(
    proof_bytes: bytes, policy: Policy, *, require_mldsa44: bool = False, opening: bytes | None = None
) -> Report:
    """Whether the entry in a ``.tlog-proof`` is under a checkpoint that the policy accepts.

    The leaf hash is computed from the extra data, or from `opening`; nothing in them is trusted further. Raises an
    AnswerableError for a malformed proof, entry or opening.
    """
    proof = TlogProof.parse(proof_bytes)
    checkpoint = Checkpoint.parse(Note.parse(proof.checkpoint).text)
    draft = Draft()
    try:
        entry = _entry_of(proof.extra, opening)
    except AnswerableError as error:
        return _failed(draft, error)
    leaf = tree.leaf_hash(entry.data)
    draft.say("entry", f"{entry.kind}  leaf {short(leaf)}", kind=entry.kind, leaf=leaf.hex(), shows=entry.shows)
    try:
        tree.verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
        place = f"index {proof.index:,} of {checkpoint.size:,}"
        draft.say("included", place, index=proof.index, size=checkpoint.size, origin=checkpoint.origin)
        checked = check_checkpoint(proof.checkpoint, policy, require_mldsa44=require_mldsa44)
    except AnswerableError as error:
        return _failed(draft, error)
    _say_signers(draft, checked, policy)
    for name, value in sorted(entry.shows.items()):
        draft.say("shows", f"{name} {canonical.encode(value).decode()}")
    return draft.end(PASS, "checked offline")


def _failed(draft: Draft, error: AnswerableError) -> Report:
    """A report that ends with what is not true; an error about malformed input goes on to whoever called."""
    if error.exit_code != FALSE and not isinstance(error, TreeError):
        raise error
    return draft.end(FAIL, str(error))


def _say_signers(draft: Draft, checked: CheckedCheckpoint, policy: Policy) -> None:
    signed = ", ".join(f"{TYPE_NAMES[key.type]} ok" for key in checked.log_keys_ok)
    draft.say("log", f"{checked.checkpoint.origin}  {signed}", log_keys=[str(key) for key in checked.log_keys_ok])
    said = policy.explain(checked.cosigners)[0]
    time = checked.quorum_time
    until = "" if time is None else f"; not later than {moment(time)}"
    draft.say("quorum", said + until, quorum=said, not_later_than=time)


def _entry_of(extra: bytes | None, opening: bytes | None) -> _Entry:
    """The entry a receipt is about: a sealed one, bare or opened, or an open one."""
    if extra is None:
        if opening is None:
            raise ProofFormatError("the proof carries no entry", todo="give the opening that belongs to it")
        return _opened(opening)
    if extra.startswith(commit.MARK):
        if len(extra) != commit.ENTRY_SIZE:
            raise ProofFormatError(f"a sealed entry has {commit.ENTRY_SIZE} bytes, this one {len(extra)}")
        entry = _Entry(extra, "sealed", {})
    else:
        entry = _open_or_opening(extra)
    if opening is None:
        return entry
    commit.check_opening(entry.data, opening)
    return _opened(opening)


def _opened(opening: bytes) -> _Entry:
    data, opened = commit.open_entry(opening)
    return _Entry(data, opened.kind, opened.fields)


def _open_or_opening(data: bytes) -> _Entry:
    """Canonical JSON told apart by its members: `digests` or `event`, an opening; else an open entry."""
    try:
        value = canonical.decode(data)
    except CanonicalError as error:
        raise ProofFormatError(f"the entry in the proof is malformed: {error.what}", where=error.where) from None
    if isinstance(value, dict) and ("digests" in value or "event" in value):
        return _opened(data)
    return _Entry(data, str(kinds.check_open(data)["kind"]), {})


def verify_growth(proof_bytes: bytes, growth_bytes: bytes, policy: Policy) -> Report:
    """Whether a newer checkpoint, which the policy accepts, extends the tree of an old receipt.

    The old checkpoint's own signatures are not asked for: a new tree that contains the old one contains its entries.
    """
    proof, growth = TlogProof.parse(proof_bytes), Growth.parse(growth_bytes)
    old = Checkpoint.parse(Note.parse(proof.checkpoint).text)
    new = Checkpoint.parse(Note.parse(growth.checkpoint).text)
    draft = Draft()
    if old.origin != new.origin:
        return draft.end(FAIL, f"the receipt is from {shown(old.origin)}, the growth file from {shown(new.origin)}")
    if growth.old != old.size:
        return draft.end(FAIL, f"the growth file begins at size {growth.old:,}, the receipt's tree has {old.size:,}")
    try:
        leaf = tree.leaf_hash(_entry_of(proof.extra, None).data)
        tree.verify_inclusion(leaf, proof.index, old.size, proof.hashes, old.root)
        tree.verify_consistency(old.size, new.size, growth.proof, old.root, new.root)
        checked = check_checkpoint(growth.checkpoint, policy)
    except AnswerableError as error:
        return _failed(draft, error)
    said = f"size {new.size:,} extends size {old.size:,}"
    return draft.end(PASS, said, origin=new.origin, old=old.size, size=new.size, not_later_than=checked.quorum_time)


def verify_ack(ack_bytes: bytes, fetch: Fetch, policy: Policy, ack_keys: Iterable[VerifierKey], now: int) -> Report:
    """Whether the promise of an acknowledgement was kept, by the log as it is served now.

    PASS: the leaf is in the log. BROKEN PROMISE: it is not, and the log's own quorum time is past the promise, so the
    note and the log together are evidence. Else not yet. `now` only words what is not yet known.
    """
    ack = open_ack(ack_bytes, ack_keys)
    draft = Draft()
    due = moment(ack.include_by)
    fixed = {"origin": ack.origin, "leaf": ack.leaf_hash.hex(), "include_by": ack.include_by}
    try:
        checked = check_checkpoint(fetch_head(fetch), policy)
        checkpoint = checked.checkpoint
        if checkpoint.origin != ack.origin:
            raise RecordError(f"the promise is about {shown(ack.origin)}, this is {shown(checkpoint.origin)}")
        index = Reader(fetch, checkpoint.size, checkpoint.root).find(ack.leaf_hash)
    except TileError as error:
        return draft.end(FAIL, str(error), **fixed)
    except AnswerableError as error:
        return _failed(draft, error)
    if index is not None:
        return draft.end(PASS, f"index {index:,} of {checkpoint.size:,}", index=index, size=checkpoint.size, **fixed)
    if checked.quorum_time is not None and checked.quorum_time > ack.include_by:
        said = f"due {due}; absent from {checkpoint.size:,} entries cosigned {moment(checked.quorum_time)}"
        return draft.end(BROKEN, said, size=checkpoint.size, quorum_time=checked.quorum_time, **fixed)
    late = f"due {due}" if now <= ack.include_by else f"was due {due}; the log shows nothing cosigned since then"
    return draft.end(PENDING, late, size=checkpoint.size, quorum_time=checked.quorum_time, **fixed)
