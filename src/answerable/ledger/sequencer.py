"""The sequencer: one process that lets both logs grow, in one order of effects.

    D   read what waits        T1  fix the tree (the only point of truth)     F   tiles, durably
    S   the log's signatures   W   the witnesses'                             T2  keep both
    P   publish, if the policy is met                                         B   write indices back

The signature is made after the commit that fixes the tree, so no two trees of one size are ever signed; tiles are
durable before a witness sees the size. Every step repeats safely: recovery is running F to B again for the head.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from answerable.ledger import anchoring, boot, files, filling
from answerable.ledger.actions import rows, sequencing
from answerable.ledger.actions.recording import acting, record
from answerable.ledger.asking import Answer, Latest
from answerable.ledger.boot import State
from answerable.ledger.config import LEDGER_PARTY, LedgerConfig, Log
from answerable.ledger.errors import HaltError, HoldError, LedgerError, RunningError
from answerable.ledger.openings import read_secret
from answerable.ledger.outboxes import Outboxes
from answerable.ledger.signing import Signer
from answerable.ledger.store import Store
from answerable.record.note import Checkpoint, Note, Signature, VerifierKey, verify_note
from answerable.record.text import base64_text
from answerable.record.tiles import Reader
from answerable.record.tree import root_at as root_at_size
from answerable.record.witnessing import Request

#: Seconds between two rounds of growth of the record.
PACE = 10
#: Seconds before a head whose quorum is missing is taken round again: doubled each time, up to the last.
BACK_OFF = (5, 300)
_DAY, _HOUR = 86_400, 3_600

#: Called with the name of each effect before and after it happens ("T1", "T1."); tests cut the power there.
Step = Callable[[str], None]


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


@dataclass
class LogReport:
    """What a round did for one log."""

    origin: str
    state: State = State.CHECK
    size: int = 0
    added: int = 0
    published: int | None = None
    written_back: int = 0
    quorum: bool = False
    certified: bool = False
    messages: list[str] = field(default_factory=list)
    answers: Sequence[Answer] = ()


@dataclass
class RoundReport:
    """What a round did, log by log; ``halted`` when evidence forbids to go on."""

    logs: list[LogReport] = field(default_factory=list)

    @property
    def halted(self) -> bool:
        """Whether any log must not be signed."""
        return any(log.state is State.HALT for log in self.logs)

    @property
    def held(self) -> bool:
        """Whether it is unclear for any log."""
        return any(log.state is State.HOLD for log in self.logs)

    @property
    def messages(self) -> list[str]:
        """Everything a person should read."""
        return [f"{log.origin}: {message}" for log in self.logs for message in log.messages]


@dataclass
class _Memory:
    """What is remembered of a log between rounds; losing it costs only a CHECK."""

    state: State = State.CHECK
    grown: int | None = None
    retry_at: int = 0
    delay: int = 0
    checked_files: bool = False
    swept: int = 0


@contextmanager
def only_one(config: LedgerConfig) -> Iterator[None]:
    """Hold the run lock of a ledger. Raises :class:`RunningError` when another sequencer holds it."""
    number = os.open(config.folder / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RunningError(
                "a sequencer of this ledger is already running",
                where=str(config.folder),
                todo="one is enough: stop it first if you mean to replace it",
            ) from None
        yield
    finally:
        os.close(number)


class Sequencer:
    """Lets the logs of ``config`` grow. ``clock`` gives POSIX seconds; ``askers`` has one entry per origin."""

    def __init__(
        self,
        config: LedgerConfig,
        clock: Callable[[], float],
        signer: Signer,
        askers: Mapping[str, Asking],
        *,
        confirm_gap: bool = False,
        step: Step | None = None,
    ) -> None:
        self.config = config
        self._clock = clock
        self._signer = signer
        self._askers = askers
        self._confirm_gap = confirm_gap
        self._step = step or (lambda _name: None)
        self._outboxes = Outboxes(config)
        self._memory = {log.origin: _Memory() for log in config.logs}
        self.stores = {log.origin: Store(log.public) for log in config.logs}
        register = config.register.origin
        self._planned = filling.Planned(register, config.genesis_tick, config.slots)
        self._padding_key = read_secret(config.keys / "padding.key")
        self._anchored: str | None = None

    def round(self, *, paced: bool = True) -> RoundReport:
        """One round of both logs, register first. With ``paced`` the record grows at most every 10 seconds.

        What goes wrong with one log is in its report and stops neither the other nor the process.
        """
        now = int(self._clock())
        return RoundReport([self._round(log, now, paced=paced) for log in self.config.logs])

    def _round(self, log: Log, now: int, *, paced: bool) -> LogReport:
        memory = self._memory[log.origin]
        report = LogReport(log.origin)
        try:
            if memory.state is not State.RUN:
                self._check(log, now, report)
            if memory.state is State.RUN:
                self._grow(log, now, report, paced=paced)
                self._finish(log, now, report)
        except HoldError as error:
            self._set(log, now, State.HOLD, report, str(error))
        except HaltError as error:
            self._set(log, now, State.HALT, report, str(error))
        except LedgerError as error:  # a full disk, a signer that is away: nothing is signed, all is tried again
            self._later(memory, now)
            report.messages.append(str(error))
        report.state = memory.state
        return report

    # CHECK

    def _check(self, log: Log, now: int, report: LogReport) -> None:
        memory = self._memory[log.origin]
        if memory.state is State.HALT or (memory.state is State.HOLD and now < memory.retry_at):
            return
        weak = rows.weaknesses(self.config.aliases() if self._outboxes.reachable() else {LEDGER_PARTY: "ledger"})
        if weak:
            raise HoldError(f"the database is set less durable than a log needs: {'; '.join(weak)}", where=log.origin)
        head = self._head(log)
        read = self._entries(log)
        wrong = boot.files_contradict(log.public, head.size, read, all_of_it=not memory.checked_files)
        if wrong:
            raise HaltError(wrong)
        memory.checked_files = True
        self._write(log, head)
        signed = rows.last_signed(log.origin)
        seen = boot.Seen(list(boot.notes_on_disk(log.public, head.size)), self._signer.remembered(log.origin))
        seen.new = signed is None and seen.remembered is None and not seen.notes
        asker = self._askers[log.origin]
        if log.policy.witnesses:
            seen.latest = asker.latest(log.origin)
            if signed is not None and signed.note is not None:
                seen.answers = self._ask(log, signed.note, signed.size, now, again=True)
        verdict = boot.judge(log, self._view(log, head), seen)
        report.messages += verdict.alarms
        self._set(log, now, verdict.state, report, *verdict.reasons)
        if verdict.state is State.RUN:
            self._outboxes.check(log, thorough=True)

    def _set(self, log: Log, now: int, state: State, report: LogReport, *reasons: str) -> None:
        memory = self._memory[log.origin]
        memory.state = state
        report.messages += [f"{state}: {reason}" for reason in reasons]
        if state is State.HOLD:
            self._later(memory, now)
        elif state is State.RUN:
            memory.retry_at = memory.delay = 0

    @staticmethod
    def _later(memory: _Memory, now: int) -> None:
        first, most = BACK_OFF
        memory.delay = min(max(2 * memory.delay, first), most)
        memory.retry_at = now + memory.delay

    # D and T1

    def _grow(self, log: Log, now: int, report: LogReport, *, paced: bool) -> None:
        memory = self._memory[log.origin]
        fill: sequencing.Fill = filling.fill_record
        if log.form == "sealed":
            self._planned.update(self._entries(self.config.record)(self._planned.read, self._size(self.config.record)))
            fill = filling.register_filler(self._planned, self._padding_key, now, confirm_gap=self._confirm_gap)
            if not filling.due_ticks(self._head(log).tick, self._planned.genesis, now):
                return
        else:
            self._anchor(now)
            if paced and memory.grown is not None and 0 <= now - memory.grown < PACE:
                return
        self._step("D")
        waiting = self._outboxes.waiting(log, None if log.form == "sealed" else filling.AT_MOST)
        if log.form == "open" and not waiting:
            report.messages += self._outboxes.messages(log)
            return
        self._step("T1")
        done = sequencing.advance(log.origin, waiting, fill, now=now)
        self._step("T1.")
        self._outboxes.refuse(log, done.refused)
        report.messages += self._outboxes.messages(log)
        report.added = done.added
        if done.added:
            memory.grown, memory.retry_at, memory.delay = now, 0, 0

    def _anchor(self, now: int) -> None:
        """The register's head enters the record once a day."""
        day = anchoring.day_of(now)
        register, record_log = self.config.register, self.config.record
        if self._anchored is None:
            self._anchored = anchoring.last_anchored(record_log.origin)
        signed = rows.last_signed(register.origin)
        if self._anchored >= day or signed is None:
            return
        head = {"root": base64_text(signed.root), "size": signed.size}
        tick = self._head(register).tick if self._size(register) == signed.size else None
        fields = {"origin": register.origin, "head": head, "tick": tick, "case_heads": None}
        with acting("ledger"):
            record("log.anchored", fields, by=LEDGER_PARTY, using="ledger", now=now)
        self._anchored = day

    # F, S, W, T2, P, B

    def _finish(self, log: Log, now: int, report: LogReport) -> None:
        memory = self._memory[log.origin]
        head = self._head(log)
        report.size = head.size
        kept = rows.checkpoint(log.origin, head.size) if head.size else None
        published = self._published(log)
        done = log.policy.quorum == "none" or (kept is not None and kept.quorum_time is not None)
        if head.size and (not done or published != head.size) and now >= memory.retry_at:
            report.quorum = self._certify(log, head, now, report)
            report.certified = True
            if report.quorum:
                memory.retry_at = memory.delay = 0
            else:
                self._later(memory, now)
        else:
            report.quorum = bool(head.size) and done
        self._step("B")
        report.written_back = self._outboxes.write_back(log, head.size, report.messages)
        self._step("B.")
        report.published = self._published(log)
        self._tidy(log, report.published or 0, now)

    def _certify(self, log: Log, head: rows.HeadRow, now: int, report: LogReport) -> bool:
        checkpoint = Checkpoint(log.origin, head.size, head.root)
        self._step("F")
        self._write(log, head)
        self._step("S")
        kept = rows.checkpoint(log.origin, head.size)
        note = kept.note if kept and kept.note else self._sign(log, checkpoint)
        self._step("W")
        lines = rows.cosignatures(log.origin, head.size)
        if log.policy.witnesses:
            report.answers = self._ask(log, note, head.size, now)
            for answer in report.answers:
                lines |= {str(one.key): (one.time, one.signature.raw) for one in answer.signatures}
                if answer.alarm or answer.detail:
                    report.messages.append(f"witness {answer.name}: {answer.alarm or answer.detail}")
        times = {VerifierKey.parse(key): time for key, (time, _) in lines.items()}
        self._step("T2")
        sequencing.keep_signatures(log.origin, head.size, note, lines, log.policy.quorum_time(times))
        self._step("P")
        met = log.policy.quorum_met(times)
        if met:
            signatures = [*Note.parse(note).signatures, *(_line(key, raw) for key, (_, raw) in lines.items())]
            whole = files.assemble(checkpoint.text(), signatures, log.policy.keys(log.origin))
            files.publish(self.stores[log.origin], checkpoint, whole, log.policy.keys(log.origin))
        self._step("P.")
        self._look_at_claims(log, head, report)
        return met

    def _sign(self, log: Log, checkpoint: Checkpoint) -> bytes:
        """The log's own note. Raises :class:`HaltError` when the signer remembers what our head does not extend."""
        last = self._signer.remembered(log.origin)
        old = last.size if last else 0
        if last:
            view = self._view(log, self._head(log))
            for sentence in boot.contradicts(view, last.size, last.root, "the signer remembers"):
                raise HaltError(sentence, where=log.origin)
        proof = self._proofs(log, checkpoint.size)(old) if 0 < old < checkpoint.size else []
        request = Request(old, tuple(proof), checkpoint.text().encode()).to_bytes()
        lines = self._signer.sign(request)
        verify_note(Note(checkpoint.text(), tuple(lines)), log.policy.log_keys(log.origin))
        return files.assemble(checkpoint.text(), lines, log.policy.log_keys(log.origin))

    def _ask(self, log: Log, note: bytes, size: int, now: int, *, again: bool = False) -> list[Answer]:
        names = log.policy.witnesses
        sizes = rows.cosigned_sizes(log.origin, [str(witness.key) for witness in names.values()])
        old = {name: min(sizes[str(names[name].key)], size) for name in names if str(names[name].key) in sizes}
        if again:
            old = dict.fromkeys(names, size)
        return self._askers[log.origin].ask(note, old, self._proofs(log, size), now)

    def _look_at_claims(self, log: Log, head: rows.HeadRow, report: LogReport) -> None:
        """A witness that claims more than we have is asked to show it: under our own key it is evidence."""
        if not any(answer.alarm for answer in report.answers):
            return
        seen = boot.Seen(latest=self._askers[log.origin].latest(log.origin), answers=report.answers)
        verdict = boot.judge(log, self._view(log, head), seen)
        if verdict.state is State.HALT:
            raise HaltError("; ".join(verdict.reasons), where=log.origin)
        if verdict.state is State.HOLD:
            raise HoldError("; ".join((*verdict.reasons, *verdict.alarms)), where=log.origin)

    # What the steps read

    def _write(self, log: Log, head: rows.HeadRow) -> None:
        signed = rows.last_signed(log.origin)
        written = min(signed.size, head.size) if signed else 0
        files.write_tiles(self.stores[log.origin], written, head.size, head.root, self._entries(log))

    def _proofs(self, log: Log, size: int) -> Callable[[int], list[bytes]]:
        return Reader(self.stores[log.origin].get, size).consistency_proof

    def _view(self, log: Log, head: rows.HeadRow) -> boot.Head:
        def root_at(size: int) -> bytes | None:
            kept = rows.checkpoint(log.origin, size)
            return kept.root if kept else root_at_size(size, Reader(self.stores[log.origin].get, head.size).hash_at)

        return boot.Head(log.origin, head.size, head.root, root_at)

    def _entries(self, log: Log) -> files.Entries:
        return lambda start, stop: rows.entries(log.origin, start, stop)

    def _head(self, log: Log) -> rows.HeadRow:
        head = rows.head(log.origin)
        if head is None:
            raise HoldError(
                f"the database knows no log {log.origin}",
                where="ledger",
                todo="restore it, or answerable record rebuild",
            )
        return head

    def _size(self, log: Log) -> int:
        return self._head(log).size

    def _published(self, log: Log) -> int | None:
        try:
            found = files.signed_by_log(self.stores[log.origin].get("checkpoint"), log.policy.logs, log.origin)
        except FileNotFoundError:
            return None
        return found.size if found else None

    def _tidy(self, log: Log, published: int, now: int) -> None:
        memory = self._memory[log.origin]
        signed = rows.last_signed(log.origin)
        since = None
        if signed is not None and signed.size > published:
            witnessed = rows.last_witnessed(log.origin)
            since = witnessed.quorum_time if witnessed else now
        files.show_status(self.stores[log.origin], signed.size if signed else 0, published, since)
        if not 0 <= now - memory.swept < _HOUR:
            files.sweep(log.public, published, now)
            memory.swept = now


def _line(vkey: str, raw: bytes) -> Signature:
    key = VerifierKey.parse(vkey)
    return Signature(key.name, key.id, raw)
