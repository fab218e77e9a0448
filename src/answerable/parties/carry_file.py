"""``carry.toml``: what carry is told of the two parties between which it goes, and of the logs that it believes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from answerable.parties.base import PartyError
from answerable.parties.deployed import WRAPPING_FILE

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
