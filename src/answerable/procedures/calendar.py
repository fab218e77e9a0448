"""Calendars: when a limit ends. Nothing is rounded, and nothing is counted beyond what a calendar says it knows."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from answerable.procedures.errors import LimitProblem, Place
from answerable.procedures.fields import day, identifier, items, keys, one_of, problem, shown, text
from answerable.procedures.limit import Limit
from answerable.procedures.yamlfile import Listing, Node

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Months = Literal["refuse", "same day or last day of month"]


@dataclass(frozen=True, slots=True)
class Calendar:
    """How days are counted. ``working`` are weekdays (0 for Monday); all that is ``known`` of holidays lies from
    ``known_from`` to ``known_to``; ``rolls``: a last day that is no working day gives way to the next that is one.
    """

    name: str
    zone: str
    working: frozenset[int]
    holidays: frozenset[date]
    known_from: date
    known_to: date
    first_day_included: bool
    rolls: bool
    months: Months
    place: Place

    def local_day(self, instant: datetime) -> date:
        """The date at ``instant`` (aware) in the calendar's zone."""
        return instant.astimezone(_zone(self.zone)).date()

    def is_working_day(self, when: date) -> bool:
        """Whether ``when`` is a working day. Raises `LimitProblem` outside the known days."""
        if not self.known_from <= when <= self.known_to:
            raise LimitProblem(
                f"the calendar “{self.name}” knows working days from {self.known_from} to {self.known_to}, not {when}",
                place=self.place,
                todo="add the holidays of further years, and extend “known”",
            )
        return when.weekday() in self.working and when not in self.holidays

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after ``start`` up to and including ``end``; 0 if ``end`` is not later.

        Raises `LimitProblem` where one of them is not known.
        """
        return sum(self.is_working_day(when) for when in _days(start, end))

    def due_day(self, start: date | datetime, limit: Limit) -> date:
        """The last day of ``limit`` when it runs from ``start``: a day, or the local date of an aware instant.

        Raises `LimitProblem` for a limit without amount or in hours, for months under ``months: refuse``, and where the
        count leaves the known days.
        """
        start = self.local_day(start) if isinstance(start, datetime) else start
        if limit.amount is None or limit.unit == "hours":
            raise LimitProblem(f"“{limit}” does not end on a day", place=self.place)
        try:
            return self._due_day(start, limit.amount, limit)
        except OverflowError:
            raise LimitProblem(f"“{limit}” from {start} leaves the calendar", place=self.place) from None

    def _due_day(self, start: date, amount: int, limit: Limit) -> date:
        if limit.unit == "working days":
            return self._working_day(start, amount)
        if limit.unit in ("days", "weeks"):
            count = amount * (7 if limit.unit == "weeks" else 1)
            last = start + timedelta(days=max(count - self.first_day_included, 0))
        else:
            if self.months == "refuse":
                raise LimitProblem(
                    f"the calendar “{self.name}” refuses months and years, so “{limit}” has no last day",
                    place=self.place,
                    todo="write “months: same day or last day of month” if that is the rule, or a limit in days",
                )
            last = self._month(start, amount * (12 if limit.unit == "years" else 1))
        if self.rolls:
            while not self.is_working_day(last):
                last += timedelta(days=1)
        return last

    def _working_day(self, start: date, amount: int) -> date:
        last = start
        if self.first_day_included and amount and self.is_working_day(start):
            amount -= 1
        while amount:
            last += timedelta(days=1)
            amount -= self.is_working_day(last)
        if last == start and self.rolls:
            while not self.is_working_day(last):
                last += timedelta(days=1)
        return last

    def _month(self, start: date, months: int) -> date:
        """The day of the same number ``months`` later, or the last of that month. If the first day counts, the day
        before the one of the same number, since that one begins the next month of the count."""
        years, month = divmod(start.year * 12 + start.month - 1 + months, 12)
        if not 1 <= years <= 9999:
            raise OverflowError
        length = monthrange(years, month + 1)[1]
        if start.day > length:
            return date(years, month + 1, length)
        same = date(years, month + 1, start.day)
        return same - timedelta(days=1) if self.first_day_included and months else same

    def due_instant(self, start: date | datetime, limit: Limit) -> datetime:
        """The instant (UTC) at which ``limit`` has passed when it runs from ``start``, a day or an aware instant.

        Hours are elapsed time; a day has no hour to count them from, so hours from a day are refused. Everything else
        passes at the first instant whose local date is after the last day. Raises `LimitProblem` as `due_day` does.
        """
        if limit.unit == "hours" and limit.amount is not None:
            if not isinstance(start, datetime):
                raise LimitProblem(
                    f"“{limit}” cannot be counted from {start}: the hour is not recorded",
                    place=self.place,
                    todo="record the instant with its offset",
                )
            try:
                return start.astimezone(UTC) + timedelta(hours=limit.amount)
            except OverflowError:
                raise LimitProblem(f"“{limit}” from {start} leaves the calendar", place=self.place) from None
        return self.end_of(self.due_day(start, limit))

    def end_of(self, last: date) -> datetime:
        """The first instant (UTC) whose local date is after ``last``."""
        try:
            midnight = datetime.combine(last + timedelta(days=1), time(), _zone(self.zone))
            earlier, later = (midnight.replace(fold=fold).astimezone(UTC) for fold in (1, 0))
        except OverflowError:
            raise LimitProblem(f"{last} has no following day in the calendar", place=self.place) from None
        # Where clocks skip midnight, the two readings of it lie around the skip: the new day begins between them.
        while earlier < later:
            middle = earlier + (later - earlier) // 2
            middle = middle.replace(microsecond=0)
            if self.local_day(middle) > last:
                later = middle
            else:
                earlier = middle + timedelta(seconds=1)
        return later

    def start_of(self, first: date) -> datetime:
        """The first instant (UTC) whose local date is ``first`` or later."""
        if first == date.min:
            raise LimitProblem(f"{first} has no day before it in the calendar", place=self.place)
        return self.end_of(first - timedelta(days=1))


def _days(start: date, end: date) -> Iterator[date]:
    """The days after ``start`` up to ``end``."""
    return (date.fromordinal(number) for number in range(start.toordinal() + 1, end.toordinal() + 1))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


_KEYS = (
    "calendar", "zone", "working days", "holidays", "known", "first day", "if the last day is not a working day",
    "months",
)  # fmt: skip


def parse(node: Node) -> Calendar:
    """Read one file under ``calendars/``. Raises `FileProblem`."""
    values = keys(node, "a calendar", _KEYS)
    known = keys(values["known"], "“known”", ("from", "to"))
    first, last = day(known["from"], "the first day known"), day(known["to"], "the last day known")
    if first > last:
        raise problem(values["known"], "“from” is after “to”", "exchange them")
    working = [one_of(item, "a weekday", WEEKDAYS) for item in items(values["working days"], "“working days”")]
    empty = isinstance(values["holidays"], Listing) and not values["holidays"].items
    holidays = () if empty else items(values["holidays"], "“holidays”")
    first_day = one_of(values["first day"], "how the first day counts", ("excluded", "included"))
    rolls = one_of(values[_KEYS[6]], "what happens then", ("stands", "next working day"))
    months: Months = one_of(values["months"], "how months count", ("refuse", "same day or last day of month"))  # type: ignore[assignment]
    return Calendar(
        identifier(values["calendar"], "the name of a calendar"),
        _zone_name(values["zone"]),
        frozenset(WEEKDAYS.index(word) for word in working),
        frozenset(_holiday(item, first, last) for item in holidays),
        first,
        last,
        first_day == "included",
        rolls == "next working day",
        months,
        values["calendar"].place,
    )


def _holiday(node: Node, first: date, last: date) -> date:
    found = day(node, "a holiday")
    if not first <= found <= last:
        raise problem(node, f"the holiday {found} is not within “known”", "extend “known”, or remove the holiday")
    return found


def _zone_name(node: Node) -> str:
    name = text(node, "a time zone")
    try:
        if name == "localtime" or name.startswith(("posix/", "right/")):
            raise ValueError  # each machine has its own, or counts leap seconds
        _zone(name)
    except (ValueError, OSError, LookupError):  # LookupError is a name that no table of zones has
        raise problem(node, f"“{shown(name)}” is not a time zone", "write an IANA name such as Europe/Zurich") from None
    return name
