"""What a round appends: for the record what waits, at most 4,096; for the register every due tick, padded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from answerable.ledger.actions.rows import HeadRow, Waiting
from answerable.ledger.actions.sequencing import PAD, Enlarged, Fill, Filled
from answerable.ledger.errors import HoldError
from answerable.record import canonical, commit, kinds, slots
from answerable.record.errors import RecordError
from answerable.record.tree import leaf_hash

#: Rows that one round of the record takes at most.
AT_MOST = 4096
#: Missed ticks (two days) above which a person must confirm that it was an outage, not a clock.
GAP = 192
SEALED_SIZE = 33


#: Kinds that speak for the log itself: what a party says of it would bind the sequencer, or excuse it.
OWN_KINDS = frozenset(
    {
        "log.opened", "log.anchored", "log.closed", "schedule.changed", "tick.enlarged", "policy.published",
        "witness.changed", "key.added", "key.retired",
    }
)  # fmt: skip
#: The class of the incident that names orphans, by which an audit excuses a slot that does not open.
ORPHANS = "orphans"


def is_of_form(form: str, data: bytes, *, own: bool = True) -> bool:
    """Whether an entry may stand in a log of ``form``: 33 sealed bytes, or an open entry of a known kind. What is not
    the ledger's ``own`` says nothing of the log itself."""
    if form == "sealed":
        return len(data) == SEALED_SIZE and data[:1] == b"\x01"
    try:
        fields = kinds.check_open(data)
    except RecordError:
        return False
    return own or not (fields["kind"] in OWN_KINDS or fields.get("class") == ORPHANS)


def fill_record(_head: HeadRow, new: list[Waiting]) -> Filled | None:
    """The record's round: what waits, oldest promise first."""
    return Filled([(row.data, row.party) for row in new[:AT_MOST]]) if new else None


@dataclass
class Planned:
    """The slots of every tick, kept up to date from the record's own entries, read once each."""

    origin: str
    genesis: int
    first_slots: int
    _read: int = 0
    _changes: dict[int, int] = field(default_factory=dict)

    def update(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Take in entries of the record after those taken in before, in order."""
        for data, _ in entries:
            self._read += 1
            # Most entries are long and none of ours: a look at the bytes spares decoding them.
            if b'"kind":"schedule.changed"' in data:
                fields = canonical.decode(data)
                match fields:
                    case {
                        "origin": self.origin,
                        "kind": "schedule.changed",
                        "from_tick": int(tick),
                        "slots": int(count),
                    }:
                        self._changes[tick] = count

    @property
    def read(self) -> int:
        """How many entries were taken in."""
        return self._read

    @property
    def schedule(self) -> slots.Schedule:
        """The schedule as it stands."""
        return slots.Schedule(sorted(({self.genesis: self.first_slots} | self._changes).items()))


def due_ticks(head_tick: int | None, genesis: int, now: int) -> range:
    """The ticks begun by ``now`` (POSIX seconds) that the register lacks.

    Raises :class:`HoldError` when the clock is behind the register's last tick.
    """
    current = slots.tick_of(now)
    if head_tick is not None and current < head_tick:
        raise HoldError(
            f"the clock says tick {current}, and the register already has tick {head_tick}",
            where="clock",
            todo="set the clock right; nothing is appended or signed until it has passed that tick",
        )
    return range(genesis if head_tick is None else head_tick + 1, current + 1)


def register_filler(planned: Planned, padding_key: bytes, now: int, *, confirm_gap: bool) -> Fill:
    """The register's round at ``now``: every due tick, each with its own slots; all that waits goes to the last.

    The filler raises :class:`HoldError` when more than 192 ticks were missed and nobody confirmed the gap.
    """

    def fill(head: HeadRow, new: list[Waiting]) -> Filled | None:
        due = due_ticks(head.tick, planned.genesis, now)
        if not due:
            return None
        if len(due) - 1 > GAP and not confirm_gap:
            raise HoldError(
                f"{len(due) - 1} ticks were missed, more than {GAP}: a long outage, or a clock that jumped",
                where="clock",
                todo="see that the clock is right, then start with --confirm-gap",
            )
        count = planned.schedule.slots(due[-1])
        multiple = slots.multiple(len(new), count)
        enlarged = Enlarged(planned.origin, due[-1], multiple) if multiple > 1 else None
        return Filled(_ticks(planned.schedule, due, new, padding_key), due[-1], enlarged)

    return fill


def _ticks(schedule: slots.Schedule, due: range, new: list[Waiting], padding_key: bytes) -> Iterator[tuple[bytes, str]]:
    parties: Mapping[bytes, str] = {row.leaf_hash: row.party for row in new}
    for tick in due:
        waiting = [row.data for row in new] if tick == due[-1] else []
        period = commit.period_key(padding_key, slots.period_of_tick(tick))
        for data in slots.fill_tick(waiting, schedule.slots(tick), period, tick):
            yield data, parties.get(leaf_hash(data), PAD) if waiting else PAD
