"""What carry knows of a published log: nothing that its policy's witnesses have not signed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from answerable.errors import NOT_YET, AnswerableError
from answerable.ledger.reading import Fetch, open_log
from answerable.ledger.receipts import smallest
from answerable.record.checkpoint import Checkpoint
from answerable.record.copies import fetch_head
from answerable.record.policy import Policy, check_checkpoint
from answerable.record.proof import TlogProof
from answerable.record.tiles import Reader
from answerable.record.tree import verify_consistency


class NotYetPublishedError(AnswerableError):
    """The log has not published so far, or can't be read now: nothing is carried, and it is tried again."""

    exit_code = NOT_YET


class PublishedLog:
    """A log as its public files show it: read, verified, and never going back."""

    def __init__(self, place: str, policy_file: Path) -> None:
        self._place = place
        try:
            text = policy_file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise AnswerableError(f"the policy cannot be read: {error}", where=str(policy_file)) from None
        self._policy = Policy.parse(text, file=str(policy_file))
        self._fetch: Fetch | None = None
        self._note = b""
        self._checkpoint: Checkpoint | None = None
        self._reader: Reader | None = None

    @property
    def size(self) -> int:
        """How many entries are published, as far as was last looked."""
        return self._checkpoint.size if self._checkpoint else 0

    def look(self) -> bool:
        """Read and verify the checkpoint that is published now; whether it has grown.

        Raises `NotYetPublishedError` when there is none, and what `check_checkpoint` and a proof raise when it isn't
        this log's, hasn't its quorum, or contradicts the one before.
        """
        try:
            self._fetch = self._fetch or open_log(self._place)
            note = fetch_head(self._fetch)
        except AnswerableError as error:
            raise NotYetPublishedError(f"the log is not published yet: {error}", where=self._place) from None
        if note == self._note:
            return False
        checkpoint = check_checkpoint(note, self._policy).checkpoint
        reader = Reader(self._fetch, checkpoint.size, checkpoint.root)
        before = self._checkpoint
        if before is not None:
            if checkpoint.size < before.size:
                raise AnswerableError(
                    f"the log had {before.size:,} entries and now says {checkpoint.size:,}", where=self._place
                )
            proof = reader.consistency_proof(before.size)
            verify_consistency(before.size, checkpoint.size, proof, before.root, checkpoint.root)
        self._note, self._checkpoint, self._reader = note, checkpoint, reader
        return before is None or checkpoint.size > before.size

    def holds(self, leaf: bytes, idx: int) -> bool:
        """Whether the entry at ``idx`` is published and has this leaf hash."""
        return self._reader is not None and 0 <= idx < self.size and self._reader.hash_at(0, idx) == leaf

    def receipt(self, idx: int) -> bytes:
        """The proof that the entry at ``idx`` is in the log, against the checkpoint last looked at."""
        assert self._reader is not None and self._checkpoint is not None  # noqa: PT018  # both or neither
        note = smallest(self._note, self._policy, self._checkpoint.origin)
        return TlogProof(self._reader.entry(idx), idx, tuple(self._reader.inclusion_proof(idx)), note).to_bytes()

    def entries(self, start: int) -> Iterator[bytes]:
        """The entries from ``start`` on."""
        if self._reader is not None and start < self.size:
            yield from self._reader.entries(start, self.size)
