"""Commands of `intake`: setting up the reporter party's folder, and looking after it."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import typer

from answerable.cli import settling
from answerable.cli.output import Json, emit, told
from answerable.errors import AnswerableError

Home = typer.Option(None, "--home", envvar="ANSWERABLE_HOME", help="The reporter party's folder.", show_default=False)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands to `app`."""
    app.command("init")(init)
    app.command("migrate")(migrate)
    app.command("readers")(readers)
    app.command("roles")(roles)


def reporter(home: Path | None) -> Path:
    """Set Django up for the reporter party's folder, which is given. Raises `AnswerableError` when it is none."""
    import django

    from answerable.parties.base import read_party, secret_key
    from answerable.parties.deployed import PEPPER_FILE, deployment, must_hold

    folder = (home or Path()).resolve()
    read_party(folder)
    must_hold(folder, PEPPER_FILE, "intake init")
    secret_key(folder)
    deployment(folder)
    os.umask(0o077)
    os.environ["ANSWERABLE_HOME"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "answerable.parties.reporter"
    django.setup()
    return folder


def migrate(home: Path | None = Home, as_json: bool = Json) -> None:
    """Bring the reporter's database to this version, as its owner: the reporter party itself has no right to."""
    with told():
        os.environ["ANSWERABLE_OWNER"] = "1"
        folder = reporter(home)
        from answerable.ledger.actions.preparing import prepare

        prepare("intake")
    emit([("migrated", f"the database of {folder}")], {"migrated": str(folder)}, as_json=as_json)


def as_owner(folder: Path) -> None:
    """Run `intake migrate` in a process of its own, so that this one never has an owner's rights."""
    done = subprocess.run(
        [sys.executable, "-m", "answerable", "intake", "migrate", "--home", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().removeprefix("answerable: ").splitlines() or ["no reason was given"]
        raise AnswerableError(f"the database could not be prepared: {said[-1]}", where=str(folder))


def place_public(folder: Path, name: str, source: Path) -> None:
    """Copy a public file into a party's folder. Raises `AnswerableError` when it can't be read."""
    from answerable.ledger import sharing
    from answerable.ledger.config import replace

    try:
        text = source.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AnswerableError(f"cannot be read: {error}", where=str(source)) from None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace(folder / name, text)
    (folder / name).chmod(sharing.mode_in(folder))


def init(
    ledger_name: str = typer.Option(..., help="The log's name, such as ledger.example.org."),
    ack_key: Path = typer.Option(..., help="The party's acknowledgement key, made by `record add-party`."),
    deployment: Path = typer.Option(..., help="deployment.json, made by `casework deployment`."),
    readers: Path = typer.Option(..., help="The readers' note, signed by two members of the panel."),
    url: str = typer.Option("", help="The address people use; with https, cookies are sent over https only."),
    host: list[str] = typer.Option([], help="Another name it is reached under, such as an onion address; repeat."),
    name: str = typer.Option("reporter", help="The party's name in the ledger."),
    group: str = typer.Option("", help="A group that carry is in, when it runs as a user of its own."),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """Set up the reporter party's folder: its secrets, its database, and what it is told of the deployment."""
    from answerable.ledger.openings import write_secret
    from answerable.parties import deployed
    from answerable.parties.base import PartyFile, secret_key, write_party

    with told():
        folder = (home or Path()).resolve()
        with settling.whole(folder):
            place_public(folder, deployed.DEPLOYMENT_FILE, deployment)
            facts = deployed.deployment(folder)
            settling.of_log(facts, ledger_name, deployment)
            settling.own_key(ack_key, ledger_name, name)
            settling.named(ack_key, facts)
            check_readers(folder, readers)
            place_public(folder, deployed.READERS_FILE, readers)
            write_party(folder, PartyFile(name, ledger_name, ack_key.resolve(), "", url, tuple(host)))
            secret_key(folder)
            for file in (deployed.PEPPER_FILE, deployed.WORK_FILE):
                write_secret(folder / file, secrets.token_bytes(32))
            (folder / deployed.FILES_FOLDER).mkdir(mode=0o700)
            as_owner(folder)
            if group:
                deployed.share(folder, group, "intake")
    made = ("party.toml", "secret.key", deployed.PEPPER_FILE, deployed.WORK_FILE, "database")
    lines = [("created", f"{folder}/{', '.join(made)}"), ("next", f"answerable run reporter --home {folder}")]
    emit(lines, {"created": str(folder)}, as_json=as_json)


def check_readers(folder: Path, note: Path) -> None:
    """Whether the panel of the deployment in ``folder`` has signed a readers' note, and it goes not back behind the one
    that lies there. Raises `AnswerableError`."""
    from answerable.intake.readers_file import check_newer, load
    from answerable.parties.deployed import READERS_FILE, deployment
    from answerable.record.keys import VerifierKey

    facts = deployment(folder)
    try:
        data = note.read_bytes()
    except OSError as error:
        raise AnswerableError(f"cannot be read: {error.strerror}", where=str(note)) from None
    panel, where = [VerifierKey.parse(key) for key in facts["panel"]], bytes.fromhex(facts["deployment"])
    before = folder / READERS_FILE
    try:
        found = load(data, panel, where)
        if before.exists():
            check_newer(found, load(before.read_bytes(), panel, where))
    except AnswerableError as error:
        todo = error.todo or "give the note as the second `sealing readers sign` wrote it"
        raise AnswerableError(error.what, where=str(note), todo=todo) from None


def readers(
    note: Path = typer.Argument(metavar="NOTE", help="The new readers' note, signed by two members of the panel."),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """Put a new readers' note in place of the old one, once it is checked. Carry tells the running party of it, too."""
    from answerable.parties.deployed import READERS_FILE

    with told():
        folder = (home or Path()).resolve()
        check_readers(folder, note)
        place_public(folder, READERS_FILE, note)
    emit([("readers", f"{folder / READERS_FILE}")], {"readers": str(folder / READERS_FILE)}, as_json=as_json)


def roles(
    schema: str = typer.Option("reporter", help="The schema of the reporter's tables in its PostgreSQL database."),
    as_json: bool = Json,
) -> None:
    """Print the SQL that gives the reporter, carry and the sequencer their roles in the reporter's PostgreSQL database.

    Run it there as the tables' owner, after `intake migrate`; run again it changes nothing.
    """
    from answerable.intake.roles import script

    with told():
        if not schema.isidentifier() or not schema.isascii() or schema != schema.lower():
            raise AnswerableError("this is no name of a schema", todo="use small letters, digits and _")
        said = list(script(schema))
    if as_json:
        emit([], {"statements": said}, as_json=True)
        return
    for statement in said:
        typer.echo(statement)
