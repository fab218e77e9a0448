"""The access table, whole: every role x record x compartment x act x stage, and each fault that a table can have.

One meaning of the table is written here a second time, in the plainest way (`plainly`), and compared with the index
that answers in use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, combinations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.casework import policies
from answerable.sealing import access
from answerable.sealing.access import ACTS, BARRED, NEEDS, Row, Stage, Table
from answerable.sealing.access_checks import check, conflicts

DAY = date(2026, 11, 22)
TABLE = policies.table()
COMPARTMENTS = policies.compartments()
PLACES = [(record, part) for record, parts in COMPARTMENTS.items() for part in parts]
BY_ROLE = {role: [row for row in TABLE.rows if row.role == role] for role in TABLE.roles}
TRACKS = (None, "mechanism", "discipline")
STRANGERS = ("", "panel", "court_registrar", "statistician", "administrator", "nobody", "Assessor")


def stages(record: str) -> list[str]:
    return [stage.name for stage in TABLE.stages[record]]


def plainly(
    table: Table,
    role: str,
    record: str,
    part: str,
    act: str,
    stage: str,
    track: str | None,
    facts: frozenset[str],
    on: date,
) -> bool:
    """What the table means, read row by row."""
    if BARRED in facts or stage not in [each.name for each in table.stages.get(record, ())]:
        return False
    for row in table.rows if table is not TABLE else BY_ROLE.get(role, ()):
        same = row.role == role and row.record == record and row.compartment == part and act in row.acts
        begun = row.first <= on and not (row.last is not None and row.last < on)
        here = (row.stages == frozenset() or stage in row.stages) and (row.tracks == frozenset() or track in row.tracks)
        if same and begun and here and all(need in facts for need in row.needs):
            return True
    return False


def sets_of_facts() -> list[frozenset[str]]:
    """None, each alone, each that some row asks for, all, and all with the fact that closes everything."""
    one = [frozenset({need}) for need in NEEDS]
    asked = {row.needs for row in TABLE.rows}
    return [
        *dict.fromkeys((frozenset(), *one, *sorted(asked, key=sorted), frozenset(NEEDS))),
        frozenset({*NEEDS, BARRED}),
    ]


@pytest.mark.parametrize("role", sorted({*TABLE.roles, *STRANGERS}))
def test_every_answer_is_that_of_some_row(role: str) -> None:
    # Given every place, act, stage, track and set of facts
    count = granted = 0
    for (record, part), act, track, facts in product(PLACES, ACTS, TRACKS, sets_of_facts()):
        for stage in (*stages(record), "no_such_stage"):
            verdict = TABLE.allowed(role, record, part, act, stage=stage, track=track, facts=facts, on=DAY)
            meant = plainly(TABLE, role, record, part, act, stage, track, facts, DAY)
            # Then the index and the plain reading agree, and a yes shows its row and the reason
            assert bool(verdict) is meant, (record, part, act, stage, track, facts)
            assert verdict.because
            if verdict:
                assert verdict.row is not None
                assert verdict.row.role == role
                assert act in verdict.row.acts
                granted += 1
            count += 1
    assert count > 20_000
    assert (granted == 0) is (role not in {row.role for row in TABLE.rows})


@pytest.mark.parametrize("role", sorted({"panel", "court_registrar", "statistician", "administrator"}))
def test_those_who_keep_the_place_read_nothing(role: str) -> None:
    assert role in TABLE.roles
    assert TABLE.may(role, DAY) == ()
    assert TABLE.first_grants(role, DAY, NEEDS) == ()


def test_unknown_words_are_refused() -> None:
    good = {"role": "assessor", "record": "case", "compartment": "narrative", "act": "read", "stage": "assessment"}
    assert TABLE.allowed(**good, on=DAY)
    for name in good:
        for word in ("", "none", "READ", "*", "\0"):
            assert not TABLE.allowed(**{**good, name: word}, on=DAY)


def test_the_default_table_is_that_of_the_design() -> None:
    """The defaults as a table: read, add, grant at some stage, with what is needed."""
    expected = {
        ("reporter", "reporter_identity"): "ra",
        ("reporter", "victim_identity"): "ra",
        ("reporter", "narrative"): "ra",
        ("reporter", "accused_identity"): "a",
        ("reporter", "medical_assistance"): "a",
        ("reporter", "evidence"): "a",
        ("intake_officer", "narrative"): "rag",
        ("intake_officer", "accused_identity"): "rag",
        ("intake_officer", "evidence"): "rg",
        ("intake_officer", "deliberation"): "a",
        ("assessor", "narrative"): "rag",
        ("assessor", "accused_identity"): "rg",
        ("assessor", "evidence"): "rg",
        ("assessor", "deliberation"): "rag",
        ("reviewer", "narrative"): "r",
        ("reviewer", "accused_identity"): "r",
        ("reviewer", "evidence"): "r",
        ("reviewer", "deliberation"): "ra",
        ("investigator", "reporter_identity"): "r",
        ("investigator", "victim_identity"): "r",
        ("investigator", "narrative"): "rag",
        ("investigator", "accused_identity"): "rag",
        ("investigator", "evidence"): "rag",
        ("investigator", "deliberation"): "rag",
        ("prosecutor", "reporter_identity"): "r",
        ("prosecutor", "victim_identity"): "r",
        ("prosecutor", "narrative"): "rg",
        ("prosecutor", "accused_identity"): "rg",
        ("prosecutor", "evidence"): "rag",
        ("prosecutor", "deliberation"): "rag",
        ("judge", "reporter_identity"): "r",
        ("judge", "victim_identity"): "r",
        ("judge", "narrative"): "r",
        ("judge", "accused_identity"): "r",
        ("judge", "evidence"): "r",
        ("judge", "deliberation"): "rag",
        ("referral_officer", "narrative"): "rg",
        ("referral_officer", "accused_identity"): "rg",
        ("advocate", "reporter_identity"): "rg",
        ("advocate", "victim_identity"): "rag",
        ("advocate", "narrative"): "r",
        ("advocate", "medical_assistance"): "r",
        ("assistance_worker", "victim_identity"): "r",
        ("assistance_worker", "medical_assistance"): "rag",
    }
    found: dict[tuple[str, str], str] = {}
    for role in TABLE.roles - {"independent_reader"}:
        for part in {part for _, part in PLACES}:
            rows = [row for row in TABLE.may(role, DAY) if row.compartment == part]
            acts = "".join(act[0] for act in ("read", "add", "grant") if any(act in row.acts for row in rows))
            if acts:
                found[role, part] = acts
    assert found == expected


def test_the_independent_reader_is_an_intake_officer_by_choice() -> None:
    def rights(role: str) -> set[Row]:
        return {replace(row, role="same", because="same") for row in TABLE.may(role, DAY)}

    assert rights("independent_reader") == rights("intake_officer")


def test_victims_are_read_of_only_by_those_trained() -> None:
    for row in TABLE.rows:
        if row.compartment == "victim_identity" and "read" in row.acts and row.role != "reporter":
            assert "trained_child" in row.needs


def test_the_first_wraps_are_those_of_the_first_stage() -> None:
    report = {("report", part) for part in ("narrative", "accused_identity", "evidence")}
    assert set(TABLE.first_grants("intake_officer", DAY)) == report
    assert set(TABLE.first_grants("independent_reader", DAY)) == report
    assert set(TABLE.first_grants("advocate", DAY, {"trained_child"})) == {
        ("report", "reporter_identity"),
        ("file", "victim_identity"),
    }
    assert set(TABLE.first_grants("advocate", DAY)) == {("report", "reporter_identity")}
    assert set(TABLE.first_grants("assistance_worker", DAY, {"trained_child"})) == {
        ("file", "victim_identity"),
        ("file", "medical_assistance"),
    }
    assert TABLE.first_grants("assessor", DAY) == ()
    # Every compartment of what reporters make has somebody to wrap to
    grants = set(chain.from_iterable(TABLE.first_grants(role, DAY, {"trained_child"}) for role in TABLE.roles))
    assert grants == {(record, part) for record, part in PLACES if record != "case"}


def test_holders_and_granters_are_those_the_answers_name() -> None:
    for record, part in PLACES:
        for stage, track in product(stages(record), TRACKS):
            for act, found in (
                ("read", TABLE.holders(record, part, stage=stage, on=DAY, track=track)),
                ("grant", TABLE.granters(record, part, stage=stage, on=DAY, track=track)),
            ):
                for role in TABLE.roles:
                    named = [each for each in found if each.role == role]
                    assert len(named) <= 1
                    can = TABLE.allowed(role, record, part, act, stage=stage, on=DAY, track=track, facts=NEEDS)
                    assert bool(named) is bool(can)
                    if named:
                        needs = named[0].needs
                        assert TABLE.allowed(role, record, part, act, stage=stage, on=DAY, track=track, facts=needs)
    assert TABLE.holders("case", "narrative", stage="no_such_stage", on=DAY) == ()


def test_a_barred_person_does_nothing() -> None:
    for role, (record, part), act in product(TABLE.roles, PLACES, ACTS):
        for stage in stages(record):
            facts = {*NEEDS, BARRED}
            assert not TABLE.allowed(role, record, part, act, stage=stage, on=DAY, track="mechanism", facts=facts)


# Days, order, and arguments in their place.

words = st.sampled_from
rows = st.builds(
    Row,
    role=words(["a", "b", "c"]),
    record=words(["report", "case"]),
    compartment=words(["narrative", "evidence"]),
    acts=st.frozensets(words(ACTS), min_size=1, max_size=3),
    first=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    because=words(["x", "y"]),
    last=st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    stages=st.frozensets(words(["s", "t"]), max_size=2),
    tracks=st.frozensets(words(["m", "n"]), max_size=1),
    needs=st.frozensets(words(NEEDS), max_size=2),
)
SMALL = {"report": (Stage("s"), Stage("t")), "case": (Stage("t"),)}
questions = st.tuples(
    words(["a", "b", "c", "d"]),
    words(["report", "case", "file"]),
    words(["narrative", "evidence"]),
    words(ACTS),
    words(["s", "t", "u"]),
    st.none() | words(["m", "n"]),
    st.frozensets(words([*NEEDS, BARRED]), max_size=4),
    st.dates(date(2025, 12, 1), date(2028, 1, 31)),
)


@settings(max_examples=300)
@given(st.lists(rows, max_size=8), st.lists(questions, min_size=1, max_size=20), st.integers())
def test_the_order_of_rows_means_nothing(every: list[Row], asked: list[tuple[object, ...]], seed: int) -> None:
    mixed = list(every)
    Random(seed).shuffle(mixed)
    one, other = access.table(every, SMALL), access.table(mixed, SMALL)
    assert one == other
    assert hash(one) == hash(other)
    for role, record, part, act, stage, track, facts, on in asked:
        arguments = (role, record, part, act, stage, track, facts, on)
        verdict = access.allowed(one, *arguments)  # type: ignore[arg-type]
        assert verdict == access.allowed(other, *arguments)  # type: ignore[arg-type]
        assert bool(verdict) is plainly(one, *arguments)  # type: ignore[arg-type]


@settings(max_examples=100)
@given(rows, st.integers(-3, 800))
def test_a_row_counts_from_its_first_day_to_its_last(row: Row, offset: int) -> None:
    on = row.first + timedelta(days=offset)
    table = access.table([row], SMALL)
    stage = next(iter(row.stages), "t")
    track = next(iter(row.tracks), None)
    found = table.allowed(
        row.role, row.record, row.compartment, min(row.acts), stage=stage, track=track, facts=row.needs, on=on
    )
    known = stage in [each.name for each in SMALL[row.record]]
    assert bool(found) is (known and offset >= 0 and (row.last is None or on <= row.last))


@given(st.lists(rows, max_size=6), questions)
def test_a_further_row_takes_nothing_away(every: list[Row], asked: tuple[object, ...]) -> None:
    role, record, part, act, stage, track, facts, on = asked
    arguments = (role, record, part, act, stage, track, facts, on)
    if access.allowed(access.table(every[1:], SMALL), *arguments):  # type: ignore[arg-type]
        assert access.allowed(access.table(every, SMALL), *arguments)  # type: ignore[arg-type]


def test_a_refusal_says_what_is_missing() -> None:
    place = {"role": "judge", "record": "case", "compartment": "evidence", "act": "read", "stage": "active"}
    refused = TABLE.allowed(**place, track="mechanism", on=DAY)
    assert not refused
    assert refused.because == "it needs admitted"
    assert refused.row is not None
    assert not TABLE.allowed(**place, track="discipline", facts={"admitted"}, on=DAY)
    assert TABLE.allowed(**place, track="mechanism", facts={"admitted"}, on=DAY)


def test_outcomes_limit_what_is_decided() -> None:
    row = Row("a", "case", "narrative", frozenset({"decide"}), DAY, "x", outcomes=frozenset({"proceed"}))
    verdict = access.table([row], SMALL).allowed("a", "case", "narrative", "decide", stage="t", on=DAY)
    assert verdict.permits("proceed")
    assert not verdict.permits("no_further_action")
    free = access.table([replace(row, outcomes=frozenset())], SMALL)
    assert free.allowed("a", "case", "narrative", "decide", stage="t", on=DAY).permits("anything")
    assert not access.table([], SMALL).allowed("a", "case", "narrative", "decide", stage="t", on=DAY).permits("proceed")


# Checks before use: the default table has no fault, and each planted one is found.


def faults_of(rows_: list[Row], **changes: object) -> list[str]:
    stages_ = changes.get("stages", dict(TABLE.stages))
    table = access.table(rows_, stages_, TABLE.roles)  # type: ignore[arg-type]
    return [fault.what for fault in check(table, COMPARTMENTS, DAY)]


def made(role: str, record: str, part: str, *acts: str, **more: object) -> Row:
    return Row(role, record, part, frozenset(acts), DAY, "planted", line=999, **more)  # type: ignore[arg-type]


def ended(keep: Callable[[Row], bool], last: date = DAY) -> list[Row]:
    """The default rows, those not kept ended."""
    return [row if keep(row) else replace(row, last=last) for row in TABLE.rows]


def test_the_default_table_has_no_fault() -> None:
    assert faults_of(list(TABLE.rows)) == []
    assert policies.faults(TABLE, date.min) == ()


PLANTED = {
    "decides and reviews": ([made("reviewer", "case", "deliberation", "decide")], "review and also decide"),
    "reviews and decides": (
        [made("assessor", "report", "narrative", "review", needs=frozenset({"consent"}))],
        "review and also decide",
    ),
    "health and the accused": (
        [made("assistance_worker", "report", "accused_identity", "read")],
        "read medical_assistance and also accused_identity",
    ),
    "the accused and health": (
        [made("assessor", "file", "medical_assistance", "read", needs=frozenset({"order"}))],
        "read medical_assistance and also accused_identity",
    ),
    "investigates and judges": ([made("investigator", "case", "deliberation", "judge")], "investigate and also judge"),
    "judges and investigates": (
        [made("judge", "case", "evidence", "read", "investigate")],
        "investigate and also judge",
    ),
    "acts without reading": ([made("referral_officer", "case", "deliberation", "decide")], "not read what comes of it"),
    "opens originals without reading": (
        [made("assessor", "case", "evidence", "open_original", stages=frozenset({"active"}))],
        "not read what comes of it",
    ),
    "grants without the need it has to read": (
        [made("judge", "file", "victim_identity", "grant")],
        "not read what comes of it",
    ),
    "unknown role": ([made("clerk", "case", "narrative", "read")], "“clerk” is no role"),
    "unknown act": ([made("judge", "case", "narrative", "print")], "“print” is no act"),
    "unknown need": ([made("judge", "case", "narrative", "read", needs=frozenset({"trust"}))], "“trust” is no need"),
    "unknown record": ([made("judge", "letter", "narrative", "read")], "“letter” is no record"),
    "unknown compartment": ([made("judge", "file", "narrative", "read")], "“narrative” is no compartment of a file"),
    "unknown stage": (
        [made("judge", "case", "narrative", "read", stages=frozenset({"limbo"}))],
        "“limbo” is no stage of a case",
    ),
    "no act": ([made("judge", "case", "narrative")], "gives no act"),
    "no reason": ([replace(made("judge", "case", "narrative", "read"), because=" ")], "gives no reason"),
    "ends before it begins": (
        [made("judge", "case", "narrative", "read", last=DAY - timedelta(days=1))],
        "before it begins",
    ),
    "outcomes without deciding": (
        [made("judge", "case", "narrative", "read", outcomes=frozenset({"proceed"}))],
        "may not decide",
    ),
    "said twice": (
        [made("judge", "case", "narrative", "read"), replace(made("judge", "case", "narrative", "read"), line=1_000)],
        "also on line 999",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_each_planted_fault_is_found_on_its_line(name: str) -> None:
    planted, says = PLANTED[name]
    table = access.table([*TABLE.rows, *planted], TABLE.stages, TABLE.roles)
    found = check(table, COMPARTMENTS, DAY)
    assert [fault.what for fault in found if says in fault.what]
    assert all(fault.line >= 999 for fault in found), found
    assert all(fault.todo for fault in found)


@pytest.mark.parametrize("name", ["decides and reviews", "health and the accused", "acts without reading"])
def test_a_fault_that_only_a_future_row_makes_is_found_now(name: str) -> None:
    planted, says = PLANTED[name]
    later = [replace(row, first=DAY + timedelta(days=400)) for row in planted]
    assert any(says in what for what in faults_of([*TABLE.rows, *later]))


@pytest.mark.parametrize("name", ["decides and reviews", "health and the accused", "acts without reading"])
def test_an_ended_row_makes_no_fault(name: str) -> None:
    planted, _ = PLANTED[name]
    before = [replace(row, first=date(2026, 1, 1), last=DAY - timedelta(days=1)) for row in planted]
    assert faults_of([*TABLE.rows, *before]) == []


@pytest.mark.parametrize(("record", "part"), PLACES)
def test_a_compartment_left_without_granter_or_reader_is_found(record: str, part: str) -> None:
    for act in ("grant", "read"):
        left = [
            replace(row, acts=row.acts - {act})
            if (row.record, row.compartment) == (record, part) and row.role != "reporter"
            else row
            for row in TABLE.rows
        ]
        what = "granter" if act == "grant" else "reader"
        found = faults_of([row for row in left if row.acts])
        for stage in stages(record):
            assert f"{record}/{part} has no {what} at the stage {stage}" in found


def test_a_granter_that_ends_is_missed_from_the_day_after() -> None:
    rows_ = ended(lambda row: (row.role, row.compartment) != ("advocate", "reporter_identity"), DAY + timedelta(days=9))
    assert "report/reporter_identity has no granter at the stage received" in faults_of(rows_)


def test_a_granter_on_one_track_only_does_not_do() -> None:
    rows_ = [
        replace(row, tracks=frozenset({"mechanism"})) if row.role == "assistance_worker" else row for row in TABLE.rows
    ]
    assert any("medical_assistance has no granter" in what for what in faults_of(rows_))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"owner": None}, "has no owner"),
        ({"owner": "clerk"}, "which is no role"),
        ({"clock": None}, "has no clock"),
        ({"tells": None}, "no duty to tell the victim"),
    ],
)
def test_a_stage_without_owner_clock_or_duty_to_tell_is_found(change: dict[str, str | None], says: str) -> None:
    for record, every in TABLE.stages.items():
        for place in range(len(every)):
            wrong = tuple(replace(each, **change) if at == place else each for at, each in enumerate(every))  # type: ignore[arg-type]
            found = faults_of(list(TABLE.rows), stages={**TABLE.stages, record: wrong})
            assert [what for what in found if says in what and every[place].name in what]


def test_stages_that_are_missing_or_doubled_are_found() -> None:
    every = dict(TABLE.stages)
    assert any("has no stages" in what for what in faults_of(list(TABLE.rows), stages={**every, "file": ()}))
    doubled = {**every, "case": (*every["case"], every["case"][0])}
    assert any("named twice" in what for what in faults_of(list(TABLE.rows), stages=doubled))
    more = {**every, "letter": every["case"]}
    assert any("no kind of record" in what for what in faults_of(list(TABLE.rows), stages=more))


def test_nobody_holds_two_roles_that_must_be_two_people() -> None:
    forbidden = {
        frozenset({"assessor", "reviewer"}),
        frozenset({"investigator", "judge"}),
        frozenset({"intake_officer", "assistance_worker"}),
        frozenset({"intake_officer", "advocate"}),
    }
    for pair in forbidden:
        assert conflicts(TABLE, pair, DAY), pair
    for pair in (frozenset({"intake_officer", "assessor"}), frozenset({"advocate", "assistance_worker"})):
        assert conflicts(TABLE, pair, DAY) == ()
    for role in TABLE.roles:
        assert conflicts(TABLE, {role}, DAY) == ()
    # Before the rows begin there is nothing to conflict
    assert conflicts(TABLE, {"assessor", "reviewer"}, date(2020, 1, 1)) == ()
    assert "assessor and reviewer" in conflicts(TABLE, {"assessor", "reviewer"}, DAY)[0].what


def test_conflicts_of_any_set_are_those_of_its_union() -> None:
    def clash(roles: tuple[str, ...]) -> bool:
        held = [row for role in roles for row in TABLE.may(role, DAY) if role != "reporter"]
        acts = set(chain.from_iterable(row.acts for row in held))
        reads = {row.compartment for row in held if "read" in row.acts}
        pairs = {"decide", "review"} <= acts or {"investigate", "judge"} <= acts
        return pairs or {"medical_assistance", "accused_identity"} <= reads

    for size in (1, 2, 3):
        for roles in combinations(sorted(TABLE.roles), size):
            assert bool(conflicts(TABLE, roles, DAY)) is clash(roles), roles
