"""What a signer has signed last, per origin, kept so that it survives a crash of the machine.

One small file per origin. It is made once, by :func:`create_memory`, and never appears by itself: a signer that lost
its memory could be led to sign a second history, so it refuses instead.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from answerable.ledger.network_errors import SignerError
from answerable.record.errors import NoteError
from answerable.record.note import Checkpoint
from answerable.record.text import parse_decimal, shown
from answerable.record.witnessing import Recorded

_HEADER = "answerable/signed@v1"
_LIMIT = 4096


def origin_name(origin: str) -> str:
    """The lower-case hex SHA-256 of an origin, as it stands in addresses and file names."""
    return hashlib.sha256(origin.encode()).hexdigest()


def head_text(origin: str, recorded: Recorded | None) -> str:
    """The text of one memory: a header, then the origin alone, or the checkpoint signed last and its time."""
    if recorded is None:
        return f"{_HEADER}\n{origin}\n"
    return f"{_HEADER}\n{Checkpoint(origin, recorded.size, recorded.root).text()}{recorded.time}\n"


def parse_head(text: str) -> tuple[str, Recorded | None]:
    """The origin and what was signed last, from :func:`head_text`. Raises SignerError."""
    header, _, rest = text.partition("\n")
    lines = rest.split("\n")
    if header == _HEADER and len(lines) == 2 and lines[0] and not lines[1]:
        return lines[0], None
    try:
        if header != _HEADER or len(lines) != 5 or lines[4]:
            raise NoteError("it does not have the five lines of one")
        checkpoint = Checkpoint.parse("\n".join(lines[:3]) + "\n")
        time = parse_decimal(lines[3])
        if time is None:
            raise NoteError(f"{shown(lines[3])} is not a time")
    except NoteError as error:
        raise SignerError(
            f"this is not a signer's memory: {error.what}", todo="do not repair it by hand: the key must be replaced"
        ) from error
    return checkpoint.origin, Recorded(checkpoint.size, checkpoint.root, time)


def create_memory(folder: Path | str, origins: Iterable[str]) -> None:
    """Make the memory of a signer that never signed for ``origins``. Raises SignerError when one is already there."""
    place = Path(folder)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        (place / "lock").touch(mode=0o600)
        for origin in origins:
            file = place / f"{origin_name(origin)}.head"
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as head:
                head.write(head_text(origin, None))
                head.flush()
                os.fsync(head.fileno())
        _fsync_folder(place)
    except FileExistsError as error:
        raise SignerError("this signer already has a memory, which is never replaced", where=str(place)) from error
    except OSError as error:
        raise SignerError(f"the signer's memory cannot be made: {error.strerror}", where=str(place)) from error


class Memory:
    """The memories in ``folder``. Raises SignerError at once when that of one of ``origins`` is missing."""

    def __init__(self, folder: Path | str, origins: Iterable[str]) -> None:
        self.folder = Path(folder)
        for origin in origins:
            self.read(origin)

    def read(self, origin: str) -> Recorded | None:
        """What was signed last for ``origin``; None when nothing ever was. Raises SignerError."""
        place = self._place(origin)
        try:
            with place.open("rb") as file:
                data = file.read(_LIMIT)
            found, recorded = parse_head(data.decode())
        except FileNotFoundError as error:
            raise SignerError(
                f"the signer has no memory of {shown(origin)}, and could be led to sign a second history",
                where=str(place),
                todo="make it once, when the key is made; if it was lost, replace the key",
            ) from error
        except UnicodeDecodeError as error:
            raise SignerError("this is not a signer's memory: it is not text", where=str(place)) from error
        except OSError as error:
            raise SignerError(f"the signer's memory cannot be read: {error.strerror}", where=str(place)) from error
        except SignerError as error:
            raise SignerError(error.what, where=str(place), todo=error.todo) from error
        if found != origin:
            raise SignerError(f"this is the memory of {shown(found)}", where=str(place))
        return recorded

    def write(self, origin: str, recorded: Recorded) -> None:
        """Remember ``recorded``; it is on disk when this returns (two fsyncs). Raises SignerError."""
        place = self._place(origin)
        fresh = place.with_suffix(".new")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(head_text(origin, recorded))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(place)
            _fsync_folder(self.folder)
        except OSError as error:
            raise SignerError(
                f"what was to be signed cannot be remembered: {error.strerror}",
                where=str(place),
                todo="nothing was signed",
            ) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else, in this process or another, reads and writes these memories inside. Raises SignerError."""
        try:
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise SignerError(
                f"the signer's memory cannot be used: {error.strerror}", where=str(self.folder)
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _place(self, origin: str) -> Path:
        return self.folder / f"{origin_name(origin)}.head"


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
