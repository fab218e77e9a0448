"""Files of the `sealing` commands: read whole, never overwritten, secrets readable by their owner alone."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from answerable.errors import AnswerableError

if TYPE_CHECKING:
    from answerable.record.keys import VerifierKey
    from answerable.sealing.readers import ReadersNote

PassphraseFile = typer.Option(
    None, "--passphrase-file", metavar="FILE", help="The file with the passphrase; asked for if not given."
)
Deployment = typer.Option(..., "--deployment", metavar="FILE", help="The deployment's deployment.json.")
Access = typer.Option(
    None, "--policies", metavar="DIR", help="The deployment's policy files; the built-in ones if none."
)
_MOST = 1 << 26
#: How many members of the panel sign the readers' note.
SIGNERS = 2


def read(path: Path) -> bytes:
    """The bytes of a file. Raises AnswerableError naming it."""
    if not path.is_file():
        raise AnswerableError("there is no such file", where=str(path))
    if path.stat().st_size > _MOST:
        raise AnswerableError(f"the file has more than {_MOST:,} bytes", where=str(path))
    return path.read_bytes()


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises AnswerableError naming it."""
    return _text(read(path), path)


def _text(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise AnswerableError("the file is not UTF-8 text", where=str(path)) from None


def read_private(path: Path) -> bytes:
    """The bytes of a file that only its owner can read. Raises AnswerableError if others can."""
    data = read(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise AnswerableError(
            f"the file has mode {mode:04o}, so others can read it", where=str(path), todo="chmod 600, and ask who did"
        )
    return data


def key_of(text: str, option: str) -> bytes:
    """A public key of 32 bytes as it is typed. Raises AnswerableError naming the option."""
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise AnswerableError(
            f"{text[:70]!r} is no key",
            where=option,
            todo="write the 64 lower-case hexadecimal digits that were printed",
        )
    return bytes.fromhex(text)


def write(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a new file durably, mode 0600 if ``private``. Raises AnswerableError if something is already there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644)
    except FileExistsError:
        raise AnswerableError(
            "there is already a file here, and nothing is overwritten", where=str(path), todo="name another"
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_same(path: Path, data: bytes) -> None:
    """Write a public file that everybody makes alike; one that is there already must be equal."""
    if path.exists():
        if read(path) != data:
            raise AnswerableError("the file here differs from what was made now", where=str(path), todo="compare them")
        return
    write(path, data)


def passphrase(file: Path | None, what: str, *, new: bool = False) -> str:
    """The passphrase of ``what``: the first line of a file that its owner alone reads, or typed without echo.

    A new one is typed twice.
    """
    if file is not None:
        return _text(read_private(file), file).split("\n", 1)[0].strip()
    typed: str = typer.prompt(f"Passphrase of {what}", hide_input=True, confirmation_prompt=new, err=True)
    return typed


@dataclass(frozen=True)
class Facts:
    """What deployment.json says that these commands need."""

    deployment: bytes
    panel: tuple[VerifierKey, ...]


def deployment_facts(path: Path) -> Facts:
    """The facts of a deployment.json. Raises AnswerableError naming the member that is wrong."""
    import json

    from answerable.record.keys import VerifierKey

    def problem(name: str, needs: str) -> AnswerableError:
        return AnswerableError(f"“{name}” must be {needs}", where=str(path))

    try:
        value: Any = json.loads(read_text(path))
    except (ValueError, RecursionError):
        raise AnswerableError("the file is not JSON", where=str(path)) from None
    members = value if isinstance(value, dict) else {}
    name, panel = members.get("deployment"), members.get("panel")
    if not isinstance(name, str) or len(name) != 64 or any(char not in "0123456789abcdef" for char in name):
        raise problem("deployment", "64 lower-case hexadecimal digits")
    if not isinstance(panel, list) or not all(isinstance(each, str) for each in panel):
        raise problem("panel", "a list of verifier keys")
    return Facts(bytes.fromhex(name), tuple(VerifierKey.parse(each) for each in panel))


def signed_readers(path: Path, facts: Facts) -> tuple[ReadersNote, tuple[str, ...]]:
    """The readers' note of a file, signed by two members of the panel, and their names.

    Raises AnswerableError for fewer signatures, a bad one, another deployment's note, or a malformed one.
    """
    from answerable.record.errors import SignatureError
    from answerable.record.note import Note, verify_note
    from answerable.sealing.readers import parse

    note = Note.parse(read(path))
    names = tuple(sorted({each.key.name for each in verify_note(note, facts.panel)}))
    if len(names) < SIGNERS:
        raise SignatureError(
            f"{len(names)} member of the panel has signed this note; {SIGNERS} must",
            where=str(path),
            todo="let another sign it: `answerable sealing readers sign`",
        )
    found = parse(note.text)
    if found.deployment != facts.deployment:
        raise AnswerableError("the readers' note is of another deployment", where=str(path))
    return found, names
