"""Questions that somebody put, word for word, and what they ask of the statements on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from answerable.procedures import condition as conditions
from answerable.procedures.condition import Condition
from answerable.procedures.errors import Place, ProceduresError
from answerable.procedures.fields import collect, identifier, items, keys, known, problem, table, text
from answerable.procedures.source import Source, locate
from answerable.procedures.vocabulary import Vocabulary
from answerable.procedures.yamlfile import Node

AskKind = Literal[
    "whether",
    "which",
    "permitted",
    "who",
    "by when",
    "what if not",
    "who decides",
    "by what standard",
    "by when decided",
]


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing asked. ``about`` is a kind or an act (``whether``), a kind (``which``), an act, or a fact."""

    kind: AskKind
    about: str
    place: Place


@dataclass(frozen=True, slots=True)
class Question:
    """One question. ``given`` is the scope it is asked in, or None for every case."""

    id: str
    asked_by: str
    source: str
    says: tuple[str, ...]
    source_line: int
    given: Condition | None
    taken_as: str | None
    ask: tuple[Ask, ...]
    place: Place


def parse(
    node: Node, vocabulary: Vocabulary, sources: Mapping[str, Source], problems: list[ProceduresError]
) -> tuple[Question, ...]:
    """Read ``questions.yaml``. Errors within a question are added to ``problems``."""
    found: dict[str, Question] = {}

    def one(item: Node) -> None:
        question = _question(item, vocabulary, sources)
        if question.id in found:
            first = found[question.id].place.line
            what = f"the question “{question.id}” is given twice, first on line {first}"
            raise problem(item, what, "give one another id")
        found[question.id] = question

    for item in items(keys(node, "the list of questions", ("questions",))["questions"], "“questions”"):
        collect(problems, one, item)
    return tuple(found.values())


def _question(node: Node, vocabulary: Vocabulary, sources: Mapping[str, Source]) -> Question:
    values = keys(node, "a question", ("id", "asked by", "source", "says", "ask"), ("given", "taken as"))
    source = sources[known(values["source"], "a source", text(values["source"], "“source”"), sources)]
    says, line = locate(values["says"], source)
    given = values.get("given")
    return Question(
        identifier(values["id"], "the id of a question"),
        text(values["asked by"], "“asked by”"),
        source.id,
        says,
        line,
        conditions.parse(text(given, "“given”"), vocabulary, given.place) if given else None,
        text(values["taken as"], "“taken as”") if "taken as" in values else None,
        tuple(_ask(item, vocabulary) for item in items(values["ask"], "“ask”")),
        node.place,
    )


def _ask(node: Node, vocabulary: Vocabulary) -> Ask:
    entries = table(node, "an entry of “ask”").entries
    if len(entries) != 1:
        raise problem(node, "an entry of “ask” has one key", "write for instance {whether: KIND}")
    ((_, value),) = entries
    (kind,) = keys(node, "an entry of “ask”", (), get_args(AskKind))
    word = " ".join(text(value, f"“{kind}”").split())
    match kind:
        case "whether":
            known(value, "an act or a kind", word, {**vocabulary.acts, **vocabulary.kinds})
        case "which":
            known(value, "a kind of acts", word, vocabulary.kinds)
        case "permitted" | "who" | "by when" | "what if not":
            known(value, "an act", word, vocabulary.acts)
        case _:
            known(value, "a fact", word, vocabulary.facts)
    return Ask(kind, word, node.place)  # type: ignore[arg-type]  # `keys` lets only these words through
