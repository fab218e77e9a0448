"""What the procedures in force say of each act: by whom, within what time, on which rule, and what follows when late.

The desk's pages name the rule behind every clock and every act with it; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from answerable.casework import folding
from answerable.procedures.duties import rests_on_text
from answerable.procedures.fields import Stated
from answerable.procedures.limit import Limit
from answerable.procedures.procedure import ActRule, OurDesign, Procedure

#: How the source of a rule begins that is no norm but a reason of our own (`rests_on_text`).
OURS = "our design: "
#: The acts with which records begin, whose events name no procedure.
FIRST = {
    "report.received": (folding.INTAKE, "receive the report"),
    "help.received": (folding.HELP, "receive the request for help"),
}


@dataclass(frozen=True)
class Owes:
    """A duty that an act opens, or that opens when it is late: whose, what, and within what time."""

    by: str
    act: str
    within: Limit


@dataclass(frozen=True)
class RuleRow:
    """One act of a procedure. ``source`` is what it rests on in one line; ``norms`` its norms with their words."""

    procedure: str
    act: str
    by: str
    within: Limit | None
    needs: tuple[str, ...]
    not_while_open: tuple[str, ...]
    others: tuple[str, ...]
    reasons: bool
    starts: tuple[Owes, ...]
    late: tuple[Owes, ...]
    source: str
    norms: tuple[tuple[str, str], ...]

    @property
    def anchor(self) -> str:
        """Where the page of rules has it."""
        return anchor(self.procedure, self.act)


@dataclass(frozen=True)
class Chapter:
    """A procedure: its acts in its own order."""

    name: str
    version: int
    status: str
    rows: tuple[RuleRow, ...]


def anchor(procedure: str, act: str) -> str:
    """The id of an act on the page of rules."""
    return f"{procedure}.{act.replace(' ', '-')}"


def chapters(rules: folding.Rules) -> tuple[Chapter, ...]:
    """The procedures that records of this desk follow, each once, in the order in which a report meets them."""
    return tuple(_chapter(rules, name) for name in _names())


def row(rules: folding.Rules, procedure: str, act: str) -> RuleRow | None:
    """An act of a procedure; None for one that it does not have of its own."""
    plan = rules.plans.get(procedure)
    found = next((one for one in plan.procedure.acts if one.act == act), None) if plan else None
    return _row(rules, procedure, found) if found else None


def of_act(rules: folding.Rules, kind: str, act: str) -> RuleRow | None:
    """The rule of an act on a record of ``kind``: of its own procedure first, else of the first that has it."""
    own = (folding.OF_KIND[kind], folding.AFTER_WITHDRAWAL.get(kind, ""))
    return next((found for name in (*own, *_names()) if (found := row(rules, name, act))), None)


def of_event(rules: folding.Rules, kind: str, event: str, procedure: str, act: str) -> RuleRow | None:
    """The rule of an event of a record of ``kind``: of the act that it is, or of the duty that it says was missed."""
    if procedure:
        return row(rules, procedure, act)
    first = FIRST.get(event)
    return row(rules, *first) if first else of_act(rules, kind, act) if event == "deadline.missed" else None


def _names() -> Iterator[str]:
    yield from dict.fromkeys(
        (folding.INTAKE, folding.ASSESSMENT, folding.HELP, folding.WITHDRAWAL, folding.HELP_WITHDRAWAL)
    )


def _chapter(rules: folding.Rules, name: str) -> Chapter:
    found: Procedure = rules.plans[name].procedure
    return Chapter(name, found.version, found.status, tuple(_row(rules, name, one) for one in found.acts))


def _row(rules: folding.Rules, procedure: str, rule: ActRule) -> RuleRow:
    return RuleRow(
        procedure,
        rule.act,
        rule.by,
        rule.within,
        rule.needs,
        rule.not_while_open,
        rule.different_person_from,
        rule.reasons,
        tuple(Owes(rules.plans[procedure].procedure.defined()[one.act], one.act, one.within) for one in rule.starts),
        tuple(Owes(one.who, one.act, one.within) for one in (rule.if_late.chain() if rule.if_late else ())),
        rests_on_text(rule.rests_on),
        _norms(rules, rule),
    )


def _norms(rules: folding.Rules, rule: ActRule) -> tuple[tuple[str, str], ...]:
    if isinstance(rule.rests_on, OurDesign | Stated):
        return ()
    known = rules.collection.norms()
    return tuple((name, " ".join(known[name].says or (known[name].gist or "",))) for name in rule.rests_on)
