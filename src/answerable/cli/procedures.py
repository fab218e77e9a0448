"""Commands of `procedures`: statements of procedure checked, compared, asked, run, audited, covered and shown.

They exit with 0 if nothing was found, 1 for findings, 2 if the files or the command cannot be used, and 3 if a stated
bound was reached before the question was decided.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from answerable.cli.output import told
from answerable.errors import FALSE, NOT_YET, AnswerableError

if TYPE_CHECKING:
    from answerable.procedures.collection import Collection
    from answerable.procedures.report import Report
    from answerable.procedures.reports import Days
    from answerable.procedures.settings import Settings

Place = typer.Argument(..., metavar="COLLECTION", help="The folder with vocabulary.yaml.", show_default=False)
Json = typer.Option(False, "--json", help="Print the report as JSON (schema: procedures-1.json).")
Page = typer.Option(None, "--html", metavar="FILE", help="Write the report as one HTML page that needs nothing else.")
Without = typer.Option(None, "--without", metavar="ID", help="Drop an assumption; may be repeated.")
FailOn = typer.Option("error,fault,gap", "--fail-on", metavar="LIST", help="What makes the command exit with 1.")
Weaken = typer.Option("", "--weaken", metavar="LIST", help="Take practice, intention, request, endorsement as no duty.")
Largest = typer.Option(4, "--largest", metavar="N", help="The most norms that a contradiction is sought among.")
On = typer.Option(None, "--on", metavar="DATE", help="Leave out instruments that are not in force on this day.")
CaseName = typer.Option(None, "--case", metavar="CASE", help="The case, by its name.")
AsOf = typer.Option(None, "--as-of", metavar="DATE", help="The day up to which it is told; the case's own by default.")
KnownAt = typer.Option(None, "--known-at", metavar="DATE", help="Leave out what was recorded later than this day.")

_SEVERITIES = ("error", "fault", "gap", "note")


def add_to(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    for command in (check, compare, ask, run, audit, coverage, show):
        app.command(command.__name__)(command)


def check(
    collection: Path = Place,
    whole_texts: Path | None = typer.Option(
        None, "--whole-texts", metavar="DIR", help="Also find every excerpt in the whole texts, by their SHA-256."
    ),
    profile: str | None = typer.Option(None, "--profile", metavar="casework", help="Demand what casework needs."),
    without: list[str] | None = Without,
    fail_on: str = FailOn,
    as_json: bool = Json,
    html: Path | None = Page,
) -> None:
    """Whether the files say what they must, and what the sources leave open: who, when, what else, by what standard."""
    from answerable.procedures import reports
    from answerable.procedures.source import check_whole_texts

    with told():
        if profile not in (None, "casework"):
            raise AnswerableError(f"{profile!r} is not a profile", where="--profile", todo="write casework")
        found = _read(collection)
        more = check_whole_texts(found.sources, _texts(whole_texts)) if whole_texts else ()
        settings = _settings(without)
        wanted: Any = profile
        report = reports.check(found, settings, more=more, profile=wanted)
        _print(report, fail_on, as_json=as_json, html=html, unusable=report.fails(("error",)))


def compare(
    collection: Path = Place,
    other: Path | None = typer.Option(None, "--with", metavar="DIR", help="Another encoding of the same statements."),
    count: str | None = typer.Option(None, "--count", metavar="KIND", help="Count the cases that differ, for a kind."),
    weaken: str = Weaken,
    largest: int = Largest,
    on: str | None = On,
    without: list[str] | None = Without,
    fail_on: str = FailOn,
    as_json: bool = Json,
    html: Path | None = Page,
) -> None:
    """Who contradicts whom, who merely differs, and in which case."""
    from answerable.procedures import reports

    with told():
        settings = _settings(without, weaken, largest, on)
        if other is not None:
            report = reports.compare_with(_read(collection), _read(other), settings)
        elif count is not None:
            report = reports.count(_read(collection), settings, count)
        else:
            report = reports.compare(_read(collection), settings)
        _print(report, fail_on, as_json=as_json, html=html)


def ask(
    collection: Path = Place,
    weaken: str = Weaken,
    on: str | None = On,
    without: list[str] | None = Without,
    fail_on: str = FailOn,
    as_json: bool = Json,
    html: Path | None = Page,
) -> None:
    """Whether anything on record answers the questions on file: answered, contradictory, undefined, or in part."""
    from answerable.procedures import reports

    with told():
        report = reports.ask(_read(collection), _settings(without, weaken, on=on))
        _print(report, fail_on, as_json=as_json, html=html)


def run(
    collection: Path = Place,
    case: str | None = CaseName,
    as_of: str | None = AsOf,
    known_at: str | None = KnownAt,
    without: list[str] | None = Without,
    as_json: bool = Json,
    html: Path | None = Page,
) -> None:
    """What a procedure obliges in a case, and whom, as of a day."""
    from answerable.procedures import reports

    with told():
        report = reports.run(_read(collection), _settings(without), case, _days(as_of, known_at))
        _print(report, "", as_json=as_json, html=html)


def audit(
    collection: Path = Place,
    case: str | None = CaseName,
    matrix: bool = typer.Option(False, "--matrix", help="Every statement and procedure against every case."),
    as_of: str | None = AsOf,
    known_at: str | None = KnownAt,
    without: list[str] | None = Without,
    fail_on: str = FailOn,
    as_json: bool = Json,
    html: Path | None = Page,
) -> None:
    """Whether what was done in a case kept the procedure and the norms."""
    from answerable.procedures import reports

    with told():
        days = _days(as_of, known_at)
        if matrix and case is not None:
            raise AnswerableError("a matrix is of every case", where="--matrix", todo="leave out --case, or --matrix")
        if matrix:
            report = reports.matrix(_read(collection), _settings(without), days)
        else:
            report = reports.audit(_read(collection), _settings(without), case, days)
        _print(report, fail_on, as_json=as_json, html=html)


def coverage(
    collection: Path = Place,
    without: list[str] | None = Without,
    as_json: bool = Json,
    html: Path | None = Page,
) -> None:
    """How much of each source is encoded: sentences whole, in part, set aside, unread."""
    from answerable.procedures import reports

    with told():
        _print(reports.coverage(_read(collection), _settings(without)), "", as_json=as_json, html=html)


def show(
    collection: Path = Place,
    name: str | None = typer.Argument(
        None, help="A norm (statement/id), a statement or a procedure; everything, if none."
    ),
    without: list[str] | None = Without,
    as_json: bool = Json,
    html: Path | None = Page,
) -> None:
    """Print norms with their words, their readings and the tree of their exceptions."""
    from answerable.procedures import reports

    with told():
        _print(reports.shown(_read(collection), _settings(without), name), "", as_json=as_json, html=html)


def _read(folder: Path) -> Collection:
    """The collection in a folder, with every problem of its files in it."""
    from answerable.procedures.collection import from_folder

    if not (folder / "vocabulary.yaml").is_file():
        raise AnswerableError("there is no vocabulary.yaml", where=str(folder), todo="name a collection's folder")
    return from_folder(folder)


def _texts(folder: Path) -> list[tuple[str, bytes]]:
    """The files of a folder with whole texts."""
    if not folder.is_dir():
        raise AnswerableError("there is no such folder", where=str(folder), todo="name the folder with the whole texts")
    try:
        return [(path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file()]
    except OSError as error:
        raise AnswerableError(f"cannot be read: {error.strerror}", where=str(folder)) from None


def _settings(without: list[str] | None, weaken: str = "", largest: int = 4, on: str | None = None) -> Settings:
    from answerable.procedures.settings import Settings

    return Settings(tuple(without or ()), _words(weaken), largest, _day(on, "--on"))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _day(text: str | None, where: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AnswerableError(f"{text[:40]!r} is not a day", where=where, todo="write it as YYYY-MM-DD") from None


def _days(as_of: str | None, known_at: str | None) -> Days:
    from answerable.procedures.reports import Days

    return Days(_day(as_of, "--as-of"), _day(known_at, "--known-at"))


def _print(report: Report, fail_on: str, *, as_json: bool, html: Path | None, unusable: bool = False) -> None:
    """Print a report, write its page, and exit as documented. ``unusable``: files with errors, which exits with 2."""
    severities = _words(fail_on)
    for word in severities:
        if word not in _SEVERITIES:
            raise AnswerableError(f"{word!r} is no severity", where="--fail-on", todo=f"write {', '.join(_SEVERITIES)}")
    if html is not None:
        _write(html, report)
    if as_json:
        sys.stdout.write(json.dumps(report.data(), ensure_ascii=False, sort_keys=True, indent=2) + "\n")
    else:
        sys.stdout.write(report.text())
    sys.stdout.flush()
    if unusable:
        raise typer.Exit(2)
    if not report.complete:
        raise typer.Exit(NOT_YET)
    if report.fails(severities):
        raise typer.Exit(FALSE)


def _write(path: Path, report: Report) -> None:
    from answerable.procedures import page

    try:
        path.write_text(page.document(report), encoding="utf-8")
    except OSError as error:
        raise AnswerableError(f"cannot be written: {error.strerror}", where=str(path)) from None
