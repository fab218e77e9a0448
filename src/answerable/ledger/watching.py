"""The monitor: what anyone can recompute about the record and its registers, round by round.

Each round verifies every log's checkpoint and its growth, looks at every new entry, holds the logs against each other,
asks the witnesses for their own views, and computes every silence. What it finds in entries stays found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from answerable.ledger.asking import Asker
from answerable.ledger.network_errors import FetchError, WatchError
from answerable.ledger.reading import Fetch
from answerable.ledger.watch_log import LogWatch, Span, at, is_register
from answerable.ledger.watch_state import Folder, Held
from answerable.record import findings, obligations, slots
from answerable.record.canonical import Json
from answerable.record.copies import fetch_head
from answerable.record.errors import RecordError, SlotError
from answerable.record.findings import Finding
from answerable.record.note import Checkpoint, Note
from answerable.record.policy import Policy
from answerable.record.text import shown
from answerable.record.tree import leaf_hash

#: Entries examined between two saves: an interrupted round goes on from the last.
CHUNK = 4096
#: Kinds of open entries that later rounds need again.
_HELD = frozenset(
    {"deadline.missed", "key.added", "key.retired", "log.anchored", "log.closed", "log.opened", "policy.published"}
    | {"correspondence.assessment", "correspondence.letter", "correspondence.question"}
    | {"schedule.changed", "tick.enlarged"}
)


@dataclass(frozen=True)
class Round:
    """What one round did and found: lines for a person, the findings, and how many are open."""

    lines: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]

    @property
    def open(self) -> int:
        """How many findings are open."""
        return sum(finding.open for finding in self.findings)


class Monitor:
    """Watches a log and, beside a record, its registers. Its memory is in ``state_dir``; it changes nothing else.

    ``policy`` is one policy or several, of which each log takes the one that names its origin; ``policy_texts`` are the
    files they came from, to be held against what the record publishes. Without ``asker`` the witnesses of the policy
    are asked at their URLs. Raises WatchError when its memory cannot be used or is of another log.
    """

    def __init__(
        self,
        fetch: Fetch,
        policy: Policy | Sequence[Policy],
        state_dir: Path | str,
        asker: Asker | None = None,
        *,
        registers: Sequence[Fetch] = (),
        policy_texts: Sequence[str] = (),
    ) -> None:
        self._fetches = [fetch, *registers]
        self._policies = [policy] if isinstance(policy, Policy) else list(policy)
        self._texts = list(policy_texts)
        self._asker = asker
        self._state_dir = Path(state_dir)

    def round(self, now: int) -> Round:
        """One round at POSIX time ``now``."""
        main, *registers = [self._watch(number, fetch) for number, fetch in enumerate(self._fetches)]
        lines: list[tuple[str, str]] = []
        found: list[Finding] = []
        for watch in (*registers, main):  # a register before the record that anchors it
            new = watch.look(now)
            new += _read_on(watch)
            agreed, seen = self._views(watch) if watch.folder.state.origin else ("", [])
            new += seen
            found += new
            lines.insert(0, _verified(watch, agreed, named=watch is not main))
        found += self._hold_together(main, registers, now)
        for watch in (main, *registers):
            found += watch.folder.state.found
            watch.folder.save()
        found = list(dict.fromkeys(found))
        lines += [(finding.code, finding.sentence) for finding in found]
        counted = Round((), tuple(found))
        return Round((*lines, ("findings", f"{counted.open} open")), tuple(found))

    def _watch(self, number: int, fetch: Fetch) -> LogWatch:
        folder = Folder(self._state_dir / ("log" if number == 0 else f"register-{number}"))
        place = f"register {number}" if number else "the log"
        return LogWatch(fetch, self._policy(folder.state.origin, fetch), folder, place)

    def _policy(self, origin: str, fetch: Fetch) -> Policy:
        """The policy that names ``origin``, or for a log not yet known, the origin its checkpoint claims."""
        if not origin:
            try:
                origin = Checkpoint.parse(Note.parse(fetch_head(fetch)).text).origin
            except (RecordError, FetchError):
                return self._policies[0]  # the round says what is wrong with it
        for policy in self._policies:
            if origin in policy.origins:
                return policy
        raise WatchError(f"no policy given names the log {shown(origin)}", todo="give its policy with --policy")

    def _views(self, watch: LogWatch) -> tuple[str, list[Finding]]:
        if self._asker is not None:
            return watch.witnesses(self._asker)
        with Asker(watch.policy) as asker:
            return watch.witnesses(asker)

    def _hold_together(self, main: LogWatch, registers: list[LogWatch], now: int) -> list[Finding]:
        """What the record says of the logs, of itself and of letters, against what was seen."""
        state = main.folder.state
        if not state.origin or is_register(state.origin) or not main.folder.held:
            return []
        held = main.folder.held
        entries = [one.fields for one in held]
        today = _day(state.quorum_time or now)
        found = _anchors(main, registers, now)
        for watch in (main, *registers):
            if watch.checked is None:
                continue
            origin = watch.folder.state.origin
            seen = {str(key) for key in (*watch.checked.log_keys_ok, *watch.policy.log_keys(origin))}
            found += findings.silent_keys(origin, seen, findings.declared_keys(entries, origin, today))
            text = next((text for text in self._texts if origin in Policy.parse(text).origins), None)
            if text is not None and (changed := findings.silent_policy(origin, text, entries, today)):
                found.append(changed)
        for watch in registers:
            found += _scheduled(watch, entries, now)
        covered = [(one.leaf, one.fields, None if one.covered is None else str(_day(one.covered))) for one in held]
        silence = obligations.fold(covered, today)
        return [*found, *findings.silences(silence, covered), *findings.silent(silence)]


def _day(time: int) -> date:
    return datetime.fromtimestamp(time, UTC).date()


def _verified(watch: LogWatch, agreed: str, *, named: bool) -> tuple[str, str]:
    state = watch.folder.state
    if not state.origin:
        return "unread", f"{watch.place}: nothing of it was verified yet"
    name = f"{state.origin} " if named else ""
    grown = f"{watch.began:,} -> {state.size:,} ({state.size - watch.began:,} entries)"
    return "verified", f"{name}{grown}, quorum {at(state.quorum_time)}, {agreed}"


def _read_on(watch: LogWatch) -> list[Finding]:
    """Look at every entry not examined yet. What is wrong with an entry stays found; a broken bundle is tried again."""
    try:
        for span in list(watch.spans()):
            for start in range(span.start, span.stop, CHUNK):
                _examine(watch, span, start, min(start + CHUNK, span.stop))
    except (RecordError, FetchError) as error:
        return [
            Finding("broken", watch.origin, f"{watch.origin}, after entry {watch.folder.state.examined:,}: {error}")
        ]
    state = watch.folder.state
    state.seen_at = state.quorum_time
    return []


def _examine(watch: LogWatch, span: Span, start: int, stop: int) -> None:
    state = watch.folder.state
    held: list[Held] = []
    found: list[Finding] = []
    sealed, opened = is_register(state.origin), state.origin.endswith("/record")
    for index, entry in enumerate(watch.reader().entries(start, stop), start):
        if sealed and (wrong := findings.shape(index, entry)):
            found.append(wrong)
        elif opened:
            fields, wrong = findings.open_entry(index, entry)
            found += [wrong] if wrong else []
            if fields is not None:
                found += _timed(index, fields, span)
                if fields["kind"] in _HELD:
                    held.append(Held(index, leaf_hash(entry), fields, span.first))
    state.anchors += [one.index for one in held if one.fields["kind"] == "log.anchored"]
    watch.folder.keep(found)
    watch.folder.hold(held)
    state.examined = stop
    if stop == span.stop:
        state.seen_at = span.first
    watch.folder.save()


def _timed(index: int, fields: dict[str, Json], span: Span) -> list[Finding]:
    if span.first is None:
        return []
    wrong = [findings.dated(index, fields, span.before, span.first)]
    if fields["kind"] == "schedule.changed":
        wrong.append(findings.short_notice(index, fields, span.first))
    return [one for one in wrong if one]


def _anchors(main: LogWatch, registers: list[LogWatch], now: int) -> list[Finding]:
    """``anchor``: heads in the record that a log never had, and logs whose head was not recorded for too long."""
    by_origin = {watch.folder.state.origin: watch for watch in registers}
    state, waiting = main.folder.state, []
    since: dict[str, int] = {}
    for one in main.folder.held:
        origin = str(one.fields.get("origin"))
        kind = one.fields["kind"]
        if kind == "log.closed":
            since.pop(origin, None)
        elif kind == "log.anchored" or (kind == "log.opened" and origin != state.origin):
            since[origin] = one.covered or now
        if one.index in state.anchors and origin in by_origin:
            waiting += _anchored(main, by_origin[origin], one)
    state.anchors = waiting
    missing = [findings.anchor_missing(origin, time, now) for origin, time in since.items()]
    return [one for one in missing if one]


def _anchored(main: LogWatch, watch: LogWatch, one: Held) -> list[int]:
    """Check one anchored head for good; returns its index when the log's copy cannot tell yet."""
    roots: list[bytes | None] = []

    def root_at(size: int) -> bytes | None:
        try:
            roots.append(watch.root_at(size))
        except (RecordError, FetchError):
            roots.append(None)
        return roots[-1]

    wrong = findings.anchor_history(one.index, one.fields, root_at)
    if wrong:
        main.folder.keep([wrong])
    return [one.index] if roots == [None] else []


def _scheduled(watch: LogWatch, entries: list[dict[str, Json]], now: int) -> list[Finding]:
    """``schedule`` and ``unsorted``: whether the register's size is that of a tick, and each tick's entries ascend."""
    state = watch.folder.state
    if not is_register(state.origin) or state.quorum_time is None:
        return []
    try:
        plan = slots.read_schedule(entries, state.origin)
    except SlotError as error:
        return [Finding("schedule", state.origin, f"the schedule of {state.origin} is not on record: {error.what}")]
    schedule, multiples, genesis = plan.schedule, plan.multiples, plan.genesis
    wrong = findings.schedule(state.size, state.quorum_time, now, schedule, multiples, genesis)
    last = slots.tick_reaching(schedule, multiples, genesis, state.size)
    if wrong or slots.size_after(schedule, multiples, genesis, last) != state.size:
        return [wrong] if wrong else []
    first = slots.tick_reaching(schedule, multiples, genesis, state.sorted_to) + 1 if state.sorted_to else genesis
    try:
        for part in slots.slices(schedule, multiples, genesis, range(first, last + 1), state.examined):
            inside = list(watch.reader().entries(part.start, part.stop))
            watch.folder.keep(findings.unsorted(part.start, inside, part.tick))
            state.sorted_to = part.stop
    except (RecordError, FetchError) as error:
        return [Finding("broken", state.origin, f"{state.origin}, tick after entry {state.sorted_to:,}: {error}")]
    return []
