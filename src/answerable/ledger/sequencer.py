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
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

from answerable.errors import AnswerableError
from answerable.ledger import anchoring, boot, files, filling, guards
from answerable.ledger.actions import locking, rows, sequencing
from answerable.ledger.actions.rows import HeadRow
from answerable.ledger.backoff import BackOff
from answerable.ledger.boot import State
from answerable.ledger.certifying import Asking, Certifier, Step
from answerable.ledger.config import LedgerConfig, Log
from answerable.ledger.errors import HaltError, HoldError, LedgerError, StoreError
from answerable.ledger.openings import read_secret
from answerable.ledger.outboxes import Outboxes
from answerable.ledger.signing import Signer

#: Seconds between two rounds of growth of the record.
PACE = 10
_HOUR = 3_600
#: Tries to take the run lock, and seconds between them.
_TRIES, _PAUSE = 3, 0.1


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


@dataclass
class RoundReport:
    """What a round did, log by log."""

    logs: list[LogReport] = field(default_factory=list)

    @property
    def halted(self) -> bool:
        """Whether there is evidence that any log must not be signed."""
        return any(log.state is State.HALT for log in self.logs)

    @property
    def held(self) -> bool:
        """Whether it is unclear for any log, or could not even be looked at: its database does not answer."""
        return any(log.state in (State.HOLD, State.CHECK) for log in self.logs)

    @property
    def messages(self) -> list[str]:
        """Everything a person should read."""
        return [f"{log.origin}: {message}" for log in self.logs for message in log.messages]


@dataclass
class _Memory(BackOff):
    """What is remembered of a log between rounds; losing it costs only a CHECK."""

    state: State = State.CHECK
    #: The head as it was left; None before the first look.
    head: HeadRow | None = None
    grown: int | None = None
    grown_to: int = 0
    read_everything: bool = False
    swept: int = 0


@contextmanager
def only_one(config: LedgerConfig) -> Iterator[None]:
    """Hold the run lock of a ledger: in its folder, and in its server when it has one, for another machine's sake.

    Raises :class:`RunningError` when another sequencer holds it, ``StoreError`` when the folder cannot be written.
    """
    place = config.folder / "run.lock"
    try:
        number = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"the ledger's folder cannot be written: {error.strerror}",
            where=str(place),
            todo="see the folder's owner and mode, and that its disk is not mounted read-only",
        ) from None
    try:
        _take(number, str(config.folder))
        with locking.alone_on_server(config.name) if config.database_url else nullcontext():
            yield
    finally:
        os.close(number)


def _take(number: int, where: str) -> None:
    for left in reversed(range(_TRIES)):
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if not left:
                raise locking.running(where) from None
            time.sleep(_PAUSE)  # `record status` holds it for a moment, to see whether anyone does
        else:
            return


class Sequencer:
    """Lets the logs of ``config`` grow. ``clock`` gives POSIX seconds; ``askers`` has one entry per origin.

    ``step`` is called with the name of each effect just before it happens. ``ticks`` gives, for a time, the time by
    which ticks of the register fall due: the same, but in a demonstration.
    """

    def __init__(
        self,
        config: LedgerConfig,
        clock: Callable[[], float],
        signer: Signer,
        askers: Mapping[str, Asking],
        *,
        confirm_gap: bool = False,
        step: Step | None = None,
        ticks: Callable[[float], float] | None = None,
    ) -> None:
        self.config = config
        self._clock = clock
        self._ticks = ticks or (lambda now: now)
        self._confirm_gap = confirm_gap
        self._step = step or (lambda _name: None)
        self._outboxes = Outboxes(config)
        self._database: object = None
        self._forget()
        self.certifiers = {log.origin: Certifier(log, signer, askers[log.origin], self._step) for log in config.logs}
        self._padding_key = read_secret(config.keys / "padding.key")

    def round(self, *, paced: bool = True) -> RoundReport:
        """One round of both logs, register first. With ``paced`` the record grows at most every 10 seconds.

        What goes wrong with one log is in its report and stops neither the other nor the process.
        """
        now = int(self._clock())
        return RoundReport([self._round(log, now, paced=paced) for log in self.config.logs])

    def _round(self, log: Log, now: int, *, paced: bool) -> LogReport:
        report = LogReport(log.origin)
        try:
            with rows.ledger_answering(), self._alone(log):
                self._notice(log, report)
                if self._memory[log.origin].state is not State.RUN:
                    self._check(log, now, report)
                if self._memory[log.origin].state is State.RUN:
                    self._grow(log, now, report, paced=paced)
                    self._finish(log, now, report)
        except HoldError as error:
            self._set(log, now, State.HOLD, report, str(error))
        except HaltError as error:
            self._set(log, now, State.HALT, report, str(error))
        except AnswerableError as error:  # a full disk, a signer away: nothing was signed, all is tried again
            self._memory[log.origin].later(now)
            report.messages.append(str(error))
        report.state = self._memory[log.origin].state
        return report

    def _notice(self, log: Log, report: LogReport) -> None:
        """A database in the place of the one that was checked, or whose head is not the one we left, is checked anew:
        it may be a backup, and know less than was signed."""
        guards.reopened(("ledger",))
        head, left = rows.head(log.origin), self._memory[log.origin].head
        before, self._database = self._database, guards.opened("ledger")
        if before not in (None, self._database) or (left is not None and not left.same_tree(head)):
            report.messages.append("the ledger's database is another one, or was changed: all is checked as at a start")
            self._forget()
        self._memory[log.origin].head = head

    def _forget(self) -> None:
        self._memory = {log.origin: _Memory() for log in self.config.logs}
        self._planned = filling.Planned(self.config.register.origin, self.config.genesis_tick, self.config.slots)
        self._anchored: str | None = None

    @contextmanager
    def _alone(self, log: Log) -> Iterator[None]:
        """What seems evidence may be the work of another sequencer of the same database, which went on while this one
        worked: then the head is not the one looked at, and all is looked at again."""
        before = rows.head(log.origin)
        try:
            yield
        except HaltError as error:
            after = rows.head(log.origin)
            grown = self._memory[log.origin].grown_to
            if before is None or after is None or after.size <= max(before.size, grown):
                raise
            raise LedgerError(
                f"the log grew to size {after.size} while this sequencer worked ({error})",
                where=log.origin,
                todo="another sequencer is running on the same database: stop one",
            ) from error

    def _check(self, log: Log, now: int, report: LogReport) -> None:
        """CHECK: ask everyone who may remember more than our database."""
        memory, certifier = self._memory[log.origin], self.certifiers[log.origin]
        if memory.state is State.HALT or not memory.due(now):
            return
        weak = self._outboxes.weaknesses()
        if weak:
            raise HoldError(f"the database is set less durable than a log needs: {'; '.join(weak)}")
        head = certifier.head()
        compared = files.Compared() if memory.read_everything else certifier.compared(head)
        wrong = boot.files_contradict(log.public, head.size, compared)
        if wrong:
            raise HaltError(wrong)
        certifier.write(head, everything=compared.lost)
        memory.read_everything = True
        verdict = boot.judge(log, certifier.view(head), self._seen(certifier, head.size, now))
        report.messages += verdict.alarms
        self._set(log, now, verdict.state, report, *verdict.reasons)
        if verdict.state is State.RUN:
            self._outboxes.check(log)

    @staticmethod
    def _seen(certifier: Certifier, size: int, now: int) -> boot.Seen:
        log = certifier.log
        signed = rows.last_signed(log.origin)
        seen = boot.Seen(list(boot.notes_on_disk(log.public, size)), certifier.signer.remembered(log.origin))
        seen.new = signed is None and seen.remembered is None and not seen.notes
        if log.policy.witnesses:
            seen.latest = certifier.asker.latest(log.origin)
            if signed is not None and signed.note is not None:
                seen.answers = certifier.ask(signed.note, signed.size, now, again=True)
        return seen

    def _set(self, log: Log, now: int, state: State, report: LogReport, *reasons: str) -> None:
        memory = self._memory[log.origin]
        memory.state = state
        report.messages += [f"{state}: {reason}" for reason in reasons]
        if state is State.HOLD:
            memory.later(now)
        elif state is State.RUN:
            memory.soon()

    def _grow(self, log: Log, now: int, report: LogReport, *, paced: bool) -> None:
        """D and T1, when something is due."""
        memory = self._memory[log.origin]
        fill = self._filler(log, now, paced=paced)
        if fill is None:
            return
        self._step("D")
        waiting = self._outboxes.waiting(log, None if log.form == "sealed" else filling.AT_MOST, now)
        if waiting or log.form == "sealed":
            self._step("T1")
            done = sequencing.advance(log.origin, waiting, fill, now=now, expected=memory.head)
            memory.head = done.head
            self._outboxes.refuse(log, done.refused)
            report.added = done.added
            if done.added:
                memory.grown, memory.grown_to = now, done.head.size
                memory.soon()
        report.messages += self._outboxes.messages(log)

    def _filler(self, log: Log, now: int, *, paced: bool) -> sequencing.Fill | None:
        """How the log is filled now; None when it is not its time."""
        grown = self._memory[log.origin].grown
        if log.form == "open":
            self._anchor(now)
            return None if paced and grown is not None and 0 <= now - grown < PACE else filling.fill_record
        due = int(self._ticks(now))
        if not filling.due_ticks(self.certifiers[log.origin].head().tick, self._planned.genesis, due):
            return None
        record = self.certifiers[self.config.record.origin]
        self._planned.update(record.entries()(self._planned.read, record.head().size))
        return filling.register_filler(self._planned, self._padding_key, due, confirm_gap=self._confirm_gap)

    def _anchor(self, now: int) -> None:
        """Once a day the register's signed head goes into the record."""
        day, register = anchoring.day_of(now), self.config.register.origin
        if self._anchored is None:
            self._anchored = anchoring.last_anchored(self.config.record.origin)
        signed = rows.last_signed(register)
        # Another day, not a later one: a clock that was ahead and went back must not silence the anchors till then.
        if self._anchored != day and signed is not None:
            head = self.certifiers[register].head()
            anchoring.anchor(register, signed.size, signed.root, head.tick if head.size == signed.size else None, now)
            self._anchored = day

    def _finish(self, log: Log, now: int, report: LogReport) -> None:
        """F to P while the head is not published under its policy; then B, always."""
        memory, certifier = self._memory[log.origin], self.certifiers[log.origin]
        head = certifier.head()
        report.size = head.size
        kept = rows.checkpoint(log.origin, head.size) if head.size else None
        report.quorum = log.policy.quorum == "none" or (kept is not None and kept.quorum_time is not None)
        if kept and memory.due(now) and not (report.quorum and certifier.published() == head.size):
            certified = certifier.certify(head, now)
            report.certified, report.quorum = True, certified.met
            for answer in certified.answers:
                if answer.alarm or answer.detail:
                    report.messages.append(f"witness {answer.name}: {answer.alarm or answer.detail}")
            certifier.look_at_claims(head, certified.answers)
            if certified.met:
                memory.soon()
            else:
                memory.later(now)
        self._step("B")
        report.written_back = self._outboxes.write_back(log, head.size, report.messages, now)
        self._step("end")
        report.published = certifier.published()
        self._tidy(certifier, report.published or 0, now)

    def _tidy(self, certifier: Certifier, published: int, now: int) -> None:
        memory, origin = self._memory[certifier.log.origin], certifier.log.origin
        signed, since = rows.last_signed(origin), None
        if signed is not None and signed.size > published:
            witnessed = rows.last_witnessed(origin)
            since = witnessed.quorum_time if witnessed else now
        files.show_status(certifier.store, signed.size if signed else 0, published, since)
        if not 0 <= now - memory.swept < _HOUR:
            files.sweep(certifier.log.public, published, now)
            memory.swept = now
