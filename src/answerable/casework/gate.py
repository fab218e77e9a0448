"""The gate: the only way to a record. What is sealed to someone is, to them, what never existed.

One query joins the record and the person's right to it; the access table then says what the right covers. There is no
branch for "forbidden": both are None.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from answerable.casework import policies
from answerable.casework.models import Ownership, Person, Record
from answerable.sealing.access import Table, Verdict
from answerable.sealing.place import COMPARTMENTS, Compartment
from answerable.sealing.place import Record as RecordKind

#: Acts of which any makes a record visible to someone.
_SEES = ("read", "add", "grant", "decide", "review", "release", "investigate", "judge")


@dataclass(frozen=True)
class Seen:
    """A record that a person may see on a day, with the roles that let them, and the facts the table asks for."""

    record: Record
    person: Person
    roles: tuple[str, ...]
    on: date
    facts: frozenset[str]
    table: Table

    def may(self, compartment: Compartment, act: str) -> Verdict:
        """What the table says to ``act`` with a compartment, under whichever of the person's roles allows it."""
        found = Verdict(False, "no role here")
        for role in self.roles:
            found = self.table.allowed(
                role,
                self.record.kind,
                compartment.code,
                act,
                stage=self.record.stage,
                on=self.on,
                facts=self.facts,
            )
            if found:
                return found
        return found

    def compartments(self, act: str) -> tuple[Compartment, ...]:
        """The compartments that ``act`` is allowed with."""
        return tuple(one for one in COMPARTMENTS[RecordKind.of(self.record.kind)] if self.may(one, act))

    def role_for(self, compartment: Compartment, act: str) -> str:
        """The role under which ``act`` is done. Empty when none allows it."""
        verdict = self.may(compartment, act)
        return verdict.row.role if verdict and verdict.row else ""

    def roles_with(self, compartment: Compartment, act: str) -> tuple[str, ...]:
        """Every role of the person's that allows ``act`` by itself."""
        return tuple(role for role in self.roles if replace(self, roles=(role,)).may(compartment, act))

    @property
    def anything(self) -> bool:
        """Whether the table allows anything at all here."""
        return any(self.may(one, act) for one in COMPARTMENTS[RecordKind.of(self.record.kind)] for act in _SEES)


def today() -> date:
    """The UTC day."""
    return datetime.now(UTC).date()


def find(
    person: Person | None,
    handle: str,
    compartment: Compartment | None = None,
    act: str | None = None,
    *,
    on: date | None = None,
    folder: Path | None = None,
) -> Seen | None:
    """The record called ``handle`` as this person may see it, else None; with ``compartment`` and ``act``, only when
    the table allows that as well. Nobody (None) sees nothing, whoever else is nobody."""
    if person is None or person.pk is None:
        return None
    day = on or today()
    record = Record.objects.open_to(person, day).select_related("case").filter(handle=handle).first()
    found = seen(person, record, day, folder) if record else None
    if found is None or compartment is None or act is None:
        return found
    return found if found.may(compartment, act) else None


def among(person: Person, records: Iterable[Record], on: date, folder: Path | None = None) -> list[Seen]:
    """Those of ``records`` (from `Records.open_to`) that the table lets this person see."""
    return [found for record in records if (found := seen(person, record, on, folder))]


def seen(person: Person, record: Record, on: date, folder: Path | None = None) -> Seen | None:
    """A row of `Records.open_to` under the table; None when the table allows nothing of it."""
    roles = tuple(sorted(set(str(getattr(record, "roles", "") or "").split(",")) - {""}))
    found = Seen(record, person, roles, on, _facts(person, record, roles), policies.table(folder))
    return found if found.anything else None


def _facts(person: Person, record: Record, roles: tuple[str, ...]) -> frozenset[str]:
    # A case's deliberation is that of the people assigned to it, which is what let them here.
    facts = {"own_body"} if record.kind == "case" and roles else set()
    if getattr(record, "owned", False):
        facts.add("own")
    if person.trained_child:
        facts.add("trained_child")
    if "assistance" in record.consents.split():
        facts.add("consent")
    return frozenset(facts)


def owns(person: Person | None, record: Record) -> bool:
    """Whether this very person is accountable for the record. A record without an owner is not nobody's."""
    if person is None or person.pk is None:
        return False
    return Ownership.objects.filter(record=record.case or record, until=None, person=person).exists()
