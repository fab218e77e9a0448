"""What holds sealed or personal data here, by table and field, and destroying it. A model that is missing fails a test.

Shredding a compartment destroys every wrap of it, recovery's included, so that older copies of the ciphertext stay
shut; then the ciphertext goes. The act is an entry of its own (`case.shredded`), and an interrupted shredding resumes.
What is due, and what keeps it from going, is the matter of `actions.retention` and `actions.holding`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from answerable.casework.actions.shredding import Shredded, shred

__all__ = ["LISTED", "Listed", "Shredded", "listing", "shred"]

How = Literal["with the compartment", "with the record", "with the person's work here", "kept"]


@dataclass(frozen=True)
class Listed:
    """Some fields of a model: ``what`` they hold, and ``how`` they go (or why they stay)."""

    model: str
    fields: tuple[str, ...]
    what: Literal["sealed", "personal", "plain"]
    how: How


_PARTS: How = "with the compartment"
_WHOLE: How = "with the record"
_WORK: How = "with the person's work here"
LISTED: tuple[Listed, ...] = (
    Listed("Value", ("sealed",), "sealed", _PARTS),
    Listed("File", ("handle", "sha256"), "sealed", _PARTS),
    Listed("Wrap", ("wrap", "holder"), "sealed", _PARTS),
    Listed("Reply", ("sealed", "public", "reporter"), "sealed", _PARTS),
    Listed("Compartment", ("public", "source"), "plain", _WHOLE),
    Listed("RecoveryPartial", ("sealed", "member"), "sealed", _WHOLE),
    Listed("Recovery", ("beneficiary", "reason"), "personal", _WHOLE),
    Listed("Record", ("origin", "reporter_key", "consents", "language"), "personal", _WHOLE),
    Listed("Submission", ("sha256", "event", "signer"), "personal", _WHOLE),
    Listed("Act", ("person", "commitment"), "personal", _WHOLE),
    Listed("SignedAct", ("text", "signature", "nonce"), "personal", _WHOLE),
    Listed("Decision", ("proposer", "reviewer", "third"), "personal", _WHOLE),
    Listed("Ownership", ("person",), "personal", _WHOLE),
    Listed("Handover", ("giver", "taker"), "personal", _WHOLE),
    Listed("Bar", ("holder",), "personal", _WHOLE),
    Listed("Tie", ("person", "tied"), "personal", _WHOLE),
    Listed("Grant", ("person",), "personal", _WHOLE),
    Listed("Assignment", ("person",), "personal", _WHOLE),
    Listed("Altered", ("person", "answered_by"), "personal", _WHOLE),
    Listed("Duty", ("due",), "plain", _WHOLE),
    Listed("Read", ("person", "h"), "personal", "kept"),
    Listed("ReadsHead", ("head",), "plain", "kept"),
    Listed("Erasure", ("leaf",), "plain", "kept"),
    Listed("Missing", ("leaf", "record", "thing"), "plain", "kept"),
    Listed("Missing", ("answered_by",), "personal", "kept"),
    Listed("Anchor", ("root",), "plain", "kept"),
    Listed("Person", ("user", "employer", "nationality", "languages", "line", "trained_child"), "personal", _WORK),
    Listed("PublicKey", ("wrapped_x25519", "wrapped_ed25519", "x25519", "ed25519", "salt"), "personal", _WORK),
    # One that nobody used goes when its link has run out.
    Listed("Invitation", ("name", "facts"), "personal", _WORK),
)


def listing() -> tuple[Listed, ...]:
    """Every table of this app with what it holds and how that goes."""
    return LISTED
