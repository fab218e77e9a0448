"""Facts and what they range over. Values are words, whole numbers, scaled whole numbers for decimals, or days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from answerable.procedures.errors import Place
from answerable.procedures.fields import Stated, as_day

#: The value of a fact in a case: a word, a number (a decimal is held as the number of its smallest units), or a day.
Value = str | int | date

_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class YesNo:
    """``yes`` or ``no``."""

    def parse(self, word: str) -> str | None:
        """The value that ``word`` writes, or None if there is none in this domain."""
        return word if word in ("yes", "no") else None

    def print_(self, value: Value) -> str:
        """The word that `parse` reads as ``value``."""
        return str(value)

    def describe(self) -> str:
        """The domain in words, for errors."""
        return "yes or no"

    ordered = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several words, in the order declared."""

    values: tuple[str, ...]
    ordered = False

    def parse(self, word: str) -> str | None:
        return word if word in self.values else None

    def print_(self, value: Value) -> str:
        return str(value)

    def describe(self) -> str:
        return "one of " + ", ".join(self.values)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from ``first`` to ``last``, both included."""

    first: int
    last: int
    ordered = True

    def parse(self, word: str) -> int | None:
        return int(word) if _NUMBER.fullmatch(word) and self.first <= int(word) <= self.last else None

    def print_(self, value: Value) -> str:
        return str(value)

    def describe(self) -> str:
        return f"a whole number from {self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class Decimal:
    """A decimal with ``places`` digits after the point; ``first`` and ``last`` count its smallest units."""

    first: int
    last: int
    places: int
    ordered = True

    def parse(self, word: str) -> int | None:
        units, places = as_decimal(word) or (-1, -1)
        return units if places == self.places and self.first <= units <= self.last else None

    def print_(self, value: Value) -> str:
        digits = str(value).rjust(self.places + 1, "0")
        return f"{digits[: -self.places]}.{digits[-self.places :]}"

    def describe(self) -> str:
        return f"a number from {self.print_(self.first)} to {self.print_(self.last)} with {self.places} decimal places"


@dataclass(frozen=True, slots=True)
class DayRange:
    """A day from ``first`` to ``last``, both included."""

    first: date
    last: date
    ordered = True

    def parse(self, word: str) -> date | None:
        found = as_day(word)
        return found if found and self.first <= found <= self.last else None

    def print_(self, value: Value) -> str:
        return str(value)

    def describe(self) -> str:
        return f"a day from {self.first} to {self.last}"


Domain = YesNo | OneOf | Whole | Decimal | DayRange


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a case may be asked about. A judgement names who makes it and by what standard, or that nobody says."""

    name: str
    domain: Domain
    judgement: bool
    decided_by: str | Stated | None
    standard: str | Stated | None
    place: Place


def as_decimal(word: str) -> tuple[int, int] | None:
    """``(smallest units, places)`` of a decimal such as ``0.50``, or None."""
    match = re.fullmatch(r"(0|[1-9][0-9]{0,11})\.([0-9]{1,6})", word)
    return (int(match[1] + match[2]), len(match[2])) if match else None
