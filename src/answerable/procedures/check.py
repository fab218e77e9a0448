"""What a collection lacks, by reading it alone: who, when, what else, by what standard, and what nobody uses.

`check` puts everything together: errors of the files, what this walk finds in statements and vocabulary, what the
solver finds (`lint`), and what is wrong with the procedures. Where there are errors nothing else is looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from answerable.procedures import check_procedures, check_use, lint
from answerable.procedures.check_procedures import Profile
from answerable.procedures.collection import Collection
from answerable.procedures.condition import facts_of
from answerable.procedures.errors import ProceduresError
from answerable.procedures.fields import Stated
from answerable.procedures.finding import Finding, ordered
from answerable.procedures.norm import Norm, Otherwise, Reading
from answerable.procedures.passage import reference
from answerable.procedures.reason import Known
from answerable.procedures.settings import Settings
from answerable.procedures.vocabulary import Vocabulary
from answerable.procedures.words import all_of

#: A duty in the narrow sense: something is to be done, left, or left to others.
_DUTIES = ("must", "must not", "only", "alone")
_NO_LIMIT = "no time limit is stated: it can be open for ever and can never be breached"


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` found. Unless ``complete``, the markings of a procedure were too many to walk them all.

    ``extents``: how far each procedure was walked in which the walk found nothing.
    """

    findings: tuple[Finding, ...]
    complete: bool = True
    extents: tuple[tuple[str, str], ...] = ()


def check(
    collection: Collection,
    settings: Settings | None = None,
    more: Iterable[ProceduresError] = (),
    profile: Profile | None = None,
) -> Checked:
    """Every finding about the files themselves. ``more`` are problems found elsewhere, as with whole texts.

    With the ``profile`` *casework*, what a running casework cannot do without is a fault. Raises `Undecided` only if
    the solver's own bound was reached.
    """
    problems = [*collection.problems, *more]
    if problems:
        found = {one.id: one for one in map(error, reversed(problems))}
        return Checked(tuple(sorted(found.values(), key=_by_place)))
    settings = settings or Settings()
    prepared = settings.prepare(collection).vocabulary
    if not Known(prepared).consistent({}):
        return Checked((unsatisfiable(prepared),))
    acts = tuple(collection.vocabulary.acts)
    walked = [*statements(collection), *check_use.statements(collection), *lint.reasoned(collection, settings)]
    procedures = check_procedures.check(collection, profile)
    findings = (
        *ordered(walked, acts),
        *ordered([*judgements(collection), *check_use.vocabulary(collection)], acts),
        *ordered(check_use.cases(collection), acts),
        *procedures.findings,
    )
    complete = procedures.complete and all(found.kind != "undecided" for found in findings)
    return Checked(findings, complete, procedures.extents)


def unsatisfiable(vocabulary: Vocabulary) -> Finding:
    """Assumptions that no case satisfies: with them, everything would follow."""
    names = [assumption.id for assumption in vocabulary.assumptions]
    text = f"no case satisfies the assumptions {all_of(names)} together. Correct one, or drop it with --without"
    place = vocabulary.assumptions[0].place
    return Finding("error", "assumptions-unsatisfiable", text, about="assumptions", place=place)


def _by_place(found: Finding) -> tuple[str, int, int, str]:
    place = found.place
    return (place.file, place.line, place.column, found.text) if place else ("", 0, 0, found.text)


def error(problem: ProceduresError) -> Finding:
    """A problem of the files as a finding."""
    text = problem.what + (f". {problem.todo[:1].upper()}{problem.todo[1:]}" if problem.todo else "")
    where = problem.place.file if problem.place else ""
    return Finding("error", problem.kind, text, about=f"{where}: {problem.what}", place=problem.place)


def statements(collection: Collection) -> Iterator[Finding]:
    """What the norms leave open, each by itself."""
    decided = deciders(collection)
    for statement in collection.statements:
        duties = {act for norm in statement.norms for one in norm.readings for choice in one.choices for act in choice}
        for norm in statement.norms:
            found = [(one.name, list(_reading(one, collection.vocabulary, duties, decided))) for one in norm.readings]
            for gap in dict.fromkeys(gap for _, gaps in found for gap in gaps):
                names = [name for name, gaps in found if gap in gaps]
                yield _finding(collection, norm, names[0] if len(names) < len(found) else None, *gap)


def _finding(collection: Collection, norm: Norm, reading: str | None, kind: str, text: str) -> Finding:
    """A gap of a norm; ``reading`` names the way of reading it that has the gap, if not all have it."""
    readings = {norm.full: reading} if reading is not None else {}
    words = f" (read “{reading}”)" if reading is not None else ""
    return Finding("gap", kind, text + words, norms=(reference(collection, norm),), readings=readings, place=norm.place)


def _reading(
    reading: Reading, vocabulary: Vocabulary, duties: set[str], decided: frozenset[str]
) -> Iterator[tuple[str, str]]:
    yield from _bearer(reading, vocabulary)
    yield from _limit(reading, duties)
    if reading.mode in _DUTIES and reading.otherwise is Stated.NOT_STATED:
        yield "no-consequence", "nothing is said to follow if it is not kept"
    if isinstance(reading.otherwise, Otherwise):
        yield from _otherwise(reading.otherwise, vocabulary)
    if reading.mode == "decides" and reading.standard is Stated.NOT_STATED:
        yield "no-standard", f"no standard is stated for deciding {reading.fact}"
    inert = [name for name in facts_of(reading.when) if vocabulary.facts[name].judgement and name not in decided]
    if reading.mode == "must" and inert:
        yield "inert-duty", f"turns on {all_of(inert)}, which nobody is named to judge: nobody can say when it is owed"


def _bearer(reading: Reading, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    if reading.who is Stated.NOT_STATED:
        if reading.mode != "must not":
            yield "no-bearer", "nobody is named whom it concerns"
    elif isinstance(reading.who, tuple) and reading.mode in ("must", "alone", "decides"):
        if not any(vocabulary.parties[party].office for party in reading.who):
            yield "no-office", f"no office is named ({', '.join(reading.who)})"
    elif reading.who == "anyone" and reading.mode == "must":
        yield "no-office", "no office is named (anyone)"


def _limit(reading: Reading, duties: set[str]) -> Iterator[tuple[str, str]]:
    limit = reading.within
    if limit is None or reading.mode != "must":
        return
    if limit.word == "not stated":
        yield "no-limit", _NO_LIMIT
    elif limit.word in ("without delay", "immediately"):
        yield "unmeasured-limit", f"“{limit.word}” measures nothing: lateness cannot be computed"
    elif limit.of and limit.of not in duties:
        yield "clock-never-starts", f"the limit runs from “{limit.of}”, which this statement obliges nobody to do"


def _otherwise(found: Otherwise, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """What follows is a duty too. That nothing follows in turn is no gap: every chain ends somewhere."""
    if found.who is Stated.NOT_STATED:
        yield "no-bearer", "nobody is named who must do what follows if it is not kept"
    elif isinstance(found.who, tuple) and not any(vocabulary.parties[party].office for party in found.who):
        yield "no-office", f"no office is named for what follows if it is not kept ({', '.join(found.who)})"
    if found.within.word == "not stated":
        yield "no-limit", "no time limit is stated for what follows if it is not kept"
    elif found.within.word in ("without delay", "immediately"):
        yield "unmeasured-limit", f"“{found.within.word}” measures nothing for what follows if it is not kept"
    if isinstance(found.otherwise, Otherwise):
        yield from _otherwise(found.otherwise, vocabulary)


def deciders(collection: Collection) -> frozenset[str]:
    """The facts that somebody is named to decide, in the vocabulary or by a norm."""
    named_in_vocabulary = {
        name for name, fact in collection.vocabulary.facts.items() if fact.decided_by not in (None, Stated.NOT_STATED)
    }
    return frozenset(named_in_vocabulary | {one.fact for _, one in _deciding(collection) if one.fact})


def _deciding(collection: Collection) -> Iterator[tuple[Norm, Reading]]:
    """Norms that give somebody the competence to decide a fact."""
    for statement in collection.statements:
        for norm in statement.norms:
            for reading in norm.readings:
                if reading.mode == "decides" and reading.who is not Stated.NOT_STATED:
                    yield norm, reading


def judgements(collection: Collection) -> Iterator[Finding]:
    """Judgements that norms turn on: who makes each, and by what standard."""
    turning: dict[str, list[Norm]] = {}
    for statement in collection.statements:
        for norm in statement.norms:
            for name in dict.fromkeys(name for one in norm.readings for name in facts_of(one.when)):
                turning.setdefault(name, []).append(norm)
    decided = deciders(collection)
    standards = {one.fact for _, one in _deciding(collection) if one.standard is not Stated.NOT_STATED}
    by_norm = {one.fact for _, one in _deciding(collection)}
    for name, fact in collection.vocabulary.facts.items():
        on_it = _turn(turning.get(name, []))
        if fact.judgement and on_it and name not in decided:
            text = f"a judgement nobody is named to make; {on_it}"
            yield Finding("gap", "no-decider", text, about=name, place=fact.place)
        if fact.judgement and on_it and fact.standard is Stated.NOT_STATED and name not in standards:
            text = f"a judgement without a standard; {on_it}"
            yield Finding("gap", "no-standard", text, about=name, place=fact.place)
        if isinstance(fact.decided_by, str) and fact.decided_by is not Stated.NOT_STATED and name not in by_norm:
            text = f"decided by {fact.decided_by}: the vocabulary alone says so"
            yield Finding("note", "vocabulary-alone", text, about=name, place=fact.place)


def _turn(norms: list[Norm]) -> str:
    names = [norm.full for norm in norms]
    if not names:
        return ""
    return f"{all_of(names)} turn{'s' if len(names) == 1 else ''} on it"
