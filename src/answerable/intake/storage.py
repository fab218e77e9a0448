"""Sealed bodies of files on disk: they come in parts, are synced before anything refers to them, and bear only the day.

A body is written under its id; one that a draft carries, under a name that follows from the draft's envelope and the
id, so that nobody who knows the id can put other bytes there. While it is on its way the database has an ``upload`` row
for it; once a submission names it, a ``file`` row. The folder's room is bounded: when it is full files are refused, and
text is not.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from answerable.intake.errors import ChunkError, MalformedError, QuotaError, RefusedError
from answerable.ledger import sharing

#: One sealed chunk of a file: 65,536 bytes and their tag. Several may come at once.
CHUNK = 65_552
CHUNKS_AT_ONCE = 16
#: The longest sealed body that is taken.
MAX_BODY = 1024 * CHUNK
#: Room that files never take: the database needs it for text.
RESERVE = 256 * 2**20
_DAY = 86_400
#: Seconds for which the folder's size is believed: counting it for every chunk would cost as much as the chunk.
_COUNTED_FOR = 5.0
_READ = 1 << 20
#: Room that a body being written takes at a time.
_STEP = 1 << 20


def carried_name(envelope: bytes, file: bytes) -> bytes:
    """The name (32 bytes) of the body of ``file`` (its id) in a draft whose envelope has this SHA-256.

    The envelope says what SHA-256 the body has: under this name there is one right content, for one submission alone.
    """
    return sha256(b"answerable/carried/v1\0" + envelope + file).digest()


def path_of(folder: Path, body: bytes) -> Path:
    """Where the body of this name (16 or 32 bytes) lies."""
    return folder / body.hex()


def held(folder: Path, body: bytes) -> int:
    """How many whole chunks are here: where to go on. A short one, the last or one cut off, is sent again."""
    try:
        return path_of(folder, body).stat().st_size // CHUNK
    except FileNotFoundError:
        return 0


def check_room(folder: Path, quota: int, more: int) -> None:
    """Raises `QuotaError` when ``more`` bytes do not fit into the folder's quota, or would take the database's room."""
    if more > MAX_BODY:
        raise QuotaError(f"it is longer than {MAX_BODY // 2**20} MiB", large=True)
    if _used(folder) + more > quota or shutil.disk_usage(folder).free - more < RESERVE:
        raise QuotaError("there is no room for files at this moment")


def append(folder: Path, body: bytes, index: int, data: bytes, now: int) -> int:
    """Put chunks (1 to 16 whole ones; only a file's last may be short) at ``index``; the index that comes next.

    What is here already may be sent again. Raises `ChunkError` for a gap, `MalformedError` for more or less than 1 to
    16 chunks, `QuotaError` above the largest file.
    """
    if not 0 < len(data) <= CHUNKS_AT_ONCE * CHUNK or index < 0:
        raise MalformedError(f"1 to {CHUNKS_AT_ONCE} parts of {CHUNK} bytes come at once, the file's last may be short")
    start = index * CHUNK
    if start + len(data) > MAX_BODY:
        raise QuotaError(f"it is longer than {MAX_BODY // 2**20} MiB", large=True)
    path = path_of(folder, body)
    number = _made(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        if index > os.fstat(number).st_size // CHUNK:
            raise ChunkError(os.fstat(number).st_size // CHUNK)
        _write(number, data, start)
        if len(data) % CHUNK:
            os.ftruncate(number, start + len(data))
    finally:
        os.close(number)
    _day_only(path, now)
    return index + -(-len(data) // CHUNK)


def store(folder: Path, body: bytes, chunks: Iterable[bytes], now: int, *, quota: int) -> tuple[int, bytes]:
    """Write a whole body at once; its length and SHA-256. Several may write: together they never pass the quota.

    Raises `QuotaError` above the largest file, or when there is no room for more of it; then nothing is left of it.
    """
    path = path_of(folder, body)
    number = _made(path, os.O_WRONLY | os.O_EXCL)
    try:
        found = _filled(folder, number, chunks, quota)
    except QuotaError:
        path.unlink()
        raise
    finally:
        os.close(number)
    _day_only(path, now)
    return found


def complete(folder: Path, body: bytes, data: bytes, now: int, *, quota: int) -> None:
    """Make sure that ``data`` lies whole under ``body``, whatever of it was left there when somebody was cut off.

    Several may do so at once: each waits for the one before, and finds it done. Raises as `store` does.
    """
    path = path_of(folder, body)
    with _alone(path) as number:
        if not _whole(number, len(data), sha256(data).digest()):
            os.ftruncate(number, 0)
            try:
                _filled(folder, number, [data], quota)
            except QuotaError:
                path.unlink()
                raise
    _day_only(path, now)


def _made(path: Path, flags: int) -> int:
    """Open a body, made when it is not there: for its owner alone, or for carry as well where that is another user."""
    number = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, sharing.PRIVATE)
    sharing.settle(number, path.parent)
    return number


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    """``path``, made when it is not there, open for one at a time."""
    while True:
        number = _made(path, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            if os.fstat(number).st_nlink:  # else it was taken away while we waited
                yield number
                return
        finally:
            os.close(number)


def _filled(folder: Path, number: int, chunks: Iterable[bytes], quota: int) -> tuple[int, bytes]:
    """Write an empty file, down to the disk; its length and SHA-256."""
    length, digest = 0, sha256()
    for chunk in chunks:
        length += len(chunk)
        if length > MAX_BODY:
            raise QuotaError(f"it is longer than {MAX_BODY // 2**20} MiB", large=True)
        if length > os.fstat(number).st_size:
            _reserve(folder, number, length, quota)
        digest.update(chunk)
        _write(number, chunk, length - len(chunk))
    os.ftruncate(number, length)
    os.fsync(number)
    return length, digest.digest()


def _reserve(folder: Path, number: int, length: int, quota: int) -> None:
    """Make a body being written long enough for ``length`` and the next step: its room is taken before it is used.

    One process at a time looks and takes, so that no two take the same room.
    """
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        more = length - os.fstat(number).st_size
        step = min(more + _STEP, MAX_BODY - os.fstat(number).st_size)
        left = quota - _size(folder)
        if left < more or shutil.disk_usage(folder).free - more < RESERVE:
            raise QuotaError("there is no room for files at this moment")
        os.ftruncate(number, os.fstat(number).st_size + min(step, left))
    finally:
        os.close(lock)


def settle(folder: Path, bodies: Iterable[tuple[bytes, int, bytes]], now: int) -> None:
    """Make sure that each body (name, length, SHA-256) is here as it was announced, and on disk for good.

    Raises `RefusedError` that names the first which is not.
    """
    several = list(bodies)
    for body, length, digest in several:
        path = path_of(folder, body)
        if not _is(path, length, digest):
            raise missing(body)
        _day_only(path, now)
    if several:
        _sync(folder)


def missing(body: bytes) -> RefusedError:
    """What is said when a file that a submission names is not here as it was announced."""
    return RefusedError("a file of it is not here, or not whole", where=body.hex(), todo="send the file first")


def remove(folder: Path, bodies: Iterable[bytes]) -> None:
    """Take bodies away; what is gone already is gone."""
    for body in bodies:
        path_of(folder, body).unlink(missing_ok=True)


def _is(path: Path, length: int, digest: bytes) -> bool:
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return _whole(number, length, digest)
    finally:
        os.close(number)


def _whole(number: int, length: int, digest: bytes) -> bool:
    """Whether an open file is this; if so, it is on disk for good."""
    if not stat.S_ISREG(os.fstat(number).st_mode) or os.fstat(number).st_size != length:
        return False
    found = sha256()
    for part in _parts(number):
        found.update(part)
    os.fsync(number)
    return found.digest() == digest


def _parts(number: int) -> Iterator[bytes]:
    while part := os.read(number, _READ):
        yield part


def _write(number: int, data: bytes, start: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(number, view, start)
        view, start = view[written:], start + written


def _day_only(path: Path, now: int) -> None:
    day = now // _DAY * _DAY
    for one in (path, path.parent):
        os.utime(one, (day, day))


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _used(folder: Path) -> int:
    return _counted(folder, int(time.monotonic() / _COUNTED_FOR))


@lru_cache(maxsize=4)
def _counted(folder: Path, _moment: int) -> int:
    return _size(folder)


def _size(folder: Path) -> int:
    size = 0
    for entry in os.scandir(folder):
        with suppress(FileNotFoundError):  # it was taken away at this moment
            size += entry.stat(follow_symlinks=False).st_size
    return size
