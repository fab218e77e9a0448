"""Receipts: a ``.tlog-proof`` file proves one entry offline, a growth file refreshes it (C2SP tlog-proof).

What is in `extra` is never trusted: a verifier computes the leaf hash from it and checks that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from answerable.record.checkpoint import Checkpoint
from answerable.record.errors import NoteError, ProofFormatError
from answerable.record.note import MAX_NOTE, Note
from answerable.record.text import base64_text, parse_base64, parse_decimal, parse_hash, shown
from answerable.record.witnessing import MAX_PROOF, Request

__all__ = ["MAX_PROOF_FILE", "Growth", "TlogProof"]

#: A ``.tlog-growth`` file is the body of an add-checkpoint request.
Growth = Request

#: An opening may be somewhat longer than the largest entry; base64 adds a third.
MAX_EXTRA = 256 * 1024
MAX_PROOF_FILE = MAX_NOTE + 2 * MAX_EXTRA

_FIRST = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class TlogProof:
    """A proof that an entry is in a log: extra data if any, the index, the audit path, the checkpoint's signed note."""

    extra: bytes | None
    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The proof of these bytes, not yet verified. Raises ProofFormatError."""
        if len(data) > MAX_PROOF_FILE:
            raise ProofFormatError(f"a proof has at most {MAX_PROOF_FILE} bytes, this one has {len(data)}")
        head, empty_line, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise ProofFormatError("a proof is ASCII up to its checkpoint") from None
        if lines[0] != _FIRST:
            raise ProofFormatError(f"a proof begins with {_FIRST}, not {shown(lines[0])}", where="line 1")
        if not empty_line:
            raise ProofFormatError("a proof has an empty line before its checkpoint")
        extra, rest = _extra(lines)
        index = parse_decimal(rest[0].removeprefix("index ")) if rest and rest[0].startswith("index ") else None
        if index is None:
            raise ProofFormatError("a proof names its index", where=f"line {len(lines) - len(rest) + 1}")
        if len(rest) - 1 > MAX_PROOF:
            raise ProofFormatError(f"a proof has at most {MAX_PROOF} hashes, not {len(rest) - 1}")
        first = len(lines) - len(rest) + 2
        hashes = tuple(_hash(line, number) for number, line in enumerate(rest[1:], first))
        try:
            Checkpoint.parse(Note.parse(checkpoint).text)
        except NoteError as error:
            raise ProofFormatError(f"the checkpoint is malformed: {error}") from None
        return cls(extra, index, hashes, checkpoint)

    def to_bytes(self) -> bytes:
        """The proof as a file."""
        extra = [] if self.extra is None else [f"extra {base64_text(self.extra)}"]
        lines = [_FIRST, *extra, f"index {self.index}", *map(base64_text, self.hashes), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


def _extra(lines: list[str]) -> tuple[bytes | None, list[str]]:
    """The extra data, if the second line holds some, and the lines after it."""
    if len(lines) < 2 or not lines[1].startswith("extra "):
        return None, lines[1:]
    extra = parse_base64(lines[1].removeprefix("extra "))
    if extra is None or len(extra) > MAX_EXTRA:
        raise ProofFormatError(f"the extra data is not base64 of at most {MAX_EXTRA} bytes", where="line 2")
    return extra, lines[2:]


def _hash(line: str, number: int) -> bytes:
    value = parse_hash(line)
    if value is None:
        raise ProofFormatError(f"{shown(line)} is not a hash in base64", where=f"line {number}")
    return value
