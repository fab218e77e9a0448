"""Every error of the record: malformed bytes (exit 2), or well-formed ones that are not true (exit 1)."""

from __future__ import annotations

from typing import ClassVar

from answerable.errors import FALSE, AnswerableError


class RecordError(AnswerableError):
    """The root of the record's errors."""


class AckError(RecordError):
    """An acknowledgement is malformed, or no known key signed it."""


class CanonicalError(RecordError):
    """A value has no canonical JSON, or bytes are not canonical JSON."""


class CommitmentError(RecordError):
    """A sealed entry or an opening is malformed."""


class KeyFileError(RecordError):
    """A key file is malformed or its mode lets others read it."""


class KindError(RecordError):
    """An entry is not of the kind it names, or of no known kind."""


class NoteError(RecordError):
    """A signed note, a key or a checkpoint is malformed."""


class ObligationError(RecordError):
    """Entries do not tell a clock that can be computed."""


class OpeningError(CommitmentError):
    """An opening is well formed and does not open this entry."""

    exit_code: ClassVar[int] = FALSE


class PolicyError(RecordError):
    """A policy is malformed; ``where`` names the file and the line."""


class ProofError(RecordError):
    """A proof is well formed and does not verify."""

    exit_code: ClassVar[int] = FALSE


class ProofFormatError(RecordError):
    """A proof file is malformed."""


class QuorumError(RecordError):
    """The cosignatures on a checkpoint do not meet the policy."""

    exit_code: ClassVar[int] = FALSE


class SignatureError(NoteError):
    """A signature of a known key is bad, or no known key has signed."""

    exit_code: ClassVar[int] = FALSE


class SlotError(RecordError):
    """Ticks, slots or a schedule are malformed or do not add up."""


class TileError(RecordError):
    """A tile, a bundle or a path is malformed, absent, or not part of the tree it is said to belong to."""


class TreeError(RecordError):
    """Sizes, indices or hash lengths no tree can have."""


class UnknownKindError(KindError):
    """An event of a kind that is not known here: refused, never passed."""


class WitnessRequestError(RecordError):
    """A request for a cosignature is malformed."""
