"""What may be asked about statements, and the forms of the answers; `meaning` and `reason` both give them.

A *world* is a reading of every norm together with a case. A query names a property that a world has or has not (for
`Keeps`, a world and a conduct). An engine says in which readings some case has it, and shows the least such world with
the part of it that matters.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar, get_args

from answerable.procedures.condition import Condition
from answerable.procedures.domain import Value
from answerable.procedures.question import AskKind as AskKind

K = TypeVar("K", bound=Hashable)

Answer = Literal["forbidden", "required", "one way to comply", "allowed", "some acts forbidden", "silent"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
Stance = Literal["yes", "no", "neither", "silent"]
PartName = Literal["contradictory", "answered", "undetermined", "undefined"]
PARTS: tuple[PartName, ...] = ("contradictory", "answered", "undetermined", "undefined")
Relation = Literal["apply", "clash", "reserved", "bearer", "limit", "not comparable", "decider"]
#: In which two norms that require the same act may still differ.
ASPECTS: tuple[Relation, ...] = ("bearer", "limit", "not comparable")
#: Whether some case and conduct keeps the first alone, or the second alone; whether in some case none keeps both.
Compared = tuple[bool, bool, bool]
RelationName = Literal["same", "asks less", "asks more", "incomparable", "contradictory"]
#: Whether two statements may be held against each other: not two accounts of one utterance, none ranked over the other.
Apart = Callable[[str, str], bool]
#: The questions that statements answer by yes or no; the others ask for a value that they state.
YES_OR_NO: tuple[AskKind, ...] = ("whether", "which", "permitted")


@dataclass(frozen=True, slots=True)
class Together:
    """All ``norms`` apply, read so that they stand in this ``relation`` (about ``word``, an act or a fact).

    ``clash``: no conduct meets their contents, and some conduct those of any fewer. The others are of two norms, see
    `stated.related`. ``apply``: nothing more.
    """

    norms: tuple[str, ...]
    relation: Relation
    word: str = ""


@dataclass(frozen=True, slots=True)
class Meant:
    """The condition of ``norm`` holds, whether or not an exception displaces it."""

    norm: str


@dataclass(frozen=True, slots=True)
class Uncovered:
    """``norm`` applies, and ``by`` does not or does not say as much."""

    norm: str
    by: str


@dataclass(frozen=True, slots=True)
class OneWayLeft:
    """``norm`` applies and offers a choice of which its statement forbids every act but ``act``."""

    statement: str
    norm: str
    act: str


@dataclass(frozen=True, slots=True)
class Answers:
    """Each statement answers so on ``word``, an act or a kind."""

    word: str
    answers: tuple[tuple[str, Answer], ...]


@dataclass(frozen=True, slots=True)
class Keeps:
    """The conduct keeps ``kept`` and not ``broken``; of clauses within ``kind`` alone, if given."""

    kept: str
    broken: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class NoCommon:
    """No conduct keeps both statements; of clauses within ``kind`` alone, if given."""

    first: str
    second: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One item of a question: what is asked about which act, kind or fact, in which cases, of which statements."""

    kind: AskKind
    about: str
    given: Condition
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The world is of this part of an item's scope, and the statements named take these stances on these acts, or state
    these values."""

    asked: Asked
    part: PartName
    makers: tuple[tuple[str, str, str], ...] = ()  # statement, act, stance or value


Query = Together | Meant | Uncovered | OneWayLeft | Answers | Keeps | NoCommon | Part


@dataclass(frozen=True, slots=True)
class Witness:
    """The least world with a property, and what of it matters.

    ``readings`` and ``case`` are whole. ``kept_…`` is what still entails the property (of a `Part`: within the scope of
    its question) after everything droppable was dropped: assumptions in declared order, then readings, then facts from
    last to first. ``every``: some case has the property in every reading; ``only``: no reading but those that agree
    with ``kept_readings`` has such a case.
    """

    query: Query
    readings: Mapping[str, str]
    case: Mapping[str, Value]
    conduct: tuple[str, ...]
    kept_assumptions: tuple[str, ...]
    kept_readings: Mapping[str, str]
    kept_facts: Mapping[str, Value]
    every: bool
    only: bool


@dataclass(frozen=True, slots=True)
class Contradictions:
    """All smallest contradictions of a pair. ``cut``: sets larger than were tried may contradict, too.

    ``leans_on``: the assumptions without which there might be one, where there is none.
    """

    found: tuple[Witness, ...]
    cut: bool
    leans_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """How two statements compare in the readings that agree with ``readings``, and a witness for each part of that."""

    compared: Compared
    readings: Mapping[str, str]
    leans_on: tuple[str, ...]
    only_first: Witness | None
    only_second: Witness | None
    no_common: Witness | None

    @property
    def beneath(self) -> RelationName:
        """How they compare, past any contradiction. Of the two, the one that more conducts keep asks less."""
        first, second, _ = self.compared
        if first and second:
            return "incomparable"
        return "asks less" if first else "asks more" if second else "same"

    @property
    def relation(self) -> RelationName:
        """How they compare; a contradiction takes precedence."""
        return "contradictory" if self.compared[2] else self.beneath


def universal(compared: Compared) -> bool:
    """Whether a comparison says of something that it never happens, and so may lean on assumptions."""
    first, second, none = compared
    return not none and not (first and second)


class Engine(Protocol):
    """What `meaning` and `reason` both are. Statements and norms go by their (full) names."""

    def witnesses(self, query: Query, statements: tuple[str, ...]) -> tuple[Witness, ...]:
        """One witness for every reading of the ``statements`` in which the property occurs that the earlier ones leave
        uncovered; a single one if it occurs in every reading. Norms that matter must be of the statements."""

    def needed(self, query: Query, statements: tuple[str, ...]) -> tuple[str, ...] | None:
        """The assumptions that a universal finding leans on: that no world has the property. None if one has."""

    def contradictions(self, first: str, second: str, largest: int) -> Contradictions:
        """Smallest contradictions of two statements, or within one."""

    def differences(self, first: str, second: str) -> tuple[Witness, ...]:
        """One witness for each act and pair of different answers."""

    def relations(self, first: str, second: str, kind: str | None) -> tuple[Related, ...]:
        """How the conducts that keep the statements compare, for each group of readings in which it is the same."""

    def parts(self, asked: Asked) -> Mapping[PartName, Witness]:
        """The parts of an item's scope that have cases."""

    def verdicts(self, items: tuple[Asked, ...]) -> tuple[tuple[Mapping[str, str], frozenset[PartName]], ...]:
        """Which parts have cases, over all items, for each group of readings in which these are the same."""


def agrees(whole: Mapping[str, object], part: Mapping[str, object]) -> bool:
    """Whether ``whole`` says everything that ``part`` says."""
    return all(whole[name] == value for name, value in part.items())


def grouped(table: Sequence[tuple[Mapping[str, str], K]]) -> list[tuple[Mapping[str, str], K, int]]:
    """For each value in a table by readings: the readings it needs, the value, and its first row.

    From the first row with a value, each norm's reading is dropped in turn if all rows that agree with the rest have
    the value, too.
    """
    groups: dict[K, tuple[Mapping[str, str], K, int]] = {}
    for row, (readings, found) in enumerate(table):
        if found not in groups:
            kept = dict(readings)
            for norm in readings:
                rest = {name: kept[name] for name in kept if name != norm}
                if all(other == found for whole, other in table if agrees(whole, rest)):
                    kept = rest
            groups[found] = (kept, found, row)
    return list(groups.values())


def distinct(words: Iterable[str]) -> tuple[str, ...]:
    """Each word once, in order."""
    return tuple(dict.fromkeys(words))
