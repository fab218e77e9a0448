"""Commands of `publish`: write the public site; and `run public`: serve it."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from answerable.cli import output, serving
from answerable.publication.errors import PublicationError

if TYPE_CHECKING:
    from answerable.publication.log_reading import ReadLog
    from answerable.publication.pages import Published
    from answerable.record.obligations import Silence

#: Files read for so many at a time.
READERS = 16

Out = typer.Argument(..., metavar="OUT", help="The site's folder; an older site there is replaced.", show_default=False)
From = typer.Option(None, "--from", metavar="DIR", help="Write from a folder of plain files, not from a desk.")
Log = typer.Option(
    None, "--log", metavar="LOG", help="The public log: a folder such as LEDGER/public/record, or a URL."
)
PolicyFile = typer.Option(None, "--policy", metavar="FILE", help="Whose signatures count; found beside LOG by itself.")
AsOf = typer.Option(None, "--as-of", metavar="DATE", help="Count silence to this day, not to the last witnessed one.")
Home = typer.Option(None, "--home", envvar="ANSWERABLE_HOME", metavar="DIR", help="The editors' folder.")
Url = typer.Option("", "--url", metavar="URL", help="Where the site will stand; the log's name by default.")
Procedures = typer.Option(
    None, "--procedures", metavar="COLLECTION", help="Statements of procedure to publish beside it; may be repeated."
)
Site = typer.Argument(..., metavar="SITE", help="A site written by `answerable publish site`.", show_default=False)
Public = typer.Option(None, "--log", metavar="DIR", help="The ledger's public folder, served beside the site.")
Listen = typer.Option("127.0.0.1:8080", "--listen", metavar="HOST:PORT", help="The address to listen on.")


def add_to(app: typer.Typer) -> None:
    """Add `publish site`."""
    app.callback()(_group)
    app.command("site")(site)


def public_command(app: typer.Typer) -> None:
    """Add `run public`."""
    app.command("public")(public)


def _group() -> None:
    """Write what is published."""


def site(
    out: Path = Out,
    source: Path | None = From,
    log: str | None = Log,
    policy: Path | None = PolicyFile,
    as_of: str | None = AsOf,
    home: Path | None = Home,
    url: str = Url,
    procedures: list[Path] | None = Procedures,
    as_json: bool = output.Json,
) -> None:
    """Write the public site as static pages, all at once. Without --from, from the editors' desk in --home."""
    with output.told():
        day = _day(as_of)
        _django("answerable.parties.public" if source else "answerable.parties.editors", home)
        from answerable.publication import log_reading, pages, said

        base = url.rstrip("/") + "/" if url else ""
        read = log_reading.read(log, policy=policy, url=_log_url(base, log)) if log else None
        base = base or (f"https://{read.view.origin.rpartition('/')[0]}/" if read else "https://localhost/")
        day = day or (read.witnessed_on if read else None) or datetime.now(UTC).date()
        published, silence = _material(source, read, day)
        statements = said.read(procedures or ())
        view = read.view if read else None
        count = pages.write_site(published, silence, out, log=view, base_url=base, statements=statements)
        anchored = f"{read.view.origin}, {len(read.covered)} entries" if read else "not anchored: no log was named"
        lines = [("written", f"{out}  {count} files, as of {day}"), ("log", anchored)]
        data = {"as_of": day.isoformat(), "files": count, "log": read.view.origin if read else None, "out": str(out)}
        output.emit(lines, data, as_json=as_json)


def _material(source: Path | None, read: ReadLog | None, day: date) -> tuple[Published, Silence]:
    """What is published, from plain files or from the desk, and its clocks: from the log where there is one."""
    from answerable.publication import plain_files
    from answerable.record.obligations import fold

    published: Published
    if source is not None:
        files = plain_files.read(source)
        published = plain_files.found_in(files.correspondence, read.covered) if read else files
    else:
        from answerable.correspondence import actions

        published = actions.published()
        if read is None:
            return published, actions.silence(day)
    if read is None:
        return published, plain_files.silence(published.correspondence, day)
    return published, fold(read.covered, day)


def public(
    site: Path = Site,
    log: Path | None = Public,
    listen: str = Listen,
) -> None:
    """Serve a written site, and a log's public folder beside it. Keeps no log of who reads; sets no cookie."""
    with output.told():
        for folder in filter(None, (site, log)):
            if not folder.is_dir():
                raise PublicationError("there is no such folder", where=str(folder), todo="write the site first")
        host, port = serving.address(listen)
        os.environ["ANSWERABLE_SITE"] = str(site.resolve())
        os.environ["ANSWERABLE_PUBLIC"] = str(log.resolve()) if log else ""
        output.say("public", f"http://{listen}/  {site}" + (f", with the log in {log}" if log else ""))
        serving.serve("answerable.parties.public:application", host, port, threads=READERS)


def _django(settings: str, home: Path | None) -> None:
    import django

    if home is not None:
        os.environ["ANSWERABLE_HOME"] = str(home.resolve())
    elif settings.endswith("editors"):
        raise PublicationError(
            "nothing says what to publish",
            todo="name the editors' folder with --home, or a folder of plain files with --from",
        )
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    django.setup()


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise PublicationError(f"{text!r} is not a day", where="--as-of", todo="write it as YYYY-MM-DD") from None


def _log_url(base: str, log: str) -> str:
    """Where readers find the log: where it was read, or beside the site."""
    if "://" in log:
        return log.rstrip("/")
    return base + Path(log).name if base else ""
