"""Silence from open entries alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.record.errors import ObligationError
from answerable.record.obligations import LetterClock, Silence, fold, overdue_unrecorded
from tests.record.events import CODE_BLUE, HASH, HEAD, SG, USG, Record, shipped

D = date(2018, 3, 16)
RULE = "asked, not binding"


def clock_of(silence: Silence, label: str) -> LetterClock:
    return next(one for one in silence.letters if one.letter == label)


def said(letter: LetterClock) -> str:
    """One line of the printed example, from the fields it is made of."""
    parts = []
    if letter.reply:
        days = f"{letter.reply.days} days"
        if letter.reply.received:
            days += f"; received {letter.reply.received}, {letter.reply.days_to_received} days"
        parts.append(f"replied {letter.reply.dated} ({days})")
    elif letter.other_reply:
        parts.append(f"replied by {letter.other_reply.by} {letter.other_reply.dated} ({letter.other_reply.days} days)")
        assert letter.own
        parts.append(f"office asked: running, {letter.own.days} days")
    else:
        assert letter.own
        parts.append(f"running, {letter.own.days} days")
    parts += [f"question {ask.slot}: {ask.state}, {ask.days} days" for ask in letter.asks]
    parts += ["claimed"] if letter.claimed else []
    return f"{letter.letter}  {letter.dated}  {letter.obligor:<18}  {'; '.join(parts)}"


def test_the_shipped_record_gives_the_printed_example() -> None:
    # Given the eight letters and the question register, recorded years later
    record, _ = shipped()
    # When the clocks are read as of the last letter
    silence = fold(record.entries, D)
    # Then they are those of the page
    assert [said(letter) for letter in silence.letters] == [
        "L1  2017-11-22  Secretary-General   replied by USG Field Support 2017-11-28 (6 days);"
        " office asked: running, 114 days; claimed",
        "L3  2017-12-01  USG Field Support   replied 2017-12-19 (18 days; received 2017-12-20, 19 days);"
        " question 8: running, 105 days; claimed",
        "L4  2017-12-15  Secretary-General   running, 91 days",
        "L6  2017-12-22  USG Field Support   replied 2017-12-22 (0 days); claimed",
        "L8  2018-03-16  USG Field Support   running, 0 days",
    ]
    assert not silence.any_rule
    assert not any(letter.overdue or letter.late for letter in silence.letters)


def test_as_of_an_earlier_day_what_is_dated_later_does_not_exist() -> None:
    record, _ = shipped()
    silence = fold(record.entries, date(2017, 12, 19))
    assert [one.letter for one in silence.letters] == ["L1", "L3", "L4"]
    letter = clock_of(silence, "L3")
    assert letter.reply is not None
    assert letter.reply.received is None, "it is received only the day after"
    assert letter.asks == (), "the asker's word on question 8 is dated later"


def test_a_letter_without_a_date_is_always_kept_and_counts_no_days() -> None:
    record = Record()
    record.letter("L9", None, CODE_BLUE, SG, obligor=SG)
    letter = clock_of(fold(record.entries, date(1990, 1, 1)), "L9")
    assert letter.own is not None
    assert (letter.own.days, letter.own.running, letter.state) == (None, True, "running")


def test_the_askers_own_next_letter_is_no_reply() -> None:
    record = Record()
    first = record.letter("A", "2020-01-01", CODE_BLUE, SG, obligor=SG)
    record.letter("B", "2020-01-05", CODE_BLUE, SG, first)
    assert fold(record.entries, D.replace(year=2020)).letters[0].state == "running"


def test_a_reply_on_behalf_of_the_office_stops_nothing() -> None:
    record = Record()
    first = record.letter("A", "2020-01-01", CODE_BLUE, SG, obligor=SG)
    record.letter("B", "2020-01-05", USG, CODE_BLUE, first, on_behalf=SG)
    letter = fold(record.entries, date(2020, 1, 11)).letters[0]
    assert letter.state == "replied_by_other"
    assert letter.own is not None
    assert letter.own.running
    assert letter.own.days == 10


def test_the_first_reply_by_date_counts_and_an_undated_one_last() -> None:
    record = Record()
    first = record.letter("A", "2020-01-01", CODE_BLUE, SG, obligor=SG)
    record.letter("B", None, SG, CODE_BLUE, first)
    record.letter("C", "2020-02-01", SG, CODE_BLUE, first)
    record.letter("D", "2020-01-21", SG, CODE_BLUE, first)
    reply = fold(record.entries, date(2021, 1, 1)).letters[0].reply
    assert reply is not None
    assert (reply.letter, reply.days) == ("D", 20)
    only_undated = fold(record.entries[:2], date(2021, 1, 1)).letters[0]
    assert only_undated.reply is not None
    assert only_undated.reply.days is None
    assert only_undated.own is not None
    assert not only_undated.own.running


@pytest.mark.parametrize(("covered", "claimed"), [("2020-01-17", False), ("2020-01-18", True), (None, True)])
def test_a_reply_covered_more_than_seven_days_after_its_date_is_claimed(covered: str | None, claimed: bool) -> None:
    record = Record(covered="2020-01-01")
    first = record.letter("A", "2020-01-01", CODE_BLUE, SG, obligor=SG)
    record.covered = None  # not yet covered: the day of recording, in 2026, stands in
    record.letter("B", "2020-01-10", SG, CODE_BLUE, first, covered=covered)
    assert fold(record.entries, D.replace(year=2021)).letters[0].claimed is claimed


class Asked:
    """A letter with two asks, a reply, and a due day."""

    def __init__(self, **fields: Any) -> None:
        self.record = Record(covered="2026-10-02")
        asks = [{"sha256": HASH, "slot": 1}, {"sha256": HASH, "slot": 2}]
        self.letter = self.record.letter("A", "2026-10-01", CODE_BLUE, SG, obligor=SG, asks=asks, **fields)
        self.reply = self.record.letter("B", "2026-10-11", SG, CODE_BLUE, self.letter)

    def assess(self, dated: str | None, **fields: Any) -> str:
        answers = [
            {"answer": answer, "passage_sha256": HASH, "slot": int(slot[1:])}
            for slot, answer in fields.items()
            if slot != "supersedes"
        ]
        return self.record.add(
            "correspondence.assessment",
            letter=self.letter,
            reply=self.reply,
            assessor="Editors",
            dated=dated,
            answers=answers,
            supersedes=fields.get("supersedes"),
        )

    def status(self, slot: int, dated: str | None, status: str) -> str:
        return self.record.add(
            "correspondence.question", letter=self.letter, slot=slot, dated=dated, answer_status=status
        )

    def clocks(self, as_of: date = date(2026, 11, 1)) -> list[tuple[int, str, int | None]]:
        return [(ask.slot, ask.state, ask.days) for ask in fold(self.record.entries, as_of).letters[0].asks]


def test_a_reply_never_stops_a_question() -> None:
    assert Asked().clocks() == [(1, "running", 31), (2, "running", 31)]


def test_only_an_assessment_full_stops_a_question_on_the_day_of_the_reply() -> None:
    asked = Asked()
    asked.assess("2026-10-20", s1="full", s2="partial")
    assert asked.clocks() == [(1, "stopped", 10), (2, "running", 31)]
    assert asked.clocks(date(2026, 10, 19)) == [(1, "running", 18), (2, "running", 18)]


def test_only_the_latest_word_counts() -> None:
    asked = Asked()
    asked.status(1, "2026-10-15", "answered_claimed")
    assert asked.clocks()[0] == (1, "running", 31)
    asked.status(1, "2026-10-16", "answered_accepted")
    assert asked.clocks()[0] == (1, "stopped", 15)
    asked.status(1, "2026-10-12", "unanswered_confirmed")
    assert asked.clocks()[0] == (1, "stopped", 15), "a word recorded later but dated earlier is not the latest"
    asked.status(1, None, "refused")
    assert asked.clocks()[0] == (1, "running", 31), "without dates the last recorded is the latest"


def test_a_slot_that_is_no_ask_has_a_clock_only_while_it_is_confirmed_unanswered() -> None:
    asked = Asked()
    asked.status(9, "2026-10-12", "unanswered_confirmed")
    assert asked.clocks()[2] == (9, "running", 31)
    asked.status(9, "2026-10-14", "answered_claimed")
    assert len(asked.clocks()) == 2


def test_a_superseded_assessment_says_nothing_and_a_chain_ends_in_its_last() -> None:
    asked = Asked()
    first = asked.assess("2026-10-20", s1="full", s2="full")
    second = asked.assess("2026-10-21", s1="none", supersedes=first)
    assert asked.clocks() == [(1, "running", 31), (2, "running", 31)]
    asked.assess("2026-10-22", s2="full", supersedes=second)
    assert asked.clocks() == [(1, "running", 31), (2, "stopped", 10)]
    assert asked.clocks(date(2026, 10, 20)) == [(1, "stopped", 10), (2, "stopped", 10)], (
        "the later ones are not yet there"
    )


def test_a_fork_leaves_both_branches_standing_and_the_latest_decides() -> None:
    asked = Asked()
    first = asked.assess("2026-10-20", s1="none")
    asked.assess("2026-10-22", s1="full", supersedes=first)
    asked.assess("2026-10-21", s1="partial", supersedes=first)
    assert asked.clocks()[0] == (1, "stopped", 10)


def test_what_names_a_later_entry_supersedes_nothing_so_a_cycle_cannot_be() -> None:
    # Given two assessments that name each other, which hashes make impossible in a log
    asked = Asked()
    first = asked.assess("2026-10-20", s1="full")
    second = asked.assess("2026-10-20", s1="partial", supersedes=first)
    leaf, entry, covered = asked.record.entries[2]
    asked.record.entries[2] = (leaf, {**entry, "supersedes": second}, covered)
    # Then the one recorded last stands
    assert asked.clocks()[0] == (1, "running", 31)


def test_an_assessment_of_a_reply_that_is_not_on_record_says_nothing() -> None:
    asked = Asked()
    asked.reply = HASH
    asked.assess("2026-10-20", s1="full")
    assert asked.clocks()[0] == (1, "running", 31)


def test_a_due_day_without_a_rule_is_none() -> None:
    letter = fold(Asked(due="2026-10-05").record.entries, date(2026, 11, 1)).letters[0]
    assert letter.due is None
    assert not letter.overdue
    assert not letter.late


@pytest.mark.parametrize(("day", "overdue"), [(15, False), (16, True)])
def test_a_clock_is_overdue_only_past_its_due_day(day: int, overdue: bool) -> None:
    silence = fold(Asked(due="2026-10-15", rule=RULE).record.entries, date(2026, 10, day))
    assert silence.any_rule
    letter = silence.letters[0]
    assert letter.overdue is overdue
    assert letter.own is not None
    assert not letter.own.overdue, "the office has replied"
    assert letter.overdue_slots == ((1, 2) if overdue else ())
    assert not letter.late


def test_a_reply_after_the_due_day_is_late() -> None:
    assert fold(Asked(due="2026-10-10", rule=RULE).record.entries, date(2026, 11, 1)).letters[0].late
    assert not fold(Asked(due="2026-10-11", rule=RULE).record.entries, date(2026, 11, 1)).letters[0].late


def miss(asked: Asked, due: str, *slots: int) -> None:
    asked.record.add("deadline.missed", obligation=asked.letter, slots=list(slots), due=due, obligor=SG, seen=HEAD)


def test_overdue_clocks_are_unrecorded_until_a_deadline_missed_names_each() -> None:
    asked = Asked(due="2026-10-15", rule=RULE)
    as_of = date(2026, 10, 16)

    def unrecorded() -> list[tuple[int, ...]]:
        return [one.slots for one in overdue_unrecorded(fold(asked.record.entries, as_of), asked.record.entries)]

    assert unrecorded() == [(1, 2)]
    miss(asked, "2026-10-14", 1, 2)
    assert unrecorded() == [(1, 2)], "another due day is another obligation"
    miss(asked, "2026-10-15", 2)
    assert unrecorded() == [(1,)]
    miss(asked, "2026-10-15", 1)
    assert unrecorded() == []


def test_any_deadline_missed_names_the_offices_own_clock() -> None:
    asked = Asked(due="2026-10-15", rule=RULE)
    del asked.record.entries[1]
    silence = fold(asked.record.entries, date(2026, 10, 16))
    (found,) = overdue_unrecorded(silence, asked.record.entries)
    assert (found.own, found.slots, found.obligor, found.days_past_due) == (True, (1, 2), SG, 1)
    miss(asked, "2026-10-15", 1, 2)
    assert overdue_unrecorded(silence, asked.record.entries) == ()


@pytest.mark.parametrize(
    ("covered", "as_of", "evident"),
    [
        ("2026-10-02", date(2026, 10, 16), False),
        ("2026-10-02", date(2026, 10, 17), True),
        ("2026-10-20", date(2026, 10, 21), False),
        ("2026-10-20", date(2026, 10, 22), True),
        (None, date(2027, 10, 22), False),
    ],
)
def test_silence_becomes_evidence_two_days_after_it_could_be_recorded(
    covered: str | None, as_of: date, evident: bool
) -> None:
    asked = Asked(due="2026-10-15", rule=RULE)
    leaf, entry, _ = asked.record.entries[0]
    asked.record.entries[0] = (leaf, entry, covered)
    (found,) = overdue_unrecorded(fold(asked.record.entries, as_of), asked.record.entries)
    assert found.evident is evident


def test_an_entry_that_is_not_its_kind_is_an_error_that_names_it() -> None:
    leaf = bytes(32)
    with pytest.raises(ObligationError, match=r"entry 0000.*missing"):
        fold([(leaf, {"kind": "correspondence.letter", "dated": "2018-01-01"}, None)], D)
    with pytest.raises(ObligationError, match="not a day"):
        fold([(leaf, {"kind": "correspondence.letter", "dated": "soon"}, None)], D)


@settings(deadline=None)
@given(st.permutations(range(8)), st.dates(date(2017, 11, 1), date(2018, 4, 1)))
def test_letters_recorded_in_any_order_give_the_same_clocks(order: list[int], as_of: date) -> None:
    record, _ = shipped()
    letters, rest = record.entries[:8], record.entries[8:]
    assert fold([letters[place] for place in order] + rest, as_of) == fold(record.entries, as_of)


@settings(deadline=None)
@given(st.dates(date(2017, 11, 22), date(2030, 1, 1)), st.integers(0, 400))
def test_a_running_clock_grows_by_the_days_that_pass_and_a_stopped_one_never(as_of: date, more: int) -> None:
    record, _ = shipped()
    later = as_of.fromordinal(as_of.toordinal() + more)
    after = {one.letter: one for one in fold(record.entries, later).letters}
    for letter in fold(record.entries, as_of).letters:
        now, then = letter.own, after[letter.letter].own
        assert now is not None
        assert then is not None
        if then.running:
            assert now.days is not None
            assert then.days == now.days + more
        elif not now.running:
            assert replace(then) == now
