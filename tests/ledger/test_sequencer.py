"""The sequencer's round: what enters, what is written, what is published, and what it costs."""

from __future__ import annotations

import pytest

from answerable.ledger.boot import State
from answerable.record.note import Checkpoint, Note
from tests.ledger.harness import Ledger, check_everything, entries_of

pytestmark = pytest.mark.database


def published(ledger: Ledger, origin: str) -> Checkpoint:
    log = next(log for log in ledger.config.logs if log.origin == origin)
    return Checkpoint.parse(Note.parse((log.public / "checkpoint").read_bytes()).text)


def test_a_new_ledger_runs_and_publishes_both_logs(ledger: Ledger) -> None:
    report = ledger.round()
    assert report.messages == []
    assert [log.state for log in report.logs] == [State.RUN, State.RUN]
    assert published(ledger, ledger.record).size == 10
    assert published(ledger, ledger.register).size == 64
    check_everything(ledger)


def test_an_act_is_in_the_log_after_a_round_with_its_index(ledger: Ledger) -> None:
    recorded = ledger.act(1)
    ledger.round()
    recorded.outbox.refresh_from_db(using="party_editors")
    assert entries_of(ledger.record)[recorded.outbox.idx].leaf_hash == recorded.leaf_hash
    check_everything(ledger, [recorded])
