"""`casework audit`: the slots of a quarter audited, signed by a member of the panel, and recorded, in one command."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from answerable.cli import audit as auditing
from answerable.cli import output
from answerable.errors import NOT_YET, AnswerableError
from answerable.record.audited import Audited
from answerable.record.errors import ProofError, TreeError
from answerable.record.reports import PASS, PENDING, Line

#: Where the desk keeps the signed notes of audits: each entry names the hash of one.
NOTES = "audits"
_MAX_NOTE = 16 * 1024
Home = Annotated[Path | None, typer.Option("--home", envvar="ANSWERABLE_HOME", help="The desk's folder.")]


def audit(
    quarter: Annotated[str, typer.Argument(metavar="QUARTER", help="Such as 2026-Q4.")],
    period_key: Annotated[
        Path | None, typer.Option(help="The key the quarter's pads come from, by `record period-key`.")
    ] = None,
    sign: Annotated[Path | None, typer.Option(help="The note key of the member of the panel who audits.")] = None,
    note: Annotated[
        Path | None, typer.Option(help="Instead: what an auditor elsewhere signed (`record audit-slots --sign`).")
    ] = None,
    log: Annotated[str, typer.Option(help="The register. Default: beside the record that party.toml names.")] = "",
    policy: Annotated[Path | None, typer.Option(help="Also require the cosignatures that this policy names.")] = None,
    so_far: Annotated[
        bool, typer.Option("--so-far", help="Record the slots until now of a quarter that is not over.")
    ] = False,
    home: Home = None,
    as_json: bool = output.Json,
) -> None:
    """Audit every slot of a quarter and, only when the audit passes, record it as slots.audited, signed by the panel.

    `casework counts` then says how many slots were audited. Run again, it finds the entry that there is.
    """
    code, lines, data = 0, list[Line](), dict[str, Any]()
    with output.told():
        from answerable.cli.casework import desk

        folder = desk(home)
        register = log or _register()
        if note is not None and period_key is None and sign is None:
            signed: bytes | None = _read(note)
        elif note is None and period_key is not None and sign is not None:
            asked = auditing.Asked(register, period_key, policy=policy)
            code, lines, data, signed = _audited(quarter, asked, sign, so_far=so_far)
        else:
            raise AnswerableError("give --period-key and --sign to audit here, or --note of an audit made elsewhere")
        if signed is not None:
            code, entered = 0, _record(folder, quarter, register, signed, policy)
            lines += entered[0]
            data |= entered[1]
    output.emit(lines, data, as_json=as_json)
    raise typer.Exit(code)


def _register() -> str:
    from django.conf import settings

    record = str(getattr(settings, "ANSWERABLE_LOG", ""))
    if not record:
        raise AnswerableError("no register is named", where="--log", todo="name it, or the record as log in party.toml")
    return auditing.beside(record, "register")


def _audited(
    quarter: str, asked: auditing.Asked, key: Path, *, so_far: bool
) -> tuple[int, list[Line], dict[str, Any], bytes | None]:
    """Audit with the desk's own openings: exit code, what to say, and the signed note when there is one to record."""
    from answerable.casework import openings

    report, head = auditing.audited((line + b"\n" for line in openings.lines()), quarter, asked)
    data = {**report.data, **head}
    passed = report.verdict == PASS or (so_far and report.verdict == PENDING)
    lines = list(report.lines)
    if report.exit_code == NOT_YET and not so_far:
        lines.append(("next", "nothing is recorded before the quarter is over, except with --so-far"))
    return report.exit_code, lines, data, auditing.signed(report, head, key, so_far=so_far) if passed else None


def _record(
    folder: Path, quarter: str, register: str, note: bytes, policy: Path | None
) -> tuple[list[Line], dict[str, Any]]:
    """Record a signed note, whose head the published register must extend, and keep it; what to say."""
    from answerable.casework.actions.auditing import check_audit, record_audit
    from answerable.parties.deployed import deployment
    from answerable.record.keys import VerifierKey

    panel = [VerifierKey.parse(key) for key in deployment(folder)["panel"]]
    _check_head(register, check_audit(note, panel, quarter)[0], policy)
    digest = sha256(note).hexdigest()
    place = folder / NOTES / f"{quarter}-{digest[:16]}.note"
    place.parent.mkdir(mode=0o700, exist_ok=True)
    place.write_bytes(note)  # before the entry that names its hash; the same bytes, whenever it is done again
    found = record_audit(note, panel, quarter)
    if not found.new and found.report_sha256 != digest:
        place.unlink()
    said = "slots.audited" if found.new else "slots.audited, recorded before"
    slots = found.audit.stop - found.audit.start
    lines = [("signed", ", ".join(found.signers)), ("recorded", f"{said}: {slots:,} slots  leaf {found.leaf}")]
    return lines, {
        "leaf": found.leaf,
        "new": found.new,
        "signers": list(found.signers),
        "report_sha256": found.report_sha256,
    }


def _check_head(register: str, found: Audited, policy: Path | None) -> None:
    """Raise `AnswerableError` unless the register that is published now extends the one that was audited."""
    from answerable.ledger.reading import open_log
    from answerable.record.policy import Policy
    from answerable.record.tree import verify_consistency

    trusted = None if policy is None else Policy.parse(policy.read_text("utf-8"), file=str(policy))
    origin, root, reader = auditing.reader_of(open_log(register), trusted)
    here = AnswerableError("the register that is published is not the one that was audited", where=register)
    if origin != found.origin or found.size > reader.size:
        raise here
    try:
        proof = reader.consistency_proof(found.size)
        verify_consistency(found.size, reader.size, proof, bytes.fromhex(found.root), root)
    except (TreeError, ProofError):
        raise here from None


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_MAX_NOTE + 1)
    if len(data) > _MAX_NOTE:
        raise AnswerableError(f"is larger than {_MAX_NOTE:,} bytes", where=str(path))
    return data
