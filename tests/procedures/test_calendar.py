"""Calendars against a second library, over clock changes, and at the edges of what is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from dateutil.rrule import DAILY, rrule, rruleset
from hypothesis import assume, given
from hypothesis import strategies as st

from answerable.procedures.calendar import Calendar
from answerable.procedures.errors import LimitProblem, Place
from answerable.procedures.limit import Limit
from answerable.procedures.limit import parse as parse_limit

HERE = Place("calendars/x.yaml", 1)
WEEK = frozenset(range(5))
HOLIDAYS = frozenset({date(2025, 12, 25), date(2026, 1, 1), date(2026, 4, 3), date(2026, 5, 1)})
PLAIN = Calendar(
    "x", "Europe/Zurich", WEEK, HOLIDAYS, date(2025, 1, 1), date(2027, 12, 31), False, False, "refuse", HERE
)
MONTHLY = replace(PLAIN, months="same day or last day of month")
days = st.dates(date(2025, 1, 1), date(2026, 12, 31))
wide = st.dates(date(1900, 1, 1), date(2200, 12, 31))


def limit(text: str) -> Limit:
    return parse_limit(text, HERE)


def working_days(calendar: Calendar, start: date) -> rruleset:
    """The working days after ``start``, by dateutil."""
    rules = rruleset()
    begin = datetime.combine(start + timedelta(days=1), datetime.min.time())
    rules.rrule(rrule(DAILY, dtstart=begin, byweekday=sorted(calendar.working)))
    for holiday in calendar.holidays:
        rules.exdate(datetime.combine(holiday, datetime.min.time()))
    return rules


@given(
    days,
    st.integers(1, 60),
    st.sets(st.integers(0, 6), min_size=1).map(frozenset),
    st.sets(days, max_size=20).map(frozenset),
)
def test_working_days_are_those_of_dateutil(
    start: date, count: int, week: frozenset[int], off: frozenset[date]
) -> None:
    calendar = replace(PLAIN, working=week, holidays=off)
    expected = next(islice(working_days(calendar, start), count - 1, None)).date()
    assume(expected <= calendar.known_to)
    due = calendar.due_day(start, Limit(count, "working days"))
    assert due == expected
    assert calendar.working_days_between(start, due) == count
    assert calendar.working_days_between(due, start) == 0


@given(days, st.integers(1, 40))
def test_the_first_day_counts_if_included_and_working(start: date, count: int) -> None:
    included = replace(PLAIN, first_day_included=True)
    due = included.due_day(start, Limit(count, "working days"))
    assert due == PLAIN.due_day(start - timedelta(days=1), Limit(count, "working days")) or start == date(2025, 1, 1)
    assert included.due_day(start, Limit(count, "days")) == start + timedelta(days=count - 1)


@given(wide, st.integers(0, 600))
def test_days_weeks_months_and_years_are_those_of_dateutil(start: date, count: int) -> None:
    assert MONTHLY.due_day(start, Limit(count, "days")) == start + relativedelta(days=count)
    assert MONTHLY.due_day(start, Limit(count, "weeks")) == start + relativedelta(weeks=count)
    assert MONTHLY.due_day(start, Limit(count, "months")) == start + relativedelta(months=count)
    assert MONTHLY.due_day(start, Limit(count, "years")) == start + relativedelta(years=count)


@pytest.mark.parametrize(
    ("start", "text", "included", "due"),
    [
        (date(2025, 1, 31), "1 month", False, date(2025, 2, 28)),
        (date(2024, 2, 29), "1 year", False, date(2025, 2, 28)),
        (date(2025, 3, 1), "1 month", True, date(2025, 3, 31)),
        (date(2025, 1, 31), "1 month", True, date(2025, 2, 28)),
        (date(2025, 1, 1), "1 year", True, date(2025, 12, 31)),
        (date(2025, 3, 3), "1 week", True, date(2025, 3, 9)),
        (date(2025, 3, 3), "0 days", True, date(2025, 3, 3)),
        (date(2025, 12, 24), "1 working day", False, date(2025, 12, 26)),
        (date(2025, 12, 15), "10 working days", False, date(2025, 12, 30)),
        (date(2026, 1, 3), "0 working days", False, date(2026, 1, 3)),
    ],
)
def test_counts_a_person_would_check(start: date, text: str, included: bool, due: date) -> None:
    assert replace(MONTHLY, first_day_included=included).due_day(start, limit(text)) == due


@given(days, st.integers(0, 60), st.sampled_from(["days", "weeks"]))
def test_a_last_day_rolls_to_the_next_working_day_and_no_further(start: date, count: int, unit: str) -> None:
    rolling = replace(PLAIN, rolls=True)
    plain = Limit(count, unit)  # type: ignore[arg-type]
    assume(PLAIN.due_day(start, plain) < date(2027, 12, 1))
    due, stands = rolling.due_day(start, plain), PLAIN.due_day(start, plain)
    assert rolling.is_working_day(due)
    assert due == stands or rolling.working_days_between(stands - timedelta(days=1), due) == 1


@given(days | wide, st.integers(1, 900) | st.integers(1, 999_999))
def test_a_working_day_count_never_leaves_what_is_known(start: date, count: int) -> None:
    inside = PLAIN.known_from <= start + timedelta(days=1) and count <= 760 and start < PLAIN.known_to
    if inside and PLAIN.working_days_between(start, PLAIN.known_to) >= count:
        assert start < PLAIN.due_day(start, Limit(count, "working days")) <= PLAIN.known_to
    else:
        with pytest.raises(LimitProblem, match="knows working days from 2025-01-01 to 2027-12-31"):
            PLAIN.due_day(start, Limit(count, "working days"))


def test_a_count_that_ends_on_the_last_known_day_is_given_and_one_further_refused() -> None:
    last = date(2027, 12, 31)
    assert PLAIN.due_day(date(2027, 12, 30), limit("1 working day")) == last
    with pytest.raises(LimitProblem, match="not 2028-01-01"):
        PLAIN.due_day(date(2027, 12, 30), limit("2 working days"))
    with pytest.raises(LimitProblem, match="not 2024-12-31"):
        PLAIN.working_days_between(date(2024, 12, 30), date(2025, 1, 5))


@given(wide, st.integers(0, 999_999), st.sampled_from(["months", "years"]))
def test_months_under_refusal_never_give_a_day(start: date, count: int, unit: str) -> None:
    with pytest.raises(LimitProblem, match="refuses months and years"):
        PLAIN.due_day(start, Limit(count, unit))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["not stated", "without delay", "3 hours"])
def test_what_ends_on_no_day_is_refused(text: str) -> None:
    with pytest.raises(LimitProblem, match="does not end on a day"):
        PLAIN.due_day(date(2025, 3, 3), limit(text))


@pytest.mark.parametrize("text", ["999999 weeks", "999999 years", "999999 months", "999999 days"])
def test_a_limit_beyond_all_calendars_is_refused(text: str) -> None:
    with pytest.raises(LimitProblem, match="leaves the calendar"):
        MONTHLY.due_day(date(9000, 1, 1), limit(text))
    with pytest.raises(LimitProblem):
        MONTHLY.end_of(date.max)
    with pytest.raises(LimitProblem):
        MONTHLY.start_of(date.min)


ZONES = ["Europe/Zurich", "UTC", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia", "America/Havana",
         "Asia/Kathmandu", "Africa/Monrovia", "Asia/Amman", "America/Scoresbysund", "Antarctica/Troll",
         "Pacific/Kwajalein", "Australia/Lord_Howe", "America/Asuncion", "Asia/Gaza"]  # fmt: skip


@given(st.sampled_from(ZONES), st.dates(date(1900, 1, 2), date(2060, 1, 1)))
def test_the_due_instant_is_the_first_on_a_later_day(zone: str, last: date) -> None:
    _first_instant_after(zone, last)


@pytest.mark.parametrize(
    ("zone", "last"),
    [
        ("America/Sao_Paulo", date(2017, 10, 14)),  # midnight of the 15th does not exist
        ("America/Sao_Paulo", date(2018, 2, 17)),  # 23:00 comes twice
        ("Pacific/Apia", date(2011, 12, 29)),  # the whole 30th does not exist
        ("Pacific/Apia", date(2011, 12, 30)),
        ("Pacific/Kwajalein", date(1993, 8, 20)),
        ("Africa/Monrovia", date(1972, 1, 6)),
        ("America/Scoresbysund", date(2024, 3, 30)),
        ("Asia/Gaza", date(2011, 3, 31)),
        ("America/Havana", date(2025, 3, 8)),
        ("America/Toronto", date(1919, 3, 30)),  # 23:30 is followed by 00:30
    ],
)
def test_clock_changes_at_midnight(zone: str, last: date) -> None:
    _first_instant_after(zone, last)


def _first_instant_after(zone: str, last: date) -> None:
    end = replace(PLAIN, zone=zone).end_of(last)
    assert end.tzinfo is UTC
    assert end.astimezone(ZoneInfo(zone)).date() > last
    before = (end - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    assert before <= last
    for hours in range(1, 30):  # and at no earlier instant of that night
        assert (end - timedelta(hours=hours)).astimezone(ZoneInfo(zone)).date() <= last


def test_hours_are_elapsed_time_over_a_clock_change() -> None:
    start = datetime(2025, 3, 29, 12, tzinfo=ZoneInfo("Europe/Zurich"))
    assert PLAIN.due_instant(start, limit("24 hours")) == datetime(2025, 3, 30, 11, tzinfo=UTC)
    assert PLAIN.due_instant(start, limit("1 day")) == datetime(2025, 3, 30, 22, tzinfo=UTC)
    with pytest.raises(LimitProblem, match="the hour is not recorded"):
        PLAIN.due_instant(date(2025, 3, 29), limit("24 hours"))


def test_days_are_counted_on_the_local_date_of_an_instant() -> None:
    late = datetime(2025, 3, 3, 23, 30, tzinfo=UTC)
    assert PLAIN.local_day(late) == date(2025, 3, 4)
    assert PLAIN.due_instant(late, limit("1 day")) == datetime(2025, 3, 5, 23, tzinfo=UTC)
    assert PLAIN.due_day(late, limit("1 day")) == date(2025, 3, 5)
