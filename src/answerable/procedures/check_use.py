"""What a collection says twice, never uses, or leaves to our own word: notes, none of which is a defect of a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from answerable.procedures.collection import Collection
from answerable.procedures.condition import Condition, facts_of, kleene
from answerable.procedures.fields import Stated
from answerable.procedures.finding import Finding
from answerable.procedures.norm import Norm, Otherwise, Reading
from answerable.procedures.passage import reference
from answerable.procedures.procedure import Procedure
from answerable.procedures.statement import Statement
from answerable.procedures.text import quoted
from answerable.procedures.words import all_of


def statements(collection: Collection) -> Iterator[Finding]:
    """Norms known by a paraphrase only, and words that are quoted twice."""
    for statement in collection.statements:
        for norm in statement.norms:
            if norm.gist is not None:
                known = collection.sources[statement.source].known_from
                text = "a paraphrase of ours: the text is not held" + (f" (known from: {known})" if known else "")
                yield Finding("note", "unverified", text, norms=(reference(collection, norm),), place=norm.place)
    norms = [(one, norm) for one in collection.statements for norm in one.norms if norm.says]
    for (one, first), (other, second) in combinations(norms, 2):
        if list(map(quoted, first.says or ())) == list(map(quoted, second.says or ())):
            yield _twice(collection, one, first, other, second)


def _twice(collection: Collection, one: Statement, first: Norm, other: Statement, second: Norm) -> Finding:
    """One passage under two norms of a statement; or the same words in two statements."""
    if one is other:
        kind, text = "quote-twice", f"the same passage as {first.full}"
    elif one.utterance is not None and one.utterance == other.utterance:
        kind, text = "same-words-twice", f"the same words as {first.full}: two accounts of one utterance agree here"
    else:
        kind, text = "same-words-twice", f"the same words as {first.full}"
    return Finding(
        "note", kind, text, norms=(reference(collection, first), reference(collection, second)), place=second.place
    )


def vocabulary(collection: Collection) -> Iterator[Finding]:
    """Facts, parties and acts that nothing in the collection uses."""
    words = collection.vocabulary
    facts, parties, acts = set(_facts(collection)), set(_parties(collection)), set(_acts(collection))
    for name, fact in words.facts.items():
        if name not in facts:
            yield Finding("note", "unused", "a fact that nothing uses", about=name, place=fact.place)
    for name, party in words.parties.items():
        if name not in parties and not words.parts(name) & parties:
            yield Finding("note", "unused", "a party that nothing uses", about=name, place=party.place)
    for kind in words.kinds.values():
        for act in kind.acts:
            if act not in acts:
                yield Finding("note", "unused", "an act that nothing uses", about=act, acts=(act,), place=kind.place)


def cases(collection: Collection) -> Iterator[Finding]:
    """Facts that a case does not record though norms turn on them that may apply to it: for each case one note."""
    conditions = [reading.when for _, reading in _readings(collection)]
    for case in collection.cases:
        recorded = {name: fact.value for name, fact in case.facts.items()}
        for event in case.events:
            recorded |= event.sets
        turning = {name for when in conditions if kleene(when, recorded) is None for name in facts_of(when)}
        missing = [name for name in collection.vocabulary.facts if name in turning and name not in recorded]
        if missing:
            text = f"not recorded: {all_of(missing)}. What turns on {'it' if len(missing) == 1 else 'them'} stays open"
            yield Finding(
                "note", "fact-not-listed", text, about=case.case, place=case.place, details={"facts": missing}
            )


def _when(norm: Norm) -> Iterator[str]:
    for reading in norm.readings:
        yield from facts_of(reading.when)


def _facts(collection: Collection) -> Iterator[str]:
    for norm, reading in _readings(collection):
        yield from (*_when(norm), *((reading.fact,) if reading.fact else ()))
    for question in collection.questions:
        yield from (item.about for item in question.ask)
        yield from _named(question.given)
    for procedure in collection.procedures:
        for rule in procedure.acts:
            yield from (*_named(rule.when), *((rule.decides,) if rule.decides else ()))
    for case in collection.cases:
        yield from (*case.facts, *(name for event in case.events for name in event.sets))


def _named(condition: Condition | None) -> Iterable[str]:
    return facts_of(condition) if condition is not None else ()


def _readings(collection: Collection) -> Iterator[tuple[Norm, Reading]]:
    for statement in collection.statements:
        for norm in statement.norms:
            yield from ((norm, reading) for reading in norm.readings)


def _parties(collection: Collection) -> Iterator[str]:
    for _, reading in _readings(collection):
        yield from _who(reading.who)
        yield from _then(reading.otherwise)
    for procedure in collection.procedures:
        yield from procedure.defined().values()
        for rule in procedure.acts:
            yield from (late.who for late in rule.if_late.chain()) if rule.if_late else ()
    yield from (event.who for case in collection.cases for event in case.events)
    for fact in collection.vocabulary.facts.values():
        if fact.decided_by is not None:
            yield fact.decided_by


def _who(who: object) -> Iterable[str]:
    return who if isinstance(who, tuple) else ()


def _then(otherwise: Otherwise | Stated | None) -> Iterator[str]:
    if isinstance(otherwise, Otherwise):
        yield from _who(otherwise.who)
        yield from _then(otherwise.otherwise)


def _acts(collection: Collection) -> Iterator[str]:
    for _, reading in _readings(collection):
        yield from (act for choice in reading.choices for act in choice)
        yield from (*reading.forbidden, *reading.allowed, *reading.reserved)
        yield from _following(reading.otherwise)
    for question in collection.questions:
        for item in question.ask:
            yield from collection.vocabulary.acts_of(item.about) or ()
    yield from (act for procedure in collection.procedures for act in _of_procedure(procedure))
    for case in collection.cases:
        yield from (event.act for event in case.events)
        yield from (act for item in case.not_done for act in item.acts)
        yield from (event.taken_as.act for event in case.events if event.taken_as and event.taken_as.act)


def _following(otherwise: Otherwise | Stated | None) -> Iterator[str]:
    if isinstance(otherwise, Otherwise):
        yield from (act for choice in otherwise.choices for act in choice)
        yield from _following(otherwise.otherwise)


def _of_procedure(procedure: Procedure) -> Iterator[str]:
    yield from procedure.defined()
    yield from (act for rule in procedure.acts for act in rule.needs)
