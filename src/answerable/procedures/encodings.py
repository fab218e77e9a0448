"""Two encodings of the same texts against each other, and a count of the cases in which statements part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product
from math import prod

from answerable.procedures.collection import Collection
from answerable.procedures.compare import Build, Comparison, compare_pairs
from answerable.procedures.coverage import coverage
from answerable.procedures.errors import ProceduresError, Undecided
from answerable.procedures.finding import Finding, ordered
from answerable.procedures.meaning import Meaning, World
from answerable.procedures.parts import answer
from answerable.procedures.passage import Passages
from answerable.procedures.query import NoCommon
from answerable.procedures.rank import Rank
from answerable.procedures.reason import Reasoner
from answerable.procedures.settings import Settings
from answerable.procedures.stated import size_of
from answerable.procedures.statement import Statement
from answerable.procedures.vocabulary import Vocabulary

#: Cases that `count` goes through at most.
MAX_CASES = 65_536
WARNING = "This counts kinds of case in the vocabulary, not how often they happen."
#: Ways to read one statement that its two encodings are compared in.
MAX_WAYS = 256
OTHER = "{} (other)"


def compare_with(
    one: Collection, other: Collection, settings: Settings | None = None, build: Build = Reasoner
) -> Comparison:
    """The two encodings of each statement: the same, or a case that separates them; and sentences only one encoded.

    Raises `ProceduresError` unless both have one vocabulary. Statements of ``other`` are named ``NAME (other)``.
    """
    settings = settings or Settings()
    first, second = (settings.prepare(collection.sound()) for collection in (one, other))
    _refuse_unlike(first.vocabulary, second.vocabulary)
    theirs = {statement.name: statement for statement in second.statements}
    pairs = [(ours, _renamed(theirs[ours.name])) for ours in first.statements if ours.name in theirs]
    merged = replace(first, statements=tuple(one for pair in pairs for one in pair), rank=Rank(), questions=())
    findings, complete = [*_alone(first, second), *_alone(second, first)], True
    for ours, renamed in pairs:
        parted: list[Finding] = []
        for way in _ways(ours, renamed):
            both = tuple(_fixed(statement, way) for statement in (ours, renamed))
            found = compare_pairs(replace(merged, statements=both), [(ours.name, renamed.name)], settings, build)
            complete = complete and found.complete
            read = {f"{ours.name}/{norm}": name for norm, name in way.items()}
            apart = [one for one in found.findings if one.severity != "note" or one.kind == "undecided"]
            parted += [replace(one, readings={**read, **one.readings}) for one in apart]
        if not parted:
            text = f"{ours.name} × {renamed.name}: the same"
            parted = [Finding("note", "same-encoding", text, about=text, place=ours.place)]
        findings += [*parted, *_sentences(first, second, ours)]
    return Comparison(ordered(findings, first.vocabulary.acts), complete, merged)


def _ways(ours: Statement, renamed: Statement) -> list[dict[str, str]]:
    """The readings that both encodings give the same norms, by the norms' ids: each is compared with its like."""
    named = [{norm.id: [one.name or "" for one in norm.readings] for norm in each.norms} for each in (ours, renamed)]
    common = {
        norm: [name for name in names if name in named[1].get(norm, ())]
        for norm, names in named[0].items()
        if len(names) > 1 and set(names) & set(named[1].get(norm, ()))
    }
    if prod(map(len, common.values())) > MAX_WAYS:
        raise Undecided(f"“{ours.name}” can be read in more than {MAX_WAYS} ways", todo="settle some of its readings")
    return [dict(zip(common, way, strict=True)) for way in product(*common.values())]


def _fixed(statement: Statement, way: Mapping[str, str]) -> Statement:
    """The statement with these norms read in these ways, and no account of the words of another."""
    norms = tuple(
        replace(norm, readings=tuple(replace(one, name=None) for one in norm.readings if one.name == way[norm.id]))
        if norm.id in way
        else norm
        for norm in statement.norms
    )
    return replace(statement, norms=norms, utterance=None)


def _refuse_unlike(first: Vocabulary, second: Vocabulary) -> None:
    def shape(words: Vocabulary) -> dict[str, object]:
        return {
            "facts": [(fact.name, fact.domain) for fact in words.facts.values()],
            "acts": [(kind.name, kind.acts, kind.one_at_most) for kind in words.kinds.values()],
            "parties": [(party.name, party.parts) for party in words.parties.values()],
            "assumptions": [(one.id, one.holds) for one in words.assumptions],
        }

    theirs = shape(second)
    for what, ours in shape(first).items():
        if ours != theirs[what]:
            raise ProceduresError(
                f"the two collections have different {what}",
                todo="encode both with one vocabulary, agreed beforehand: else they cannot be compared",
            )


def _renamed(statement: Statement) -> Statement:
    name = OTHER.format(statement.name)
    norms = tuple(replace(norm, full=f"{name}/{norm.id}") for norm in statement.norms)
    return replace(statement, name=name, norms=norms)


def _alone(here: Collection, there: Collection) -> Iterator[Finding]:
    names = {statement.name for statement in there.statements}
    for statement in here.statements:
        if statement.name not in names:
            text = f"{statement.name}: encoded in one collection only"
            yield Finding("gap", "encoded-once", text, about=statement.name, place=statement.place)


def _sentences(first: Collection, second: Collection, ours: Statement) -> Iterator[Finding]:
    """Sentences of the statement's source that one encoding quotes or sets aside and the other leaves unread."""
    read = []
    for collection in (first, second):
        alone = tuple(one for one in collection.statements if one.name == ours.name)
        covered = coverage(replace(collection, statements=alone, questions=(), cases=()))
        read.append({(one.source, line.line, line.words): line.state for one in covered for line in one.sentences})
    for (source, line, words), state in read[0].items():
        other = read[1].get((source, line, words), "unread")
        if (state == "unread") != (other == "unread"):
            where = "the other collection" if state == "unread" else "this collection"
            text = f"{ours.name}: the sentence at {source}:{line} ({words} words) is encoded only in {where}"
            yield Finding("gap", "sentence-once", text, about=f"{ours.name}: {source}:{line}", place=ours.place)


def count(collection: Collection, kind: str, settings: Settings | None = None) -> list[str]:
    """For each pair of statements, in how many cases they answer differently on a kind of acts, or contradict.

    By enumeration. Raises `Undecided` for more than 65,536 cases, and `ProceduresError` for a kind that is not defined.
    """
    prepared = (settings or Settings()).prepare(collection.sound())
    vocabulary = prepared.vocabulary
    if kind not in vocabulary.kinds:
        raise ProceduresError(f"“{kind}” is not a kind of acts", todo=f"name one of {', '.join(vocabulary.kinds)}")
    cases = prod(size_of(fact.domain) for fact in vocabulary.facts.values())
    if cases > MAX_CASES:
        raise Undecided(
            f"{cases:,} cases are more than the {MAX_CASES:,} that are counted", todo="compare without --count"
        )
    acts = frozenset(vocabulary.kinds[kind].acts)
    meaning = Meaning(vocabulary, prepared.statements, Passages(prepared).apart)
    lines = []
    for pair in combinations((statement.name for statement in prepared.statements), 2):
        every: set[tuple[object, ...]] = set()
        differing: set[tuple[object, ...]] = set()
        clashing: set[tuple[object, ...]] = set()
        for world in meaning.worlds(pair):
            if not world.broken:
                case = tuple(world.case.values())
                every.add(case)
                if _differ(world, pair, acts):
                    differing.add(case)
                if meaning.holds(NoCommon(*pair, kind), world):
                    clashing.add(case)
        text = f"{len(differing):,} differ and {len(clashing):,} contradict, in some reading"
        lines.append(f"{pair[0]} × {pair[1]}, {kind}: of {len(every):,} cases {text}")
    return [*lines, WARNING]


def _differ(world: World, pair: tuple[str, str], acts: frozenset[str]) -> bool:
    first, second = (world.active[name].values() for name in pair)
    return any(answer(first, frozenset({act})) != answer(second, frozenset({act})) for act in acts)
