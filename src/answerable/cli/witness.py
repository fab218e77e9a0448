"""Commands of `record witness`: make a witness, tell it which logs, serve it, look at the evidence it kept."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from answerable.cli import output, serving, signer, watching
from answerable.errors import AnswerableError

if TYPE_CHECKING:
    from answerable.ledger.witness.folder import Folder
    from answerable.ledger.witness.models import Evidence

witness = typer.Typer(help="Run a witness: it cosigns what only ever grows.", no_args_is_help=True)

#: Threads that may wait for slow clients' bodies; requests themselves take a millisecond.
THREADS = 64
#: Milliseconds for a client to send its request's head.
HEAD_TIMEOUT = 10_000

#: What is written is the owner's alone, the database and its journals too.
PRIVATE = 0o077

Dir = typer.Argument(..., metavar="DIR", help="The witness's folder.", show_default=False)


def add_to(app: typer.Typer) -> None:
    """Add `witness`, `monitor` and `signer` to `app`."""
    app.add_typer(witness, name="witness")
    watching.add_to(app)
    signer.add_to(app)


def _django(place: Path) -> None:
    """Set Django up for the witness in ``place``."""
    import django

    os.umask(PRIVATE)
    os.environ["ANSWERABLE_HOME"] = str(place.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "answerable.parties.witness"
    django.setup()


def _opened(place: Path) -> Folder:
    """The witness in ``place``, its state required to be its own. Never creates anything."""
    from answerable.ledger.network_errors import WitnessError
    from answerable.ledger.witness.folder import STATE, load

    folder = load(place)
    if not os.environ.get("DATABASE_URL") and not (place / STATE).is_file():
        raise WitnessError(
            "the state of this witness is gone",
            where=str(place / STATE),
            todo="retire this witness with its keys, and make a new one: it could cosign a second history",
        )
    _django(place)
    from answerable.ledger.witness.actions import require_state

    require_state(folder.token)
    return folder


@witness.command("init")
def init(
    place: Path = Dir,
    name: str = typer.Option(..., "--name", help="Its name, a schema-less URL such as witness.example/cs1."),
    as_json: bool = output.Json,
) -> None:
    """Make a new witness: its keys and its empty state."""
    with output.told():
        from answerable.ledger.witness.folder import finish, prepare

        os.umask(PRIVATE)
        folder = prepare(place, name)
        _django(place)
        from answerable.ledger.witness.actions import create, create_tables

        create_tables()
        create(folder.name, folder.token)
        finish(folder)
    vkeys = [str(key.verifier) for key in folder.keys]
    state = "its own schema" if os.environ.get("DATABASE_URL") else "witness.db"
    lines = [("created", f"{place}/witness.toml, keys/ ({len(vkeys)}), {state}")]
    lines += [("vkey", vkey if len(vkey) < 200 else f"{vkey[:72]}…") for vkey in vkeys]
    lines += [
        ("vkeys", f"both in {place}/vkeys.txt"),
        ("next", f"give them to the logs, then: answerable record witness add-log {place} --vkey <log vkey>"),
    ]
    output.emit(lines, {"folder": str(place), "name": name, "vkeys": vkeys}, as_json=as_json)


@witness.command("add-log")
def add_log(
    place: Path = Dir,
    vkey: list[str] = typer.Option([], "--vkey", help="A verifier key of the log; repeat for its other keys."),
    vkeys: Path | None = typer.Option(None, "--vkeys", help="A file of verifier keys, one a line, of one log or more."),
    origin: str | None = typer.Option(None, "--origin", help="The log's origin, when it is not its keys' name."),
    extensions: bool = typer.Option(False, "--extensions", help="Cosign checkpoints with extension lines."),
    as_json: bool = output.Json,
) -> None:
    """Cosign for a log from now on, or trust another key of a log that is known."""
    with output.told():
        from answerable.record.keys import VerifierKey

        lines = [*vkey, *(_file_lines(vkeys) if vkeys else [])]
        keys = [VerifierKey.parse(line) for line in lines]
        if not keys:
            raise AnswerableError("no key is given", todo="give --vkey or --vkeys")
        _opened(place)
        from answerable.ledger.witness.actions import add_log as add

        by_origin: dict[str, list[VerifierKey]] = {}
        for key in keys:
            by_origin.setdefault(origin or key.name, []).append(key)
        new = {name: add(name, own, allow_extensions=extensions) for name, own in by_origin.items()}
    said = [("log", f"{name}  {len(by_origin[name])} keys, {len(own)} new") for name, own in new.items()]
    output.emit(said, {"logs": {name: [str(key) for key in own] for name, own in new.items()}}, as_json=as_json)


def _file_lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AnswerableError("the file of keys cannot be read as text", where=str(path)) from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


@witness.command("serve")
def serve(
    place: Path = Dir,
    listen: str = typer.Option("127.0.0.1:8101", "--listen", metavar="HOST:PORT", help="Where to listen."),
    as_json: bool = output.Json,
) -> None:
    """Cosign until interrupted; prints a line for every request. Never makes a state that is not there."""
    with output.told():
        host, port = serving.address(listen)
        os.environ["ANSWERABLE_JSON"] = "1" if as_json else "0"
        folder = _opened(place)
        from django.db import connections

        from answerable.ledger.witness.models import Log

        count = Log.objects.count()
        connections.close_all()
    if as_json:
        typer.echo(json.dumps({"listen": listen, "logs": count, "name": folder.name}))  # a stream: one object a line
    else:
        output.say("witness", f"{folder.name}  {count} logs  ed25519 + mldsa44")
    serving.serve("answerable.parties.witness_wsgi:application", host, port, threads=THREADS, head_timeout=HEAD_TIMEOUT)


@witness.command("evidence")
def evidence(
    place: Path = Dir,
    out: Path | None = typer.Option(None, "--out", help="Write each case as files into this folder."),
    as_json: bool = output.Json,
) -> None:
    """List what logs signed that did not extend what this witness had cosigned; exit 1 when there is any."""
    with output.told():
        _opened(place)
        from answerable.ledger.witness import models

        rows = list(models.Evidence.objects.select_related("log").order_by("pk"))
        cases = [_case(row) for row in rows]
        if out is not None:
            for row in rows:
                _write_case(out, row.pk, bytes(row.request), row.recorded_note.encode())
    lines = [("evidence", f"{case['number']}  {case['origin']}  {case['received']}  {case['means']}") for case in cases]
    output.emit(lines or [("evidence", "none")], {"evidence": cases}, as_json=as_json)
    raise typer.Exit(1 if cases else 0)


def _case(row: Evidence) -> dict[str, object]:
    two_roots = row.size == row.recorded_size
    means = (
        f"two roots at size {row.size:,}: proof of a second history"
        if two_roots
        else f"size {row.size:,} signed, not shown to extend {row.recorded_size:,}: ask the log for the proof"
    )
    received = datetime.fromtimestamp(row.received, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "number": row.pk,
        "origin": row.log.origin,
        "received": received,
        "size": row.size,
        "root": row.root,
        "recorded_size": row.recorded_size,
        "conclusive": two_roots,
        "means": means,
    }


def _write_case(out: Path, number: int, request: bytes, recorded: bytes) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{number}.request").write_bytes(request)
        (out / f"{number}.cosigned").write_bytes(recorded)
    except OSError as error:
        raise AnswerableError(f"the evidence cannot be written: {error.strerror}", where=str(out)) from error
