"""Small logs in memory for the tests of this folder."""

from __future__ import annotations

from answerable.record import commit, kinds, slots
from answerable.record.tiles import Fetch, Reader, bundle_path, encode_bundle, encode_tile, tile_path
from answerable.record.tree import Edge, leaf_hash
from tests.record.events import ORIGIN, case_event, smallest

PERIOD_KEY = bytes(range(32))
CASE_KEY = bytes(range(100, 132))
QUARTER = "2026-Q4"
#: The last twelve ticks of the quarter: a whole one, for a log as young as this.
LAST = slots.ticks_of_period(QUARTER)[-12:]


def files_of(entries: list[bytes]) -> tuple[dict[str, bytes], bytes]:
    """The tiles and bundles of a log, and its root."""
    edge = Edge()
    files = {}
    for level, index, hashes in edge.append([leaf_hash(entry) for entry in entries]):
        files[tile_path(level, index, len(hashes))] = encode_tile(hashes)
    for index in range(0, len(entries), 256):
        part = entries[index : index + 256]
        files[bundle_path(index // 256, len(part))] = encode_bundle(part)
    return files, edge.root()


def fetch_from(files: dict[str, bytes]) -> Fetch:
    """A way to fetch that knows these files alone."""

    def fetch(path: str) -> bytes:
        try:
            return files[path]
        except KeyError:
            raise FileNotFoundError(path) from None

    return fetch


class Register:
    """A register of four slots a tick, filled tick by tick, and the openings of what is in it."""

    def __init__(self, ticks: range = LAST, slots_per_tick: int = 4) -> None:
        self.ticks = ticks
        self.slots = slots_per_tick
        self.waiting: dict[int, list[bytes]] = {}
        self.openings: list[bytes] = []
        self.multiples: dict[int, int] = {}
        self.last: dict[str, bytes] = {}

    def seal(self, tick: int, event: dict[str, object], key: bytes, *shown: str, opens: bool = True) -> bytes:
        """Put an event into the ``tick``-th tick and, unless told otherwise, its opening beside it."""
        entry = commit.seal(event, key)  # type: ignore[arg-type]  # events are built of JSON values
        self.waiting.setdefault(self.ticks[tick], []).append(entry)
        if opens:
            self.openings.append(commit.opening(event, key, shown))  # type: ignore[arg-type]  # likewise
        return entry

    def act(
        self, tick: int, case: str, seq: int, *, opens: bool = True, prev: str | None = None, right: str = "r"
    ) -> bytes:
        """An event of a case, chained to the last one sealed for it."""
        if seq and prev is None:
            prev = self.last[case][1:].hex()
        event = case_event(case, seq, prev, right=right)
        entry = self.seal(tick, event, commit.case_event_key(CASE_KEY, seq), "case", "seq", "prev", opens=opens)
        self.last[case] = entry
        return entry

    def erase(self, tick: int, *entries: bytes) -> bytes:
        """A ``case.erased`` of these entries, opened."""
        listed = sorted(entry[1:].hex() for entry in entries)
        event = smallest(kinds.SEALED["case.erased"], entries=listed)
        return self.seal(tick, event, bytes([tick]) * 32, "entries")

    def entries(self) -> list[bytes]:
        """All entries, tick by tick."""
        found: list[bytes] = []
        for tick in self.ticks:
            waiting = self.waiting.get(tick, [])
            if (times := slots.multiple(len(waiting), self.slots)) > 1:
                self.multiples[tick] = times
            found += slots.fill_tick(waiting, self.slots, PERIOD_KEY, tick)
        return found

    @property
    def plan(self) -> slots.Plan:
        """What the record says of this register."""
        return slots.Plan(slots.Schedule([(self.ticks[0], self.slots)]), self.ticks[0], self.multiples)

    def reader(self, entries: list[bytes] | None = None) -> Reader:
        """A reader of the register, or of other entries in its place."""
        entries = self.entries() if entries is None else entries
        files, root = files_of(entries)
        return Reader(fetch_from(files), len(entries), root)


__all__ = ["CASE_KEY", "LAST", "ORIGIN", "PERIOD_KEY", "QUARTER", "Register", "fetch_from", "files_of"]
