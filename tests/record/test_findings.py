"""What a watcher may find, and what it must not."""

from __future__ import annotations

from datetime import date

import pytest

from answerable.record import canonical, findings
from answerable.record.findings import DAY, HOUR
from answerable.record.obligations import fold
from answerable.record.slots import Schedule, tick_start
from answerable.record.text import parse_hash
from tests.record.events import CODE_BLUE, HASH, HEAD, ORIGIN, ROOT, SG, VKEY, Record, open_event, shipped
from tests.record.test_obligations import RULE, Asked, miss

NOON = 1_796_126_400  # 2026-12-01T12:00:00Z
SCHEDULE, GENESIS = Schedule([(1_995_000, 64)]), 1_995_000


def test_an_entry_that_is_not_sealed_has_another_shape() -> None:
    assert findings.shape(5, b"\x01" + bytes(32)) is None
    for wrong in (b"", b"\x02" + bytes(32), b"\x01" + bytes(33)):
        found = findings.shape(41_877, wrong)
        assert found is not None
        assert (found.code, found.where) == ("shape", "index 41,877")


def test_entries_of_a_tick_ascend_without_repeats() -> None:
    assert findings.unsorted(0, [b"a", b"b", b"c"], 7) == []
    assert [found.where for found in findings.unsorted(10, [b"a", b"a", b"c", b"b"], 7)] == ["index 11", "index 13"]


@pytest.mark.parametrize(
    ("size", "begun", "later", "multiples", "found"),
    [
        (128, 1, HOUR, {}, False),
        (128, 0, HOUR, {}, True),  # cosigned before its tick began
        (129, 2, HOUR, {}, True),
        (129, 2, HOUR - 1, {}, False),  # a multiple may still be on its way
        (192, 1, HOUR, {}, True),
        (192, 1, HOUR, {1_995_001: 2}, False),
        (0, 0, HOUR, {}, False),
        (2**60, 0, HOUR, {}, True),
    ],
)
def test_the_size_is_that_of_a_tick(size: int, begun: int, later: int, multiples: dict[int, int], found: bool) -> None:
    quorum = tick_start(GENESIS + begun) + 3
    said = findings.schedule(size, quorum, quorum + later, SCHEDULE, multiples, GENESIS)
    assert (said is not None and said.code == "schedule") is found


def test_an_open_entry_is_read_or_is_malformed_or_of_an_unknown_kind() -> None:
    entry = open_event("log.closed")
    assert findings.open_entry(0, canonical.encode(entry)) == (entry, None)
    for data, code in (
        (b"\xff\x00", "malformed"),
        (canonical.encode(entry) + b" ", "malformed"),
        (canonical.encode(entry | {"by": 1}), "malformed"),
        (canonical.encode(entry | {"kind": "log.reopened"}), "unknown-kind"),
    ):
        fields, found = findings.open_entry(7, data)
        assert fields is None
        assert found is not None
        assert (found.code, found.where) == (code, "index 7")


@pytest.mark.parametrize(
    ("at", "before", "code"),
    [
        ("2026-11-28", NOON - 2 * DAY, None),
        ("2026-11-27", NOON - 2 * DAY, "back-dated"),
        ("1990-01-01", None, None),
        ("2026-12-02", NOON, None),
        ("2026-12-03", NOON, "post-dated"),
    ],
)
def test_the_day_of_recording_lies_between_two_quorum_times(at: str, before: int | None, code: str | None) -> None:
    found = findings.dated(3, open_event("log.closed", at=at), before, NOON)
    assert (found.code if found else None) == code


def test_a_head_is_anchored_every_36_hours_and_on_its_logs_history() -> None:
    assert findings.anchor_missing(ORIGIN, NOON, NOON + 36 * HOUR) is None
    late = findings.anchor_missing(ORIGIN, NOON, NOON + 37 * HOUR)
    assert late is not None
    assert late.sentence == "the head of ledger.example.org/register was last anchored 37 hours ago; it is due daily"
    anchored = open_event("log.anchored", origin=ORIGIN, head=HEAD)
    assert findings.anchor_history(3, anchored, lambda size: parse_hash(ROOT) if size == 7 else None) is None
    assert findings.anchor_history(3, anchored, lambda _: None) is None, "a copy that cannot tell is no finding"
    other = findings.anchor_history(3, anchored, lambda _: bytes(32))
    assert other is not None
    assert other.code == "anchor"


def key_event(kind: str, name: str, effective: str, vkey: str = VKEY) -> dict[str, object]:
    return open_event(kind, purpose="log", name=name, vkey=vkey, effective=effective)


def test_keys_in_use_are_declared_from_the_day_they_take_effect() -> None:
    entries = [
        open_event("log.opened", origin=ORIGIN, vkeys=[VKEY]),
        key_event("key.added", ORIGIN, "2026-12-01", "second"),
        key_event("key.added", "other/register", "2026-12-01", "third"),
        key_event("key.retired", ORIGIN, "2027-03-01", VKEY),
    ]
    assert findings.declared_keys(entries, ORIGIN, date(2026, 11, 30)) == {VKEY}
    assert findings.declared_keys(entries, ORIGIN, date(2026, 12, 1)) == {VKEY, "second"}
    in_force = findings.declared_keys(entries, ORIGIN, date(2027, 3, 1))
    assert in_force == {"second"}
    assert findings.silent_keys(ORIGIN, ["second"], in_force) == []
    assert [found.code for found in findings.silent_keys(ORIGIN, [VKEY, "second"], in_force)] == ["silent-change"]


def test_the_policy_in_use_is_the_one_in_force() -> None:
    entries = [
        open_event("policy.published", origin=ORIGIN, policy="old\n", effective="2026-01-01"),
        open_event("policy.published", origin="other/register", policy="other\n", effective="2026-06-01"),
        open_event("policy.published", origin=ORIGIN, policy="new\n", effective="2026-07-01"),
    ]
    assert findings.silent_policy(ORIGIN, "old\n", entries, date(2026, 6, 30)) is None
    assert findings.silent_policy(ORIGIN, "new\n", entries, date(2026, 7, 1)) is None
    changed = findings.silent_policy(ORIGIN, "old\n", entries, date(2026, 7, 1))
    assert changed is not None
    assert changed.sentence.endswith("in force since 2026-07-01")
    missing = findings.silent_policy("third/register", "old\n", entries, date(2026, 7, 1))
    assert missing is not None
    assert missing.sentence == "no policy of third/register is on record"


@pytest.mark.parametrize(("early", "found"), [(7 * DAY, False), (7 * DAY - 1, True), (-DAY, True)])
def test_a_change_of_schedule_needs_seven_days_notice(early: int, found: bool) -> None:
    changed = open_event("schedule.changed", origin=ORIGIN, from_tick=1_995_000, slots=8)
    assert (findings.short_notice(3, changed, tick_start(1_995_000) - early) is not None) is found
    assert findings.short_notice(3, changed | {"from_tick": 2**53 - 1}, 0) is not None


def codes(asked: Asked, as_of: date) -> list[str]:
    entries = asked.record.entries
    return [found.code for found in findings.silences(fold(entries, as_of), entries)]


def test_silence_past_its_limit_is_found_and_becomes_evidence() -> None:
    asked = Asked(due="2026-10-10", rule=RULE)
    assert codes(asked, date(2026, 10, 10)) == []
    assert codes(asked, date(2026, 10, 11)) == ["overdue", "late"]
    assert codes(asked, date(2026, 10, 12)) == ["overdue", "late", "unrecorded-silence"]
    miss(asked, "2026-10-10", 1)
    assert codes(asked, date(2026, 10, 12)) == ["overdue", "late", "unrecorded-silence"]
    found = findings.silences(fold(asked.record.entries, date(2026, 10, 12)), asked.record.entries)
    assert found[0].sentence.endswith("recorded in part")
    assert found[2].sentence.endswith("names it for question 2")
    miss(asked, "2026-10-10", 2)
    assert codes(asked, date(2026, 10, 12)) == ["overdue", "late"]


def test_an_overdue_letter_is_said_in_one_line() -> None:
    asked = Asked(due="2026-11-15", rule="ST/SGB/0000/0")
    asked.assess("2026-10-20", s1="full")
    miss(asked, "2026-11-15", 2)
    (found,) = findings.silences(fold(asked.record.entries, date(2026, 12, 1)), asked.record.entries)
    start = f"letter {asked.letter[:4]}…"
    assert found.sentence == f"{start} 16 days: 1 of 2 asks, due 2026-11-15 by ST/SGB/0000/0; deadline.missed recorded"
    del asked.record.entries[1]
    both = findings.silences(fold(asked.record.entries, date(2026, 12, 1)), asked.record.entries)[0]
    assert both.sentence.startswith(f"{start} 16 days: no reply, 2 of 2 asks")


def test_a_letter_without_asks_is_overdue_for_want_of_a_reply() -> None:
    record = Record(covered="2026-10-02")
    record.letter("A", "2026-10-01", CODE_BLUE, SG, obligor=SG, due="2026-10-05", rule=RULE)
    found = findings.silences(fold(record.entries, date(2026, 10, 7)), record.entries)
    assert [one.code for one in found] == ["overdue", "unrecorded-silence"]
    assert "2 days: no reply, due 2026-10-05 by asked, not binding; no deadline.missed on record" in found[0].sentence
    assert found[1].sentence.endswith("no deadline.missed names it")


def test_silence_without_a_limit_is_said_and_is_no_open_finding() -> None:
    record, refs = shipped()
    silence = fold(record.entries, date(2018, 3, 16))
    assert findings.silences(silence, record.entries) == []
    said = findings.silent(silence)
    assert {found.open for found in said} == {False}
    assert {found.code for found in said} == {"silent"}
    assert [found.where for found in said] == ["letter L1", "letter L3", "letter L4", "letter L8"]
    assert said[1].sentence == f"letter {refs['L3'][:4]}… 105 days, question 8: no rule on record sets a limit"
    assert said[2].sentence == f"letter {refs['L4'][:4]}… 91 days: no rule on record sets a limit"


def test_a_letter_of_unknown_date_is_silent_too() -> None:
    record = Record()
    record.letter("A", None, CODE_BLUE, SG, obligor=SG, asks=[{"sha256": HASH, "slot": 1}])
    (found,) = findings.silent(fold(record.entries, date(2026, 1, 1)))
    assert "of unknown date: no rule" in found.sentence
