"""The command `casework check`: whether the policy files may be used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from answerable.cli import output
from answerable.cli import sealing_files as files
from answerable.errors import FALSE, AnswerableError

if TYPE_CHECKING:
    from answerable.procedures.report import Report
    from answerable.sealing.access_checks import Fault


class What(StrEnum):
    """What can be checked by itself."""

    access = "access"


def add_to(app: typer.Typer) -> None:
    """Add `check` to ``app``."""
    app.callback()(_group)
    app.command("check")(check)


def _group() -> None:
    """A group of one command stays a group."""


def check(
    what: What | None = typer.Argument(
        None, metavar="[access]", help="One policy; the procedures too if none is named."
    ),
    policies: Path | None = files.Access,
    on: str | None = typer.Option(None, "--on", metavar="DATE", help="The day from which it must hold; today if none."),
    as_json: bool = output.Json,
) -> None:
    """Check the policy files: names, who may never be one person, whether every compartment has reader and granter."""
    with output.told():
        from answerable.casework.policies import compartments, faults, load, procedures_folder, unknown_acts
        from answerable.procedures.collection import from_folder

        day = _day(on)
        found = load(policies)
        collection = from_folder(procedures_folder(policies))
        acts = {rule.act for procedure in collection.procedures for rule in procedure.acts}
        wrong = sorted((*faults(found.access, day), *unknown_acts(found.access, acts)))
        report = _procedures(collection) if what is None else None
    counts = {
        "compartments": len({compartment for every in compartments().values() for compartment in every}),
        "roles": len(found.access.roles),
        "rows": len({row.line for row in found.access.rows}),
    }
    if as_json:
        data = {**counts, "on": str(day), "sha256": found.hash_of("access"), "errors": [_said(each) for each in wrong]}
        parts = {} if report is None else {"procedures": report.data()}
        output.emit((), {**data, **parts}, as_json=True)
    else:
        _print(wrong, counts, day, report)
    failed = bool(wrong) or (report is not None and report.fails(("error", "fault", "gap")))
    raise typer.Exit(FALSE if failed else 0)


def _procedures(collection: Any) -> Report:
    from answerable.procedures import reports
    from answerable.procedures.settings import Settings

    return reports.check(collection, Settings(), profile="casework")


def _said(fault: Fault) -> dict[str, Any]:
    return {"line": fault.line, "todo": fault.todo, "what": fault.what}


def _print(wrong: Iterable[Fault], counts: dict[str, int], day: date, report: Report | None) -> None:
    every = list(wrong)
    for fault in every:
        typer.echo(f"access.yaml:{fault.line or 1}: {fault.what}. {fault.todo[:1].upper()}{fault.todo[1:]}.")
    sizes = f"{counts['rows']} rows, {counts['roles']} roles, {counts['compartments']} compartments"
    typer.echo(f"{sizes}, in force {day}: {len(every)} error{'' if len(every) == 1 else 's'}")
    if report is not None:
        typer.echo(report.text(), nl=False)


def _day(on: str | None) -> date:
    if on is None:
        return date.today()  # noqa: DTZ011 - the day of whoever checks
    try:
        return date.fromisoformat(on)
    except ValueError:
        raise AnswerableError(f"{on[:40]!r} is no day", where="--on", todo="write YYYY-MM-DD") from None
