"""The tables refuse silent changes, in both databases."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from answerable.ledger.models import Entry, Head, Outbox

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "ledger"])]
LOG = "ledger.example.org/record"


def row(**changed: object) -> Outbox:
    return Outbox.objects.create(**{"log": LOG, "data": b"{}", "leaf_hash": b"a" * 32, "include_by": 7200, **changed})


def refused(says: str) -> pytest.RaisesExc[DatabaseError]:
    return pytest.raises(DatabaseError, match=says)


def entry(idx: int) -> Entry:
    return Entry.objects.using("ledger").create(
        log=LOG, idx=idx, data=b"%d" % idx, leaf_hash=idx.to_bytes(32, "big"), party="ledger"
    )


def head() -> Head:
    return Head.objects.using("ledger").create(log=LOG, size=0, root=b"0" * 32, edge=b"")


class TestOutbox:
    def test_idx_is_set_once_from_null(self) -> None:
        waiting = row()
        Outbox.objects.filter(id=waiting.id).update(idx=4)
        assert Outbox.objects.get(id=waiting.id).idx == 4
        for again in (5, 4, None):
            with refused("never changes"), transaction.atomic():
                Outbox.objects.filter(id=waiting.id).update(idx=again)

    @pytest.mark.parametrize(
        "change",
        [
            {"log": "x"},
            {"data": b"[]"},
            {"leaf_hash": b"b" * 32},
            {"include_by": 1},
            {"id": 99},
            {"include_by": 1, "idx": 1},
        ],
    )
    def test_nothing_else_changes(self, change: dict[str, object]) -> None:
        waiting = row()
        with refused("never changes"), transaction.atomic():
            Outbox.objects.filter(id=waiting.id).update(**change)

    def test_a_row_is_never_deleted(self) -> None:
        waiting = row()
        with refused("never deleted"), transaction.atomic():
            Outbox.objects.filter(id=waiting.id).delete()

    def test_one_leaf_is_one_row(self) -> None:
        row()
        with refused("(?i)unique"), transaction.atomic():
            row()


class TestEntry:
    def test_an_entry_neither_changes_nor_goes(self) -> None:
        entry(0)
        rows = Entry.objects.using("ledger").filter(log=LOG)
        with refused("never changes"), transaction.atomic(using="ledger"):
            rows.update(party="someone")
        with refused("never deleted"), transaction.atomic(using="ledger"):
            rows.delete()

    def test_an_index_and_a_leaf_are_taken_once(self) -> None:
        entry(0)
        with refused("(?i)unique"), transaction.atomic(using="ledger"):
            entry(0)


class TestHead:
    def test_it_begins_at_nothing(self) -> None:
        with refused("begins at size 0"), transaction.atomic(using="ledger"):
            Head.objects.using("ledger").create(log=LOG, size=3, root=b"0" * 32, edge=b"")

    def test_it_grows_by_the_entries_it_gained(self) -> None:
        head()
        rows = Head.objects.using("ledger").filter(log=LOG)
        for idx in range(2):
            entry(idx)
        for wrong in (1, 3):
            with refused("grows by"), transaction.atomic(using="ledger"):
                rows.update(size=wrong, root=b"1" * 32)
        rows.update(size=2, root=b"2" * 32)
        assert rows.get().size == 2

    def test_it_neither_shrinks_nor_forks_nor_goes(self) -> None:
        head()
        rows = Head.objects.using("ledger").filter(log=LOG)
        entry(0)
        rows.update(size=1, root=b"1" * 32)
        for change in ({"size": 0}, {"root": b"9" * 32}):
            with refused("never"), transaction.atomic(using="ledger"):
                rows.update(**change)
        with refused("never deleted"), transaction.atomic(using="ledger"):
            rows.delete()
