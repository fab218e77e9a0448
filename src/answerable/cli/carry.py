"""Carry: takes what the register holds from the reporter's database to the desk's, and the desk's answers back.

Each step is idempotent by id, and the mark comes last: a carry that is killed anywhere does the step again. What cannot
be taken is said and left where it is; the rest goes on. It opens the opening keys of events, never a compartment. What
goes to a reporter it signs with the office's key; while the readers' note names none of its keys, answers wait.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connections

from answerable.cli.carry_answers import OfficeKeys, signed_answer, signed_status
from answerable.cli.carry_log import NotYetPublishedError, PublishedLog
from answerable.cli.carry_mending import Believed, mend, missing
from answerable.errors import AnswerableError
from answerable.intake.errors import NotKeptError, RefusedError
from answerable.ledger.ending import Told
from answerable.parties.carry_file import CarryFile
from answerable.record import canonical
from answerable.record.errors import RecordError
from answerable.sealing.answers import office_public
from answerable.sealing.place import Compartment

#: Seconds between two rounds, and between two sweeps of what nobody needs any more.
PAUSE, SWEEP = 2.0, 900.0
#: Seconds until both sides are compared again, where that was not possible.
RETRY = 60.0
#: Submissions and answers in one round, at most: then the rest of the round has its turn.
MOST = 500
#: How many times as long as it took to look at every record is waited before the next look.
SHARE = 20
#: The stage of what its reporter took back after somebody had read it, and what is erased of that at once.
WITHDRAWN = "withdrawn"
IDENTITIES = (Compartment.REPORTER_IDENTITY, Compartment.VICTIM_IDENTITY)

#: Why nothing goes to reporters.
UNSIGNED = (
    "answers wait: the readers' note names no office key that carry holds; have the panel sign one that does"
    " (answerable sealing readers draft --office)"
)

Say = Callable[[str, str], None]


@dataclass
class Done:
    """What a round did, in numbers, and what it could not do, in sentences."""

    taken: int = 0
    answered: int = 0
    receipts: int = 0
    again: int = 0
    troubles: list[str] = field(default_factory=list)


@dataclass
class Carry:
    """The state of one carry: what it remembers costs only time when lost."""

    register: PublishedLog
    record: PublishedLog
    box: bytes = field(repr=False)
    deployment: bytes
    readers_file: Path
    office: OfficeKeys
    read: int = 0
    statuses: dict[str, bytes] = field(default_factory=dict)
    orphans: frozenset[str] = frozenset()
    swept: float = 0.0
    waiting: int = 0
    compares: float = 0.0
    mended: bool = False
    told: float = 0.0
    readers: str = ""

    def round(self, *, now: int | None = None) -> Done:
        """One round. What goes wrong with one submission or answer is in `Done.troubles`."""
        done = Done()
        moment = int(time.time()) if now is None else now
        self._look_again()
        for step in (self._bulletin, self._mend, self._out, self._back, self._standing, self._receipts, self._sweep):
            try:
                step(done, moment)
            except AnswerableError as error:
                done.troubles.append(_told(error))
            except DatabaseError as error:  # a full disk, a server that went away: what was not committed is done again
                connections.close_all()
                done.troubles.append(_told(error))
        return done

    def _look_again(self) -> None:
        """Forget what was told to a database whose file is another now: it may be one from before."""
        from answerable.ledger.guards import reopened

        if reopened():
            self.read, self.readers, self.told, self.compares = 0, "", 0.0, 0.0
            self.statuses.clear()

    def _mend(self, done: Done, now: int) -> None:
        """Once a tick: what one side lacks that the other holds, as after a backup was restored, goes to it again."""
        if not self.swept or time.monotonic() >= self.compares:
            self.compares, self.mended = time.monotonic() + RETRY, False
            try:
                self.register.look()
            except NotYetPublishedError:
                return  # nothing can be carried: the next step says why
            found = mend(self.box, Believed(self.deployment, self._offices(), self.register.holds), now)
            done.again, self.waiting = found.again, found.waiting
            if found.again or found.answers or found.erased:
                self.statuses.clear()  # her mailbox may be one from before, too
                self.told = 0.0
            self.mended = not found.again
            # What is carried again has come by the next round, which compares once more.
            self.compares = time.monotonic() + SWEEP if self.mended else 0.0
        if self.waiting:
            done.troubles.append(missing(self.waiting))

    def _bulletin(self, _done: Done, _now: int) -> None:
        """Tell both sides what the record says of the register, of policies and of readers."""
        from answerable.casework import actions as casework
        from answerable.intake import actions as intake

        grown = self.record.look()
        if grown:
            told: dict[str, Any] = {}
            for data in self.record.entries(self.read):
                _notice(data, told)
            self.read = self.record.size
            if told.get("anchor"):
                casework.set_anchor(told["anchor"]["root"], told["anchor"]["size"])
            if told:
                intake.set_bulletin(**told)
        try:
            text = self.readers_file.read_text("utf-8")
        except FileNotFoundError:
            return  # the desk has none yet; reporters go on with their own
        if text != self.readers:
            intake.set_bulletin(readers=text)
            self.readers = text

    def _out(self, done: Done, now: int) -> None:
        """From the reporter to the desk: only what the published register holds at its index."""
        from answerable.intake import actions as intake

        self.register.look()
        skip: set[bytes] = set()
        for _ in range(MOST):
            try:
                outgoing = intake.next_outgoing(skip, self.box)
            except RefusedError as error:  # one that is not as it came; its id stands in the error
                done.troubles.append(str(error))
                skip.add(bytes.fromhex(error.where or ""))
                continue
            if outgoing is None:
                return
            skip.add(outgoing.id)
            if not self.register.holds(outgoing.leaf, outgoing.idx):
                if outgoing.idx < self.register.size:
                    done.troubles.append(
                        f"submission {outgoing.id.hex()}: the register holds something else at index {outgoing.idx}"
                    )
                continue
            try:
                self._take(outgoing, now)
                done.taken += 1
            except AnswerableError as error:
                done.troubles.append(f"submission {outgoing.id.hex()}: {_told(error)}")

    def _take(self, outgoing: Any, now: int) -> None:
        from answerable.casework import actions as casework
        from answerable.casework.shapes import Incoming
        from answerable.intake import actions as intake
        from answerable.intake.opening_box import open_key

        key = open_key(outgoing.opening_key, self.box, outgoing.leaf)
        casework.take_in(
            Incoming(
                outgoing.envelope,
                key,
                dict(outgoing.event),
                outgoing.leaf,
                outgoing.idx,
                outgoing.day,
                outgoing.files,
                outgoing.door,
            ),
            now=now,
        )
        intake.mark_carried(outgoing.id, now=now)

    def _back(self, done: Done, now: int) -> None:
        """From the desk to the reporter's mailboxes: values, new keys, and what was erased."""
        from answerable.casework import actions as casework

        skip: set[str] = set()
        key = self._signing(done)
        for _ in range(MOST):
            reply = casework.next_reply(skip=skip)
            if reply is None:
                return
            skip.add(reply.handle)
            if key is None and reply.kind != "erased":
                continue
            try:
                self._deliver(reply, key, now)
                casework.mark_delivered(reply.handle, now=now)
                done.answered += 1
            except AnswerableError as error:
                done.troubles.append(f"answer {reply.handle}: {_told(error)}")

    def _standing(self, done: Done, now: int) -> None:
        """Where each record stands, sealed to the person's own thread; and who holds its keys."""
        from answerable.casework import actions as casework
        from answerable.intake import actions as intake

        began = time.monotonic()
        if began < self.told:
            return
        key = self._signing(done)
        if key is None:
            return
        signer = office_public(key)
        for status in casework.statuses(now=now):
            body = json.dumps(status.body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
            holders = casework.holders(status.record)
            known = sha256(body + repr(sorted(holders.items())).encode() + status.public + signer).digest()
            if self.statuses.get(status.record) == known:
                continue
            try:
                intake.deliver(signed_status(self.deployment, key, status, body, _day(now)))
                if status.body["stage"] == WITHDRAWN:  # what the desk has erased of it at once goes here, too
                    intake.shred(bytes.fromhex(status.record), IDENTITIES)
                intake.set_holders(
                    bytes.fromhex(status.record),
                    {
                        Compartment(number): [(bytes.fromhex(one), bytes.fromhex(key)) for one, key in several]
                        for number, (_epoch, _public, several) in holders.items()
                    },
                )
                self.statuses[status.record] = known
            except AnswerableError as error:
                done.troubles.append(f"record {status.record}: {error}")
        # It looks at every record: where there are many, it takes its time, and no more than its share of it.
        self.told = time.monotonic() + max(PAUSE, SHARE * (time.monotonic() - began))

    def _signing(self, done: Done) -> bytes | None:
        """The office's key in force; none, with a sentence, while the readers' note names no key that is here."""
        from answerable.intake import actions as intake

        try:
            note, _text = intake.current_readers()
            key, why = self.office.named_in(note), UNSIGNED
        except AnswerableError as error:
            key, why = None, str(error)
        if key is None and why not in done.troubles:
            done.troubles.append(why)
        return key

    def _offices(self) -> tuple[bytes, ...]:
        """Public halves of the office's keys: those of the readers' note in force, and those that are here."""
        from answerable.intake import actions as intake

        note, _text = intake.current_readers()
        return (*note.office, *self.office.privates)

    def _deliver(self, reply: Any, key: bytes | None, now: int) -> None:
        """Put one answer of the desk's into its mailbox, signed, or take out what the desk has erased."""
        from answerable.intake import actions as intake

        if reply.kind == "erased":
            if intake.shred(bytes.fromhex(reply.record), box=self.box).waits:
                raise AnswerableError(
                    "something of it has not been carried yet; it is erased when it has", where=reply.record
                )
        elif key is not None:
            intake.deliver(signed_answer(self.deployment, key, reply, _day(now)))

    def _receipts(self, done: Done, _now: int) -> None:
        """Proofs that the register holds what it promised, into the mailboxes."""
        from answerable.intake import actions as intake

        for waiting in intake.waiting_receipts():
            if self.register.holds(waiting.leaf, waiting.idx):
                intake.give_receipt(waiting.submission_id, self.register.receipt(waiting.idx))
                done.receipts += 1

    def _sweep(self, _done: Done, now: int) -> None:
        """Once a tick: rows without an act, spent challenges, abandoned uploads; and no trace of an order."""
        from answerable.casework import actions as casework
        from answerable.intake import actions as intake

        if not self.swept or time.monotonic() - self.swept >= SWEEP:
            if self.mended and not self.waiting:  # else keys without an act may be all that is left of something
                self.orphans = casework.sweep(self.orphans)
            casework.forget_delivered(now)
            intake.sweep(now)
            intake.drop_spares(now)
            intake.tidy()
            self.swept = time.monotonic()


def _told(error: Exception) -> str:
    """An error in a sentence. What a database says is said as it is: those who report are told less of it."""
    said = error if isinstance(error, DatabaseError) else error.__cause__
    if isinstance(error, NotKeptError | DatabaseError) and said is not None:
        return f"a database says: {' '.join(str(said).split())}; it is tried again"
    return str(error)


def _notice(data: bytes, told: dict[str, Any]) -> None:
    """What one entry of the record tells: the register's latest anchor, and the policy in force."""
    if b'"log.anchored"' not in data and b'"procedure.published"' not in data:
        return
    try:
        entry = canonical.decode(data)
    except RecordError:
        return  # an entry of somebody's that only looks like one
    match entry:
        case {"kind": "log.anchored", "origin": str(origin), "head": {"root": str(root), "size": int(size)}}:
            if origin.endswith("/register"):
                told["anchor"] = {"root": root, "size": size}
        case {"kind": "procedure.published", "name": "access"}:
            from answerable.record.tree import leaf_hash

            told["policy"] = leaf_hash(data).hex()


def _day(now: int) -> str:
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def begin(places: CarryFile) -> Carry:
    """A carry of these places. Raises `AnswerableError` when a policy, the opening box or an office key can't be
    read."""
    from answerable.ledger.openings import read_secret
    from answerable.parties.deployed import READERS_FILE, deployment

    return Carry(
        PublishedLog(places.register, places.register_policy),
        PublishedLog(places.record, places.record_policy),
        read_secret(places.box),
        bytes.fromhex(deployment(places.desk)["deployment"]),
        places.desk / READERS_FILE,
        OfficeKeys.read(places.home),
    )


def run(carry: Carry, say: Say, stopped: Told, *, once: bool) -> Done:
    """Rounds until ``stopped``, or one. A sentence is said when it is new, not every round."""
    told: list[str] = []
    while True:
        done = carry.round()
        for label in ("again", "taken", "answered", "receipts"):
            if count := getattr(done, label):
                say(label, str(count))
        for trouble in done.troubles:
            if trouble not in told:
                say("warning", trouble)
        told = done.troubles
        if once or stopped.wait(PAUSE):
            return done
