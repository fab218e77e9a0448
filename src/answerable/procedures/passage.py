"""The passages that findings cite, what findings lean on, and how both are printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import shorten

from answerable.procedures import query as q
from answerable.procedures.collection import Collection
from answerable.procedures.domain import Value, YesNo
from answerable.procedures.fields import NOT_STATED
from answerable.procedures.finding import Finding, Lean, NormReference, in_words, leans
from answerable.procedures.norm import Norm, Reading
from answerable.procedures.statement import Statement

#: How much of a passage a line of text shows.
WIDTH = 98


def reference(collection: Collection, norm: Norm, words: bool = True) -> NormReference:
    """The norm as a finding cites it, at the line of its words, or of the norm itself."""
    place = norm.words if words else norm.place
    source = _statement(collection, norm.full).source
    says = " … ".join(norm.says) if norm.says else None
    return NormReference(norm.full, place.file, place.line, source, says, norm.gist, norm.source_line)


def _statement(collection: Collection, full: str) -> Statement:
    return next(one for one in collection.statements if one.name == full.split("/")[0])


class Passages:
    """What findings of one collection cite and lean on."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.vocabulary = collection.vocabulary
        self.norms = collection.norms()
        self.statements = {statement.name: statement for statement in collection.statements}

    def references(self, norms: Iterable[str], words: bool = True) -> tuple[NormReference, ...]:
        """The norms cited, in the order of the files, at the lines of their words or of the norms themselves."""
        wanted = set(norms)
        return tuple(reference(self.collection, norm, words) for full, norm in self.norms.items() if full in wanted)

    def printed(self, case: Mapping[str, Value]) -> dict[str, str]:
        """The values of a case as the files write them."""
        return {name: self.vocabulary.facts[name].domain.print_(value) for name, value in case.items()}

    def in_words(self, facts: Mapping[str, str]) -> str:
        """A short case for a sentence."""
        return in_words(facts, (name for name, fact in self.vocabulary.facts.items() if isinstance(fact.domain, YesNo)))

    def read(self, witness: q.Witness, statements: Iterable[str]) -> dict[str, Reading]:
        """Every norm of the statements as the witness reads it."""
        norms = [norm for name in statements for norm in self.statements[name].norms]
        return {
            norm.full: next(one for one in norm.readings if one.name == witness.readings.get(norm.full))
            for norm in norms
        }

    def leans_on(
        self, norms: Iterable[str], read: Mapping[str, Reading], readings: Iterable[str], assumptions: Iterable[str]
    ) -> tuple[Lean, ...]:
        """What a finding leans on that cites these norms so read, and needs these readings and assumptions."""
        found = [Lean("reading", full, f"if it is read “{read[full].name}”") for full in readings if full in read]
        found += [self.assumption(name) for name in assumptions]
        for full in norms:
            found += _of_norm(self.norms[full], read[full])
        for name in q.distinct(full.split("/")[0] for full in norms):
            found += _of_statement(self.statements[name])
        return leans(found)

    def assumption(self, name: str) -> Lean:
        """Support by an assumption of ours."""
        because = next(one.because for one in self.vocabulary.assumptions if one.id == name)
        return Lean("assumption", name, because)

    def ranked(self, first: str, second: str) -> tuple[Lean, ...]:
        """The entries by which one of two instruments prevails over the other."""
        rank = self.collection.rank
        entries = [*rank.because(first, second), *rank.because(second, first)]
        return tuple(Lean("rank", f"{entry.over} over {entry.under}", entry.because) for entry in entries)

    def apart(self, first: str, second: str) -> bool:
        """Whether two statements count against each other: not accounts of one utterance, none over the other."""
        one, other = self.statements[first], self.statements[second]
        same = one.utterance is not None and one.utterance == other.utterance
        rank = self.collection.rank
        return first != second and not same and not rank.prevails(first, second) and not rank.prevails(second, first)


def _of_norm(norm: Norm, reading: Reading) -> list[Lean]:
    found = []
    if reading.mode in ("must", "must not", "only", "alone"):
        if norm.force != "rule":
            found.append(Lean("force", norm.full, f"{norm.force}: taken as a duty"))
        if reading.who == NOT_STATED:
            found.append(Lean("impersonal", norm.full, "nobody is named who is bound"))
    if norm.gist is not None:
        found.append(Lean("paraphrase", norm.full, "our paraphrase: the text is not held, and this is unverified"))
    if norm.taken_as is not None:
        found.append(Lean("taken as", norm.full, norm.taken_as))
    return found


def _of_statement(statement: Statement) -> list[Lean]:
    found = []
    if statement.quoted_by is not None:
        found.append(Lean("account", statement.name, f"held only as quoted by {statement.quoted_by}"))
    if statement.reads is not None:
        found.append(Lean("judgment", statement.name, f"it reads {statement.reads}"))
    return found


def supports(found: Sequence[Lean]) -> str:
    """What a finding leans on, on one line: ``reading; force (practice ×2); impersonal (connors/only-discipline)``."""
    groups: dict[str, list[Lean]] = {}
    for lean in found:
        groups.setdefault(lean.kind, []).append(lean)
    return "; ".join(_support(kind, every) for kind, every in groups.items())


def _support(kind: str, every: Sequence[Lean]) -> str:
    if kind == "reading" or any(lean.what == "" for lean in every):
        return kind
    if kind == "force":
        words = [lean.text.split(":")[0] for lean in every]
        return f"force ({', '.join(_times(word, words.count(word)) for word in dict.fromkeys(words))})"
    return f"{kind} ({every[0].what if len(every) == 1 else f'×{len(every)}'})"


def _times(word: str, number: int) -> str:
    return word if number == 1 else f"{word} ×{number}"


def quoted(words: str) -> str:
    """Words in quotation marks, cut to fit a line."""
    return f"“{shorten(words, WIDTH, placeholder=' …')}”"


def cited(found: Finding, indent: str = "    ") -> list[str]:
    """The passages of a finding, one a line: file and line, and the words as far as they fit."""
    places = [f"{norm.file}:{norm.line}" for norm in found.norms]
    width = max(map(len, places), default=0)
    return [
        f"{indent}{place.ljust(width)}  "
        + (quoted(norm.says) if norm.says else f"{quoted(norm.gist or '')} (paraphrase)")
        for place, norm in zip(places, found.norms, strict=True)
    ]


def leaning(found: Finding) -> list[str]:
    """The line that says what a finding leans on, if anything."""
    return [f"  leans on: {supports(found.leans_on)}"] if found.leans_on else []


def if_read(readings: Mapping[str, str], only: bool = True) -> str:
    """The condition on readings: ``only if connors/only-discipline is read “no criminal route”``."""
    ways = " and ".join(f"{norm} is read “{name}”" for norm, name in readings.items())
    return f"{'only if' if only else 'if'} {ways}"
