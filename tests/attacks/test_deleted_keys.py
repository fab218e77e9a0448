"""A desk's databases seized after something was destroyed: keys that are gone must be in no page and no log of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from answerable.casework.actions import retention
from answerable.casework.models import Wrap
from answerable.ledger.databases import database
from tests.casework.world import draw

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def keys(db: None, tmp_path: Path) -> Iterator[Path]:
    """`keys.db` as a desk has it: a file with a write-ahead log, open in a process that goes on."""
    path = tmp_path / "keys.db"
    kept = connections.settings["keys"], connections["keys"]
    connections.settings["keys"] = connections.configure_settings({"default": {}, "keys": database(path)})["keys"]
    connections["keys"] = connections.create_connection("keys")
    try:
        with connections["keys"].schema_editor() as editor:
            editor.create_model(Wrap)
        yield path
    finally:
        connections["keys"].close()
        connections.settings["keys"], connections["keys"] = kept


def lies_in(secret: bytes, path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.glob("keys.db*") if secret in one.read_bytes())


def test_a_key_that_was_destroyed_is_in_no_file_after_the_clocks_have_looked(keys: Path) -> None:
    # Given wraps in a database that is in use
    wraps = [draw(106) for _ in range(40)]
    for number, wrap in enumerate(wraps):
        Wrap.objects.create(
            id=f"{number:032x}", record="f" * 32, compartment=3, epoch=1, holder=f"{number:032x}", wrap=wrap
        )
    with connections["keys"].cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
    assert all(lies_in(wrap, keys) for wrap in wraps), "the search finds what is there"
    # When they are deleted, the log beside it still has each of them
    Wrap.objects.all().delete()
    assert any(lies_in(wrap, keys) for wrap in wraps)
    # Then after the next look of the clocks no file has
    retention.cut_logs()
    assert {wrap: where for wrap in wraps if (where := lies_in(wrap, keys))} == {}


def test_every_database_overwrites_what_it_deletes_however_sqlite_was_built(keys: Path) -> None:
    assert "secure_delete=ON" in database(keys)["OPTIONS"]["init_command"]
    with connections["keys"].cursor() as cursor:
        cursor.execute("PRAGMA secure_delete")
        assert cursor.fetchone() == (1,)


def test_the_clocks_cut_the_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bool] = []
    monkeypatch.setattr(retention, "cut_logs", lambda: looked.append(True))
    monkeypatch.setattr(retention, "finish_erasures", lambda: 0)
    monkeypatch.setattr(retention, "finish_settlements", lambda _now: 0)
    monkeypatch.setattr(retention, "forget_shut_out", lambda: None)
    monkeypatch.setattr(retention, "forget_expired", lambda _now: None)
    retention.finish()
    assert looked == [True]
