"""Commands of `casework`: setting up the desk and carry, the first people, and what is counted."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

import typer

from answerable.cli import casework_check, casework_counts, settling
from answerable.cli.intake import check_readers, place_public
from answerable.cli.output import Json, emit, told
from answerable.errors import FALSE, AnswerableError

Home = typer.Option(None, "--home", envvar="ANSWERABLE_HOME", help="The desk's folder.", show_default=False)
_READERS = "readers"


def add_to(app: typer.Typer) -> None:
    """Add this module's commands to `app`."""
    casework_check.add_to(app)
    for name, command in (
        ("deployment", deployment),
        ("init", init),
        ("carry-init", carry_init),
        ("office-key", office_key),
        ("invite", invite),
        ("readers", readers),
        ("reads", reads),
        ("migrate", migrate),
        ("roles", roles),
    ):
        app.command(name)(command)
    casework_counts.add_to(app)


def desk(home: Path | None) -> Path:
    """Set Django up for the desk's folder, and give it. Raises `AnswerableError` when it is no such folder."""
    import django

    from answerable.parties import deployed
    from answerable.parties.base import read_party, secret_key

    folder = (home or Path()).resolve()
    read_party(folder)
    deployed.must_hold(folder, deployed.WRAPPING_FILE, "casework init")
    secret_key(folder)
    deployed.deployment(folder)
    os.umask(0o077)
    os.environ["ANSWERABLE_HOME"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "answerable.parties.desk"
    django.setup()
    return folder


def prepare_databases(*, new: bool = False) -> None:
    """Bring the desk's two databases to this version, and leave no connection to them open. ``new``: make them."""
    from django.db import connections

    from answerable.ledger.actions.preparing import prepare

    prepare("default", "keys", new=new)
    connections.close_all()


def deployment(
    log: str = typer.Option(..., help="The published record log, a folder or a URL: its first entry names us."),
    ledger_name: str = typer.Option(..., help="The log's name, such as ledger.example.org."),
    panel: list[str] = typer.Option(..., help="The verifier key of a member of the panel; repeat, two at least."),
    opening_box: str = typer.Option(..., help="The opening box's public key, made by `casework carry-init`."),
    ack: list[str] = typer.Option(..., help="The vkey of the reporter's acknowledgements, of `record add-party`."),
    language: list[str] = typer.Option(["en", "fr", "ar", "es", "ru", "zh-hans"], help="A language; repeat."),
    out: Path = typer.Option(..., "--out", metavar="FILE", help="Where deployment.json goes."),
    as_json: bool = Json,
) -> None:
    """Write the public facts of a deployment, which every party of it is given: they cannot be changed later."""
    with told():
        from answerable.ledger.config import replace
        from answerable.ledger.reading import open_log
        from answerable.parties.deployed import deployment as read
        from answerable.record.checkpoint import Checkpoint
        from answerable.record.note import Note
        from answerable.record.tiles import Reader

        if out.exists():
            raise AnswerableError("is there already", where=str(out), todo="name another file")
        fetch = open_log(log)
        checkpoint = Checkpoint.parse(Note.parse(fetch("checkpoint")).text)
        first = Reader(fetch, checkpoint.size, checkpoint.root).hash_at(0, 0)
        facts: dict[str, Any] = {
            "v": 1,
            "deployment": first.hex(),
            "ledger_name": ledger_name,
            "panel": panel,
            "opening_box": opening_box,
            "ack": ack,
            "languages": language,
        }
        replace(out, json.dumps(facts, indent=1, sort_keys=True) + "\n")
        _checked(read, out)
        out.chmod(0o644)  # public: every party reads it, as whatever user it runs
    lines = [("created", str(out)), ("deployment", first.hex()), ("panel", f"{len(panel)} members")]
    emit(lines, facts, as_json=as_json)


def _checked(read: Any, out: Path) -> None:
    """Read it back as a party will; what is wrong with it is said, and the file is gone."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        place_public(Path(folder), "deployment.json", out)
        try:
            read(Path(folder))
        except AnswerableError as error:
            out.unlink()
            # It was read where no operator will find it: what is said is of the file that she asked for.
            raise AnswerableError(
                error.what, where=str(out), todo="give the command again with that put right"
            ) from None


def init(
    ledger_name: str = typer.Option(..., help="The log's name, such as ledger.example.org."),
    ack_key: Path = typer.Option(..., help="The party's acknowledgement key, made by `record add-party`."),
    deployment: Path = typer.Option(..., help="deployment.json, made by `casework deployment`."),
    recovery_key: Path = typer.Option(..., help="recovery-key.json, made by `sealing ceremony`."),
    log: str = typer.Option("", help="The published record log, a folder or a URL."),
    url: str = typer.Option("", help="The address people use; with https, cookies are sent over https only."),
    name: str = typer.Option("desk", help="The party's name in the ledger."),
    group: str = typer.Option("", help="A group that carry is in, when it runs as a user of its own."),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """Set up the desk's folder: its secrets, its two databases, and what it is told of the deployment."""
    with told():
        from answerable.ledger.openings import write_secret
        from answerable.parties import deployed
        from answerable.parties.base import PartyFile, write_party

        folder = (home or Path()).resolve()
        place = log if not log or "://" in log else str(Path(log).resolve())
        with settling.whole(folder):
            place_public(folder, deployed.DEPLOYMENT_FILE, deployment)
            facts = deployed.deployment(folder)
            settling.of_log(facts, ledger_name, deployment)
            settling.own_key(ack_key, ledger_name, name)
            settling.of_deployment(recovery_key, facts)
            place_public(folder, deployed.RECOVERY_FILE, recovery_key)
            write_party(folder, PartyFile(name, ledger_name, ack_key.resolve(), place, url))
            write_secret(folder / deployed.WRAPPING_FILE, secrets.token_bytes(32))
            (folder / deployed.FILES_FOLDER).mkdir(mode=0o700)
            desk(folder)
            prepare_databases(new=True)
            if group:
                deployed.share(folder, group, "desk", "keys")
    lines = [
        ("created", f"{folder}/party.toml, secret.key, wrapping, databases desk and keys"),
        ("next", "answerable casework invite NAME --role administrator, twice; they invite the others"),
    ]
    emit(lines, {"created": str(folder)}, as_json=as_json)


def carry_init(
    folder: Path = typer.Argument(metavar="DIR", help="Carry's folder, made when absent."),
    # Neither need be there yet, nor be open to whoever makes carry's folder.
    desk_home: Path = typer.Option(..., "--desk", help="The desk's folder.", readable=False),
    reporter_home: Path = typer.Option(..., "--reporter", help="The reporter party's folder.", readable=False),
    register: str = typer.Option(..., help="The published register, a folder or a URL."),
    register_policy: Path = typer.Option(..., help="The register's policy."),
    record: str = typer.Option(..., help="The published record, a folder or a URL."),
    record_policy: Path = typer.Option(..., help="The record's policy."),
    wrapping: str = typer.Option("", help="Carry's own copy of the desk's file wrapping; else the desk's."),
    as_json: bool = Json,
) -> None:
    """Make carry's folder, the opening box and the office key. Comes before the parties.

    The box's public key goes into deployment.json, the office's into the readers' note.
    """
    with told():
        from answerable.ledger.config import replace
        from answerable.ledger.openings import write_secret
        from answerable.parties.carry_file import BOX_FILE, CARRY_FILE, next_office_file
        from answerable.sealing.answers import office_public
        from answerable.sealing.hpke import generate

        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        private, public = generate(secrets.token_bytes)
        values = {
            "desk": str(desk_home.resolve()),
            "reporter": str(reporter_home.resolve()),
            "register": register if "://" in register else str(Path(register).resolve()),
            "register_policy": str(register_policy.resolve()),
            "record": record if "://" in record else str(Path(record).resolve()),
            "record_policy": str(record_policy.resolve()),
            **({"wrapping": wrapping} if wrapping else {}),
        }
        wrong = next((name for name, value in values.items() if not value.isprintable() or set(value) & set('"\\')), "")
        if wrong:
            raise AnswerableError(f"{wrong} holds a character that cannot be written there", where=str(folder))
        write_secret(folder / BOX_FILE, private)
        office, office_file = secrets.token_bytes(32), next_office_file(folder)
        write_secret(office_file, office)
        replace(folder / CARRY_FILE, "".join(f'{name} = "{value}"\n' for name, value in values.items()))
    key = office_public(office).hex()
    lines = [("created", f"{folder}/{CARRY_FILE}, {BOX_FILE}, {office_file.name}"), ("box", public.hex())]
    lines += [("office", key), ("", "the private halves lie outside databases and backups; only carry reads them")]
    emit(lines, {"created": str(folder), "opening_box": public.hex(), "office": key}, as_json=as_json)


def office_key(
    folder: Path = typer.Argument(metavar="DIR", help="Carry's folder."),
    show: bool = typer.Option(False, "--show", help="Make none; print the public halves of those that are there."),
    as_json: bool = Json,
) -> None:
    """Make another key to sign what goes to reporters. Carry uses it once the readers' note names it first."""
    with told():
        from answerable.ledger.openings import read_secret, write_secret
        from answerable.parties.carry_file import BOX_FILE, next_office_file, office_files, read_carry
        from answerable.sealing.answers import office_public
        from answerable.sealing.hpke import public_of

        read_carry(folder)
        if show:
            box = public_of(read_secret(folder / BOX_FILE)).hex()
            there = {path.name: office_public(read_secret(path)).hex() for path in office_files(folder)}
            said = [("box", box), *(("office", f"{public}  {name}") for name, public in there.items())]
            emit(said, {"opening_box": box, "office": there}, as_json=as_json)
            return
        private, file = secrets.token_bytes(32), next_office_file(folder)
        write_secret(file, private)
    key = office_public(private).hex()
    lines = [("created", str(file)), ("office", key)]
    lines.append(("next", f"sealing readers draft … --office {key} --office (the keys before it); then restart carry"))
    emit(lines, {"created": str(file), "office": key}, as_json=as_json)


def invite(
    name: str = typer.Argument(help="The person's name at the desk."),
    role: str = typer.Option(..., help="administrator, for the first two; they invite the others."),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """Print a one-time link for one of the first people. Refused once two administrators can invite together."""
    with told():
        folder = desk(home)
        from answerable.casework import actions
        from answerable.parties.base import read_party

        token = actions.found(name, role)
        base = read_party(folder).url or "http://localhost:8000"
        link = f"{base.rstrip('/')}/desk/invitation/{token}/"
    lines = [("invited", f"{name}  {role}"), ("link", link), ("", "works once, for seven days")]
    emit(lines, {"link": link, "name": name, "role": role}, as_json=as_json)


def readers(
    note: Path = typer.Argument(metavar="NOTE", help="The readers' note, signed by two members of the panel."),
    home: Path | None = Home,
    as_json: bool = Json,
) -> None:
    """Put a signed readers' note in force: into the record, and before every browser. Carry takes it to reporters."""
    with told():
        folder = desk(home)
        check_readers(folder, note)
        leaf = _publish_readers(folder, note)
    emit([("readers", str(note)), ("record", f"procedure.published  leaf {leaf}")], {"leaf": leaf}, as_json=as_json)


def _publish_readers(folder: Path, note: Path) -> str:
    """Record the note and put it in place; the leaf of its entry."""
    from hashlib import sha256

    from answerable.ledger.actions.recording import acting, record
    from answerable.parties.deployed import READERS_FILE
    from answerable.record.note import Note
    from answerable.sealing.readers import parse

    data = note.read_bytes()
    found = parse(Note.parse(data).text)
    digest = sha256(data).hexdigest()
    fields = {
        "name": _READERS,
        "version": str(found.epoch),
        "digest": digest,
        "effective": found.day.isoformat(),
        "supersedes": None,
    }
    with acting():
        leaf = record("procedure.published", fields, by="panel", id=digest[:32]).leaf
    place_public(folder, READERS_FILE, note)
    return leaf


def migrate(home: Path | None = Home, as_json: bool = Json) -> None:
    """Bring the desk's two databases to this version; on a server as their owner, since the desk itself has no right
    to."""
    with told():
        folder = desk(home)
        prepare_databases()
    emit([("migrated", f"the databases of {folder}")], {"migrated": str(folder)}, as_json=as_json)


def reads(home: Path | None = Home, as_json: bool = Json) -> None:
    """Recompute the chain of who opened what, and compare it with each day's head in the register.

    Names what did not open in its place and has no answer of the panel yet.
    """
    with told():
        desk(home)
        from answerable.casework import reads as chain

        wrong, altered = chain.verify(), chain.altered()
    lines = [("wrong", sentence) for sentence in wrong] or [("PASS", "the chain of reads is whole")]
    lines += [("altered", sentence) for sentence in altered]
    emit(lines, {"wrong": wrong, "altered": altered}, as_json=as_json)
    if wrong:
        raise typer.Exit(FALSE)


def roles(as_json: bool = Json) -> None:
    """Print the SQL that gives the desk, carry and the sequencer their roles in the desk's PostgreSQL database.

    Run it there as the tables' owner, after `casework init`; run again it changes nothing.
    """
    from answerable.casework.roles import script

    said = list(script())
    if as_json:
        emit([], {"statements": said}, as_json=True)
        return
    for statement in said:
        typer.echo(statement)
