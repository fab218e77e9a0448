"""The request for a cosignature, and the pure decision whether to give one (C2SP tlog-witness, add-checkpoint)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from answerable.errors import AnswerableError
from answerable.record import tree
from answerable.record.checkpoint import Checkpoint
from answerable.record.errors import SignatureError, WitnessRequestError
from answerable.record.keys import VerifierKey
from answerable.record.note import MAX_NOTE, Note, verify_note
from answerable.record.text import base64_text, parse_decimal, parse_hash, shown

#: A request is at most this long, checkpoint and all, and has at most this many proof lines.
MAX_REQUEST = MAX_NOTE
MAX_PROOF = 63

#: What the body of a 409 is sent as.
SIZE_TYPE = "text/x.tlog.size"


@dataclass(frozen=True)
class Request:
    """The body of add-checkpoint: the size last known, the proof from it, and the checkpoint as it came."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The request of these bytes; the checkpoint in it is not looked at yet. Raises WitnessRequestError."""
        if len(data) > MAX_REQUEST:
            raise WitnessRequestError(f"a request has at most {MAX_REQUEST} bytes, this one has {len(data)}")
        head, empty_line, checkpoint = data.partition(b"\n\n")
        if not empty_line:
            raise WitnessRequestError("a request has an empty line between its proof and its checkpoint")
        try:
            first, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise WitnessRequestError("a request's size and proof are ASCII") from None
        old = parse_decimal(first.removeprefix("old ")) if first.startswith("old ") else None
        if old is None:
            raise WitnessRequestError(f"{shown(first)} is not `old` and a tree size", where="line 1")
        if len(lines) > MAX_PROOF:
            raise WitnessRequestError(f"a proof has at most {MAX_PROOF} lines, not {len(lines)}")
        return cls(old, tuple(_proof_line(line, number) for number, line in enumerate(lines, 2)), checkpoint)

    def to_bytes(self) -> bytes:
        """The request as it is sent."""
        lines = [f"old {self.old}", *map(base64_text, self.proof), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


def _proof_line(line: str, number: int) -> bytes:
    value = parse_hash(line)
    if value is None:
        raise WitnessRequestError(f"{shown(line)} is not a hash in base64", where=f"line {number}")
    return value


@dataclass(frozen=True)
class LogRule:
    """A log that is cosigned: its origin, the keys trusted for it, and whether its checkpoints may have extensions."""

    origin: str
    keys: tuple[VerifierKey, ...]
    allow_extensions: bool = False


@dataclass(frozen=True)
class Recorded:
    """What was last cosigned of a log: size, root, and the time of that cosignature."""

    size: int
    root: bytes
    time: int


@dataclass(frozen=True)
class Decision:
    """An answer: its HTTP status, and why in plain words.

    200 means that it may be signed, once `old` has been swapped for the checkpoint's size and root and that is
    durable. `body` is that of a 409. A 422 was rightly signed by the log, so the request is evidence.
    """

    status: int
    origin: str | None = None
    checkpoint: Checkpoint | None = None
    old: Recorded | None = None
    body: bytes = b""
    reason: str = ""


def decide(
    request_bytes: bytes,
    rule_of: Callable[[str], LogRule | None],
    recorded_of: Callable[[str], Recorded | None],
) -> Decision:
    """Whether a checkpoint may be cosigned, checked in the order of the statuses 400, 404, 403, 400, 409, 422, 200.

    Never raises, whatever the bytes are.
    """
    try:
        request = Request.parse(request_bytes)
        note = Note.parse(request.checkpoint)
        checkpoint = Checkpoint.parse(note.text)
    except AnswerableError as error:
        return Decision(400, reason=str(error))
    rule = rule_of(checkpoint.origin)
    if checkpoint.extension and not (rule and rule.allow_extensions):
        return Decision(400, checkpoint.origin, checkpoint, reason="extension lines are not cosigned here")
    if rule is None:
        return Decision(404, checkpoint.origin, checkpoint, reason="this log is not known here")
    try:
        verify_note(note, rule.keys)
    except SignatureError as error:
        return Decision(403, checkpoint.origin, checkpoint, reason=str(error))
    return decide_growth(request.old, request.proof, checkpoint, recorded_of(checkpoint.origin))


def decide_growth(old: int, proof: Sequence[bytes], checkpoint: Checkpoint, recorded: Recorded | None) -> Decision:
    """The part of `decide` that comes after the signature: is this the next head of what was recorded?

    The log's own signer decides by it alone, because what it is asked to sign bears no signature yet.
    """

    def answer(status: int, reason: str = "", body: bytes = b"") -> Decision:
        return Decision(status, checkpoint.origin, checkpoint, recorded, body, reason)

    if old > checkpoint.size:
        return answer(400, f"the old size {old} is above the checkpoint's {checkpoint.size}")
    size = 0 if recorded is None else recorded.size
    if old != size:
        return answer(409, f"the last size cosigned here is {size}", f"{size}\n".encode())
    if checkpoint.size == 0 and checkpoint.root != tree.EMPTY_ROOT:
        return answer(422, "a log without entries has the empty root")
    old_root = tree.EMPTY_ROOT if recorded is None else recorded.root
    try:
        tree.verify_consistency(size, checkpoint.size, proof, old_root, checkpoint.root)
    except AnswerableError as error:
        return answer(422, f"not an extension of {size}: {error.what}")
    return answer(200)
