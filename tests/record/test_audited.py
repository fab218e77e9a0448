"""The note of an audit: what it says comes back, nothing else is one, and only a full audit that passed makes one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.record import kinds
from answerable.record.audited import Audited, of_report, parse
from answerable.record.errors import NoteError, SlotError
from answerable.record.reports import FAIL, PASS, PENDING, Draft, Report

HEAD = {"origin": "ledger.example.org/register", "size": 50, "root": "ab" * 32}
DAY = date(2027, 1, 2)


@st.composite
def audits(draw: st.DrawFn) -> Audited:
    start, opened, erased, orphaned, more = (draw(st.integers(0, 10**9)) for _ in range(5))
    stop = start + opened + erased + orphaned + 1
    root, period = draw(st.binary(min_size=32, max_size=32)).hex(), f"20{draw(st.integers(10, 99))}-Q3"
    counts = (opened + 1, erased, orphaned)
    return Audited("ledger.example.org/register", stop + more, root, period, start, stop, *counts, draw(st.dates()))


@given(audits())
def test_what_was_found_comes_back(found: Audited) -> None:
    assert parse(found.text()) == found
    entry = found.entry(b"a note")
    assert entry["to"] == found.stop
    assert entry["failed"] == 0
    assert entry["report_sha256"] == sha256(b"a note").hexdigest()
    said = {"v": 1, "kind": "slots.audited", "id": "ab" * 16, "at": found.day.isoformat(), "by": "panel", **entry}
    kinds.encode_open(said)


@given(audits(), st.data())
def test_a_changed_note_is_none_or_says_something_else(found: Audited, data: st.DataObject) -> None:
    text = found.text()
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.characters(exclude_characters=text[place])) + text[place + 1 :]
    with suppress(NoteError, SlotError):
        assert parse(changed) != found


@pytest.mark.parametrize("text", ["", "\n", "answerable/slots-audited@v1\n", "x" * 9_000])
def test_anything_else_is_no_such_note(text: str) -> None:
    with pytest.raises(NoteError):
        parse(text)


def report(verdict: str, **more: object) -> Report:
    found = {"period": "2026-Q4", "from": 0, "to": 48, "opened": 47, "erased": 1, "orphaned": 0, **more}
    draft = Draft()
    draft.say("slots", "48", **found)
    return draft.end(verdict)


def test_only_a_full_audit_that_passed_makes_one() -> None:
    found = of_report(report(PASS), HEAD, DAY, so_far=False)
    assert (found.start, found.stop, found.opened, found.erased, found.day) == (0, 48, 47, 1, DAY)
    assert of_report(report(PENDING), HEAD, DAY, so_far=True) == found
    for refused in (report(FAIL), report(PENDING), report(PASS, sample=[1, 2])):
        with pytest.raises(SlotError):
            of_report(refused, HEAD, DAY, so_far=False)
    with pytest.raises(SlotError):
        of_report(report(FAIL), HEAD, DAY, so_far=True)


def test_numbers_that_do_not_add_up_are_refused() -> None:
    found = of_report(report(PASS), HEAD, DAY, so_far=False)
    for changed in ({"opened": 46}, {"size": 47}, {"start": 48}, {"period": "2026-Q5"}):
        with pytest.raises((NoteError, SlotError)):
            replace(found, **changed)
