"""The timeline as a picture to be drawn: lanes, dots, bars, and the scale of days they stand on.

One lane per party; a dot in the sender's lane per letter; in the lane of the office that was asked, a bar per silence,
as long as its days, with an open end while it runs. Where silence has lasted much longer than the exchange, letters
drawn to the same scale would fall into one spot: then the letters get a scale of their own, its bars run out of the
picture, and below every running silence is drawn once more at full length.

Pure geometry: words come in ready, nothing here knows a language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

#: Silence reaching this many times the span of the letters gets a second part at full length.
_FAR = 1.6


@dataclass(frozen=True)
class Lane:
    """A party."""

    code: str
    name: str
    tag: str


@dataclass(frozen=True)
class Dot:
    """A letter: the lane of its sender, those it is addressed to, where it leads, what it is called aloud."""

    label: str
    day: date
    lane: str
    to: tuple[str, ...]
    href: str
    title: str


@dataclass(frozen=True)
class Bar:
    """A silence: in whose lane, from when, until when (None: it runs), what is written on it, long and short."""

    lane: str
    since: date
    until: date | None
    words: str
    href: str


@dataclass(frozen=True)
class Chart:
    """All that is drawn. Dots and bars are in the order they are listed in."""

    lanes: tuple[Lane, ...]
    dots: tuple[Dot, ...]
    bars: tuple[Bar, ...]
    as_of: date

    @property
    def first(self) -> date:
        """The first day drawn."""
        return min([dot.day for dot in self.dots] + [bar.since for bar in self.bars], default=self.as_of)

    @property
    def last_event(self) -> date:
        """The day of the last letter, or of the end of a silence if that is later."""
        ends = [bar.until for bar in self.bars if bar.until is not None]
        return max([dot.day for dot in self.dots] + ends, default=self.as_of)

    @property
    def split(self) -> bool:
        """Whether silence has outgrown the letters so far that each needs a scale of its own."""
        exchange = (self.last_event - self.first).days
        return exchange > 0 and (self.as_of - self.first).days > _FAR * exchange

    @property
    def window_end(self) -> date:
        """The last day on the letters' own scale."""
        if not self.split:
            return max(self.as_of, self.last_event)
        return self.last_event + timedelta(days=max(3, (self.last_event - self.first).days // 6))

    def bars_of(self, lane: str) -> list[Bar]:
        """The bars of a lane, from the earliest."""
        return [bar for bar in self.bars if bar.lane == lane]

    def dots_of(self, lane: str) -> list[Dot]:
        """The dots of a lane, from the earliest."""
        return sorted((dot for dot in self.dots if dot.lane == lane), key=lambda dot: dot.day)

    @property
    def running(self) -> list[Bar]:
        """Every silence that has not ended."""
        return [bar for bar in self.bars if bar.until is None]


@dataclass(frozen=True)
class Scale:
    """Days to horizontal places: ``first`` at ``left``, ``last`` at ``right``, in straight proportion."""

    first: date
    last: date
    left: float
    right: float

    def x(self, day: date) -> float:
        """The place of a day; a day outside the scale is put at its edge."""
        span = max(1, (self.last - self.first).days)
        share = min(1.0, max(0.0, (day - self.first).days / span))
        return self.left + share * (self.right - self.left)

    def ticks(self, wanted: int) -> list[date]:
        """First days of months, quarters or years inside the scale: the finest with no more than ``wanted`` of them."""
        for months in (1, 3, 12, 60, 120, 600):
            found = [day for day in _month_starts(self.first, self.last) if _on(day, months)]
            if len(found) <= wanted:
                return found
        return []


def _on(day: date, months: int) -> bool:
    return (day.year * 12 + day.month - 1) % months == 0


def _month_starts(first: date, last: date) -> list[date]:
    starts = []
    year, month = first.year, first.month
    while (day := date(year, month, 1)) <= last:
        if day >= first:
            starts.append(day)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        if year > date.max.year:
            break
    return starts
