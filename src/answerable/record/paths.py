"""Where a tiled log keeps its tiles, bundles and archived checkpoints (C2SP tlog-tiles)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from answerable.record.errors import TileError
from answerable.record.text import LIMIT, shown
from answerable.record.tree import TILE_HEIGHT, TILE_WIDTH

_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]{1,2})/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?", re.ASCII
)
#: Longer than any path of an index below 2**63, and short enough to refuse before parsing.
_MAX_PATH = 64


class TilePath(NamedTuple):
    """What a path names: a tile of hashes at `level`, or with `level` None a bundle of entries."""

    level: int | None
    index: int  # type: ignore[assignment]  # tiles have an index; nobody searches in this tuple
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path, relative to the log's prefix."""
        if self.level is None:
            return bundle_path(self.index, self.width)
        return tile_path(self.level, self.index, self.width)


def _index_elements(index: int) -> str:
    """1234067 as ``x001/x234/067``."""
    if not 0 <= index < LIMIT:
        raise TileError(f"index {index} is outside 0 to 2**63 - 1")
    elements = [f"{index % 1000:03d}"]
    while index := index // 1000:
        elements.append(f"x{index % 1000:03d}")
    return "/".join(reversed(elements))


def _suffix(width: int) -> str:
    if not 1 <= width <= TILE_WIDTH:
        raise TileError(f"a tile is 1 to {TILE_WIDTH} wide, not {width}")
    return "" if width == TILE_WIDTH else f".p/{width}"


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """``tile/0/x001/234``, or ``tile/0/x001/234.p/17`` for a partial tile. Raises TileError out of range."""
    if not 0 <= level <= 63:
        raise TileError(f"a tile's level is 0 to 63, not {level}")
    return f"tile/{level}/{_index_elements(index)}{_suffix(width)}"


def bundle_path(index: int, width: int = TILE_WIDTH) -> str:
    """``tile/entries/x001/234``, or with ``.p/17`` for a partial bundle. Raises TileError out of range."""
    return f"tile/entries/{_index_elements(index)}{_suffix(width)}"


def archive_path(size: int) -> str:
    """``archive/x001/x234/567``: the first checkpoint published at `size`. Ours, not C2SP's."""
    return f"archive/{_index_elements(size)}"


def parse_path(path: str) -> TilePath:
    """The tile or bundle a path names. Raises TileError for any spelling but the one `tile_path` writes."""
    match = _PATH.fullmatch(path) if len(path) <= _MAX_PATH else None
    if match is not None:
        level = None if match["level"] == "entries" else int(match["level"])
        index = int(match["index"].replace("/", "").replace("x", ""))
        width = TILE_WIDTH if match["width"] is None else int(match["width"])
        found = TilePath(level, index, width)
        if _in_range(found) and found.path == path:
            return found
    raise TileError(f"{shown(path)} is not the path of a tile or a bundle")


def _in_range(tile: TilePath) -> bool:
    level = 0 if tile.level is None else tile.level
    return level <= 63 and tile.index < LIMIT and 1 <= tile.width <= TILE_WIDTH


def tiles_of(size: int) -> Iterator[TilePath]:
    """Every tile and bundle that a log of `size` entries serves for that size, partial ones included."""
    yield from changed(0, size)


def changed(old_size: int, new_size: int) -> list[TilePath]:
    """The tiles and bundles that growing from `old_size` to `new_size` writes, level 0 upward, then bundles."""
    if not 0 <= old_size <= new_size < LIMIT:
        raise TileError(f"a log does not grow from {old_size} to {new_size} entries")
    found: list[TilePath] = []
    level, old, new = 0, old_size, new_size
    while new > old:
        found.extend(_row(level, old, new))
        level, old, new = level + 1, old >> TILE_HEIGHT, new >> TILE_HEIGHT
    found.extend(TilePath(None, index, width) for _, index, width in _row(0, old_size, new_size))
    return found


def _row(level: int, old: int, new: int) -> Iterator[TilePath]:
    """The tiles of one level that hold its hashes from `old` to `new`."""
    for index in range(old >> TILE_HEIGHT, (new + TILE_WIDTH - 1) >> TILE_HEIGHT):
        yield TilePath(level, index, min(TILE_WIDTH, new - (index << TILE_HEIGHT)))
