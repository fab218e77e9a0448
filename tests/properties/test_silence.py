"""What must hold of every correspondence, however its letters, words and assessments follow each other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.record import findings
from answerable.record.obligations import Covered, Silence, fold, overdue_unrecorded
from tests.properties.events import open_events
from tests.record.events import HASH, HEAD, Record

FIRST = date(2020, 1, 1)
days = st.integers(0, 60).map(lambda count: FIRST + timedelta(count))
_day = st.none() | days.map(date.isoformat)
_offices = st.sampled_from(["Asker", "Office", "Other"])
_slots = st.integers(1, 3)


@st.composite
def records(draw: st.DrawFn) -> list[Covered]:
    """Letters that answer earlier ones, with words and assessments on their questions, in any order of dates."""
    record = Record()
    letters: list[str] = []
    assessments: list[str] = []
    for _ in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(["letter", "word", "assessment"])) if letters else "letter"
        record.covered = draw(_day)
        if kind == "letter":
            fields: dict[str, Any] = {
                "obligor": draw(st.none() | _offices),
                "asks": [{"sha256": HASH, "slot": slot} for slot in draw(st.sets(_slots))],
                "due": draw(_day),
                "rule": draw(st.sampled_from([None, "asked, not binding"])),
                "received": draw(_day),
            }
            answers = draw(st.sets(st.sampled_from(letters))) if letters else set()
            label = f"L{len(letters)}"
            letters.append(record.letter(label, draw(_day), draw(_offices), draw(_offices), *answers, **fields))
            continue
        letter, dated = draw(st.sampled_from(letters)), draw(_day)
        if kind == "word":
            status = draw(st.sampled_from(["unanswered_confirmed", "answered_claimed", "answered_accepted"]))
            record.add("correspondence.question", letter=letter, slot=draw(_slots), dated=dated, answer_status=status)
            continue
        answers_ = [
            {"answer": draw(st.sampled_from(["full", "partial", "none"])), "passage_sha256": HASH, "slot": slot}
            for slot in draw(st.lists(_slots, max_size=3))
        ]
        over = draw(st.none() | st.sampled_from(assessments)) if assessments else None
        reply = draw(st.sampled_from(letters))
        assessments.append(
            record.add(
                "correspondence.assessment", letter=letter, reply=reply, dated=dated, answers=answers_, supersedes=over
            )
        )
    return record.entries


@given(records(), days)
def test_what_is_dated_after_the_day_changes_nothing(entries: list[Covered], as_of: date) -> None:
    known = [one for one in entries if one[1]["dated"] is None or str(one[1]["dated"]) <= as_of.isoformat()]
    assert fold(entries, as_of) == fold(known, as_of)


@given(records(), days)
def test_clocks_are_overdue_only_past_a_due_day_that_a_rule_sets(entries: list[Covered], as_of: date) -> None:
    silence = fold(entries, as_of)
    assert silence.letters == tuple(sorted(silence.letters, key=lambda one: (one.dated or "9999-99-99", one.letter)))
    for letter in silence.letters:
        assert letter.due is None or letter.rule is not None
        past = letter.due is not None and letter.due < as_of.isoformat()
        running = [ask.slot for ask in letter.asks if ask.state == "running"]
        assert letter.overdue_slots == (tuple(running) if past else ())
        assert (letter.state == "replied") is (letter.reply is not None)
        if letter.own:
            assert letter.own.running is (letter.reply is None)
            assert letter.own.overdue is (past and letter.own.running)
        for reply, own in ((letter.reply, True), (letter.other_reply, False)):
            assert reply is None or ((reply.by == letter.obligor) is own)


def with_misses(silence: Silence, entries: list[Covered]) -> list[Covered]:
    """The entries and a ``deadline.missed`` for each clock that is to be recorded."""
    record = Record()
    record.entries = list(entries)
    for one in overdue_unrecorded(silence, entries):
        record.add(
            "deadline.missed", obligation=one.ref, slots=list(one.slots), due=one.due, obligor=one.obligor, seen=HEAD
        )
    return record.entries


@given(records(), days)
def test_recording_once_what_is_overdue_leaves_nothing_unrecorded(entries: list[Covered], as_of: date) -> None:
    silence = fold(entries, as_of)
    after = with_misses(silence, entries)
    assert fold(after, as_of) == silence, "what the clock records changes no clock"
    assert overdue_unrecorded(silence, after) == ()
    codes = {found.code for found in findings.silences(silence, after)}
    assert "unrecorded-silence" not in codes
    assert ("overdue" in codes) is any(letter.overdue for letter in silence.letters)


@settings(max_examples=60)
@given(st.lists(open_events, max_size=6), st.dates())
def test_any_entries_have_clocks_and_findings(events: list[dict[str, Any]], as_of: date) -> None:
    entries: list[Covered] = [(bytes([place]) * 32, event, None) for place, event in enumerate(events)]
    silence = fold(entries, as_of)
    asked = [event for event in events if event["kind"] == "correspondence.letter" and event["obligor"] is not None]
    kept = [event for event in asked if event["dated"] is None or event["dated"] <= as_of.isoformat()]
    assert len([letter for letter in silence.letters if letter.own]) == len(kept)
    assert {found.code for found in findings.silences(silence, entries)} <= {"overdue", "late"}
    assert not any(found.open for found in findings.silent(silence))
