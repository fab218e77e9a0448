"""kill -9 at random moments under load, ANSWERABLE_KILL_ROUNDS times (20; a soak takes 200)."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.ledger.harness import START, Ledger, check_everything, entries_of
from tests.ledger.processes import forked, killed_after, outcome

pytestmark = pytest.mark.database
ROUNDS = int(os.environ.get("ANSWERABLE_KILL_ROUNDS", "20"))
#: How many seconds of the ledger's clock pass in one second of the test: several ticks.
SPEED = 4_000


class Racing:
    """A clock that every process of the test reads alike, much faster than the real one."""

    def __init__(self) -> None:
        self.began = time.time()

    def __call__(self) -> float:
        return START + (time.time() - self.began) * SPEED


def parties_write(ledger: Ledger, seed: int, log: Path) -> None:
    """Acts of two parties, without end; each is noted once its transaction has committed."""
    chance = random.Random(seed)
    with log.open("a") as noted:
        number = 0
        while True:
            number += 1
            party = chance.choice(("editors", "desk"))
            recorded = ledger.sealed(party) if chance.random() < 0.4 else ledger.act((seed << 32) + number, party)
            noted.write(f"{recorded.outbox.log} {recorded.leaf}\n")
            noted.flush()


def sequence(ledger: Ledger) -> None:
    sequencer = ledger.sequencer(confirm_gap=True)
    while True:
        sequencer.round(paced=False)


def test_nothing_is_lost_doubled_or_forked(ledger: Ledger, tmp_path: Path) -> None:
    chance = random.Random(int(os.environ.get("ANSWERABLE_KILL_SEED", "7")))
    ledger.clock = Racing()
    for asker in ledger.askers.values():
        for witness in asker.witnesses.values():
            witness.clock = ledger.clock
    ledger.round()
    noted = tmp_path / "noted"
    for number in range(ROUNDS):
        writer = forked(lambda number=number: parties_write(ledger, number, noted))  # type: ignore[misc]
        worker = forked(lambda: sequence(ledger))
        first, second = (writer, worker) if chance.random() < 0.5 else (worker, writer)
        killed_after(first, chance.uniform(0.05, 0.4))
        killed_after(second, chance.uniform(0.0, 0.1))
        check_everything(ledger, waiting=True)
    # Then the site recovers by itself.
    assert (
        outcome(forked(lambda: [ledger.sequencer(confirm_gap=True).round(paced=False) for _ in range(2)] and None)) == 0
    )
    report = ledger.round(confirm_gap=True)
    assert not report.halted
    assert not report.held
    promised = [line.split() for line in noted.read_text().splitlines()]
    assert promised
    held = {log.origin: {entry.leaf_hash.hex() for entry in entries_of(log.origin)} for log in ledger.config.logs}
    assert [leaf for log, leaf in promised if leaf not in held[log]] == []
    check_everything(ledger)
