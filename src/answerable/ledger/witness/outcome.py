"""What a witness answers, as HTTP and as the line it prints. No Django, no database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from answerable.ledger.wire import quoted
from answerable.record.note import Checkpoint, Note, Signature, SigningKey, VerifierKey, sign_checkpoint

TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


@dataclass(frozen=True)
class Outcome:
    """One answer: HTTP status, body and type; the log it is about, and what to print of it."""

    status: int
    body: bytes
    content_type: str
    origin: str
    said: str

    def line(self) -> str:
        """The line for a person."""
        return f"{self.status:<9} {quoted(self.origin or '-')}  {self.said}"

    def data(self) -> str:
        """The same for a machine, as one line of JSON."""
        return json.dumps({"origin": self.origin, "said": self.said, "status": self.status}, ensure_ascii=True)


def refused(status: int, origin: str, reason: str, said: str | None = None) -> Outcome:
    """A refusal with its reason in plain words; ``said`` if what is printed differs."""
    return Outcome(status, f"{reason}\n".encode(errors="replace"), TEXT, origin, said or f"refused: {quoted(reason)}")


def conflict(origin: str, recorded_size: int, asked: str) -> Outcome:
    """409: the size cosigned last, so that the client can build the proof from there."""
    said = f"refused: cosigned {recorded_size:,} last, {asked}"
    return Outcome(409, f"{recorded_size}\n".encode(), SIZE, origin, said)


def cosigned(origin: str, old: int, new: int, lines: Sequence[Signature]) -> Outcome:
    """200: our lines on the checkpoint."""
    body = "".join(line.line() for line in lines).encode()
    return Outcome(200, body, TEXT, origin, f"{old:,} -> {new:,}")


def cosign(
    note: Note, checkpoint: Checkpoint, log_keys: Iterable[VerifierKey], keys: Iterable[SigningKey], now: int
) -> tuple[list[Signature], Note]:
    """Our lines, and the checkpoint as monitors get it: the log's own lines that were verified, then ours."""
    trusted = {(key.name, key.id) for key in log_keys}
    lines = [sign_checkpoint(checkpoint, key, now) for key in keys]
    kept = [line for line in note.signatures if (line.name, line.id) in trusted]
    return lines, Note(note.text, (*dict.fromkeys(kept), *lines))


def report(outcome: Outcome, *, as_json: bool) -> None:
    """Print what was answered, one line, at once."""
    sys.stdout.write((outcome.data() if as_json else outcome.line()) + "\n")
    sys.stdout.flush()
