"""``carry.toml``: what carry is told of the two parties between which it goes, and of the logs that it believes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from answerable.parties.base import PartyError
from answerable.parties.deployed import WRAPPING_FILE

CARRY_FILE = "carry.toml"
BOX_FILE = "opening-box.key"
#: The office's keys: the first, and those made later to take its place.
OFFICE_FILES = "office*.key"
_PLACES = ("desk", "reporter", "register", "register_policy", "record", "record_policy")


@dataclass(frozen=True)
class CarryFile:
    """``carry.toml``: the two parties' folders, both published logs (a folder or a URL) and their policies, and where
    the wrapping key lies, when not in the desk's folder. ``home`` is carry's own, with the office's keys."""

    desk: Path
    reporter: Path
    register: str
    register_policy: Path
    record: str
    record_policy: Path
    wrapping: Path
    box: Path
    home: Path


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
        home,
    )


def office_files(home: Path) -> list[Path]:
    """The files of the office's keys in carry's folder, the first one made first."""
    return sorted(home.glob(OFFICE_FILES), key=lambda path: (len(path.name), path.name))


def next_office_file(home: Path) -> Path:
    """Where the next key of the office goes: ``office.key``, ``office-2.key`` and so on."""
    taken = {path.name for path in office_files(home)}
    names = (f"office-{number}.key" if number > 1 else "office.key" for number in count(1))
    return home / next(name for name in names if name not in taken)
