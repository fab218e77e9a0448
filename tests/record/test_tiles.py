"""Paths, tiles, bundles and the reader over them."""

from __future__ import annotations

import pytest

from answerable.record import tree
from answerable.record.errors import TileError
from answerable.record.tiles import (
    Reader,
    TilePath,
    archive_path,
    bundle_path,
    changed,
    decode_bundle,
    decode_tile,
    encode_bundle,
    encode_tile,
    parse_path,
    tile_path,
    tiles_of,
)
from tests.record.logs import REGISTER, Log, sealed_entries

LOG = Log(sealed_entries(70_000), REGISTER, times={})


def test_paths() -> None:
    assert tile_path(0, 1234, 17) == "tile/0/x001/234.p/17"
    assert bundle_path(0) == "tile/entries/000"
    assert archive_path(1_234_567) == "archive/x001/x234/567"
    assert TilePath(None, 5, 3).path == "tile/entries/005.p/3"


@pytest.mark.parametrize(
    "path",
    [
        "", "tile/0/0", "tile/00/000", "tile/64/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
        "tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/-1/000", "tile/entries/000/", "/tile/0/000",
        "tile/0/٠٠٠", "tile/0/000\n", "tile/0/" + "x999/" * 6 + "999", "checkpoint", "tile/0/000.p/",
    ],
)  # fmt: skip
def test_other_spellings_are_no_paths(path: str) -> None:
    with pytest.raises(TileError):
        parse_path(path)


@pytest.mark.parametrize(
    "make",
    [
        lambda: tile_path(64, 0),
        lambda: tile_path(0, -1),
        lambda: tile_path(0, 0, 257),
        lambda: bundle_path(1 << 63),
        lambda: bundle_path(0, 0),
        lambda: changed(5, 4),
        lambda: encode_bundle([bytes(65_536)]),
        lambda: encode_bundle([]),
        lambda: encode_tile([b"short"]),
        lambda: encode_tile([bytes(32)] * 257),
        lambda: decode_tile(bytes(32), 2),
        lambda: decode_bundle(b"\0", 1),
        lambda: decode_bundle(b"\0\1", 1),
        lambda: decode_bundle(b"\0\0\0", 1),
        lambda: decode_bundle(b"", 0),
    ],
)
def test_out_of_range_is_an_error(make: object) -> None:
    with pytest.raises(TileError):
        make()  # type: ignore[operator]  # every case is a call


def test_changed_is_what_an_edge_changes() -> None:
    leaves = [tree.leaf_hash(number.to_bytes(4, "big")) for number in range(1_200)]
    for old, new in [(0, 1), (0, 256), (255, 257), (256, 256), (300, 1_200), (511, 512)]:
        edge = tree.Edge()
        edge.append(leaves[:old])
        tiles = [(tile.level, tile.index, len(tile.hashes)) for tile in edge.append(leaves[old:new])]
        paths = changed(old, new)
        assert [tuple(path) for path in paths if path.level is not None] == tiles
        assert [path[1:] for path in paths if path.level is None] == [tile[1:] for tile in tiles if tile[0] == 0]


def test_a_log_serves_exactly_the_files_of_its_size() -> None:
    # Given a log written in one go, then its files are those the size calls for, besides the partial tiles on the way
    assert {tile.path for tile in tiles_of(70_000)} <= LOG.files.keys()


def test_reader_proofs_verify() -> None:
    reader, root = LOG.reader, LOG.checkpoint.root
    assert reader.root() == root
    for index in (0, 1, 255, 256, 65_535, 65_536, 69_999):
        leaf = tree.leaf_hash(LOG.entries[index])
        assert reader.entry(index) == LOG.entries[index]
        assert reader.find(leaf) == index
        tree.verify_inclusion(leaf, index, 70_000, reader.inclusion_proof(index), root)
    for old in (0, 1, 256, 60_001, 65_536, 70_000):
        old_root = tree.root_of([tree.leaf_hash(entry) for entry in LOG.entries[:old]])
        tree.verify_consistency(old, 70_000, reader.consistency_proof(old), old_root, root)


def test_reader_with_a_cache_of_one_tile_gives_the_same() -> None:
    small = Reader(LOG.fetch, 70_000, LOG.checkpoint.root, cache=1)
    assert small.inclusion_proof(12_345) == LOG.reader.inclusion_proof(12_345)


def test_reader_finds_from_a_start_on_and_says_none() -> None:
    leaf = tree.leaf_hash(LOG.entries[300])
    assert LOG.reader.find(leaf, 300) == 300
    assert LOG.reader.find(leaf, 301) is None


def test_entries_stream_across_bundles() -> None:
    assert list(LOG.reader.entries(250, 520)) == LOG.entries[250:520]
    assert list(LOG.reader.entries(5, 5)) == []


def test_partial_files_that_are_gone_come_from_full_ones() -> None:
    # Given a reader of an earlier size, in a log that has since filled the tile and removed the partial ones
    old = Log(sealed_entries(300), REGISTER, times={})
    files = {path: data for path, data in LOG.files.items() if ".p/" not in path}
    reader = Reader(lambda path: _get(files, path), 300, old.checkpoint.root)
    # Then it reads the same entries and proofs; tile 0 of level 1 is full in the larger log
    assert reader.inclusion_proof(299) == old.reader.inclusion_proof(299)
    assert list(reader.entries(0, 300)) == old.entries


def _get(files: dict[str, bytes], path: str) -> bytes:
    if path not in files:
        raise FileNotFoundError(path)
    return files[path]


@pytest.mark.parametrize("path", ["tile/0/003", "tile/1/000", "tile/0/273.p/112", "tile/2/000.p/1", "tile/entries/003"])
def test_one_changed_bit_in_any_file_is_noticed(path: str) -> None:
    files = dict(LOG.files)
    files[path] = bytes([files[path][0], files[path][1], files[path][2] ^ 1]) + files[path][3:]
    reader = Reader(lambda name: _get(files, name), 70_000, LOG.checkpoint.root)
    with pytest.raises(TileError):
        list(reader.entries(3 * 256, 4 * 256))


@pytest.mark.parametrize("path", ["tile/0/003", "tile/entries/003", "tile/1/001.p/17"])
def test_an_absent_file_is_named(path: str) -> None:
    files = {name: data for name, data in LOG.files.items() if name != path}
    reader = Reader(lambda name: _get(files, name), 70_000, LOG.checkpoint.root)
    with pytest.raises(TileError, match=path.replace(".p", r"\.p")):
        list(reader.entries(3 * 256, 4 * 256))


def test_what_is_beyond_the_log_is_an_error() -> None:
    for ask in (
        lambda reader: reader.entry(70_000),
        lambda reader: reader.entry(-1),
        lambda reader: list(reader.entries(0, 70_001)),
        lambda reader: reader.hash_at(0, 70_000),
        lambda reader: reader.hash_at(17, 0),
        lambda reader: reader.hash_at(0, -1),
        lambda reader: reader.leaf_hashes(274),
    ):
        with pytest.raises(TileError):
            ask(LOG.reader)


def test_the_empty_log() -> None:
    reader = Reader(LOG.fetch, 0, tree.EMPTY_ROOT)
    assert reader.root() == tree.EMPTY_ROOT
    assert reader.find(bytes(32)) is None
    assert list(reader.entries(0, 0)) == []
