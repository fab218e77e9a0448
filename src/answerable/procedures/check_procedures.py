"""What is wrong with a procedure as a file somebody would run: names, chains, persons, rules, and every path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from answerable.procedures.collection import Collection
from answerable.procedures.fields import Stated, circle
from answerable.procedures.finding import Finding, Severity
from answerable.procedures.procedure import ActRule, Procedure
from answerable.procedures.walk import Walk, walk

#: What is demanded of procedures beyond what is demanded of all.
Profile = Literal["casework"]


@dataclass(frozen=True, slots=True)
class Walked:
    """The findings about the procedures, by file and act; how far each was walked, and whether all were to the end."""

    findings: tuple[Finding, ...]
    extents: tuple[tuple[str, str], ...]
    complete: bool


def check(collection: Collection, profile: Profile | None) -> Walked:
    """Every finding about the procedures. ``extents`` are of those in which the walk found nothing to say it with."""
    found: list[Finding] = []
    walks = [(procedure, walk(procedure)) for procedure in collection.procedures]
    for procedure, walked in walks:
        found += _one(collection, procedure, walked, profile)
    silent = tuple((procedure.name, walked.extent) for procedure, walked in walks if not walked.faults)
    return Walked(tuple(found), silent, all(walked.complete for _, walked in walks))


def _one(collection: Collection, procedure: Procedure, walked: Walk, profile: Profile | None) -> Iterator[Finding]:
    order = {rule.act: place for place, rule in enumerate(procedure.acts)}
    static = [*_undefined(procedure), *_circles(procedure), *_same_person(procedure), *_rules(procedure)]
    if profile == "casework":
        static = [*static, *_casework(collection, procedure)]
    found = {each.id: each for each in reversed(static)}
    yield from sorted(
        found.values(), key=lambda each: (order.get(each.acts[0], len(order)) if each.acts else -1, each.kind)
    )
    extent = f" ({walked.extent})"
    for number, fault in enumerate(walked.faults):
        last = extent if number == len(walked.faults) - 1 else ""
        rule = next((rule for rule in procedure.acts if rule.act == fault.about), None)
        yield Finding(
            "fault",
            fault.kind,
            fault.text + last,
            acts=(fault.about,) if fault.about in procedure.defined() else (),
            about=f"{procedure.name}: {fault.text}" if fault.kind == "can-extinguish" else procedure.name,
            place=rule.place if rule else procedure.place,
            details={
                "procedure": procedure.name,
                "act": fault.about,
                "path": list(fault.path),
                "markings": walked.markings,
                "all_markings": walked.complete,
            },
        )


def _finding(procedure: Procedure, rule: ActRule, severity: Severity, kind: str, text: str, what: str = "") -> Finding:
    return Finding(
        severity,
        kind,
        text,
        acts=(rule.act,),
        about=f"{procedure.name}: {what}" if what else procedure.name,
        place=rule.place,
        details={"procedure": procedure.name, "act": rule.act},
    )


def _undefined(procedure: Procedure) -> Iterator[Finding]:
    """Acts that are named and not defined. Those that an act needs make it impossible, which the walk says."""
    defined = procedure.defined()
    for rule in procedure.acts:
        named = {
            "within … of": (rule.within.of,) if rule.within and rule.within.of else (),
            "starts": tuple(start.act for start in rule.starts),
            "not while open": rule.not_while_open,
            "switches off": rule.switches_off,
            "switches on": rule.switches_on,
            "different person from": rule.different_person_from,
        }
        for word, acts in named.items():
            for act in acts:
                if act not in defined:
                    text = f"no act of this procedure is “{act}”, which it names in “{word}”"
                    yield _finding(procedure, rule, "fault", "undefined-act", text, act)
    for act in (*procedure.ends, procedure.applies.chosen_by):
        if act not in defined:
            text = f"no act of this procedure is “{act}”, which its heading names"
            yield Finding(
                "fault",
                "undefined-act",
                text,
                about=f"{procedure.name}: {act}",
                place=procedure.place,
                details={"procedure": procedure.name, "act": act},
            )


def _circles(procedure: Procedure) -> Iterator[Finding]:
    """Late duties that lead back to one another: nobody is ever last."""
    follows: dict[str, list[str]] = {}
    for rule in procedure.acts:
        acts = [rule.act, *(late.act for late in rule.if_late.chain())] if rule.if_late else []
        for act, then in pairwise(acts):
            follows.setdefault(act, []).append(then)
    if path := circle(follows):
        rule = next(rule for rule in procedure.acts if rule.act in path)
        text = f"“if late” runs in a circle: {' > '.join(path)}"
        yield _finding(procedure, rule, "fault", "late-cycle", text)


def _same_person(procedure: Procedure) -> Iterator[Finding]:
    """Two acts that decide the same fact, the second meant to look at the first, and one person may do both."""
    deciding = [rule for rule in procedure.acts if rule.decides]
    for place, rule in enumerate(deciding):
        for earlier in deciding[:place]:
            apart = rule.act in earlier.different_person_from or earlier.act in rule.different_person_from
            if rule.decides == earlier.decides and not apart:
                text = f"may be done by the person who did “{earlier.act}”: both decide {rule.decides}"
                yield _finding(procedure, rule, "fault", "decides-and-reviews", text)


def _rules(procedure: Procedure) -> Iterator[Finding]:
    started = {start.act for rule in procedure.acts for start in rule.starts}
    for rule in procedure.acts:
        if rule.rests_on is Stated.NOT_STATED:
            yield _finding(procedure, rule, "gap", "rests-on-nothing", "rests on no rule")
        if (rule.within is not None or rule.act in started) and rule.if_late is None:
            yield _finding(
                procedure, rule, "gap", "nothing-follows", "nothing follows if it is late: there is no “if late”"
            )


def _casework(collection: Collection, procedure: Procedure) -> Iterator[Finding]:
    """What a process that runs the procedure cannot do without."""
    parties = collection.vocabulary.parties
    reviewed = {act for rule in procedure.acts for act in rule.different_person_from}
    for rule in procedure.acts:
        late = [each.who for each in rule.if_late.chain()] if rule.if_late else []
        for party in dict.fromkeys((rule.by, *late)):
            if not parties[party].office:
                text = f"casework: “{party}” is no office"
                yield _finding(procedure, rule, "fault", "no-office", text, party)
        if rule.rests_on is Stated.NOT_STATED:
            text = "casework: a step must name the rule it rests on"
            yield _finding(procedure, rule, "fault", "no-rule", text)
        if rule.decides and rule.standard in (Stated.NOT_STATED, Stated.NOT_CHECKED):
            text = f"casework: no standard for deciding {rule.decides}"
            yield _finding(procedure, rule, "fault", "no-standard", text)
        if rule.decides and rule.act not in reviewed:
            text = "casework: nobody who must be a different person reviews it"
            yield _finding(procedure, rule, "fault", "no-reviewer", text)
        if rule.switches_off and not rule.reasons:
            text = "casework: it switches acts off and needs no reasons"
            yield _finding(procedure, rule, "fault", "no-reasons", text)
