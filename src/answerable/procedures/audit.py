"""Did what was done keep the rules: a case against the procedure it names and against the statements on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from answerable.procedures.casefile import Case, Moment
from answerable.procedures.collection import Collection
from answerable.procedures.course import PLAIN, Course, course
from answerable.procedures.duties import Deviation
from answerable.procedures.errors import CaseProblem
from answerable.procedures.facts import Background, Reasoner
from answerable.procedures.finding import Json
from answerable.procedures.fold import State, run
from answerable.procedures.plan import Plan
from answerable.procedures.procedure import Procedure
from answerable.procedures.reporting import columns
from answerable.procedures.verdicts import Verdict, governing, in_force, verdict

Cell = Literal["departs", "undetermined", "open", "conforms", "nothing applied"]


@dataclass(frozen=True, slots=True)
class Run:
    """A case executed under one version of its procedure."""

    procedure: Procedure
    state: State


@dataclass(frozen=True, slots=True)
class Audit:
    """One case. ``runs`` are its procedure's candidate versions: several, or one with ``version_undetermined``, where
    the day that chooses the version is not known. ``verdicts`` go by statement and norm, in the order of the files."""

    case: Case
    as_of: Moment
    known_at: Moment
    runs: tuple[Run, ...]
    version_undetermined: str | None
    verdicts: tuple[Verdict, ...]

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """All deviations: of every candidate version, and the breaches of norms, in print order."""
        found = [deviation for one in self.runs for deviation in one.state.deviations]
        found += [deviation for one in self.verdicts for deviation in one.deviations]
        return tuple(sorted(dict.fromkeys(found), key=lambda one: one.order))

    @property
    def irregular(self) -> bool:
        """Whether anything departs from a rule."""
        return any(one.kind != "undetermined" for one in self.deviations)

    def lines(self) -> list[str]:
        """What `audit` prints: the deviations from the procedure, then a verdict on each norm."""
        found = [] if self.version_undetermined is None else [self.version_undetermined]
        for one in self.runs:
            if len(self.runs) > 1 or self.version_undetermined:
                found.append(f"{one.procedure.name}, version {one.procedure.version}:")
            found += deviation_lines(one.state.deviations)
        width = max((len(one.norm) for one in self.verdicts), default=0)
        for verdict_ in self.verdicts:
            first, *others = verdict_.lines()
            found.append(f"{verdict_.norm.ljust(width)}  {first}")
            found += [f"{' ' * width}  {other}" for other in others]
        return found

    def data(self) -> dict[str, Json]:
        """What `audit` adds to a report."""
        return {
            "case": self.case.case,
            "constructed": self.case.constructed,
            "versions": [one.procedure.version for one in self.runs],
            "version_undetermined": self.version_undetermined,
            "deviations": [one.data() for one in self.deviations],
            "verdicts": [one.data() for one in self.verdicts],
        }


def deviation_lines(deviations: Iterable[Deviation]) -> list[str]:
    """Deviations, one a line; or that there is none."""
    rows = [(str(one.on), one.kind, one.act, one.about) for one in deviations]
    return columns(rows) or ["nothing irregular"]


def audit(
    collection: Collection,
    case: Case,
    *,
    as_of: Moment | None = None,
    known_at: Moment | None = None,
    reasoner: Reasoner | None = None,
) -> Audit:
    """Audit ``case`` as of a day: by default the one up to which it is told. A constructed case that names a procedure
    is held against that alone, never against what anybody said.

    Raises `CaseProblem` where there is no such day, or no version of the procedure can govern the case.
    """
    day = as_of or case.as_of
    if day is None:
        raise CaseProblem(f"the case “{case.case}” has no “as of”", place=case.place, todo="give --as-of DATE")
    background = Background(collection.vocabulary, reasoner)
    versions, note = _versions(collection, case, background, day, known_at)
    facts = {fact: recorded.value for fact, recorded in case.facts.items()}
    runs = []
    for procedure in versions:
        plan = Plan.of(procedure, collection.calendars[procedure.calendar], collection.vocabulary)
        state = run(plan, background, case.events, as_of=day, known_at=known_at, facts=facts)
        runs.append(Run(procedure, state))
    verdicts: tuple[Verdict, ...] = ()
    if not (case.constructed and case.procedure):
        calendar = collection.calendars[versions[0].calendar] if versions else PLAIN
        courses, pairs = course(case, background, calendar, as_of=day, known_at=known_at)
        named = {statement.name: statement for statement in collection.statements}
        verdicts = tuple(
            verdict(courses, pairs, statement, norm, governing(statement, named))
            for statement in collection.statements
            for norm in statement.norms
        )
    return Audit(case, day, day if known_at is None else known_at, tuple(runs), note, verdicts)


def _versions(
    collection: Collection, case: Case, background: Background, as_of: Moment, known_at: Moment | None
) -> tuple[list[Procedure], str | None]:
    """The versions that can govern the case, and a sentence if that is not certain."""
    every = sorted((one for one in collection.procedures if one.name == case.procedure), key=lambda one: one.version)
    if not every:
        return [], None
    possible: list[Procedure] = []
    certain = True
    for procedure in every:
        calendar = collection.calendars[procedure.calendar]
        courses, _ = course(case, background, calendar, as_of=as_of, known_at=known_at)
        governs = _governs(courses, procedure)
        if governs is not False:
            possible.append(procedure)
            certain = certain and governs is True
    if not possible:
        what = f"no version of “{case.procedure}” was in force on the day that chooses it"
        raise CaseProblem(what, place=case.place, todo="add the version, or correct “applies”")
    if certain and len(possible) == 1:
        return possible, None
    act = possible[0].applies.chosen_by
    numbers = " or ".join(str(one.version) for one in possible)
    return possible, f"version undetermined: the day of “{act}” does not tell whether version {numbers} governs"


def _governs(courses: Sequence[Course], procedure: Procedure) -> bool | None:
    answers = {in_force(one, procedure.applies) for one in courses}
    return answers.pop() if len(answers) == 1 else None


def matrix(
    collection: Collection,
    *,
    as_of: Moment | None = None,
    known_at: Moment | None = None,
    reasoner: Reasoner | None = None,
    constructed: bool = False,
) -> Mapping[str, Mapping[str, Cell]]:
    """Statements and procedures against cases: the real ones, or the ``constructed`` ones, which are never shown beside
    them. A row has a cell for each case that is held against it."""
    rows: dict[str, dict[str, Cell]] = {}
    for case in collection.cases:
        if case.constructed != constructed:
            continue
        found = audit(collection, case, as_of=as_of, known_at=known_at, reasoner=reasoner)
        for statement in collection.statements:
            names = {norm.full for norm in statement.norms}
            if own := [one for one in found.verdicts if one.norm in names]:
                rows.setdefault(statement.name, {})[case.case] = _statement_cell(own)
        if found.runs:
            cells = {_run_cell(run.state) for run in found.runs}
            row = rows.setdefault(found.runs[0].procedure.name, {})
            row[case.case] = cells.pop() if len(cells) == 1 else "undetermined"
    return rows


def _statement_cell(verdicts: Sequence[Verdict]) -> Cell:
    kinds = {one.verdict for one in verdicts}
    if "breached" in kinds:
        return "departs"
    if "undetermined" in kinds:
        return "undetermined"
    if kinds & {"open", "not done (no limit stated)"}:
        return "open"
    return "conforms" if "kept" in kinds else "nothing applied"


def _run_cell(state: State) -> Cell:
    if any(one.kind != "undetermined" for one in state.deviations):
        return "departs"
    if state.deviations:
        return "undetermined"
    states = {duty.state for duty in state.duties}
    if states & {"open", "overdue"}:
        return "open"
    return "conforms" if states & {"done", "done late"} else "nothing applied"
