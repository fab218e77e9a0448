"""Silence, computed from open entries alone: which letters and questions were answered, by whom, after how many days.

A pure fold: the same entries and the same day give the same clocks on any machine. The rules:

* As of a day, letters and statuses dated later do not exist yet; those without a date always do.
* A letter starts a clock for the office it asks (its ``obligor``), and one for each question it asks (``asks``). A slot
  that is no ask has a clock only while the latest word on it is ``unanswered_confirmed``.
* The office's clock stops at its first letter that lists this one in ``in_reply_to``. A letter of another office is
  shown and stops nothing; one of the asker's own is no reply. ``on_behalf`` stops nothing.
* A question's clock stops only at an assessment ``full``, counted to the day of the letter assessed, or at the word
  ``answered_accepted``, counted to the day of that word.
* The latest word is the last in the log, except that one dated earlier never replaces one dated later. An assessment is
  superseded by any later one on the same letter that names it: a chain ends in its last, a fork leaves both branches
  standing, and a cycle cannot be.
* A due day counts only with the rule that sets it. Days are differences of calendar dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from answerable.record.canonical import Json
from answerable.record.clocks import AskClock, Clock, LetterClock, Reply, Silence, Unrecorded
from answerable.record.errors import ObligationError

__all__ = [
    "AskClock",
    "Clock",
    "Covered",
    "LetterClock",
    "Reply",
    "Silence",
    "Unrecorded",
    "fold",
    "overdue_unrecorded",
    "recorded_misses",
]

#: Leaf hash, open entry, and the day (UTC) of the quorum time that first covers it: None without a log, or not yet.
Covered = tuple[bytes, Mapping[str, Json], str | None]

#: A reply first covered by a checkpoint more than this after its own date is marked: its date is only claimed.
CLAIMED_AFTER = timedelta(days=7)
#: An overdue clock that nobody recorded becomes evidence this long after it could have been recorded.
EVIDENT_AFTER = timedelta(days=2)


@dataclass(frozen=True)
class _Entry:
    ref: str
    fields: Mapping[str, Json]
    covered: str | None
    place: int

    def text(self, name: str) -> str:
        value = self._get(name)
        if not isinstance(value, str):
            raise ObligationError(f"{name} must be a text", where=f"entry {self.ref[:16]}")
        return value

    def text_or_none(self, name: str) -> str | None:
        return None if self._get(name) is None else self.text(name)

    def whole(self, name: str) -> int | None:
        value = self._get(name)
        return value if type(value) is int else None

    def items(self, name: str) -> Sequence[Json]:
        value = self._get(name)
        if not isinstance(value, list):
            raise ObligationError(f"{name} must be a list", where=f"entry {self.ref[:16]}")
        return value

    def day(self, name: str) -> date | None:
        value = self.text_or_none(name)
        return None if value is None else _day(value, f"entry {self.ref[:16]}")

    @property
    def claimed(self) -> bool:
        """First covered (without a log: recorded) more than a week after the day it bears."""
        dated = self.day("dated")
        covered = _day(self.covered or self.text("at"), f"entry {self.ref[:16]}")
        return dated is not None and covered - dated > CLAIMED_AFTER

    def _get(self, name: str) -> Json:
        try:
            return self.fields[name]
        except KeyError:
            raise ObligationError(f"the member {name} is missing", where=f"entry {self.ref[:16]}") from None


def _day(value: str, where: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ObligationError(f"{value[:20]!r} is not a day", where=where, todo="write it as YYYY-MM-DD") from None


_Slot = tuple[str, int]


@dataclass
class _Known:
    """What is on record as of the day: letters by reference, replies by what they answer, the latest word per slot."""

    letters: dict[str, _Entry] = field(default_factory=dict)
    replies: dict[str, list[_Entry]] = field(default_factory=dict)
    statuses: dict[str, dict[int, _Entry]] = field(default_factory=dict)
    assessments: dict[str, _Entry] = field(default_factory=dict)
    superseded: set[str] = field(default_factory=set)

    def add(self, entry: _Entry) -> None:
        match entry.fields.get("kind"):
            case "correspondence.letter":
                self.letters.setdefault(entry.ref, entry)
                for ref in entry.items("in_reply_to"):
                    self.replies.setdefault(str(ref), []).append(entry)
            case "correspondence.question":
                letter, slot = entry.text_or_none("letter"), entry.whole("slot")
                if letter is not None and slot is not None:
                    slots = self.statuses.setdefault(letter, {})
                    slots[slot] = _latest(slots.get(slot), entry)
            case "correspondence.assessment":
                self._assess(entry)

    def _assess(self, entry: _Entry) -> None:
        before = self.assessments.get(entry.text_or_none("supersedes") or "")
        # Only what is already there can be superseded: a chain has one direction and no cycle.
        if before and before.text("letter") == entry.text("letter"):
            self.superseded.add(before.ref)
        self.assessments.setdefault(entry.ref, entry)

    def verdicts(self) -> dict[_Slot, tuple[_Entry, str]]:
        """The latest assessment that stands, per slot, with its answer; those of letters not on record say nothing."""
        latest: dict[_Slot, tuple[_Entry, str]] = {}
        for entry in self.assessments.values():
            if entry.ref in self.superseded or entry.text("reply") not in self.letters:
                continue
            for answer in entry.items("answers"):
                if isinstance(answer, dict) and type(slot := answer.get("slot")) is int:
                    key = entry.text("letter"), slot
                    before = latest.get(key)
                    if before is None or _latest(before[0], entry) is entry:
                        latest[key] = entry, str(answer.get("answer"))
        return latest


def _latest(before: _Entry | None, entry: _Entry) -> _Entry:
    if before is None:
        return entry
    earlier, later = before.day("dated"), entry.day("dated")
    return before if earlier and later and later < earlier else entry


def _kept(entries: Iterable[Covered], as_of: date) -> _Known:
    known = _Known()
    for place, (leaf, fields, covered) in enumerate(entries):
        if str(fields.get("kind")).startswith("correspondence."):
            entry = _Entry(leaf.hex(), fields, covered, place)
            if "dated" not in fields or (dated := entry.day("dated")) is None or dated <= as_of:
                known.add(entry)
    return known


def _days(since: date | None, until: date | None) -> int | None:
    return None if since is None or until is None else (until - since).days


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _reply(letter: _Entry, replies: Iterable[_Entry], as_of: date) -> Reply | None:
    """The first of ``replies``: by date, the undated last, then by place in the log."""
    first = min(replies, key=lambda one: (one.day("dated") or date.max, one.place), default=None)
    if first is None:
        return None
    since, received = letter.day("dated"), first.day("received")
    if received and received > as_of:
        received = None
    return Reply(
        ref=first.ref,
        letter=first.text("letter"),
        by=first.text("from"),
        dated=first.text_or_none("dated"),
        received=_iso(received),
        days=_days(since, first.day("dated")),
        days_to_received=_days(since, received),
        claimed=first.claimed,
    )


def _ask(
    letter: _Entry, slot: int, known: _Known, verdict: tuple[_Entry, str] | None, as_of: date, due: date | None
) -> AskClock:
    since = letter.day("dated")
    stops: list[tuple[date | None, str]] = []
    if verdict and verdict[1] == "full":
        stops.append((known.letters[verdict[0].text("reply")].day("dated"), verdict[0].ref))
    status = known.statuses.get(letter.ref, {}).get(slot)
    if status and status.text("answer_status") == "answered_accepted":
        stops.append((status.day("dated"), status.ref))
    if stops:
        on, by = min(stops, key=lambda stop: stop[0] or date.max)
        return AskClock(slot, "stopped", _iso(since), _days(since, on), by, _iso(on), overdue=False)
    return AskClock(
        slot, "running", _iso(since), _days(since, as_of), None, None, overdue=due is not None and as_of > due
    )


def _slots(letter: _Entry, known: _Known) -> list[int]:
    asks = {slot for ask in letter.items("asks") if isinstance(ask, dict) and type(slot := ask.get("slot")) is int}
    words = known.statuses.get(letter.ref, {})
    confirmed = {slot for slot, word in words.items() if word.text("answer_status") == "unanswered_confirmed"}
    return sorted(asks | confirmed)


def _letter(letter: _Entry, known: _Known, verdicts: Mapping[_Slot, tuple[_Entry, str]], as_of: date) -> LetterClock:
    obligor, rule, since = letter.text_or_none("obligor"), letter.text_or_none("rule"), letter.day("dated")
    due = letter.day("due") if rule is not None else None
    offices = [one for one in known.replies.get(letter.ref, []) if one.ref != letter.ref]
    reply = _reply(letter, (one for one in offices if one.text("from") == obligor), as_of)
    asker = letter.text("from")
    other = _reply(letter, (one for one in offices if one.text("from") not in (obligor, asker)), as_of)
    own = None
    if obligor is not None:
        days = reply.days if reply else _days(since, as_of)
        own = Clock(_iso(since), days, reply is None, overdue=reply is None and due is not None and as_of > due)
    return LetterClock(
        ref=letter.ref,
        letter=letter.text("letter"),
        dated=_iso(since),
        sender=asker,
        to=letter.text("to"),
        obligor=obligor,
        state="replied" if reply else "replied_by_other" if other else "running",
        own=own,
        reply=reply,
        other_reply=other,
        due=_iso(due),
        rule=rule,
        late=bool(due and reply and reply.dated and reply.dated > due.isoformat()),
        asks=tuple(_ask(letter, n, known, verdicts.get((letter.ref, n)), as_of, due) for n in _slots(letter, known)),
        covered=letter.covered,
    )


def fold(entries: Iterable[Covered], as_of: date) -> Silence:
    """The clocks of all letters in ``entries`` (open entries in the order of the log; other kinds are passed over).

    A letter that asks no office and has no question on record has no clock. Raises ObligationError for an entry that
    `kinds.check_open` would not accept.
    """
    known = _kept(entries, as_of)
    verdicts = known.verdicts()
    clocks = [_letter(letter, known, verdicts, as_of) for letter in known.letters.values()]
    with_clock = [clock for clock in clocks if clock.own or clock.asks]
    return Silence(tuple(sorted(with_clock, key=lambda one: (one.dated or "9999-99-99", one.letter))), as_of)


def recorded_misses(entries: Iterable[Covered]) -> dict[tuple[str, str], frozenset[int]]:
    """By letter and due day, the slots a ``deadline.missed`` names. Any of them names the office's own clock too."""
    named: dict[tuple[str, str], frozenset[int]] = {}
    for _, fields, _ in entries:
        match fields:
            case {"kind": "deadline.missed", "obligation": str(ref), "due": str(due), "slots": list(slots)}:
                named[ref, due] = named.get((ref, due), frozenset()) | {slot for slot in slots if type(slot) is int}
            case _:
                continue
    return named


def overdue_unrecorded(silence: Silence, entries: Iterable[Covered]) -> tuple[Unrecorded, ...]:
    """The overdue clocks that no ``deadline.missed`` names: what is to be recorded now.

    ``evident`` ones have become evidence: two days have passed since the later of the due day and the day of the quorum
    time that first covers the letter.
    """
    named = recorded_misses(entries)
    found = []
    for letter in silence.letters:
        if not letter.overdue or letter.due is None or letter.rule is None:
            continue
        recorded = named.get((letter.ref, letter.due))
        own = bool(letter.own and letter.own.overdue and recorded is None)
        slots = tuple(slot for slot in letter.overdue_slots if slot not in (recorded or ()))
        if own or slots:
            due = _day(letter.due, letter.letter)
            covered = _day(letter.covered, letter.letter) if letter.covered else None
            evident_on = max(due, covered) + EVIDENT_AFTER if covered else None
            found.append(
                Unrecorded(
                    ref=letter.ref,
                    letter=letter.letter,
                    obligor=letter.obligor or letter.to,
                    due=letter.due,
                    rule=letter.rule,
                    days_past_due=(silence.as_of - due).days,
                    own=own,
                    slots=slots,
                    evident_on=_iso(evident_on),
                    evident=evident_on is not None and silence.as_of >= evident_on,
                )
            )
    return tuple(found)
