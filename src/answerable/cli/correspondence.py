"""Commands of `correspondence`: the folder of files, the people of the desk, questions and silence."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typer

from answerable.cli.output import Json, emit, told
from answerable.errors import AnswerableError

Home = typer.Option(None, "--home", envvar="ANSWERABLE_HOME", help="The editors' folder.", show_default=False)
AsOf = typer.Option(None, "--as-of", metavar="YYYY-MM-DD", help="The day; today, or the log's own, when absent.")


def add_to(app: typer.Typer) -> None:
    """Add this module's commands to `app`."""
    for command in (init, migrate_command, invite, dismiss, import_, export, check, questions, silence):
        app.command(command.__name__.rstrip("_").removesuffix("_command"))(command)


def desk(home: Path | None) -> Path:
    """Set Django up for the editors' folder, and give it. Raises `AnswerableError` when it is no such folder."""
    import django

    from answerable.parties.base import read_party, secret_key

    folder = (home or Path()).resolve()
    read_party(folder)
    secret_key(folder)
    os.environ["ANSWERABLE_HOME"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "answerable.parties.editors"
    django.setup()
    return folder


def migrate(*, new: bool = False) -> None:
    """Bring the desk's database to this version. ``new``: make its file (mode 0600) when absent."""
    from answerable.ledger.actions.preparing import prepare

    prepare("default", new=new)


def init(
    ledger_name: str = typer.Option(..., help="The log's name, such as ledger.example.org."),
    ack_key: Path = typer.Option(..., help="The party's acknowledgement key, made by `record init` or `add-party`."),
    log: str = typer.Option("", help="The published log, a folder or a URL: what a missed deadline says it had seen."),
    url: str = typer.Option("", help="The address people use; with https, cookies are sent over https only."),
    name: str = typer.Option("editors", help="The party's name in the ledger."),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """Set up the editors' folder and its database."""
    from answerable.parties.base import PartyFile, write_party

    with told():
        folder = (home or Path()).resolve()
        place = log if not log or "://" in log else str(Path(log).resolve())
        write_party(folder, PartyFile(name, ledger_name, ack_key.resolve(), place, url))
        desk(folder)
        migrate(new=True)
        lines = [("created", f"{folder}/party.toml, secret.key, database")]
        lines.append(("next", "answerable correspondence invite NAME --role author"))
        emit(lines, {"created": str(folder)}, as_json=as_json)


def migrate_command(home: Path | None = Home, as_json: bool = Json) -> None:
    """Bring the editors' database to this version; on a server as its owner, since the desk itself has no right to."""
    with told():
        folder = desk(home)
        migrate()
    emit([("migrated", f"the database of {folder}")], {"migrated": str(folder)}, as_json=as_json)


def invite(
    name: str = typer.Argument(help="The person's name at the desk."),
    role: str = typer.Option(..., help="author or reviewer"),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """Print a one-time link with which a person sets a password and then a second factor."""
    with told():
        folder = desk(home)
        from answerable.correspondence import actions
        from answerable.parties.base import read_party

        token = actions.invite(name, role)
        base = read_party(folder).url or "http://localhost:8000"
        link = f"{base.rstrip('/')}/invitation/{token}/"
        lines = [("invited", f"{name}  {role}"), ("link", link), ("", "works once, for seven days")]
        emit(lines, {"link": link, "name": name, "role": role}, as_json=as_json)


def dismiss(
    name: str = typer.Argument(help="The person's name at the desk."),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """End a person's account, and at once its sessions. What they wrote and approved stays on record."""
    with told():
        desk(home)
        from answerable.correspondence import actions

        actions.dismiss(name)
        emit([("dismissed", name)], {"dismissed": name}, as_json=as_json)


def import_(
    folder: Path = typer.Argument(metavar="DIR", help="A folder of correspondence."),
    author: str = typer.Option(..., help="Who wrote it."),
    reviewer: str = typer.Option(..., help="Who approved it: somebody else."),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """Publish a folder, in one step, in the names of an author and a reviewer. Again does nothing."""
    with told():
        from answerable.correspondence import folder as folders

        found = folders.read(folder)
        desk(home)
        from answerable.correspondence import actions

        leaves = actions.import_folder(found, author=author, reviewer=reviewer)
        lines = [("published", f"{len(leaves)} entries, {sum(1 for _ in found.units()) - len(leaves)} were there")]
        emit(lines, {"published": leaves}, as_json=as_json)


def export(
    folder: Path = typer.Argument(metavar="DIR", help="A new folder."),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """Write what is published as a folder of plain files."""
    with told():
        desk(home)
        from answerable.correspondence import actions
        from answerable.correspondence import folder as folders

        found = actions.published().correspondence
        folders.write(found, folder)
        lines = [("written", f"{len(found.letters)} letters, {len(found.slots)} questions to {folder}")]
        data = {"letters": len(found.letters), "questions": len(found.slots), "written": str(folder)}
        emit(lines, data, as_json=as_json)


def check(
    folder: Path = typer.Argument(metavar="DIR", help="A folder of correspondence."), as_json: bool = Json
) -> None:
    """Read a folder and say everything that is wrong with it, with file and line."""
    from answerable.correspondence import folder as folders

    with told():
        found, errors = folders.check(folder)
        lines = [("wrong", str(error)) for error in errors]
        if found is not None:
            versions = sum(len(statement.versions) for statement in found.statements)
            lines.append(("letters", f"{len(found.letters)}"))
            lines.append(("questions", f"{len(found.slots)} with a number, {len(found.unplaced)} without"))
            lines.append(("versions", f"{versions} of {len(found.statements)} statements"))
            lines.append(("sound", f"{folder}"))
        emit(lines, {"errors": [str(error) for error in errors]}, as_json=as_json)
        if errors:
            raise typer.Exit(AnswerableError.exit_code)


def questions(
    folder: Path | None = typer.Argument(None, metavar="DIR", help="A folder; the desk's own record when absent."),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """List every question with what is known of its words and of its answer, and what is claimed."""
    with told():
        found = _found(folder, home)
        lines = [
            (f"{slot.letter}-{slot.slot:02}", f"{slot.text_status:<13}  {slot.answer_status:<22}  {slot.text or ''}")
            for slot in found.slots
        ]
        lines += [(f"unplaced-{item.id}", f"paraphrase  {item.paraphrase}") for item in found.unplaced]
        for claim in found.claims:
            count = "no number" if claim.count is None else str(claim.count)
            named = ", ".join(str(number) for number in claim.identified) or "none"
            opposes = f"; opposes {claim.opposes}" if claim.opposes else ""
            text = f"{claim.id}: {claim.speaker} in {claim.letter}: {count} of {claim.of}, identified {named}{opposes}"
            lines.append(("claim", text))
        data: Mapping[str, Any] = {"questions": [{"place": label, "line": text} for label, text in lines]}
        emit(lines, data, as_json=as_json)


def _found(folder: Path | None, home: Path | None) -> Any:
    if folder is not None:
        from answerable.correspondence import folder as folders

        return folders.read(folder)
    desk(home)
    from answerable.correspondence import actions

    return actions.published().correspondence


def silence(
    from_log: str | None = typer.Option(None, "--from-log", metavar="LOG", help="A copy's folder, or a log's URL."),
    policy: Path | None = typer.Option(None, help="The log's policy: the log is verified, its own day is the day."),
    as_of: str | None = AsOf,
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """Print how long each letter and question has waited, as of a day."""
    with told():
        day = _day(as_of)
        if from_log is not None:
            from answerable.correspondence.from_log import silence_of
            from answerable.ledger.reading import open_log

            found = silence_of(open_log(from_log), _text(policy) if policy else None, day)
        else:
            desk(home)
            from answerable.correspondence import actions

            found = actions.silence(day or datetime.now(UTC).date())
        from answerable.correspondence import silence as words

        if as_json:
            emit([], words.as_data(found), as_json=True)
            return
        for line in words.lines(found):
            typer.echo(line)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AnswerableError(f"cannot be read: {error}", where=str(path)) from None


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AnswerableError(f"{text!r} is not a day", where="--as-of", todo="write it as 2018-03-16") from None
