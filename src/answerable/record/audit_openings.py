"""What an audit of slots holds in memory: the openings it was given, and what they say of cases and erasures.

An opening shows its auditor a random handle and a place in a chain, never a person. A few dozen bytes are kept of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from answerable.errors import FALSE
from answerable.record import kinds
from answerable.record.commit import Opened, open_entry
from answerable.record.errors import CommitmentError, RecordError

Fault = Callable[[str], None]

#: Where an event stands relative to the audited ticks, when not in one of them.
BEFORE, AFTER = -1, 1 << 62


@dataclass(slots=True)
class Event:
    """One opened event: the line of its opening, its place in a chain (None: of no case), the tick it was found in."""

    line: int
    case: str | None = None
    seq: int = 0
    prev: str | None = None
    tick: int | None = None
    index: int | None = None


@dataclass
class Openings:
    """The openings by the commitment each opens, and the commitments that opened ``case.erased`` events list."""

    events: dict[bytes, Event] = field(default_factory=dict)
    erased: set[bytes] = field(default_factory=set)

    def missing(self) -> set[bytes]:
        """The commitments that were not found in the log yet."""
        return {commitment for commitment, event in self.events.items() if event.tick is None}


def read(openings: Iterable[bytes], fault: Fault) -> Openings:
    """Read the openings, one a line (empty lines are passed over).

    An opening that is well formed and does not hold, or shows less than an audit needs, is a fault. Raises a
    CommitmentError that names the line for one that is malformed or of an unknown kind.
    """
    found = Openings()
    for line, data in enumerate(openings, 1):
        if not data.strip():
            continue
        try:
            entry, opened = open_entry(data.strip())
        except RecordError as error:
            if error.exit_code != FALSE:
                raise CommitmentError(error.what, where=f"line {line} of the openings", todo=error.todo) from error
            fault(f"line {line}: {error.what}")
            continue
        event = _event(line, opened, fault)
        if event is not None:
            found.events.setdefault(entry[1:], event)
            listed = opened.fields.get("entries")
            if opened.kind == "case.erased" and isinstance(listed, list):
                found.erased.update(bytes.fromhex(str(one)) for one in listed)
    return found


def _event(line: int, opened: Opened, fault: Fault) -> Event | None:
    kind = kinds.SEALED[opened.kind]
    needed: set[str] = (
        {"case", "seq", "prev"} if kind.header == "case" else {"entries"} if kind.name == "case.erased" else set()
    )
    if kind.name == "pad":
        fault(f"line {line} opens a pad, which is recomputed from the period key and never shown")
        return None
    if lacking := sorted(needed - opened.fields.keys()):
        fault(f"line {line}: the opening of {kind.name} does not show {', '.join(lacking)}")
        return None
    if kind.header != "case":
        return Event(line)
    case, seq, prev = (opened.fields[name] for name in ("case", "seq", "prev"))
    assert isinstance(seq, int)
    return Event(line, str(case), seq, None if prev is None else str(prev))


@dataclass(frozen=True)
class Chains:
    """How many chains of cases there are, and how many are dense and linked."""

    cases: int
    whole: int


def check_chains(openings: Openings, fault: Fault) -> Chains:
    """Whether each case's events are unique, dense from 0, linked by ``prev``, and in the order of their ticks.

    A gap is whole only where the event after it names, as the one before, an entry that was erased.
    """
    cases: dict[str, list[tuple[int, bytes, Event]]] = {}
    for commitment, event in openings.events.items():
        if event.case is not None:
            cases.setdefault(event.case, []).append((event.seq, commitment, event))
    whole = 0
    for case in sorted(cases):
        broken = _broken(sorted(cases[case], key=lambda one: one[:2]), openings.erased)
        whole += broken is None
        if broken:
            fault(f"case {case[:8]}…: {broken}")
    return Chains(len(cases), whole)


def _broken(chain: list[tuple[int, bytes, Event]], erased: set[bytes]) -> str | None:
    """What is wrong with one chain, its events in order of seq; None for a whole one."""
    last_seq, last, tick = -1, None, BEFORE
    for seq, commitment, event in chain:
        if seq == last_seq:
            return f"seq {seq} was sealed twice"
        named = None if event.prev is None else bytes.fromhex(event.prev)
        if (seq != last_seq + 1 or named != last) and (named is None or named not in erased):
            return (
                f"seq {last_seq + 1} is missing" if seq != last_seq + 1 else f"seq {seq} does not name seq {last_seq}"
            )
        if event.tick is not None and event.tick < tick:
            return f"seq {seq} stands in an earlier tick than the event before it"
        last_seq, last = seq, commitment
        tick = tick if event.tick is None else event.tick
    return None
