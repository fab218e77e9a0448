"""What a verification says: labelled lines for a person, plain data for a machine, a verdict and an exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from answerable.errors import FALSE, NOT_YET, TRUE

#: The words a verification ends with, and the exit code of each.
PASS, FAIL, PENDING, BROKEN = "PASS", "FAIL", "not yet", "BROKEN PROMISE"
EXIT_CODES: Mapping[str, int] = {PASS: TRUE, FAIL: FALSE, PENDING: NOT_YET, BROKEN: FALSE}

Line = tuple[str, str]


@dataclass(frozen=True)
class Report:
    """The outcome of a verification. The last of `lines` is the verdict."""

    lines: tuple[Line, ...]
    verdict: str
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 true, 1 false, 3 not yet."""
        return EXIT_CODES[self.verdict]


class Draft:
    """A report in the making."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._data: dict[str, object] = {}

    def say(self, label: str, text: str, **data: object) -> None:
        """Add a line, and what it says as data."""
        self._lines.append((label, text))
        self._data.update(data)

    def end(self, verdict: str, text: str = "", **data: object) -> Report:
        """The report, ended by its verdict."""
        return Report(
            (*self._lines, (verdict, text)), verdict, {**self._data, **data, "verdict": verdict, "says": text}
        )


def moment(time: int) -> str:
    """POSIX seconds as people write them in UTC, or as a number when no calendar reaches them."""
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{time} seconds after 1970"


def short(value: bytes) -> str:
    """A hash, cut to what an eye can compare: ``5be0…91``."""
    text = value.hex()
    return f"{text[:4]}…{text[-2:]}"


def many(count: int, what: str) -> str:
    """``1 tile``, ``18 tiles``."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
