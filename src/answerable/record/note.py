"""Signed notes: a text, and lines by the keys that sign it (C2SP signed-note).

Keys, key files and checkpoint bodies have modules of their own; their names are offered here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from answerable.record.checkpoint import Checkpoint, signed_message
from answerable.record.errors import NoteError, SignatureError
from answerable.record.keyfile import read_key_file, write_key_file
from answerable.record.keys import COSIGNATURE, ED25519, MLDSA44, SigningKey, VerifierKey, check_name
from answerable.record.text import base64_text, parse_base64, shown

__all__ = [
    "COSIGNATURE",
    "ED25519",
    "MAX_LINES",
    "MAX_NOTE",
    "MLDSA44",
    "Checkpoint",
    "Note",
    "Signature",
    "SigningKey",
    "Verified",
    "VerifierKey",
    "add_signatures",
    "parse_signature_lines",
    "read_key_file",
    "sign_checkpoint",
    "sign_text",
    "verify_note",
    "write_key_file",
]

#: Limits that hold before anything is parsed. ML-DSA-44 lines take 3.3 kB each.
MAX_NOTE = 512 * 1024
MAX_LINES = 64

_DASH = "\u2014 "
_ID_SIZE = 4
_TIME_SIZE = 8


class Signature(NamedTuple):
    """One signature line: the key's name and id, and the bytes after the id (a time first, in timestamped types)."""

    name: str
    id: bytes
    raw: bytes

    def line(self) -> str:
        """The line, newline included."""
        return f"{_DASH}{self.name} {base64_text(self.id + self.raw)}\n"


class Verified(NamedTuple):
    """A known key that signed a note, and when, for timestamped types."""

    key: VerifierKey
    time: int | None


@dataclass(frozen=True)
class Note:
    """A text ending in a newline, and at least one signature. Nothing in it is to be believed before `verify_note`."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The note of these bytes, at most 512 KiB and 64 lines of signatures. Raises NoteError."""
        if len(data) > MAX_NOTE:
            raise NoteError(f"a note has at most {MAX_NOTE} bytes, this one has {len(data)}")
        text, empty_line, lines = _decode(data).rpartition("\n\n")
        if not empty_line:
            raise NoteError("this is not a signed note: no empty line stands before its signatures")
        return cls(text + "\n", parse_signature_lines(lines))

    def to_bytes(self) -> bytes:
        """The note as it was or will be parsed."""
        return (self.text + "\n" + "".join(line.line() for line in self.signatures)).encode()


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError(f"a note is UTF-8, and byte {error.start} is not") from None
    if any(char < " " and char != "\n" for char in set(text)):
        raise NoteError("a note has no control characters but newline")
    return text


def parse_signature_lines(text: str) -> tuple[Signature, ...]:
    """One to 64 signature lines with their newlines, as a note or a witness's answer has them. Raises NoteError."""
    lines = text.split("\n")
    if lines.pop() or not lines:
        raise NoteError("a signature line does not end in a newline, or there is none")
    if len(lines) > MAX_LINES:
        raise NoteError(f"a note has at most {MAX_LINES} signature lines, this one has {len(lines)}")
    return tuple(_signature(line, number) for number, line in enumerate(lines, 1))


def _signature(line: str, number: int) -> Signature:
    where = f"signature line {number}"
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    data = parse_base64(encoded)
    if not line.startswith(_DASH) or not space or data is None or len(data) <= _ID_SIZE:
        raise NoteError(f"{shown(line)} is not a dash, a key's name and a signature in base64", where=where)
    return Signature(check_name(name), data[:_ID_SIZE], data[_ID_SIZE:])


def sign_text(text: str, key: SigningKey) -> Note:
    """A note of `text` signed by an Ed25519 key (type 0x01). Raises NoteError when the text cannot be a note's."""
    if not text.endswith("\n") or any(char < " " and char != "\n" for char in text):
        raise NoteError("a note's text ends in a newline and has no other control characters")
    signature = Signature(key.name, key.verifier.id, key.sign(signed_message(key.verifier, text, None)))
    return Note(text, (signature,))


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey, time: int | None) -> Signature:
    """Sign a checkpoint: type 0x01 without a time, 0x04 and 0x06 as a cosignature at `time` (POSIX seconds).

    Whoever calls this has checked that nothing inconsistent was signed before. Raises NoteError for a time that does
    not go with the key's type.
    """
    raw = key.sign(signed_message(key.verifier, checkpoint.text(), time))
    prefix = b"" if time is None else time.to_bytes(_TIME_SIZE, "big")
    return Signature(key.name, key.verifier.id, prefix + raw)


def verify_signature(text: str, signature: Signature, key: VerifierKey) -> int | None:
    """Check a known key's line over a note's text. Returns its time, if the type has one. Raises SignatureError."""
    time: int | None = None
    raw = signature.raw
    if key.type != ED25519:
        time, raw = int.from_bytes(raw[:_TIME_SIZE], "big"), raw[_TIME_SIZE:]
    try:
        message = signed_message(key, text, time)
    except NoteError as error:
        raise SignatureError(f"the signature of {key.name} cannot be right: {error.what}") from None
    key.verify(raw, message)
    return time


def verify_note(note: Note, keys: Iterable[VerifierKey]) -> list[Verified]:
    """The known keys that signed, in the order of their lines; each once, at its earliest time above 0 (else 0).

    Lines of unknown (name, id) are ignored. Raises SignatureError when a known key's line is bad, or none is known.
    """
    known = {(key.name, key.id): key for key in keys}
    times: dict[VerifierKey, int | None] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.id))
        if key is not None:
            time = verify_signature(note.text, signature, key)
            times[key] = min(filter(None, (times.get(key), time)), default=time)
    if not times:
        raise SignatureError("no key that is known here has signed this note")
    return [Verified(key, time) for key, time in times.items()]


def add_signatures(note_bytes: bytes, signatures: Sequence[Signature]) -> bytes:
    """The note with more lines at its end; a line already there is not repeated. Raises NoteError."""
    note = Note.parse(note_bytes)
    lines = dict.fromkeys((*note.signatures, *signatures))
    if len(lines) > MAX_LINES:
        raise NoteError(f"a note has at most {MAX_LINES} signature lines, not {len(lines)}")
    return Note(note.text, tuple(lines)).to_bytes()
