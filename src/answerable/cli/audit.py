"""`record audit-slots` and `period-key`: every slot of the register opens, for whoever was given openings and key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from answerable.cli import output
from answerable.ledger.openings import read_secret, write_secret
from answerable.ledger.reading import is_url, open_log
from answerable.record import audit, commit, kinds
from answerable.record.audited import of_report
from answerable.record.canonical import Json
from answerable.record.checkpoint import Checkpoint
from answerable.record.commit import MAX_OPENING
from answerable.record.copies import fetch_head
from answerable.record.errors import CommitmentError, KindError, SlotError, TileError
from answerable.record.note import Note, read_key_file, sign_text
from answerable.record.policy import Policy, check_checkpoint
from answerable.record.reports import FAIL, PASS, PENDING, Draft, Report
from answerable.record.slots import read_schedule, ticks_of_period
from answerable.record.tiles import Fetch, Reader

_PLAN_KINDS = (b'"log.opened"', b'"schedule.changed"', b'"tick.enlarged"', b'"incident.published"')
_MAX_FILE = 512 * 1024
#: Tiles kept while streaming: each is read once, only those above it again.
_CACHE = 64


@dataclass(frozen=True)
class Asked:
    """Which register an audit reads, with what. ``record``: the open record (None: beside the register)."""

    log: str
    period_key: Path
    record: str | None = None
    policy: Path | None = None


def audited(
    openings: Iterable[bytes], period: str, asked: Asked, sample: int | None = None, auditor: bytes = b""
) -> tuple[Report, dict[str, Any]]:
    """Audit a quarter's slots, all of them or ``sample`` drawn by ``auditor``: the report, and the head it read."""
    trusted = None if asked.policy is None else Policy.parse(_text(asked.policy), file=str(asked.policy))
    origin, root, register = reader_of(open_log(asked.log), trusted)
    key = _hex(_text(asked.period_key).strip(), str(asked.period_key))
    told = list(_planning(reader_of(open_log(asked.record or beside(asked.log)), trusted)[2]))
    plan, orphans = read_schedule(told, origin), audit.orphans(told, origin)
    act: Callable[..., Report] = audit.audit_slots
    if sample is not None:
        act = partial(audit.audit_sample, count=sample, auditor=auditor)
    with output.progress("opening slots") as step:
        try:
            report = act(openings, period, register, key, plan, orphans=orphans, progress=step)
        except TileError as error:
            # As in `verify`: a copy that is not the log its checkpoint signs is a finding, not a misuse.
            report = Draft().end(FAIL, str(error), failed=1, faults=[str(error)])
    return report, {"origin": origin, "size": register.size, "root": root.hex()}


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
    sign: Annotated[Path | None, typer.Option(help="Your note key: when the audit passes, sign what it found.")] = None,
    note: Annotated[Path | None, typer.Option(help="Where the signed note goes; `casework audit` records it.")] = None,
    so_far: Annotated[bool, typer.Option("--so-far", help="Sign also while the quarter is not over.")] = False,
    as_json: bool = output.Json,
) -> None:
    """Audit the slots of a quarter: each opens as one event, pad, erasure or orphan, and each case's chain is whole."""
    with output.told():
        if (sample is None) != (seed is None):
            raise SlotError("--sample and --seed go together", todo="give both, or neither for the full audit")
        if (sign is None) != (note is None) or (sample is not None and sign is not None):
            raise SlotError("--sign and --note go together, and with the full audit alone")
        auditor = _hex(seed, "--seed") if seed is not None else b""
        report, head = audited(_lines(openings), period, Asked(log, period_key, record, policy), sample, auditor)
        lines = list(report.lines)
        if sign is not None and note is not None and (report.verdict == PASS or (so_far and report.verdict == PENDING)):
            with note.open("xb") as file:
                file.write(signed(report, head, sign, so_far=so_far))
            lines.append(("signed", str(note)))
    output.emit(lines, {**report.data, **head}, as_json=as_json)
    raise typer.Exit(report.exit_code)


def signed(report: Report, head: dict[str, Any], key: Path, *, so_far: bool) -> bytes:
    """The note of an audit that passed, signed by a note key. Raises `SlotError` for one that did not."""
    return sign_text(
        of_report(report, head, datetime.now(UTC).date(), so_far=so_far).text(), read_key_file(key)
    ).to_bytes()


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


def reader_of(fetch: Fetch, policy: Policy | None) -> tuple[str, bytes, Reader]:
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


def beside(log: str, name: str = "record") -> str:
    """Where the open record (or ``name``) lies when the other log lies at ``log``: next to it, under its usual name."""
    return re.sub(r"[^/]*$", name, log.rstrip("/")) if is_url(log) else str(Path(log).resolve().parent / name)


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
