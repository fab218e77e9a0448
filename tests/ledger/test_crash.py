"""The process dies at every effect from D to B; a new one finishes what was begun, and nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from answerable.ledger import store as stores
from answerable.ledger.actions import sequencing
from tests.ledger.harness import Clock, Ledger, check_everything
from tests.ledger.processes import CRASHED, die, forked, outcome

pytestmark = pytest.mark.database
STEPS = ("D", "T1", "F", "S", "W", "T2", "P", "B", "end")


def begun(ledger: Ledger) -> list[Any]:
    """Given a ledger that has run, new acts wait, and a tick is due."""
    ledger.round()
    acks = [ledger.act(number, party) for number, party in enumerate(("editors", "desk", "editors"))]
    acks += [ledger.sealed() for _ in range(3)]
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += 900
    return acks


def crash(ledger: Ledger, prepare: Callable[[], Any]) -> None:
    def work() -> None:
        ledger.sequencer(step=prepare()).round(paced=False)

    assert outcome(forked(work)) == CRASHED


def cut_at(step: str, occurrence: int) -> Callable[[str], None]:
    seen = 0

    def cut(name: str) -> None:
        nonlocal seen
        seen += name == step
        if name == step and seen == occurrence:
            die()

    return cut


def recovered(ledger: Ledger, acks: list[Any]) -> None:
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += 20
    report = ledger.round()
    assert report.messages == []
    assert all(log.quorum and log.published == log.size for log in report.logs)
    check_everything(ledger, acks)


@pytest.mark.parametrize("occurrence", [1, 2], ids=["register", "record"])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_before_any_effect_is_recovered_from(ledger: Ledger, step: str, occurrence: int) -> None:
    acks = begun(ledger)
    crash(ledger, lambda: cut_at(step, occurrence))
    recovered(ledger, acks)


def test_a_crash_inside_t1_undoes_only_the_round(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    acks = begun(ledger)

    def prepare() -> None:
        insert = sequencing._insert

        def half(batch: Any, edge: Any) -> None:
            insert(batch, edge)
            die()

        monkeypatch.setattr(sequencing, "_insert", half)

    crash(ledger, prepare)
    monkeypatch.undo()
    recovered(ledger, acks)


@pytest.mark.parametrize("number", range(1, 9))
def test_a_crash_between_any_two_files_is_recovered_from(ledger: Ledger, number: int) -> None:
    """Four files per log: tile, bundle, archive, checkpoint; each torn between its rename and its directory's fsync."""
    acks = begun(ledger)

    def prepare() -> None:
        touch, count = stores.Store._touch, 0

        def torn(self: stores.Store, folder: Path) -> None:
            nonlocal count
            count += 1
            if count == number + 4:  # CHECK touches the tiles of both heads first
                die()
            touch(self, folder)

        stores.Store._touch = torn  # type: ignore[method-assign]

    def work() -> None:
        prepare()
        ledger.sequencer().round(paced=False)

    assert outcome(forked(work)) in (CRASHED, 0)
    recovered(ledger, acks)


def test_dying_again_and_again_at_each_step_in_turn_ends_well(ledger: Ledger) -> None:
    acks = begun(ledger)
    for step in STEPS:
        outcome(forked(lambda step=step: ledger.sequencer(step=cut_at(step, 1)).round(paced=False)))  # type: ignore[misc]
        acks.append(ledger.act(1000 + STEPS.index(step)))
        assert isinstance(ledger.clock, Clock)
        ledger.clock.now += 450
    recovered(ledger, acks)
