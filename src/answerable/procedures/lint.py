"""Defects of single statements that only a solver sees: what `check` adds to its plain walk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from answerable.procedures import query as q
from answerable.procedures.collection import Collection
from answerable.procedures.compare import Build
from answerable.procedures.conduct import alike, entails
from answerable.procedures.errors import Undecided
from answerable.procedures.finding import Finding, Severity, leans, ordered
from answerable.procedures.norm import Norm
from answerable.procedures.passage import Passages
from answerable.procedures.reason import Reasoner
from answerable.procedures.settings import Settings
from answerable.procedures.stated import as_much


def reasoned(collection: Collection, settings: Settings | None = None, build: Build = Reasoner) -> tuple[Finding, ...]:
    """The findings ``self-contradiction``, ``vacuous``, ``overridden``, ``redundant`` and ``one-way-left``.

    A statement for which a bound is reached gives one note of the kind ``undecided``.
    """
    settings = settings or Settings()
    prepared = settings.prepare(collection)
    passages = Passages(prepared)
    engine = build(prepared.vocabulary, prepared.statements, passages.apart)
    findings: list[Finding] = []
    for name in passages.statements:
        one = _Statement(passages, engine, name)
        try:
            findings += [*one.contradictions(settings.largest), *one.idle(), *one.redundant(), *one.one_way_left()]
        except Undecided as problem:
            place = passages.statements[name].place
            findings.append(Finding("note", "undecided", f"{name}: {problem.what}", about=name, place=place))
    return ordered(findings, prepared.vocabulary.acts)


class _Statement:
    def __init__(self, passages: Passages, engine: q.Engine, name: str) -> None:
        self.passages, self.engine, self.name = passages, engine, name
        self.norms: Sequence[Norm] = passages.statements[name].norms

    def contradictions(self, largest: int) -> Iterator[Finding]:
        """Norms of one statement that no conduct keeps together."""
        for witness in self.engine.contradictions(self.name, self.name, largest).found:
            assert isinstance(witness.query, q.Together)
            norms = witness.query.norms
            text = f"{' and '.join(norms)} cannot be kept together" if len(norms) > 1 else f"{norms[0]} cannot be kept"
            yield self._existing(Finding("fault", "self-contradiction", text), witness, norms)

    def idle(self) -> Iterator[Finding]:
        """Norms that can never apply: no case meets their condition, or an exception always displaces them."""
        for norm in self.norms:
            supports = self.engine.needed(q.Together((norm.full,), "apply"), (self.name,))
            if supports is None:
                continue
            never = self.engine.needed(q.Meant(norm.full), (self.name,))
            if never is not None:
                yield self._universal(
                    "fault", "vacuous", "it can never apply: no case meets its condition", [norm], never
                )
            else:
                text = "it never applies: whenever its condition holds, an exception displaces it"
                yield self._universal("fault", "overridden", text, [norm], supports)

    def redundant(self) -> Iterator[Finding]:
        """Norms that say nothing which another of the statement does not say; of two alike, the later one."""
        covered: set[str] = set()
        for norm in reversed(self.norms):
            for by in self.norms:
                if by is norm or by.full in covered or not self._may_cover(by, norm):
                    continue
                supports = self.engine.needed(q.Uncovered(norm.full, by.full), (self.name,))
                if supports is not None and self._applies(norm):
                    covered.add(norm.full)
                    text = f"whenever it applies, {by.full} says as much"
                    yield self._universal("note", "redundant", text, [norm, by], supports)
                    break

    def one_way_left(self) -> Iterator[Finding]:
        """Choices of which the same statement forbids all but one act."""
        for norm in self.norms:
            offered = {act for one in norm.readings for choice in one.choices if len(choice) > 1 for act in choice}
            for act in (act for act in self.passages.vocabulary.acts if act in offered):
                for witness in self.engine.witnesses(q.OneWayLeft(self.name, norm.full, act), (self.name,)):
                    text = f"of its choice only “{act}” is left: the same statement forbids the rest"
                    yield self._existing(Finding("note", "one-way-left", text, acts=(act,)), witness, [norm.full])

    def _applies(self, norm: Norm) -> bool:
        return self.engine.needed(q.Together((norm.full,), "apply"), (self.name,)) is None

    def _may_cover(self, by: Norm, norm: Norm) -> bool:
        acts = alike(self.passages.vocabulary)
        return any(as_much(a, b) and entails(a, b, acts) for a in by.readings for b in norm.readings)

    def _existing(self, found: Finding, witness: q.Witness, norms: Sequence[str]) -> Finding:
        read = self.passages.read(witness, (self.name,))
        readings = {} if witness.every else dict(witness.kept_readings)
        return replace(
            found,
            norms=self.passages.references(norms, words=False),
            case=self.passages.printed(witness.case),
            facts_that_matter=self.passages.printed(witness.kept_facts),
            readings=readings,
            leans_on=self.passages.leans_on(norms, read, readings, witness.kept_assumptions),
            details={"only": witness.only, "every_reading": witness.every},
        )

    def _universal(
        self, severity: Severity, kind: str, text: str, norms: Sequence[Norm], assumptions: Sequence[str]
    ) -> Finding:
        return Finding(
            severity,
            kind,
            text,
            norms=self.passages.references((norm.full for norm in norms), words=False),
            leans_on=leans(self.passages.assumption(name) for name in assumptions),
            about=norms[0].full,
            place=norms[0].place,
        )
