"""What of a person's this app keeps, and how it is destroyed: every column that holds something sealed or personal.

A test holds the list complete: a model with bytes or texts that is not here fails the build.
"""

from __future__ import annotations

from dataclasses import dataclass

from answerable.intake.actions.erasing import Shredded, shred

__all__ = ["Listed", "Shredded", "listing", "shred"]


@dataclass(frozen=True)
class Listed:
    """A table, its columns that are a person's, and when they go: ``record`` by `shred`, ``tick`` by the sweep.
    ``stays``: a hash that the register holds as well, which says of whom no more than it does."""

    table: str
    columns: tuple[str, ...]
    goes_with: str


def listing() -> tuple[Listed, ...]:
    """Everything that is a person's in an intake database; what is not listed is public, or says nothing of anyone."""
    of = ("mailbox_id", "submission_id")
    return (
        Listed("mailbox", ("id", "lookup", "salt", "auth", "wrapped", "public", "opened", "holders"), "record"),
        Listed("record", ("id", "mailbox_id"), "record"),
        Listed(
            "submission",
            (
                *("id", "mailbox_id", "submission", "sha256", "leaf", "opening_key", "door", "record", "language"),
                *("struck", "consents", "salt", "wrapped", "reporter", "signer", "signature"),
            ),
            "record",
        ),
        Listed("compartment", (*of, "record", "public", "signature"), "record"),
        Listed("wrap", (*of, "holder", "wrap"), "record"),
        Listed("value", (*of, "record", "sealed"), "record"),
        Listed("file", (*of, "id", "body", "sha256"), "record"),
        Listed("reply", ("mailbox_id", "id", "record", "kind", "public", "sealed", "day", "signature"), "record"),
        Listed("ack", (*of, "note"), "record"),
        Listed("receipt", (*of, "proof"), "record"),
        Listed("spare", (*of, "until", "sealed"), "record"),
        Listed("erased", ("leaf", "mark"), "stays"),
        Listed("upload", ("id",), "tick"),
        Listed("pow_spent", ("nonce",), "tick"),
    )
