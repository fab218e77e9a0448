"""The body of a checkpoint, and what each type of signature covers (C2SP tlog-checkpoint, tlog-cosignature)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from answerable.record.errors import NoteError
from answerable.record.keys import COSIGNATURE, MLDSA44, VerifierKey
from answerable.record.text import HASH_SIZE, LIMIT, base64_text, parse_decimal, parse_hash, shown

_MAX_ORIGIN = 255


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: the log's origin, the number of leaves, the root, and extension lines (ours have none)."""

    origin: str
    size: int
    root: bytes
    extension: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = (self.origin, *self.extension)
        if any(not line or any(char < " " for char in line) for line in lines):
            raise NoteError("a checkpoint has an empty line, or a control character")
        if not 0 <= self.size < LIMIT:
            raise NoteError(f"a checkpoint's size is 0 to 2**63 - 1, not {self.size}")
        if len(self.root) != HASH_SIZE:
            raise NoteError(f"a checkpoint's root has {HASH_SIZE} bytes, not {len(self.root)}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The checkpoint of a note's text. Raises NoteError."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop():
            raise NoteError("a checkpoint has an origin, a size and a root, each a line of its own")
        size, root = parse_decimal(lines[1]), parse_hash(lines[2])
        if size is None:
            raise NoteError(f"{shown(lines[1])} is not a tree size", where="checkpoint line 2")
        if root is None:
            raise NoteError(f"{shown(lines[2])} is not a root hash in base64", where="checkpoint line 3")
        return cls(lines[0], size, root, tuple(lines[3:]))

    def text(self) -> str:
        """The checkpoint as a note's text."""
        return "".join(f"{line}\n" for line in (self.origin, str(self.size), base64_text(self.root), *self.extension))


def signed_message(key: VerifierKey, text: str, time: int | None) -> bytes:
    """What `key` signs for a note of this text: the text itself, or at `time` the message of a cosignature.

    Raises NoteError when a cosignature is asked over what is no checkpoint, or a time is missing or not called for.
    """
    timestamped = key.type in (COSIGNATURE, MLDSA44)
    if timestamped != (time is not None) or (time is not None and not 0 <= time < LIMIT):
        raise NoteError(f"the time {time} does not go with a signature by {key.name}")
    if time is None:
        return text.encode()
    checkpoint = Checkpoint.parse(text)
    if key.type == COSIGNATURE:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    return _subtree_message(key.name, time, checkpoint)


def _subtree_message(name: str, time: int, checkpoint: Checkpoint) -> bytes:
    """The ``cosigned_message`` structure over the whole tree (tlog-cosignature, ML-DSA-44 signed message)."""
    return b"".join(
        (
            b"subtree/v1\n\x00",
            _short(name),
            time.to_bytes(8, "big"),
            _short(checkpoint.origin),
            (0).to_bytes(8, "big"),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def _short(text: str) -> bytes:
    """A string of 1 to 255 bytes behind its length (RFC 8446 section 3.4)."""
    data = text.encode()
    if not 1 <= len(data) <= _MAX_ORIGIN:
        raise NoteError(f"{shown(text)} has more than {_MAX_ORIGIN} bytes, which no ML-DSA-44 cosignature can name")
    return bytes([len(data)]) + data
