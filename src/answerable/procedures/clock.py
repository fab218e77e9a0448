"""Moments as a case records them, and the instants at which limits counted from them pass.

Inside an execution every instant is a whole number of microseconds since 1970 in UTC: days and instants are brought
there through the calendar's zone once, and compared as numbers from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from answerable.procedures.calendar import Calendar
from answerable.procedures.casefile import Moment
from answerable.procedures.errors import LimitProblem
from answerable.procedures.limit import Limit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: Days for which a table of working days is kept: what calendars know is some years.
_TABLE = 40_000


class Span(NamedTuple):
    """When something happened, as far as that is known: instants ``lo`` to ``hi``, local days ``first`` to ``last``.

    ``lo`` and ``first`` are None where nothing bounds it from below. ``whole`` says that it is exactly one day.
    """

    lo: int | None
    hi: int
    first: date | None
    last: date
    whole: bool = False


class Due(NamedTuple):
    """When a limit passes: at the instant ``hi``, and not before ``lo`` (None: nobody can tell), which are the same
    where the start is known. ``first`` and ``last`` are the days, or instants for a limit in hours, to print."""

    lo: int | None
    hi: int
    first: Moment | None
    last: Moment


@dataclass(slots=True)
class Clock:
    """A calendar with what was computed from it."""

    calendar: Calendar
    zone: ZoneInfo
    _days: dict[date, Span]
    _due: dict[tuple[date, int | None, str | None], tuple[int, date]]
    _worked: list[int]

    @classmethod
    def of(cls, calendar: Calendar) -> Clock:
        """The clock of ``calendar``."""
        return cls(calendar, ZoneInfo(calendar.zone), {}, {}, [])

    def span(self, moment: Moment) -> Span:
        """A day from its first to its last instant, or an instant."""
        if isinstance(moment, datetime):
            at, local = number(moment), self.calendar.local_day(moment)
            return Span(at, at, local, local)
        found = self._days.get(moment)
        if found is None:
            start, end = self.calendar.start_of(moment), self.calendar.end_of(moment)
            found = self._days[moment] = Span(number(start), number(end) - 1, moment, moment, whole=True)
        return found

    def local(self, instant: int) -> datetime:
        """The instant in the calendar's zone."""
        return (_EPOCH + timedelta(microseconds=instant)).astimezone(self.zone)

    def due(self, start: Span, limit: Limit) -> Due | None:
        """When ``limit`` passes if it runs from ``start``; None for a limit that measures nothing.

        Raises `LimitProblem` where the calendar refuses to count it from the latest day it may have begun.
        """
        if not limit.measured:
            return None
        if limit.unit == "hours":
            return self._hours(start, limit)
        hi, last = self._passes(start.last, limit)
        if start.first == start.last:
            return Due(hi, hi, last, last)
        if start.first is None:
            return Due(None, hi, None, last)
        try:
            lo, first = self._passes(start.first, limit)
        except LimitProblem:  # it may have begun before what the calendar knows: then nobody can tell
            return Due(None, hi, None, last)
        return Due(lo, hi, first, last)

    def _hours(self, start: Span, limit: Limit) -> Due:
        length = (limit.amount or 0) * 3_600_000_000
        lo = None if start.lo is None else start.lo + length
        try:
            return Due(lo, start.hi + length, None if lo is None else self.local(lo), self.local(start.hi + length))
        except OverflowError:
            raise LimitProblem(f"“{limit}” from {start.last} leaves the calendar", place=self.calendar.place) from None

    def _passes(self, start: date, limit: Limit) -> tuple[int, date]:
        key = (start, limit.amount, limit.unit)
        found = self._due.get(key)
        if found is None:
            last = self.calendar.due_day(start, limit)
            found = self._due[key] = number(self.calendar.end_of(last)), last
        return found

    def lateness(self, due: Moment, done: date) -> tuple[int, int | None]:
        """Days, and working days, from the last day of a limit to ``done``; None where the calendar does not know."""
        last = self.calendar.local_day(due) if isinstance(due, datetime) else due
        try:
            return (done - last).days, self._working_days(last, done)
        except LimitProblem:
            return (done - last).days, None

    def _working_days(self, start: date, end: date) -> int:
        """As the calendar counts them, from a table of how many there were up to each day."""
        first, last = self.calendar.known_from, self.calendar.known_to
        if not first <= start <= end <= last or (last - first).days > _TABLE:
            return self.calendar.working_days_between(start, end)
        if not self._worked:
            days = (date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))
            self._worked = list(accumulate(self.calendar.is_working_day(day) for day in days))
        return self._worked[(end - first).days] - self._worked[(start - first).days]


def number(instant: datetime) -> int:
    """An aware instant as microseconds since 1970 in UTC."""
    return (instant - _EPOCH) // _MICROSECOND
