"""Small real logs in memory, with keys from fixed seeds, for tests of the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from answerable.record import tree
from answerable.record.note import COSIGNATURE, ED25519, MLDSA44, Checkpoint, Note, SigningKey, sign_checkpoint
from answerable.record.policy import Policy
from answerable.record.proof import TlogProof
from answerable.record.tiles import Reader, bundle_path, encode_bundle, encode_tile, tile_path

RECORD, REGISTER = "ledger.example.org/record", "ledger.example.org/register"


def key(name: str, kind: int = ED25519) -> SigningKey:
    """The same key for the same name and type, every time."""
    return SigningKey.generate(name, kind, sha256(f"{name} {kind}".encode()).digest())


class Log:
    """A log of `entries` as files, signed by its two keys and by witnesses at given times."""

    def __init__(self, entries: Sequence[bytes], origin: str = RECORD, times: Mapping[str, int] | None = None) -> None:
        self.entries = list(entries)
        self.origin = origin
        self.files: dict[str, bytes] = {}
        self.keys = (key(origin), key(origin, MLDSA44))
        edge = tree.Edge()
        leaves = [tree.leaf_hash(entry) for entry in entries]
        for start in range(0, len(leaves), 256):
            bundle = self.entries[start : start + 256]
            self.files[bundle_path(start // 256, len(bundle))] = encode_bundle(bundle)
            for tile in edge.append(leaves[start : start + 256]):
                self.files[tile_path(tile.level, tile.index, len(tile.hashes))] = encode_tile(tile.hashes)
        self.checkpoint = Checkpoint(origin, edge.size, edge.root())
        self.times = {"w1": 1_000_000, "w2": 1_000_060} if times is None else times
        self.note = self.sign(self.checkpoint)
        self.files["checkpoint"] = self.note

    def sign(self, checkpoint: Checkpoint) -> bytes:
        """The signed note of a checkpoint: the log's lines, then each witness's two."""
        lines = [sign_checkpoint(checkpoint, self.keys[0], None), sign_checkpoint(checkpoint, self.keys[1], 1_000_000)]
        for name, time in self.times.items():
            cosigner = f"{name}.example/cosigner"
            lines += [sign_checkpoint(checkpoint, key(cosigner, kind), time) for kind in (COSIGNATURE, MLDSA44)]
        return Note(checkpoint.text(), tuple(lines)).to_bytes()

    def fetch(self, path: str) -> bytes:
        try:
            return self.files[path]
        except KeyError:
            raise FileNotFoundError(path) from None

    @property
    def reader(self) -> Reader:
        return Reader(self.fetch, self.checkpoint.size, self.checkpoint.root)

    def receipt(self, index: int, extra: bytes | None = None) -> TlogProof:
        """The receipt of entry `index`, which carries the entry unless `extra` is given."""
        hashes = tuple(self.reader.inclusion_proof(index))
        return TlogProof(self.entries[index] if extra is None else extra, index, hashes, self.note)


def policy_text(origin: str = RECORD, witnesses: Sequence[str] = ("w1", "w2", "w3"), threshold: int = 2) -> str:
    """A policy of one log, and `threshold` of the witnesses, each a body with two keys."""
    lines = [f"log {key(origin, kind).verifier}" for kind in (ED25519, MLDSA44)]
    for name in witnesses:
        for suffix, kind in (("ed", COSIGNATURE), ("pq", MLDSA44)):
            vkey = key(f"{name}.example/cosigner", kind).verifier
            lines.append(f"witness {name}-{suffix} {vkey} https://{name}.example/")
        lines.append(f"group {name} any {name}-ed {name}-pq")
    lines += [f"group civil {threshold} {' '.join(witnesses)}", "quorum civil"]
    return "".join(f"{line}\n" for line in lines)


def policy(origin: str = RECORD, threshold: int = 2) -> Policy:
    return Policy.parse(policy_text(origin, threshold=threshold))


def sealed_entries(count: int) -> list[bytes]:
    """Entries of a register's form."""
    return [b"\x01" + sha256(str(number).encode()).digest() for number in range(count)]
