"""A report: what one command found in one collection, with the settings it was made under."""

from __future__ import annotations

from collections.abc import Collection as Container
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from answerable.procedures.collection import Collection
from answerable.procedures.finding import Finding, Json
from answerable.procedures.situations import Table

Command = Literal["check", "compare", "ask", "run", "audit", "coverage", "show", "all"]

FORMAT = "answerable-procedures/1"
_TITLES: Mapping[Command, str] = {
    "check": "what its statements and procedures lack",
    "compare": "its statements against each other",
    "ask": "what its statements answer",
    "run": "what a procedure obliges today",
    "audit": "what was done against what is said",
    "coverage": "how much of its sources is encoded",
    "show": "its statements",
    "all": "what its statements say, and what they leave open",
}


@dataclass(frozen=True, slots=True)
class Report:
    """One report. ``parts`` are what its command adds to the JSON, ``lines`` what it prints, ``tables`` what a page
    draws. ``complete`` is false where a stated bound was reached; the lines say which. ``irregular``:
    something was done or left that departs from a rule.
    """

    command: Command
    collection: Collection
    findings: tuple[Finding, ...] = ()
    lines: tuple[str, ...] = ()
    parts: Mapping[str, Json] = field(default_factory=dict)
    settings: Mapping[str, Json] = field(default_factory=dict)
    complete: bool = True
    tables: tuple[Table, ...] = ()
    irregular: bool = False

    @property
    def title(self) -> str:
        """The report in a few words."""
        return _TITLES[self.command]

    def data(self) -> dict[str, Json]:
        """The report as JSON; the shipped schema `procedures-1.json` describes it."""
        return {
            "format": FORMAT,
            "command": self.command,
            "collection": {"name": self.collection.name, "digest": self.collection.digest},
            "settings": dict(self.settings),
            "complete": self.complete,
            "findings": [found.data() for found in self.findings],
            **self.parts,
        }

    def text(self) -> str:
        """The report for a person, with the digest of the files it is about."""
        return "\n".join([*self.lines, f"collection {self.collection.name}, sha256 {self.collection.digest}"]) + "\n"

    def fails(self, severities: Container[str]) -> bool:
        """Whether anything of these severities was found; what departs from a rule counts as a fault."""
        return (self.irregular and "fault" in severities) or any(
            found.severity in severities for found in self.findings
        )

    @staticmethod
    def subject(found: Finding) -> str:
        """What a finding is about, in a word: its norms, its procedure, its fact."""
        if found.norms:
            return " × ".join(norm.norm for norm in found.norms)
        procedure = found.details.get("procedure")
        if isinstance(procedure, str):
            return procedure
        return found.kind if found.severity == "error" else found.about or ", ".join(found.acts) or found.kind
