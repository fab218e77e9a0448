"""A procedure made ready to run: every act by number, and for each what doing it opens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from answerable.procedures.calendar import Calendar
from answerable.procedures.clock import Clock
from answerable.procedures.condition import Condition, facts_of
from answerable.procedures.duties import RestsOn
from answerable.procedures.fields import NOT_STATED
from answerable.procedures.limit import Limit
from answerable.procedures.marking import Relations, owed_from_the_beginning, relations
from answerable.procedures.procedure import ActRule, IfLate, Procedure
from answerable.procedures.timeline import Happening
from answerable.procedures.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """A duty to be opened: the act's number, its limit, on what condition it is owed, and what its lateness opens."""

    act: int
    by: str
    limit: Limit
    when: Condition | None
    rests_on: RestsOn
    late: Opening | None


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """``rules``, ``by``, ``opens``, ``off`` and ``doers`` go by the number of an act in ``order.acts``.

    ``doers`` are the parties an act is for: its own and all its parts. ``first`` are the duties a case begins with.
    """

    procedure: Procedure
    vocabulary: Vocabulary
    clock: Clock
    order: Relations
    number: dict[str, int]
    rules: tuple[ActRule | None, ...]
    by: tuple[str, ...]
    doers: tuple[frozenset[str], ...]
    opens: tuple[tuple[Opening, ...], ...]
    off: tuple[tuple[int, ...], ...]
    first: tuple[Opening, ...]

    @classmethod
    def of(cls, procedure: Procedure, calendar: Calendar, vocabulary: Vocabulary) -> Plan:
        """Make ``procedure`` ready to run with the days of ``calendar``."""
        order = relations(procedure)
        number = {act: position for position, act in enumerate(order.acts)}
        rules = {rule.act: rule for rule in procedure.acts}
        defined = procedure.defined()
        return cls(
            procedure,
            vocabulary,
            Clock.of(calendar),
            order,
            number,
            tuple(rules.get(act) for act in order.acts),
            tuple(defined[act] for act in order.acts),
            tuple(frozenset({defined[act], *vocabulary.parts(defined[act])}) for act in order.acts),
            tuple(tuple(_opened_by(act, number, rules)) for act in order.acts),
            tuple(_numbers(rules[act].switches_off if act in rules else (), number) for act in order.acts),
            tuple(
                _opening(rule, rule.within, number, rules)
                for rule in procedure.acts
                if rule.within is not None and owed_from_the_beginning(rule)
            ),
        )

    def depends(self, one: Happening, other: Happening) -> bool:
        """Whether the order of two events can matter: whether one touches what the other reads or touches."""
        touches, reads = self._footprint(one)
        others_touches, others_reads = self._footprint(other)
        return bool(touches & (others_touches | others_reads) or reads & others_touches)

    def _footprint(self, one: Happening) -> tuple[set[str], set[str]]:
        """The acts and facts (``=fact``) an event touches, and those it reads."""
        touches, reads = {f"={fact}" for fact in one.event.sets}, set[str]()
        for act in one.acts:
            if act not in self.number:
                continue
            number = self.number[act]
            rule, opens = self.rules[number], self.opens[number]
            owned = [opening for openings in self.opens for opening in openings if opening.act == number]
            touches |= {act, *(self.order.acts[opening.act] for opening in opens)}
            for opening in (*opens, *owned, *self.first):
                reads |= {f"={fact}" for fact in (facts_of(opening.when) if opening.when else ())}
            if rule:
                touches |= {*rule.switches_off, *rule.switches_on}
                reads |= {*rule.needs, *rule.not_while_open, *rule.different_person_from}
        return touches, reads


def _opening(rule: ActRule, limit: Limit, number: dict[str, int], rules: dict[str, ActRule]) -> Opening:
    late = _late(rule.if_late, number, rules)
    return Opening(number[rule.act], rule.by, limit, rule.when, rule.rests_on, late)


def _late(link: IfLate | None, number: dict[str, int], rules: dict[str, ActRule]) -> Opening | None:
    if link is None:
        return None
    rests_on = rules[link.act].rests_on if link.act in rules else NOT_STATED
    return Opening(number[link.act], link.who, link.within, None, rests_on, _late(link.if_late, number, rules))


def _opened_by(act: str, number: dict[str, int], rules: dict[str, ActRule]) -> Iterable[Opening]:
    for rule in rules.values():
        if rule.within is not None and rule.within.of == act:
            yield _opening(rule, rule.within, number, rules)
    for start in rules[act].starts if act in rules else ():
        if start.act in rules:
            yield _opening(rules[start.act], start.within, number, rules)
        elif start.act in number:
            by = next(late.who for rule in rules.values() for late in _chain(rule) if late.act == start.act)
            yield Opening(number[start.act], by, start.within, None, NOT_STATED, None)


def _chain(rule: ActRule) -> Iterable[IfLate]:
    return rule.if_late.chain() if rule.if_late else ()


def _numbers(acts: Iterable[str], number: dict[str, int]) -> tuple[int, ...]:
    return tuple(number[act] for act in acts if act in number)
