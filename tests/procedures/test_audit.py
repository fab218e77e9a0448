"""Auditing: the examples word for word, each verdict a norm can get, versions, and the table of cells."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from answerable.procedures.audit import Audit, audit, matrix
from answerable.procedures.collection import Collection, from_folder
from answerable.procedures.errors import CaseProblem
from answerable.procedures.reason import Known
from answerable.procedures.verdicts import Verdict
from tests.procedures.making import PROCEDURE, STATEMENT, collection

EXAMPLE = Path(__file__).parents[2] / "examples" / "un-2017" / "three-statements"


def audited(collection: Collection, name: str, as_of: date | None = None) -> Audit:
    case = next(one for one in collection.sound().cases if one.case == name)
    return audit(collection, case, as_of=as_of, reasoner=Known(collection.vocabulary))


def test_the_constructed_case_is_audited_as_documented() -> None:
    assert audited(from_folder(EXAMPLE), "constructed-late").lines() == [
        "2026-01-02  never done     ask oios for reasons        due 2026-01-02 by special_coordinator; 58 days ago",
        "2026-01-05  late           assess credibility          due 2025-12-30 by oios; 6 days, 3 working days",
        "2026-01-06  while open     close the case              “refer to nationality_state” owed, due 2026-02-04",
        "2026-01-06  while open     close the case              “inform the victim” owed, due 2026-01-08",
        "2026-01-06  extinguished   refer to nationality_state  due 2026-02-04; by head_of_mission, “close the case”",
        "2026-01-06  extinguished   inform the victim           due 2026-01-08; by head_of_mission, “close the case”",
        "2026-01-20  wrong person   inform the victim           head_of_mission; it is for victims_rights_advocate",
        "2026-01-20  switched off   inform the victim",
        "2026-01-20  recorded late  inform the victim           recorded 2026-02-10, 21 days after; limit 5 days",
    ]


def test_the_real_case_is_audited_as_documented() -> None:
    assert audited(from_folder(EXAMPLE), "monusco-2017").lines() == [
        "connors/only-discipline     undetermined: turns on case_goes_further, which nobody is recorded as deciding",
        "                            read “no criminal route”, if so: kept; "
        "read “only what the UN itself can impose”: a permission",
        "khare/sanction              did not apply (un_investigation = open)   "
        "leans on: substantiated-after-investigation; event 2 taken as …",
        "khare/bring-to-nationality  did not apply (un_investigation = open)   leans on: event 2 taken as …",
        "khare/cooperate             a permission",
        "serpa-soares/refer          undetermined: turns on credible, which nobody is recorded as deciding.",
        "                            If so: not done by 2017-12-15 (the source says so); no time limit is stated",
    ]


def test_without_a_reasoner_only_what_is_recorded_decides() -> None:
    collection = from_folder(EXAMPLE)
    case = next(one for one in collection.cases if one.case == "monusco-2017")

    verdicts = {one.norm: one for one in audit(collection, case).verdicts}

    assert verdicts["khare/sanction"].turns_on == ("substantiated",)
    assert verdicts["khare/bring-to-nationality"].verdict == "did not apply"


def test_real_and_constructed_cases_are_never_in_one_table() -> None:
    example = from_folder(EXAMPLE)
    reasoner = Known(example.vocabulary)

    assert matrix(example, reasoner=reasoner) == {
        "connors": {"monusco-2017": "undetermined"},
        "khare": {"monusco-2017": "nothing applied"},
        "serpa-soares": {"monusco-2017": "undetermined"},
    }
    assert matrix(example, reasoner=reasoner, constructed=True) == {"model-referral": {"constructed-late": "departs"}}


def test_an_audit_as_json_has_its_deviations_and_verdicts() -> None:
    data = audited(from_folder(EXAMPLE), "monusco-2017").data()

    verdicts = {one["norm"]: one for one in data["verdicts"]}  # type: ignore[union-attr,index,call-overload]
    connors = verdicts["connors/only-discipline"]
    assert connors["verdict"] == "undetermined"
    assert connors["turns_on"] == ["case_goes_further"]
    assert connors["readings"]["no criminal route"]["if_so"] == "kept"
    assert verdicts["serpa-soares/refer"]["if_so"] == (
        "not done by 2017-12-15 (the source says so); no time limit is stated"
    )
    assert [lean["kind"] for lean in verdicts["khare/sanction"]["leans_on"]] == ["assumption", "account", "taken as"]
    late = audited(from_folder(EXAMPLE), "constructed-late").data()["deviations"][1]  # type: ignore[index,call-overload]
    assert {name: late[name] for name in ("date", "kind", "act", "seq", "due", "days", "working_days", "rests_on")} == {
        "date": "2026-01-05",
        "kind": "late",
        "act": "assess credibility",
        "seq": 2,
        "due": "2025-12-30",
        "days": 6,
        "working_days": 3,
        "rests_on": "not stated",
    }


NORM = STATEMENT[STATEMENT.index("  - id: refer") :]
CREDIBLE = "facts:\n  credible: {is: yes, says: every credible report to the State}\n"


def held(norm: str, events: str = "", *, facts: str = CREDIBLE, more: str = "", statement: str = STATEMENT) -> Verdict:
    """The verdict on one norm, whose lines replace those of the base, in a case with these events."""
    text = NORM
    for line in norm.strip().splitlines():
        key = line.split(":")[0].strip()
        kept = [old for old in text.splitlines() if old.split(":")[0].strip().removeprefix("- ") != key]
        modes = ("must", "must not", "may", "only", "alone", "decides")
        if key in modes:
            kept = [old for old in kept if old.split(":")[0].strip() not in modes]
        text = "\n".join([*kept, f"    {line.strip()}"]) + "\n"
    case = f"case: one\nsource: letter\n{facts}{'events:' if events else ''}{events}{more}as of: 2020-03-01\n"
    files = {"statements/letter-one.yaml": statement.replace(NORM, text) + "\n", "cases/one.yaml": case}
    return audited(collection(files), "one").verdicts[0]


def done(seq: int, at: str, act: str = "refer to host_state", who: str = "office", more: str = "") -> str:
    recorded = at if at[0] != "{" else "2020-02-01"
    return f"\n  - {{seq: {seq}, at: {at}, recorded: {recorded}, who: {who}, act: {act}{more}}}\n"


def test_a_duty_with_no_limit_is_kept_or_not_done() -> None:
    assert held("within: not stated", done(1, "2020-01-05")).lines() == ["kept (event 1)"]
    assert held("within: not stated").verdict == "not done (no limit stated)"
    assert held("within: not stated").lines() == ["not done by 2020-03-01 (no record of it); no time limit is stated"]


def test_the_source_says_it_was_not_done_and_no_record_of_it_are_two_things() -> None:
    said = held("within: not stated", more="not done: [{act: referral, because: it says so}]\n")

    assert said.lines() == ["not done by 2020-03-01 (the source says so); no time limit is stated"]


def test_a_limit_that_is_not_checked_or_measures_nothing_leaves_the_duty_open() -> None:
    assert held("within: not checked").lines() == [
        "open: not done by 2020-03-01 (no record of it); its time limit was not checked"
    ]
    assert held("within: without delay").verdict == "open"


OWED = "facts: {}\n"
SETS = ", sets: {credible: yes}"


def test_a_limit_runs_from_the_day_the_duty_came_to_be_owed() -> None:
    asked = done(1, "2020-01-05", "ask for time", more=SETS)

    in_time = held("within: 10 days", asked + done(2, "2020-01-15"), facts=OWED)
    late = held("within: 10 days", asked + done(2, "2020-01-17"), facts=OWED)
    never = held("within: 10 days", asked, facts=OWED)
    still = held("within: 60 days", asked, facts=OWED)

    assert in_time.lines() == ["kept (event 2)"]
    assert late.lines() == ["breached: done 2020-01-17 (event 2), due 2020-01-15"]
    assert [(one.kind, one.act, one.days, one.rests_on) for one in late.deviations] == [
        ("late", "refer to host_state", 2, ("letter-one/refer",))
    ]
    assert never.lines() == ["breached: not done by 2020-03-01 (no record of it); due 2020-01-15"]
    assert [(one.kind, str(one.on), one.days) for one in never.deviations] == [("never done", "2020-01-15", 46)]
    assert still.lines() == ["open: not done by 2020-03-01 (no record of it); due 2020-03-05"]


def test_a_duty_owed_from_a_day_not_stated_is_undetermined() -> None:
    verdict = held("within: 10 days", done(1, "2020-01-15"))

    assert verdict.lines() == [
        "undetermined: turns on when it came to be owed, which is not stated.",
        "If so: kept (event 1)",
    ]


def test_a_limit_of_an_act_runs_from_that_act() -> None:
    norm = "within: 10 days of ask for time"

    assert held(norm).lines() == [
        "open: not done by 2020-03-01 (no record of it); its limit runs from “ask for time”, which is not on record"
    ]
    assert held(norm, done(1, "2020-01-05", "ask for time") + done(2, "2020-01-16")).verdict == "breached"


def test_an_act_known_to_an_interval_leaves_it_undetermined_whether_it_was_in_time() -> None:
    events = done(1, "2020-01-05", "ask for time") + done(2, "{not before: 2020-01-10, not after: 2020-01-20}")

    assert held("within: 10 days of ask for time", events).turns_on == ("when it was done and due",)


def test_working_days_are_not_counted_without_a_calendar() -> None:
    verdict = held("within: 10 working days of ask for time", done(1, "2020-01-05", "ask for time"))

    assert verdict.turns_on == ("how working days are counted, for which no calendar is given",)


def test_an_act_by_another_is_not_the_bearers_and_by_a_party_not_stated_is_undetermined() -> None:
    assert held("within: not stated", done(1, "2020-01-05", who="court")).lines() == [
        "not done by 2020-03-01 (no record of it); event 1 was by court, whose act it is not; no time limit is stated"
    ]
    assert held("within: not stated", done(1, "2020-01-05", who="not stated")).turns_on == ("who did event 1",)
    assert held("within: not stated", done(1, "2020-01-05", who="house")).turns_on == ("who did event 1",)
    assert held("within: not stated\nwho: house", done(1, "2020-01-05")).verdict == "kept"


def test_all_of_a_list_must_be_done_and_any_of_a_choice() -> None:
    every = "within: not stated\nmust: [refer to host_state, refer to nationality_state]"
    any_ = "within: not stated\nmust: refer to host_state or refer to nationality_state"

    assert held(every, done(1, "2020-01-05")).verdict == "not done (no limit stated)"
    assert held(any_, done(1, "2020-01-05")).verdict == "kept"


def forbidden(events: str, facts: str = CREDIBLE, norm: str = "must not: referral", who: str = "office") -> Verdict:
    statement = STATEMENT.replace("    must: referral\n    within: 10 days\n", f"    {norm}\n").replace(
        "who: office", f"who: {who}"
    )
    case = f"case: one\nsource: letter\n{facts}{'events:' if events else ''}{events}as of: 2020-03-01\n"
    files = {"statements/letter-one.yaml": statement, "cases/one.yaml": case}
    return audited(collection(files), "one").verdicts[0]


def test_a_prohibition_is_kept_or_breached_by_those_it_binds() -> None:
    assert forbidden("").lines() == ["kept"]
    broken = forbidden(done(1, "2020-01-05"))
    assert broken.lines() == ["breached: “refer to host_state” was done (event 1)"]
    assert [(one.kind, one.seq, one.about) for one in broken.deviations] == [
        ("forbidden", 1, "letter-one/refer forbids it")
    ]
    assert forbidden(done(1, "2020-01-05", who="court")).lines() == ["kept"]
    assert forbidden(done(1, "2020-01-05", who="court"), who="not stated").verdict == "breached"
    assert forbidden(done(1, "2020-01-05", who="not stated")).turns_on == ("who did event 1",)


def test_a_prohibition_is_held_against_what_was_known_when_the_act_was_done() -> None:
    events = done(1, "2020-01-05", more=", sets: {credible: yes}") + done(2, "2020-01-06", "ask for time")

    assert forbidden(events, facts="facts:\n  credible: {is: no, because: at first}\n").verdict == "kept"
    assert forbidden(done(1, "2020-01-05"), facts="facts: {}\n").lines() == [
        "undetermined: turns on credible, which nobody is recorded as deciding.",
        "If so: breached: “refer to host_state” was done (event 1)",
    ]


def test_only_forbids_the_other_kinds_it_lists() -> None:
    norm = "only: asking of [asking, referral]"

    assert forbidden(done(1, "2020-01-05", "ask for time"), norm=norm).verdict == "kept"
    assert forbidden(done(1, "2020-01-05"), norm=norm).verdict == "breached"


def test_an_act_reserved_to_one_is_breached_by_another() -> None:
    norm = "alone: refer to host_state"

    assert forbidden(done(1, "2020-01-05"), norm=norm).verdict == "kept"
    assert [one.about for one in forbidden(done(1, "2020-01-05", who="court"), norm=norm).deviations] == [
        "court; letter-one/refer reserves it to office"
    ]
    assert forbidden(done(1, "2020-01-05", who="not stated"), norm=norm).turns_on == ("who did event 1",)


def test_a_permission_is_neither_kept_nor_broken() -> None:
    assert forbidden("", norm="may: referral").lines() == ["a permission"]
    assert forbidden("", norm="may: referral", facts="facts: {}\n").lines() == ["a permission"]
    assert forbidden("", norm="may: referral", facts="facts:\n  credible: {is: no, because: so}\n").lines() == [
        "did not apply (not credible)"
    ]


def test_an_exception_takes_a_norm_out() -> None:
    exception = (
        "  - id: unless-low\n    gist: none\n    says: Nothing else is to be done\n    when: grade = low\n"
        "    who: office\n    may: ask for time\n    force: rule\n    exception to: refer\n"
    ).replace("    gist: none\n", "")
    statement = STATEMENT + exception
    low = "facts:\n  credible: {is: yes, because: so}\n  grade: {is: low, because: so}\n"
    unknown = "facts:\n  credible: {is: yes, because: so}\n"

    files = {
        "statements/letter-one.yaml": statement,
        "cases/one.yaml": f"case: one\nsource: letter\n{low}as of: 2020-03-01\n",
    }
    assert audited(collection(files), "one").verdicts[0].lines() == ["did not apply (grade = low)"]
    files["cases/one.yaml"] = f"case: one\nsource: letter\n{unknown}as of: 2020-03-01\n"
    assert audited(collection(files), "one").verdicts[0].turns_on == (
        "grade",
        "when it came to be owed, which is not stated",
    )


def test_a_text_in_force_for_some_days_governs_by_the_day_of_the_act_that_chooses() -> None:
    instrument = STATEMENT.replace("kind: letter", "kind: instrument").replace(
        "source: letter\n", "source: letter\napplies: {from: 2020-01-10, to: 2020-01-20, chosen by: ask for time}\n"
    )

    def verdict(at: str) -> Verdict:
        return held("within: not stated", done(1, at, "ask for time"), statement=instrument)

    assert verdict("2020-01-10").verdict == verdict("2020-01-20").verdict == "not done (no limit stated)"
    assert verdict("2020-01-09").lines() == ["did not apply (in force from 2020-01-10 to 2020-01-20)"]
    assert verdict("2020-01-21").verdict == "did not apply"
    unsure = verdict("{not after: 2020-01-15}")
    assert unsure.lines() == [
        "undetermined: turns on the day of “ask for time” (in force from 2020-01-10 to 2020-01-20), "
        "which is not known.",
        "If so: not done by 2020-03-01 (no record of it); no time limit is stated",
    ]
    assert held("within: not stated", statement=instrument).verdict == "undetermined"


def test_a_judgment_governs_as_the_text_it_reads() -> None:
    instrument = STATEMENT.replace("kind: letter", "kind: instrument").replace(
        "source: letter\n", "source: letter\napplies: {from: 2020-01-10, to: still, chosen by: ask for time}\n"
    )
    judgment = STATEMENT.replace("statement: letter-one\nkind: letter", "statement: ruling\nkind: judgment").replace(
        "source: letter\n", "source: letter\nreads: letter-one\n"
    )
    case = f"case: one\nsource: letter\n{CREDIBLE}as of: 2020-03-01\n"
    files = {"statements/letter-one.yaml": instrument, "statements/ruling.yaml": judgment, "cases/one.yaml": case}

    ruling = audited(collection(files), "one").verdicts[1]

    assert ruling.norm == "ruling/refer"
    assert "the day of “ask for time”" in ruling.turns_on
    assert "judgment" in {lean.kind for lean in ruling.leans_on}


def test_a_verdict_that_turns_on_the_order_of_events_says_so() -> None:
    events = done(1, "{not after: 2020-01-05}") + done(2, "2020-01-05", "ask for time", more=SETS)

    verdict = forbidden(events, facts="facts:\n  credible: {is: no, because: at first}\n")

    assert verdict.lines() == ["undetermined: turns on the order of events 1 and 2, which is not known"]
    assert verdict.deviations == ()


def test_a_paraphrase_is_never_used_without_saying_so() -> None:
    statement = STATEMENT.replace("source: letter\n", "source: manual\n")
    gist = statement.replace("    says: refer every credible report to the State\n", "    gist: it is to refer\n")
    case = f"case: one\nsource: letter\n{CREDIBLE}as of: 2020-03-01\n"

    verdict = audited(collection({"statements/letter-one.yaml": gist, "cases/one.yaml": case}), "one").verdicts[0]

    assert verdict.lines()[0].endswith("   leans on: paraphrase")


SECOND = PROCEDURE.replace("version: 1", "version: 2").replace(
    "from: 2025-01-01, to: still", "from: 2025-06-01, to: still"
)
FIRST = PROCEDURE.replace("from: 2025-01-01, to: still", "from: 2025-01-01, to: 2025-05-31")


def versions(at: str) -> Audit:
    case = (
        "case: one\nconstructed: yes\nprocedure: model\nfacts: {}\nevents:\n"
        f"  - {{seq: 1, at: {at}, recorded: 2025-07-01, who: office, act: receive report}}\nas of: 2025-08-01\n"
    )
    files = {"procedures/model.yaml": FIRST, "procedures/second.yaml": SECOND, "cases/one.yaml": case}
    return audited(collection(files), "one")


def test_the_day_of_an_act_chooses_the_version_of_a_procedure() -> None:
    assert [run.procedure.version for run in versions("2025-05-31").runs] == [1]
    assert [run.procedure.version for run in versions("2025-06-01").runs] == [2]
    assert versions("2025-05-31").lines() == ["nothing irregular"]


def test_where_that_day_is_not_known_each_candidate_is_run() -> None:
    unsure = versions("{not before: 2025-05-30, not after: 2025-06-02}")

    assert [run.procedure.version for run in unsure.runs] == [1, 2]
    assert unsure.lines() == [
        "version undetermined: the day of “receive report” does not tell whether version 1 or 2 governs",
        "model, version 1:",
        "nothing irregular",
        "model, version 2:",
        "nothing irregular",
    ]


def test_a_case_before_every_version_is_refused() -> None:
    with pytest.raises(CaseProblem, match="no version of “model” was in force"):
        versions("2024-12-31")


def test_a_case_without_a_day_needs_one() -> None:
    made = collection()

    with pytest.raises(CaseProblem, match="has no “as of”"):
        audited(made, "one")
    assert audited(made, "one", date(2025, 4, 1)).verdicts


@pytest.mark.parametrize(
    ("events", "cell"),
    [
        (done(1, "2020-01-05"), "conforms"),
        ("", "open"),
        (done(1, "2020-01-05", who="not stated"), "undetermined"),
    ],
)
def test_a_cell_is_the_worst_of_its_verdicts(events: str, cell: str) -> None:
    case = f"case: one\nsource: letter\n{CREDIBLE}{'events:' if events else ''}{events}as of: 2020-03-01\n"
    files = {
        "statements/letter-one.yaml": STATEMENT.replace("within: 10 days", "within: not stated"),
        "cases/one.yaml": case,
    }

    assert matrix(collection(files).sound()) == {"letter-one": {"one": cell}}


def test_a_breach_departs_and_is_irregular() -> None:
    case = f"case: one\nsource: letter\n{CREDIBLE}events:{done(1, '2020-01-05')}as of: 2020-03-01\n"
    statement = STATEMENT.replace("    must: referral\n    within: 10 days\n", "    must not: referral\n")
    made = collection({"statements/letter-one.yaml": statement, "cases/one.yaml": case})

    assert matrix(made.sound()) == {"letter-one": {"one": "departs"}}
    assert audited(made, "one").irregular
    assert [one.kind for one in audited(made, "one").deviations] == ["forbidden"]
