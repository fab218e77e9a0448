"""The sequencer works from an intake database as from any party's: reports get their indices, and receipts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test.utils import override_settings

from answerable.intake import actions, models
from answerable.ledger import config as configs
from answerable.ledger import receipts, triggers
from answerable.ledger.actions import rebuilding
from answerable.ledger.actions.preparing import prepare
from answerable.ledger.config import LedgerConfig
from answerable.ledger.databases import schema_of
from answerable.ledger.models import Outbox
from answerable.record import proof
from tests.intake.world import Person, World, counts
from tests.ledger.harness import Clock, Ledger, Templates, entries_of, overrides, reachable
from tests.postgres import Server

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory, postgres: Server | None, django_db_blocker: Any) -> Templates:
    with django_db_blocker.unblock():
        return Templates(tmp_path_factory.mktemp("founded"), postgres)


@pytest.fixture
def ledger(
    tmp_path: Path, founded: Templates, world: World, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ledger]:
    """A ledger one of whose parties is the reporter's, with an intake database for an outbox."""
    with django_db_blocker.unblock(), founded.ledger(tmp_path / "ledger", monkeypatch.setenv) as made:
        url = founded.server.url(name_of(made.config)) if founded.server else "reporter.db"
        configs.add_party(made.config.folder, "reporter", url)
        config = configs.load(made.config.folder)
        with as_intake(config):
            prepare("party_reporter")
        with reachable(config):
            yield Ledger(config, Clock(), made.witness_folder)


def name_of(config: LedgerConfig) -> str:
    return str(config.databases()["ledger"]["NAME"])


class as_intake:  # noqa: N801  # reads as a block
    """Within it, this process is the reporter's: its one intake database is the party's."""

    def __init__(self, config: LedgerConfig) -> None:
        said = overrides(config)
        parties = said["ANSWERABLE_PARTIES"] | {"party_reporter": said["ANSWERABLE_PARTIES"]["party_reporter"]}
        self._settings = override_settings(
            ANSWERABLE_DATABASES={"party_reporter": "intake"}, ANSWERABLE_PARTIES=parties
        )
        self._reachable = reachable(config)

    def __enter__(self) -> None:
        self._reachable.__enter__()
        self._settings.enable()

    def __exit__(self, *raised: Any) -> None:
        self._settings.disable()
        self._reachable.__exit__(*raised)


def test_reports_get_their_index_and_their_receipt(ledger: Ledger, world: World) -> None:
    now = int(ledger.clock())
    several = [Person(world) for _ in range(5)]
    with as_intake(ledger.config):
        received = [one.report(now=now) for one in several]
        assert counts()["outbox"] == 5
        assert actions.next_outgoing() is None
    # When the tick of the ledger has passed
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += 900
    report = ledger.round()
    assert report.messages == []
    # Then the register holds them, and each has its index in its own database
    held = {entry.leaf_hash.hex(): entry for entry in entries_of(ledger.register)}
    assert {one.leaf for one in received} <= set(held)
    with as_intake(ledger.config):
        waiting = actions.waiting_receipts()
        assert {one.leaf.hex() for one in waiting} == {one.leaf for one in received}
        assert [one.idx for one in waiting] == [held[one.leaf.hex()].idx for one in waiting]
        out = []
        while (taken := actions.next_outgoing()) is not None:
            out.append(taken.leaf.hex())
            actions.mark_carried(taken.id)
        assert sorted(out) == sorted(one.leaf for one in received)
    found = receipts.receipt(ledger.config, bytes.fromhex(received[0].leaf))
    assert proof.TlogProof.parse(found.proof).index == held[received[0].leaf].idx
    # And nothing waits any more, whatever happens next
    assert ledger.round().messages == []


def test_a_restored_backup_shows_itself_and_is_given_its_rows_back(ledger: Ledger, world: World) -> None:
    now = int(ledger.clock())
    with as_intake(ledger.config):
        Person(world).report(now=now)
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += 900
    ledger.round()
    # Given that its rows are gone, as in a restored backup
    connection = connections["party_reporter"]
    with connection.cursor() as cursor:
        for statement in triggers.drop(connection.vendor, "outbox"):
            cursor.execute(statement)
        for table in (*(model._meta.db_table for model in models.TABLES), "event", "outbox"):
            cursor.execute(f"DELETE FROM {table}")
        for statement in triggers.create(connection.vendor, "outbox"):
            cursor.execute(statement)
    ledger.clock.now += 900
    assert any("restored backup" in said for said in ledger.round().messages)
    given = rebuilding.give_back(ledger.register, "reporter", "party_reporter", now=now, form="sealed")
    assert len(given) == 1
    (row,) = Outbox.objects.using("party_reporter").all()
    assert row.idx == given[0]
    assert row.id > 1_000 or schema_of(ledger.config.databases()["ledger"]) is not None
