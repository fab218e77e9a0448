"""Rebuild after rebuild: killed anywhere, done again, it names every orphan once and loses nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from answerable.ledger import databases, filling
from answerable.ledger import rebuild as rebuilding
from answerable.ledger.actions import rebuilding as writes
from answerable.ledger.actions import rows, sequencing
from answerable.ledger.boot import State
from answerable.ledger.errors import OutboxError
from answerable.ledger.reading import folder_fetch
from answerable.record import canonical
from tests.ledger.harness import Ledger, check_everything, entries_of
from tests.ledger.processes import CRASHED, die, forked, outcome
from tests.ledger.test_boot import Backup, grown
from tests.postgres import Server

pytestmark = pytest.mark.database


def rebuild(ledger: Ledger) -> list[rebuilding.Rebuilt]:
    signer = ledger.sequencer().certifiers[ledger.record].signer
    return rebuilding.rebuild(ledger.config, lambda log: folder_fetch(log.public), signer, now=int(ledger.clock()))


def named(ledger: Ledger) -> list[int]:
    """Every index that an incident of the record names, as often as it is named."""
    found: list[int] = []
    for entry in entries_of(ledger.record):
        fields: Any = canonical.decode(entry.data)
        if fields["kind"] == "incident.published" and fields["origin"] == ledger.record:
            for part in fields["ranges"]:
                found += range(part["from"], part["to"])
    return found


CUTS: dict[str, Callable[[], tuple[Any, str]]] = {
    "before the import": lambda: (writes, "import_entries"),
    "after the import": lambda: (rebuilding, "_named_before"),
    "before the incident": lambda: (rebuilding, "_tell"),
    "the incident waits": lambda: (sequencing, "advance"),
    "before rows are given back": lambda: (writes, "give_back"),
}


@pytest.mark.parametrize("cut", CUTS)
def test_a_rebuild_killed_anywhere_is_done_again(
    ledger: Ledger, tmp_path: Path, postgres: Server | None, cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a ledger and a party that both went back, and so have lost acts and entries
    grown(ledger)
    backups = [Backup(alias, tmp_path, postgres) for alias in ("ledger", "party_editors")]
    grown(ledger)
    lost = rows.head(ledger.record)
    for backup in backups:
        backup.restore()
    assert ledger.round().halted

    def killed() -> None:
        place, name = CUTS[cut]()
        whole, calls = getattr(place, name), 0

        def once(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if cut != "the incident waits" or arguments[2] is filling.fill_record:
                die()
            return whole(*arguments, **options)

        monkeypatch.setattr(place, name, once)
        rebuild(ledger)

    # When a rebuild is killed and done again
    assert outcome(forked(killed)) == CRASHED
    rebuild(ledger)
    again = rebuild(ledger)
    # Then every orphan is named once, nothing is left to name, and the log goes on
    assert [one.orphans for one in again] == [[], []]
    report = ledger.round()
    assert [log.state for log in report.logs] == [State.RUN, State.RUN], report.messages
    assert report.messages == []
    assert lost is not None
    orphans = [
        entry.idx
        for entry in entries_of(ledger.record)[: lost.size]
        if entry.party == rebuilding.ORPHAN or entry.party == "editors"
    ]
    assert set(named(ledger)) <= set(orphans)
    assert {e.idx for e in entries_of(ledger.record) if e.party == rebuilding.ORPHAN} <= set(named(ledger))
    assert len(named(ledger)) == len(set(named(ledger))) > 0


def test_a_party_that_does_not_answer_stops_the_rebuild(
    ledger: Ledger, tmp_path: Path, postgres: Server | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its entries would be taken for orphans, and named as such for ever."""
    grown(ledger)
    backup = Backup("ledger", tmp_path, postgres)
    grown(ledger)
    backup.restore()
    before = rows.head(ledger.record)
    connections["party_desk"].close()
    with monkeypatch.context() as patched:
        patched.setitem(connections["party_desk"].settings_dict, "NAME", "/nowhere/at/all.db")
        with pytest.raises(OutboxError, match="does not answer"):
            rebuild(ledger)
    connections["party_desk"].close()
    assert rows.head(ledger.record) == before
    rebuild(ledger)
    assert not ledger.round().halted


def test_a_rebuild_of_nothing_changes_nothing(ledger: Ledger) -> None:
    grown(ledger)
    before = [rows.head(log.origin) for log in ledger.config.logs]
    assert [(one.orphans, one.given_back) for one in rebuild(ledger)] == [([], {}), ([], {})]
    assert [rows.head(log.origin) for log in ledger.config.logs] == before
    check_everything(ledger)


def test_a_lost_file_of_the_ledger_is_said_plainly(ledger: Ledger, postgres: Server | None) -> None:
    """ledger.db was removed: it is not made anew by looking, and a sentence says what is gone."""
    grown(ledger)
    path = databases.path_of(connections["ledger"].settings_dict)
    connections["ledger"].close()
    if path is None:
        assert postgres is not None
        postgres.execute("ALTER SCHEMA ledger RENAME TO gone", str(connections["ledger"].settings_dict["NAME"]))
    else:
        shutil.move(path, path.with_suffix(".gone"))
    report = ledger.round()
    assert all("the ledger's database does not answer" in message for message in report.messages)
    assert report.messages
    assert path is None or not path.exists()
