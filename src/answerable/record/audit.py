"""The audit of slots: every entry of a sealed log's quarter is exactly one thing, and opens as it.

Whoever could seal ten alternatives and later show the convenient one is found by this alone: each slot is an event that
opens, a pad recomputed from the period key, listed in an opened erasure, or an orphan that an incident named. The audit
streams: of the log it holds one tick at a time.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice

from answerable.record import audit_openings
from answerable.record.audit_openings import AFTER, BEFORE, Openings
from answerable.record.canonical import Json
from answerable.record.commit import ENTRY_SIZE, MARK, pad_entry
from answerable.record.errors import SlotError
from answerable.record.reports import FAIL, PASS, PENDING, Draft, Report
from answerable.record.slots import Plan, Slice, slices, tick_reaching, ticks_of_period
from answerable.record.tiles import Reader

#: (slots done, slots in all), called now and then.
Step = Callable[[int, int], None]

#: Class of the ``incident.published`` whose ranges (of indices, the last not included) name orphans.
ORPHANS = "orphans"
_SEED = b"answerable/audit/v1\0"
AUDITOR_BYTES = 32
#: Faults printed, and faults kept for a machine; all are counted.
_SHOWN, _KEPT = 20, 1_000
#: Ticks between two calls of a Step.
_STEP = 96


def orphans(entries: Iterable[Mapping[str, Json]], origin: str) -> list[range]:
    """The indices that the open record names as orphans of the log ``origin``."""
    found = []
    for entry in entries:
        match entry:
            case {"kind": "incident.published", "class": str(name), "origin": str(of), "ranges": list(ranges)}:
                if (name, of) == (ORPHANS, origin):
                    pairs = [(one.get("from"), one.get("to")) for one in ranges if isinstance(one, dict)]
                    found += [range(a, b) for a, b in pairs if isinstance(a, int) and isinstance(b, int)]
            case _:
                continue
    return found


def audit_seed(root: bytes, auditor: bytes) -> bytes:
    """The seed of a sample: of the root cosigned after the period and 32 bytes of the auditor's, so neither side picks.

    Raises SlotError for an auditor's part of another length.
    """
    if len(auditor) != AUDITOR_BYTES:
        raise SlotError(f"the auditor's part of the seed has {AUDITOR_BYTES} bytes, not {len(auditor)}")
    return sha256(_SEED + root + auditor).digest()


def draw(seed: bytes, start: int, stop: int, count: int) -> list[int]:
    """The ``count`` indices of ``start`` up to ``stop`` with the smallest SHA-256(seed || u64(index)), ascending."""
    if count < 1:
        raise SlotError("a sample has at least one slot")
    base = sha256(seed)

    def rank(index: int) -> bytes:
        hashed = base.copy()
        hashed.update(index.to_bytes(8, "big"))
        return hashed.digest()

    return sorted(heapq.nsmallest(count, range(start, stop), key=rank))


@dataclass
class _Audit:
    """The state of one audit: what was counted, and what is wrong."""

    openings: Openings
    orphans: Sequence[range]
    period_key: bytes
    faults: list[str]
    pads: int = 0
    events: int = 0
    erased: int = 0
    orphaned: int = 0
    unopened: int = 0
    cases: set[str] = field(default_factory=set)
    seen: set[bytes] = field(default_factory=set)

    def tick(self, part: Slice, entries: Sequence[bytes], only: frozenset[int] | None = None) -> None:
        """Account for the entries of one tick, or for those at the indices ``only``."""
        wanted = set(entries)
        pads: set[bytes] = set()
        # Pads are numbered from 0 without gaps, so the first that is absent ends them.
        while len(pads) < len(entries) and (pad := pad_entry(self.period_key, part.tick, len(pads))) in wanted:
            pads.add(pad)
        last = b""
        for index, entry in enumerate(entries, part.start):
            if not last < entry:
                self.faults.append(f"index {index:,} does not ascend within tick {part.tick:,}")
            last = entry
            if only is None or index in only:
                self._slot(index, entry, part.tick, is_pad=entry in pads)

    def _slot(self, index: int, entry: bytes, tick: int, *, is_pad: bool) -> None:
        if len(entry) != ENTRY_SIZE or not entry.startswith(MARK):
            self.unopened += 1
            self.faults.append(f"index {index:,} is not a sealed entry")
            return
        commitment = entry[1:]
        event = self.openings.events.get(commitment)
        is_erased = commitment in self.openings.erased
        is_orphan = any(index in one for one in self.orphans)
        if (is_pad, event is not None, is_erased, is_orphan).count(True) > 1:
            self.faults.append(f"index {index:,} is more than one of pad, event, erased and orphan")
        if event is not None:
            self.events += 1
            self.cases |= {event.case} if event.case else set()
            if event.index is not None:
                self.faults.append(f"index {index:,} repeats the entry of index {event.index:,}")
            event.tick, event.index = tick, index
        elif is_pad:
            self.pads += 1
        elif is_erased:
            self.erased += 1
            if commitment in self.seen:
                self.faults.append(f"index {index:,} repeats an erased entry")
            self.seen.add(commitment)
        elif is_orphan:
            self.orphaned += 1
        else:
            self.unopened += 1
            self.faults.append(f"index {index:,} does not open")

    def elsewhere(self, reader: Reader, start: int, stop: int) -> None:
        """Find the openings of events outside the audited slots, which chains and erasures lead to."""
        for begin, end, tick in ((0, start, BEFORE), (stop, reader.size, AFTER)):
            missing = self.openings.missing()
            if missing:
                for index, entry in enumerate(reader.entries(begin, end), begin):
                    if entry[1:] in missing and entry.startswith(MARK):
                        event = self.openings.events[entry[1:]]
                        event.tick, event.index = tick, index
        for event in self.openings.events.values():
            if event.tick is None:
                self.faults.append(f"line {event.line} opens no entry of the log")


def audit_slots(
    openings: Iterable[bytes],
    period: str,
    reader: Reader,
    period_key: bytes,
    plan: Plan,
    *,
    orphans: Sequence[range] = (),
    progress: Step | None = None,
) -> Report:
    """Audit every slot of a quarter. ``reader`` reads the register, ``plan`` and ``orphans`` come from the open record.

    PASS when every slot opens once and every chain is whole; *not yet* when the log does not hold the whole quarter and
    nothing is wrong so far. Raises a RecordError for malformed openings, tiles or quarters.
    """
    parts = _parts(period, plan, reader)
    start, stop = parts[0].start, parts[-1].stop
    faults: list[str] = []
    audit = _Audit(audit_openings.read(openings, faults.append), orphans, period_key, faults)
    stream = reader.entries(start, stop)
    for done, part in enumerate(parts):
        audit.tick(part, list(islice(stream, part.stop - part.start)))
        if progress and done % _STEP == 0:
            progress(part.stop - start, stop - start)
    audit.elsewhere(reader, start, stop)
    chains = audit_openings.check_chains(audit.openings, faults.append)
    if plan.size_after(tick_reaching(plan.schedule, plan.multiples, plan.genesis, reader.size)) != reader.size:
        faults.append(f"the log's size {reader.size:,} is that of no tick")
    draft = Draft()
    _say_slots(draft, audit, start, stop, period)
    draft.say(
        "chains", f"{chains.whole:,} of {chains.cases:,} dense and linked", chains=chains.cases, whole=chains.whole
    )
    if faults:
        return _failed(draft, faults)
    if parts[-1].tick != ticks_of_period(period).stop - 1:
        return draft.end(PENDING, f"the log does not hold all of {period} yet; every slot so far opens once", failed=0)
    return draft.end(PASS, "every slot opens once", failed=0)


def audit_sample(
    openings: Iterable[bytes],
    period: str,
    reader: Reader,
    period_key: bytes,
    plan: Plan,
    *,
    count: int,
    auditor: bytes,
    orphans: Sequence[range] = (),
    progress: Step | None = None,
) -> Report:
    """Audit ``count`` slots of a quarter, drawn by the log's root and ``auditor`` (32 bytes).

    It finds habits; only the full audit excludes a single alternative, so chains are not judged. Raises SlotError while
    the log does not hold the whole quarter: the root must not be known before its slots are fixed.
    """
    parts = _parts(period, plan, reader)
    if parts[-1].tick != ticks_of_period(period).stop - 1:
        raise SlotError(f"the log does not hold all of {period} yet", todo="draw the sample when it does")
    start, stop = parts[0].start, parts[-1].stop
    seed = audit_seed(reader.root(), auditor)
    drawn = draw(seed, start, stop, min(count, stop - start))
    faults: list[str] = []
    audit = _Audit(audit_openings.read(openings, faults.append), orphans, period_key, faults)
    rest = iter(drawn)
    following = next(rest, None)
    for part in parts:
        here = set()
        while following is not None and following < part.stop:
            here.add(following)
            following = next(rest, None)
        if here:
            audit.tick(part, list(reader.entries(part.start, part.stop)), frozenset(here))
            if progress:
                progress(part.stop - start, stop - start)
    draft = Draft()
    _say_slots(draft, audit, start, stop, period, drawn=len(drawn))
    missed = 100 * 0.99 ** len(drawn)
    said = f"{len(drawn):,} of {stop - start:,} slots; cheating in 1 of 100 is missed with probability {missed:.1f} %"
    draft.say("sample", said, sample=drawn, seed=seed.hex())
    if faults:
        return _failed(draft, faults)
    return draft.end(PASS, "every slot drawn opens once", failed=0)


def _parts(period: str, plan: Plan, reader: Reader) -> list[Slice]:
    ticks = ticks_of_period(period)
    parts = list(slices(plan.schedule, plan.multiples, plan.genesis, ticks, reader.size))
    if not parts:
        raise SlotError(f"the log has no slots in {period}", todo="name a quarter after its first tick that has begun")
    return parts


def _say_slots(draft: Draft, audit: _Audit, start: int, stop: int, period: str, drawn: int | None = None) -> None:
    slots, cases = stop - start if drawn is None else drawn, len(audit.cases)
    said = (
        f"{slots:,}: {_many(audit.pads, 'pad')}, {_many(audit.events, 'event')} in {_many(cases, 'case')},"
        f" {audit.erased:,} erased, {_many(audit.orphaned, 'orphan')}, {audit.unopened:,} unopened"
    )
    found = {
        "period": period,
        "from": start,
        "to": stop,
        "slots": slots,
        "pads": audit.pads,
        "events": audit.events,
        "opened": audit.pads + audit.events,
        "cases": cases,
        "erased": audit.erased,
        "orphaned": audit.orphaned,
        "unopened": audit.unopened,
    }
    draft.say("slots", said, **found)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _failed(draft: Draft, faults: list[str]) -> Report:
    shown = faults[:_SHOWN]
    if len(faults) > _SHOWN:
        shown.append(f"and {len(faults) - _SHOWN:,} more")
    for fault in shown[:-1]:
        draft.say(FAIL, fault)
    return draft.end(FAIL, shown[-1], failed=len(faults), faults=faults[:_KEPT])
