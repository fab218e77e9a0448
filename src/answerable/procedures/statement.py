"""Statements: what one speaker or instrument says, norm by norm, each with its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from answerable.procedures import norm as norms_
from answerable.procedures.errors import Place, ProceduresError
from answerable.procedures.fields import (
    NOT_CHECKED,
    NOT_STATED,
    Stated,
    as_act,
    collect,
    day,
    identifier,
    items,
    keys,
    known,
    one_of,
    problem,
    stated,
    text,
)
from answerable.procedures.norm import Choice, Force, Mode, Norm, Otherwise, Reading, Who
from answerable.procedures.source import Source, locate
from answerable.procedures.vocabulary import Vocabulary
from answerable.procedures.yamlfile import Node

__all__ = [
    "Applies", "Choice", "Force", "Mode", "NoNorm", "Norm", "Otherwise", "Reading", "Statement", "StatementKind", "Who",
]  # fmt: skip

StatementKind = Literal["speech", "letter", "announcement", "practice", "instrument", "treaty", "judgment"]


@dataclass(frozen=True, slots=True)
class NoNorm:
    """A passage that states no rule, and why it is thought to state none."""

    says: tuple[str, ...]
    because: str
    place: Place
    source_line: int


@dataclass(frozen=True, slots=True)
class Applies:
    """The days for which a text or a procedure is in force; ``to`` is None while it still is. ``chosen_by``: the act
    whose day decides which version governs a case."""

    from_: date
    to: date | None
    chosen_by: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One file under ``statements/``. ``quoted_by`` is who holds the words, if only somebody else does."""

    name: str
    kind: StatementKind
    by: str
    on: date | Stated
    calls_itself: str | Stated
    source: str
    quoted_by: str | None
    utterance: str | None
    reads: str | None
    applies: Applies | None
    norms: tuple[Norm, ...]
    no_norm_here: tuple[NoNorm, ...]
    place: Place

    @property
    def ranks(self) -> bool:
        """Whether it is a text that can stand above or below another: an instrument or a treaty."""
        return self.kind in ("instrument", "treaty")


_HEADER = ("statement", "kind", "by", "on", "calls itself", "source", "norms")
_HEADER_OPTIONAL = ("quoted by", "utterance", "reads", "applies", "no norm here")


def parse(
    node: Node, vocabulary: Vocabulary, sources: Mapping[str, Source], problems: list[ProceduresError]
) -> Statement:
    """Read one statement. Errors within a norm are added to ``problems``; others are raised."""
    values = keys(node, "a statement", _HEADER, _HEADER_OPTIONAL)
    title = identifier(values["statement"], "the name of a statement")
    kind: StatementKind = one_of(values["kind"], "the kind of a statement", get_args(StatementKind))  # type: ignore[assignment]
    source = sources[known(values["source"], "a source", text(values["source"], "“source”"), sources)]
    if "applies" in values and kind not in ("instrument", "treaty"):
        raise problem(
            values["applies"], f"a {kind} has no “applies”", "remove it: only instruments and treaties have one"
        )
    return Statement(
        title,
        kind,
        text(values["by"], "“by”"),
        stated(values["on"], NOT_STATED) or day(values["on"], "the day of a statement"),
        _calls_itself(values["calls itself"], source),
        source.id,
        text(values["quoted by"], "“quoted by”") if "quoted by" in values else None,
        identifier(values["utterance"], "the id of an utterance") if "utterance" in values else None,
        identifier(values["reads"], "the name of a statement") if "reads" in values else None,
        applies(values["applies"], vocabulary) if "applies" in values else None,
        norms_.parse_all(values["norms"], title, vocabulary, source, problems),
        _no_norms(values.get("no norm here"), source, problems),
        values["statement"].place,
    )


def _calls_itself(node: Node, source: Source) -> str | Stated:
    if word := stated(node, NOT_STATED, NOT_CHECKED):
        return word
    locate(node, source, "“calls itself”")
    return text(node, "“calls itself”")


def applies(node: Node, vocabulary: Vocabulary | None) -> Applies:
    """Read ``{from, to, chosen by}``. With a vocabulary, ``chosen by`` must be one of its acts."""
    values = keys(node, "“applies”", ("from", "to", "chosen by"))
    first = day(values["from"], "the first day")
    last = None if text(values["to"], "“to”") == "still" else day(values["to"], "the last day (or “still”)")
    if last and last < first:
        raise problem(values["to"], "the last day is before the first", "exchange them")
    act = as_act(text(values["chosen by"], "“chosen by”"), values["chosen by"].place)
    if vocabulary is not None:
        known(values["chosen by"], "an act", act, vocabulary.acts)
    return Applies(first, last, act)


def _no_norms(node: Node | None, source: Source, problems: list[ProceduresError]) -> tuple[NoNorm, ...]:
    found = [collect(problems, _no_norm, item, source) for item in items(node, "“no norm here”")] if node else []
    return tuple(item for item in found if item)


def _no_norm(node: Node, source: Source) -> NoNorm:
    values = keys(node, "an entry of “no norm here”", ("says", "because"))
    says, line = locate(values["says"], source)
    return NoNorm(says, text(values["because"], "“because”"), values["says"].place, line)
