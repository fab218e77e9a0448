"""`record verify`, `record policy check`, `record key new`: what anyone can do with files and keys alone."""

from __future__ import annotations

import re
import secrets
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from answerable.cli import output
from answerable.ledger.reading import is_url, open_log
from answerable.record import verify as checks
from answerable.record.errors import RecordError
from answerable.record.keys import COSIGNATURE, ED25519, MLDSA44, TYPE_NAMES, SigningKey, VerifierKey
from answerable.record.note import read_key_file, write_key_file
from answerable.record.policy import Policy
from answerable.record.proof import MAX_PROOF_FILE
from answerable.record.reports import FAIL, PASS, Draft, Report, many
from answerable.record.text import parse_decimal

_PROOF, _ACK = b"c2sp.org/tlog-proof@v1\n", b"answerable/ack@v1\n"


class Demand(StrEnum):
    """What `--require` can ask for."""

    mldsa44 = "mldsa44"


class KeyType(StrEnum):
    """The types of keys that `key new` makes."""

    ed25519 = "ed25519"
    cosignature = "cosignature"
    mldsa44 = "mldsa44"


_TYPES = {KeyType.ed25519: ED25519, KeyType.cosignature: COSIGNATURE, KeyType.mldsa44: MLDSA44}


def _read(path: Path) -> bytes:
    """The bytes of a file that is not larger than any file of the record."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_PROOF_FILE + 1)
    except OSError as error:
        raise RecordError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if len(data) > MAX_PROOF_FILE:
        raise RecordError(f"is larger than {MAX_PROOF_FILE:,} bytes", where=str(path))
    return data


def _is_folder(target: str) -> bool:
    try:
        return Path(target).is_dir()
    except OSError:  # a name too long for any file
        return False


def _vkeys(path: Path) -> list[VerifierKey]:
    """The verifier keys in a file, one a line."""
    lines = _read(path).decode("utf-8", "replace").split("\n")
    return [VerifierKey.parse(line.strip()) for line in lines if line.strip()]


def _range(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([^:]*):([^:]*)", text)
    start, stop = (parse_decimal(part) for part in match.groups()) if match else (None, None)
    if start is None or stop is None:
        raise RecordError(f"--range is FROM:TO, such as 4000:4212, not {text!r}")
    return start, stop


def verify(
    target: Annotated[str, typer.Argument(metavar="FILE|LOG", help="A receipt, an acknowledgement, or a log.")],
    policy: Annotated[Path, typer.Option(help="The policy: known logs, witnesses and their quorum.")],
    log: Annotated[str | None, typer.Option(help="The log that an acknowledgement is checked against.")] = None,
    ack_key: Annotated[Path | None, typer.Option(help="A file of the verifier keys of acknowledgements.")] = None,
    growth: Annotated[Path | None, typer.Option(help="A .tlog-growth file that extends an old receipt.")] = None,
    entries: Annotated[str | None, typer.Option("--range", metavar="FROM:TO", help="Only these entries.")] = None,
    require: Annotated[Demand | None, typer.Option(help="Demand post-quantum lines of log and quorum.")] = None,
    opening: Annotated[Path | None, typer.Option(help="The opening of a receipt's sealed entry.")] = None,
    as_json: bool = output.Json,
) -> None:
    """Verify a receipt or an acknowledgement (FILE), or a copy of a log (LOG, a folder or an address)."""
    with output.told():
        trusted = Policy.parse(_read(policy), file=str(policy))
        if is_url(target) or _is_folder(target):
            _refuse(
                {"--log": log, "--ack-key": ack_key, "--growth": growth, "--require": require, "--opening": opening}
            )
            report = _verify_log(target, trusted, entries)
        else:
            data = _read(Path(target))
            if data.startswith(_ACK):
                _refuse({"--growth": growth, "--range": entries, "--require": require, "--opening": opening})
                report = _verify_ack(data, trusted, log, ack_key)
            elif data.startswith(_PROOF):
                _refuse({"--log": log, "--ack-key": ack_key, "--range": entries})
                report = _verify_receipt(data, trusted, growth, require, opening)
            else:
                raise RecordError("is neither a receipt (.tlog-proof) nor an acknowledgement", where=target)
    _end(report, as_json)


def _refuse(options: dict[str, object]) -> None:
    """An option that does not go with what is verified is an error, never silently ignored."""
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise RecordError(f"{' and '.join(given)} cannot be used with what is verified here")


def _verify_log(target: str, policy: Policy, entries: str | None) -> Report:
    fetch = open_log(target)
    if entries is not None:
        return checks.verify_range(fetch, policy, *_range(entries))
    with output.progress("hashing entries") as step:
        return checks.verify_copy(fetch, policy, progress=step)


def _verify_ack(data: bytes, policy: Policy, log: str | None, ack_key: Path | None) -> Report:
    if log is None or ack_key is None:
        raise RecordError("an acknowledgement is checked with --log and --ack-key")
    return checks.verify_ack(data, open_log(log), policy, _vkeys(ack_key), int(time.time()))


def _verify_receipt(
    data: bytes, policy: Policy, growth: Path | None, require: Demand | None, opening: Path | None
) -> Report:
    if growth is not None:
        _refuse({"--require": require, "--opening": opening})
        return checks.verify_growth(data, _read(growth), policy)
    opened = None if opening is None else _read(opening)
    return checks.verify_receipt(data, policy, require_mldsa44=require is not None, opening=opened)


def _end(report: Report, as_json: bool) -> None:
    output.emit(report.lines, report.data, as_json=as_json)
    raise typer.Exit(report.exit_code)


def policy_check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy file.")],
    as_json: bool = output.Json,
) -> None:
    """Check a policy: how many corrupt members each group survives, and what makes it weaker than it looks."""
    with output.told():
        report = _policy_report(Policy.parse(_read(file), file=str(file)))
    _end(report, as_json)


def _policy_report(policy: Policy) -> Report:
    draft = Draft()
    for origin in policy.origins:
        draft.say("log", f"{origin}  {', '.join(TYPE_NAMES[key.type] for key in policy.log_keys(origin))}")
    draft.say(
        "witnesses", many(len(policy.witnesses), "key"), logs=list(policy.origins), witnesses=len(policy.witnesses)
    )
    groups = policy.split_tolerance()
    for line in groups:
        draft.say("group", line)
    draft.say("quorum", policy.shown_quorum, quorum=policy.shown_quorum, groups=groups)
    warnings = policy.warnings()
    for line in warnings:
        draft.say("warning", line)
    if warnings:
        return draft.end(FAIL, many(len(warnings), "warning"), warnings=warnings)
    return draft.end(PASS, "the policy is well formed", warnings=warnings)


def key_new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The key file to write, mode 0600.")],
    name: Annotated[str, typer.Option(help="The key's name: an origin, or a witness's name.")],
    kind: Annotated[KeyType, typer.Option("--type", help="What it signs with.")] = KeyType.ed25519,
    as_json: bool = output.Json,
) -> None:
    """Make a new private key and print the verifier key that goes with it."""
    with output.told():
        key = SigningKey.generate(name, _TYPES[kind], secrets.token_bytes(32))
        write_key_file(file, key)
    lines = (("created", f"{file}  {kind} key of {name}, mode 0600"), ("vkey", str(key.verifier)))
    output.emit(lines, {"file": str(file), "type": str(kind), "vkey": str(key.verifier)}, as_json=as_json)


def key_show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A private key file.")],
    as_json: bool = output.Json,
) -> None:
    """Print the verifier key that goes with a private key, for policies and for `verify --ack-key`."""
    with output.told():
        vkey = str(read_key_file(file).verifier)
    output.emit((("vkey", vkey),), {"vkey": vkey}, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands to `app`."""
    app.command("verify")(verify)
    policy = typer.Typer(help="Trust policies.", no_args_is_help=True)
    policy.command("check")(policy_check)
    policy.callback()(_group)
    app.add_typer(policy, name="policy")
    key = typer.Typer(help="Keys of notes.", no_args_is_help=True)
    key.command("new")(key_new)
    key.command("show")(key_show)
    app.add_typer(key, name="key")


def _group() -> None:
    """A group of one command stays a group."""
