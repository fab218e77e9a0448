"""`record init`, `add-party`, `append`, `status`, `receipt`, `rebuild`, and `run sequencer`: the log's own commands."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from answerable.cli import output
from answerable.errors import AnswerableError
from answerable.record import slots

if TYPE_CHECKING:  # nothing of Django loads before a command runs
    from answerable.ledger.config import LedgerConfig

Ledger = Annotated[Path, typer.Argument(metavar="LEDGER", help="The ledger's folder.")]


#: What these processes make is for their owner alone; what is served is made readable by itself.
PRIVATE = 0o077


def opened(folder: Path) -> LedgerConfig:
    """The ledger in ``folder``, with its databases within reach of this process."""
    from answerable.ledger import config

    os.umask(PRIVATE)
    found = config.load(folder)
    os.environ["ANSWERABLE_LEDGER"] = str(folder.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "answerable.parties.sequencer"
    import django

    django.setup()
    return found


@contextmanager
def reached(folder: Path) -> Iterator[LedgerConfig]:
    """:func:`opened`; any trouble with the ledger's own database inside is a sentence."""
    found = opened(folder)
    from answerable.ledger.actions import rows

    with rows.ledger_answering():
        yield found


def init(
    ledger: Ledger,
    name: Annotated[str, typer.Option(help="The log's host, without a scheme: ledger.example.org.")],
    witnesses: Annotated[Path, typer.Option(help="A file of the policy's witness, group and quorum lines.")],
    as_json: bool = output.Json,
) -> None:
    """Make a new ledger, whole or not at all: its folder, keys, policies, databases, and the entries that open both
    logs. Interrupted, the same command goes on."""
    with output.told():
        from answerable.ledger import founding_files

        os.umask(PRIVATE)
        now = int(time.time())
        made = founding_files.begin(ledger, name, _text(witnesses), now=now)
        with reached(made.folder):
            from django.db import connections

            from answerable.ledger import founding
            from answerable.ledger.actions.preparing import prepare

            prepare("ledger", "keys")
            founding.open_logs(made, now=now)
            connections.close_all()
        vkeys = founding_files.vkeys(founding_files.settle(made, ledger))
    lines = [
        (
            "created",
            f"{ledger}/ledger.toml, keys/ (log 4, ack 1, padding 1, wrapping 1), public/record/, public/register/",
        ),
        *(("vkey", vkey) for vkey in vkeys if len(vkey) < 300),
        ("vkeys", f"all four, with ML-DSA-44, in {ledger / 'public' / 'vkeys.txt'}"),
        ("next", f"give them to your witnesses, then: answerable run sequencer {ledger}"),
    ]
    output.emit(lines, {"folder": str(ledger), "name": name, "vkeys": vkeys}, as_json=as_json)


def add_party(
    ledger: Ledger,
    party: Annotated[str, typer.Argument(metavar="NAME", help="The party's short name, such as editors.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="Its database: a path, or a postgresql:// URL.")],
    as_json: bool = output.Json,
) -> None:
    """Make a party's acknowledgement key, publish that key, and list the party's outbox. Interrupted, repeat it."""
    with output.told():
        from answerable.ledger import config, founding_files

        place = url if "://" in url else str(Path(url).resolve())
        config.check_addition(ledger, party, place)
        with reached(ledger) as made:
            from answerable.ledger.founding import publish_ack_key

            path, vkey = founding_files.new_ack_key(made, party)
            publish_ack_key(made, vkey, now=int(time.time()))
        config.add_party(ledger, party, place)
    lines = [("party", f"{party}  {path}"), ("vkey", str(vkey))]
    data = {"party": party, "ack_key": str(path), "vkey": str(vkey)}
    output.emit(lines, data, as_json=as_json)


def roles(ledger: Ledger, as_json: bool = output.Json) -> None:
    """Print the SQL that gives each process its own PostgreSQL role, and no more rights than it needs."""
    with output.told():
        from answerable.ledger import config
        from answerable.ledger.errors import ConfigError
        from answerable.ledger.roles import script

        said = list(script(config.load(ledger)))
        if not said:
            raise ConfigError("this ledger's databases are files, which have no roles", todo="set DATABASE_URL")
    if as_json:
        output.emit([], {"statements": said}, as_json=True)
        return
    for statement in said:
        typer.echo(statement)


def migrate(ledger: Ledger, as_json: bool = output.Json) -> None:
    """Bring the ledger's two databases to this version; on a server as their owner, with no sequencer running."""
    with output.told(), reached(ledger) as config:
        from answerable.ledger.actions.preparing import prepare
        from answerable.ledger.sequencer import only_one

        with only_one(config):
            prepare("ledger", "keys", new=False)
    output.emit([("migrated", f"the databases of {ledger}")], {"migrated": str(ledger)}, as_json=as_json)


def append(
    ledger: Ledger,
    entry: Annotated[Path | None, typer.Argument(metavar="ENTRY", help="A JSON file: kind, and its members.")] = None,
    log: Annotated[str, typer.Option(help="record or register.")] = "record",
    seal: Annotated[Path | None, typer.Option(help="The event to seal, a JSON file.")] = None,
    opening_key: Annotated[
        Path | None, typer.Option(help="The case's (or event's) opening key: 64 hex digits.")
    ] = None,
    output_file: Annotated[Path | None, typer.Option("--output", "-o", help="Where the acknowledgement goes.")] = None,
    as_json: bool = output.Json,
) -> None:
    """Append an entry without any application around it: open to the record, sealed to the register."""
    with output.told():
        source = _json(_what_to_append(log, entry, seal, opening_key))
        with reached(ledger) as config:
            from answerable.ledger import appending

            now = int(time.time())
            if opening_key is None:
                kind, recorded = appending.append_open(source, now=now)
            else:
                kind, recorded = "sealed", appending.append_sealed(config, source, opening_key, now=now)
        place = output_file or Path(f"{recorded.leaf}.ack")
        _write(
            place, recorded.ack, f"the entry waits all the same, do not append it again: its leaf is {recorded.leaf}"
        )
    lines = [
        ("waiting", f"{log:<9} {kind}  leaf {recorded.leaf}"),
        ("ack", f"{place}  include by {_time(recorded.include_by)}"),
    ]
    data = {"log": log, "kind": kind, "leaf": recorded.leaf, "ack": str(place), "include_by": recorded.include_by}
    output.emit(lines, data, as_json=as_json)


def _what_to_append(log: str, entry: Path | None, seal: Path | None, key: Path | None) -> Path:
    from answerable.ledger.errors import LedgerError

    if log == "record" and entry is not None and seal is None and key is None:
        return entry
    if log == "register" and entry is None and seal is not None and key is not None:
        return seal
    raise LedgerError(
        "what is to be appended is not clear",
        todo="give ENTRY for the record; for the register --log register --seal EVENT --opening-key KEY",
    )


def status(ledger: Ledger, as_json: bool = output.Json) -> None:
    """Say how far both logs are, who witnesses them, and whether the sequencer runs."""
    with output.told(), reached(ledger) as config:
        from answerable.ledger import standing

        found = standing.status(config)
    output.emit(found.lines, found.data, as_json=as_json)


def receipt(
    ledger: Ledger,
    output_file: Annotated[Path, typer.Option("--output", "-o", help="Where the receipt goes.")],
    ack: Annotated[Path | None, typer.Option(help="The acknowledgement of the entry.")] = None,
    leaf: Annotated[str | None, typer.Option(help="Or its leaf hash, 64 hex digits.")] = None,
    refresh: Annotated[Path | None, typer.Option(help="Or an old receipt, to be brought up to today.")] = None,
    growth: Annotated[Path | None, typer.Option(help="With --refresh: where the .tlog-growth file goes.")] = None,
    small: Annotated[bool, typer.Option("--small", help="Only as many signatures as the quorum needs.")] = False,
    as_json: bool = output.Json,
) -> None:
    """Write the receipt of an entry: a proof that anyone can check offline."""
    with output.told():
        from answerable.ledger.errors import LedgerError

        if sum(given is not None for given in (ack, leaf, refresh)) != 1 or (growth and not refresh):
            raise LedgerError("name one entry", todo="give --ack, --leaf or --refresh (with --growth, if wanted)")
        old = _read(refresh) if refresh else None
        hashed = _leaf(ack, leaf) if old is None else b""
        with reached(ledger) as config:
            from answerable.ledger import receipts

            if old is not None:
                found, grown = receipts.refresh(config, old, small=small)
                if growth:
                    _write(growth, grown)
            else:
                found = receipts.receipt(config, hashed, small=small)
        _write(output_file, found.proof)
    name = found.origin.rsplit("/", 1)[1]
    at = "" if found.quorum_time is None else f"  existed not later than {_time(found.quorum_time)}"
    lines = [("receipt", f"{name}  index {found.index:,} of {found.size:,}{at}")]
    if growth:
        lines.append(("growth", f"{growth}"))
    data = {
        "log": name,
        "index": found.index,
        "size": found.size,
        "not_later_than": found.quorum_time,
        "receipt": str(output_file),
    }
    output.emit(lines, data, as_json=as_json)


def _leaf(ack: Path | None, leaf: str | None) -> bytes:
    from answerable.ledger.errors import LedgerError
    from answerable.record.ack import Ack
    from answerable.record.note import Note

    if ack is not None:
        return Ack.parse(Note.parse(_read(ack)).text).leaf_hash
    try:
        found = bytes.fromhex(leaf or "")
    except ValueError:
        found = b""
    if len(found) != 32:
        raise LedgerError("a leaf hash is 64 hex digits", where="--leaf")
    return found


def rebuild(
    ledger: Ledger,
    source: Annotated[
        str, typer.Option("--from", metavar="DIR|URL", help="The folder or address of record/ and register/.")
    ],
    as_json: bool = output.Json,
) -> None:
    """Bring the database up to a copy of the published logs, and give parties back the rows they lost."""
    with output.told():
        os.environ["ANSWERABLE_REBUILD"] = "1"
        with reached(ledger) as config:
            from answerable.ledger import running
            from answerable.ledger.actions.preparing import prepare
            from answerable.ledger.reading import open_log
            from answerable.ledger.rebuild import ranges_of
            from answerable.ledger.rebuild import rebuild as rebuilt_from
            from answerable.ledger.sequencer import only_one

            base = source.rstrip("/")
            if "://" not in base and (Path(base) / "public").is_dir():
                base = f"{base}/public"
            with only_one(config):
                prepare("ledger")  # a lost ledger.db is made again, empty
                done = rebuilt_from(
                    config, lambda log: open_log(f"{base}/{log.short}"), running.signer_of(config), now=int(time.time())
                )
    lines = []
    for one in done:
        lines.append(
            ("rebuilt", f"{one.origin}  size {one.before:,} -> {one.size:,}, {len(one.orphans)} without an act")
        )
        lines += [("given", f"{count} rows back to {party}") for party, count in sorted(one.given_back.items())]
        lines += [("orphans", f"{start:,} to {stop:,}") for start, stop in ranges_of(one.orphans)]
    data = {one.origin: {"before": one.before, "size": one.size, "orphans": one.orphans} for one in done}
    output.emit(lines, data, as_json=as_json)


def sequencer_command(
    ledger: Ledger,
    once: Annotated[bool, typer.Option("--once", help="One round, then end.")] = False,
    confirm_gap: Annotated[
        bool, typer.Option("--confirm-gap", help="The register missed more than two days, and the clock is right.")
    ] = False,
    tick_every: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, max=900, help="For a demonstration: ticks this often.")
    ] = 900,
) -> None:
    """Let both logs grow until interrupted: take what waits, sign it, have it witnessed, publish it."""
    with output.told(), reached(ledger) as config:
        from answerable.ledger import running

        ticks = running.hurried(config, tick_every, time.time()) if tick_every < slots.TICK else None
        code = running.run(config, output.say, once=once, confirm_gap=confirm_gap, ticks=ticks)
    raise typer.Exit(code)


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AnswerableError(f"cannot be read: {error.strerror}", where=str(path)) from None


def _text(path: Path) -> str:
    try:
        return _read(path).decode()
    except UnicodeDecodeError:
        raise AnswerableError(
            "is not UTF-8, and a policy is published as an entry, which is", where=str(path)
        ) from None


def _write(path: Path, data: bytes, todo: str | None = None) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise AnswerableError(f"cannot be written: {error.strerror}", where=str(path), todo=todo) from None


def _json(path: Path) -> dict[str, Any]:
    import json

    try:
        found = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise AnswerableError(f"not JSON: {error}", where=str(path)) from None
    if not isinstance(found, dict):
        raise AnswerableError("an entry is a JSON object", where=str(path))
    return found


def add_to(app: typer.Typer) -> None:
    """Add this module's commands to `app`."""
    app.command("init")(init)
    app.command("add-party")(add_party)
    app.command("roles")(roles)
    app.command("migrate")(migrate)
    app.command("append")(append)
    app.command("status")(status)
    app.command("receipt")(receipt)
    app.command("rebuild")(rebuild)
