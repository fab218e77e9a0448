"""Letters: who wrote to whom, when, and how we know."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from typing import Literal

#: We hold the letter itself, or only a passage of another source that attests it.
Held = Literal["document", "excerpt"]
HELD: tuple[Held, ...] = ("document", "excerpt")

#: Stands where a date is not known; the reason stands beside it.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Party:
    """One side of a correspondence: ``name`` in full, ``office`` as the record's entries and the clocks name it."""

    code: str
    name: str
    office: str


@dataclass(frozen=True)
class Document:
    """One file that belongs to a letter; with ``held`` "excerpt" size and hash are those of the excerpt."""

    title: str
    language: str
    bytes: int
    sha256: str
    held: Held
    url: str | None = None
    file: str | None = None
    content: builtins.bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Letter:
    """One letter. Dates are ``YYYY-MM-DD``; ``dated`` is None when unknown, and then ``dated_why`` says why.

    ``from_``, ``to``, ``on_behalf`` and ``obligor`` are codes of parties; ``in_reply_to`` holds labels of letters;
    ``text`` is the held or excerpted text when the document is plain text.
    """

    label: str
    dated: str | None
    dated_why: str | None
    sent: str | None
    received: str | None
    from_: str
    to: str
    on_behalf: str | None
    in_reply_to: tuple[str, ...]
    subject: str
    language: str
    obligor: str | None
    due: str | None
    rule: str | None
    summary: str
    summary_by: str
    source: str
    held: Held
    documents: tuple[Document, ...]
    text: str = ""
    notes: str | None = None

    @property
    def key(self) -> str:
        """The letter's name in the published record."""
        return f"letter:{self.label}"
