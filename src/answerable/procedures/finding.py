"""What an analysis found, with the passages it stands on and everything it leans on.

A finding without a passage does not exist: its norms carry file, line and words, and the line of the source those words
stand on; where it speaks of no norm, it has the place in the files it speaks of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from answerable.procedures.errors import Place

Severity = Literal["error", "fault", "gap", "note"]
Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]

#: What a finding may lean on, in the order in which it is listed.
LeanKind = Literal[
    "reading", "assumption", "force", "paraphrase", "account", "taken as", "impersonal", "rank", "judgment"
]
LEAN_KINDS: tuple[LeanKind, ...] = (
    "reading", "assumption", "force", "paraphrase", "account", "taken as", "impersonal", "rank", "judgment"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NormReference:
    """A norm as a finding cites it: full name, place in its file, words or paraphrase, and where the source has them.

    Exactly one of ``says`` and ``gist`` is given. ``source_line`` is None for words that are not held.
    """

    norm: str
    file: str
    line: int
    source: str
    says: str | None = None
    gist: str | None = None
    source_line: int | None = None

    def data(self) -> dict[str, Json]:
        """The reference as JSON."""
        words: dict[str, Json] = {"says": self.says} if self.gist is None else {"gist": self.gist}
        place: dict[str, Json] = {"file": self.file, "line": self.line}
        return {"norm": self.norm, "source": self.source, "source_line": self.source_line, **place, **words}


@dataclass(frozen=True, slots=True)
class Lean:
    """One thing without which the finding would not stand: its kind, what it is about, and a sentence."""

    kind: LeanKind
    what: str
    text: str

    def data(self) -> dict[str, Json]:
        """The support as JSON."""
        return {"kind": self.kind, "what": self.what, "text": self.text}


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of an analysis.

    ``answers`` are those of every statement in the case shown; ``makers`` names the statements that make the finding.
    ``case`` is the whole case shown and ``facts_that_matter`` its shortest form; values are written as in the files.
    ``about`` is what a finding without norms speaks of (a fact, an act, a pair of statements); ``place`` is where that
    stands.
    """

    severity: Severity
    kind: str
    text: str
    norms: tuple[NormReference, ...] = ()
    acts: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    makers: tuple[str, ...] = ()
    case: Mapping[str, str] = field(default_factory=dict)
    facts_that_matter: Mapping[str, str] = field(default_factory=dict)
    conduct: tuple[str, ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)
    leans_on: tuple[Lean, ...] = ()
    details: Mapping[str, Json] = field(default_factory=dict)
    about: str = ""
    place: Place | None = None

    @property
    def id(self) -> str:
        """Twelve hex digits that outlive reformatting: lines, texts and example cases do not enter."""
        parts: dict[str, Json] = {
            "acts": list(self.acts),
            "answers": {name: self.answers[name] for name in self.makers if name in self.answers},
            "kind": self.kind,
            "norms": [norm.norm for norm in self.norms],
            "readings": dict(self.readings),
        }
        if self.about:
            parts["about"] = self.about
        text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def data(self) -> dict[str, Json]:
        """The finding as JSON, with every member present."""
        details: dict[str, Json] = dict(self.details)
        if self.about:
            details["about"] = self.about
        if self.place:
            details |= {"file": self.place.file, "line": self.place.line}
        if self.makers:
            details["made_by"] = list(self.makers)
        return {
            "id": self.id,
            "severity": self.severity,
            "kind": self.kind,
            "text": self.text,
            "norms": [norm.data() for norm in self.norms],
            "acts": list(self.acts),
            "answers": dict(self.answers),
            "case": dict(self.case),
            "facts_that_matter": dict(self.facts_that_matter),
            "conduct": list(self.conduct),
            "readings": dict(self.readings),
            "leans_on": [lean.data() for lean in self.leans_on],
            "details": details,
        }


def leans(found: Iterable[Lean]) -> tuple[Lean, ...]:
    """Each support once, by kind in the order of `LEAN_KINDS`; within a kind as they came."""
    return tuple(sorted(dict.fromkeys(found), key=lambda lean: LEAN_KINDS.index(lean.kind)))


def ordered(findings: Iterable[Finding], acts: Iterable[str]) -> tuple[Finding, ...]:
    """Findings by file, norm (by line), kind, and act as declared; each once by id, the first with its witness."""
    rank = {act: position for position, act in enumerate(acts)}

    def key(found: Finding) -> tuple[object, ...]:
        places = [(norm.file, norm.line, norm.norm) for norm in found.norms]
        if found.place:
            places = places or [(found.place.file, found.place.line, found.about)]
        names = tuple((rank.get(act, len(rank)), act) for act in found.acts)
        return (places, found.kind, names, found.about, sorted(found.readings.items()), found.id)

    unique: dict[str, Finding] = {}
    for found in sorted(findings, key=key):
        unique.setdefault(found.id, found)
    return tuple(unique.values())


def in_words(facts: Mapping[str, str], yes_no: Iterable[str]) -> str:
    """A short case for a sentence: ``credible, not open, accused = staff``; ``yes_no`` names the yes/no facts."""
    bare = frozenset(yes_no)
    words = [
        (fact if value == "yes" else f"not {fact}") if fact in bare else f"{fact} = {value}"
        for fact, value in facts.items()
    ]
    return ", ".join(words) or "any case"
