"""What a reader may set aside before an analysis: assumptions, weaker forces, texts not in force on a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from answerable.procedures.collection import Collection
from answerable.procedures.errors import ProceduresError
from answerable.procedures.fields import listed
from answerable.procedures.norm import Norm, Reading
from answerable.procedures.statement import Statement

WEAKER_FORCES = ("practice", "intention", "request", "endorsement")


@dataclass(frozen=True, slots=True)
class Settings:
    """``without``: assumptions dropped; ``weaken``: forces whose duties become permissions.

    ``largest``: how many norms a contradiction may need; ``on``: leave out instruments not in force that day.
    """

    without: tuple[str, ...] = ()
    weaken: tuple[str, ...] = ()
    largest: int = 4
    on: date | None = None

    def prepare(self, collection: Collection) -> Collection:
        """The collection as these settings leave it. Raises `ProceduresError` for a name that means nothing here."""
        known = [assumption.id for assumption in collection.vocabulary.assumptions]
        for name in self.without:
            if name not in known:
                todo = f"name one of this vocabulary: {listed(known)}" if known else "this vocabulary has none"
                raise ProceduresError(f"“{name}” is not an assumption", todo=todo)
        for force in self.weaken:
            if force not in WEAKER_FORCES:
                raise ProceduresError(f"“{force}” cannot be weakened", todo=f"write {listed(WEAKER_FORCES)}")
        if not 2 <= self.largest <= 12:
            raise ProceduresError(f"contradictions of {self.largest} norms cannot be sought", todo="write 2 to 12")
        kept = tuple(found for found in collection.vocabulary.assumptions if found.id not in self.without)
        statements = tuple(self._weakened(found) for found in collection.statements if self._in_force(found))
        return replace(collection, vocabulary=replace(collection.vocabulary, assumptions=kept), statements=statements)

    def _in_force(self, statement: Statement) -> bool:
        applies = statement.applies
        if self.on is None or applies is None:
            return True
        return applies.from_ <= self.on and (applies.to is None or self.on <= applies.to)

    def _weakened(self, statement: Statement) -> Statement:
        return replace(statement, norms=tuple(self._weak(norm) for norm in statement.norms))

    def _weak(self, norm: Norm) -> Norm:
        if norm.force not in self.weaken:
            return norm
        return replace(norm, readings=tuple(weakened(reading) for reading in norm.readings))


def weakened(reading: Reading) -> Reading:
    """A reading whose duties are taken as permissions: ``must`` allows its acts, ``only`` keeps what it allows, and
    ``must not`` and ``alone`` fall silent."""
    match reading.mode:
        case "must":
            acts = tuple(dict.fromkeys(act for choice in reading.choices for act in choice))
            return replace(reading, mode="may", choices=(), allowed=acts, otherwise=None)
        case "only":
            return replace(reading, mode="may", forbidden=(), otherwise=None)
        case "must not" | "alone":
            return replace(reading, mode="may", forbidden=(), reserved=(), otherwise=None)
        case _:
            return reading
