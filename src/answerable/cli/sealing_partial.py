"""The command `sealing partial`: one member of the panel helps to open one compartment for one person, or refuses."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from answerable.cli import output
from answerable.cli import sealing_files as files
from answerable.errors import FALSE, AnswerableError

if TYPE_CHECKING:
    from answerable.sealing.readers import Reader, ReadersNote
    from answerable.sealing.recovery import RecoveryKey, Request


class Refused(AnswerableError):  # noqa: N818 - the name says what it is
    """A request that this member must not answer."""

    exit_code = FALSE


def add_to(app: typer.Typer) -> None:
    """Add `partial` to ``app``."""
    app.command("partial")(partial)


def partial(
    request_file: Path = typer.Argument(..., metavar="REQUEST", help="The request, as the desk exported it."),
    share: Path = typer.Option(..., "--share", metavar="FILE", help="Your share, from round 3."),
    key: Path = typer.Option(..., "--key", metavar="FILE", help="recovery-key.json, from round 3."),
    deployment: Path = files.Deployment,
    readers: Path = typer.Option(..., "--readers", metavar="NOTE", help="The readers' note the panel signed."),
    out: Path = typer.Option(..., "--out", metavar="FILE", help="The answer to write, for the beneficiary alone."),
    policies: Path | None = files.Access,
    receipt: Path | None = typer.Option(None, "--receipt", metavar="FILE", help="The .tlog-proof of the entry."),
    log_policy: Path | None = typer.Option(None, "--log-policy", metavar="FILE", help="The policy that checks it."),
    on: str | None = typer.Option(None, "--on", metavar="DATE", help="The day of the answer; today by default."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    passphrase_file: Path | None = files.PassphraseFile,
    as_json: bool = output.Json,
) -> None:
    """Say what a request would open, for whom and why; then answer it with your share, sealed to that person."""
    with output.told():
        from answerable.sealing.ceremony import open_share
        from answerable.sealing.recovery import answer, decode_key, decode_request

        facts = files.deployment_facts(deployment)
        request, made = decode_request(files.read(request_file)), decode_key(files.read(key))
        note, _ = files.signed_readers(readers, facts)
        seen = _check(request, made, note, policies, _day(on))
        seen.leaf = _entry(request, receipt, log_policy)
        if not as_json:
            for label, text in seen.lines(request, in_register=receipt is not None):
                output.say(label, text)
        if not yes and not typer.confirm("Answer it?", err=True):
            raise Refused("nothing was answered")
        held = open_share(files.read_private(share), files.passphrase(passphrase_file, "your share"))
        if (held.deployment, held.public) != (made.deployment, made.key.public):
            raise Refused("your share is of another key than this one", where=str(share))
        sealed = answer(request, held.secret, held.member, made.key, rng=os.urandom)
        files.write(out, sealed.encode())
    lines = [("wrote", f"{out}  readable by the beneficiary alone")]
    data = {"file": str(out), "leaf": seen.leaf, "member": held.member, "request": request.sha256.hex()}
    output.emit(lines, data, as_json=as_json)


@dataclass
class Seen:
    """What a member is shown before the share is touched."""

    reader: Reader
    needs: tuple[str, ...]
    leaf: str = ""

    def lines(self, request: Request, *, in_register: bool) -> list[tuple[str, str]]:
        """The lines to print."""
        place = "the receipt says it is in the register" if in_register else "give --receipt to check the register"
        who = f"{self.reader.id.hex()}  {self.reader.role}, {self.reader.employer or 'employer not given'}"
        if self.needs:
            who += f"; only with {' and '.join(self.needs)}, which the desk says it has"
        return [
            ("opens", f"{request.compartment.code} of the {request.record_kind.code} {request.record.hex()}"),
            ("for", who),
            ("because", " ".join(request.reason.split())),
            ("asked", f"{request.day}, at the stage {request.stage}"),
            ("entry", f"{self.leaf}; {place}"),
        ]


def _day(on: str | None) -> date:
    if on is None:
        return date.today()  # noqa: DTZ011 - the member's own day, as the member's calendar has it
    try:
        return date.fromisoformat(on)
    except ValueError:
        raise AnswerableError(f"{on[:40]!r} is no day", where="--on", todo="write YYYY-MM-DD") from None


def _check(request: Request, made: RecoveryKey, note: ReadersNote, policies: Path | None, on: date) -> Seen:
    """Refuses a request that does not fit together, or whose beneficiary may not read there that day."""
    from answerable.sealing.recovery import check_request

    if not request.deployment == made.deployment == note.deployment:
        raise Refused("request, key and readers' note are not of one deployment")
    if (note.recovery.public, note.recovery.k, note.recovery.n) != (made.key.public, made.key.k, made.key.n):
        raise Refused("the readers' note names another recovery key than this file")
    check_request(request)
    reader = next((each for each in note.readers if each.id == request.holder), None)
    if reader is None or reader.x25519 != request.x25519:
        raise Refused(
            "the beneficiary, with this key, is not in the readers' note", todo="do not answer; tell the panel"
        )
    if request.day > on:
        raise Refused(f"the request is of {request.day}, which is still to come")
    needs = {need for day in (request.day, on) for need in _needs(request, reader.role, policies, day)}
    return Seen(reader, tuple(sorted(needs)))


def _needs(request: Request, role: str, policies: Path | None, on: date) -> frozenset[str]:
    """What the table asks of this role to read there on that day. Refuses where it may not."""
    from answerable.casework.policies import table

    record, compartment = request.record_kind.code, request.compartment.code
    for holder in table(policies).holders(record, compartment, stage=request.stage, on=on):
        if holder.role == role:
            return holder.needs
    raise Refused(f"the access table does not let {role} read {record}/{compartment} at {request.stage} on {on}")


def _entry(request: Request, receipt: Path | None, log_policy: Path | None) -> str:
    """The leaf hash of the entry that the opening opens, which must hold the hash of what the wrap came in."""
    from hashlib import sha256

    from answerable.record import canonical, commit
    from answerable.record.tree import leaf_hash

    opening = canonical.encode(request.opening)
    entry, opened = commit.open_entry(opening)
    digest = sha256(request.source).hexdigest()
    documents = opened.fields.get("document_sha256")
    shown = [opened.fields.get("ciphertext_sha256"), *(documents if isinstance(documents, list) else [documents])]
    if digest not in shown:
        raise Refused("the opening does not show the hash of what the wrap came in", todo="do not answer")
    if receipt is not None:
        _in_register(receipt, log_policy, opening)
    return leaf_hash(entry).hex()


def _in_register(receipt: Path, log_policy: Path | None, opening: bytes) -> None:
    from answerable.record.policy import Policy
    from answerable.record.verify import verify_receipt

    if log_policy is None:
        raise AnswerableError("a receipt is checked with --log-policy")
    policy = Policy.parse(files.read_text(log_policy), file=str(log_policy))
    report = verify_receipt(files.read(receipt), policy, opening=opening)
    if report.exit_code:
        raise Refused("the receipt does not show this entry in the register", where=str(receipt))
