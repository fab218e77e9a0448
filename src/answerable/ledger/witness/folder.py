"""A witness's folder: ``witness.toml`` (its name and the token of its state), ``keys/`` and ``vkeys.txt``.

The state is a database, made once together with the folder. A witness that lost either is retired with its keys.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path

from answerable.ledger.network_errors import WitnessError
from answerable.record.keyfile import read_key_file, write_key_file
from answerable.record.keys import check_name
from answerable.record.note import COSIGNATURE, MLDSA44, SigningKey

KEY_FILES = {"ed25519.key": COSIGNATURE, "mldsa44.key": MLDSA44}
SETTINGS = "witness.toml"
STATE = "witness.db"
_RETIRED = "if this witness lost its state, retire it with its keys and make a new one: it must not start again"


@dataclass(frozen=True)
class Folder:
    """What the folder of a witness says: its name, the token its state must have, its keys (0x04, then 0x06)."""

    place: Path
    name: str
    token: str
    keys: tuple[SigningKey, ...]


def prepare(place: Path | str, name: str) -> Folder:
    """Make the folder and the keys of a new witness; :func:`finish` follows once its state exists.

    Raises WitnessError when there is anything of a witness here already, NoteError when the name cannot name a key.
    """
    folder = Path(place)
    check_name(name)
    for relic in (SETTINGS, STATE, "keys"):
        if (folder / relic).exists():
            raise WitnessError(f"there is already a witness here ({relic})", where=str(folder), todo=_RETIRED)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "keys").mkdir(mode=0o700)
        keys = tuple(SigningKey.generate(name, kind, secrets.token_bytes(32)) for kind in KEY_FILES.values())
        for file, key in zip(KEY_FILES, keys, strict=True):
            write_key_file(folder / "keys" / file, key)
        (folder / "vkeys.txt").write_text("".join(f"{key.verifier}\n" for key in keys), encoding="utf-8")
    except OSError as error:
        raise WitnessError(f"cannot be made: {error.strerror}", where=str(folder)) from error
    return Folder(folder, name, secrets.token_hex(16), keys)


def finish(folder: Folder) -> None:
    """Write ``witness.toml``, durably and last: a folder without it is not a witness. Raises WitnessError."""
    place = folder.place / SETTINGS
    # JSON's string is a TOML basic string for every name that check_name lets pass
    text = f"# Keep this folder and its database together.\nname = {_quoted(folder.name)}\ntoken = '{folder.token}'\n"
    try:
        with place.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise WitnessError(f"cannot be written: {error.strerror}", where=str(place)) from error


def _quoted(name: str) -> str:
    return '"' + "".join(f"\\U{ord(char):08x}" if char in '"\\\x7f' else char for char in name) + '"'


def load(place: Path | str) -> Folder:
    """The witness in a folder. Raises WitnessError when there is none, KeyFileError when its keys cannot be used."""
    folder = Path(place)
    try:
        settings = tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        name, token = settings["name"], settings["token"]
    except FileNotFoundError as error:
        raise WitnessError(
            "there is no witness here", where=str(folder), todo="make one with `record witness init`; " + _RETIRED
        ) from error
    except (OSError, ValueError, KeyError) as error:
        raise WitnessError("cannot be read as a witness's settings", where=str(folder / SETTINGS)) from error
    if not isinstance(name, str) or not isinstance(token, str):
        raise WitnessError("name and token must be texts", where=str(folder / SETTINGS))
    keys = tuple(read_key_file(folder / "keys" / file) for file in KEY_FILES)
    for key, kind in zip(keys, KEY_FILES.values(), strict=True):
        if key.name != name or key.verifier.type != kind:
            raise WitnessError(f"the key of {key.name} is not the one of {name}", where=str(folder / "keys"))
    return Folder(folder, name, token, keys)
