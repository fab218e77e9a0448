"""What a watcher of the logs may find: one pure function for each finding that needs no network.

Each takes what was read and verified already (entries, quorum times, the days of reading) and returns what is wrong, as
a sentence for a person, or nothing. Times are POSIX seconds, days are UTC days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from answerable.record import kinds
from answerable.record.canonical import Json
from answerable.record.commit import ENTRY_SIZE, MARK
from answerable.record.errors import KindError, SlotError, UnknownKindError
from answerable.record.obligations import Covered, LetterClock, Silence, overdue_unrecorded, recorded_misses
from answerable.record.slots import Schedule, size_after, tick_reaching, tick_start
from answerable.record.text import parse_hash, shown

HOUR = 3_600
DAY = 24 * HOUR
#: A multiple that the record does not name this long after the register's quorum time is a finding.
ENLARGED_WITHIN = HOUR
#: A log's head is anchored at least this often.
ANCHORED_WITHIN = 36 * HOUR
#: A change of the schedule is published at least this long before it takes effect.
NOTICE = 7 * DAY
#: How far witnesses' clocks may be ahead of ours, and ours of theirs.
SKEW = 5 * 60
#: How far the day of recording may lie outside the days between two quorum times.
DAY_SLACK = timedelta(days=1)


@dataclass(frozen=True)
class Finding:
    """One finding: its code, what it is about (an index, a letter, an origin), and a sentence. ``open``: it counts."""

    code: str
    where: str
    sentence: str
    open: bool = True


def _index(index: int) -> str:
    return f"index {index:,}"


def _day(time: int) -> date:
    return datetime.fromtimestamp(time, UTC).date()


# The register


def shape(index: int, entry: bytes) -> Finding | None:
    """``shape``: a register's entry that is not 33 bytes beginning with 0x01."""
    if len(entry) == ENTRY_SIZE and entry.startswith(MARK):
        return None
    return Finding(
        "shape", _index(index), f"{_index(index)} is not a sealed entry: {len(entry)} bytes, not {ENTRY_SIZE}"
    )


def unsorted(first_index: int, entries: Sequence[bytes], tick: int) -> list[Finding]:
    """``unsorted``: entries of one tick that do not ascend, so that their order could tell when they arrived."""
    return [
        Finding(
            "unsorted",
            _index(first_index + place),
            f"{_index(first_index + place)} does not ascend within tick {tick:,}",
        )
        for place in range(1, len(entries))
        if not entries[place - 1] < entries[place]
    ]


def schedule(
    size: int, quorum_time: int, now: int, schedule: Schedule, multiples: Mapping[int, int], genesis: int
) -> Finding | None:
    """``schedule``: a published size of the register that no tick begun by its quorum time leaves.

    A multiple may still be on its way into the record for one hour after that quorum time; until then nothing is said.
    """
    try:
        tick = tick_reaching(schedule, multiples, genesis, size)
        expected = size_after(schedule, multiples, genesis, tick)
        ahead = size > 0 and tick_start(tick) > quorum_time + SKEW
    except SlotError as error:
        return Finding("schedule", f"size {size:,}", f"the schedule does not reach size {size:,}: {error.what}")
    if ahead:
        sentence = f"size {size:,} is that of tick {tick:,}, which had not begun when the checkpoint was cosigned"
    elif expected != size:
        before = size_after(schedule, multiples, genesis, tick - 1)
        sentence = (
            f"size {size:,} is that of no tick: {before:,} after tick {tick - 1:,}, {expected:,} after tick {tick:,}"
        )
    else:
        return None
    return None if now < quorum_time + ENLARGED_WITHIN else Finding("schedule", f"size {size:,}", sentence)


# The record


def open_entry(index: int, entry: bytes) -> tuple[dict[str, Json] | None, Finding | None]:
    """The members of an open entry, or why it is ``malformed`` or of an ``unknown-kind``."""
    try:
        return kinds.check_open(entry), None
    except UnknownKindError as error:
        return None, Finding("unknown-kind", _index(index), f"{_index(index)}: {error.what}")
    except KindError as error:
        said = f"{error.where}: {error.what}" if error.where else error.what
        return None, Finding("malformed", _index(index), f"{_index(index)}: {said}")


def dated(index: int, fields: Mapping[str, Json], before: int | None, first: int) -> Finding | None:
    """``back-dated`` or ``post-dated``: the day of recording is not that of the entry's arrival in the log.

    ``before`` is the quorum time of the last checkpoint without the entry (None: there is none), ``first`` that of the
    first with it; the day may lie one day outside.
    """
    at = date.fromisoformat(str(fields["at"]))
    if before is not None and at < _day(before) - DAY_SLACK:
        said = f"{_index(index)} says it was recorded on {at}, but was not in the log on {_day(before)}"
        return Finding("back-dated", _index(index), said)
    if at > _day(first) + DAY_SLACK:
        said = f"{_index(index)} says it was recorded on {at}, but was in the log on {_day(first)}"
        return Finding("post-dated", _index(index), said)
    return None


def anchor_missing(origin: str, since: int, now: int) -> Finding | None:
    """``anchor``: no ``log.anchored`` of ``origin`` for 36 hours.

    ``since`` is the quorum time that first covers the latest; before there is one, that of the log's ``log.opened``.
    """
    if now - since <= ANCHORED_WITHIN:
        return None
    hours = (now - since) // HOUR
    return Finding("anchor", origin, f"the head of {origin} was last anchored {hours} hours ago; it is due daily")


def anchor_history(index: int, fields: Mapping[str, Json], root_at: Callable[[int], bytes | None]) -> Finding | None:
    """``anchor``: a ``log.anchored`` whose head is not on that log's history.

    ``root_at(size)`` is the root of a verified copy of that log, None where the copy cannot tell.
    """
    head = fields["head"]
    if not isinstance(head, dict) or type(size := head.get("size")) is not int:
        return Finding("anchor", _index(index), f"{_index(index)} anchors no head")
    root = root_at(size)
    if root is None or root == parse_hash(str(head.get("root"))):
        return None
    origin = shown(fields.get("origin"))
    return Finding(
        "anchor", _index(index), f"{_index(index)} anchors a head of {origin} that its log never had: size {size:,}"
    )


# Keys, policy and schedule, seen and declared


def declared_keys(entries: Iterable[Mapping[str, Json]], origin: str, day: date) -> frozenset[str]:
    """The verifier keys of the log ``origin`` that the record declares in force on ``day``.

    ``log.opened`` declares the first; ``key.added`` and ``key.retired`` of that name from their effective days.
    """
    keys: set[str] = set()
    for entry in entries:
        match entry:
            case {"kind": "log.opened", "origin": str(name), "vkeys": list(vkeys)} if name == origin:
                keys.update(str(vkey) for vkey in vkeys)
            case {"kind": "key.added" | "key.retired" as kind, "purpose": "log", "name": str(name), "vkey": str(vkey)}:
                if name == origin and date.fromisoformat(str(entry["effective"])) <= day:
                    (keys.add if kind == "key.added" else keys.discard)(vkey)
            case _:
                continue
    return frozenset(keys)


def silent_keys(origin: str, seen: Iterable[str], declared: frozenset[str]) -> list[Finding]:
    """``silent-change``: keys that signed checkpoints of ``origin`` or stand in a policy, unknown to the record."""
    return [
        Finding("silent-change", origin, f"the key {shown(vkey)} of {origin} is in use and not on record as its key")
        for vkey in sorted(set(seen) - declared)
    ]


def silent_policy(origin: str, seen: str, entries: Iterable[Mapping[str, Json]], day: date) -> Finding | None:
    """``silent-change``: the policy in use is not the one last published for ``origin`` and in force on ``day``."""
    in_force: tuple[str, str] | None = None
    for entry in entries:
        match entry:
            case {"kind": "policy.published", "origin": str(name), "policy": str(text), "effective": str(effective)}:
                begun = date.fromisoformat(effective) <= day
                if name == origin and begun and (in_force is None or effective >= in_force[0]):
                    in_force = effective, text
            case _:
                continue
    if in_force is None:
        return Finding("silent-change", origin, f"no policy of {origin} is on record")
    if in_force[1] == seen:
        return None
    return Finding(
        "silent-change", origin, f"the policy in use for {origin} differs from the one in force since {in_force[0]}"
    )


def short_notice(index: int, fields: Mapping[str, Json], covered: int) -> Finding | None:
    """``silent-change``: a ``schedule.changed`` covered by a quorum time less than 7 days before it takes effect."""
    first = fields.get("from_tick")
    try:
        begins = tick_start(first) if type(first) is int else None
    except SlotError:
        begins = None
    if begins is not None and begins - covered >= NOTICE:
        return None
    said = f"{_index(index)} changes the schedule from tick {shown(first)} with less than seven days' notice"
    return Finding("silent-change", _index(index), said)


# Silence


def _past_due(letter: LetterClock, as_of: date) -> str:
    days = (as_of - date.fromisoformat(str(letter.due))).days
    slots = letter.overdue_slots
    asks = f"{len(slots)} of {len(letter.asks)} asks" if letter.asks else "no reply"
    if letter.asks and letter.own and letter.own.overdue:
        asks = f"no reply, {asks}"
    return f"letter {letter.ref[:4]}… {days} days: {asks}, due {letter.due} by {letter.rule}"


def silences(silence: Silence, entries: Sequence[Covered]) -> list[Finding]:
    """``overdue``, ``late`` and ``unrecorded-silence``, letter by letter."""
    unrecorded = {one.ref: one for one in overdue_unrecorded(silence, entries)}
    missed = recorded_misses(entries)
    found = []
    for letter in silence.letters:
        if letter.overdue:
            named = "deadline.missed recorded" if (letter.ref, letter.due) in missed else "no deadline.missed on record"
            if letter.ref in unrecorded and (letter.ref, letter.due) in missed:
                named = "deadline.missed recorded in part"
            found.append(Finding("overdue", f"letter {letter.letter}", f"{_past_due(letter, silence.as_of)}; {named}"))
        if letter.late and letter.reply:
            said = f"letter {letter.ref[:4]}… was answered on {letter.reply.dated}, due {letter.due} by {letter.rule}"
            found.append(Finding("late", f"letter {letter.letter}", said))
        one = unrecorded.get(letter.ref)
        if one and one.evident:
            said = f"letter {letter.ref[:4]}… is overdue since {letter.due} and no deadline.missed names it"
            said += f" for {_asks(one.slots)}" if one.slots else ""
            found.append(Finding("unrecorded-silence", f"letter {letter.letter}", said))
    return found


def _asks(slots: Sequence[int]) -> str:
    return f"question{'s' if len(slots) > 1 else ''} {', '.join(map(str, slots))}"


def silent(silence: Silence) -> list[Finding]:
    """What is unanswered without a limit: said, but no finding (``open`` is False)."""
    found = []
    for letter in silence.letters:
        open_asks = [ask for ask in letter.asks if ask.state == "running"]
        running = letter.own is not None and letter.own.running
        if letter.rule is None and (running or open_asks):
            days = (silence.as_of - date.fromisoformat(letter.dated)).days if letter.dated else None
            counted = "of unknown date" if days is None else f"{days} days"
            asks = "" if running or not open_asks else f", {_asks([ask.slot for ask in open_asks])}"
            said = f"letter {letter.ref[:4]}… {counted}{asks}: no rule on record sets a limit"
            found.append(Finding("silent", f"letter {letter.letter}", said, open=False))
    return found
