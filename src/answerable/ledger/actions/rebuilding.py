"""The writes of a rebuild: entries into the ledger, and lost rows back into a party's outbox."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import transaction

from answerable.ledger.actions import rows, sequencing
from answerable.ledger.actions.rows import HeadRow
from answerable.ledger.actions.sequencing import Filled
from answerable.ledger.models import Entry, Outbox
from answerable.record.ack import include_by_for


def import_entries(origin: str, entries: Iterable[tuple[bytes, str]], tick: int | None) -> HeadRow:
    """Append (data, party) in order and move the head, in one transaction."""
    return sequencing.advance(origin, [], lambda _head, _new: Filled(entries, tick), now=0).head


def all_leaves(origin: str, alias: str) -> Iterator[bytes]:
    """The leaf hash of every row of one outbox for a log, waiting or not."""
    found = Outbox.objects.using(alias).filter(log=origin).order_by("id")
    yield from found.values_list("leaf_hash", flat=True).iterator()


def lacking(origin: str, party: str, alias: str) -> set[int]:
    """The indices of a party's entries that its outbox lacks: their acts went with its database."""
    entries = dict(Entry.objects.using("ledger").filter(log=origin, party=party).values_list("leaf_hash", "idx"))
    return {entries[leaf] for leaf in rows.missing_from(alias, origin, entries)}


def give_back(origin: str, party: str, alias: str, *, now: int, form: str) -> list[int]:
    """Put the rows that the log holds of a party and its outbox lacks back into it; their indices.

    Their acts are gone with the backup, so these entries are orphans.
    """
    given: list[int] = []
    with transaction.atomic(using=alias):
        entries = Entry.objects.using("ledger").filter(log=origin, party=party).order_by("idx")
        for part in rows.chunks(list(entries.values_list("leaf_hash", flat=True))):
            lacking = rows.missing_from(alias, origin, part)
            for entry in Entry.objects.using("ledger").filter(log=origin, leaf_hash__in=lacking):
                Outbox.objects.using(alias).create(
                    log=origin,
                    data=entry.data,
                    leaf_hash=entry.leaf_hash,
                    include_by=include_by_for(form, now),
                    idx=entry.idx,
                )
                given.append(entry.idx)
    return sorted(given)


def indices_of(origin: str, party: str, start: int) -> list[int]:
    """The indices, from ``start`` on, of a party's entries."""
    found = Entry.objects.using("ledger").filter(log=origin, party=party, idx__gte=start).order_by("idx")
    return list(found.values_list("idx", flat=True))
