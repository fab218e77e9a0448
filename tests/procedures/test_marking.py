"""The bare order of a procedure: what is wrong with an act, what it leaves behind, and the replay of traces."""

from __future__ import annotations

from bench.procedures_sets import Sets
from hypothesis import given
from hypothesis import strategies as st

from answerable.procedures.marking import Marking, Replay, Wrong, relations
from answerable.procedures.procedure import Procedure
from tests.procedures.drawn import procedures
from tests.procedures.running import model

ORDER = relations(
    model(
        """
        {act: report}
        {act: assess, needs: report, within: 3 days of report, if late: {who: court, act: ask, within: 2 days}}
        {act: refer, when: credible, within: 3 days of assess}
        {act: close, not while open: refer, switches off: [assess, refer]}
        {act: reopen, switches on: [assess, refer], starts: assess within not stated}
        """
    ).procedure
)
NUMBER = {act: place for place, act in enumerate(ORDER.acts)}
EMPTY = Marking(0, 0, 0)


def after(*acts: str) -> Marking:
    marking = ORDER.first()
    for act in acts:
        marking = ORDER.after(marking, NUMBER[act])
    return marking


def test_acts_that_only_lateness_defines_come_after_those_declared() -> None:
    assert ORDER.acts == ("report", "assess", "refer", "close", "reopen", "ask")
    assert ORDER.names(ORDER.only_if_owed) == ("ask",)
    assert ORDER.names(ORDER.escalates[NUMBER["assess"]]) == ("ask",)


def test_a_duty_with_a_condition_may_be_owed_and_the_others_are() -> None:
    assert ORDER.names(ORDER.owes[NUMBER["report"]]) == ("assess",)
    assert ORDER.names(ORDER.owes[NUMBER["assess"]]) == ()
    assert ORDER.names(ORDER.may_owe[NUMBER["assess"]]) == ("refer",)
    assert ORDER.names(ORDER.owes[NUMBER["reopen"]]) == ("assess",)


def test_an_act_is_too_early_until_what_it_needs_was_done_or_is_switched_off() -> None:
    assert ORDER.wrong(EMPTY, NUMBER["assess"]) == Wrong.TOO_EARLY
    assert ORDER.wrong(after("report"), NUMBER["assess"]) == Wrong(0)
    assert ORDER.wrong(Marking(0, ORDER.mask(["report"]), 0), NUMBER["assess"]) == Wrong(0)


def test_an_open_duty_blocks_unless_it_is_switched_off() -> None:
    owed = after("report", "assess")

    assert ORDER.wrong(owed, NUMBER["close"]) == Wrong.WHILE_OPEN
    assert ORDER.wrong(owed._replace(off=ORDER.mask(["refer"])), NUMBER["close"]) == Wrong(0)


def test_an_act_switched_off_is_wrong_and_takes_effect() -> None:
    marking = after("report", "assess", "close")

    assert ORDER.wrong(marking, NUMBER["assess"]) == Wrong.SWITCHED_OFF
    assert ORDER.names(marking.owed) == ("refer",)
    assert ORDER.names(marking.live) == ()
    assert ORDER.names(ORDER.after(marking, NUMBER["refer"]).owed) == ()


def test_what_is_switched_on_again_is_owed_again() -> None:
    assert ORDER.names(after("report", "assess", "close", "reopen").live) == ("assess", "refer")


def test_an_act_that_opens_its_own_duty_leaves_it_open() -> None:
    order = relations(model("{act: report, starts: report within 3 days}").procedure)

    assert order.after(order.first(), 0).owed == 1


def test_an_act_needed_from_nowhere_is_always_too_early() -> None:
    order = relations(model("{act: report, needs: impose a fine}").procedure)

    assert order.unknown[0] == ("impose a fine",)
    assert order.wrong(order.first(), 0) == Wrong.TOO_EARLY


WORDS = {Wrong.SWITCHED_OFF: "switched off", Wrong.TOO_EARLY: "too early", Wrong.WHILE_OPEN: "while open"}


@given(procedures(), st.data())
def test_replaying_with_masks_is_replaying_with_sets(procedure: Procedure, data: st.DataObject) -> None:
    order = relations(procedure)
    replay = Replay(order)
    for _ in range(2):  # the second trace meets transitions that are remembered
        trace = data.draw(st.lists(st.integers(0, len(order.acts) - 1), max_size=12))
        found, marking = replay.run(trace)

        expected, sets = Sets.of(procedure).replay([order.acts[act] for act in trace])
        assert [(place, {word for flag, word in WORDS.items() if flag & wrong}) for place, wrong in found] == expected
        assert tuple(frozenset(order.names(mask)) for mask in marking) == sets


def test_a_replay_that_forgets_finds_the_same(monkeypatch: object) -> None:
    trace = [NUMBER[act] for act in ("assess", "report", "assess", "close", "refer", "reopen", "assess")] * 3
    expected = Replay(ORDER).run(trace)
    forgetful = Replay(ORDER)
    monkeypatch.setattr("answerable.procedures.marking.REMEMBERED", 2)  # type: ignore[attr-defined]

    assert forgetful.run(trace) == expected
    assert forgetful.numbers(["refer", "ask"]) == [2, 5]
