"""A log folder as a sequencer would leave it, written here with the record's own pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answerable.correspondence import entries
from answerable.correspondence.codec import key_of
from answerable.correspondence.whole import Correspondence
from answerable.record import canonical, tiles
from answerable.record.checkpoint import Checkpoint
from answerable.record.note import COSIGNATURE, ED25519, SigningKey, add_signatures, sign_checkpoint, sign_text
from answerable.record.paths import archive_path, bundle_path, tile_path
from answerable.record.tree import leaf_hash, root_of

ORIGIN = "ledger.example/record"
#: 2026-12-01T00:00:00Z and two days later: when the witness signed each step.
FIRST_DAY = 1_796_083_200
SECOND_DAY = FIRST_DAY + 2 * 86_400


@dataclass(frozen=True)
class SmallLog:
    """The folder, its policy file, its entries in order, and the size of its first checkpoint."""

    folder: Path
    policy: Path
    data: tuple[bytes, ...]
    first: int

    @classmethod
    def of(cls, correspondence: Correspondence, root: Path) -> SmallLog:
        """The entries of a correspondence, all but the last two under a first checkpoint."""
        data = _entries(correspondence)
        log = SigningKey.generate(ORIGIN, ED25519, bytes(range(32)))
        witness = SigningKey.generate("witness.example/w1", COSIGNATURE, bytes(range(1, 33)))
        folder = root / "public" / "record"
        for size, time in ((len(data) - 2, FIRST_DAY), (len(data), SECOND_DAY)):
            checkpoint = Checkpoint(ORIGIN, size, root_of([leaf_hash(each) for each in data[:size]]))
            note = sign_text(checkpoint.text(), log).to_bytes()
            note = add_signatures(note, [sign_checkpoint(checkpoint, witness, time)])
            _put(folder / archive_path(size), note)
            _put(folder / "checkpoint", note)
            _put(folder / bundle_path(0, size), tiles.encode_bundle(data[:size]))
            _put(folder / tile_path(0, 0, size), tiles.encode_tile([leaf_hash(each) for each in data[:size]]))
        policy = root / "record.policy"
        policy.write_text(f"log {log.verifier}\nwitness w1 {witness.verifier}\nquorum w1\n", "utf-8")
        return cls(folder, policy, tuple(data), len(data) - 2)


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _entries(correspondence: Correspondence) -> Sequence[bytes]:
    office = entries.offices({party.code: party.office for party in correspondence.parties})
    leaves: dict[str, str] = {}
    data = []
    for number, unit in enumerate(entries.in_order(correspondence.units())):
        key = key_of(unit)
        asks = [slot for slot in correspondence.slots if f"letter:{slot.letter}" == key]
        kind, fields = entries.entry(unit, leaves.__getitem__, office, asks)
        header: dict[str, Any] = {"v": 1, "kind": kind, "id": f"{number:032x}", "at": "2026-12-01", "by": "editors"}
        data.append(canonical.encode(header | fields))
        leaves[key] = leaf_hash(data[-1]).hex()
    return data
