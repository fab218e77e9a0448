"""The desk's tables. `desk.db` holds ciphertext and routing facts; the wraps that open it lie apart, in `keys.db`."""

from __future__ import annotations

from answerable.casework.models.acts import Act, Altered, Anchor, Decision, Duty, Read, ReadsHead, SignedAct
from answerable.casework.models.keys import Grant, Recovery, RecoveryPartial, Wrap
from answerable.casework.models.missing import Missing
from answerable.casework.models.people import Assignment, Bar, Invitation, Person, PublicKey, Role, Tie
from answerable.casework.models.records import Erasure, Handover, Ownership, Record, Submission
from answerable.casework.models.sealed import Compartment, File, Reply, Value

__all__ = [
    "Act",
    "Altered",
    "Anchor",
    "Assignment",
    "Bar",
    "Compartment",
    "Decision",
    "Duty",
    "Erasure",
    "File",
    "Grant",
    "Handover",
    "Invitation",
    "Missing",
    "Ownership",
    "Person",
    "PublicKey",
    "Read",
    "ReadsHead",
    "Record",
    "Recovery",
    "RecoveryPartial",
    "Reply",
    "Role",
    "SignedAct",
    "Submission",
    "Tie",
    "Value",
    "Wrap",
]
