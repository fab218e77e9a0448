"""What a checkpoint costs in fsyncs: exact, because wall time says nothing on a disk that varies by a factor of 35."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from answerable.ledger.actions import rows
from answerable.ledger.sequencer import Sequencer
from tests.ledger.harness import Clock, Ledger, check_everything


class Costs:
    """Fsyncs of files and folders, and commits by alias."""

    def __init__(self) -> None:
        self.fsyncs = 0
        self.commits: dict[str, int] = {}

    @property
    def ledger(self) -> int:
        """What the budget counts: the ledger's own commits, files and directories."""
        return self.fsyncs + self.commits.get("ledger", 0)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Costs]:
    costs, fsync = Costs(), os.fsync

    def counting(number: int) -> None:
        costs.fsyncs += 1
        fsync(number)

    aliases = ("ledger", "party_editors", "party_desk")
    for alias in aliases:
        connections[alias].ensure_connection()

        def traced(statement: str, alias: str = alias) -> None:
            costs.commits[alias] = costs.commits.get(alias, 0) + (statement == "COMMIT")

        connections[alias].connection.set_trace_callback(traced)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", counting)
        yield costs
    for alias in aliases:
        connections[alias].connection.set_trace_callback(None)


class NoSigner:
    """A signer whose own two fsyncs are taken out of the count."""

    def __init__(self, signer: Any, costs: list[Costs]) -> None:
        self._signer, self._costs = signer, costs
        self.fsyncs = 0

    def remembered(self, origin: str) -> Any:
        return self._signer.remembered(origin)

    def sign(self, request: bytes) -> Any:
        before = self._costs[0].fsyncs if self._costs else 0
        lines = self._signer.sign(request)
        if self._costs:
            self.fsyncs += self._costs[0].fsyncs - before
            self._costs[0].fsyncs = before
        return lines


def brought_to(ledger: Ledger, size: int, now: list[Costs]) -> tuple[Sequencer, NoSigner]:
    """Given a record of ``size`` entries, published, whose sequencer is in RUN."""
    ledger.round()
    acts(ledger, size - rows.head(ledger.record).size)  # type: ignore[union-attr]
    sequencer = ledger.sequencer()
    signer = NoSigner(sequencer.certifiers[ledger.record].signer, now)
    for certifier in sequencer.certifiers.values():
        certifier.signer = signer
    sequencer.round(paced=False)
    sequencer.round(paced=False)
    assert rows.head(ledger.record).size == size  # type: ignore[union-attr]
    return sequencer, signer


def acts(ledger: Ledger, count: int) -> None:
    head = rows.head(ledger.record)
    for number in range(count):
        ledger.act(number + 10_000 * (head.size if head else 0))


@pytest.mark.parametrize(
    ("start", "growth", "expected", "created"),
    [
        # 2 commits + tile, bundle, archive, checkpoint and their four directories; + 1 outbox written back
        (100, 3, 10, 0),
        # full tile and bundle, level 1's first (partial) tile, archive, checkpoint: five files, five directories
        (250, 6, 12, 2),
        # full and partial tile, full and partial bundle, level 1, archive, checkpoint: seven files, seven directories
        (250, 10, 16, 4),
    ],
    ids=["inside a tile", "filling it exactly", "crossing one"],
)
def test_fsyncs_per_checkpoint(
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    postgres: object,
    start: int,
    growth: int,
    expected: int,
    created: int,
) -> None:
    if postgres is not None:
        return  # the budget is SQLite's; the store's part of it is the same and counted in test_store
    now: list[Costs] = []
    sequencer, signer = brought_to(ledger, start, now)
    acts(ledger, growth)
    with counted(monkeypatch) as costs:
        now.append(costs)
        report = sequencer.round(paced=False)
    assert report.logs[1].added == growth
    assert report.messages == []
    # a folder made costs one fsync of its parent, an outbox written back one commit of its own
    assert costs.ledger == expected + created
    assert costs.commits["party_editors"] == 1
    assert signer.fsyncs == 2
    assert sequencer.certifiers[ledger.record].store.fsyncs > 0
    check_everything(ledger)


def test_an_act_costs_one_commit(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, postgres: object) -> None:
    if postgres is not None:
        return  # counted by SQLite's own trace
    with counted(monkeypatch) as costs:
        ledger.act(5)
    assert costs.commits == {"party_editors": 1}
    assert costs.fsyncs == 0


def test_a_round_with_nothing_to_do_writes_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, postgres: object
) -> None:
    sequencer = ledger.sequencer()
    for _ in range(2):
        sequencer.round(paced=False)
    asked = {origin: asker.asked for origin, asker in ledger.askers.items()}
    before = {origin: certifier.store.fsyncs for origin, certifier in sequencer.certifiers.items()}
    report = sequencer.round(paced=False)
    assert [log.added for log in report.logs] == [0, 0]
    assert {origin: asker.asked for origin, asker in ledger.askers.items()} == asked
    assert {origin: certifier.store.fsyncs for origin, certifier in sequencer.certifiers.items()} == before


def test_witnesses_are_asked_once_per_checkpoint(ledger: Ledger) -> None:
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    asked = ledger.askers[ledger.record].asked
    for number in range(3):
        ledger.act(number)
        assert isinstance(ledger.clock, Clock)
        ledger.clock.now += 10
        sequencer.round()
    assert ledger.askers[ledger.record].asked == asked + 3
