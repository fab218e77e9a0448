"""Verifying a whole copy of a log, or a range of its entries, against the checkpoint it comes with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from answerable.errors import FALSE, AnswerableError
from answerable.record import commit, kinds
from answerable.record.checkpoint import Checkpoint
from answerable.record.errors import KindError, TileError, UnknownKindError
from answerable.record.paths import TilePath
from answerable.record.policy import Policy, check_checkpoint
from answerable.record.reports import FAIL, PASS, Draft, Report, many
from answerable.record.tiles import Fetch, Reader, fetch_tile
from answerable.record.tree import TILE_HEIGHT, TILE_WIDTH, Edge, TileHashes

#: (entries done, entries in all), called now and then.
Step = Callable[[int, int], None]

#: Bundles hashed between two looks at the tiles above them: fewer calls, and never more than a few MB of entries.
_BATCH = 16


def fetch_head(fetch: Fetch) -> bytes:
    """The signed note at ``checkpoint``. Raises TileError when there is none."""
    try:
        return fetch("checkpoint")
    except FileNotFoundError:
        todo = "name the folder or address that holds `checkpoint`"
        raise TileError("this log has no checkpoint", todo=todo) from None


class _Fault(NamedTuple):
    """An entry that is not of a kind it may be of."""

    at: int
    unknown: bool
    why: str


def verify_copy(fetch: Fetch, policy: Policy, *, progress: Step | None = None) -> Report:
    """Whether a copy is whole and is the log that was cosigned: every entry is hashed, every tile compared.

    Streams: memory does not grow with the log. What is missing or differs is a FAIL; only a checkpoint that is
    malformed or absent raises.
    """
    draft = Draft()
    note = fetch_head(fetch)
    try:
        checkpoint = check_checkpoint(note, policy).checkpoint
        faults, tiles = _walk(fetch, checkpoint, progress)
    except AnswerableError as error:
        if error.exit_code != FALSE and not isinstance(error, TileError):
            raise
        return draft.end(FAIL, str(error))
    size, bundles = checkpoint.size, -(-checkpoint.size // TILE_WIDTH)
    said = f"{size:,} hashed, {many(tiles, 'tile')} and {many(bundles, 'bundle')} equal, root equal"
    draft.say("entries", said, origin=checkpoint.origin, size=size, tiles=tiles, bundles=bundles)
    unknown = faults.counts[True]
    bad = unknown + faults.counts[False]
    said = f"{size - bad:,} of {size:,} well formed; {unknown:,} unknown"
    draft.say("kinds", said, well_formed=size - bad, unknown=unknown)
    if faults.first is not None:
        return draft.end(FAIL, f"entry {faults.first.at:,}: {faults.first.why}", first_fault=faults.first.at)
    return draft.end(PASS, "the copy is the log that was cosigned")


class _Faults:
    """How many entries are malformed and of unknown kind, and the first of either."""

    def __init__(self, origin: str) -> None:
        self.counts: Counter[bool] = Counter()
        self.first: _Fault | None = None
        self._sealed = origin.endswith("/register")

    def look(self, start: int, entries: Sequence[bytes]) -> None:
        """Look at a bundle whose first entry has index `start`."""
        if self._sealed and set(map(len, entries)) == {commit.ENTRY_SIZE} and {e[0] for e in entries} == {1}:
            return
        for index, entry in enumerate(entries, start):
            fault = self._fault(index, entry)
            if fault is not None:
                self.counts[fault.unknown] += 1
                self.first = self.first or fault

    def _fault(self, index: int, entry: bytes) -> _Fault | None:
        if self._sealed:
            good = len(entry) == commit.ENTRY_SIZE and entry.startswith(commit.MARK)
            return None if good else _Fault(index, False, "not a sealed entry of 33 bytes")
        try:
            kinds.check_open(entry)
        except UnknownKindError as error:
            return _Fault(index, True, str(error))
        except KindError as error:
            return _Fault(index, False, str(error))
        return None


def _walk(fetch: Fetch, checkpoint: Checkpoint, progress: Step | None) -> tuple[_Faults, int]:
    """Hash every entry, compare every tile and the root. Returns what is not well formed, and the number of tiles."""
    size, edge, faults, tiles = checkpoint.size, Edge(), _Faults(checkpoint.origin), 0
    for first in range(0, size, _BATCH * TILE_WIDTH):
        leaves: list[bytes] = []
        stop = min(first + _BATCH * TILE_WIDTH, size)
        for start in range(first, stop, TILE_WIDTH):
            wanted = TilePath(None, start // TILE_WIDTH, min(TILE_WIDTH, stop - start))
            entries = fetch_tile(fetch, wanted)
            leaves += [sha256(b"\x00" + entry).digest() for entry in entries]
            faults.look(start, entries)
        full = [tile for tile in edge.append(leaves) if len(tile.hashes) == TILE_WIDTH]
        tiles += _compare(fetch, full)
        if progress is not None:
            progress(stop, size)
    tiles += _compare(fetch, _partial_tiles(edge))
    if edge.root() != checkpoint.root:
        raise TileError(f"the entries give another root than the checkpoint of size {size:,}", where="checkpoint")
    return faults, tiles


def _partial_tiles(edge: Edge) -> Iterator[TileHashes]:
    """The tiles at the right edge, which only now are what they stay."""
    level = 0
    while rest := edge.size >> TILE_HEIGHT * level:
        if rest % TILE_WIDTH:
            yield TileHashes(level, rest >> TILE_HEIGHT, edge.partial(level))
        level += 1


def _compare(fetch: Fetch, tiles: Iterable[TileHashes]) -> int:
    """Check that the copy has exactly these tiles. Returns how many; raises TileError for the first that differs."""
    count = 0
    for level, index, hashes in tiles:
        wanted = TilePath(level, index, len(hashes))
        if tuple(fetch_tile(fetch, wanted)) != hashes:
            below = wanted._replace(level=None).path if level == 0 else f"tile/{level - 1}/"
            raise TileError(f"the tile does not fit what is under it, {below}", where=wanted.path)
        count += 1
    return count


def verify_range(fetch: Fetch, policy: Policy, start: int, stop: int) -> Report:
    """Whether entries start to stop are those under the root that was cosigned, by the tiles that bind them to it.

    Raises TileError for a range that the log does not have, or a checkpoint that is absent.
    """
    draft = Draft()
    used: set[str] = set()

    def counted(path: str) -> bytes:
        data = fetch(path)
        if not path.startswith("tile/entries/"):
            used.add(path)
        return data

    note = fetch_head(fetch)
    try:
        checkpoint = check_checkpoint(note, policy).checkpoint
    except AnswerableError as error:
        if error.exit_code != FALSE:
            raise
        return draft.end(FAIL, str(error))
    if not 0 <= start < stop <= checkpoint.size:
        raise TileError(f"the log has entries 0 to {checkpoint.size:,}, not {start:,}:{stop:,}", todo="choose others")
    reader = Reader(counted, checkpoint.size, checkpoint.root)
    try:
        count = sum(1 for _ in reader.entries(start, stop))
    except TileError as error:
        return draft.end(FAIL, str(error))
    said = f"{count:,} hashed and bound to the root by {many(len(used), 'tile')}"
    draft.say("entries", said, origin=checkpoint.origin, size=checkpoint.size, entries=count, tiles=len(used))
    return draft.end(PASS)
