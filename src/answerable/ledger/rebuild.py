"""Rebuilding the ledger's database from a copy of its logs, and giving a party back the rows it lost.

Entries come from bundles, up to the largest tree that is ours beyond doubt: a checkpoint that verifies under our key,
or what our signer remembers. They are matched to outbox rows by leaf hash. Entries without an act are *orphans*, and
the next entry of the record names them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain

from answerable.ledger import files
from answerable.ledger.actions import rebuilding, rows, sequencing
from answerable.ledger.actions.recording import acting, record
from answerable.ledger.config import LEDGER_PARTY, LedgerConfig, Log
from answerable.ledger.errors import HaltError, LedgerError
from answerable.ledger.filling import fill_record
from answerable.ledger.openings import read_secret
from answerable.ledger.signing import Signer
from answerable.record import canonical, commit, slots
from answerable.record.errors import TileError
from answerable.record.tiles import Fetch, Reader
from answerable.record.tree import leaf_hash, root_at

ORPHAN = "orphan"


@dataclass
class Rebuilt:
    """What was done for one log: its size before and after, rows given back by party, and the orphans' indices."""

    origin: str
    before: int
    size: int
    given_back: dict[str, int] = field(default_factory=dict)
    orphans: list[int] = field(default_factory=list)


def rebuild(config: LedgerConfig, source: Callable[[Log], Fetch], signer: Signer, *, now: int) -> list[Rebuilt]:
    """Bring both logs up to what ``source`` holds, the record first, and record the orphans.

    Raises :class:`HaltError` when the database holds entries that the signed log has not (then start from an empty
    one), ``OutboxError`` when a party's database does not answer: without it nobody knows which entries have acts.
    """
    return [_one(config, log, source(log), signer, now) for log in (config.record, config.register)]


def _one(config: LedgerConfig, log: Log, fetch: Fetch, signer: Signer, now: int) -> Rebuilt:
    """Import, name the orphans, then give rows back: what a crash leaves undone is found again the next time."""
    sequencing.open_log(log.origin)
    head = rows.head(log.origin)
    assert head is not None
    size, root = _largest(log, fetch, signer)
    done = Rebuilt(log.origin, head.size, max(size, head.size))
    if size > head.size:
        reader = Reader(fetch, size, root)
        if root_at(head.size, reader.hash_at) != head.root:
            raise HaltError(
                f"the database's {head.size} entries are not the first {head.size} of the signed log of size {size}",
                where=log.origin,
                todo="move ledger.db away and rebuild again: an empty database is filled from the start",
            )
        _import(config, log, reader, head.size)
    orphans = set(rebuilding.indices_of(log.origin, ORPHAN, 0))
    for party, alias in config.aliases().items():
        with rows.answering(party, alias):
            orphans |= rebuilding.lacking(log.origin, party, alias)
    done.orphans = sorted(orphans - _named_before(config, log.origin))
    if done.orphans:
        _tell(config, done, now)
    for party, alias in config.aliases().items():
        with rows.answering(party, alias):
            given = rebuilding.give_back(log.origin, party, alias, now=now, form=log.form)
        if given:
            done.given_back[party] = len(given)
    return done


def _named_before(config: LedgerConfig, origin: str) -> set[int]:
    """The orphans of ``origin`` that entries of the ledger name already, in the record or waiting for it."""
    head = rows.head(config.record.origin)
    entries = (data for data, _ in rows.entries(config.record.origin, 0, head.size if head else 0))
    named: set[int] = set()
    for data in chain(entries, rows.own_rows(config.record.origin)):
        fields = canonical.decode(data) if b'"incident.published"' in data else None
        match fields:
            case {"kind": "incident.published", "class": "orphans", "origin": told, "ranges": list(ranges)}:
                named.update(index for part in ranges if told == origin for index in _range(part))
    return named


def _range(part: canonical.Json) -> range:
    match part:
        case {"from": int(start), "to": int(stop)}:
            return range(start, stop)
    return range(0)


def _largest(log: Log, fetch: Fetch, signer: Signer) -> tuple[int, bytes]:
    try:
        published = files.signed_by_log(fetch("checkpoint"), log.policy.logs, log.origin)
    except FileNotFoundError:
        published = None
    found = [(published.size, published.root)] if published else []
    remembered = signer.remembered(log.origin)
    if remembered and (not found or remembered.size > found[0][0]):
        try:
            # Tiles are durable before anything is signed, so a copy of our own folder has them.
            if Reader(fetch, remembered.size, remembered.root).root() == remembered.root:
                found.insert(0, (remembered.size, remembered.root))
        except TileError:
            # The copy is not our own folder and lacks them; what it published is still good.
            remembered = None
    if not found:
        raise LedgerError(
            "the copy holds no checkpoint that verifies under our key", where=log.origin, todo="name another copy"
        )
    return found[0]


def _import(config: LedgerConfig, log: Log, reader: Reader, start: int) -> None:
    known: dict[bytes, str] = {}
    for party, alias in config.aliases().items():
        # A party that does not answer stops the rebuild: its entries would be taken for orphans.
        with rows.answering(party, alias):
            known |= dict.fromkeys(rebuilding.all_leaves(log.origin, alias), party)
    tick = None
    pads: set[bytes] = set()
    if log.form == "sealed":
        plan = _plan(config, log)
        first = slots.tick_reaching(plan.schedule, plan.multiples, plan.genesis, start + 1)
        tick = slots.tick_reaching(plan.schedule, plan.multiples, plan.genesis, reader.size)
        pads = set(_pads(config, plan, range(first, tick + 1)))

    def party_of(data: bytes) -> str:
        return known.get(leaf_hash(data)) or (sequencing.PAD if data in pads else ORPHAN)

    entries = ((data, party_of(data)) for data in reader.entries(start, reader.size))
    rebuilding.import_entries(log.origin, entries, tick)


def _plan(config: LedgerConfig, log: Log) -> slots.Plan:
    size = rows.head(config.record.origin)
    entries = (canonical.decode(data) for data, _ in rows.entries(config.record.origin, 0, size.size if size else 0))
    return slots.read_schedule((entry for entry in entries if isinstance(entry, dict)), log.origin)


def _pads(config: LedgerConfig, plan: slots.Plan, ticks: Iterable[int]) -> Iterator[bytes]:
    padding = read_secret(config.keys / "padding.key")
    for tick in ticks:
        period = commit.period_key(padding, slots.period_of_tick(tick))
        count = plan.schedule.slots(tick) * plan.multiples.get(tick, 1)
        yield from (commit.pad_entry(period, tick, ordinal) for ordinal in range(count))


def _tell(config: LedgerConfig, rebuilt: Rebuilt, now: int) -> None:
    """The next entry of the record names the orphans."""
    ranges = [{"from": first, "to": stop} for first, stop in ranges_of(rebuilt.orphans)]
    text = "\n".join(f"{rebuilt.origin} {index}" for index in rebuilt.orphans) + "\n"
    fields = {
        "class": "orphans",
        "origin": rebuilt.origin,
        "ranges": ranges,
        "text_sha256": sha256(text.encode()).hexdigest(),
    }
    with acting("ledger"):
        told = record("incident.published", fields, by=LEDGER_PARTY, using="ledger", now=now)
    waiting = rows.waiting(config.record.origin, LEDGER_PARTY, "ledger")
    mine = [row for row in waiting if row.leaf_hash == told.leaf_hash]
    advanced = sequencing.advance(config.record.origin, mine, fill_record, now=now)
    sequencing.write_back(config.record.origin, LEDGER_PARTY, "ledger", advanced.head.size)


def ranges_of(indices: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending indices as half-open ranges."""
    ranges: list[tuple[int, int]] = []
    for index in indices:
        if ranges and ranges[-1][1] == index:
            ranges[-1] = (ranges[-1][0], index + 1)
        else:
            ranges.append((index, index + 1))
    return ranges
