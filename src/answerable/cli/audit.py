"""`record audit-slots` and `period-key`: every slot of the register opens, for whoever was given openings and key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from answerable.cli import output
from answerable.ledger.openings import read_secret, write_secret
from answerable.ledger.reading import is_url, open_log
from answerable.record import audit, commit, kinds
from answerable.record.canonical import Json
from answerable.record.checkpoint import Checkpoint
from answerable.record.commit import MAX_OPENING
from answerable.record.copies import fetch_head
from answerable.record.errors import CommitmentError, KindError, SlotError, TileError
from answerable.record.note import Note
from answerable.record.policy import Policy, check_checkpoint
from answerable.record.reports import FAIL, Draft, Report
from answerable.record.slots import read_schedule, ticks_of_period
from answerable.record.tiles import Fetch, Reader

_PLAN_KINDS = (b'"log.opened"', b'"schedule.changed"', b'"tick.enlarged"', b'"incident.published"')
_MAX_FILE = 512 * 1024
#: Tiles kept while streaming: each is read once, only those above it again.
_CACHE = 64


def audit_slots(
    openings: Annotated[Path, typer.Argument(metavar="FILE", help="Openings, one a line; may be empty.")],
    period: Annotated[str, typer.Option(help="The quarter to audit, such as 2026-Q2.")],
    log: Annotated[str, typer.Option(help="The register: a folder with its copy, or an address.")],
    period_key: Annotated[Path, typer.Option(help="The key the quarter's pads come from: 64 hex digits.")],
    record: Annotated[
        str | None, typer.Option(help="The open record, which holds the schedule. Default: beside the register.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Also require the cosignatures that this policy names, for both logs.")
    ] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Audit only this many slots, drawn by --seed.")] = None,
    seed: Annotated[
        str | None, typer.Option(help="The auditor's part of the seed: 64 hex digits drawn after the period.")
    ] = None,
    as_json: bool = output.Json,
) -> None:
    """Audit the slots of a quarter: each opens as one event, pad, erasure or orphan, and each case's chain is whole."""
    with output.told():
        if (sample is None) != (seed is None):
            raise SlotError("--sample and --seed go together", todo="give both, or neither for the full audit")
        trusted = None if policy is None else Policy.parse(_text(policy), file=str(policy))
        origin, root, register = _reader(open_log(log), trusted)
        key = _hex(_text(period_key).strip(), str(period_key))
        told = list(_planning(_reader(open_log(record or _beside(log)), trusted)[2]))
        plan, orphans = read_schedule(told, origin), audit.orphans(told, origin)
        act: Callable[..., Report] = audit.audit_slots
        if sample is not None and seed is not None:
            act = partial(audit.audit_sample, count=sample, auditor=_hex(seed, "--seed"))
        with output.progress("opening slots") as step:
            try:
                report = act(_lines(openings), period, register, key, plan, orphans=orphans, progress=step)
            except TileError as error:
                # As in `verify`: a copy that is not the log its checkpoint signs is a finding, not a misuse.
                report = Draft().end(FAIL, str(error), failed=1, faults=[str(error)])
        data = {**report.data, "origin": origin, "size": register.size, "root": root.hex()}
    output.emit(report.lines, data, as_json=as_json)
    raise typer.Exit(report.exit_code)


def period_key(
    ledger: Annotated[Path, typer.Argument(metavar="LEDGER", help="The folder of the ledger that fills the register.")],
    period: Annotated[str, typer.Option(help="The quarter whose key is shown, such as 2026-Q2.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write, mode 0600; it must not exist.")],
    as_json: bool = output.Json,
) -> None:
    """Write the key that a quarter's pads come from, for its auditors. It opens no other quarter's, and no event."""
    with output.told():
        ticks = ticks_of_period(period)
        padding = read_secret(ledger / "keys" / "padding.key")
        write_secret(out, commit.period_key(padding, period))
    said = f"{out}  the key of {period}, ticks {ticks.start:,} to {ticks.stop - 1:,}"
    output.emit((("created", said),), {"file": str(out), "period": period}, as_json=as_json)


def _reader(fetch: Fetch, policy: Policy | None) -> tuple[str, bytes, Reader]:
    """The origin and root of a log, and a reader bound to its checkpoint; a policy given must be met."""
    note = fetch_head(fetch)
    checkpoint = check_checkpoint(note, policy).checkpoint if policy else Checkpoint.parse(Note.parse(note).text)
    return checkpoint.origin, checkpoint.root, Reader(fetch, checkpoint.size, checkpoint.root, cache=_CACHE)


def _planning(record: Reader) -> Iterator[dict[str, Json]]:
    """The open entries that say how the register grows and which of its entries lost their acts."""
    for index, entry in enumerate(record.entries(0, record.size)):
        # Most entries say neither; looking for the name of the kind is enough to pass them by.
        if any(name in entry for name in _PLAN_KINDS):
            try:
                yield kinds.check_open(entry)
            except KindError as error:
                raise KindError(error.what, where=f"entry {index:,} of the record", todo=error.todo) from error


def _beside(log: str) -> str:
    """Where the open record lies when the register lies at ``log``: next to it, under its usual name."""
    return re.sub(r"[^/]*$", "record", log.rstrip("/")) if is_url(log) else str(Path(log).resolve().parent / "record")


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a file of openings, one in memory at a time."""
    try:
        with path.open("rb") as file:
            while line := file.readline(MAX_OPENING + 2):
                yield line
    except OSError as error:
        raise CommitmentError(f"cannot be read: {error.strerror}", where=str(path)) from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
    except OSError as error:
        raise SlotError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if len(data) > _MAX_FILE:
        raise SlotError(f"is larger than {_MAX_FILE:,} bytes", where=str(path))
    return data.decode("utf-8", "replace")


def _hex(text: str, where: str) -> bytes:
    """32 bytes from 64 hex digits. The error never shows what was there: it may be a key."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise SlotError("must be 64 hexadecimal digits", where=where)
    return bytes.fromhex(text)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands to `app`."""
    app.command("audit-slots")(audit_slots)
    app.command("period-key")(period_key)
