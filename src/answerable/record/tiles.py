"""Tiles of hashes, bundles of entries, and a reader of a log over any way of fetching them (C2SP tlog-tiles).

Paths live in `record.paths`; their names are offered here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from answerable.record import tree
from answerable.record.errors import TileError
from answerable.record.paths import (
    TilePath,
    archive_path,
    bundle_path,
    changed,
    parse_path,
    tile_path,
    tiles_of,
)
from answerable.record.text import HASH_SIZE
from answerable.record.tree import TILE_HEIGHT, TILE_WIDTH, Edge

__all__ = [
    "MAX_ENTRY",
    "Fetch",
    "Reader",
    "TilePath",
    "archive_path",
    "bundle_path",
    "changed",
    "decode_bundle",
    "decode_tile",
    "encode_bundle",
    "encode_tile",
    "fetch_tile",
    "parse_path",
    "tile_path",
    "tiles_of",
]

#: path relative to the log's prefix -> its bytes. Raises FileNotFoundError when absent, TileError for other trouble.
Fetch = Callable[[str], bytes]

#: An entry's length is a uint16.
MAX_ENTRY = 65_535


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as big-endian uint16 length and bytes, one after the other. Raises TileError above 65,535 bytes."""
    _check_width(len(entries))
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise TileError(f"an entry has at most {MAX_ENTRY} bytes, this one has {len(entry)}")
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def decode_bundle(data: bytes, count: int) -> list[bytes]:
    """The `count` entries of a bundle (1 to 256). Raises TileError when it holds fewer, or more bytes."""
    _check_width(count)
    entries, at = [], 0
    for number in range(count):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise TileError(f"a bundle of {count} entries ends inside entry {number}")
        entries.append(data[start:at])
    if at != len(data):
        raise TileError(f"a bundle of {count} entries has {len(data) - at} bytes too many")
    return entries


def encode_tile(hashes: Sequence[bytes]) -> bytes:
    """1 to 256 hashes, one after the other."""
    _check_width(len(hashes))
    if any(len(value) != HASH_SIZE for value in hashes):
        raise TileError(f"a hash has {HASH_SIZE} bytes")
    return b"".join(hashes)


def decode_tile(data: bytes, width: int) -> list[bytes]:
    """The `width` hashes of a tile. Raises TileError for any other length."""
    _check_width(width)
    if len(data) != width * HASH_SIZE:
        raise TileError(f"a tile of width {width} has {width * HASH_SIZE} bytes, not {len(data)}")
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def _check_width(width: int) -> None:
    if not 1 <= width <= TILE_WIDTH:
        raise TileError(f"a tile or a bundle holds 1 to {TILE_WIDTH}, not {width}")


def fetch_tile(fetch: Fetch, wanted: TilePath) -> list[bytes]:
    """The hashes of a tile, or the entries of a bundle. Raises TileError when it is absent or malformed.

    A partial one that is gone is taken from its full one (tlog-tiles, Partial Tiles).
    """
    decode = decode_bundle if wanted.level is None else decode_tile
    try:
        try:
            return decode(fetch(wanted.path), wanted.width)
        except FileNotFoundError:
            if wanted.width == TILE_WIDTH:
                raise
            return decode(fetch(wanted._replace(width=TILE_WIDTH).path), TILE_WIDTH)[: wanted.width]
    except FileNotFoundError:
        raise TileError("the log lacks this file", where=wanted.path) from None
    except TileError as error:
        raise TileError(error.what, where=error.where or wanted.path, todo=error.todo) from None


#: For each level inside a tile, where its nodes begin in the tile's blob of nodes: hashes first, the tile's root last.
_OFFSETS = tuple(HASH_SIZE * (2 * TILE_WIDTH - (2 * TILE_WIDTH >> level)) for level in range(TILE_HEIGHT + 1))


def _nodes_of(data: bytes) -> bytes:
    """Every full node over a tile's hashes, level by level at `_OFFSETS`; what a partial tile lacks is zeros."""
    blob = bytearray(data)
    row = [data[at : at + 2 * HASH_SIZE] for at in range(0, len(data) - HASH_SIZE, 2 * HASH_SIZE)]
    for offset in _OFFSETS[1:]:
        above = b"".join([sha256(b"\x01" + pair).digest() for pair in row])
        blob += bytes(offset - len(blob)) + above
        row = [above[at : at + 2 * HASH_SIZE] for at in range(0, len(above) - HASH_SIZE, 2 * HASH_SIZE)]
    return bytes(blob)


class Reader:
    """A log of `size` entries, read through `fetch`; with `root` given, nothing is returned that it does not cover.

    The last `cache` tiles loaded are kept with the nodes between their hashes (16 KB each). Raises TileError for what
    is absent, malformed or not of this tree.
    """

    def __init__(self, fetch: Fetch, size: int, root: bytes | None = None, cache: int = 2048) -> None:
        self._fetch = fetch
        self._size = size
        self._root = root
        self._limit = max(cache, 1)
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._edge: Edge | None = None
        self._bundle: tuple[int, list[bytes]] | None = None

    @property
    def size(self) -> int:
        """The number of entries this reader answers for."""
        return self._size

    def root(self) -> bytes:
        """The root at `size`, from the tiles of the right edge."""
        return self._right_edge().root()

    def hash_at(self, level: int, index: int) -> bytes:
        """The hash of the full subtree of 2**level leaves that begins at leaf index * 2**level."""
        if index + 1 << level > self._size:
            raise TileError(f"no full subtree of level {level} and index {index} is in a log of {self._size} entries")
        inner = level & 7
        tile = index >> TILE_HEIGHT - inner
        nodes = self._nodes.get((level >> 3, tile)) or self._load(level >> 3, tile)
        at = _OFFSETS[inner] + HASH_SIZE * (index - (tile << TILE_HEIGHT - inner))
        return nodes[at : at + HASH_SIZE]

    def inclusion_proof(self, index: int) -> list[bytes]:
        """The audit path of entry `index` at `size`."""
        return tree.inclusion_proof(index, self._size, self.hash_at)

    def consistency_proof(self, old: int) -> list[bytes]:
        """The proof that `size` extends `old`."""
        return tree.consistency_proof(old, self._size, self.hash_at)

    def leaf_hashes(self, index: int) -> list[bytes]:
        """The leaf hashes of tile `index` of level 0."""
        width = self._width(0, index)
        nodes = self._nodes.get((0, index)) or self._load(0, index)
        return decode_tile(nodes[: width * HASH_SIZE], width)

    def entry(self, index: int) -> bytes:
        """Entry `index`."""
        if not 0 <= index < self._size:
            raise TileError(f"entry {index} is not in a log of {self._size} entries")
        return self._entries_of(index >> TILE_HEIGHT)[index % TILE_WIDTH]

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """Entries start to stop, in order, one bundle in memory at a time."""
        if not 0 <= start <= stop <= self._size:
            raise TileError(f"entries {start} to {stop} are not in a log of {self._size} entries")
        while start < stop:
            first = start & -TILE_WIDTH
            bundle = self._entries_of(start >> TILE_HEIGHT)
            yield from bundle[start - first : stop - first]
            start = first + TILE_WIDTH

    def find(self, leaf_hash: bytes, start: int = 0) -> int | None:
        """The first index from `start` on with this leaf hash, by the tiles of level 0; None when there is none."""
        for tile in range(start >> TILE_HEIGHT, self._size + TILE_WIDTH - 1 >> TILE_HEIGHT):
            hashes = self.leaf_hashes(tile)
            first = max(start - (tile << TILE_HEIGHT), 0)
            if leaf_hash in hashes[first:]:
                return (tile << TILE_HEIGHT) + hashes.index(leaf_hash, first)
        return None

    def _entries_of(self, index: int) -> list[bytes]:
        if self._bundle is not None and self._bundle[0] == index:
            return self._bundle[1]
        width = self._width(0, index)
        entries = fetch_tile(self._fetch, TilePath(None, index, width))
        if self._root is not None and [tree.leaf_hash(entry) for entry in entries] != self.leaf_hashes(index):
            raise TileError("the bundle is not the one the tree covers", where=bundle_path(index, width))
        self._bundle = (index, entries)
        return entries

    def _width(self, level: int, index: int) -> int:
        """How wide tile `index` of `level` is at this size."""
        width = min((self._size >> TILE_HEIGHT * level) - (index << TILE_HEIGHT), TILE_WIDTH)
        if width < 1:
            raise TileError(f"tile {index} of level {level} is beyond a log of {self._size} entries")
        return width

    def _right_edge(self) -> Edge:
        """The partial tiles, which alone give the root; with a root given they are checked against it once."""
        if self._edge is None:
            levels: list[list[bytes]] = []
            while rest := self._size >> TILE_HEIGHT * len(levels):
                width = rest % TILE_WIDTH
                wanted = TilePath(len(levels), rest >> TILE_HEIGHT, width)
                levels.append(fetch_tile(self._fetch, wanted) if width else [])
            edge = Edge(self._size, levels)
            if self._root is not None and edge.root() != self._root:
                raise TileError(f"the tiles at the right edge of {self._size} entries give another root")
            self._edge = edge
        return self._edge

    def _load(self, level: int, index: int) -> bytes:
        """Fetch a tile, authenticate it when a root is given, and keep its nodes."""
        width = self._width(level, index)
        if width < TILE_WIDTH:
            hashes: Sequence[bytes] = self._right_edge().partial(level)
        else:
            hashes = fetch_tile(self._fetch, TilePath(level, index))
        nodes = _nodes_of(b"".join(hashes))
        if self._root is not None and width == TILE_WIDTH:
            parent = self.hash_at(TILE_HEIGHT * (level + 1), index)
            if nodes[-HASH_SIZE:] != parent:
                raise TileError("the tile is not the one the tree above it covers", where=tile_path(level, index))
        self._nodes[level, index] = nodes
        if len(self._nodes) > self._limit:
            del self._nodes[next(iter(self._nodes))]
        return nodes
