"""Questions and what became of each: two independent facts, and who claims what about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TextStatus = Literal["full", "partial", "paraphrase", "not_available"]
TEXT_STATUSES: tuple[TextStatus, ...] = ("full", "partial", "paraphrase", "not_available")

AnswerStatus = Literal[
    "unanswered_confirmed", "answered_claimed", "answered_accepted", "refused", "not_individually_known"
]
ANSWER_STATUSES: tuple[AnswerStatus, ...] = (
    "unanswered_confirmed",
    "answered_claimed",
    "answered_accepted",
    "refused",
    "not_individually_known",
)

Answered = Literal["full", "partial", "none"]
ANSWERS: tuple[Answered, ...] = ("full", "partial", "none")


@dataclass(frozen=True)
class Slot:
    """One numbered question of a letter. ``text`` is None while its words are not available."""

    letter: str
    slot: int
    text: str | None
    text_status: TextStatus
    answer_status: AnswerStatus
    dated: str | None
    source: str
    query: str | None = None
    evidence: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The question's name in the published record."""
        return f"question:{self.letter}:{self.slot}"


@dataclass(frozen=True)
class Unplaced:
    """A question known to have been asked, in somebody's words, without its number."""

    id: str
    paraphrase: str
    dated: str | None
    source: str
    query: str | None = None

    @property
    def key(self) -> str:
        """The question's name in the published record."""
        return f"unplaced:{self.id}"


@dataclass(frozen=True)
class Claim:
    """What one side says about the questions of letter ``about``: so many of so many, these by number.

    ``letter`` is the letter in which the claim is made, ``opposes`` the id of a claim it contradicts.
    """

    speaker: str
    dated: str | None
    letter: str
    count: int | None
    of: int
    identified: tuple[int, ...]
    says: str
    opposes: str | None
    source: str
    id: str
    about: str = ""

    @property
    def key(self) -> str:
        """The claim's name in the published record."""
        return f"claim:{self.id}"


@dataclass(frozen=True)
class Answer:
    """How far a reply answers one question, and the passage that shows it (None with "none")."""

    slot: int
    answer: Answered
    passage: str | None = None


@dataclass(frozen=True)
class Assessment:
    """Somebody's judgement of which questions of ``letter`` the letter ``reply`` answers."""

    id: str
    letter: str
    reply: str
    assessor: str
    dated: str | None
    answers: tuple[Answer, ...]
    supersedes: str | None = None

    @property
    def key(self) -> str:
        """The assessment's name in the published record."""
        return f"assessment:{self.id}"


@dataclass(frozen=True)
class Rejoinder:
    """The assessed party's own reply to assessment ``to``, shown beside it."""

    id: str
    to: str
    party: str
    dated: str | None
    text: str

    @property
    def key(self) -> str:
        """The rejoinder's name in the published record."""
        return f"rejoinder:{self.id}"


@dataclass(frozen=True)
class Correction:
    """Words set beside something published (``of``, its key) because it was wrong; the published words stay."""

    id: str
    of: str
    text: str
    reason: str
    dated: str | None = None

    @property
    def key(self) -> str:
        """The correction's name in the published record."""
        return f"correction:{self.id}"
