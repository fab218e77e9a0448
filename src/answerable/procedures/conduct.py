"""What acts can be done together: whether clauses can be met, and smallest sets of clauses that cannot.

A clause wants any one of some acts done, or an act not done. Acts may be *alike*: of a kind of which at most one can be
done. What norms say in one case is a handful of clauses, so plain search is exact and quick.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from answerable.procedures.errors import Undecided
from answerable.procedures.norm import Norm, Reading
from answerable.procedures.vocabulary import Vocabulary

#: How many sets of clauses are tried before the search gives up.
MAX_SETS = 200_000


@dataclass(frozen=True, slots=True)
class Clause:
    """``done``: one of ``acts`` must be done; else the one act in it must not be."""

    done: bool
    acts: tuple[str, ...]


Alike = Mapping[str, str]  # act -> its kind, where of that kind at most one can be done


def alike(vocabulary: Vocabulary) -> dict[str, str]:
    """The acts that exclude each other, with their kinds."""
    return {act: kind.name for kind in vocabulary.kinds.values() if kind.one_at_most for act in kind.acts}


def clauses(reading: Reading, within: Collection[str] | None = None) -> tuple[Clause, ...]:
    """The clauses of a norm so read; or those all of whose acts are ``within`` a kind."""
    every = [Clause(True, tuple(sorted(choice))) for choice in reading.choices]
    every += [Clause(False, (act,)) for act in reading.forbidden]
    return tuple(one for one in dict.fromkeys(every) if within is None or all(act in within for act in one.acts))


def meeting(wanted: Iterable[Clause], alike: Alike) -> frozenset[str] | None:
    """Some conduct that meets all clauses, of acts that they want; None if there is none."""
    wanted = tuple(wanted)
    forbidden = {one.acts[0] for one in wanted if not one.done}
    choices = sorted({one.acts for one in wanted if one.done}, key=lambda acts: (len(acts), acts))

    def meet(position: int, done: frozenset[str]) -> frozenset[str] | None:
        while position < len(choices) and done.intersection(choices[position]):
            position += 1
        if position == len(choices):
            return done
        taken = {alike[act] for act in done if act in alike}
        for act in choices[position]:
            if act not in forbidden and alike.get(act) not in taken:
                found = meet(position + 1, done | {act})
                if found is not None:
                    return found
        return None

    return meet(0, frozenset())


def minimal(wanted: Sequence[Clause], alike: Alike) -> bool:
    """Whether clauses that cannot all be met can be if any one of them is left out."""
    return all(meeting([*wanted[:i], *wanted[i + 1 :]], alike) is not None for i in range(len(wanted)))


def entails(by: Reading, other: Reading, alike: Alike) -> bool:
    """Whether every conduct that meets the clauses of ``by`` meets those of ``other``."""
    given = clauses(by)
    for one in clauses(other):
        if one.done:
            against = [Clause(False, (act,)) for act in one.acts]
        else:
            against = [Clause(True, one.acts)]
        if meeting([*given, *against], alike) is not None:
            return False
    return True


def unmet(available: Iterable[Clause], alike: Alike) -> list[tuple[Clause, ...]]:
    """All smallest sets of the clauses that no conduct meets, smaller ones first.

    A set is grown from each clause that wants something done, by those clauses that the conduct found for it breaks and
    that pull against a clause of the set. Each smallest set is reached: were no clause of it both broken and pulling
    against the others, that conduct and one for the broken clauses could be put together, and would meet everything.
    """
    every = tuple(dict.fromkeys(available))
    order = {one: position for position, one in enumerate(every)}
    found: set[frozenset[Clause]] = set()
    seen: set[frozenset[Clause]] = set()
    waiting = [frozenset({one}) for one in every if one.done]
    while waiting:
        chosen = waiting.pop()
        if chosen in seen:
            continue
        seen.add(chosen)
        if len(seen) > MAX_SETS:
            raise Undecided(
                f"more than {MAX_SETS:,} sets of duties and prohibitions were tried",
                todo="compare fewer statements, or divide the kinds of which at most one act can be done",
            )
        done = meeting(chosen, alike)
        if done is not None:
            against = [one for one in every if bool(done.intersection(one.acts)) != one.done]
            waiting += [chosen | {one} for one in against if any(_pulls(one, other, alike) for other in chosen)]
        elif minimal(tuple(chosen), alike):
            found.add(chosen)
    sets = [tuple(sorted(chosen, key=order.__getitem__)) for chosen in found]
    return sorted(sets, key=lambda chosen: (len(chosen), [order[one] for one in chosen]))


def _pulls(one: Clause, other: Clause, alike: Alike) -> bool:
    """Whether meeting one clause can stand in the way of the other."""
    if one.done != other.done:
        return bool(set(one.acts) & set(other.acts))
    return one.done and any(a != b and a in alike and alike[a] == alike.get(b) for a in one.acts for b in other.acts)


def clashes(first: Sequence[Norm], second: Sequence[Norm], alike: Alike) -> list[tuple[str, ...]]:
    """The smallest sets of norms, some of each side, whose contents no conduct meets in some reading.

    By size, then in the order of the norms; only full names are given, for a set may clash in several readings.
    """
    norms = {norm.full: norm for norm in (*first, *second)}
    order = {full: position for position, full in enumerate(norms)}
    saying: dict[Clause, list[tuple[str, Reading]]] = {}
    for norm in norms.values():
        for reading in norm.readings:
            for one in clauses(reading):
                saying.setdefault(one, []).append((norm.full, reading))
    sides = [{norm.full for norm in side} for side in (first, second)]
    found: set[tuple[str, ...]] = set()
    for wanted in unmet(saying, alike):
        for chosen in _chosen(wanted, saying):
            full = tuple(sorted(chosen, key=order.__getitem__))
            if full not in found and all(side & set(full) for side in sides) and clash(list(chosen.values()), alike):
                found.add(full)
    return sorted(found, key=lambda full: (len(full), [order[norm] for norm in full]))


def _chosen(
    wanted: Sequence[Clause], saying: Mapping[Clause, list[tuple[str, Reading]]]
) -> Iterator[dict[str, Reading]]:
    """Every way to have the clauses said by norms, each read in one way."""
    for row in product(*(saying[one] for one in wanted)):
        chosen: dict[str, Reading] = {}
        if all(chosen.setdefault(full, reading) is reading for full, reading in row):
            yield chosen


def clash(readings: Sequence[Reading], alike: Alike) -> bool:
    """Whether no conduct meets the contents of all the norms so read, and some conduct those of any fewer."""
    contents = [clauses(reading) for reading in readings]
    if meeting([one for content in contents for one in content], alike) is not None:
        return False
    return all(
        meeting([one for j, content in enumerate(contents) if j != i for one in content], alike) is not None
        for i in range(len(contents))
    )
