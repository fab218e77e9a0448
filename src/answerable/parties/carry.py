"""Settings of carry: the one process that sees the reporter's database and the desk's, and can read neither.

Its folder is ``ANSWERABLE_HOME``: ``carry.toml``, and ``opening-box.key``, the only key with which the opening keys of
events are opened on their way to the desk.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answerable.ledger.databases import database
from answerable.parties.base import PartyError, common, read_party
from answerable.parties.deployed import FILES_FOLDER, PEPPER_FILE, READERS_FILE, WORK_FILE, WRAPPING_FILE, deployment
from answerable.parties.staff import staff

CARRY_FILE = "carry.toml"
BOX_FILE = "opening-box.key"
_PLACES = ("desk", "reporter", "register", "register_policy", "record", "record_policy")


@dataclass(frozen=True)
class CarryFile:
    """``carry.toml``: the two parties' folders, both published logs (a folder or a URL) and their policies, and where
    the wrapping key lies, when not in the desk's folder."""

    desk: Path
    reporter: Path
    register: str
    register_policy: Path
    record: str
    record_policy: Path
    wrapping: Path
    box: Path


def read_carry(home: Path) -> CarryFile:
    """Read ``carry.toml``. Raises `PartyError`."""
    path = home / CARRY_FILE
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise PartyError(
            "carry's folder is not set up", where=str(path), todo="run: answerable casework carry-init"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PartyError(f"cannot be read: {error}", where=str(path)) from None
    for name in _PLACES:
        if not isinstance(found.get(name), str) or not found[name]:
            raise PartyError(f"{name} is missing", where=str(path), todo=f'add a line {name} = "…"')
    desk = home / found["desk"]

    def log(name: str) -> str:
        return str(found[name]) if "://" in found[name] else str(home / found[name])

    return CarryFile(
        desk,
        home / found["reporter"],
        log("register"),
        home / found["register_policy"],
        log("record"),
        home / found["record_policy"],
        home / found["wrapping"] if found.get("wrapping") else desk / WRAPPING_FILE,
        home / BOX_FILE,
    )


def settings_for_carry(home: Path) -> dict[str, Any]:
    """Django's settings of carry in ``home``. Raises `PartyError`."""
    places = read_carry(home)
    desk, reporter = read_party(places.desk), read_party(places.reporter)
    desk_url, intake_url = os.environ.get("ANSWERABLE_DESK_DATABASE"), os.environ.get("ANSWERABLE_INTAKE_DATABASE")
    parties = {
        alias: {"name": party.name, "ledger_name": party.ledger_name, "ack_key": party.ack_key}
        for alias, party in (("default", desk), ("intake", reporter))
    }
    return {
        **common(),
        "INSTALLED_APPS": [*staff("answerable.casework", "")["INSTALLED_APPS"], "answerable.intake"],
        # Nothing is signed with it; Django refuses to start without one.
        "SECRET_KEY": secrets.token_urlsafe(32),
        "ANSWERABLE_HOME": home,
        "ANSWERABLE_CARRY": places,
        "ANSWERABLE_PARTIES": parties,
        "ANSWERABLE_PARTY": parties["default"],
        "ANSWERABLE_DATABASES": {"default": "party", "keys": "keys", "intake": "intake"},
        "DATABASES": {
            "default": database(desk_url or (places.desk / "desk.db").resolve(), schema="desk", existing=True),
            "keys": database(desk_url or (places.desk / "keys.db").resolve(), schema="desk_keys", existing=True),
            "intake": database(
                intake_url or (places.reporter / "intake.db").resolve(), schema="reporter", existing=True
            ),
        },
        "ANSWERABLE_DEPLOYMENT": deployment(places.desk),
        "ANSWERABLE_READERS": places.desk / READERS_FILE,
        "ANSWERABLE_CASEWORK": {"wrapping": places.wrapping, "files": places.desk / FILES_FOLDER},
        "ANSWERABLE_INTAKE": {
            "pepper": places.reporter / PEPPER_FILE,
            "work_key": places.reporter / WORK_FILE,
            "files": places.reporter / FILES_FOLDER,
            "quota_bytes": 0,
        },
        **({"ANSWERABLE_POLICY": places.desk / "policy"} if (places.desk / "policy").is_dir() else {}),
    }


if os.environ.get("ANSWERABLE_HOME"):
    globals().update(settings_for_carry(Path(os.environ["ANSWERABLE_HOME"])))
