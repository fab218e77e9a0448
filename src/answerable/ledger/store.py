"""Durable files of a served log: written whole, equal or never again, and each fsync counted.

A file is written to a temporary name beside it, fsynced, renamed; each directory touched is fsynced once per batch; a
directory created costs one fsync of its parent. Nothing here removes or changes a tile, except :meth:`Store.remove`.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from answerable.ledger.errors import HaltError, StoreError

TEMPORARY = ".new-"


class Store:
    """Files below ``root``. ``fsyncs`` counts every fsync made, so that a budget can be held exactly.

    Files are for everyone to read, whatever the process's umask; ``private`` ones for their owner alone.
    """

    def __init__(self, root: Path, *, private: bool = False) -> None:
        self.root = root
        self._file_mode, self._folder_mode = (0o600, 0o700) if private else (0o644, 0o755)
        self.fsyncs = 0
        self._touched: set[Path] | None = None

    def get(self, path: str) -> bytes:
        """The bytes at ``path``. Raises FileNotFoundError when absent, :class:`StoreError` when unreadable."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise FileNotFoundError(path) from None
        except OSError as error:
            raise _trouble(error, self.root / path, "read") from error

    def put_once(self, path: str, data: bytes) -> bool:
        """Write ``data`` durably where nothing is yet; whether it was written.

        What is already there must be equal: anything else raises :class:`HaltError`. Equal bytes may come from a run
        that died before its directories were durable, so the directory counts as touched all the same.
        """
        target = self.root / path
        try:
            there = target.read_bytes()
        except FileNotFoundError:
            self._write(target, data)
            return True
        except OSError as error:
            raise _trouble(error, target, "read") from error
        if there != data:
            raise HaltError(
                f"the file on disk ({len(there)} bytes) contradicts the committed log ({len(data)} bytes expected)",
                where=str(target),
                todo="find out who changed it; keep a copy, then run answerable record rebuild from a trusted mirror",
            )
        self._touch(target.parent)
        return False

    def swap(self, path: str, data: bytes) -> None:
        """Replace the file at ``path`` durably and at once: a reader sees the old bytes or the new ones."""
        self._write(self.root / path, data)

    def show(self, path: str, data: bytes) -> None:
        """Replace a file that is only for information: at once, but not durably, and only when it differs."""
        target = self.root / path
        try:
            if target.exists() and target.read_bytes() == data:
                return
            temporary = self._temporary(target, data, durable=False)
            temporary.replace(target)
        except OSError as error:
            raise _trouble(error, target, "write") from error

    def remove(self, path: str) -> None:
        """Remove a file or a folder with what is in it. What is gone already is fine."""
        target = self.root / path
        if target.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            return
        try:
            target.unlink(missing_ok=True)
        except OSError as error:
            raise _trouble(error, target, "remove") from error

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Files written inside share one fsync of each directory they touch, at the end."""
        if self._touched is not None:
            raise StoreError("a batch of files was begun inside another", where=str(self.root))
        self._touched = set()
        try:
            yield
            self._settle()
        finally:
            self._touched = None

    def _touch(self, folder: Path) -> None:
        if self._touched is None:
            self._sync(folder)
        else:
            self._touched.add(folder)

    def _settle(self) -> None:
        for folder in sorted(self._touched or ()):
            self._sync(folder)

    def _write(self, target: Path, data: bytes) -> None:
        try:
            self._make(target.parent)
            self._temporary(target, data, durable=True).replace(target)
        except OSError as error:
            raise _trouble(error, target, "write") from error
        self._touch(target.parent)

    def _temporary(self, target: Path, data: bytes, *, durable: bool) -> Path:
        # The process's number: another that got past the run lock must not write into the same file.
        temporary = target.with_name(f"{TEMPORARY}{os.getpid()}-{target.name}")
        number = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, self._file_mode)
        try:
            os.fchmod(number, self._file_mode)
            view = memoryview(data)
            while view:
                view = view[os.write(number, view) :]
            if durable:
                self._fsync(number)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            os.close(number)
        return temporary

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(self._folder_mode)
        self._sync(folder.parent)

    def _sync(self, folder: Path) -> None:
        try:
            number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                self._fsync(number)
            finally:
                os.close(number)
        except OSError as error:
            raise _trouble(error, folder, "make durable") from error

    def _fsync(self, number: int) -> None:
        os.fsync(number)
        self.fsyncs += 1


def _trouble(error: OSError, path: Path, doing: str) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreError(
            "the disk is full", where=str(path), todo="make room; the log tries again by itself and has lost nothing"
        )
    return StoreError(
        f"cannot {doing} the file: {error.strerror}", where=str(path), todo="see the folder's owner and mode"
    )
