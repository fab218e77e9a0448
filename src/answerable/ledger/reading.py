"""Reading a log's public files, from a folder or over HTTP: ``checkpoint``, ``tile/…``, ``archive/…``.

Nothing read here is trusted. Whoever reads checks tiles against a root and the root against signatures; this module
only promises that what comes back has a possible size, came in time, and that no path leads out of the log.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from answerable.ledger.network_errors import FetchError
from answerable.ledger.wire import TIMEOUT, Peer, quoted

#: A file's path relative to the log's prefix -> its bytes. FileNotFoundError when absent, FetchError for all else.
Fetch = Callable[[str], bytes]

CHECKPOINT_LIMIT = 512 * 1024
TILE_LIMIT = 256 * 32
BUNDLE_LIMIT = 256 * (2 + 65_535)
OTHER_LIMIT = 1024 * 1024

_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
#: Files that never change once published: full tiles and bundles, and archived checkpoints.
_IMMUTABLE = re.compile(r"(tile/(entries|[0-9]+)|archive)(/x[0-9]{3})*/[0-9]{3}")


def limit_of(path: str) -> int:
    """The largest number of bytes that the file at ``path`` can honestly have."""
    if path.startswith("tile/entries/"):
        return BUNDLE_LIMIT
    if path.startswith("tile/"):
        return TILE_LIMIT
    return CHECKPOINT_LIMIT if path == "checkpoint" or path.startswith("archive/") else OTHER_LIMIT


def check_path(path: str) -> None:
    """Refuse a path that could lead out of the log: absolute, with empty, dotted or odd elements. Raises FetchError."""
    if not _PATH.fullmatch(path):
        raise FetchError("not the path of a file in a log", where=quoted(repr(path)))


def folder_fetch(folder: Path | str) -> Fetch:
    """A Fetch from a local copy of a log: the folder that holds ``checkpoint`` and ``tile/``. FetchError if none."""
    root = Path(folder)
    try:
        root = root.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise FetchError("no such folder", where=quoted(str(folder)), todo="give the folder of a log's copy") from error
    if not root.is_dir():
        raise FetchError("not a folder", where=str(root), todo="give the folder of a log's copy")

    def fetch(path: str) -> bytes:
        check_path(path)
        limit = limit_of(path)
        try:
            place = (root / path).resolve(strict=True)
            if not place.is_relative_to(root):
                raise FetchError("a link leads out of the log's folder", where=str(root / path))
            if not place.is_file():
                raise FileNotFoundError(path)
            with place.open("rb") as file:
                data = file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise FileNotFoundError(path) from error
        except (OSError, RuntimeError) as error:
            said = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise FetchError(f"cannot be read: {said}", where=str(root / path)) from error
        if len(data) > limit:
            raise FetchError(f"is larger than {limit:,} bytes", where=str(place))
        return data

    return fetch


class HttpFetch:
    """A Fetch from a log's URL prefix; safe to call from several threads, each with its own kept-alive connection.

    With ``cache_dir``, files that never change are kept there. The cache is trusted no more than the network: what is
    read from it is checked by the caller in the same way, and :meth:`forget` drops one file that was found wrong.
    """

    def __init__(self, url: str, cache_dir: Path | str | None = None, *, timeout: float = TIMEOUT) -> None:
        Peer(url)  # refuses a bad address now, not at the first fetch
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._local = threading.local()
        self._peers: list[Peer] = []
        self._lock = threading.Lock()
        self._cache: Path | None = None
        if cache_dir is not None:
            self._cache = Path(cache_dir) / hashlib.sha256(self.url.encode()).hexdigest()[:16]

    def __call__(self, path: str) -> bytes:
        """The bytes of the file at ``path``. FileNotFoundError when the server says 404 or 410, else FetchError."""
        check_path(path)
        kept = self._kept(path)
        if kept is not None:
            with suppress(OSError):
                data = kept.read_bytes()
                if len(data) <= limit_of(path):
                    return data
        answer = self._peer().get(path, limit=limit_of(path), timeout=self._timeout)
        if answer.status in (404, 410):
            raise FileNotFoundError(path)
        if answer.status != 200:
            raise FetchError(f"the server answers {answer.status}", where=f"{self.url}/{path}")
        if kept is not None:
            _keep(kept, answer.body)
        return answer.body

    def forget(self, path: str) -> None:
        """Drop ``path`` from the cache, if it is there."""
        check_path(path)
        if kept := self._kept(path):
            kept.unlink(missing_ok=True)

    def close(self) -> None:
        """Close every connection. Fetching again opens new ones."""
        with self._lock:
            for peer in self._peers:
                peer.close()
            self._peers.clear()
            self._local = threading.local()

    def __enter__(self) -> HttpFetch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _peer(self) -> Peer:
        peer: Peer | None = getattr(self._local, "peer", None)
        if peer is None:
            peer = Peer(self.url)
            self._local.peer = peer
            with self._lock:
                self._peers.append(peer)
        return peer

    def _kept(self, path: str) -> Path | None:
        return self._cache / path if self._cache is not None and _IMMUTABLE.fullmatch(path) else None


def _keep(place: Path, data: bytes) -> None:
    """Put ``data`` at ``place`` whole or not at all. A cache that cannot be written costs only speed."""
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(place)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def http_fetch(url: str, cache_dir: Path | str | None = None, *, timeout: float = TIMEOUT) -> HttpFetch:
    """A Fetch from the log served under ``url`` (see :class:`HttpFetch`). Raises FetchError for a bad address."""
    return HttpFetch(url, cache_dir, timeout=timeout)


def is_url(place: str) -> bool:
    """Whether ``place`` names a log on the network rather than in a folder."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", place) is not None


def open_log(place: Path | str, cache_dir: Path | str | None = None) -> Fetch:
    """A Fetch for what a person names as LOG: an URL or a folder.

    A folder of a running ledger is read through its ``public`` folder only, never its database or keys.
    Raises FetchError when the folder is no log's, saying which folders are.
    """
    text = str(place)
    if is_url(text):
        return http_fetch(text, cache_dir)
    folder = Path(place)
    if folder.is_dir() and not (folder / "checkpoint").exists():
        logs = _logs_under(folder)
        if len(logs) == 1:
            return folder_fetch(logs[0])
        if logs:
            raise FetchError("holds more than one log", where=text, todo="name one of " + ", ".join(map(str, logs)))
        if not (folder / "tile").is_dir():
            raise FetchError("holds no log", where=text, todo="name the folder that holds `checkpoint` and `tile`")
    return folder_fetch(folder)


def _logs_under(folder: Path) -> list[Path]:
    """Folders of logs in a ledger's folder, or in its ``public`` folder."""
    public = folder / "public" if (folder / "public").is_dir() else folder
    with suppress(OSError):
        return sorted(place.parent for place in public.glob("*/checkpoint"))
    return []
