"""A small log for tests, built from the record's own parts: entries, tiles in memory, signed checkpoints, proofs."""

from __future__ import annotations

import hashlib
from pathlib import Path

from answerable.record.note import (
    COSIGNATURE,
    ED25519,
    MLDSA44,
    Checkpoint,
    Note,
    SigningKey,
    sign_checkpoint,
)
from answerable.record.tiles import Reader, archive_path, bundle_path, encode_bundle, encode_tile, tile_path
from answerable.record.tree import TILE_WIDTH, Edge, leaf_hash
from answerable.record.witnessing import Request

ORIGIN = "ledger.example.org/record"


def seed(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def log_keys(origin: str = ORIGIN, salt: str = "") -> tuple[SigningKey, SigningKey]:
    return (
        SigningKey.generate(origin, ED25519, seed(f"{origin} ed {salt}")),
        SigningKey.generate(origin, MLDSA44, seed(f"{origin} pq {salt}")),
    )


def witness_keys(name: str) -> tuple[SigningKey, SigningKey]:
    return (
        SigningKey.generate(name, COSIGNATURE, seed(f"{name} ed")),
        SigningKey.generate(name, MLDSA44, seed(f"{name} pq")),
    )


class SmallLog:
    """Grows by `append`; everything a log serves is in `files`."""

    def __init__(self, origin: str = ORIGIN, keys: tuple[SigningKey, ...] | None = None) -> None:
        self.origin = origin
        self.keys = keys if keys is not None else log_keys(origin)
        self.edge = Edge()
        self.entries: list[bytes] = []
        self.files: dict[str, bytes] = {}

    @property
    def size(self) -> int:
        return self.edge.size

    @property
    def vkeys(self) -> list[str]:
        return [str(key.verifier) for key in self.keys]

    def append(self, *entries: bytes) -> SmallLog:
        first = len(self.entries) // TILE_WIDTH
        self.entries += entries
        for tile in self.edge.append([leaf_hash(entry) for entry in entries]):
            self.files[tile_path(tile.level, tile.index, len(tile.hashes))] = encode_tile(tile.hashes)
        for index in range(first, (len(self.entries) - 1) // TILE_WIDTH + 1):
            bundle = self.entries[index * TILE_WIDTH : (index + 1) * TILE_WIDTH]
            if bundle:
                self.files[bundle_path(index, len(bundle))] = encode_bundle(bundle)
        return self

    def grow(self, count: int, salt: str = "entry") -> SmallLog:
        return self.append(*(f"{salt} {len(self.entries) + n}".encode() for n in range(count)))

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.origin, self.size, self.edge.root())

    def note(self, time: int = 1_800_000_000, cosigners: tuple[SigningKey, ...] = ()) -> bytes:
        checkpoint = self.checkpoint()
        own = [sign_checkpoint(checkpoint, key, None if key.verifier.type == ED25519 else time) for key in self.keys]
        theirs = [sign_checkpoint(checkpoint, key, time) for key in cosigners]
        return Note(checkpoint.text(), (*own, *theirs)).to_bytes()

    def publish(self, time: int = 1_800_000_000, cosigners: tuple[SigningKey, ...] = ()) -> SmallLog:
        note = self.note(time, cosigners)
        self.files["checkpoint"] = note
        self.files.setdefault(archive_path(self.size), note)
        return self

    def fetch(self, path: str) -> bytes:
        try:
            return self.files[path]
        except KeyError:
            raise FileNotFoundError(path) from None

    def proof(self, old: int) -> list[bytes]:
        return Reader(self.fetch, self.size).consistency_proof(old) if 0 < old < self.size else []

    def request(self, old: int, note: bytes | None = None) -> bytes:
        return Request(old, tuple(self.proof(old)), self.note() if note is None else note).to_bytes()

    def unsigned(self, old: int) -> bytes:
        return Request(old, tuple(self.proof(old)), self.checkpoint().text().encode()).to_bytes()

    def write(self, folder: Path) -> Path:
        for path, data in self.files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return folder
