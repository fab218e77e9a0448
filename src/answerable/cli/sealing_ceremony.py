"""Commands of `sealing ceremony`: how a panel makes the recovery key that no machine ever holds whole.

Each member works on a machine of its own, offline; files of a round are carried to everybody by any means. What a step
checks, it says; a step that fails names the member whose file is wrong, and nothing is written.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from answerable.cli import output
from answerable.cli import sealing_files as files
from answerable.errors import AnswerableError

if TYPE_CHECKING:
    from answerable.sealing.ceremony import Member, Plan

ceremony = typer.Typer(
    help="Make the recovery key: k of n members of the panel hold it together.", no_args_is_help=True
)

PlanFile = typer.Argument(..., metavar="PLAN", help="The plan that all agreed on.")
Files = typer.Argument(..., metavar="FILE…", help="The files of the rounds before, from everybody.")
KeyFile = typer.Option(..., "--key", metavar="FILE", help="Your own key, made with `key`.")
Mine = typer.Option(None, "--mine", metavar="FILE", help="The file of round 1 that you made yourself.")
Out = typer.Option(..., "--out", metavar="DIR", help="Where to write; nothing there is overwritten.")


def add_to(app: typer.Typer) -> None:
    """Add `ceremony` to ``app``."""
    app.add_typer(ceremony, name="ceremony")


@ceremony.command("key")
def key(
    file: Path = typer.Argument(..., metavar="FILE", help="The key file to write, mode 0600."),
    passphrase_file: Path | None = files.PassphraseFile,
    as_json: bool = output.Json,
) -> None:
    """Make your own key for ceremonies, under a passphrase; its public half goes into the plan."""
    with output.told():
        from answerable.sealing.ceremony import new_member

        words = files.passphrase(passphrase_file, "the new key", new=True)
        data, public = new_member(words, rng=os.urandom)
        files.write(file, data, private=True)
    lines = [("created", f"{file}  mode 0600, opened by the passphrase"), ("public", public.hex())]
    lines.append(("next", "give this line to whoever writes the plan, by a way nobody can change it"))
    output.emit(lines, {"file": str(file), "public": public.hex()}, as_json=as_json)


@ceremony.command("plan")
def plan(
    file: Path = typer.Argument(..., metavar="PLAN", help="The plan to write."),
    deployment: Path = files.Deployment,
    k: int = typer.Option(3, "--k", help="How many members open together."),
    member: list[str] = typer.Option(..., "--member", metavar="NAME=KEY", help="A member and its public key; repeat."),
    dealer: bool = typer.Option(False, "--dealer", help="Let one machine make the key whole, and be destroyed."),
    as_json: bool = output.Json,
) -> None:
    """Write the plan: who takes part, under which numbers, how many open together. Everybody compares its hash."""
    with output.told():
        from answerable.sealing.ceremony import Plan
        from answerable.sealing.groups import EDWARDS

        pairs = [each.partition("=") for each in member]
        keys = [EDWARDS.decode(_hex(value, name)) for name, _, value in pairs]
        facts = files.deployment_facts(deployment)
        made = Plan(
            facts.deployment, "dealer" if dealer else "dkg", k, tuple(name for name, _, _ in pairs), tuple(keys)
        )
        files.write(file, made.encode())
    lines = [(f"member {number}", name) for number, name in enumerate(made.names, 1)]
    lines += [("threshold", f"{k} of {len(made.keys)}"), ("hash", made.sha256.hex())]
    data = {"file": str(file), "how": made.how, "k": k, "members": list(made.names), "sha256": made.sha256.hex()}
    output.emit(lines, data, as_json=as_json)


def _hex(text: str, name: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise AnswerableError(
            "a member is NAME=KEY, the key in 64 hexadecimal digits", where=f"--member {name[:40]}"
        ) from None


@ceremony.command("round1")
def round1(
    plan_file: Path = PlanFile,
    key_file: Path = KeyFile,
    out: Path = Out,
    passphrase_file: Path | None = files.PassphraseFile,
    as_json: bool = output.Json,
) -> None:
    """Make your part of the key: commitments, a proof, and a sealed share for every member. Keep the file you made."""
    with output.told():
        from answerable.sealing.ceremony import first

        agreed, member = _plan(plan_file), _member(key_file, passphrase_file)
        number = agreed.number_of(member.public)
        place = out / f"round1-{number}.json"
        files.write(place, first(agreed, number, rng=os.urandom))
    _done(place, number, agreed, "send it to everybody; keep it for --mine", as_json)


@ceremony.command("deal")
def deal(plan_file: Path = PlanFile, out: Path = Out, as_json: bool = output.Json) -> None:
    """Make the whole key here and seal a share to every member, if the plan has a dealer; then destroy the machine."""
    with output.told():
        from answerable.sealing.ceremony import first

        agreed = _plan(plan_file)
        place = out / "round1-0.json"
        files.write(place, first(agreed, 0, rng=os.urandom))
    _done(place, 0, agreed, "send it to everybody, then destroy this machine before witnesses", as_json)


def _done(place: Path, number: int, agreed: Plan, then: str, as_json: bool) -> None:
    lines = [("plan", agreed.sha256.hex()), ("wrote", str(place)), ("next", then)]
    output.emit(lines, {"file": str(place), "member": number, "plan": agreed.sha256.hex()}, as_json=as_json)


@ceremony.command("round2")
def round2(
    plan_file: Path = PlanFile,
    files_: list[Path] = Files,
    key_file: Path = KeyFile,
    mine: Path | None = Mine,
    out: Path = Out,
    passphrase_file: Path | None = files.PassphraseFile,
    as_json: bool = output.Json,
) -> None:
    """Check everybody's part and your shares, and sign what you saw. Give the files of round 1."""
    with output.told():
        from answerable.sealing.ceremony import gather, read_first, second

        agreed, member = _plan(plan_file), _member(key_file, passphrase_file)
        number = agreed.number_of(member.public)
        messages = gather([read_first(agreed, files.read(file)) for file in files_])
        signed, outcome = second(agreed, member, messages, _own(agreed, mine), rng=os.urandom)
        place = out / f"round2-{number}.json"
        files.write(place, signed)
    from hashlib import sha256

    seen = sha256(outcome.transcript).hexdigest()
    lines = [("checked", f"{len(messages)} of {len(messages)} parts hold"), ("transcript", seen)]
    lines += [("wrote", str(place)), ("next", "send it to everybody, then round3 with theirs")]
    output.emit(lines, {"file": str(place), "member": number, "transcript": seen}, as_json=as_json)


@ceremony.command("round3")
def round3(
    plan_file: Path = PlanFile,
    files_: list[Path] = Files,
    key_file: Path = KeyFile,
    mine: Path | None = Mine,
    out: Path = Out,
    passphrase_file: Path | None = files.PassphraseFile,
    share_passphrase_file: Path | None = typer.Option(
        None, "--share-passphrase-file", metavar="FILE", help="Another passphrase for the share; else the key's."
    ),
    as_json: bool = output.Json,
) -> None:
    """Check everybody's signature and keep your share. Give the files of rounds 1 and 2."""
    with output.told():
        from answerable.sealing.ceremony import Share, gather, lock_share, open_member, read_first, second, third

        agreed = _plan(plan_file)
        words = files.passphrase(passphrase_file, "your key")
        member = open_member(files.read_private(key_file), words)
        number = agreed.number_of(member.public)
        data = [files.read(file) for file in files_]
        messages = gather([read_first(agreed, each) for each in data if b"/round1@" in each])
        _, outcome = second(agreed, member, messages, _own(agreed, mine), rng=os.urandom)
        certificate = third(agreed, outcome, messages, [each for each in data if b"/round1@" not in each])
        made = certificate.verify()
        share = Share(agreed.deployment, number, made.key.public, outcome.share)
        if share_passphrase_file is not None:
            words = files.passphrase(share_passphrase_file, "the share", new=True)
        place = out / f"share-{number}.json"
        files.write(place, lock_share(share, words, rng=os.urandom), private=True)
        files.write_same(out / "certificate.json", certificate.encode())
        files.write_same(out / "recovery-key.json", made.encode())
    _made(place, made.key.public, made.how, f"{made.key.k} of {made.key.n}", as_json)


def _made(place: Path, public: bytes, how: str, threshold: str, as_json: bool) -> None:
    lines = [("key", public.hex()), ("opens", threshold), ("share", f"{place}  mode 0600; keep a copy elsewhere")]
    if how == "dealer":
        lines.append(("limit", "this key was once whole on one machine; pages say so"))
    output.emit(lines, {"how": how, "public": public.hex(), "share": str(place), "opens": threshold}, as_json=as_json)


@ceremony.command("check")
def check(
    file: Path = typer.Argument(..., metavar="CERTIFICATE", help="The certificate that round 3 wrote."),
    as_json: bool = output.Json,
) -> None:
    """Check a certificate: every part, every proof, every signature; and print the key it makes."""
    with output.told():
        from answerable.sealing.ceremony import decode_certificate

        certificate = decode_certificate(files.read(file))
        made = certificate.verify()
    lines = [("key", made.key.public.hex()), ("opens", f"{made.key.k} of {made.key.n}"), ("made by", made.how)]
    lines += [(f"member {number}", name) for number, name in enumerate(certificate.plan.names, 1)]
    data = {"how": made.how, "k": made.key.k, "members": list(certificate.plan.names), "public": made.key.public.hex()}
    output.emit(lines, data, as_json=as_json)


def _plan(file: Path) -> Plan:
    from answerable.sealing.ceremony import decode_plan

    return decode_plan(files.read(file))


def _member(file: Path, passphrase_file: Path | None) -> Member:
    from answerable.sealing.ceremony import open_member

    return open_member(files.read_private(file), files.passphrase(passphrase_file, "your key"))


def _own(agreed: Plan, mine: Path | None) -> bytes | None:
    """The message this member made itself; none with a dealer."""
    from answerable.sealing.ceremony import read_first

    if agreed.how == "dealer":
        return None
    if mine is None:
        raise AnswerableError("--mine is missing", todo="give the file of round 1 that you made on this machine")
    return read_first(agreed, files.read(mine))[1]
