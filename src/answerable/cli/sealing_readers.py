"""Commands of `sealing readers`: who may read what arrives, drafted from the access table and signed by two people."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import typer

from answerable.cli import output
from answerable.cli import sealing_files as files
from answerable.errors import FALSE, AnswerableError

readers = typer.Typer(help="The readers' note: who may read what arrives, signed by the panel.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add `readers` to ``app``."""
    app.add_typer(readers, name="readers")


@readers.command("draft")
def draft(
    people: Path = typer.Argument(..., metavar="PEOPLE", help="A YAML file of the people: docs/sealing.md."),
    key: Path = typer.Option(..., "--key", metavar="FILE", help="recovery-key.json, from the ceremony."),
    office: list[str] = typer.Option(
        ..., "--office", metavar="HEX", help="The office key, printed by carry-init; repeat, earlier ones behind it."
    ),
    epoch: int = typer.Option(..., "--epoch", help="The note's number: one more than the last one's."),
    on: str = typer.Option(..., "--day", metavar="DATE", help="The day it is of."),
    policies: Path | None = files.Access,
    out: Path = typer.Option(..., "--out", metavar="FILE", help="The text to write, unsigned."),
    as_json: bool = output.Json,
) -> None:
    """Write the text of the note: each person's grants are what the access table gives the role at the first stage."""
    with output.told():
        from answerable.casework.policies import table
        from answerable.cli.sealing_people import check, draft
        from answerable.sealing.readers import write
        from answerable.sealing.recovery import decode_key

        made = decode_key(files.read(key))
        allowed = table(policies)
        signing = [files.key_of(one, "--office") for one in office]
        note = draft(files.read(people), people.name, allowed, made, signing, epoch=epoch, day=_day(on))
        check(note, allowed)
        files.write(out, write(note).encode())
    lines = [("wrote", f"{out}  {len(note.readers)} readers"), ("next", f"two members sign it: readers sign {out}")]
    output.emit(lines, {"file": str(out), "readers": len(note.readers)}, as_json=as_json)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AnswerableError(f"{text[:40]!r} is no day", where="--day", todo="write YYYY-MM-DD") from None


@readers.command("sign")
def sign(
    file: Path = typer.Argument(..., metavar="FILE", help="The text, or the note that another has signed."),
    key: Path = typer.Option(..., "--key", metavar="FILE", help="Your note key (record key new)."),
    out: Path = typer.Option(..., "--out", metavar="NOTE", help="The signed note to write."),
    as_json: bool = output.Json,
) -> None:
    """Add your signature. Read the note first: `readers check` says what it lets whom read."""
    with output.told():
        from answerable.record.keyfile import read_key_file
        from answerable.record.note import Note, add_signatures, sign_text
        from answerable.sealing.readers import parse

        data, held = files.read(file), read_key_file(key)
        signed = b"\n\n" in data
        text = Note.parse(data).text if signed else files.read_text(file)
        parse(text)  # nobody signs what is no readers' note
        mine = sign_text(text, held)
        note = add_signatures(data, mine.signatures) if signed else mine.to_bytes()
        count = len(Note.parse(note).signatures)
        files.write(out, note)
    plural = "" if count == 1 else "s"
    left = "" if count >= files.SIGNERS else "; one more member signs it"
    lines = [("signed", f"by {held.name}"), ("wrote", f"{out}  {count} signature{plural}{left}")]
    output.emit(lines, {"file": str(out), "signatures": count, "signer": held.name}, as_json=as_json)


@readers.command("check")
def check(
    file: Path = typer.Argument(..., metavar="NOTE", help="The signed note."),
    deployment: Path = files.Deployment,
    policies: Path | None = files.Access,
    as_json: bool = output.Json,
) -> None:
    """Check signatures, deployment, and that no compartment is without reader; say who reads what."""
    with output.told():
        from answerable.casework.policies import table
        from answerable.cli.sealing_people import faults

        note, names = files.signed_readers(file, files.deployment_facts(deployment))
        found = list(faults(note, table(policies)))
    lines = [("signed", ", ".join(names)), ("epoch", f"{note.epoch}, of {note.day}")]
    lines.append(("recovery", f"{note.recovery.public.hex()}  {note.recovery.k} of {note.recovery.n}"))
    lines += [("office" if not n else "office before", one.hex()) for n, one in enumerate(note.office)]
    for reader in note.readers:
        grants = ", ".join(f"{record.code}/{part.code}" for record, part in reader.grants) or "nothing"
        lines.append(("reader", f"{reader.id.hex()}  {reader.role}: {grants}"))
    lines += [("fault", fault) for fault in found]
    data = {
        "epoch": note.epoch,
        "faults": found,
        "office": [one.hex() for one in note.office],
        "readers": len(note.readers),
        "signed": list(names),
    }
    output.emit(lines, data, as_json=as_json)
    raise typer.Exit(FALSE if found else 0)
