"""`casework counts` and `casework openings`: a quarter counted, and what an auditor of the register is given."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import typer

from answerable.cli import casework_audit, casework_missing, casework_retention
from answerable.cli.output import Json, emit, told
from answerable.errors import FALSE, AnswerableError

Home = typer.Option(None, "--home", envvar="ANSWERABLE_HOME", help="The desk's folder.", show_default=False)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands to `app`."""
    app.command("counts")(counts)
    app.command("audit")(casework_audit.audit)
    app.command("missing")(casework_missing.missing)
    app.command("openings")(openings)
    app.command("retention")(casework_retention.retention)


def counts(
    quarter: str = typer.Argument(metavar="QUARTER", help="Such as 2026-Q4."),
    threshold: int = typer.Option(5, min=0, help="Counts below it are not said."),
    publish: bool = typer.Option(False, "--publish", help="Record them as statement.counts, for everybody."),
    log: str = typer.Option("", help="The record log, which says how many slots were audited; party.toml's if none."),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """Count a quarter: received equals joined, ended, waiting and erased together, or every difference is named."""
    with told():
        from answerable.cli.casework import desk

        desk(home)
        from answerable.casework import counts as counting
        from answerable.casework import openings as opening

        wrong = counting.check(quarter, opening.lines())
        found = None
        leaf = None
        if not wrong:
            audited = counting.audited(_open_entries(log), quarter)
            found = counting.statement(quarter, threshold=threshold, slots_audited=audited)
        if found is not None and publish:
            from answerable.ledger.actions.recording import acting, record

            with acting():
                leaf = record("statement.counts", found, by="desk").leaf
    lines = [(name, "not said" if value is None else str(value)) for name, value in (found or {}).items()]
    lines += [("wrong", sentence) for sentence in wrong]
    if found is not None and not found["slots_audited"]:
        lines.append(("next", f"no audit of {quarter} is in the record yet: answerable casework audit {quarter}"))
    lines += [("recorded", f"statement.counts  leaf {leaf}")] if leaf else []
    emit(lines, {"counts": found, "leaf": leaf, "wrong": wrong}, as_json=as_json)
    if wrong:
        raise typer.Exit(FALSE)


def _open_entries(log: str) -> Iterator[Mapping[str, object]]:
    """The open entries that tell of audits, of the record log that is named or that party.toml names."""
    from django.conf import settings

    from answerable.ledger.reading import open_log
    from answerable.record import kinds
    from answerable.record.checkpoint import Checkpoint
    from answerable.record.copies import fetch_head
    from answerable.record.note import Note
    from answerable.record.tiles import Reader

    place = log or str(getattr(settings, "ANSWERABLE_LOG", ""))
    if not place:
        raise AnswerableError(
            "no record log is named, and only it says how many slots were audited",
            where="--log",
            todo="name it with --log, or as log in party.toml",
        )
    fetch = open_log(place)
    checkpoint = Checkpoint.parse(Note.parse(fetch_head(fetch)).text)
    for entry in Reader(fetch, checkpoint.size, checkpoint.root).entries(0, checkpoint.size):
        if b'"slots.audited"' in entry:
            yield kinds.check_open(entry)


def openings(
    out: Path = typer.Option(..., "--out", "-o", help="The file to write, mode 0600; it must not exist."),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """Write the openings of every entry that the desk knows, one a line, for `record audit-slots`.

    They hold codes, days and hashes, and join the entries of each case: for the auditors that the panel names.
    """
    with told():
        from answerable.cli.casework import desk

        desk(home)
        from answerable.casework import openings as opening

        count = _write(out, opening.lines())
    emit([("created", f"{out}  {count:,} openings")], {"file": str(out), "openings": count}, as_json=as_json)


def _write(out: Path, lines: Iterator[bytes]) -> int:
    """Write the lines to a new file that only its owner reads; how many they are. Raises `AnswerableError`."""
    try:
        number = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise AnswerableError("is there already", where=str(out), todo="name another file") from None
    except OSError as error:
        raise AnswerableError(f"cannot be made: {error.strerror}", where=str(out)) from None
    count = 0
    with os.fdopen(number, "wb") as file:
        for count, line in enumerate(lines, 1):  # noqa: B007  # the count is what is wanted
            file.write(line + b"\n")
    return count
