"""How much of each source has been encoded: every sentence is quoted whole, in part, set aside, or not read at all.

A word counts as quoted where any quotation of a norm, a case or a statement's own name for itself lies on it, and as
set aside where an entry of `no norm here` does and no quotation. For a source held as excerpts this speaks of the
excerpts alone: what was left out when they were chosen cannot show here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from answerable.procedures.collection import Collection
from answerable.procedures.fields import Stated
from answerable.procedures.finding import Json
from answerable.procedures.source import Block, Held, Source
from answerable.procedures.text import Span, find_pieces, sentences

State = Literal["whole", "part", "set aside", "unread"]
STATES: tuple[State, ...] = ("whole", "part", "set aside", "unread")

_RUN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a source: the line of its file, its state, and how many of its words are quoted or set aside."""

    line: int
    state: State
    words: int
    quoted: int
    set_aside: int

    def data(self) -> dict[str, Json]:
        """The sentence as JSON."""
        return {"line": self.line, "state": self.state, "words": self.words, "quoted": self.quoted}


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """One source and its sentences, in the order of its file; a source that is not held has none."""

    source: str
    held: Held
    sentences: tuple[Sentence, ...]

    def data(self) -> dict[str, Json]:
        """The source as JSON."""
        every = [sentence.data() for sentence in self.sentences]
        return {"source": self.source, "held_as": self.held, "sentences": every}

    def count(self, state: State) -> int:
        """How many sentences are in ``state``."""
        return sum(sentence.state == state for sentence in self.sentences)

    @property
    def words(self) -> int:
        """All words of the source."""
        return sum(sentence.words for sentence in self.sentences)

    @property
    def quoted(self) -> int:
        """Words that some quotation covers."""
        return sum(sentence.quoted for sentence in self.sentences)

    @property
    def set_aside(self) -> int:
        """Words that only an entry of `no norm here` covers."""
        return sum(sentence.set_aside for sentence in self.sentences)


def coverage(collection: Collection) -> tuple[SourceCoverage, ...]:
    """Every source that a statement cites, in the order of the list of sources. The collection must be sound."""
    cited = {statement.source for statement in collection.statements}
    return tuple(_covered(source, collection) for source in collection.sources.values() if source.id in cited)


def _covered(source: Source, collection: Collection) -> SourceCoverage:
    quoted = [pieces for ident, pieces in quotations(collection) if ident == source.id]
    aside = [item.says for one in collection.statements if one.source == source.id for item in one.no_norm_here]
    found: list[Sentence] = []
    for block in source.blocks:
        found += _sentences(block, _spans(block, quoted, source), _spans(block, aside, source), source.abbreviations)
    return SourceCoverage(source.id, source.held, tuple(found))


def quotations(collection: Collection) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every quotation of the statements and cases, with the source it is taken from."""
    for statement in collection.statements:
        if not isinstance(statement.calls_itself, Stated):
            yield statement.source, (statement.calls_itself,)
        yield from ((statement.source, norm.says) for norm in statement.norms if norm.says)
    for case in collection.cases:
        if case.source is not None:
            yield from ((case.source, pieces) for pieces in case.quotations())


def _spans(block: Block, quotes: list[tuple[str, ...]], source: Source) -> list[Span]:
    """Where the pieces of ``quotes`` lie in ``block``, in its original characters. A quotation is counted in the first
    block that has it, as `check` finds it."""
    spans: list[Span] = []
    for pieces in quotes:
        first = next((each for each in source.blocks if find_pieces(pieces, each.normal)), None)
        if first is block:
            offsets = block.normal.offsets
            found = find_pieces(pieces, block.normal) or ()
            spans += [Span(offsets[span.start], offsets[span.end - 1] + 1) for span in found]
    return spans


def _sentences(block: Block, quoted: list[Span], aside: list[Span], abbreviations: tuple[str, ...]) -> list[Sentence]:
    found: list[Sentence] = []
    for sentence in sentences(block.text, abbreviations):
        words = [
            Span(run.start() + sentence.start, run.end() + sentence.start)
            for run in _RUN.finditer(block.text[sentence.start : sentence.end])
            if any(map(str.isalnum, run[0]))
        ]
        inside = sum(_touched(word, quoted) for word in words)
        beside = sum(_touched(word, aside) and not _touched(word, quoted) for word in words)
        line = block.line + block.text.count("\n", 0, sentence.start)
        found.append(Sentence(line, _state(len(words), inside, beside), len(words), inside, beside))
    return found


def _touched(word: Span, spans: list[Span]) -> bool:
    return any(span.start < word.end and word.start < span.end for span in spans)


def _state(words: int, quoted: int, aside: int) -> State:
    if quoted == words:
        return "whole"
    if quoted == 0 and aside == words:
        return "set aside"
    return "part" if quoted or aside else "unread"
