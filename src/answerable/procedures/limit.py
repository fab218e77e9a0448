"""Time limits as a source words them: an amount, words that measure nothing, or nothing at all.

limit  = "not stated" | "not checked" | "without delay" | "immediately" | amount ["of" ACT] [", normally"]
amount = N ("hours" | "days" | "working days" | "weeks" | "months" | "years")
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from answerable.procedures.errors import LimitProblem, Place
from answerable.procedures.fields import as_act, shown

Unit = Literal["hours", "days", "working days", "weeks", "months", "years"]
Word = Literal["not stated", "not checked", "without delay", "immediately"]
Comparison = Literal["less", "equal", "more", "not comparable"]

#: Units that convert into each other exactly: the family, and how many of its smallest unit one is.
_FAMILY: dict[Unit, tuple[str, int]] = {
    "hours": ("hours", 1),
    "days": ("days", 1),
    "weeks": ("days", 7),
    "working days": ("working days", 1),
    "months": ("months", 1),
    "years": ("months", 12),
}
_AMOUNT = re.compile(
    r"(?P<amount>0|[1-9][0-9]{0,5}) (?P<unit>hour|day|working day|week|month|year)s?"
    r"(?: of (?P<of>.+?))?(?P<normally>, normally)?"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """Either ``amount`` and ``unit``, or one of the four words. ``of`` is the act it runs from, if it names one."""

    amount: int | None = None
    unit: Unit | None = None
    of: str | None = None
    normally: bool = False
    word: Word | None = None

    @property
    def measured(self) -> bool:
        """Whether a due date can be computed from it."""
        return self.amount is not None

    def __str__(self) -> str:
        if self.word:
            return self.word
        unit = (self.unit or "")[:-1] if self.amount == 1 else self.unit
        return f"{self.amount} {unit}" + (f" of {self.of}" if self.of else "") + (", normally" if self.normally else "")


UNSTATED = Limit(word="not stated")
UNCHECKED = Limit(word="not checked")


def parse(text: str, place: Place) -> Limit:
    """Read a limit. Raises `LimitProblem` at ``place``."""
    words = " ".join(text.split())
    for word in get_args(Word):
        if words == word:
            return Limit(word=word)
    match = _AMOUNT.fullmatch(words)
    if not match:
        raise LimitProblem(
            f"“{shown(text)}” is not a limit",
            place=place,
            todo="write for instance “10 working days of receive report”, “2 weeks, normally”, “without delay” or "
            "“not stated”; numbers have no sign and no leading zero",
        )
    unit: Unit = f"{match['unit']}s"  # type: ignore[assignment]  # the six singular forms of the expression
    of = as_act(match["of"], place) if match["of"] else None
    return Limit(int(match["amount"]), unit, of, bool(match["normally"]))


def compare(a: Limit, b: Limit) -> Comparison:
    """Whether limit ``a`` is shorter than (*less*), equal to or longer than ``b``; never rounded.

    Only amounts of one family that run from the same act compare: hours; days and weeks; working days; months and
    years. Words compare only with themselves, and only if they are stated. ``normally`` makes no difference here.
    """
    if a.word or b.word:
        return "equal" if a.word == b.word in ("without delay", "immediately") else "not comparable"
    assert a.unit is not None
    assert b.unit is not None
    assert a.amount is not None
    assert b.amount is not None
    (family, one_a), (other, one_b) = _FAMILY[a.unit], _FAMILY[b.unit]
    if family != other or a.of != b.of:
        return "not comparable"
    left, right = a.amount * one_a, b.amount * one_b
    return "less" if left < right else "more" if left > right else "equal"
