"""What became of one norm, in one reading, in the course of one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from answerable.procedures.clock import Due, Span
from answerable.procedures.condition import Condition
from answerable.procedures.course import PLAIN, Course
from answerable.procedures.duties import Deviation, count, printed
from answerable.procedures.errors import LimitProblem
from answerable.procedures.facts import turns_on
from answerable.procedures.finding import Lean
from answerable.procedures.norm import Choice, Reading
from answerable.procedures.timeline import Happening

VerdictKind = Literal[
    "did not apply", "kept", "not done (no limit stated)", "open", "breached", "a permission", "undetermined"
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``turns_on`` are the facts, days or orders that an undetermined outcome turns on, ``text`` the words for it, and
    ``if_so`` what holds if that is so. ``deviations`` are the breaches."""

    kind: VerdictKind
    text: str
    turns_on: tuple[str, ...] = ()
    if_so: Outcome | None = None
    leans_on: tuple[Lean, ...] = ()
    deviations: tuple[Deviation, ...] = ()

    def leaning(self, leans_on: Sequence[Lean]) -> Outcome:
        """The same, leaning on these too."""
        return replace(self, leans_on=(*leans_on, *self.leans_on))


def undetermined(turns: Sequence[str], words: str, if_so: Outcome | None = None) -> Outcome:
    """An outcome that turns on something; where what follows turns on more, on both."""
    if if_so is not None and if_so.kind == "undetermined":
        turns, words, if_so = (*turns, *if_so.turns_on), f"{words}; and on {if_so.text}", if_so.if_so
    return Outcome("undetermined", words, tuple(turns), if_so)


@dataclass(frozen=True, slots=True)
class Ruling:
    """One reading of the norm ``name`` against a course. ``condition`` is when it applies, exceptions counted."""

    course: Course
    name: str
    reading: Reading
    condition: Condition

    def outcome(self) -> Outcome:
        """What became of it."""
        course, mode = self.course, self.reading.mode
        answers = [course.decide(self.condition, point) for point in range(len(course.known))]
        if answers[-1] is False and True not in answers:
            support = course.support(self.condition)
            return Outcome("did not apply", f"did not apply ({support.words})", leans_on=support.leans_on)
        if mode in ("may", "decides"):
            return Outcome("a permission", "a permission")
        if True in answers:
            first = answers.index(True)
            owed = course.events[first - 1].span if first else None
            return self._content(owed, assumed=False).leaning(course.support(self.condition, first).leans_on)
        facts = course.waiting_on(self.condition)
        words = turns_on(facts, course.background.vocabulary)
        return undetermined(facts, words, self._content(None, assumed=True))

    def _content(self, owed: Span | None, *, assumed: bool) -> Outcome:
        """What became of what it asks, owed since ``owed`` (None: nobody can tell)."""
        if self.reading.mode == "must":
            return self._must(owed)
        if self.reading.mode == "alone":
            return self._alone(assumed=assumed)
        return self._forbidden(self.reading.forbidden, assumed=assumed)

    def _forbidden(self, acts: Sequence[str], *, assumed: bool) -> Outcome:
        broken: list[Deviation] = []
        unsure: list[str] = []
        for place, happening in self.course.doing(acts):
            bound = self.course.is_of(self.reading.who, happening)
            applied = assumed or self._applied(place)
            act = next(act for act in happening.acts if act in acts)
            if bound and applied:
                broken.append(self._breach("forbidden", happening, act, f"{self.name} forbids it"))
            elif bound is None and applied is not False:
                unsure.append(f"who did event {happening.event.seq}")
            elif applied is None and bound is not False:
                unsure.append(f"what held before event {happening.event.seq}")
        return self._held(broken, unsure)

    def _alone(self, *, assumed: bool) -> Outcome:
        who = self.reading.who
        broken: list[Deviation] = []
        unsure: list[str] = []
        for place, happening in self.course.doing(self.reading.reserved):
            entitled = self.course.is_of(who, happening)
            applied = assumed or self._applied(place)
            act = next(act for act in happening.acts if act in self.reading.reserved)
            if entitled is False and applied:
                only = " or ".join(who) if isinstance(who, tuple) else who
                about = f"{happening.event.who}; {self.name} reserves it to {only}"
                broken.append(self._breach("forbidden", happening, act, about))
            elif entitled is None and applied is not False:
                unsure.append(f"who did event {happening.event.seq}")
            elif applied is None and entitled is False:
                unsure.append(f"what held before event {happening.event.seq}")
        return self._held(broken, unsure)

    def _applied(self, place: int) -> bool | None:
        """Whether the norm applied when an event happened: by what was known then, or if that is silent, now."""
        answer = self.course.decide(self.condition, place)
        return self.course.decide(self.condition) if answer is None else answer

    def _held(self, broken: list[Deviation], unsure: list[str]) -> Outcome:
        if broken:
            first = broken[0]
            more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
            text = f"breached: “{first.act}” was done (event {first.seq}){more}"
            return Outcome("breached", text, deviations=tuple(broken), leans_on=first.leans_on)
        if unsure:
            return undetermined(unsure, f"{' and '.join(unsure)}, which is not stated")
        return Outcome("kept", "kept")

    def _must(self, owed: Span | None) -> Outcome:
        done: list[tuple[Choice, Happening]] = []
        unsure: list[Happening] = []
        undone: list[Choice] = []
        for choice in self.reading.choices:
            found = [(self.course.is_of(self.reading.who, one), one) for _, one in self.course.doing(choice)]
            if certain := [one for own, one in found if own]:
                done.append((choice, certain[0]))
            elif doubtful := [one for own, one in found if own is None]:
                unsure.append(doubtful[0])
            else:
                undone.append(choice)
        if undone:
            return self._undone(undone[0], owed)
        if unsure:
            events = ", ".join(str(one.event.seq) for one in unsure)
            return undetermined((f"who did event {events}",), f"who did event {events}, which is not stated")
        return self._done(done, owed)

    def _undone(self, choice: Choice, owed: Span | None) -> Outcome:
        course, limit = self.course, self.reading.within
        said = "the source says so" if course.not_done(choice) else "no record of it"
        text = f"not done by {course.as_of} ({said})"
        others = [one for _, one in course.doing(choice)]
        if others:
            text += f"; event {others[0].event.seq} was by {others[0].event.who}, whose act it is not"
        if limit is None or limit.word == "not stated":
            return Outcome("not done (no limit stated)", f"{text}; no time limit is stated")
        if not limit.measured:
            measure = "its time limit was not checked" if limit.word == "not checked" else f"“{limit}” measures nothing"
            return Outcome("open", f"open: {text}; {measure}")
        due = self._due(owed)
        if due is None:
            return Outcome("open", f"open: {text}; its limit runs from “{limit.of}”, which is not on record")
        if isinstance(due, str):
            return undetermined((due,), due, Outcome("open", text))
        if due.hi <= course.now:
            days, working_days = course.clock.lateness(due.last, course.as_of)
            day = course.clock.calendar.local_day(due.last) if isinstance(due.last, datetime) else due.last
            about = f"due {printed(due.last)}; {count(days, 'day')} ago"
            breach = Deviation(
                day, "never done", " or ".join(choice), None, about, due.last, days, working_days, (self.name,)
            )
            return Outcome("breached", f"breached: {text}; due {printed(due.last)}", deviations=(breach,))
        if due.lo is None or due.lo <= course.now:
            return undetermined(("when its limit began",), "when its limit began, which is not known to the day")
        return Outcome("open", f"open: {text}; due {printed(due.last)}")

    def _done(self, done: list[tuple[Choice, Happening]], owed: Span | None) -> Outcome:
        leans = [
            Lean("taken as", f"event {one.event.seq}", one.event.taken_as.text)
            for choice, one in done
            if one.event.taken_as and one.event.act not in choice
        ]
        events = ", ".join(str(seq) for seq in sorted({one.event.seq for _, one in done}))
        kept = Outcome("kept", f"kept (event {events})", leans_on=tuple(leans))
        due = self._due(owed)
        if due is None:
            return kept
        if isinstance(due, str):
            return undetermined((due,), due, kept)
        late = [(choice, one) for choice, one in done if one.span.lo is not None and one.span.lo >= due.hi]
        hedged = self.reading.within is not None and self.reading.within.normally
        late = [(choice, one) for choice, one in late if not (hedged and one.event.reasons)]
        if late:
            choice, one = late[0]
            days, working_days = self.course.clock.lateness(due.last, one.span.first or one.span.last)
            act = next(act for act in one.acts if act in choice)
            about = f"due {printed(due.last)}; {count(days, 'day')}"
            breach = self._breach("late", one, act, about, due, days, working_days)
            text = f"breached: done {one.span.last} (event {one.event.seq}), due {printed(due.last)}"
            return Outcome("breached", text, deviations=(breach,), leans_on=tuple(leans))
        if any(due.lo is None or one.span.hi >= due.lo for _, one in done if not (hedged and one.event.reasons)):
            return undetermined(
                ("when it was done and due",), "when it was done and due, which is not known to the day"
            )
        return kept

    def _due(self, owed: Span | None) -> Due | str | None:
        """When the limit passes; None where there is none, or it has not begun; or what that turns on."""
        limit = self.reading.within
        if limit is None or not limit.measured:
            return None
        if limit.unit in ("working days", "months", "years") and self.course.clock.calendar is PLAIN:
            return f"how {limit.unit} are counted, for which no calendar is given"
        start = owed
        if limit.of is not None:
            began = self.course.day_of(limit.of)
            if began is None:
                return None
            start = began if owed is None or owed.hi < began.hi else owed
        if start is None:
            return "when it came to be owed, which is not stated"
        try:
            return self.course.clock.due(start, limit)
        except LimitProblem as error:
            return f"a day that cannot be counted: {error.what}"

    def _breach(
        self,
        kind: Literal["forbidden", "late"],
        happening: Happening,
        act: str,
        about: str,
        due: Due | None = None,
        days: int | None = None,
        working_days: int | None = None,
    ) -> Deviation:
        taken, seq = happening.event.taken_as, happening.event.seq
        leans = (Lean("taken as", f"event {seq}", taken.text),) if taken and act != happening.event.act else ()
        last = due.last if due else None
        return Deviation(happening.span.last, kind, act, seq, about, last, days, working_days, (self.name,), leans)
