"""One table of who may do what with which compartment, and the only function that answers from it.

A row gives one role some acts on one compartment of one kind of record, at some stages and on some tracks, from a day
on. Rows are added or ended, never edited. Wraps to make, buttons, fields of the API, exports, search and print all ask
`Table.allowed`, so there is no second place that could answer otherwise. Nothing here reads a clock, a file or a
database: the day and the facts of the case are arguments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

#: What a role can do. ``review``, ``investigate`` and ``judge`` are acts beside ``decide``, so that the table itself
#: shows which duties must never meet in one person.
ACTS = (
    "read",
    "add",
    "grant",
    "release",
    "redact",
    "decide",
    "review",
    "investigate",
    "judge",
    "open_original",
)
#: Facts a row may ask for, each established by whoever asks: the record is her own; the deliberation is that of the
#: body the person sits in; the person concerned consented; an identity was released to the person; a judge ordered it;
#: the item was admitted; the person is trained to deal with children, or the victim is known to be an adult.
NEEDS = ("own", "own_body", "consent", "release", "order", "admitted", "trained_child")
#: The fact that closes a record to a person whatever the table says: struck out by the reporter, or recused.
BARRED = "barred"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. Empty ``stages`` and ``tracks`` mean any; ``first`` is its first day, ``last`` its last, if it has one.

    ``outcomes`` limits what a role with ``decide`` may decide (empty: whatever the procedure offers). ``line`` is the
    line of the file, for messages; two rows that differ only in it are the same.
    """

    role: str
    record: str
    compartment: str
    acts: frozenset[str]
    first: date
    because: str
    last: date | None = None
    stages: frozenset[str] = frozenset()
    tracks: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()
    line: int = field(default=0, compare=False)

    def in_force(self, on: date) -> bool:
        """Whether the row counts on this day."""
        return self.first <= on and (self.last is None or on <= self.last)

    def at(self, stage: str, track: str | None) -> bool:
        """Whether the row covers this stage and track."""
        return (not self.stages or stage in self.stages) and (not self.tracks or track in self.tracks)

    def order(self) -> tuple[object, ...]:
        """A place among rows that does not depend on where a file has them: the weakest demands, then the oldest."""
        words = (sorted(group) for group in (self.needs, self.stages, self.tracks, self.acts, self.outcomes))
        last = self.last or date.max
        return (len(self.needs), self.first, last, self.because, self.role, *(tuple(each) for each in words))


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a record: who owns what is there, which act ends the wait, which act tells the person concerned."""

    name: str
    owner: str | None = None
    clock: str | None = None
    tells: str | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer: true or false, the row that decided it, and why, in words for a log or an officer, never a reporter.

    A refusal gives the row that would have allowed it with more, if there is one.
    """

    allowed: bool
    because: str
    row: Row | None = None

    def __bool__(self) -> bool:
        return self.allowed

    def permits(self, outcome: str) -> bool:
        """Whether what is allowed covers deciding this outcome."""
        return self.allowed and self.row is not None and (not self.row.outcomes or outcome in self.row.outcomes)


@dataclass(frozen=True, slots=True)
class Holder:
    """A role that reads a compartment, and the facts that must hold first."""

    role: str
    needs: frozenset[str]


class Table:
    """The rows, found fast. Equal for any order of the same rows."""

    def __init__(
        self, rows: Iterable[Row], stages: Mapping[str, tuple[Stage, ...]], roles: Collection[str] | None = None
    ) -> None:
        self.rows = tuple(sorted(rows, key=lambda row: (row.record, row.compartment, row.order())))
        self.stages = MappingProxyType(dict(stages))
        self.roles = frozenset(roles) if roles is not None else frozenset(row.role for row in self.rows)
        self._names = {record: frozenset(stage.name for stage in each) for record, each in self.stages.items()}
        self._found: dict[tuple[str, str, str, str], list[Row]] = {}
        for row in self.rows:
            for act in row.acts:
                self._found.setdefault((row.role, row.record, row.compartment, act), []).append(row)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and (self.rows, self.stages, self.roles) == (
            other.rows,
            other.stages,
            other.roles,
        )

    def __hash__(self) -> int:
        return hash(self.rows)

    def __repr__(self) -> str:
        return f"<Table of {len(self.rows)} rows>"

    def allowed(
        self,
        role: str,
        record: str,
        compartment: str,
        act: str,
        *,
        stage: str,
        on: date,
        track: str | None = None,
        facts: Collection[str] = (),
    ) -> Verdict:
        """Whether ``role`` may do ``act`` with ``compartment`` of a ``record`` that is at ``stage``, on this day.

        ``record`` is report, case or file; ``compartment`` a code such as narrative; ``track`` one of the case's, or
        None; ``facts`` hold words of `NEEDS`, or `BARRED`. What the table does not know is refused.
        """
        if BARRED in facts:
            return Verdict(False, "the person is struck out or recused here")
        if stage not in self._names.get(record, ()):
            return Verdict(False, f"a {record} has no stage “{stage}”")
        rows = self._found.get((role, record, compartment, act), ())
        here = [row for row in rows if row.in_force(on) and row.at(stage, track)]
        for row in here:
            if row.needs <= set(facts):
                return Verdict(True, row.because, row)
        if here:
            missing = " and ".join(sorted(here[0].needs.difference(facts)))
            return Verdict(False, f"it needs {missing}", here[0])
        return Verdict(False, f"no row gives {role or 'nobody'} {act} of {record}/{compartment} at {stage} that day")

    def holders(
        self, record: str, compartment: str, *, stage: str, on: date, track: str | None = None
    ) -> tuple[Holder, ...]:
        """The roles that read here, to whose persons a key is wrapped; one with the fewest needs for each role."""
        return self._with("read", record, compartment, stage, track, on)

    def granters(
        self, record: str, compartment: str, *, stage: str, on: date, track: str | None = None
    ) -> tuple[Holder, ...]:
        """The roles that may wrap the key to others here."""
        return self._with("grant", record, compartment, stage, track, on)

    def _with(
        self, act: str, record: str, compartment: str, stage: str, track: str | None, on: date
    ) -> tuple[Holder, ...]:
        if stage not in self._names.get(record, ()):
            return ()
        found: dict[str, Holder] = {}
        for row in self.rows:
            here = (row.record, row.compartment) == (record, compartment) and act in row.acts
            if here and row.in_force(on) and row.at(stage, track):
                found.setdefault(row.role, Holder(row.role, row.needs))
        return tuple(found[role] for role in sorted(found))

    def may(self, role: str, on: date) -> tuple[Row, ...]:
        """Every row of a role in force that day: what it may do at all."""
        return tuple(row for row in self.rows if row.role == role and row.in_force(on))

    def first_grants(self, role: str, on: date, facts: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
        """What a reader of this role is wrapped to when a record is made: (record, compartment) at its first stage.

        Only reports and files are made by those who are not staff; a case's first wraps go to the persons assigned.
        """
        grants = [
            (record, compartment)
            for record, compartment in sorted({(row.record, row.compartment) for row in self.rows})
            if record in ("report", "file") and (each := self.stages.get(record))
            if self.allowed(role, record, compartment, "read", stage=each[0].name, on=on, facts=facts)
        ]
        return tuple(grants)


def table(rows: Iterable[Row], stages: Mapping[str, tuple[Stage, ...]], roles: Collection[str] | None = None) -> Table:
    """The table of these rows. ``stages`` names the stages of each kind of record, first one first."""
    return Table(rows, stages, roles)


def allowed(
    among: Table,
    role: str,
    record: str,
    compartment: str,
    act: str,
    stage: str,
    track: str | None,
    facts: Collection[str],
    on: date,
) -> Verdict:
    """`Table.allowed` with every argument in its place."""
    return among.allowed(role, record, compartment, act, stage=stage, track=track, facts=facts, on=on)
