"""Each command's report: what it reads, which analyses it asks, and what it prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from answerable.procedures import ask as asking
from answerable.procedures import audit as auditing
from answerable.procedures import check as checking
from answerable.procedures import compare as comparing
from answerable.procedures import coverage as covering
from answerable.procedures import encodings, show
from answerable.procedures.casefile import Case, Moment
from answerable.procedures.check_procedures import Profile
from answerable.procedures.collection import Collection
from answerable.procedures.errors import CaseProblem, ProceduresError
from answerable.procedures.fields import listed
from answerable.procedures.finding import Json
from answerable.procedures.reason import Known
from answerable.procedures.report import Report
from answerable.procedures.reporting import columns
from answerable.procedures.settings import Settings
from answerable.procedures.situations import Table, tables


@dataclass(frozen=True, slots=True)
class Days:
    """The day up to which a case is told, and the day up to which it was known; None: the case's own."""

    as_of: Moment | None = None
    known_at: Moment | None = None


def said(settings: Settings, days: Days | None = None) -> dict[str, Json]:
    """The settings as a report prints them."""
    days = days or Days()
    return {
        "without": list(settings.without),
        "weaken": list(settings.weaken),
        "largest": settings.largest,
        "on": settings.on.isoformat() if settings.on else None,
        "as_of": days.as_of.isoformat() if days.as_of else None,
        "known_at": days.known_at.isoformat() if days.known_at else None,
    }


def check(
    collection: Collection,
    settings: Settings,
    *,
    more: Iterable[ProceduresError] = (),
    profile: Profile | None = None,
) -> Report:
    """What the files lack. The one report that is made of files with errors."""
    found = checking.check(collection, settings, more, profile)
    lines = tuple(show.check_lines(found.findings, found.extents))
    return Report("check", collection, found.findings, lines, {}, said(settings), found.complete)


def coverage(collection: Collection, settings: Settings) -> Report:
    """How much of each source is encoded."""
    found = covering.coverage(collection.sound())
    lines = tuple(show.coverage_lines(found))
    return Report("coverage", collection, (), lines, {"sources": [one.data() for one in found]}, said(settings))


def shown(collection: Collection, settings: Settings, name: str | None) -> Report:
    """A norm, a statement or a procedure, or everything, with its words."""
    lines = tuple(show.show_lines(collection.sound(), name))
    return Report("show", collection, (), lines, {"lines": list(lines)}, said(settings))


def compare(collection: Collection, settings: Settings) -> Report:
    """The statements against each other."""
    found = comparing.compare(collection.sound(), settings)
    return Report(
        "compare",
        collection,
        found.findings,
        tuple(found.lines()) or ("fewer than two statements: nothing to compare",),
        {},
        said(settings),
        found.complete,
        drawn(collection, settings),
    )


def drawn(collection: Collection, settings: Settings) -> tuple[Table, ...]:
    """The tables of who says what in which situation."""
    prepared = settings.prepare(collection)
    return tables(prepared, Known(prepared.vocabulary).consistent)


def compare_with(collection: Collection, other: Collection, settings: Settings) -> Report:
    """Two encodings of the same statements against each other, each by its own file."""
    found = encodings.compare_with(collection.sound(), other.sound(), settings)
    return Report("compare", collection, found.findings, tuple(found.lines()), {}, said(settings), found.complete)


def count(collection: Collection, settings: Settings, kind: str) -> Report:
    """How many kinds of case differ or contradict for one kind of acts."""
    lines = tuple(encodings.count(collection.sound(), kind, settings))
    return Report("compare", collection, (), lines, {"lines": list(lines)}, said(settings))


def ask(collection: Collection, settings: Settings) -> Report:
    """What the statements answer to the questions on file."""
    found = asking.ask(collection.sound(), settings)
    parts: Mapping[str, Json] = {"questions": found.data()}
    return Report("ask", collection, found.findings, tuple(found.lines()), parts, said(settings), found.complete)


def case_named(collection: Collection, name: str | None) -> Case:
    """The case with this name. Raises CaseProblem, naming those there are."""
    cases = {case.case: case for case in collection.cases}
    if name is None or name not in cases:
        what = "no case is named" if name is None else f"there is no case “{name[:60]}”"
        raise CaseProblem(what, todo=f"give --case with {listed(cases)}" if cases else "this collection has no cases")
    return cases[name]


def run(collection: Collection, settings: Settings, name: str | None, days: Days) -> Report:
    """The duties of a case under its procedure, of each version that may govern it."""
    found = _audited(collection, settings, name, days)
    if not found.runs:
        raise CaseProblem(
            f"the case “{found.case.case}” names no procedure", place=found.case.place, todo="add “procedure: …”"
        )
    lines: list[str] = [found.version_undetermined] if found.version_undetermined else []
    for one in found.runs:
        if len(found.runs) > 1:
            lines.append(f"{one.procedure.name}, version {one.procedure.version}:")
        lines += one.state.lines()
    parts = dict(found.runs[0].state.data())
    if len(found.runs) > 1:
        parts["versions"] = [{"version": one.procedure.version, **one.state.data()} for one in found.runs]
    return Report("run", collection, (), tuple(lines), parts, said(settings, _read(found)))


def audit(collection: Collection, settings: Settings, name: str | None, days: Days) -> Report:
    """What was done in a case against its procedure and against the statements."""
    found = _audited(collection, settings, name, days)
    return Report(
        "audit",
        collection,
        (),
        tuple(found.lines()),
        found.data(),
        said(settings, _read(found)),
        irregular=found.irregular,
    )


def _audited(collection: Collection, settings: Settings, name: str | None, days: Days) -> auditing.Audit:
    prepared = settings.prepare(collection.sound())
    known = Known(prepared.vocabulary)
    case = case_named(prepared, name)
    return auditing.audit(prepared, case, as_of=days.as_of, known_at=days.known_at, reasoner=known)


def _read(found: auditing.Audit) -> Days:
    return Days(found.as_of, found.known_at)


def matrix(collection: Collection, settings: Settings, days: Days) -> Report:
    """Statements and procedures against every case; real and constructed cases in tables of their own."""
    real, constructed = (_matrix(collection, settings, days, made_up) for made_up in (False, True))
    lines = [*_matrix_lines(real)]
    if constructed:
        lines += ["", "constructed cases: none of these happened", *_matrix_lines(constructed)]
    rows = dict.fromkeys([*real, *constructed])
    merged: Json = {row: {**real.get(row, {}), **constructed.get(row, {})} for row in rows}
    departs = any("departs" in cells.values() for cells in (*real.values(), *constructed.values()))
    parts: Mapping[str, Json] = {"matrix": merged, "deviations": [], "verdicts": []}
    return Report("audit", collection, (), tuple(lines), parts, said(settings, days), irregular=departs)


def _matrix(
    collection: Collection, settings: Settings, days: Days, constructed: bool
) -> Mapping[str, Mapping[str, auditing.Cell]]:
    prepared = settings.prepare(collection.sound())
    known = Known(prepared.vocabulary)
    return auditing.matrix(prepared, as_of=days.as_of, known_at=days.known_at, reasoner=known, constructed=constructed)


def _matrix_lines(rows: Mapping[str, Mapping[str, str]]) -> list[str]:
    cases = list(dict.fromkeys(case for cells in rows.values() for case in cells))
    head = ("", *cases)
    return columns([head, *((row, *(cells.get(case, "") for case in cases)) for row, cells in rows.items())])


def everything(collection: Collection, settings: Settings) -> Report:
    """All that can be found without a day being named: what a published page shows."""
    parts = [check(collection, settings), compare(collection, settings), ask(collection, settings)]
    found = tuple({one.id: one for part in parts for one in part.findings}.values())
    more: dict[str, Json] = {**parts[2].parts, **coverage(collection, settings).parts}
    if any(case.as_of for case in collection.cases):
        told = replace(collection, cases=tuple(case for case in collection.cases if case.as_of))
        more["matrix"] = matrix(told, settings, Days()).parts["matrix"]
    whole = all(part.complete for part in parts)
    return Report("all", collection, found, (), more, said(settings), whole, parts[1].tables)
