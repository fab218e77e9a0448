"""Executing a case: every transition of a duty, the two time axes, and what is not known closely enough."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from answerable.procedures.collection import from_folder
from answerable.procedures.errors import CaseProblem, LimitProblem
from answerable.procedures.fold import Allowed, Refused, State, fold
from answerable.procedures.reason import Known
from tests.procedures.running import HEADER, NOT_STATED, UNSTATED, between, event, kinds, model, moment, states

EXAMPLE = Path(__file__).parents[2] / "examples" / "un-2017" / "three-statements"

SIMPLE = """
{act: report, by: clerk}
{act: assess, needs: report, within: 10 days of report, if late: LATE}
{act: close, needs: assess, switches off: [assess]}
{act: reopen, switches on: [assess]}
""".replace(
    "LATE",
    "{who: court, act: ask for reasons, within: 5 days, if late: {who: clerk, act: go public, within: 2 days}}",
)
CONDITIONAL = """
{act: report, by: clerk}
{act: refer, when: credible, within: 10 days of report}
{act: assess, decides: credible, standard: not stated}
{act: close, switches off: [refer]}
{act: reopen, switches on: [refer]}
"""
REPORT = event(1, "2025-03-03", "report", who="clerk")


def example(as_of: date) -> State:
    collection = from_folder(EXAMPLE).sound()
    case = next(one for one in collection.cases if one.case == "constructed-late")
    facts = {fact: recorded.value for fact, recorded in case.facts.items()}
    procedure = collection.procedures[0]
    calendar = collection.calendars[procedure.calendar]
    return fold(procedure, calendar, collection.vocabulary, case.events, as_of=as_of, facts=facts)


def test_the_example_runs_as_documented() -> None:
    assert example(date(2026, 1, 5)).lines() == [
        "overdue  ask oios for reasons        special_coordinator      due 2026-01-02  rests on: not stated",
        "open     inform the victim           victims_rights_advocate  due 2026-01-08  rests on: not stated",
        "open     refer to nationality_state  secretary_general        due 2026-02-04  rests on: "
        "khare/bring-to-nationality, serpa-soares/refer",
        "next change 2026-01-09T00:00:00+01:00: inform the victim becomes overdue",
    ]


def test_an_extinguished_duty_is_shown_with_what_was_done_too_late_to_matter() -> None:
    lines = example(date(2026, 3, 1)).lines()

    assert [line for line in lines if line.startswith("extinguished  inform the victim")] == [
        "extinguished  inform the victim           victims_rights_advocate  due 2026-01-08  rests on: not stated; "
        "done all the same: event 4"
    ]
    assert lines[-1] == "nothing falls due"


def test_a_duty_done_in_time_is_done_and_one_done_after_its_day_is_done_late() -> None:
    on_time = model(SIMPLE).fold([REPORT, event(2, "2025-03-13", "assess")], "2025-03-20")
    late = model(SIMPLE).fold([REPORT, event(2, "2025-03-14", "assess")], "2025-03-20")

    assert states(on_time) == [("assess", "done")]
    assert kinds(on_time) == []
    assert states(late)[0] == ("assess", "done late")
    assert ("late", 1, 1) in [(one.kind, one.days, one.working_days) for one in late.deviations]


def test_a_duty_is_overdue_from_the_first_instant_after_its_last_day() -> None:
    before = model(SIMPLE).fold([REPORT], "2025-03-13T23:59:59+01:00")
    after = model(SIMPLE).fold([REPORT], "2025-03-14T00:00:00+01:00")

    assert states(before) == [("assess", "open")]
    assert str(before.next_change) == "2025-03-14T00:00:00+01:00: assess becomes overdue"
    assert states(after) == [("assess", "overdue"), ("ask for reasons", "open")]


def test_lateness_opens_a_chain_each_limit_counted_from_the_last_due_date() -> None:
    state = model(SIMPLE).fold([REPORT], "2025-03-30")

    assert [(duty.act, duty.by, duty.after, str(duty.due), duty.state) for duty in state.duties] == [
        ("assess", "office", None, "2025-03-13", "overdue"),
        ("ask for reasons", "court", "assess", "2025-03-18", "overdue"),
        ("go public", "clerk", "ask for reasons", "2025-03-20", "overdue"),
    ]
    assert kinds(state) == [("never done", "assess"), ("never done", "ask for reasons"), ("never done", "go public")]


def test_each_trigger_opens_an_instance_of_its_own_and_the_act_discharges_them_all() -> None:
    log = [REPORT, event(2, "2025-03-10", "report", who="clerk"), event(3, "2025-03-14", "assess")]

    state = model(SIMPLE).fold(log, "2025-03-15")

    assert [(duty.trigger, duty.state) for duty in state.duties if duty.act == "assess"] == [
        (1, "done late"),
        (2, "done"),
    ]


def test_an_event_that_names_triggers_discharges_only_their_duties() -> None:
    log = [REPORT, event(2, "2025-03-04", "report", who="clerk"), event(3, "2025-03-05", "assess", answers=(2,))]

    state = model(SIMPLE).fold(log, "2025-03-06")

    assert [(duty.trigger, duty.state) for duty in state.duties] == [(1, "open"), (2, "done")]


def test_a_name_of_a_corrected_trigger_names_its_correction() -> None:
    log = [
        REPORT,
        event(2, "2025-03-04", "report", who="clerk", corrects=1),
        event(3, "2025-03-05", "assess", answers=(1,)),
    ]

    assert states(model(SIMPLE).fold(log, "2025-03-06")) == [("assess", "done")]


@pytest.mark.parametrize(("credible", "expected"), [("yes", "open"), ("no", "not owed"), (None, "waiting")])
def test_a_condition_decides_what_a_trigger_opens(credible: str | None, expected: str) -> None:
    facts = {} if credible is None else {"credible": credible}

    state = model(CONDITIONAL).fold([REPORT], "2025-03-04", facts=facts)

    assert states(state) == [("refer", expected)]
    assert state.duties[0].waiting_on == (("credible",) if credible is None else ())


def test_a_duty_that_waited_counts_from_the_day_it_came_to_be_owed() -> None:
    log = [REPORT, event(2, "2025-04-01", "assess", sets={"credible": "yes"})]

    state = model(CONDITIONAL).fold(log, "2025-04-11")

    assert [(duty.state, str(duty.due)) for duty in state.duties] == [("open", "2025-04-11")]
    assert [step.state for step in state.duties[0].history] == ["waiting", "open"]


def test_what_was_not_owed_becomes_owed_when_the_facts_change_and_stays_so() -> None:
    log = [
        REPORT,
        event(2, "2025-03-04", "assess", sets={"credible": "no"}),
        event(3, "2025-03-05", "assess", sets={"credible": "yes"}),
        event(4, "2025-03-06", "assess", sets={"credible": "no"}),
    ]

    state = model(CONDITIONAL).fold(log, "2025-03-07")

    assert [step.state for step in state.duties[0].history] == ["waiting", "not owed", "open"]


def test_what_is_done_before_it_is_known_to_be_owed_is_done() -> None:
    waiting = [REPORT, event(2, "2025-03-04", "refer"), event(3, "2025-03-05", "assess", sets={"credible": "yes"})]
    not_owed = [
        REPORT,
        event(2, "2025-03-04", "assess", sets={"credible": "no"}),
        event(3, "2025-03-05", "refer"),
        event(4, "2025-03-06", "assess", sets={"credible": "yes"}),
    ]

    assert states(model(CONDITIONAL).fold(waiting, "2025-04-30")) == [("refer", "done")]
    assert states(model(CONDITIONAL).fold(not_owed, "2025-04-30")) == [("refer", "done")]
    assert model(CONDITIONAL).fold(not_owed, "2025-04-30").duties[0].noted == (3,)


def test_switching_off_an_open_duty_extinguishes_it_and_says_so() -> None:
    log = [REPORT, event(2, "2025-03-04", "close")]

    state = model(SIMPLE).fold(log, "2025-12-31")

    assert states(state) == [("assess", "extinguished")]
    assert ("extinguished", "assess") in kinds(state)
    assert [one.about for one in state.deviations if one.kind == "extinguished"] == [
        "due 2025-03-13; by office, “close”"
    ]


def test_switching_off_an_overdue_duty_says_that_it_was_overdue() -> None:
    state = model(SIMPLE).fold([REPORT, event(2, "2025-03-14", "close")], "2025-03-14")

    assert [one.about for one in state.deviations if one.kind == "extinguished"] == [
        "due 2025-03-13, overdue; by office, “close”"
    ]


def test_switching_on_revives_an_extinguished_duty_with_its_limit_counted_afresh() -> None:
    log = [REPORT, event(2, "2025-03-04", "close"), event(3, "2025-05-05", "reopen")]

    state = model(SIMPLE).fold(log, "2025-05-06")

    duty = state.duties[0]
    assert (duty.state, duty.revived, str(duty.due)) == ("open", True, "2025-05-15")
    assert [step.state for step in duty.history] == ["open", "extinguished", "open"]
    assert "rests on: not stated; revived" in state.lines()[0]


def test_a_trigger_while_the_act_is_switched_off_opens_an_extinguished_duty_that_can_be_revived() -> None:
    log = [event(1, "2025-03-03", "close"), event(2, "2025-03-04", "report", who="clerk")]

    off = model(SIMPLE).fold(log, "2025-03-05")
    on = model(SIMPLE).fold([*log, event(3, "2025-03-06", "reopen")], "2025-03-06")

    assert states(off) == [("assess", "extinguished")]
    assert "switched off when it arose" in off.lines()[0]
    assert states(on) == [("assess", "open")]


def test_a_duty_done_while_extinguished_is_noted_and_not_revived() -> None:
    log = [REPORT, event(2, "2025-03-04", "close"), event(3, "2025-03-05", "assess"), event(4, "2025-03-06", "reopen")]

    state = model(SIMPLE).fold(log, "2025-03-07")

    assert states(state) == [("assess", "extinguished")]
    assert state.duties[0].noted == (3,)


def test_a_waiting_duty_whose_act_is_switched_off_comes_to_be_owed_extinguished() -> None:
    log = [REPORT, event(2, "2025-03-04", "close"), event(3, "2025-03-05", "assess", sets={"credible": "yes"})]

    assert states(model(CONDITIONAL).fold(log, "2025-03-06")) == [("refer", "extinguished")]


def test_a_limit_without_an_act_runs_from_the_beginning_of_the_case() -> None:
    state = model("{act: report}\n{act: assess, within: 3 days}").fold([event(1, "2025-03-03", "report")], "2025-03-04")

    assert [(duty.act, str(duty.due)) for duty in state.duties] == [("assess", "2025-03-06")]


def test_an_act_can_start_a_duty_with_a_limit_of_its_own() -> None:
    state = model("{act: report, starts: assess within 2 working days}\n{act: assess}").fold(
        [event(1, "2025-03-07", "report")], "2025-03-07"
    )

    assert [(duty.act, str(duty.due)) for duty in state.duties] == [("assess", "2025-03-11")]


@pytest.mark.parametrize("limit", ["not stated", "without delay"])
def test_a_limit_that_measures_nothing_is_never_late(limit: str) -> None:
    made = model("{act: report, starts: assess within " + limit + "}\n{act: assess}")

    state = made.fold([event(1, "2025-03-03", "report")], "2026-12-31")

    assert states(state) == [("assess", "open")]
    assert kinds(state) == []
    words = "no time limit is stated" if limit == "not stated" else f"time limit: {limit}"
    assert words in state.lines()[0]


def test_a_hedged_limit_asks_for_a_reason_and_only_its_absence_is_a_deviation() -> None:
    made = model("{act: report}\n{act: assess, within: '3 days of report, normally'}")
    log = [event(1, "2025-03-03", "report")]

    silent = made.fold([*log, event(2, "2025-03-07", "assess")], "2025-03-07")
    reasoned = made.fold([*log, event(2, "2025-03-07", "assess", reasons="a strike")], "2025-03-07")

    assert states(silent) == states(reasoned) == [("assess", "done late")]
    assert kinds(silent) == [("late", "assess")]
    assert kinds(reasoned) == []


def test_hours_are_elapsed_time_even_where_the_clocks_change() -> None:
    made = model("{act: report}\n{act: assess, within: 24 hours of report}")
    log = [event(1, "2025-03-29T12:00+01:00", "report")]

    in_time = made.fold([*log, event(2, "2025-03-30T12:59+02:00", "assess")], "2025-03-31")
    late = made.fold([*log, event(2, "2025-03-30T15:00+02:00", "assess")], "2025-03-31")

    assert states(in_time) == [("assess", "done")]
    assert [one.about for one in late.deviations] == ["due 2025-03-30T13:00+02:00 by office; 2 hours"]


def test_hours_against_a_day_are_undetermined_on_the_day_and_late_after_it() -> None:
    made = model("{act: report}\n{act: assess, within: 24 hours of report}")
    log = [event(1, "2025-03-03T12:00+01:00", "report")]

    same = made.fold([*log, event(2, "2025-03-04", "assess")], "2025-03-10")
    next_ = made.fold([*log, event(2, "2025-03-05", "assess")], "2025-03-10")

    assert kinds(same) == [("undetermined", "assess")]
    assert states(same) == [("assess", "done")]
    assert same.duties[0].doubt == "done in time or late: due 2025-03-04T12:00+01:00, done 2025-03-04"
    assert kinds(next_) == [("late", "assess")]


def test_an_act_known_to_an_interval_is_in_time_late_or_undetermined() -> None:
    made = model(SIMPLE)

    in_time = made.fold([REPORT, event(2, between("2025-03-05", "2025-03-13"), "assess")], "2025-04-01")
    unsure = made.fold([REPORT, event(2, between("2025-03-05", "2025-03-14"), "assess")], "2025-04-01")
    late = made.fold([REPORT, event(2, between("2025-03-14", "2025-03-16"), "assess")], "2025-04-01")

    assert kinds(in_time) == []
    assert states(unsure) == [("assess", "done"), ("ask for reasons", "overdue"), ("go public", "overdue")]
    assert ("undetermined", "assess") in kinds(unsure)
    assert [one.about for one in late.deviations if one.kind == "late"] == [
        "due 2025-03-13 by office; at least 1 day, 1 working day"
    ]


def test_a_duty_that_lateness_not_known_would_open_is_itself_not_known() -> None:
    log = [REPORT, event(2, between("2025-03-05", "2025-03-14"), "assess")]

    state = model(SIMPLE).fold(log, "2025-03-19")

    escalation = next(duty for duty in state.duties if duty.act == "ask for reasons")
    assert escalation.doubt == "owed only if “assess” was late, which is not known"
    assert ("never done", "ask for reasons") not in kinds(state)
    assert ("undetermined", "ask for reasons") in kinds(state)


def test_where_the_trigger_is_an_interval_so_is_the_due_date() -> None:
    log = [event(1, between("2025-03-01", "2025-03-05"), "report", who="clerk")]

    early, unsure, late = (model(SIMPLE).fold(log, day) for day in ("2025-03-11", "2025-03-13", "2025-03-16"))

    assert states(early) == [("assess", "open")]
    assert str(early.next_change) == "2025-03-12T00:00:00+01:00: assess becomes overdue"
    assert kinds(early) == []
    assert states(unsure) == [("assess", "open")]
    assert [one.about for one in unsure.deviations] == [
        "whether it is overdue: due 2025-03-11 at the earliest, 2025-03-15 at the latest"
    ]
    assert states(late)[0] == ("assess", "overdue")


def test_an_event_without_a_date_happened_before_it_was_recorded() -> None:
    log = [event(1, UNSTATED, "report", who="clerk", recorded="2025-03-03")]

    state = model(SIMPLE).fold(log, "2025-03-10")

    assert states(state) == [("assess", "open")]
    assert [one.about for one in state.deviations] == ["whether it is overdue: due not after 2025-03-13"]


def test_events_of_one_day_keep_the_order_of_their_numbers() -> None:
    log = [event(1, "2025-03-03", "report", who="clerk"), event(2, "2025-03-03", "assess")]
    other = [event(1, "2025-03-03", "assess"), event(2, "2025-03-03", "report", who="clerk")]

    assert kinds(model(SIMPLE).fold(log, "2025-03-04")) == []
    assert kinds(model(SIMPLE).fold(other, "2025-03-04")) == [("too early", "assess")]


def test_where_the_order_of_events_matters_and_is_not_known_what_turns_on_it_is_undetermined() -> None:
    log = [event(1, between("2025-03-01", "2025-03-05"), "report", who="clerk"), event(2, "2025-03-05", "assess")]

    state = model(SIMPLE).fold(log, "2025-03-06")

    order = "turns on the order of events 1 and 2, which is not known"
    assert ("undetermined", "assess", 2, f"“too early” {order}") in [
        (one.kind, one.act, one.seq, one.about) for one in state.deviations
    ]
    assert not any(one.kind == "too early" for one in state.deviations)
    assert [duty.doubt for duty in state.duties] == [order]


def test_where_the_order_of_events_does_not_matter_nothing_is_said_of_it() -> None:
    made = model("{act: report}\n{act: assess}\n{act: refer, within: 5 days of assess}")
    log = [event(1, between("2025-03-01", "2025-03-05"), "report"), event(2, "2025-03-05", "assess")]

    state = made.fold(log, "2025-03-06")

    assert (states(state), kinds(state)) == ([("refer", "open")], [])


def test_too_many_possible_orders_are_said_to_be_too_many() -> None:
    log = [event(seq, between(None, "2025-03-05"), "report", who="clerk") for seq in range(1, 9)]
    log += [event(seq, between(None, "2025-03-05"), "assess") for seq in range(9, 13)]

    state = model(SIMPLE).fold(log, "2025-03-06")

    assert any("more than 64 orders of the events are possible" in one.about for one in state.deviations)


def test_what_had_happened_by_a_day_but_was_recorded_later_is_known_only_from_then_on() -> None:
    log = [REPORT, event(2, "2025-03-10", "assess", recorded="2025-03-20")]
    made = model(SIMPLE)

    then = made.fold(log, "2025-03-15")
    now = made.fold(log, "2025-03-15", known_at="2025-03-20")

    assert states(then) == [("assess", "overdue"), ("ask for reasons", "open")]
    assert states(now) == [("assess", "done")]


def test_a_correction_stands_in_place_of_its_target_from_its_own_recording_on() -> None:
    log = [
        REPORT,
        event(2, "2025-03-20", "assess"),
        event(3, "2025-03-10", "assess", recorded="2025-04-01", corrects=2),
    ]
    made = model(SIMPLE)

    before, after = made.fold(log, "2025-03-31"), made.fold(log, "2025-04-01")

    assert ("late", "assess") in kinds(before)
    assert states(after) == [("assess", "done")]
    assert kinds(after) == []


def test_of_two_corrections_the_one_recorded_last_stands() -> None:
    log = [
        REPORT,
        event(2, "2025-03-20", "assess"),
        event(3, "2025-03-10", "assess", recorded="2025-04-02", corrects=2),
        event(4, "2025-03-18", "assess", recorded="2025-04-03", corrects=2),
    ]

    state = model(SIMPLE).fold(log, "2025-04-30")

    assert [one.seq for one in state.deviations if one.kind == "late"] == [4]
    assert len([duty for duty in state.duties if duty.act == "assess"]) == 1


def test_a_correction_is_not_itself_recorded_late() -> None:
    made = model("{act: report}", header="record within: 5 days\n" + HEADER)
    log = [event(1, "2025-03-03", "report"), event(2, "2025-03-04", "report", recorded="2025-09-01", corrects=1)]

    assert kinds(made.fold(log, "2025-09-02")) == []


def test_facts_that_contradict_the_assumptions_are_reported_and_not_computed_with() -> None:
    log = [REPORT, event(2, "2025-03-04", "assess", sets={"credible": "yes"})]

    state = model(CONDITIONAL).fold(log, "2025-03-05", facts={"grade": "low"})

    assert states(state) == [("refer", "waiting")]
    assert [one.about for one in state.deviations if one.act == "assess"] == [
        "credible = yes contradicts what is assumed (credible-is-high); nothing is computed with it"
    ]
    assert state.facts == {"grade": "low", "credible": "yes"}


def test_a_contradiction_of_several_assumptions_together_takes_the_reasoner() -> None:
    made = model(CONDITIONAL)
    log = [REPORT, event(2, "2025-03-04", "assess", sets={"credible": "yes"})]

    state = made.fold(log, "2025-03-05", facts={"children": 0}, reasoner=Known(made.vocabulary))

    assert states(state) == [("refer", "not owed")], "which follows from there being no children"
    assert ["contradicts what is assumed" in one.about for one in state.deviations] == [True]


def test_a_condition_may_follow_from_the_assumptions() -> None:
    made = model(CONDITIONAL)

    state = made.fold([REPORT], "2025-03-04", facts={"grade": "low"}, reasoner=Known(made.vocabulary))

    assert states(state) == [("refer", "not owed")]
    assert states(made.fold([REPORT], "2025-03-04", facts={"grade": "low"})) == [("refer", "waiting")]


def test_deviations_of_order_and_doer() -> None:
    made = model(
        """
        {act: report, by: house}
        {act: assess, needs: report, reasons: required}
        {act: review, different person from: [assess]}
        {act: close, not while open: [inform], switches off: [review]}
        {act: inform, within: 3 days of report}
        """
    )
    log = [
        event(1, "2025-03-03", "assess", person="one"),
        event(2, "2025-03-03", "report", who="court"),
        event(3, "2025-03-04", "review", person="one"),
        event(4, "2025-03-04", "review"),
        event(5, "2025-03-05", "close", who="clerk"),
        event(6, "2025-03-05", "review", person="two", who=NOT_STATED),
        event(7, "2025-03-05", "dance"),
        event(8, "2025-03-06", "inform", who="house"),
    ]

    state = made.fold(log, "2025-03-06")

    assert [(one.seq, one.kind, one.about) for one in state.deviations] == [
        (1, "too early", "“report” has not been done"),
        (1, "without reasons", ""),
        (3, "same person", "the person who did “assess” (event 1)"),
        (4, "undetermined", "whether the person is another than did “assess” (event 1) is not recorded"),
        (5, "wrong person", "clerk; it is for office"),
        (5, "while open", "“inform” owed, due 2025-03-06"),
        (6, "switched off", ""),
        (6, "undetermined", "who did it is not stated; it is for office"),
        (7, "not in the procedure", ""),
        (8, "undetermined", "which part of house did it is not stated; it is for office"),
    ]


def test_an_event_taken_as_an_act_is_that_act_too_and_says_that_it_leans_on_it() -> None:
    log = [REPORT, event(2, "2025-03-04", "dance", who="court", taken_as="assess")]

    state = model(SIMPLE).fold(log, "2025-03-05")

    assert states(state) == [("assess", "done")]
    assert kinds(state) == [("wrong person", "assess")]
    assert [lean.what for lean in state.deviations[0].leans_on] == ["event 2"]


def test_recording_is_late_by_its_own_limit() -> None:
    header = "record within: 5 days\n" + HEADER
    made = model("{act: report}", header=header)

    late = made.fold([event(1, "2025-03-03", "report", recorded="2025-03-09")], "2025-04-01")
    unsure = made.fold([event(1, between(None, "2025-03-09"), "report", recorded="2025-03-09")], "2025-04-01")

    assert [one.about for one in late.deviations] == ["recorded 2025-03-09, 6 days after; limit 5 days"]
    assert kinds(unsure) == [("undetermined", "report")]


def test_may_says_what_would_be_a_deviation() -> None:
    state = model(SIMPLE).fold([REPORT], "2025-03-04")

    assert state.may("assess", who="office") == Allowed()
    assert state.may("assess", who="court") == Refused(("wrong person: court; it is for office",))
    assert state.may("close", who="office") == Refused(("too early: “assess” has not been done",))
    assert state.may("dance", who="office") == Refused(("not in the procedure",))


def test_may_says_which_duties_would_be_extinguished_and_which_acts_need_reasons() -> None:
    made = model(
        """
        {act: report, starts: assess within 3 days}
        {act: assess}
        {act: close, switches off: assess, reasons: required}
        """
    )

    state = made.fold([event(1, "2025-03-03", "report")], "2025-03-03")

    assert state.may("close", who="office") == Allowed(needs_reasons=True, extinguishes=("assess",))


def test_may_looks_ahead_and_never_back() -> None:
    made = model(SIMPLE + "{act: settle, not while open: ask for reasons}")
    state = made.fold([REPORT], "2025-03-04")

    assert state.may("settle", who="office") == Allowed()
    assert isinstance(state.may("settle", who="office", at=moment("2025-03-14")), Refused)
    assert state.may("settle", who="office") == Allowed(), "asking changes nothing"
    with pytest.raises(CaseProblem, match="before the last event"):
        state.may("settle", who="office", at=moment("2025-03-02"))


def test_a_continued_state_is_the_state_of_the_whole_log() -> None:
    log = [REPORT, event(2, "2025-03-14", "assess"), event(3, "2025-03-15", "close")]
    late = event(4, "2025-03-05", "assess", recorded="2025-03-20")
    made = model(SIMPLE)

    state = made.fold(log[:1], "2025-03-13").continued(log[1:], as_of=date(2025, 3, 16))

    assert state == made.fold(log, "2025-03-16")
    assert state.continued([late], as_of=date(2025, 3, 21)) == made.fold([*log, late], "2025-03-21")


def test_a_count_that_leaves_the_calendar_is_refused() -> None:
    with pytest.raises(LimitProblem, match="2027-01-01"):
        model("{act: report}\n{act: assess, within: 10 working days of report}").fold(
            [event(1, "2026-12-28", "report")], "2026-12-31"
        )


@pytest.mark.parametrize(
    ("log", "what"),
    [
        ([event(1, "2025-03-03", "report"), event(1, "2025-03-04", "report")], "two events have the number 1"),
        (
            [event(1, "2025-03-03", "report", corrects=2), event(2, "2025-03-04", "report", corrects=1)],
            "which corrects it in turn",
        ),
        ([event(1, between("2025-03-09", None), "report", recorded="2025-03-03")], "before it can have happened"),
    ],
)
def test_a_log_that_contradicts_itself_is_refused(log: list[object], what: str) -> None:
    with pytest.raises(CaseProblem, match=what):
        model(SIMPLE).fold(log, "2025-12-31")  # type: ignore[arg-type]


def test_a_duty_as_json_has_its_whole_history() -> None:
    data = model(SIMPLE).fold([REPORT, event(2, "2025-03-14", "assess")], "2025-03-14").data()

    duties = data["duties"]
    assert isinstance(duties, list)
    assert duties[0]["act"] == "assess"
    assert [(step["state"], step["on"], step["seq"]) for step in duties[0]["history"]] == [
        ("open", "2025-03-03", 1),
        ("overdue", "2025-03-14", None),
        ("done late", "2025-03-14", 2),
    ]
    assert data["next_change"] == {"at": "2025-03-19T00:00:00+01:00", "acts": ["ask for reasons"]}


def test_a_long_log_without_dates_is_folded_in_its_own_order_and_said_to_have_others() -> None:
    log = [event(seq, UNSTATED, "report", who="clerk", recorded="2025-03-03") for seq in range(1, 1_000)]

    state = model(SIMPLE).fold([*log, event(1_000, UNSTATED, "assess", recorded="2025-03-03")], "2025-03-06")

    assert len(state.duties) == 999
    assert any("more than 64 orders of the events are possible" in one.about for one in state.deviations)


def test_what_happened_before_the_state_but_was_recorded_after_it_is_taken_up_at_its_own_time() -> None:
    state = model(SIMPLE).fold([REPORT], "2025-03-14")
    late = event(2, "2025-03-10", "assess", recorded="2025-03-20")

    assert states(state) == [("assess", "overdue"), ("ask for reasons", "open")]
    assert states(state.continued([late], as_of=date(2025, 3, 21))) == [("assess", "done")]
