"""Commands of `record signer`: the log's keys in a process of their own."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import typer

from answerable.cli import output
from answerable.errors import AnswerableError
from answerable.ledger.ending import until_told

signer = typer.Typer(help="Keep the log's keys in a process that remembers what it signed.", no_args_is_help=True)

Dir = typer.Argument(..., metavar="DIR", help="The signer's folder, with the log's key files in keys/.")


def add_to(app: typer.Typer) -> None:
    """Add `signer` to `app`."""
    app.add_typer(signer, name="signer")


@signer.command("init")
def init(place: Path = Dir, as_json: bool = output.Json) -> None:
    """Make the memory of a signer that never signed. Only for keys that are new: never to replace a lost memory."""
    with output.told():
        from answerable.ledger.network_errors import SignerError
        from answerable.ledger.signer_memory import create_memory
        from answerable.record.keyfile import read_key_file

        keys = [read_key_file(path) for path in sorted((place / "keys").glob("*.key"))]
        if not keys:
            raise SignerError("no key files", where=str(place / "keys"), todo="put the log's key files there")
        origins = sorted({key.name for key in keys})
        create_memory(place / "memory", origins)
    lines = [
        ("created", f"{place}/memory for {len(origins)} logs"),
        ("next", f"answerable record signer serve {place}"),
    ]
    output.emit(lines, {"folder": str(place), "origins": origins}, as_json=as_json)


@signer.command("add-to-agent")
def add_to_agent(
    files: list[Path] = typer.Argument(..., metavar="FILE…", help="Ed25519 key files of the log."),
    socket: Path | None = typer.Option(None, "--socket", help="The agent's socket. Default: SSH_AUTH_SOCK's."),
    as_json: bool = output.Json,
) -> None:
    """Hand the log's Ed25519 keys to an ssh-agent, which then signs without showing them to anyone."""
    with output.told():
        from answerable.ledger.agent import add_to_agent as add
        from answerable.record.keyfile import read_key_file

        keys = [read_key_file(path) for path in files]
        for key in keys:
            add(key, socket)
    lines = [("added", key.name) for key in keys]
    lines.append(("next", 'kind = "agent" under [signer] in ledger.toml; then take the files off this machine'))
    output.emit(lines, {"added": [key.name for key in keys]}, as_json=as_json)


@signer.command("serve")
def serve(
    place: Path = Dir,
    path: Path | None = typer.Option(None, "--socket", help="The Unix socket. Default: signer.sock in DIR."),
    as_json: bool = output.Json,
) -> None:
    """Sign what extends what was signed before, until interrupted; prints a line for every request."""
    with output.told():
        from answerable.ledger.signer_server import SignerServer, open_folder

        held = open_folder(place)
        server = SignerServer(held, path or place / "signer.sock", lambda status, said: _tell(status, said, as_json))
    origins = sorted({key.name for key in held.verifiers})
    if as_json:
        typer.echo(json.dumps({"origins": origins}))
    else:
        output.say("signer", "  ".join(origins))
    # Its loop runs in a thread, since whoever ends it waits for it.
    loop = threading.Thread(target=server.serve_forever, args=(0.2,), name="signer", daemon=True)
    with output.told(), until_told() as stopped:
        loop.start()
        while not stopped.wait(1):
            if not loop.is_alive():
                raise AnswerableError("the signer ended by itself: nothing is signed any more", where=str(place))
    server.shutdown()
    server.server_close()


def _tell(status: int, said: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"said": said, "status": status}))  # a stream: one object a line
    else:
        output.say(str(status), said)
