"""What an audit of slots found, as a note that its auditor signs: the text of it, and the entry that follows from it.

    answerable/slots-audited@v1
    origin <the register's origin>
    size <number>
    root <64 hex>
    period <quarter>
    from <number>
    to <number>
    opened <number>
    erased <number>
    orphaned <number>
    day <YYYY-MM-DD>

The slots from ``from`` up to, not including, ``to`` each opened as one thing; an audit that found otherwise has no such
note. ``size`` and ``root`` are the head that was read. `slots.audited` names the SHA-256 of the signed note.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from hashlib import sha256

from answerable.record.canonical import Json
from answerable.record.errors import NoteError, SlotError
from answerable.record.reports import PASS, PENDING, Report
from answerable.record.slots import ticks_of_period

FIRST = "answerable/slots-audited@v1"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)
_ORIGIN = re.compile(r"[!-~]{1,255}", re.ASCII)
_ROOT = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Audited:
    """An audit in which nothing was wrong. ``start`` and ``stop`` are the note's ``from`` and ``to``."""

    origin: str
    size: int
    root: str
    period: str
    start: int
    stop: int
    opened: int
    erased: int
    orphaned: int
    day: date

    def __post_init__(self) -> None:
        ticks_of_period(self.period)
        if not 0 <= self.start < self.stop <= self.size:
            raise NoteError("the slots of an audit lie within the register that was read")
        if self.opened + self.erased + self.orphaned != self.stop - self.start:
            raise NoteError("every audited slot opened, was erased or is an orphan: the numbers do not add up")

    def text(self) -> str:
        """The note's text, to be signed."""
        lines = [f"{name} {value}" for name, value in zip(_NAMES, self._values(), strict=True)]
        return "\n".join((FIRST, *lines)) + "\n"

    def _values(self) -> tuple[str, ...]:
        return tuple(str(getattr(self, one.name)) for one in fields(self))

    def entry(self, note: bytes) -> dict[str, Json]:
        """The own members of `slots.audited`; ``note`` is the signed note."""
        found: dict[str, Json] = {"period": self.period, "from": self.start, "to": self.stop, "failed": 0}
        counts: dict[str, Json] = {"opened": self.opened, "erased": self.erased, "orphaned": self.orphaned}
        return {**found, **counts, "report_sha256": sha256(note).hexdigest()}


_NAMES = ("origin", "size", "root", "period", "from", "to", "opened", "erased", "orphaned", "day")


def of_report(report: Report, head: Mapping[str, object], day: date, *, so_far: bool) -> Audited:
    """What a full audit found, for its auditor to sign. ``head`` is the register's ``origin``, ``size`` and ``root``.

    Raises `SlotError` for an audit that failed, for a sample, which judges no chains, and for a quarter that the
    register does not hold whole, unless ``so_far`` says that its slots until now are meant.
    """
    if report.verdict not in (PASS, PENDING):
        raise SlotError("nothing is recorded of an audit that failed", todo="publish what it found as an incident")
    if "sample" in report.data:
        raise SlotError("a sample is not recorded: only the full audit excludes a single alternative")
    if report.verdict == PENDING and not so_far:
        raise SlotError(
            "the quarter is not over, and nothing is recorded of it yet",
            todo="audit it when the register holds all of it, or say --so-far",
        )
    start, stop, opened, erased, orphaned = (
        int(str(report.data[name])) for name in ("from", "to", "opened", "erased", "orphaned")
    )
    origin, size, root = str(head["origin"]), int(str(head["size"])), str(head["root"])
    return Audited(origin, size, root, str(report.data["period"]), start, stop, opened, erased, orphaned, day)


def parse(text: str) -> Audited:
    """The audit that a note's text tells of. Raises `NoteError` for anything else."""
    lines = text.split("\n")
    named = [line.partition(" ") for line in lines[1:-1]]
    if lines[0] != FIRST or lines[-1] or tuple(name for name, _, _ in named) != _NAMES:
        raise NoteError("this is no note of an audit of slots", todo="make one with: record audit-slots --sign")
    values = dict(zip(_NAMES, (value for _, _, value in named), strict=True))
    numbers = [values[name] for name in _NAMES if name in ("size", "from", "to", "opened", "erased", "orphaned")]
    whole = all(_NUMBER.fullmatch(one) for one in numbers)
    if not whole or not _ORIGIN.fullmatch(values["origin"]) or not _ROOT.fullmatch(values["root"]):
        raise NoteError("a number, the origin or the root of the audit is not written as it must be")
    try:
        day = date.fromisoformat(values["day"])
    except ValueError:
        raise NoteError("the day of the audit is none") from None
    size, start, stop, opened, erased, orphaned = map(int, numbers)
    found = Audited(
        values["origin"], size, values["root"], values["period"], start, stop, opened, erased, orphaned, day
    )
    if found.text() != text:
        raise NoteError("the note of the audit is not spelled as such notes are")
    return found
