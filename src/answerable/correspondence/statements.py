"""Statements: one utterance, and every version of its words that somebody made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MadeHow = Literal["recording", "own_transcript", "official_transcript", "quotation"]
MADE_HOW: tuple[MadeHow, ...] = ("recording", "own_transcript", "official_transcript", "quotation")

Complete = Literal["complete", "excerpt", "unknown"]
COMPLETE: tuple[Complete, ...] = ("complete", "excerpt", "unknown")


@dataclass(frozen=True)
class Version:
    """One version of a statement's words: who made it, how, and whether it is all of them."""

    id: str
    made_by: str
    made_how: MadeHow
    language: str
    complete: Complete
    source: str
    file: str
    text: str
    sha256: str
    note: str | None = None
    content: bytes = field(default=b"", repr=False)

    @property
    def key(self) -> str:
        """The version's name in the published record."""
        return f"version:{self.id}"


@dataclass(frozen=True)
class Statement:
    """One utterance by one person; its versions count as one utterance, however many there are."""

    id: str
    speaker: str
    office: str
    occasion: str
    dated: str | None
    versions: tuple[Version, ...]
    dated_why: str | None = None
