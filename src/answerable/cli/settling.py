"""How a party's folder is set up: whole, or not at all; and with what belongs together."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from answerable.errors import AnswerableError


@contextmanager
def whole(home: Path) -> Iterator[None]:
    """Set ``home`` up inside. Whatever goes wrong, what was made in it meanwhile goes again, and nothing else: the
    command can be given once more. Raises `AnswerableError` when the party is set up already.
    """
    from answerable.parties.base import PARTY_FILE

    if (home / PARTY_FILE).exists():
        raise AnswerableError(
            "is there already",
            where=str(home / PARTY_FILE),
            todo="edit it, or name another folder; if the command was cut short when it was given first, take away what"
            " it made there, the acknowledgement key excepted",
        )
    before = set(home.iterdir()) if home.is_dir() else None
    try:
        yield
    except BaseException:
        for path in (set(home.iterdir()) if home.is_dir() else set()) - (before or set()):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        if before is None and home.is_dir():
            home.rmdir()
        raise


def own_key(ack_key: Path, ledger_name: str, party: str) -> None:
    """Whether a file holds the acknowledgement key of this party: receipts under another's verify for nobody.

    Raises `AnswerableError`.
    """
    from answerable.record.keyfile import read_key_file

    found, wanted = read_key_file(ack_key).name, f"{ledger_name}/ack/{party}"
    if found != wanted:
        raise AnswerableError(
            f"this is the key {found}, and {wanted} is needed",
            where=str(ack_key),
            todo="name the file that `record add-party` made for this party, and the log by its own name",
        )


def of_log(facts: dict[str, Any], ledger_name: str, where: Path) -> None:
    """Whether a deployment (as `parties.deployed` reads it) is one of this log. Raises `AnswerableError`."""
    if facts["ledger_name"] != ledger_name:
        raise AnswerableError(
            f"this deployment.json is of the log {facts['ledger_name']}, not of {ledger_name}",
            where=str(where),
            todo="name the log as it was founded, with --ledger-name",
        )


def named(ack_key: Path, facts: dict[str, Any]) -> None:
    """Whether a deployment that names keys of acknowledgements names this one: browsers believe no other.

    Raises `AnswerableError`.
    """
    from answerable.record.keyfile import read_key_file

    if "ack" in facts and str(read_key_file(ack_key).verifier) not in facts["ack"]:
        raise AnswerableError(
            "deployment.json does not name this acknowledgement key, and browsers believe no other",
            where=str(ack_key),
            todo="give `casework deployment` with --ack the vkey that `record add-party` printed",
        )


def of_deployment(recovery_key: Path, facts: dict[str, Any]) -> None:
    """Whether a recovery key was made for this deployment. Raises `AnswerableError`."""
    from answerable.sealing.recovery import decode_key

    try:
        found = decode_key(recovery_key.read_bytes()).deployment.hex()
    except AnswerableError as error:
        raise AnswerableError(error.what, where=str(recovery_key), todo="give recovery-key.json") from None
    if found != facts["deployment"]:
        raise AnswerableError(
            "this recovery key belongs to another deployment",
            where=str(recovery_key),
            todo="give the one of the ceremony that was held with this deployment.json",
        )
