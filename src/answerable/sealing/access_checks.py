"""What must hold of an access table before it is used, and of the roles of one person on one case.

Each fault names the line of the row that makes it, and what to do. A table is judged on every day on which something
in it changes, from the day given on, so that a fault that a future row brings is found before that row counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from answerable.sealing.access import ACTS, NEEDS, Row, Table

#: Facts that the granter of a compartment brings with the office itself; any other need could leave nobody.
_OF_THE_OFFICE = frozenset({"own_body", "trained_child"})
#: Acts whose result only a reader sees. Who adds a note need not read what others wrote.
_SHOWING = frozenset({"decide", "review", "investigate", "judge", "redact", "open_original", "grant", "release"})
#: The person whose record it is; no office, so the rules about offices do not bind her.
REPORTER = "reporter"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong: the line (0 if it is no single row's), what, and what to do."""

    line: int
    what: str
    todo: str


def check(table: Table, compartments: Mapping[str, Collection[str]], on: date) -> tuple[Fault, ...]:
    """Every fault of the table from ``on``, by line. ``compartments`` names those of each kind of record."""
    found: set[Fault] = set()
    for row in table.rows:
        found.update(_words(table, row, compartments))
    found.update(_repeats(table))
    found.update(_stages(table, compartments))
    for day in _days(table, on):
        rows = [row for row in table.rows if row.in_force(day)]
        for role in sorted({row.role for row in rows} - {REPORTER}):
            found.update(_separation([row for row in rows if row.role == role], f"a person with the role {role}"))
        for row in rows:
            found.update(_unread(row, rows, [stage.name for stage in table.stages.get(row.record, ())]))
        found.update(_ungranted(rows, table, compartments))
    return tuple(sorted(found))


def conflicts(table: Table, roles: Collection[str], on: date) -> tuple[Fault, ...]:
    """Why nobody may hold all these roles on one case on this day; empty if someone may."""
    rows = [row for row in table.rows if row.role in roles and row.role != REPORTER and row.in_force(on)]
    return tuple(sorted(set(_separation(rows, f"a person with the roles {_listed(roles)}"))))


def _listed(words: Iterable[str]) -> str:
    every = sorted(words)
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} and {every[-1]}"


def _days(table: Table, on: date) -> list[date]:
    """``on``, or the first day of the table if that is later, and each day after on which a row begins or has ended."""
    changes = {row.first for row in table.rows}
    changes.update(row.last + timedelta(days=1) for row in table.rows if row.last and row.last < date.max)
    start = max(on, min((row.first for row in table.rows), default=on))
    return sorted({start, *(day for day in changes if day > start)})


def _words(table: Table, row: Row, compartments: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    """Names that nothing defines, and days that cannot be."""

    def unknown(what: str, names: Iterable[str], among: Iterable[str]) -> Iterator[Fault]:
        known = set(among)
        for name in sorted(set(names) - known):
            yield Fault(row.line, f"“{name}” is no {what}", f"write one of {', '.join(sorted(known)) or 'none'}")

    yield from unknown("role", [row.role], table.roles)
    yield from unknown("act", row.acts, ACTS)
    yield from unknown("need", row.needs, NEEDS)
    yield from unknown("record", [row.record], compartments)
    if row.record in compartments:
        yield from unknown(f"compartment of a {row.record}", [row.compartment], compartments[row.record])
        yield from unknown(
            f"stage of a {row.record}", row.stages, (each.name for each in table.stages.get(row.record, ()))
        )
    if not row.acts:
        yield Fault(row.line, "the row gives no act", "name an act, or leave the row out")
    if not row.because.strip():
        yield Fault(row.line, "the row gives no reason", "write “because:” and the decision it rests on")
    if row.last is not None and row.last < row.first:
        yield Fault(row.line, f"the row ends on {row.last}, before it begins", "end it on its first day or later")
    if row.outcomes and "decide" not in row.acts:
        yield Fault(row.line, "the row limits outcomes and may not decide", "add the act decide, or drop the outcomes")


def _repeats(table: Table) -> Iterator[Fault]:
    """Rows that say again, in the same days or fewer, what another says."""
    seen: dict[Row, int] = {}
    for row in sorted(table.rows, key=lambda row: row.line):
        if row in seen:
            yield Fault(row.line, f"this row is also on line {seen[row]}", "remove one of them")
        seen.setdefault(row, row.line)


def _stages(table: Table, compartments: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    """Every kind of record has stages; every stage has an owner, a clock and a duty to tell the person concerned."""
    for record in compartments:
        stages = table.stages.get(record, ())
        if not stages:
            yield Fault(0, f"a {record} has no stages", "name them under “stages”, the first one first")
        names: set[str] = set()
        for stage in stages:
            where = f"the stage {stage.name} of a {record}"
            if stage.name in names:
                yield Fault(stage.line, f"{where} is named twice", "keep one")
            names.add(stage.name)
            if stage.owner is None:
                yield Fault(stage.line, f"{where} has no owner", "name the role that answers for it")
            elif stage.owner not in table.roles:
                yield Fault(stage.line, f"{where} is owned by “{stage.owner}”, which is no role", "name a role")
            if stage.clock is None:
                yield Fault(stage.line, f"{where} has no clock", "name the act that is due while it lasts")
            if stage.tells is None:
                yield Fault(stage.line, f"{where} has no duty to tell the victim", "name the act that tells her")
    for record in table.stages:
        if record not in compartments:
            yield Fault(0, f"“{record}” is no kind of record", f"write one of {', '.join(sorted(compartments))}")


def _separation(rows: list[Row], who: str) -> Iterator[Fault]:
    """What must never meet in one person: deciding and reviewing, health and the accused, investigating and judging."""

    def first(act: str, compartment: str | None = None) -> Row | None:
        lines = (row for row in rows if act in row.acts and compartment in (None, row.compartment))
        return min(lines, key=lambda row: row.line, default=None)

    pairs = (
        (first("review"), first("decide"), "review and also decide"),
        (first("read", "medical_assistance"), first("read", "accused_identity"), "read medical_assistance and also"),
        (first("investigate"), first("judge"), "investigate and also judge"),
    )
    for one, other, words in pairs:
        if one is not None and other is not None:
            more = " accused_identity" if words.endswith("also") else ""
            more += "".join(f" “{outcome}”" for outcome in sorted(other.outcomes))
            yield Fault(max(one.line, other.line), f"{who} may {words}{more}", "split the role or end one row")


def _unread(row: Row, rows: list[Row], stages: Collection[str]) -> Iterator[Fault]:
    """Whoever may act on a compartment can read it at the same stages and tracks, without needing more."""
    acting = sorted(row.acts & _SHOWING)
    if not acting or "read" in row.acts:
        return
    reading = [
        each
        for each in rows
        if "read" in each.acts
        and (each.role, each.record, each.compartment) == (row.role, row.record, row.compartment)
        and each.needs <= row.needs
        and _covers(each.tracks, row.tracks)
    ]
    for stage in sorted(row.stages or stages):
        if not any(not each.stages or stage in each.stages for each in reading):
            what = f"{row.role} may {' and '.join(acting)} in {row.record}/{row.compartment} at {stage}"
            yield Fault(row.line, f"{what}, and not read what comes of it", "add the act read there, or end this row")


def _covers(wide: frozenset[str], narrow: frozenset[str]) -> bool:
    return not wide or (bool(narrow) and narrow <= wide)


def _ungranted(rows: list[Row], table: Table, compartments: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    """At every stage someone can let the next holder into every compartment, and somebody reads it."""
    for record, every in compartments.items():
        for compartment in every:
            here = [row for row in rows if (row.record, row.compartment) == (record, compartment)]
            for stage in table.stages.get(record, ()):
                for act, noun in (("read", "reader"), ("grant", "granter")):
                    if not any(_always(row, act, stage.name) for row in here):
                        line = min((row.line for row in here), default=stage.line)
                        what = f"{record}/{compartment} has no {noun} at the stage {stage.name}"
                        yield Fault(line, what, f"give a role {act} there, on any track")


def _always(row: Row, act: str, stage: str) -> bool:
    """Whether the row gives the act to an office at this stage whatever the track."""
    office = row.role != REPORTER and not row.tracks and row.needs <= _OF_THE_OFFICE
    return office and act in row.acts and row.at(stage, None)
