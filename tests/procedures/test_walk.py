"""Walking everything a procedure allows: the faults of the example, each kind of fault, and the shortest paths."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.procedures_sets import Sets, discharged, live
from hypothesis import assume, given

from answerable.procedures.collection import from_folder
from answerable.procedures.procedure import Procedure
from answerable.procedures.walk import Walk, walk
from tests.procedures.drawn import procedures
from tests.procedures.running import model

EXAMPLE = Path(__file__).parents[2] / "examples" / "un-2017" / "three-statements"


def found(walked: Walk) -> list[tuple[str, str, str]]:
    return [(fault.kind, fault.about, fault.text) for fault in walked.faults]


def walked(acts: str, **options: str) -> Walk:
    return walk(model(acts, **options).procedure)


def test_the_example_has_the_faults_documented() -> None:
    result = walk(from_folder(EXAMPLE).sound().procedures[0])

    assert found(result) == [
        (
            "never-happens",
            "appeal to the tribunal",
            "can never happen: no act of this procedure is “impose disciplinary measures”",
        ),
        (
            "can-extinguish",
            "close the case",
            "can extinguish “assess credibility”: receive report, assess credibility (refer … not owed), "
            "receive report, inform the victim, close the case",
        ),
        (
            "rest-without-owner",
            "rest without an owner",
            "after receive report, assess credibility (refer … not owed), inform the victim",
        ),
    ]
    assert result.extent == "610 markings walked, all"
    assert result.complete


def test_acts_that_need_each_other_never_happen_at_any_size() -> None:
    acts = "{act: close}\n{act: assess, needs: refer}\n{act: refer, needs: assess}"

    result = walk(model(acts).procedure, largest=1)

    assert not result.complete
    assert found(result) == [
        ("never-happens", "assess", "can never happen: it needs “refer”, which can never happen"),
        ("never-happens", "refer", "can never happen: it needs “assess”, which can never happen"),
    ]


def test_an_act_that_exclusion_keeps_from_happening_takes_the_whole_walk() -> None:
    acts = "{act: report, switches off: assess}\n{act: assess, needs: report}\n{act: close}"

    assert ("never-happens", "assess", "can never happen: no order of the acts leads to it") in found(walked(acts))
    assert not walk(model(acts).procedure, largest=1).faults


def test_lateness_that_cannot_be_never_happens() -> None:
    acts = (
        "{act: close, starts: assess within not stated}\n{act: assess, if late: {who: court, act: ask, within: 2 days}}"
    )

    assert ("never-happens", "ask", "can never happen: nothing ever makes it owed") in found(walked(acts))


def test_an_act_that_lateness_defines_is_done_only_when_it_is_owed() -> None:
    acts = """
    {act: report}
    {act: assess, needs: ask, within: 2 days of report, if late: {who: court, act: ask, within: 2 days}}
    {act: close, needs: assess}
    """

    result = walked(acts)

    assert [fault.kind for fault in result.faults] == ["rest-without-owner"]
    assert result.faults[0].path == ("report", "assess becomes overdue", "ask", "assess")


def test_a_duty_that_nothing_can_discharge_is_a_dead_end() -> None:
    acts = """
    {act: report}
    {act: assess, needs: permit, within: 2 days of report}
    {act: permit, switches off: permit}
    {act: forbid, switches off: permit, starts: permit within 2 days}
    {act: close}
    """
    blocked = """
    {act: report, starts: assess within 2 days}
    {act: assess, not while open: assess}
    {act: close, not while open: assess}
    """

    assert [fault for fault in walked(acts).faults if fault.kind == "dead-end"] == []
    assert ("dead-end", "assess", "can be owed and never discharged: after report") in found(walked(blocked))


def test_a_duty_there_from_the_beginning_branches_at_the_beginning() -> None:
    result = walked("{act: refer, when: credible, within: 3 days}\n{act: close, switches off: refer}")

    assert found(result) == [("can-extinguish", "close", "can extinguish “refer”: close")]


def test_a_rest_may_be_there_where_a_condition_was_met() -> None:
    acts = "{act: report}\n{act: refer to court, when: credible, within: 3 days of report}\n{act: close}"

    assert found(walked(acts)) == [("rest-without-owner", "rest without an owner", "after report, refer to court")]


def test_a_well_made_procedure_has_no_fault() -> None:
    acts = """
    {act: report, starts: assess within 3 days, switches off: report}
    {act: assess, needs: report, switches off: assess, starts: close within 5 days}
    {act: close, needs: assess, switches off: close}
    """

    assert walked(acts).faults == ()


def test_an_incomplete_walk_says_how_far_it_went_and_what_it_did_not_find() -> None:
    acts = "\n".join(f"{{act: do {number}}}" for number in "abcdefgh") + "\n{act: close}"

    result = walk(model(acts).procedure, largest=100)

    assert not result.complete
    assert result.markings == 100
    assert result.extent == (
        "100 markings walked, not all; dead-end, can-extinguish, rest-without-owner: none within 100 markings"
    )


@pytest.mark.parametrize("largest", [512, 511])
def test_a_walk_is_complete_exactly_if_its_markings_fit(largest: int) -> None:
    acts = "\n".join(f"{{act: do {number}}}" for number in "abcdefgh") + "\n{act: close}"

    assert walk(model(acts).procedure, largest=largest).complete == (largest == 512)


@given(procedures(most=3))
def test_the_walk_with_masks_is_the_walk_with_sets(procedure: Procedure) -> None:
    """Given any small procedure, when it is walked by definition with sets, then the same faults are found, each by a
    path that the definition allows and that no other undercuts."""
    sets = Sets.of(procedure)
    seen = sets.walk(3_000)
    assume(seen is not None)
    assert seen is not None
    result = walk(procedure)
    steps = {marking: list(sets.steps(marking)) for marking in seen}

    assert (result.markings, result.complete) == (len(seen), True)
    happened = {act for following in steps.values() for act, _ in following if act is not None}
    assert {fault.about for fault in result.faults if fault.kind == "never-happens"} == set(sets.acts) - happened
    able = discharged(sets, list(seen))
    stuck: dict[str, int] = {}
    for marking, depth in seen.items():
        for duty in live(marking):
            if (marking, duty) not in able:
                stuck[duty] = min(depth, stuck.get(duty, depth))
    assert _depths(sets, result, "dead-end") == sorted(stuck.items())
    ends: dict[tuple[str, str], int] = {}
    for marking, depth in seen.items():
        for act, after in steps[marking]:
            if act is not None:
                for duty in (live(marking) - {act}) & after[1]:
                    ends[act, duty] = min(depth + 1, ends.get((act, duty), depth + 1))
    extinguishing = [fault for fault in result.faults if fault.kind == "can-extinguish"]
    assert sorted(
        (fault.about, fault.text.split("“")[1].split("”")[0], _length(fault.path)) for fault in extinguishing
    ) == [(act, duty, depth) for (act, duty), depth in sorted(ends.items())]
    resting = [depth for marking, depth in seen.items() if _rests(sets, marking)]
    found_rest = [_length(fault.path) for fault in result.faults if fault.kind == "rest-without-owner"]
    assert found_rest == ([min(resting)] if resting else [])


def _length(path: tuple[str, ...]) -> int:
    return len([step for step in path if not step.startswith("the beginning")])


def _depths(sets: Sets, result: Walk, kind: str) -> list[tuple[str, int]]:
    return sorted((fault.about, _length(fault.path)) for fault in result.faults if fault.kind == kind)


def _rests(sets: Sets, marking: tuple[frozenset[str], frozenset[str], frozenset[str]]) -> bool:
    """A duty was opened, no act that ends a case was done, and nothing is owed."""
    executed = marking[0]
    always = any(sets.opens[act] - sets.conditional for act in executed) or bool(sets.first - sets.conditional)
    met = any(duty in executed and any(duty in sets.opens[act] for act in executed) for duty in sets.conditional)
    return (always or met) and not executed & sets.ends and not live(marking)


def test_an_act_that_opens_too_many_branches_makes_the_walk_incomplete_and_not_long() -> None:
    duties = "\n".join(
        f"{{act: do {chr(97 + number)}, when: credible, within: 3 days of report}}" for number in range(24)
    )

    result = walk(model("{act: report}\n{act: close}\n" + duties).procedure, largest=1_000)

    assert not result.complete
    assert result.markings == 1_000
