"""What reasoning about statements costs, beside clingo grounding and solving the same.

Statements are random: 30 facts, 12 acts of four kinds, three norms in ten displaced by an exception.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random
from types import MappingProxyType

from answerable.procedures.condition import ALWAYS, And, Condition, Not, Test
from answerable.procedures.domain import Fact, YesNo
from answerable.procedures.errors import Place
from answerable.procedures.fields import NOT_STATED
from answerable.procedures.limit import UNSTATED
from answerable.procedures.norm import Norm, Reading
from answerable.procedures.query import Answer, Answers, Asked, Keeps, Part
from answerable.procedures.reason import Reasoner
from answerable.procedures.statement import Statement
from answerable.procedures.vocabulary import Kind, Vocabulary
from bench.figures import Figure, table

try:
    import clingo
except ImportError:
    clingo = None  # type: ignore[assignment]  # a bench without its peer says so

SIZES = (50, 200, 1_000, 5_000)
FACTS, ACTS = 30, 12
PLACE = Place("bench.yaml", 1)
#: Seconds: about five times what was measured when the design was made.
BUDGETS = {
    "encode": dict(zip(SIZES, (0.090, 0.350, 1.7, 8.0), strict=True)),
    "difference": dict(zip(SIZES, (0.040, 0.065, 0.250, 1.2), strict=True)),
    "equal": dict(zip(SIZES, (0.085, 0.600, 3.7, 3.7), strict=True)),
}
MEMORY_BUDGET = 300_000_000


def vocabulary() -> Vocabulary:
    """Thirty yes/no facts, four kinds of three acts."""
    facts = {f"f{i}": Fact(f"f{i}", YesNo(), False, None, None, PLACE) for i in range(FACTS)}
    kinds = {
        f"k{i}": Kind(f"k{i}", tuple(f"act {3 * i + j}" for j in range(3)), False, PLACE) for i in range(ACTS // 3)
    }
    acts = {act: kind.name for kind in kinds.values() for act in kind.acts}
    return Vocabulary(
        "bench", "", MappingProxyType(facts), MappingProxyType({}), MappingProxyType(kinds), (), MappingProxyType(acts)
    )


def _norm(name: str, number: str, reading: Reading, exceptions: tuple[str, ...]) -> Norm:
    return Norm(
        id=number,
        full=f"{name}/{number}",
        says=("words",),
        gist=None,
        when=reading.when,
        who=reading.who,
        readings=(reading,),
        exception_to=exceptions,
        within=None,
        otherwise=None,
        force="rule",
        standard=None,
        taken_as=None,
        at=None,
        place=PLACE,
        words=PLACE,
        source_line=1,
    )


def statement(name: str, size: int, seed: int) -> Statement:
    """A random statement of ``size`` norms."""
    random, norms = Random(seed), list[Norm]()
    for number in range(size):
        facts = random.sample(range(FACTS), random.randint(2, 4))
        tests: list[Condition] = [Test(f"f{fact}", "is", ("yes",)) for fact in facts]
        parts = tuple(one if random.random() < 0.5 else Not(one) for one in tests)
        plain = Reading(None, "must", "", And(parts), "anyone", UNSTATED, NOT_STATED, None)
        acts = tuple(f"act {act}" for act in random.sample(range(ACTS), random.choice((1, 1, 2))))
        form = random.random()
        if form < 0.5:
            reading = replace(plain, choices=(acts,))
        elif form < 0.75:
            reading = replace(plain, mode="must not", within=None, forbidden=acts[:1])
        else:
            reading = replace(plain, mode="may", within=None, allowed=acts)
        exceptions = (random.choice(norms[-20:]).id,) if norms and random.random() < 0.3 else ()
        norms.append(_norm(name, f"n{number}", reading, exceptions))
    return Statement(name, "letter", "", NOT_STATED, NOT_STATED, "s", None, None, None, None, tuple(norms), (), PLACE)


def split(given: Statement, name: str, seed: int) -> Statement:
    """The same statement said twice as long: each norm once for a fact and once for its opposite."""
    random, norms = Random(seed), list[Norm]()
    for norm in given.norms:
        fact = Test(f"f{random.randrange(FACTS)}", "is", ("yes",))
        displaced = tuple(f"{other}{half}" for other in norm.exception_to for half in "ab")
        for half, extra in (("a", fact), ("b", Not(fact))):
            reading = replace(norm.readings[0], when=And((norm.readings[0].when, extra)))
            norms.append(_norm(name, f"{norm.id}{half}", reading, displaced))
    return replace(given, name=name, norms=tuple(norms))


def apart(first: str, second: str) -> bool:
    return first != second


def timed(work: Callable[[], object]) -> float:
    """Seconds of processor time that one run took: what neighbours on the machine took is not counted."""
    start = time.process_time()
    work()
    return time.process_time() - start


class Peer:
    """The same statements as a logic program."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        lines = [f"{{ f{fact} }}." for fact in range(FACTS)] + [f"{{ done({act}) }}." for act in range(ACTS)]
        lines += ["#defined displaced/2."]
        for given in statements:
            for norm in given.norms:
                lines += self._norm(given.name, norm)
        self.program = "\n".join(lines)

    def _norm(self, name: str, norm: Norm) -> list[str]:
        reading, literal = norm.readings[0], ", ".join(self._literals(norm.readings[0].when))
        lines = [f"applies({name},{norm.id}) :- {literal}, not displaced({name},{norm.id})."]
        lines += [f"displaced({name},{other}) :- applies({name},{norm.id})." for other in norm.exception_to]
        for choice in reading.choices:
            undone = ", ".join(f"not done({act.split()[1]})" for act in choice)
            lines.append(f"broken({name}) :- applies({name},{norm.id}), {undone}.")
        lines += [f"broken({name}) :- applies({name},{norm.id}), done({act.split()[1]})." for act in reading.forbidden]
        return lines

    def _literals(self, condition: Condition) -> list[str]:
        match condition:
            case And(parts):
                return [literal for part in parts for literal in self._literals(part)]
            case Not(part):
                return [f"not {literal}" for literal in self._literals(part)]
            case Test(fact):
                return [fact]
            case _:
                return []

    def keeps_only(self, kept: str, broken: str) -> bool:
        """Ground and solve: whether some case and conduct keeps the one and not the other."""
        control = clingo.Control(message_limit=0)
        control.add("base", [], f"{self.program}\n:- broken({kept}).\n:- not broken({broken}).\n")
        control.ground([("base", [])])
        return bool(control.solve().satisfiable)


def encoded(statements: Sequence[Statement]) -> Reasoner:
    """A reasoner with both statements built as formulas and handed to a solver."""
    reasoner = Reasoner(vocabulary(), statements, apart)
    names = tuple(one.name for one in statements)
    search = reasoner.search(names)
    search.literal(Keeps(names[0], names[1], None))
    search.literal(Keeps(names[1], names[0], None))
    return reasoner


@dataclass(frozen=True)
class Row:
    """Seconds at one size, ours and the peer's; None where the peer is not installed."""

    size: int
    encode: float
    difference: float
    equal: float
    peer_difference: float | None
    peer_equal: float | None


def row(size: int) -> Row:
    """Encode two statements, find a difference, and prove a statement equal to itself said in twice as many norms."""
    first, second = statement("s", size, 1), statement("t", size, 2)
    twice = split(first, "t", 3)
    reasoners: list[Reasoner] = []
    encode = timed(lambda: reasoners.append(encoded((first, second))))
    search = reasoners[0].search(("s", "t"))
    same = encoded((first, twice)).search(("s", "t"))
    found: list[bool] = []
    difference = timed(lambda: found.append(search.exists(Keeps("s", "t", None))))
    equal = timed(lambda: found.extend(same.exists(Keeps(*pair, None)) for pair in (("s", "t"), ("t", "s"))))
    assert found[1:] == [False, False]
    if clingo is None:
        return Row(size, encode, difference, equal, None, None)
    peer: list[bool] = []
    theirs = timed(lambda: peer.append(Peer((first, second)).keeps_only("s", "t")))
    agreed = Peer((first, twice))
    their_equal = timed(lambda: peer.extend(agreed.keeps_only(*pair) for pair in (("s", "t"), ("t", "s"))))
    assert peer == found, "clingo disagrees"
    return Row(size, encode, difference, equal, theirs, their_equal)


def sizes(chosen: Sequence[int]) -> tuple[str, list[Figure]]:
    """Encoding, finding a difference and proving equality at each size: a table, and the figures at each."""
    rows = [row(size) for size in chosen]
    cells = []
    for one in rows:
        ours = (one.encode, one.difference, one.equal)
        peers = ((one.peer_difference, one.encode + one.difference), (one.peer_equal, one.equal))
        compared = [
            cell
            for theirs, mine in peers
            for cell in (("not run", "") if theirs is None else (_seconds(theirs), f"{theirs / mine:.2f}"))
        ]
        cells.append((f"{one.size:,}", *map(_seconds, ours), *compared))
    figures = [
        _figure(f"{name}, {one.size:,} norms", seconds, BUDGETS[name][one.size])
        for one in rows
        if one.size in SIZES
        for name, seconds in (("encode", one.encode), ("difference", one.difference), ("equal", one.equal))
    ]
    head = ("norms", "encode", "difference", "equal", "clingo, difference", "× ours", "clingo, equal", "× ours")
    return table(head, cells), figures


def _seconds(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms" if seconds < 10 else f"{seconds:,.1f} s"


def singles() -> list[Figure]:
    """The other budgets: contradictions, an example case, gaps, and all pairs of twenty statements."""
    one = statement("s", 200, 1)
    alone = Reasoner(vocabulary(), (one,), apart)
    search = alone.search(("s",))
    candidates = [query for query in alone.candidates("s", "s") if len(query.norms) == 2]
    possible: list[bool] = []
    contradictions = timed(lambda: possible.extend(search.exists(query) for query in candidates))
    beside = _beside(one, [query.norms for query in candidates], possible, contradictions)
    pair = Reasoner(vocabulary(), (one, statement("t", 200, 2)), apart)
    answers: tuple[tuple[Answer, Answer], ...] = (
        ("required", "forbidden"),
        ("silent", "allowed"),
        ("required", "silent"),
    )
    queries = [Answers(f"act {act}", (("s", first), ("t", second))) for act in range(ACTS) for first, second in answers]
    shown = statistics.median(timed(lambda query=query: pair.witnesses(query, ("s", "t"))) for query in queries)  # type: ignore[misc]
    asked = [Part(Asked("whether", f"act {act}", ALWAYS, ("s",)), "undefined") for act in range(ACTS)]
    gaps = timed(lambda: [search.exists(query) for query in asked])
    twenty = [statement(f"s{number}", 200, number) for number in range(20)]

    def all_pairs() -> None:
        reasoner = Reasoner(vocabulary(), twenty, apart)
        for first, second in combinations([given.name for given in twenty], 2):
            reasoner.search((first, second)).exists(Keeps(first, second, None))

    pairs = timed(all_pairs)
    return [
        _figure(f"{len(candidates)} contradiction tests, 200 norms", contradictions, 0.125),
        beside,
        _figure("example case and its shortening, 200 norms, median", shown, 0.055),
        _figure("gap test, 12 questions, 200 norms", gaps, 0.040),
        _figure("all 190 pairs of 20 statements of 200 norms", pairs, 2.8),
    ]


def _beside(given: Statement, sets: Sequence[tuple[str, ...]], possible: list[bool], ours: float) -> Figure:
    """clingo on the same contradiction tests: grounded once, each set of norms assumed in turn."""
    name = "  beside clingo, grounding and solving"
    if clingo is None:
        return Figure(name, "not run: clingo is not installed", "")
    found: list[bool] = []

    def work() -> None:
        control = clingo.Control(message_limit=0)
        control.add("base", [], Peer((given,)).program)
        control.ground([("base", [])])
        for norms in sets:
            symbols = [clingo.parse_term(f"applies({given.name},{full.split('/')[1]})") for full in norms]
            found.append(bool(control.solve(assumptions=[(symbol, True) for symbol in symbols]).satisfiable))

    theirs = timed(work)
    assert found == possible, "clingo disagrees"
    return Figure(name, _seconds(theirs), "", f"{theirs / ours:.2f} × ours")


def _figure(name: str, seconds: float, budget: float) -> Figure:
    return Figure(name, _seconds(seconds), _seconds(budget), f"{seconds / budget:.2f}")


def memory(size: int) -> int:
    """The most memory a process of its own needed, in bytes, to encode two statements and find a difference."""
    command = [sys.executable, "-m", "bench.procedures_reason", str(size)]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def figures(chosen: Sequence[int] = SIZES) -> tuple[str, list[Figure]]:
    """Cost against size beside clingo, and every budget of reasoning."""
    text, found = sizes(chosen)
    used = memory(max(chosen))
    held = Figure(
        f"memory, {max(chosen):,} norms", f"{used / 1e6:,.0f} MB", "300 MB", f"{used / MEMORY_BUDGET:.2f}",
        used <= MEMORY_BUDGET,
    )  # fmt: skip
    return text, [*found, held, *singles()]


if __name__ == "__main__":
    number = int(sys.argv[1])
    encoded((statement("s", number, 1), statement("t", number, 2))).search(("s", "t")).exists(Keeps("s", "t", None))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
