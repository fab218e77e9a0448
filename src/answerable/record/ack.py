"""The acknowledgement: a party's signed promise that an entry will be in a log by a coarse time.

A signed note of four lines. With a log of a size whose quorum time is past `include_by`, and the leaf in none of its
tiles, the note itself is evidence of a broken promise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from answerable.record.errors import AckError, NoteError, SignatureError
from answerable.record.keys import SigningKey, VerifierKey
from answerable.record.note import Note, sign_text, verify_note
from answerable.record.text import HASH_SIZE, LIMIT, base64_text, parse_decimal, parse_hash, shown

_FIRST = "answerable/ack@v1"
_PREFIX = "include-by "
_HOUR, _DAY = 3_600, 86_400


@dataclass(frozen=True)
class Ack:
    """The promise: this leaf is in the log of this origin by `include_by` (POSIX seconds)."""

    origin: str
    leaf_hash: bytes
    include_by: int

    def __post_init__(self) -> None:
        if not self.origin or any(char < " " for char in self.origin):
            raise AckError(f"{shown(self.origin)} is not an origin")
        if len(self.leaf_hash) != HASH_SIZE or not 0 <= self.include_by < LIMIT:
            raise AckError("an acknowledgement has a 32-byte leaf hash and a time from 0 to 2**63 - 1")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The acknowledgement of a note's text. Raises AckError."""
        lines = text.split("\n")
        if len(lines) != 5 or lines[4] or lines[0] != _FIRST or not lines[3].startswith(_PREFIX):
            raise AckError(f"an acknowledgement is four lines: {_FIRST}, origin, leaf hash, include-by and a time")
        leaf, time = parse_hash(lines[2]), parse_decimal(lines[3].removeprefix(_PREFIX))
        if leaf is None or time is None:
            raise AckError("an acknowledgement's leaf hash or time is malformed", where="lines 3 and 4")
        return cls(lines[1], leaf, time)

    def text(self) -> str:
        """The acknowledgement as a note's text."""
        return f"{_FIRST}\n{self.origin}\n{base64_text(self.leaf_hash)}\n{_PREFIX}{self.include_by}\n"


def sign_ack(ack: Ack, key: SigningKey) -> bytes:
    """The signed note of an acknowledgement, by the party's Ed25519 ack key."""
    return sign_text(ack.text(), key).to_bytes()


def open_ack(data: bytes, keys: Iterable[VerifierKey]) -> Ack:
    """The acknowledgement in a note that one of `keys` signed. Raises AckError, or SignatureError for a bad one."""
    try:
        note = Note.parse(data)
        verify_note(note, keys)
    except SignatureError:
        raise
    except NoteError as error:
        raise AckError(f"the acknowledgement is malformed: {error}") from None
    return Ack.parse(note.text)


def include_by_for(origin_format: str, now: int) -> int:
    """The promise made at `now`: ``sealed``, the first 00:00 UTC at least 24 h away; ``open``, the first full hour at
    least 1 h away. Raises AckError for another format: a survey's promise is named in its own entries.
    """
    if origin_format not in ("open", "sealed"):
        raise AckError(f"no promise is known for the format {shown(origin_format)}")
    unit = _DAY if origin_format == "sealed" else _HOUR
    return -(-(now + unit) // unit) * unit
