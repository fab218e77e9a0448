"""Reports in text: columns that stay where they are, wide enough for most names, and no colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from answerable.procedures.collection import Collection
from answerable.procedures.condition import print_
from answerable.procedures.coverage import STATES, SourceCoverage
from answerable.procedures.errors import ProceduresError
from answerable.procedures.fields import Stated
from answerable.procedures.finding import Finding
from answerable.procedures.norm import Norm, Otherwise, Reading, Who
from answerable.procedures.procedure import Procedure
from answerable.procedures.report import Report
from answerable.procedures.statement import Statement
from answerable.procedures.words import count, wrap

#: The columns of `check`: severity, what it is about, where; the text begins after them.
_COLUMNS = (7, 24, 33)
_TEXT = 80


def row(cells: Sequence[str], text: str) -> list[str]:
    """One finding: its cells in the columns of `check`, its text after them, continued below where it is long."""
    head = ""
    for cell, width in zip(cells, _COLUMNS, strict=True):
        head += cell.ljust(width) if len(cell) < width else f"{cell}  "
    first, *others = wrap(text, _TEXT)
    return [(head + first).rstrip(), *(" " * sum(_COLUMNS) + line for line in others)]


def check_lines(findings: Sequence[Finding], extents: Sequence[tuple[str, str]] = ()) -> Iterator[str]:
    """Each finding of `check`, how far procedures without one were walked, how many of each severity there are."""
    for found in findings:
        yield from row((found.severity, _about(found), _place(found)), found.text)
    for procedure, extent in extents:
        yield from row(("", procedure, ""), extent)
    yield summary(findings)


def _about(found: Finding) -> str:
    """The second column: of several norms, the one whose place is shown."""
    if len(found.norms) > 1 and found.place:
        here = [norm.norm for norm in found.norms if norm.file == found.place.file and norm.line >= found.place.line]
        return min(here, default=found.norms[0].norm, key=lambda name: _line_of(found, name))
    return Report.subject(found)


def _line_of(found: Finding, name: str) -> int:
    return next(norm.line for norm in found.norms if norm.norm == name)


def _place(found: Finding) -> str:
    """The third column: the act of a procedure, or file and line."""
    if "procedure" in found.details:
        return str(found.details.get("act", ""))
    if found.place:
        return str(found.place)
    return f"{found.norms[0].file}:{found.norms[0].line}" if found.norms else ""


def summary(findings: Sequence[Finding]) -> str:
    """How many of each severity: ``2 faults, 8 gaps, 5 notes``."""
    every = [found.severity for found in findings]
    parts = [count(every.count(kind), kind) for kind in ("error", "fault", "gap", "note") if kind in every]
    return ", ".join(parts) or "nothing found"


def coverage_lines(sources: Sequence[SourceCoverage]) -> Iterator[str]:
    """Each source on one line."""
    for one in sources:
        if one.held == "not held":
            yield f"{one.source} (not held): nothing to quote"
            continue
        held = " (excerpts only)" if one.held == "excerpts" else ""
        states = [(state, one.count(state)) for state in STATES]
        shown = ", ".join(f"{number} {state}" for state, number in states if number or state != "set aside")
        words = f"{one.quoted:,} of {one.words:,} words quoted"
        aside = f", {one.set_aside:,} set aside" if one.set_aside else ""
        yield f"{one.source}{held}: {count(len(one.sentences), 'sentence')}: {shown}; {words}{aside}"


def show_lines(collection: Collection, name: str | None) -> Iterator[str]:
    """One norm, one statement, or every statement, with words and exceptions.

    Raises ProceduresError if nothing has this name.
    """
    if name is None:
        for statement in collection.statements:
            yield from _statement(collection, statement)
        yield from (line for procedure in collection.procedures for line in _procedure(procedure))
        return
    for statement in collection.statements:
        if statement.name == name:
            yield from _statement(collection, statement)
            return
        for norm in statement.norms:
            if norm.full == name:
                yield from _norm(collection, statement, norm, 0)
                return
    for procedure in collection.procedures:
        if procedure.name == name:
            yield from _procedure(procedure)
            return
    raise ProceduresError(
        f"nothing here is called “{name[:60]}”", todo="name a statement, a norm (statement/id) or a procedure"
    )


def _statement(collection: Collection, statement: Statement) -> Iterator[str]:
    yield f"{statement.name}  {statement.kind} by {statement.by}, {statement.on}"
    account = f"; held only as quoted by {statement.quoted_by}" if statement.quoted_by else ""
    yield f"  source {statement.source} ({collection.sources[statement.source].held}){account}"
    yield f"  calls itself: {statement.calls_itself}"
    displaced = {other for norm in statement.norms for other in norm.exception_to}
    top = [norm for norm in statement.norms if not norm.exception_to] or list(statement.norms)
    for norm in top:
        yield from _norm(collection, statement, norm, 1)
    for item in statement.no_norm_here:
        yield f"  no norm here: “{' … '.join(item.says)}” ({item.because})"
    if displaced:
        yield f"  {count(len(displaced), 'norm')} displaced by exceptions, shown beneath"


def _norm(collection: Collection, statement: Statement, norm: Norm, depth: int) -> Iterator[str]:
    """A norm and, beneath it, its exceptions: the tree in which the one displaces the other."""
    pad = "  " * depth
    yield f"{pad}{norm.full}  {norm.place}  force: {norm.force}"
    words = f"“{' … '.join(norm.says)}”" if norm.says else f"{norm.gist} (paraphrase, unverified)"
    yield from (f"{pad}  {line}" for line in wrap(words, 100))
    for reading in norm.readings:
        yield from (f"{pad}  {line}" for line in _reading(collection, reading))
    if norm.taken_as:
        yield f"{pad}  taken as: {norm.taken_as}"
    for other in statement.norms:
        if norm.id in other.exception_to:
            yield f"{pad}  except:"
            yield from _norm(collection, statement, other, depth + 2)


def _reading(collection: Collection, reading: Reading) -> Iterator[str]:
    named = f"read “{reading.name}”: " if reading.name is not None else ""
    when = print_(reading.when, collection.vocabulary)
    yield f"{named}when {when}: {who(reading.who)} {reading.mode} {reading.written}"
    if reading.within is not None:
        yield f"  within {reading.within}"
    if reading.otherwise is not None:
        yield f"  otherwise: {_otherwise(reading.otherwise)}"
    if reading.standard is not None:
        yield f"  standard: {reading.standard}"


def who(parties: Who) -> str:
    """Whom a norm binds, in words."""
    return " or ".join(parties) if isinstance(parties, tuple) else f"({parties})" if parties != "anyone" else "anyone"


def _otherwise(found: Otherwise | Stated) -> str:
    if not isinstance(found, Otherwise):
        return str(found)
    acts = ", ".join(" or ".join(choice) for choice in found.choices)
    return f"{who(found.who)} must {acts} within {found.within}; otherwise: {_otherwise(found.otherwise)}"


def _procedure(procedure: Procedure) -> Iterator[str]:
    status = "CONSTRUCTED: no institution has adopted it" if procedure.status == "constructed" else procedure.status
    yield f"{procedure.name}  procedure, version {procedure.version}, {status}"
    for rule in procedure.acts:
        limit = f", within {rule.within}" if rule.within else ""
        yield f"  {rule.act}  by {rule.by}{limit}"
        rests = ", ".join(rule.rests_on) if isinstance(rule.rests_on, tuple) else str(rule.rests_on)
        yield f"    rests on: {rests}"
