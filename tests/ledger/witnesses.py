"""Witnesses inside the test's own process: the real decision and real cosignatures, without HTTP.

Each keeps what it cosigned in a file when a folder is given, so that it survives a killed process as a witness would.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from answerable.ledger.asking import Answer, Cosignature, Latest
from answerable.record.keys import COSIGNATURE, SigningKey
from answerable.record.note import Checkpoint, Note, Signature, add_signatures, sign_checkpoint
from answerable.record.policy import Policy
from answerable.record.text import parse_decimal
from answerable.record.witnessing import LogRule, Recorded, Request, decide


def witness_key(name: str) -> SigningKey:
    """A witness's key, the same in every run."""
    return SigningKey.generate(f"witness.example/{name}", COSIGNATURE, name.encode().ljust(32, b"\0"))


NAMES = ("w1", "w2", "w3")
#: Two of three.
POLICY = "".join(f"witness {name} {witness_key(name).verifier} http://127.0.0.1:9/{name}/\n" for name in NAMES) + (
    f"group all_of_them 2 {' '.join(NAMES)}\nquorum all_of_them\n"
)


class Witness:
    """One witness of one log."""

    def __init__(self, name: str, rule: LogRule, clock: Callable[[], float], folder: Path | None) -> None:
        self.name, self.key, self.rule, self.clock, self.folder = name, witness_key(name), rule, clock, folder
        self.mode = "well"
        self.last: Recorded | None = None
        self.note: bytes | None = None
        self.seen: list[tuple[int, bytes]] = []

    def ask(self, old: int, note: bytes, proof_for: Callable[[int], list[bytes]]) -> Answer:
        answer = self._once(old, note, proof_for)
        if (
            answer.status == 409
            and answer.size is not None
            and answer.size <= Checkpoint.parse(Note.parse(note).text).size
        ):
            answer = self._once(answer.size, note, proof_for)
        return answer

    def _once(self, old: int, note: bytes, proof_for: Callable[[int], list[bytes]]) -> Answer:
        if self.mode == "down":
            return Answer(self.name, (self.name,), detail="does not answer")
        self._load()
        checkpoint = Checkpoint.parse(Note.parse(note).text)
        proof = proof_for(old) if 0 < old < checkpoint.size else []
        if self.mode == "lying":
            return Answer(
                self.name, (self.name,), 409, size=checkpoint.size + 100, alarm="claims to have a larger size"
            )
        decision = decide(Request(old, tuple(proof), note).to_bytes(), lambda _: self.rule, lambda _: self.last)
        if decision.status == 409:
            size = parse_decimal(decision.body.decode().strip())
            alarm = f"claims {size}" if size is not None and size > checkpoint.size else None
            return Answer(self.name, (self.name,), 409, size=size, alarm=alarm)
        if decision.status != 200:
            return Answer(self.name, (self.name,), decision.status, alarm=f"{decision.status} {decision.reason}")
        time = int(self.clock())
        self.last = Recorded(checkpoint.size, checkpoint.root, time)
        self.seen.append((checkpoint.size, checkpoint.root))
        line = sign_checkpoint(checkpoint, self.key, time)
        self.note = add_signatures(note, [line])
        self._save()
        return Answer(self.name, (self.name,), 200, (Cosignature(self.key.verifier, line, time),))

    def latest(self) -> Latest:
        self._load()
        if self.mode == "down":
            return Latest(self.name, (self.name,), 0, None, "does not answer")
        return Latest(self.name, (self.name,), 200 if self.note else 404, self.note)

    @property
    def _file(self) -> Path | None:
        name = self.rule.origin.replace("/", "-")
        return self.folder / f"{self.name}-{name}" if self.folder else None

    def _save(self) -> None:
        if self._file and self.note:
            fresh = self._file.with_suffix(f".{os.getpid()}")
            fresh.write_bytes(self.note)
            fresh.replace(self._file)

    def _load(self) -> None:
        if self._file and self._file.exists():
            self.note = self._file.read_bytes()
            checkpoint = Checkpoint.parse(Note.parse(self.note).text)
            self.last = Recorded(checkpoint.size, checkpoint.root, 1)


class Asker:
    """All witnesses of one log, asked one after the other."""

    def __init__(self, policy: Policy, origin: str, clock: Callable[[], float], folder: Path | None = None) -> None:
        rule = LogRule(origin, policy.log_keys(origin))
        self.witnesses = {name: Witness(name, rule, clock, folder) for name in policy.witnesses}
        self.asked = 0

    def ask(
        self, checkpoint_note: bytes, old_sizes: Mapping[str, int], proof_for: Callable[[int], list[bytes]], now: int
    ) -> list[Answer]:
        self.asked += 1
        assert now >= 0
        return [one.ask(old_sizes.get(name, 0), checkpoint_note, proof_for) for name, one in self.witnesses.items()]

    def latest(self, origin: str) -> list[Latest]:
        assert all(one.rule.origin == origin for one in self.witnesses.values())
        return [one.latest() for one in self.witnesses.values()]


def signatures(note: bytes) -> tuple[Signature, ...]:
    return Note.parse(note).signatures
