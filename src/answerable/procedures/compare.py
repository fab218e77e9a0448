"""Statements against each other: contradictions, differences, and how the conducts that keep them compare.

Statements are compared pair by pair and never added up. Every finding shows the least case in which it holds, shortened
to the facts that matter, and says on whose words and on which readings it rests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Protocol

from answerable.procedures import query as q
from answerable.procedures.collection import Collection
from answerable.procedures.condition import Condition
from answerable.procedures.errors import ProceduresError, Undecided
from answerable.procedures.finding import Finding, Json, Lean, Severity, leans, ordered
from answerable.procedures.meaning import applying
from answerable.procedures.norm import Reading
from answerable.procedures.passage import Passages, cited, if_read, leaning
from answerable.procedures.reason import Known, Reasoner
from answerable.procedures.settings import Settings
from answerable.procedures.stated import spoken
from answerable.procedures.statement import Statement
from answerable.procedures.vocabulary import Vocabulary


class Build(Protocol):
    """What makes an engine for some statements; ``also`` are conditions that queries will bring along."""

    def __call__(
        self,
        vocabulary: Vocabulary,
        statements: Sequence[Statement],
        apart: q.Apart,
        also: Sequence[Condition] = (),
        /,
    ) -> q.Engine: ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison found. ``complete`` is false if a stated bound was reached before everything was decided."""

    findings: tuple[Finding, ...]
    complete: bool
    collection: Collection

    def lines(self) -> list[str]:
        """The comparison as text: contradictions, pairs without any, differences, conducts."""
        order = (
            "same-encoding",
            "encoded-once",
            "sentence-once",
            "contradiction",
            "undecided",
            "no-contradiction",
            "difference",
            "conduct",
        )
        passages = Passages(self.collection)
        return [
            line for kind in order for found in self.findings if found.kind == kind for line in _lines(found, passages)
        ]


def compare(collection: Collection, settings: Settings | None = None, build: Build = Reasoner) -> Comparison:
    """Every statement against every other. Raises the first problem of a collection that has any."""
    settings = settings or Settings()
    prepared = usable(collection, settings)
    pairs = list(combinations((statement.name for statement in prepared.statements), 2))
    return compare_pairs(prepared, pairs, settings, build)


def usable(collection: Collection, settings: Settings) -> Collection:
    """The collection as the settings leave it. Raises its first problem; that no case meets the assumptions is one."""
    prepared = settings.prepare(collection.sound())
    assumptions = prepared.vocabulary.assumptions
    if assumptions and not Known(prepared.vocabulary).consistent({}):
        raise ProceduresError(
            "no case satisfies the assumptions",
            place=assumptions[0].place,
            todo="correct one of them, or leave one out with --without",
            kind="assumptions-unsatisfiable",
        )
    return prepared


def compare_pairs(
    collection: Collection, pairs: Iterable[tuple[str, str]], settings: Settings, build: Build
) -> Comparison:
    """The pairs named, of a collection that settings have prepared already."""
    passages = Passages(collection)
    engine = build(collection.vocabulary, collection.statements, passages.apart)
    findings: list[Finding] = []
    complete = True
    for first, second in pairs:
        pair = Pair(passages, engine, first, second)
        try:
            findings += [*pair.contradictions(settings.largest), *pair.differences(), *pair.conducts()]
        except Undecided as problem:
            findings.append(pair.plain("undecided", "note", f"{first} × {second}: {problem.what}"))
        complete = complete and not pair.cut
    undecided = any(found.kind == "undecided" for found in findings)
    return Comparison(ordered(findings, collection.vocabulary.acts), complete and not undecided, collection)


class Pair:
    """The findings about two statements."""

    def __init__(self, passages: Passages, engine: q.Engine, first: str, second: str) -> None:
        self.passages, self.engine = passages, engine
        self.names = (first, second)
        self.cut = False

    @property
    def title(self) -> str:
        """The pair in words."""
        return f"{self.names[0]} × {self.names[1]}"

    def plain(self, kind: str, severity: Severity, text: str, about: str | None = None) -> Finding:
        """A finding about the pair as a whole."""
        place = self.passages.statements[self.names[0]].place
        return Finding(severity, kind, text, about=about or self.title, place=place)

    def contradictions(self, largest: int) -> list[Finding]:
        """Smallest sets of norms that no conduct keeps together, or that there is none."""
        found = self.engine.contradictions(*self.names, largest)
        self.cut = found.cut
        if found.found:
            findings = [self._contradiction(witness) for witness in found.found]
        else:
            supports = tuple(self.passages.assumption(name) for name in found.leans_on)
            text = f"{self.title}: no contradiction in any case"
            findings = [replace(self.plain("no-contradiction", "note", text), leans_on=supports)]
        if found.cut:
            text = f"{self.title}: sets of more than {largest} norms may contradict, too; they were not tried"
            findings.append(self.plain("undecided", "note", text, f"{self.title}: more than {largest} norms"))
        return findings

    def _contradiction(self, witness: q.Witness) -> Finding:
        query = witness.query
        assert isinstance(query, q.Together)
        read = self.passages.read(witness, self.names)
        ranked = self.passages.ranked(*self.names)
        one, other = (self.passages.statements[name] for name in self.names)
        details: dict[str, Json] = {"contradiction": query.relation}
        if ranked:
            details["settled_by_rank"] = ranked[0].what.split(" over ")[0]
        if one.utterance is not None and one.utterance == other.utterance:
            details["accounts_of"] = one.utterance
        acts = [act for full in query.norms for choice in read[full].choices for act in choice]
        chosen = tuple(act for act in self.passages.vocabulary.acts if act in ([query.word] if query.word else acts))
        names = " and ".join(query.norms)
        text = (
            f"{names} cannot both be kept: {query.word} is reserved to one, and required of another"
            if query.relation == "reserved"
            else f"{names} cannot {'both' if len(query.norms) == 2 else 'all'} be kept"
        )
        found = Finding("note" if ranked else "fault", "contradiction", text, acts=chosen, details=details)
        return self._shown(found, witness, query.norms, read, ranked)

    def differences(self) -> list[Finding]:
        """Acts to which the two answer differently, and duties they share but give other bearers, limits, deciders."""
        found = [self._difference(witness) for witness in self.engine.differences(*self.names)]
        queries = [q.Together(norms, relation, word) for relation, word, norms in self._shared()]
        witnesses = (self.engine.witnesses(query, self.names)[:1] for query in queries)
        return [*found, *(self._aspect(witness) for first in witnesses for witness in first)]

    def _shared(self) -> Iterable[tuple[q.Relation, str, tuple[str, str]]]:
        """What two norms may require or decide alike: in some of their readings, the same act or fact."""
        first, second = (self.passages.statements[name].norms for name in self.names)
        for one in first:
            for other in second:
                acts = [{c[0] for r in norm.readings for c in r.choices if len(c) == 1} for norm in (one, other)]
                facts = [{r.fact for r in norm.readings if r.fact} for norm in (one, other)]
                for act in (act for act in self.passages.vocabulary.acts if act in acts[0] & acts[1]):
                    for relation in q.ASPECTS:
                        yield relation, act, (one.full, other.full)
                for fact in (fact for fact in self.passages.vocabulary.facts if fact in facts[0] & facts[1]):
                    yield "decider", fact, (one.full, other.full)

    def _difference(self, witness: q.Witness) -> Finding:
        query = witness.query
        assert isinstance(query, q.Answers)
        read = self.passages.read(witness, self.names)
        answers = dict(query.answers)
        name = label(answers[self.names[0]], answers[self.names[1]])
        acts = set(self.passages.vocabulary.acts_of(query.word) or ())
        norms = [
            full
            for statement in self.names
            for full, reading in applying(self.passages.statements[statement].norms, read, witness.case).items()
            if acts & spoken(reading)
        ]
        text = f"{query.word}: {' × '.join(f'{statement} {answers[statement]}' for statement in self.names)} ({name})"
        severity: Severity = "gap" if name == "silence" else "fault"
        found = Finding(severity, "difference", text, acts=(query.word,), answers=answers, makers=self.names)
        return self._shown(replace(found, details={"difference": name}), witness, norms, read)

    def _aspect(self, witness: q.Witness) -> Finding:
        query = witness.query
        assert isinstance(query, q.Together)
        read = self.passages.read(witness, self.names)
        values = {full: aspect(query.relation, read[full]) for full in query.norms}
        text = f"{query.word}: {' × '.join(f'{full} {found}' for full, found in values.items())} ({query.relation})"
        answers = {full.split("/")[0]: found for full, found in values.items()}
        found = Finding("fault", "difference", text, answers=answers, makers=self.names)
        acts = (query.word,) if query.word in self.passages.vocabulary.acts else ()
        found = replace(found, acts=acts, about="" if acts else query.word, details={"difference": query.relation})
        return self._shown(found, witness, query.norms, read)

    def conducts(self) -> list[Finding]:
        """How the two compare for each kind of act of which either requires or forbids one, and as a whole."""
        kinds = [kind.name for kind in self.passages.vocabulary.kinds.values() if self._binds(set(kind.acts))]
        every: list[str | None] = [*kinds, *([None] if self._binds(set(self.passages.vocabulary.acts)) else [])]
        return [self._conduct(kind, related) for kind in every for related in self.engine.relations(*self.names, kind)]

    def _binds(self, acts: set[str]) -> bool:
        readings = [
            reading for name in self.names for norm in self.passages.statements[name].norms for reading in norm.readings
        ]
        return any(
            acts & set(reading.forbidden) or any(acts >= set(choice) for choice in reading.choices)
            for reading in readings
        )

    def _conduct(self, kind: str | None, related: q.Related) -> Finding:
        first, second = self.names
        scope = kind or "everything"
        relation = related.relation
        text = (
            f"conduct, {scope}: {self.title} {relation}"
            if relation in ("incomparable", "contradictory", "same")
            else f"conduct, {scope}: {first} {relation} than {second}"
        )
        details: dict[str, Json] = {"conduct": scope, "relation": relation, "beneath": related.beneath}
        shown = (
            ("meets_first", related.only_first),
            ("meets_second", related.only_second),
            ("meets_none", related.no_common),
        )
        details |= {name: self._example(witness) for name, witness in shown if witness}
        back: dict[str, str] = {"asks less": "asks more", "asks more": "asks less"}
        answers = {first: relation, second: back.get(relation, relation)}
        readings = [Lean("reading", norm, f"if it is read “{name}”") for norm, name in related.readings.items()]
        supports = [self.passages.assumption(name) for name in related.leans_on]
        found = self.plain("conduct", "note" if relation == "same" else "fault", text, f"{scope}: {self.title}")
        return replace(
            found,
            answers=answers,
            makers=self.names,
            readings=related.readings,
            leans_on=leans([*readings, *supports]),
            details=details,
        )

    def _example(self, witness: q.Witness) -> Mapping[str, Json]:
        return {
            "case": self.passages.printed(witness.case),
            "facts_that_matter": self.passages.printed(witness.kept_facts),
            "conduct": list(witness.conduct),
            "readings": dict(witness.kept_readings),
        }

    def _shown(
        self,
        found: Finding,
        witness: q.Witness,
        norms: Iterable[str],
        read: Mapping[str, Reading],
        ranked: tuple[Lean, ...] = (),
    ) -> Finding:
        """The finding with its passages, its case, and what it leans on."""
        full = list(norms)
        readings = {} if witness.every else dict(witness.kept_readings)
        supports = self.passages.leans_on(full, read, readings, witness.kept_assumptions)
        details = {**found.details, "only": witness.only, "every_reading": witness.every}
        if witness.every and witness.kept_readings:
            details["shown_reading"] = dict(witness.kept_readings)
        return replace(
            found,
            norms=self.passages.references(full),
            case=self.passages.printed(witness.case),
            facts_that_matter=self.passages.printed(witness.kept_facts),
            readings=readings,
            leans_on=leans([*supports, *ranked]),
            details=details,
        )


def label(first: str, second: str) -> str:
    """What kind of difference two answers make."""
    pair = {first, second}
    if "silent" in pair:
        return "silence"
    if "forbidden" in pair:
        return "permission against prohibition" if "allowed" in pair else "clash"
    return "stricter" if "required" in pair else "other"


def aspect(relation: str, reading: Reading) -> str:
    """What a norm so read states about who, or by when."""
    if relation in ("bearer", "decider"):
        return reading.who if isinstance(reading.who, str) else " or ".join(reading.who)
    return str(reading.within)


def _lines(found: Finding, passages: Passages) -> list[str]:
    if found.kind == "conduct":
        return _conduct_lines(found, passages)
    if not found.norms:
        return [found.text, *leaning(found)]
    pair = " × ".join(norm.norm for norm in found.norms)
    lines = [f"contradiction  {pair}" if found.kind == "contradiction" else f"{found.kind}  {found.text}"]
    if over := found.details.get("settled_by_rank"):
        lines.append(f"  settled by rank: {over} prevails")
    if utterance := found.details.get("accounts_of"):
        lines.append(f"  between two accounts of the same words ({utterance})")
    if found.readings:
        lines.append(f"  {if_read(found.readings, bool(found.details['only']))}")
    lines.append(f"  {_where(found, passages)}")
    return [*lines, *cited(found), *leaning(found)]


def _where(found: Finding, passages: Passages) -> str:
    if not found.facts_that_matter:
        return "in any case"
    return f"in any case where: {passages.in_words(found.facts_that_matter)}"


def _conduct_lines(found: Finding, passages: Passages) -> list[str]:
    lines = [found.text]
    if found.readings:
        lines.append(f"  {if_read(found.readings, only=False)}")
    first, second = found.makers
    words = {
        "meets_first": f"meets {first}, not {second}",
        "meets_second": f"meets {second}, not {first}",
        "meets_none": "nothing meets both",
    }
    for name, text in words.items():
        shown = found.details.get(name)
        if isinstance(shown, Mapping):
            facts, done = shown["facts_that_matter"], shown["conduct"]
            assert isinstance(facts, Mapping)
            assert isinstance(done, Sequence)
            case = passages.in_words({fact: str(value) for fact, value in facts.items()})
            acts = ", ".join(map(str, done)) or "nothing"
            lines.append(f"  {text}: {case}" + ("" if name == "meets_none" else f"; done: {acts}"))
    return [*lines, *leaning(found)]
