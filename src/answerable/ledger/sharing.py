"""Folders of a party that a second user may reach: whoever is in the group that the deployment named for it.

A folder with the set-group-ID bit is such a one: what is made in it belongs to its group. Without the bit everything is
for its owner alone. Keys and secrets never are the group's, wherever they lie.
"""

from __future__ import annotations

import grp
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from answerable.ledger.errors import ConfigError

PRIVATE, SHARED = 0o600, 0o640
#: A party's folder: whoever is of the group may go in; where databases are files they may make files, too (SQLite's log
#: beside them), and take away none that is another's (the sticky bit).
_HOME, _HOME_WITH_FILES, _FOLDER, _DATABASE = 0o2750, 0o3770, 0o2770, 0o660


def mode_in(folder: Path) -> int:
    """The mode of a file that others of the folder's group need, if it has one: 0640, else 0600."""
    return SHARED if folder.stat().st_mode & stat.S_ISGID else PRIVATE


def settle(number: int, folder: Path) -> None:
    """Give an open file that was made in ``folder`` its mode, whatever the umask."""
    mode = mode_in(folder)
    if mode != PRIVATE:
        os.fchmod(number, mode)


def share(home: Path, group: str, *, public: Iterable[str], folders: Iterable[str], databases: Iterable[str]) -> None:
    """Let ``group`` (a name, or a number) into a party's folder: it reads the ``public`` files and writes ``folders``
    and ``databases``, as far as they are there.

    Raises `ConfigError` when there is no such group, or this user may not give it anything.
    """
    try:
        number = int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid
    except KeyError:
        raise ConfigError("there is no such group", where=group, todo="make it: groupadd " + group) from None
    files = [home / f"{name}{end}" for name in databases for end in ("", "-wal", "-shm")]
    files = [path for path in files if path.exists()]
    wanted = [(home / name, SHARED) for name in public if (home / name).exists()]
    wanted += [(home / name, _FOLDER) for name in folders if (home / name).exists()]
    wanted += [(path, _DATABASE) for path in files]
    try:
        for path, mode in [*wanted, (home, _HOME_WITH_FILES if files else _HOME)]:
            os.chown(path, -1, number)
            path.chmod(mode)
    except PermissionError as error:
        raise ConfigError(
            f"it cannot be given to the group {group}: {str(error.strerror).lower()}",
            where=str(error.filename or home),
            todo="be in that group, or do this as root",
        ) from None
