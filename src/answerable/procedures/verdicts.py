"""Norms of a statement against a case: did not apply, kept, not done, open, breached, a permission, or undetermined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from answerable.procedures.condition import And, Condition, Not
from answerable.procedures.course import Course
from answerable.procedures.duties import Deviation
from answerable.procedures.fields import NOT_STATED, Stated
from answerable.procedures.finding import Json, Lean, leans
from answerable.procedures.norm import Norm, Reading
from answerable.procedures.outcome import Outcome, Ruling, VerdictKind, undetermined
from answerable.procedures.statement import Applies, Statement

#: Supports that are printed beside a verdict; the others stand in the JSON.
_PRINTED = ("assumption", "taken as", "paraphrase", "judgment")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one norm. ``readings`` has an outcome for each way it is read, under None if there is but one."""

    norm: str
    verdict: VerdictKind
    turns_on: tuple[str, ...]
    readings: Mapping[str | None, Outcome]
    leans_on: tuple[Lean, ...]
    order: str | None = None  # the order of events it turns on

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """The breaches, where the verdict is *breached*."""
        found = (one for outcome in self.readings.values() for one in outcome.deviations)
        return tuple(dict.fromkeys(found)) if self.verdict == "breached" else ()

    @property
    def if_so(self) -> str | None:
        """What holds if what it turns on is so, for a norm read in one way."""
        outcome = self._single
        return outcome.if_so.text if outcome is not None and outcome.if_so else None

    @property
    def _single(self) -> Outcome | None:
        outcomes = list(self.readings.values())
        same = all(
            (one.kind, one.text, one.if_so) == (outcomes[0].kind, outcomes[0].text, outcomes[0].if_so)
            for one in outcomes
        )
        return outcomes[0] if same and self.order is None else None

    def lines(self) -> list[str]:
        """The verdict in words: one line, or two where something depends on what is not known."""
        support = [self._support(lean) for lean in self.leans_on if lean.kind in _PRINTED]
        leaning = f"   leans on: {'; '.join(support)}" if support else ""
        if self.order is not None:
            return [f"undetermined: turns on {self.order}{leaning}"]
        if (one := self._single) is not None:
            if one.kind != "undetermined":
                return [one.text + leaning]
            head = f"undetermined: turns on {one.text}"
            return [f"{head}.{leaning}", f"If so: {one.if_so.text}"] if one.if_so else [head + leaning]
        words = dict.fromkeys(one.text for one in self.readings.values() if one.kind == "undetermined")
        head = f"undetermined: turns on {'; and on '.join(words) or 'how it is read'}"
        ways = [
            f"read “{name}”, if so: {one.if_so.text}" if one.if_so else f"read “{name}”: {_bare(one)}"
            for name, one in self.readings.items()
        ]
        return [head + leaning, "; ".join(ways)]

    def _support(self, lean: Lean) -> str:
        if lean.kind == "taken as":
            return "taken as …" if lean.what == self.norm else f"{lean.what} taken as …"
        return lean.what if lean.kind == "assumption" else lean.kind

    def data(self) -> dict[str, Json]:
        """The verdict as JSON."""
        return {
            "norm": self.norm,
            "verdict": self.verdict,
            "turns_on": list(self.turns_on),
            "if_so": self.if_so,
            "text": " ".join(self.lines()),
            "readings": {
                name: {"verdict": one.kind, "text": one.text, "if_so": one.if_so.text if one.if_so else None}
                for name, one in self.readings.items()
                if name is not None
            },
            "leans_on": [lean.data() for lean in self.leans_on],
        }


def _bare(outcome: Outcome) -> str:
    return f"turns on {outcome.text}" if outcome.kind == "undetermined" else outcome.text


def verdict(
    courses: Sequence[Course],
    pairs: Sequence[tuple[int, int]],
    statement: Statement,
    norm: Norm,
    applies: Applies | None,
) -> Verdict:
    """The verdict on ``norm`` in the course of a case: in all possible courses, where the order of events is open.

    ``applies`` says when the text is in force: see `governing`.
    """
    found = [_verdict(course, statement, norm, applies) for course in courses]
    first = found[0]
    if all(one.verdict == first.verdict and one.lines() == first.lines() for one in found):
        return first
    words = f"the order of events {', '.join(f'{one} and {other}' for one, other in pairs)}, which is not known"
    return Verdict(norm.full, "undetermined", (words,), first.readings, first.leans_on, words)


def _verdict(course: Course, statement: Statement, norm: Norm, applies: Applies | None) -> Verdict:
    readings = {reading.name: _outcome(course, statement, norm, reading, applies) for reading in norm.readings}
    outcomes = list(readings.values())
    kinds = {one.kind for one in outcomes}
    kind: VerdictKind = outcomes[0].kind if len(kinds) == 1 else "undetermined"
    turns = tuple(dict.fromkeys(fact for one in outcomes for fact in one.turns_on))
    if kind == "undetermined" and not turns:
        turns = ("how it is read",)
    support = [lean for one in outcomes for part in (one, one.if_so) if part for lean in part.leans_on]
    content = [one for one in outcomes if one.kind not in ("did not apply", "a permission")]
    return Verdict(norm.full, kind, turns, readings, leans([*support, *_leans(statement, norm, bool(content))]))


def _leans(statement: Statement, norm: Norm, content: bool) -> Iterator[Lean]:
    if norm.gist is not None:
        yield Lean("paraphrase", norm.full, "our paraphrase: its text is not held")
    if statement.quoted_by:
        yield Lean("account", statement.name, f"held only as quoted by {statement.quoted_by}")
    if statement.reads:
        yield Lean("judgment", statement.name, f"reads {statement.reads}")
    if content and norm.taken_as:
        yield Lean("taken as", norm.full, norm.taken_as)
    if content and norm.force != "rule":
        yield Lean("force", norm.full, f"{norm.force} taken as a duty")
    if content and norm.who == NOT_STATED:
        yield Lean("impersonal", norm.full, "no bearer is stated")


def _outcome(course: Course, statement: Statement, norm: Norm, reading: Reading, applies: Applies | None) -> Outcome:
    found = [Ruling(course, norm.full, reading, when).outcome() for when in _conditions(statement, norm, reading)]
    outcome = found[0]
    if any((one.kind, one.text, one.if_so) != (outcome.kind, outcome.text, outcome.if_so) for one in found):
        outcome = undetermined(("how its exceptions are read",), "how its exceptions are read")
    if applies is None or outcome.kind in ("did not apply", "a permission"):
        return outcome
    return _governed(course, applies, outcome)


def governing(statement: Statement, statements: Mapping[str, Statement]) -> Applies | None:
    """When a text is in force: by its own words, or else, for one that reads another, as that other is."""
    passed = set[str]()
    while statement.applies is None and (read := statement.reads) is not None and read not in passed:
        passed.add(read)
        statement = statements[read]
    return statement.applies


def _conditions(statement: Statement, norm: Norm, reading: Reading) -> Iterator[Condition]:
    """When the norm applies, its exceptions counted: one condition for each way in which those can be read."""
    above = [other for other in statement.norms if norm.id in other.exception_to]
    if not above:
        yield reading.when
        return
    ways = [[when for way in other.readings for when in _conditions(statement, other, way)] for other in above]
    seen = set()
    for choice in product(*(dict.fromkeys(way) for way in ways)):
        condition = And((reading.when, *(Not(when) for when in choice)))
        if condition not in seen:
            seen.add(condition)
            yield condition


def _governed(course: Course, applies: Applies, outcome: Outcome) -> Outcome:
    """The outcome under a text that is in force on some days only: its act chooses the version that governs."""
    governs = in_force(course, applies)
    if governs:
        return outcome
    period = f"in force from {applies.from_}{f' to {applies.to}' if applies.to else ''}"
    if governs is False:
        return Outcome("did not apply", f"did not apply ({period})")
    if applies.chosen_by == NOT_STATED:
        return undetermined(("whether it governs the case",), f"whether it governs the case ({period})", outcome)
    words = f"the day of “{applies.chosen_by}” ({period}), which is not known"
    return undetermined((f"the day of “{applies.chosen_by}”",), words, outcome)


def in_force(course: Course, applies: Applies) -> bool | None:
    """Whether the day of the act that chooses the version lies within its period; None if that day is not known."""
    span = None if isinstance(applies.chosen_by, Stated) else course.day_of(applies.chosen_by)
    if span is None:
        return None
    first, last, to = span.first, span.last, applies.to
    if last < applies.from_ or (to is not None and first is not None and first > to):
        return False
    begun = first is not None and first >= applies.from_
    return True if begun and (to is None or last <= to) else None
