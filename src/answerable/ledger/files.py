"""What a log's folder holds: tiles and bundles (F), archive and checkpoint (P), the status; and what leaves it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from answerable.errors import AnswerableError
from answerable.ledger.errors import HaltError
from answerable.ledger.store import TEMPORARY, Store
from answerable.record import tree
from answerable.record.errors import RecordError, TileError
from answerable.record.note import Checkpoint, Note, Signature, VerifierKey, verify_note
from answerable.record.paths import TilePath, archive_path, bundle_path, parse_path, tile_path
from answerable.record.tiles import decode_tile, encode_bundle, encode_tile
from answerable.record.tree import TILE_WIDTH, Edge

#: Seconds for which a partial tile stays after its full one was published.
KEPT = 86_400
#: Entries taken from the database at a time.
_BATCH = 16 * TILE_WIDTH

#: (start, stop) -> (data, leaf hash) of those entries, in order.
Entries = Callable[[int, int], Iterator[tuple[bytes, bytes]]]


def write_tiles(store: Store, written: int, size: int, root: bytes, entries: Entries) -> None:
    """F: write durably every tile and bundle by which the log grew from ``written`` to ``size``, partial ones too.

    Nothing below ``written`` is written again, unless the tiles at its edge are gone: then all are. Raises
    :class:`HaltError` when a file differs from the committed log, or the committed entries give another root.
    """
    try:
        edge = edge_on_disk(store, written)
    except (FileNotFoundError, TileError):
        edge = Edge()
    partial: dict[tuple[int, int], tuple[bytes, ...]] = {}
    with store.batch():
        for start in range(edge.size, size, _BATCH):
            batch = list(entries(start, min(start + _BATCH, size)))
            _write_bundles(store, edge.size, batch, entries, last=start + len(batch) == size)
            for tile in edge.append([leaf for _, leaf in batch]):
                # What is partial inside a long catch-up belongs to no size that anyone will see.
                partial.pop((tile.level, tile.index), None)
                if len(tile.hashes) == TILE_WIDTH:
                    store.put_once(tile_path(tile.level, tile.index), encode_tile(tile.hashes))
                else:
                    partial[tile.level, tile.index] = tile.hashes
        for (level, index), hashes in partial.items():
            store.put_once(tile_path(level, index, len(hashes)), encode_tile(hashes))
    if edge.root() != root:
        raise HaltError(
            f"the entries committed up to size {size} do not give the root committed for it",
            where=str(store.root),
            todo="the database or the tiles were changed: rebuild from a trusted mirror",
        )


def _write_bundles(store: Store, start: int, batch: list[tuple[bytes, bytes]], entries: Entries, *, last: bool) -> None:
    first = start & -TILE_WIDTH
    before = list(entries(first, start)) if first < start else []
    data = [data for data, _ in (*before, *batch)]
    for at in range(0, len(data), TILE_WIDTH):
        bundle = data[at : at + TILE_WIDTH]
        if len(bundle) == TILE_WIDTH or last:
            store.put_once(bundle_path((first + at) // TILE_WIDTH, len(bundle)), encode_bundle(bundle))


def edge_on_disk(store: Store, size: int) -> Edge:
    """The edge of the tree of ``size``, from its partial tiles (or the full ones that replaced them).

    Raises FileNotFoundError or TileError when they are not all there.
    """
    levels: list[list[bytes]] = []
    while rest := size >> 8 * len(levels):
        width, index = rest % TILE_WIDTH, rest >> 8
        levels.append(_tile(store, len(levels), index, width) if width else [])
    return Edge(size, levels)


def _tile(store: Store, level: int, index: int, width: int) -> list[bytes]:
    try:
        return decode_tile(store.get(tile_path(level, index, width)), width)
    except FileNotFoundError:
        return decode_tile(store.get(tile_path(level, index)), TILE_WIDTH)[:width]


def assemble(text: str, lines: Iterable[Signature], order: Iterable[VerifierKey]) -> bytes:
    """The checkpoint as published: the log's lines, then the witnesses' in the order of the policy."""
    places = {(key.name, key.id): place for place, key in enumerate(order)}
    unknown = len(places)
    return Note(text, tuple(sorted(lines, key=lambda line: places.get((line.name, line.id), unknown)))).to_bytes()


def publish(store: Store, checkpoint: Checkpoint, note: bytes, keys: tuple[VerifierKey, ...]) -> bool:
    """P: archive the first published checkpoint of this size, then replace ``checkpoint``; whether it was replaced.

    ``keys`` are the log's own and the witnesses' (for comparing what is there). Raises :class:`HaltError` when the
    archive holds another tree at this size, or a larger checkpoint under our key is published already.
    """
    _archive(store, checkpoint, note, keys)
    try:
        there = store.get("checkpoint")
    except FileNotFoundError:
        there = None
    if there is not None and not _replaces(there, note, checkpoint, keys, str(store.root / "checkpoint")):
        return False
    store.swap("checkpoint", note)
    return True


def _archive(store: Store, checkpoint: Checkpoint, note: bytes, keys: tuple[VerifierKey, ...]) -> None:
    path = archive_path(checkpoint.size)
    try:
        kept = store.get(path)
    except FileNotFoundError:
        store.put_once(path, note)
        return
    found = signed_by_log(kept, keys, checkpoint.origin)
    if found is None or (found.size, found.root) != (checkpoint.size, checkpoint.root):
        raise HaltError(
            f"the archive holds what is not our checkpoint of size {checkpoint.size}",
            where=str(store.root / path),
            todo="keep a copy as evidence, and find out who changed it",
        )


def signed_by_log(note: bytes, keys: Iterable[VerifierKey], origin: str) -> Checkpoint | None:
    """The checkpoint of ``origin`` in a note, if a key of that log among ``keys`` signed it; else None."""
    own = [key for key in keys if key.name == origin]
    try:
        parsed = Note.parse(note)
        verify_note(parsed, own)
        checkpoint = Checkpoint.parse(parsed.text)
    except RecordError:
        return None
    return checkpoint if checkpoint.origin == origin else None


def _replaces(there: bytes, note: bytes, checkpoint: Checkpoint, keys: tuple[VerifierKey, ...], where: str) -> bool:
    found = signed_by_log(there, keys, checkpoint.origin)
    if found is None:
        return True  # not under our key: nothing anybody relies on
    if found.size > checkpoint.size or (found.size == checkpoint.size and found.root != checkpoint.root):
        raise HaltError(
            f"published is size {found.size} root {found.root.hex()}; the head is size {checkpoint.size}"
            f" root {checkpoint.root.hex()}",
            where=where,
            todo="the database is older than what was published: answerable record rebuild",
        )
    if found.size < checkpoint.size:
        return True
    times, kept = _times(note, keys), _times(there, keys)
    return any(key not in kept or kept[key] < time for key, time in times.items())


def _times(note: bytes, keys: tuple[VerifierKey, ...]) -> dict[VerifierKey, int]:
    try:
        return {line.key: line.time or 0 for line in verify_note(Note.parse(note), keys)}
    except AnswerableError:
        return {}


def show_status(store: Store, signed: int, published: int, since: int | None) -> None:
    """``status.json``: the signed and the published size, and the hour since when a quorum is missing (else null)."""
    hour = None if since is None else datetime.fromtimestamp(since - since % 3600, UTC).strftime("%Y-%m-%dT%H:%MZ")
    said: Mapping[str, object] = {"published": published, "signed": signed, "unwitnessed_since": hour}
    store.show("status.json", (json.dumps(said, sort_keys=True) + "\n").encode())


def beyond(root: Path, size: int) -> str | None:
    """The path of a tile or bundle that only a log larger than ``size`` has, or None."""
    for path in _tiles_in(root):
        leaves = size if path.level is None else size >> 8 * path.level
        if path.index * TILE_WIDTH + path.width > leaves:
            return path.path
    return None


@dataclass
class Compared:
    """What a comparison of the files with the committed leaves found: a path that differs, or whether any is lost."""

    differs: str | None = None
    lost: bool = False


def compare(store: Store, size: int, entries: Entries) -> Compared:
    """Every full tile and bundle on disk against the committed leaves, up to the first that differs. Reads all of it.

    A lost one contradicts nothing, and must be written again: the log promises to serve it.
    """
    edge, found = Edge(), Compared()
    for start in range(0, size - size % TILE_WIDTH, _BATCH):
        batch = list(entries(start, min(start + _BATCH, size - size % TILE_WIDTH)))
        expected = {
            tile_path(tile.level, tile.index): encode_tile(tile.hashes)
            for tile in edge.append([leaf for _, leaf in batch])
            if len(tile.hashes) == TILE_WIDTH
        }
        for at in range(0, len(batch), TILE_WIDTH):
            bundle = [data for data, _ in batch[at : at + TILE_WIDTH]]
            path = bundle_path((start + at) // TILE_WIDTH)
            if any(tree.leaf_hash(data) != leaf for data, (_, leaf) in zip(bundle, batch[at:], strict=False)):
                return Compared(f"an entry of {path} in the database")
            expected[path] = encode_bundle(bundle)
        for path, data in expected.items():
            try:
                if store.get(path) != data:
                    return Compared(path)
            except FileNotFoundError:
                found.lost = True
    return found


def sweep(root: Path, published: int, now: float) -> int:
    """Remove partial tiles whose full tile has been published for 24 hours, and what a killed write left; how many."""
    removed = 0
    store = Store(root)
    for folder in sorted(root.glob("tile/**/*.p")):
        full = folder.with_name(folder.name.removesuffix(".p"))
        try:
            path = parse_path(str(full.relative_to(root)))
        except TileError:
            continue  # not ours, and nobody would fetch it
        leaves = published if path.level is None else published >> 8 * path.level
        if (path.index + 1) * TILE_WIDTH <= leaves and full.is_file() and full.stat().st_mtime + KEPT <= now:
            store.remove(str(folder.relative_to(root)))
            removed += 1
    for left in root.glob(f"**/{TEMPORARY}*"):
        store.remove(str(left.relative_to(root)))
        removed += 1
    return removed


def _tiles_in(root: Path) -> Iterator[TilePath]:
    for file in root.glob("tile/**/*"):
        if file.is_file() and not file.name.startswith(TEMPORARY):
            try:
                yield parse_path(str(file.relative_to(root)))
            except TileError:
                continue  # not a tile of any log: nobody would fetch it
