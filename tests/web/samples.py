"""A small log of each form with its witnesses, and receipts from it: what the browser verifier is tested on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from answerable.record import canonical, commit, tree
from answerable.record.canonical import Json
from answerable.record.keys import COSIGNATURE, ED25519, MLDSA44, SigningKey
from answerable.record.note import Checkpoint, Note, sign_checkpoint
from answerable.record.proof import TlogProof
from answerable.record.tiles import encode_bundle

TIME = 1_796_133_761  # 2026-12-01T14:02:41Z
CASE_KEY = bytes(range(32))

EVENT: dict[str, Json] = {
    "v": 1,
    "kind": "referral.sent",
    "case": "0" * 31 + "7",
    "seq": 3,
    "prev": "ab" * 32,
    "at": "2026-11-30",
    "by": "desk.lead",
    "procedure": {"act": "refer", "digest": "cd" * 32, "name": "Referral", "version": "2"},
    "after": {"root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "size": 41},
    "to_state": "NOR",
    "track": "criminal",
    "basis": "consent",
    "asks": ["inform", "investigate"],
    "document_sha256": "ef" * 32,
    "obligation": {"due": "2026-12-30", "duty": "acknowledge"},
}
LETTER: dict[str, Json] = {
    "v": 1,
    "kind": "correspondence.correction",
    "id": "12" * 16,
    "at": "2026-12-01",
    "by": "Editors <script>alert(1)</script>",
    "of": "ab" * 32,
    "text_sha256": "cd" * 32,
    "reason": "A date was wrong. تاريخ خاطئ",
}


def key(name: str, kind: int) -> SigningKey:
    """A key for tests, the same each time."""
    return SigningKey.generate(name, kind, sha256(f"{name} {kind}".encode()).digest())


@dataclass(frozen=True)
class Log:
    """A log of some entries, its keys, and the witnesses that sign for it."""

    origin: str
    entries: tuple[bytes, ...]

    @property
    def keys(self) -> tuple[SigningKey, SigningKey]:
        """The log's Ed25519 and ML-DSA-44 keys."""
        return key(self.origin, ED25519), key(self.origin, MLDSA44)

    def note(self, signers: Sequence[tuple[SigningKey, int | None]]) -> bytes:
        """The checkpoint of the whole log, signed by these keys in this order."""
        leaves = [tree.leaf_hash(entry) for entry in self.entries]
        checkpoint = Checkpoint(self.origin, len(leaves), tree.root_of(leaves))
        return Note(checkpoint.text(), tuple(sign_checkpoint(checkpoint, *signer) for signer in signers)).to_bytes()

    def proof(self, index: int, extra: bytes | None, note: bytes) -> bytes:
        """The receipt of one entry under a signed checkpoint."""
        leaves = [tree.leaf_hash(entry) for entry in self.entries]

        def hash_at(level: int, place: int) -> bytes:
            return tree.root_of(leaves[place << level : (place + 1) << level])

        hashes = tuple(tree.inclusion_proof(index, len(leaves), hash_at))
        return TlogProof(extra, index, hashes, note).to_bytes()


WITNESSES = tuple(f"{group}{number}.example/w" for group in ("cs", "ms") for number in (1, 2, 3))


def witness(name: str, kind: int = COSIGNATURE) -> SigningKey:
    """A witness's key."""
    return key(name, kind)


@cache
def logs() -> tuple[Log, Log]:
    """The record, whose entry 4 is `LETTER`, and the register, whose entry 5 is `EVENT` under event key 3."""
    letters = [canonical.encode({**LETTER, "id": f"{number:032x}"}) for number in range(11)]
    letters[4] = canonical.encode(LETTER)
    sealed = [commit.pad_entry(CASE_KEY, 7, ordinal) for ordinal in range(13)]
    sealed[5] = commit.seal(EVENT, event_key())
    encode_bundle(sealed)  # entries as a real bundle would hold them: their lengths are checked
    return Log("ledger.example.org/record", tuple(letters)), Log("ledger.example.org/register", tuple(sealed))


def event_key() -> bytes:
    """The opening key of `EVENT`."""
    return commit.case_event_key(CASE_KEY, 3)


def log_lines() -> str:
    """The lines of both logs."""
    return "".join(f"log {one.verifier}\n" for log in logs() for one in log.keys)


def policy() -> str:
    """Two of three civil bodies and two of three States, each body with an Ed25519 and an ML-DSA-44 key."""
    lines, bodies = [log_lines()], []
    for name in WITNESSES:
        short = name[:3]
        bodies.append(short)
        lines.append(f"witness {short}-ed {witness(name).verifier} https://{name}/\n")
        lines.append(f"witness {short}-pq {witness(name, MLDSA44).verifier}\n")
        lines.append(f"group {short} any {short}-ed {short}-pq\n")
    lines.append(f"group civil 2 {' '.join(bodies[:3])}\ngroup states 2 {' '.join(bodies[3:])}\n")
    lines.append("group both all civil states\nquorum both\n")
    return "# who vouches — من يشهد\n" + "".join(lines)


def signers(log: Log, *, pq: bool = False, ed: bool = True) -> list[tuple[SigningKey, int | None]]:
    """The log's Ed25519 key, and five of the six witnesses with Ed25519, ML-DSA-44, or both."""
    found: list[tuple[SigningKey, int | None]] = [(log.keys[0], None)]
    if pq:
        found.append((log.keys[1], TIME))
    for number, name in enumerate(WITNESSES[:5]):
        found += [(witness(name), TIME + number)] if ed else []
        found += [(witness(name, MLDSA44), TIME + number)] if pq else []
    return found


@cache
def receipts() -> dict[str, bytes]:
    """Receipts by what they show."""
    record, register = logs()
    note, sealed_note = record.note(signers(record)), register.note(signers(register))
    full = commit.full_opening(EVENT, event_key())
    part = commit.opening(EVENT, event_key(), ["to_state", "at"])
    return {
        "open": record.proof(4, canonical.encode(LETTER), note),
        "both": record.proof(4, canonical.encode(LETTER), record.note(signers(record, pq=True))),
        "only-pq": record.proof(4, canonical.encode(LETTER), record.note(signers(record, pq=True, ed=False))),
        "bare": register.proof(5, register.entries[5], sealed_note),
        "full": register.proof(5, full, sealed_note),
        "part": register.proof(5, part, sealed_note),
        "nothing": register.proof(5, None, sealed_note),
    }


def openings() -> dict[str, bytes]:
    """Openings of the register's entry 5, and one of another entry."""
    return {
        "full": commit.full_opening(EVENT, event_key()),
        "part": commit.opening(EVENT, event_key(), ["to_state", "at"]),
        "other": commit.full_opening({**EVENT, "track": "administrative"}, event_key()),
    }
