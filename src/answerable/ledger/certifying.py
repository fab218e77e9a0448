"""From a committed head to a published checkpoint, for one log: F, S, W, T2, P. Every step repeats safely."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from answerable.ledger import boot, files
from answerable.ledger.actions import rows, sequencing
from answerable.ledger.actions.rows import HeadRow
from answerable.ledger.asking import Answer, Latest
from answerable.ledger.boot import State
from answerable.ledger.config import Log
from answerable.ledger.errors import HaltError, HoldError
from answerable.ledger.network_errors import SignerRefusedError
from answerable.ledger.signing import Signer
from answerable.ledger.store import Store
from answerable.record import tree
from answerable.record.note import Checkpoint, Note, Signature, VerifierKey, verify_note
from answerable.record.tiles import Reader
from answerable.record.witnessing import Request

#: Called with the name of each effect just before it happens; tests cut the power there.
Step = Callable[[str], None]

#: A signer's status for a head that does not extend what it signed.
_NO_EXTENSION = 422


class Asking(Protocol):
    """Whoever asks the witnesses of one policy (``ledger.asking.Asker``)."""

    def ask(
        self, checkpoint_note: bytes, old_sizes: Mapping[str, int], proof_for: Callable[[int], list[bytes]], now: int
    ) -> list[Answer]:
        """Ask every witness to cosign."""
        ...

    def latest(self, origin: str) -> list[Latest]:
        """What every witness cosigned last."""
        ...


@dataclass(frozen=True)
class Certified:
    """Whether the policy is met, and what the witnesses answered."""

    met: bool
    answers: Sequence[Answer]


class Certifier:
    """One log's files, signer and witnesses."""

    def __init__(self, log: Log, signer: Signer, asker: Asking, step: Step) -> None:
        self.log = log
        self.store = Store(log.public)
        self.signer = signer
        self.asker = asker
        self._step = step

    def head(self) -> HeadRow:
        """The committed head. Raises :class:`HoldError` when the database does not know the log."""
        head = rows.head(self.log.origin)
        if head is None:
            raise HoldError(
                f"the database knows no log {self.log.origin}",
                where="ledger",
                todo="restore it, or run answerable record rebuild",
            )
        return head

    def entries(self) -> files.Entries:
        """Committed entries by range."""
        return lambda start, stop: rows.entries(self.log.origin, start, stop)

    def view(self, head: HeadRow) -> boot.Head:
        """The head as it is compared with what others show."""

        def root_at(size: int) -> bytes | None:
            kept = rows.checkpoint(self.log.origin, size)
            return kept.root if kept else tree.root_at(size, Reader(self.store.get, head.size).hash_at)

        return boot.Head(self.log.origin, head.size, head.root, root_at)

    def compared(self, head: HeadRow) -> files.Compared:
        """Every full tile and bundle against the committed leaves."""
        return files.compare(self.store, head.size, self.entries())

    def published(self) -> int | None:
        """The size of the published checkpoint, if one under our key is there."""
        try:
            note = self.store.get("checkpoint")
        except FileNotFoundError:
            return None
        found = files.signed_by_log(note, self.log.policy.logs, self.log.origin)
        return found.size if found else None

    def certify(self, head: HeadRow, now: int) -> Certified:
        """F to P for ``head``. Raises :class:`HaltError` on evidence, ``StoreError`` and ``SignerError`` when a disk or
        the signer fails: then nothing was published, and all is tried again."""
        checkpoint = Checkpoint(self.log.origin, head.size, head.root)
        self._step("F")
        self.write(head)
        self._step("S")
        kept = rows.checkpoint(self.log.origin, head.size)
        note = kept.note if kept and kept.note else self._sign(checkpoint, head)
        self._step("W")
        lines = rows.cosignatures(self.log.origin, head.size)
        answers = self.ask(note, head.size, now)
        for answer in answers:
            lines |= {str(one.key): (one.time, one.signature.raw) for one in answer.signatures}
        times = {VerifierKey.parse(key): time for key, (time, _) in lines.items()}
        self._step("T2")
        sequencing.keep_signatures(self.log.origin, head.size, note, lines, self.log.policy.quorum_time(times))
        self._step("P")
        met = self.log.policy.quorum_met(times)
        if met:
            self._publish(checkpoint, note, lines)
        return Certified(met, answers)

    def write(self, head: HeadRow, *, everything: bool = False) -> None:
        """F: the tiles and bundles by which the head grew since a size was last signed; or all that are not there."""
        signed = None if everything else rows.last_signed(self.log.origin)
        written = min(signed.size, head.size) if signed else 0
        files.write_tiles(self.store, written, head.size, head.root, self.entries())

    def ask(self, note: bytes, size: int, now: int, *, again: bool = False) -> list[Answer]:
        """W: every witness, from the size it cosigned last; ``again``: as if each had cosigned this very size."""
        witnesses = self.log.policy.witnesses
        if not witnesses:
            return []
        sizes = rows.cosigned_sizes(self.log.origin, [str(witness.key) for witness in witnesses.values()])
        keys = {name: str(witness.key) for name, witness in witnesses.items()}
        old = {name: min(sizes[key], size) for name, key in keys.items() if key in sizes}
        if again:
            old = dict.fromkeys(witnesses, size)
        return self.asker.ask(note, old, self._proofs(size), now)

    def look_at_claims(self, head: HeadRow, answers: Sequence[Answer]) -> None:
        """A witness that claims more than we have is asked to show it: under our own key it is evidence.

        Raises :class:`HaltError` then, and :class:`HoldError` when those without a claim are too few to know.
        """
        if not any(boot.alarming(answer, head.size) for answer in answers):
            return
        seen = boot.Seen(latest=self.asker.latest(self.log.origin), answers=answers)
        verdict = boot.judge(self.log, self.view(head), seen)
        if verdict.state is State.HALT:
            raise HaltError("; ".join(verdict.reasons))
        if verdict.state is State.HOLD:
            raise HoldError("; ".join(verdict.reasons))

    def _sign(self, checkpoint: Checkpoint, head: HeadRow) -> bytes:
        last = self.signer.remembered(self.log.origin)
        old = last.size if last else 0
        if last:
            for sentence in boot.contradicts(self.view(head), last.size, last.root, "the signer remembers"):
                raise HaltError(sentence)
        proof = self._proofs(checkpoint.size)(old) if 0 < old < checkpoint.size else []
        try:
            lines = self.signer.sign(Request(old, tuple(proof), checkpoint.text().encode()).to_bytes())
        except SignerRefusedError as error:
            if error.status == _NO_EXTENSION and last:
                raise HaltError(
                    f"the signer, which remembers size {last.size} root {last.root.hex()}, refuses our head of size"
                    f" {head.size} root {head.root.hex()}, which does not extend it: {error}"
                ) from error
            raise
        verify_note(Note(checkpoint.text(), tuple(lines)), self.log.policy.log_keys(self.log.origin))
        return files.assemble(checkpoint.text(), lines, self.log.policy.log_keys(self.log.origin))

    def _publish(self, checkpoint: Checkpoint, note: bytes, lines: Mapping[str, tuple[int, bytes]]) -> None:
        keys = self.log.policy.keys(self.log.origin)
        signatures = [*Note.parse(note).signatures, *(_line(key, raw) for key, (_, raw) in lines.items())]
        files.publish(self.store, checkpoint, files.assemble(checkpoint.text(), signatures, keys), keys)

    def _proofs(self, size: int) -> Callable[[int], list[bytes]]:
        return Reader(self.store.get, size).consistency_proof


def _line(vkey: str, raw: bytes) -> Signature:
    key = VerifierKey.parse(vkey)
    return Signature(key.name, key.id, raw)
