"""A synthetic log on disk that grows: entries that look sealed, tiles, bundles, a cosigned checkpoint at each size."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from answerable.record.checkpoint import Checkpoint
from answerable.record.keys import COSIGNATURE, ED25519, SigningKey
from answerable.record.note import Note, sign_checkpoint
from answerable.record.tiles import bundle_path, encode_bundle, tile_path
from answerable.record.tree import Edge, TileHashes, leaf_hash

BATCH = 256
ORIGIN = "bench.example/register"


def entry(index: int) -> bytes:
    """The entry at `index`: 33 bytes that look like a sealed one."""
    return b"\x01" + sha256(index.to_bytes(8, "big")).digest()


def entries(start: int, stop: int) -> list[bytes]:
    """Entries `start` to `stop`."""
    return [entry(index) for index in range(start, stop)]


class GrowingLog:
    """The log in `folder`, with its policy: one log key and two of three witnesses."""

    def __init__(self, folder: Path) -> None:
        """An empty log. Seeds are fixed: a bench has no secrets."""
        self.folder = folder
        self.edge = Edge()
        self._made: set[Path] = set()
        self._key = SigningKey.generate(ORIGIN, ED25519, sha256(b"log").digest())
        self._witnesses = [
            SigningKey.generate(f"bench.example/w{number}", COSIGNATURE, sha256(b"w%d" % number).digest())
            for number in range(3)
        ]
        lines = [f"log {self._key.verifier}"]
        lines += [f"witness w{number} {key.verifier}" for number, key in enumerate(self._witnesses)]
        self.policy_text = "\n".join([*lines, "group all 2 w0 w1 w2", "quorum all", ""])

    def grow(self, size: int) -> list[float]:
        """Grow to `size`, then publish. Returns the seconds of each full batch's append and root, without the files."""
        seconds = []
        while self.edge.size < size:
            first, stop = self.edge.size, min(self.edge.size + BATCH, size)
            batch = entries(first, stop)
            took, changed = self._append(batch)
            if len(batch) == BATCH:
                seconds.append(took)
            self._bundle(first, batch)
            for tile in changed:
                if len(tile.hashes) == BATCH:
                    self._put(tile_path(tile.level, tile.index), b"".join(tile.hashes))
        self.publish()
        return seconds

    def _append(self, batch: list[bytes]) -> tuple[float, list[TileHashes]]:
        start = time.perf_counter()
        changed = self.edge.append([leaf_hash(data) for data in batch])
        self.edge.root()
        return time.perf_counter() - start, changed

    def _bundle(self, first: int, batch: list[bytes]) -> None:
        """Every bundle the batch fills; the partial one at the end is written on publication."""
        for index in range(first // BATCH, (first + len(batch)) // BATCH):
            self._put(bundle_path(index), encode_bundle(entries(index * BATCH, (index + 1) * BATCH)))

    def publish(self) -> None:
        """Write the partial tiles, the partial bundle and a checkpoint that two witnesses have cosigned."""
        size, level = self.edge.size, 0
        while size >> 8 * level:
            hashes = self.edge.partial(level)
            if hashes:
                self._put(tile_path(level, size >> 8 * level + 8, len(hashes)), b"".join(hashes))
            level += 1
        if size % BATCH:
            self._put(bundle_path(size // BATCH, size % BATCH), encode_bundle(entries(size & -BATCH, size)))
        checkpoint = Checkpoint(ORIGIN, size, self.edge.root())
        signatures = [sign_checkpoint(checkpoint, self._key, None)]
        signatures += [sign_checkpoint(checkpoint, key, 1_700_000_000) for key in self._witnesses[:2]]
        self._put("checkpoint", Note(checkpoint.text(), tuple(signatures)).to_bytes())

    def _put(self, path: str, data: bytes) -> None:
        place = self.folder / path
        if place.parent not in self._made:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(place.parent)
        place.write_bytes(data)

    def fetch(self) -> Callable[[str], bytes]:
        """A `record.tiles.Fetch` over the folder."""
        return lambda path: (self.folder / path).read_bytes()


def spread(size: int, count: int) -> Iterator[int]:
    """`count` indices spread over a log of `size` entries, the same in every run."""
    for number in range(count):
        yield int.from_bytes(sha256(b"spread" + number.to_bytes(4, "big")).digest()[:8], "big") % size
