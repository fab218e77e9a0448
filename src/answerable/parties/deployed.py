"""What the reporter, the desk and carry are told of their deployment: public facts, in a file in each one's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from answerable.ledger import sharing
from answerable.parties.base import PARTY_FILE, PartyError
from answerable.record.errors import RecordError
from answerable.record.keys import VerifierKey

DEPLOYMENT_FILE = "deployment.json"
READERS_FILE = "readers.note"
RECOVERY_FILE = "recovery-key.json"
#: The reporter's: what finds a mailbox, what signs challenges, and where sealed files lie.
PEPPER_FILE, WORK_FILE, FILES_FOLDER = "pepper", "work_key", "files"
#: The desk's: what wraps the opening keys of its events.
WRAPPING_FILE = "wrapping"
_HEX = frozenset("0123456789abcdef")
#: Members of the panel that must sign: the least that a deployment can name.
_PANEL = 2


def deployment(home: Path) -> dict[str, Any]:
    """``deployment.json`` of a party's folder, every member checked. Raises `PartyError`."""
    path = home / DEPLOYMENT_FILE
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise PartyError(
            "the party does not know its deployment", where=str(path), todo="run: answerable casework deployment"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise PartyError(f"cannot be read: {error}", where=str(path)) from None
    wrong = _wrong(found)
    if wrong:
        raise PartyError(wrong, where=str(path))
    return dict(found)


def must_hold(home: Path, secret: str, command: str) -> None:
    """Raise `PartyError` when ``home`` lacks the secret that ``command`` makes: it is another party's folder.

    A party started in the wrong folder would make its databases there, beside what it must never read.
    """
    if not (home / secret).is_file():
        raise PartyError(f"this folder was not made by `{command}`: there is no {secret} in it", where=str(home))


def share(home: Path, group: str, *databases: str) -> None:
    """Let ``group`` into a party's folder, so that carry, or the sequencer, can run as a user of its own: it reads what
    is public, writes sealed files and those ``databases`` that are files, and no secret of the party's is shared.

    Raises `ConfigError`.
    """
    public = (PARTY_FILE, DEPLOYMENT_FILE, READERS_FILE, RECOVERY_FILE)
    files = tuple(f"{name}.db" for name in databases)
    sharing.share(home, group, public=public, folders=(FILES_FOLDER,), databases=files)


def _wrong(found: Any) -> str:
    """What is wrong with it; empty when nothing is."""
    if not isinstance(found, dict) or found.get("v") != 1:
        return 'is not a deployment of version 1 ("v": 1)'
    for name in ("deployment", "opening_box"):
        value = found.get(name)
        if not isinstance(value, str) or len(value) != 64 or not set(value) <= _HEX:
            return f"{name} is not 64 hex digits"
    if not isinstance(found.get("ledger_name"), str) or not found["ledger_name"]:
        return "ledger_name is missing"
    for name in ("panel", "languages", *(("ack",) if "ack" in found else ())):
        value = found.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            return f"{name} is not a list of texts"
    keys: dict[str, set[VerifierKey]] = {}
    # Browsers hold an acknowledgement to the keys of "ack"; where none is named, they take its signature as it comes.
    for name in ("panel", "ack"):
        try:
            keys[name] = {VerifierKey.parse(one) for one in found.get(name, ())}
        except RecordError as error:
            return f"{name}: {error}"
    return "" if len(keys["panel"]) >= _PANEL else f"the panel has fewer than {_PANEL} members"
