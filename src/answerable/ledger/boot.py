"""May we sign? CHECK asks everyone who may remember more than our database; then RUN, HOLD or HALT.

HALT only on evidence: a signature of our own key over a tree that is not ours, a signer that remembers more, or files
that contradict the committed leaves. HOLD when too few answered to know. What a witness merely claims is an alarm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from answerable.ledger import files
from answerable.ledger.asking import Answer, Latest
from answerable.ledger.config import Log
from answerable.ledger.store import Store
from answerable.record.witnessing import Recorded


class State(StrEnum):
    """Whether a log is signed: not asked yet, yes, unclear, no."""

    CHECK = "CHECK"
    RUN = "RUN"
    HOLD = "HOLD"
    HALT = "HALT"


@dataclass(frozen=True)
class Verdict:
    """The state that follows, why, and alarms: claims by others that are no evidence and are shown all the same."""

    state: State
    reasons: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Head:
    """The tree we are about to sign; ``root_at`` gives the committed root of any smaller size, None when unknown."""

    origin: str
    size: int
    root: bytes
    root_at: Callable[[int], bytes | None]


@dataclass
class Seen:
    """What others show us. ``notes``: (source, checkpoint) as found; ``asked``: whether this log was ever signed."""

    notes: list[tuple[str, bytes]] = field(default_factory=list)
    remembered: Recorded | None = None
    latest: Sequence[Latest] = ()
    answers: Sequence[Answer] = ()
    new: bool = False


#: A witness's status when it has recorded another size than the one it was asked to extend.
CONFLICT = 409

_TODO = "The database is older than what was signed (a restored backup, a lost disk): answerable record rebuild"


def judge(log: Log, head: Head, seen: Seen) -> Verdict:
    """RUN, HOLD or HALT for one log, from its head and from what others show. Pure."""
    evidence = list(_evidence(log, head, seen))
    if evidence:
        return Verdict(State.HALT, tuple(evidence))
    alarms = tuple(f"witness {one.name} {one.alarm}" for one in seen.answers if alarming(one, head.size))
    if seen.new or log.policy.quorum == "none":
        return Verdict(State.RUN, alarms=alarms)
    silent = silent_names(log, head.size, seen)
    if not log.policy.blocking(silent):
        return Verdict(
            State.HOLD,
            (f"too few witnesses answer to know what was signed: no clear answer from {', '.join(sorted(silent))}",),
            alarms,
        )
    return Verdict(State.RUN, alarms=alarms)


def alarming(answer: Answer, size: int) -> bool:
    """Whether a witness claims what contradicts our head of ``size``.

    That it has cosigned more than it was asked about, but not more than our head, only says that a process died between
    its cosignature and our keeping it.
    """
    if answer.status == CONFLICT and answer.size is not None and answer.size <= size:
        return False
    return answer.alarm is not None


def silent_names(log: Log, size: int, seen: Seen) -> set[str]:
    """The policy names that gave no clear answer: none at all, or a claim that contradicts our head."""
    clear: set[str] = set()
    for view in seen.latest:
        shown = view.checkpoint and files.signed_by_log(view.checkpoint, log.policy.logs, log.origin)
        if view.status == 404 or (view.status == 200 and shown):
            clear.update(view.names)
    for answer in seen.answers:
        if answer.status == 200 and answer.signatures:
            clear.update(answer.names)
    for answer in seen.answers:
        if alarming(answer, size):
            clear.difference_update(answer.names)
    return set(log.policy.witnesses) - clear


def _evidence(log: Log, head: Head, seen: Seen) -> Iterator[str]:
    notes = [*seen.notes, *((f"witness {view.name}", view.checkpoint) for view in seen.latest if view.checkpoint)]
    for source, note in notes:
        found = files.signed_by_log(note, log.policy.logs, head.origin)
        if found is not None:
            yield from contradicts(head, found.size, found.root, f"{source} shows a checkpoint under our key")
    if seen.remembered is not None:
        yield from contradicts(head, seen.remembered.size, seen.remembered.root, "the signer remembers")


def contradicts(head: Head, size: int, root: bytes, source: str) -> Iterator[str]:
    """The sentence of a HALT when (size, root) is larger than the head or another tree at a size we have."""
    if size > head.size:
        yield (
            f"{source}: size {size} root {root.hex()}, but our head is size {head.size} root {head.root.hex()}. {_TODO}"
        )
        return
    ours = head.root if size == head.size else head.root_at(size)
    if ours is not None and ours != root:
        yield (
            f"{source}: size {size} root {root.hex()}, but our root at that size is {ours.hex()}"
            f" (our head is size {head.size}). {_TODO}"
        )


def notes_on_disk(public: Path, size: int) -> Iterable[tuple[str, bytes]]:
    """The published checkpoint, and those archived at our size and above. Raises ``StoreError`` if unreadable."""
    store = Store(public)
    for place in [public / "checkpoint", *_archived(public / "archive", size)]:
        try:
            yield str(place), store.get(str(place.relative_to(public)))
        except FileNotFoundError:
            continue


def _archived(archive: Path, size: int) -> Iterator[Path]:
    for file in sorted(archive.glob("**/*")):
        digits = "".join(part.removeprefix("x") for part in file.relative_to(archive).parts)
        if file.is_file() and digits.isdecimal() and int(digits) >= size:
            yield file


def files_contradict(public: Path, size: int, compared: files.Compared) -> str | None:
    """The sentence of a HALT when a tile or bundle lies beyond the head, or differs from the committed leaves."""
    stray = files.beyond(public, size)
    if stray is not None:
        return f"{public / stray} lies beyond our head of size {size}. {_TODO}"
    wrong = compared.differs
    return f"{public}: {wrong} differs from the committed log of size {size}. {_TODO}" if wrong else None
