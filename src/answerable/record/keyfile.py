"""Private keys on disk: one line, readable by its owner alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from answerable.record.errors import KeyFileError
from answerable.record.keys import SigningKey

_MAX_FILE = 1_000
_WIDER = stat.S_IRWXG | stat.S_IRWXO


def read_key_file(path: str | os.PathLike[str]) -> SigningKey:
    """The private key in a file of mode 0600 (or narrower). Raises KeyFileError; the message never shows the key."""
    place = os.fspath(path)
    try:
        with Path(place).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_MAX_FILE)
    except OSError as error:
        raise KeyFileError(f"the key file cannot be read: {error.strerror}", where=place) from None
    if mode & _WIDER:
        raise KeyFileError(
            f"the key file has mode {stat.S_IMODE(mode):04o}, so others can read it",
            where=place,
            todo="let its owner alone read it: chmod 600",
        )
    try:
        return SigningKey.parse(data.decode("utf-8", errors="strict"))
    except UnicodeDecodeError:
        raise KeyFileError("the key file is not text", where=place) from None
    except KeyFileError as error:
        raise KeyFileError(error.what, where=place, todo=error.todo) from None


def write_key_file(path: str | os.PathLike[str], key: SigningKey) -> None:
    """Write a new key file of mode 0600, durably. Raises KeyFileError when something is already there."""
    place = Path(path)
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyFileError("there is already a file here, and keys are never replaced", where=str(place)) from None
    except OSError as error:
        raise KeyFileError(f"the key file cannot be written: {error.strerror}", where=str(place)) from None
    with os.fdopen(handle, "wb") as file:
        file.write(key.line().encode())
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
