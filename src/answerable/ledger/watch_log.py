"""Watching one log: its checkpoint, whether it extends the last one, every new bundle against its tile.

Findings of its own, beside those of ``record.findings``: ``split``, ``shrunk``, ``unsigned``, ``no-quorum``, ``stale``;
``unreachable`` when no checkpoint can be fetched; ``broken`` when a tile or bundle is absent or is not the one that the
checkpoint covers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from answerable.ledger.asking import Asker
from answerable.ledger.network_errors import FetchError, WatchError
from answerable.ledger.reading import Fetch
from answerable.ledger.watch_state import Folder
from answerable.record import tree
from answerable.record.copies import fetch_head
from answerable.record.errors import NoteError, ProofError, QuorumError, RecordError, TileError
from answerable.record.findings import Finding
from answerable.record.note import Checkpoint, Note, verify_note
from answerable.record.policy import CheckedCheckpoint, Policy, check_checkpoint
from answerable.record.text import shown
from answerable.record.tiles import Reader, archive_path

#: No fresh quorum time for this long is a finding: 36 hours, for a register two ticks.
STALE, STALE_REGISTER = 36 * 3600, 2 * 900
#: Archived checkpoints are looked for at every size; beyond this many new entries only the newest one's time is used.
MAX_HISTORY = 20_000


class Span(NamedTuple):
    """Entries start to stop, the last quorum time known without them, and the first with them."""

    start: int
    stop: int
    before: int | None
    first: int | None


def is_register(origin: str) -> bool:
    """Whether a log of that origin holds sealed entries at a constant rate."""
    return origin.endswith("/register")


def at(time: int | None) -> str:
    """A POSIX time as a person reads it."""
    return "none" if time is None else datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class LogWatch:
    """One log, its policy, and the monitor's memory of it. ``look`` first, then read on as far as it verified."""

    def __init__(self, fetch: Fetch, policy: Policy, folder: Folder, place: str) -> None:
        self.fetch = fetch
        self.policy = policy
        self.folder = folder
        self.place = place
        self.checked: CheckedCheckpoint | None = None
        self.began = folder.state.size

    @property
    def origin(self) -> str:
        """The origin, as soon as one checkpoint was read; before that, where the log is read from."""
        return self.folder.state.origin or self.place

    def reader(self) -> Reader:
        """A reader of the tree verified last; nothing it returns is not covered by it."""
        state = self.folder.state
        return Reader(self.fetch, state.size, bytes.fromhex(state.root))

    def root_at(self, size: int) -> bytes | None:
        """The root this log had at ``size``, from its verified tiles; None above what was verified."""
        if size > self.folder.state.size:
            return None
        return tree.root_at(size, self.reader().hash_at)

    def look(self, now: int) -> list[Finding]:
        """Verify the checkpoint that is served, and move to it when it extends the last. Raises WatchError for another
        log than the one remembered."""
        found: list[Finding] = []
        try:
            note = fetch_head(self.fetch)
        except (FetchError, TileError) as error:
            return [Finding("unreachable", self.origin, f"{error}"), *self._stale(now)]
        try:
            self.checked = check_checkpoint(note, self.policy)
            checkpoint = self.checked.checkpoint
        except QuorumError as error:
            found.append(Finding("no-quorum", self.origin, f"the checkpoint of {self.origin}: {error.what}"))
            checkpoint = Checkpoint.parse(Note.parse(note).text)
        except NoteError as error:
            unsigned = Finding("unsigned", self.origin, f"the checkpoint of {self.origin} does not verify: {error}")
            return [unsigned, *self._stale(now)]
        if self.folder.state.origin and checkpoint.origin != self.folder.state.origin:
            raise WatchError(
                f"this is {shown(checkpoint.origin)}, and what is remembered is {shown(self.folder.state.origin)}",
                where=self.place,
                todo="use another --state folder for another log",
            )
        wrong = self._extends(checkpoint, note)
        if wrong is None and self.checked is not None:
            self._move(checkpoint, note)
        return [*found, *([wrong] if wrong else []), *self._stale(now)]

    def _extends(self, new: Checkpoint, note: bytes) -> Finding | None:
        state = self.folder.state
        if not state.origin:
            return None
        if new.size < state.size:
            said = f"{self.origin} shows size {new.size:,}, and was verified at size {state.size:,}"
            return Finding("shrunk", self.origin, said)
        old_root = bytes.fromhex(state.root)
        try:
            proof = Reader(self.fetch, new.size, new.root).consistency_proof(state.size)
            tree.verify_consistency(state.size, new.size, proof, old_root, new.root)
        except ProofError:
            return self.split(new.size, note, f"size {new.size:,} does not extend size {state.size:,}, verified before")
        except (RecordError, FetchError) as error:
            return Finding("broken", self.origin, f"size {new.size:,} of {self.origin} cannot be compared: {error}")
        return None

    def split(self, size: int, note: bytes, said: str) -> Finding:
        """Two histories under the log's key: kept for good, with both checkpoints."""
        where = self.folder.evidence(f"split-{size}", note, self.folder.checkpoint())
        finding = Finding("split", self.origin, f"{self.origin}: {said}; kept in {where}")
        self.folder.keep([finding])
        return finding

    def _move(self, checkpoint: Checkpoint, note: bytes) -> None:
        assert self.checked is not None
        state = self.folder.state
        state.origin, state.size, state.root = checkpoint.origin, checkpoint.size, checkpoint.root.hex()
        state.quorum_time = self.checked.quorum_time
        if state.examined == state.size:
            state.seen_at = state.quorum_time
        self.folder.save(note)

    def _stale(self, now: int) -> list[Finding]:
        state = self.folder.state
        limit = STALE_REGISTER if is_register(state.origin) else STALE
        if state.quorum_time is None or now - state.quorum_time <= limit:
            return []
        hours = (now - state.quorum_time) / 3600
        said = f"{self.origin} was last cosigned by a quorum at {at(state.quorum_time)}, {hours:.1f} hours ago"
        return [Finding("stale", self.origin, said)]

    def spans(self) -> Iterator[Span]:
        """What is new since the last round, cut where archived checkpoints tell the time."""
        state = self.folder.state
        start, before = state.examined, state.seen_at
        for size, time in self._history():
            yield Span(start, size, before, time)
            start, before = size, time if before is None or (time or 0) > before else before

    def _history(self) -> list[tuple[int, int | None]]:
        state = self.folder.state
        if state.examined == state.size:
            return []
        times: list[tuple[int, int | None]] = []
        if state.origin.endswith("/record") and state.size - state.examined <= MAX_HISTORY:
            sizes = range(state.examined + 1, state.size + 1)
            times += [(size, time) for size in sizes if (time := self._archived(size)) is not None]
        if not times or times[-1][0] != state.size:
            times.append((state.size, state.quorum_time))
        return times

    def _archived(self, size: int) -> int | None:
        """The quorum time of the first published checkpoint of ``size``; None when there is none that verifies."""
        try:
            note = self.fetch(archive_path(size))
            checked = check_checkpoint(note, self.policy)
        except (FileNotFoundError, RecordError, FetchError):
            return None  # it is only a time that is missed; what the log serves now is checked without it
        if (checked.checkpoint.origin, checked.checkpoint.size) != (self.folder.state.origin, size):
            return None
        if self._root_or_none(size) not in (None, checked.checkpoint.root):
            self.split(size, note, f"the archived checkpoint of size {size:,} has another root")
            return None
        return checked.quorum_time

    def _root_or_none(self, size: int) -> bytes | None:
        try:
            return self.root_at(size)
        except (RecordError, FetchError):
            return None

    def witnesses(self, asker: Asker) -> tuple[str, list[Finding]]:
        """Ask each witness for its own view; what it says about them in a few words, and splits it shows."""
        state = self.folder.state
        agree, silent, ahead = 0, [], []
        found: list[Finding] = []
        for latest in asker.latest(state.origin):
            if latest.checkpoint is None:
                if latest.status != 404:
                    silent.append(latest.name)
                continue
            try:
                note = Note.parse(latest.checkpoint)
                view = Checkpoint.parse(note.text)
                verify_note(note, self.policy.log_keys(state.origin))
                if view.origin != state.origin:
                    raise NoteError("it is about another log")
            except NoteError:
                silent.append(latest.name)  # not under the log's key: it says nothing about the log
                continue
            root = self._root_or_none(view.size)
            if root == view.root:
                agree += 1
            elif root is None:
                ahead.append(latest.name)
            else:
                said = f"the witness {latest.name} cosigned another root at size {view.size:,}"
                found.append(self.split(view.size, latest.checkpoint, said))
        others = len(silent) + len(ahead) + len(found)
        said = f"{agree} of {agree + others} witnesses agree" if others else "witnesses agree"
        said += f"; no view from {', '.join(silent)}" if silent else ""
        said += f"; ahead: {', '.join(ahead)}" if ahead else ""
        return (said if agree or others else "no witness has a view"), found
