"""A tree of files put where an older one stands, all at once.

The new tree is written beside the old and exchanged with it in one step; whoever reads meanwhile sees the old site or
the new one, and an interruption at any point leaves the old. What is replaced must be a site written by this program: a
marker file says so, and a folder without it is never touched.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from answerable.publication.errors import PublicationError

#: Every site holds it; it also says what the site was written from.
MARKER = "site.json"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def put_tree(files: Mapping[str, bytes], out: Path) -> None:
    """Write ``files`` (path relative to ``out`` → bytes) as the whole content of ``out``.

    Raises PublicationError when ``out`` holds something that is not a site of ours, or cannot be written.
    """
    if MARKER not in files:
        raise AssertionError("a site without its marker could not be replaced later")
    out = Path.cwd() / out
    refuse_foreign(out)
    beside = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".new", dir=out.parent))
        _write(files, beside)
        beside.chmod(0o755)
        _exchange(beside, out)
    except OSError as error:
        raise PublicationError(
            f"the site could not be written: {error.strerror or error}",
            where=str(out),
            todo="what stood there before still stands; make room or give another folder",
        ) from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)


def refuse_foreign(out: Path) -> None:
    """Raise PublicationError unless ``out`` is absent, empty, or a site written by `put_tree`."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise PublicationError("is not a folder", where=str(out), todo="give the path of a folder for the site")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise PublicationError(
            "holds files that are not a site written by this command",
            where=str(out),
            todo="give a new or an empty folder; nothing there was touched",
        )


def _write(files: Mapping[str, bytes], root: Path) -> None:
    """Write everything durably: no file of a half-written site is ever exchanged in."""
    folders = {root}
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        folders.update(parent for parent in path.parents if root in parent.parents)
        path.write_bytes(data)
    for folder in sorted(folders):
        _sync(folder)
    os.sync()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(new: Path, out: Path) -> None:
    """Put ``new`` in the place of ``out``; afterwards ``new`` holds what was there, if anything was."""
    if not out.exists():
        new.rename(out)
    elif not _exchange_at_once(new, out):
        _exchange_in_two_steps(new, out)
    _sync(out.parent)


def _exchange_at_once(new: Path, out: Path) -> bool:
    """renameat2(2) with RENAME_EXCHANGE; False where the system or the file system doesn't know it."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(out), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.EPERM):
        return False
    raise OSError(code, os.strerror(code))


def _exchange_in_two_steps(new: Path, out: Path) -> None:
    """Where there is no exchange: the old tree is moved aside first, and moved back if the second step fails."""
    aside = new.with_suffix(".old")
    out.rename(aside)
    try:
        new.rename(out)
    except OSError:
        aside.rename(out)
        raise
    aside.rename(new)
