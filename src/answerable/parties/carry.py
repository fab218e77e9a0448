"""Settings of carry: the one process that sees the reporter's database and the desk's, and can read neither.

Its folder is ``ANSWERABLE_HOME``: ``carry.toml``; ``opening-box.key``, the only key with which the opening keys of
events are opened on their way to the desk; and ``office.key``, with which what goes to a reporter is signed.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from answerable.ledger.databases import database
from answerable.parties.base import PartyError, PartyFile, common, read_party
from answerable.parties.carry_file import read_carry
from answerable.parties.deployed import FILES_FOLDER, PEPPER_FILE, READERS_FILE, WORK_FILE, deployment
from answerable.parties.staff import staff


def address_of(name: str, party: PartyFile) -> str | None:
    """The address of a party's database in the variable ``name``; None: a file. Raises `PartyError` when it is not set,
    and the database is on a server."""
    address = os.environ.get(name) or None
    if address is None and party.database == "server":
        raise PartyError(
            f"the database of the party {party.name} is on a server, and {name} is not set",
            where=name,
            todo="set it to the address with carry's own role",
        )
    return address


def settings_for_carry(home: Path) -> dict[str, Any]:
    """Django's settings of carry in ``home``. Raises `PartyError`."""
    places = read_carry(home)
    desk, reporter = read_party(places.desk), read_party(places.reporter)
    desk_url, intake_url = (
        address_of("ANSWERABLE_DESK_DATABASE", desk),
        address_of("ANSWERABLE_INTAKE_DATABASE", reporter),
    )
    desk_apps = staff("answerable.casework", "casework/base.html")
    # Carry promises nobody anything: what it enters at the desk is acknowledged to no one, so it has no key for that.
    parties = {
        alias: {"name": party.name, "ledger_name": party.ledger_name, "ack_key": None}
        for alias, party in (("default", desk), ("intake", reporter))
    }
    return {
        **common(),
        **desk_apps,
        "INSTALLED_APPS": [*desk_apps["INSTALLED_APPS"], "answerable.intake"],
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
