"""Silence from a log alone: every entry bound to the checkpoint's root, and the day from which each was covered."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, date, datetime

from answerable.record import kinds, note, tree
from answerable.record.errors import ObligationError, TileError, UnknownKindError
from answerable.record.note import Checkpoint
from answerable.record.obligations import Covered, Silence, fold
from answerable.record.policy import Policy, check_checkpoint
from answerable.record.tiles import Fetch, Reader, archive_path

LETTER = "correspondence.letter"


def silence_of(fetch: Fetch, policy_text: str | None, as_of: date | None, *, today: date | None = None) -> Silence:
    """The clocks of a log. With a policy the checkpoint's signatures are verified, `claimed` is told from quorum times,
    and the day defaults to that of the latest quorum time; without one the day defaults to ``today``.

    Raises an `AnswerableError` when an entry, a tile or a signature is not what it must be.
    """
    try:
        data = fetch("checkpoint")
    except FileNotFoundError:
        raise ObligationError(
            "this log has published no checkpoint", where="checkpoint", todo="name the folder or the URL of a log"
        ) from None
    policy = Policy.parse(policy_text) if policy_text is not None else None
    day = today
    if policy is not None:
        checked = check_checkpoint(data, policy)
        checkpoint = checked.checkpoint
        day = _day(checked.quorum_time) or today
    else:
        checkpoint = Checkpoint.parse(note.Note.parse(data).text)
    day = as_of or day
    if day is None:
        raise ObligationError("no day is given, and the log has no quorum time", todo="add --as-of")
    reader = Reader(fetch, checkpoint.size, checkpoint.root)
    return fold(_covered(reader, fetch, policy), day)


def _covered(reader: Reader, fetch: Fetch, policy: Policy | None) -> list[Covered]:
    history = _History(fetch, policy, reader.size)
    found: list[Covered] = []
    for index, data in enumerate(reader.entries(0, reader.size)):
        try:
            fields = kinds.check_open(data)
        except UnknownKindError:
            continue  # a kind of a later version; its clocks, if any, are not ours to guess
        day = history.first_covering(index) if fields["kind"] == LETTER else None
        found.append((tree.leaf_hash(data), fields, day))
    return found


class _History:
    """The days of the archived checkpoints, looked up only where an entry needs one."""

    def __init__(self, fetch: Fetch, policy: Policy | None, size: int) -> None:
        self.fetch = fetch
        self.policy = policy
        self.size = size
        self.latest: tuple[int, str | None] = (0, None)

    def first_covering(self, index: int) -> str | None:
        """The day of the quorum time of the first checkpoint larger than ``index``, or None when not known."""
        if self.policy is None:
            return None
        if self.latest[0] <= index:
            self.latest = next(self._published(index + 1, self.policy), (self.size, None))
        return self.latest[1]

    def _published(self, start: int, policy: Policy) -> Iterator[tuple[int, str | None]]:
        for size in range(start, self.size + 1):
            try:
                data = self.fetch(archive_path(size))
            except (FileNotFoundError, TileError):
                continue
            time = check_checkpoint(data, policy).quorum_time
            day = _day(time)
            yield size, day.isoformat() if day else None


def _day(time: int | None) -> date | None:
    return None if time is None else datetime.fromtimestamp(time, UTC).date()


def head_of(fetch: Fetch) -> dict[str, str | int]:
    """The head (root in base64, size) of a log's published checkpoint; the empty tree's when there is none."""
    try:
        checkpoint = Checkpoint.parse(note.Note.parse(fetch("checkpoint")).text)
    except FileNotFoundError:
        return {"root": base64.b64encode(tree.EMPTY_ROOT).decode("ascii"), "size": 0}
    return {"root": base64.b64encode(checkpoint.root).decode("ascii"), "size": checkpoint.size}
