"""A whole correspondence, held in memory: everything of it, each kind in its fixed order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from answerable.correspondence import codec
from answerable.correspondence.codec import Unit
from answerable.correspondence.letters import Letter, Party
from answerable.correspondence.questions import Assessment, Claim, Correction, Rejoinder, Slot, Unplaced
from answerable.correspondence.statements import Statement


@dataclass(frozen=True)
class Correspondence:
    """All of it. Every tuple is in the order of its labels, with numbers inside labels counted as numbers."""

    title: str
    languages: tuple[str, ...]
    parties: tuple[Party, ...]
    letters: tuple[Letter, ...] = ()
    slots: tuple[Slot, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    claims: tuple[Claim, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    rejoinders: tuple[Rejoinder, ...] = ()
    statements: tuple[Statement, ...] = ()
    corrections: tuple[Correction, ...] = ()

    def units(self) -> Iterator[Unit]:
        """Everything that is published as an entry of its own; a statement once per version."""
        yield from self.letters
        yield from self.slots
        yield from self.unplaced
        yield from self.claims
        yield from self.assessments
        yield from self.rejoinders
        for statement in self.statements:
            for version in statement.versions:
                yield replace(statement, versions=(version,))
        yield from self.corrections

    def keys(self) -> Iterator[str]:
        """The key of every unit."""
        return map(codec.key_of, self.units())


def order(label: str) -> list[tuple[int, int, str]]:
    """Sorts L2 before L10."""
    return [(0, int(part), part) if part.isdigit() else (1, 0, part) for part in re.findall(r"[0-9]+|[^0-9]+", label)]


def tidy(correspondence: Correspondence) -> Correspondence:
    """The same correspondence with every tuple in its fixed order."""
    by_id: Callable[[Unplaced | Claim | Assessment | Rejoinder | Correction | Statement], object]
    by_id = lambda item: order(item.id)  # noqa: E731  # one short key for six sorts
    return replace(
        correspondence,
        parties=tuple(sorted(correspondence.parties, key=lambda party: order(party.code))),
        letters=tuple(sorted(correspondence.letters, key=lambda letter: order(letter.label))),
        slots=tuple(sorted(correspondence.slots, key=lambda slot: (order(slot.letter), slot.slot))),
        unplaced=tuple(sorted(correspondence.unplaced, key=by_id)),
        claims=tuple(sorted(correspondence.claims, key=lambda claim: (order(claim.about), order(claim.id)))),
        assessments=tuple(sorted(correspondence.assessments, key=by_id)),
        rejoinders=tuple(sorted(correspondence.rejoinders, key=by_id)),
        statements=tuple(sorted(correspondence.statements, key=by_id)),
        corrections=tuple(sorted(correspondence.corrections, key=by_id)),
    )
