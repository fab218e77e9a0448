"""Questions put to the statements on record: which of them say yes, which no, which nothing, and in what cases.

The cases in a question's scope fall into parts. One clash spoils no answer elsewhere: Belnap's four values (told yes,
told no, told both, told nothing) are made a partition, and each part is shown with an example, who says what, and the
readings it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from answerable.procedures import query as q
from answerable.procedures.collection import Collection
from answerable.procedures.compare import Build, usable
from answerable.procedures.condition import ALWAYS
from answerable.procedures.conduct import alike, clauses, meeting
from answerable.procedures.errors import Place
from answerable.procedures.finding import Finding, Json, Lean, Severity, leans
from answerable.procedures.meaning import applying
from answerable.procedures.norm import Reading
from answerable.procedures.parts import Active, answer, words_of
from answerable.procedures.passage import Passages, cited, if_read, supports
from answerable.procedures.question import Question
from answerable.procedures.reason import Reasoner
from answerable.procedures.settings import Settings
from answerable.procedures.stated import is_stated, names, printed, spoken, value

Verdict = Literal["answered", "contradictory", "undefined", "undetermined", "partly"]
_SEVERITY: Mapping[q.PartName, Severity] = {
    "contradictory": "fault",
    "answered": "note",
    "undetermined": "note",
    "undefined": "gap",
}


@dataclass(frozen=True, slots=True)
class Item:
    """What the statements say to one thing asked. ``both_can_be_kept``: whether, in the contradictory case shown, some
    conduct keeps every statement that makes it; None where nothing is contradictory."""

    kind: q.AskKind
    about: str
    verdict: Verdict
    parts: Mapping[q.PartName, Finding]
    both_can_be_kept: bool | None

    def data(self) -> dict[str, Json]:
        """The item as JSON."""
        shown: tuple[q.PartName, ...] = ("contradictory", "undefined", "answered", "undetermined")
        return {
            "ask": {self.kind: self.about},
            "verdict": self.verdict,
            "both_can_be_kept": self.both_can_be_kept,
            "parts": {part: self.parts[part].data() if part in self.parts else None for part in shown},
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What the statements say to one question. ``otherwise``: readings in which the verdict is another."""

    question: Question
    verdict: Verdict
    items: tuple[Item, ...]
    otherwise: tuple[tuple[Verdict, Mapping[str, str]], ...]

    def data(self) -> dict[str, Json]:
        """The answer as JSON."""
        return {
            "id": self.question.id,
            "verdict": self.verdict,
            "otherwise": [{"verdict": verdict, "readings": dict(readings)} for verdict, readings in self.otherwise],
            "items": [item.data() for item in self.items],
        }


@dataclass(frozen=True, slots=True)
class Answers:
    """What the statements of a collection say to its questions."""

    answers: tuple[Answer, ...]
    complete: bool
    collection: Collection

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every part of every item, in order."""
        return tuple(found for one in self.answers for item in one.items for found in item.parts.values())

    def data(self) -> list[Json]:
        """The ``questions`` of the report."""
        return [one.data() for one in self.answers]

    def lines(self) -> list[str]:
        """The answers as text."""
        passages = Passages(self.collection)
        width = max((len(one.question.id) for one in self.answers), default=0)
        return [line for one in self.answers for line in _lines(one, passages, width)]


def ask(collection: Collection, settings: Settings | None = None, build: Build = Reasoner) -> Answers:
    """Every question of the collection. Raises `Undecided` where a bound was reached, and the collection's problems."""
    prepared = usable(collection, settings or Settings())
    passages = Passages(prepared)
    scopes = [question.given or ALWAYS for question in prepared.questions]
    engine = build(prepared.vocabulary, prepared.statements, passages.apart, scopes)
    answers = tuple(_Question(passages, engine, question).answer() for question in prepared.questions)
    return Answers(answers, True, prepared)


class _Question:
    """One question, put to all statements."""

    def __init__(self, passages: Passages, engine: q.Engine, question: Question) -> None:
        self.passages, self.engine, self.question = passages, engine, question
        self.names = tuple(passages.statements)

    def answer(self) -> Answer:
        given = self.question.given or ALWAYS
        asked = tuple(q.Asked(one.kind, one.about, given, self.names) for one in self.question.ask)
        items = tuple(self._item(one, ask.place) for one, ask in zip(asked, self.question.ask, strict=True))
        verdict = verdict_of(frozenset(part for item in items for part in item.parts))
        every = [(verdict_of(parts), readings) for readings, parts in self.engine.verdicts(asked)]
        return Answer(self.question, verdict, items, tuple(one for one in every if one[0] != verdict))

    def _item(self, asked: q.Asked, place: Place) -> Item:
        witnesses = self.engine.parts(asked)
        parts = {part: self._finding(part, asked, witness, place) for part, witness in witnesses.items()}
        kept = self._both(witnesses["contradictory"]) if "contradictory" in witnesses else None
        return Item(asked.kind, asked.about, verdict_of(frozenset(parts)), parts, kept)

    def _active(self, witness: q.Witness) -> dict[str, Active]:
        read = self.passages.read(witness, self.names)
        return {name: applying(self.passages.statements[name].norms, read, witness.case) for name in self.names}

    def _both(self, witness: q.Witness) -> bool:
        """Whether some conduct keeps all that the makers of a contradiction say in the case shown."""
        assert isinstance(witness.query, q.Part)
        active = self._active(witness)
        makers = q.distinct(name for name, _, _ in witness.query.makers)
        wanted = [one for name in makers for reading in active[name].values() for one in clauses(reading)]
        return meeting(wanted, alike(self.passages.vocabulary)) is not None

    def _finding(self, part: q.PartName, asked: q.Asked, witness: q.Witness, place: Place) -> Finding:
        assert isinstance(witness.query, q.Part)
        active = self._active(witness)
        makers = q.distinct(name for name, _, _ in witness.query.makers)
        norms = [full for name in makers for full, reading in active[name].items() if self._speaks(asked, reading)]
        read = {full: reading for name in self.names for full, reading in active[name].items()}
        readings = {} if witness.every else dict(witness.kept_readings)
        found = list(self.passages.leans_on(norms, read, (), witness.kept_assumptions))
        found += [Lean("reading", norm, f"if it is read “{name}”") for norm, name in readings.items()]
        if self.question.taken_as:
            found.append(Lean("taken as", self.question.id, self.question.taken_as))
        if part != "undefined":
            pairs = ((a, b) for a in makers for b in makers if self.passages.collection.rank.prevails(a, b))
            found += [lean for a, b in pairs for lean in self.passages.ranked(a, b)]
        acts = self.passages.vocabulary.acts_of(asked.about)
        text = f"{asked.kind} {asked.about}: {part}"
        return Finding(
            _SEVERITY[part],
            f"question-{part}",
            text,
            norms=self.passages.references(norms),
            acts=acts or (),
            answers={name: self._says(asked, active[name]) for name in self.names},
            makers=makers,
            case=self.passages.printed(witness.case),
            facts_that_matter=self.passages.printed(witness.kept_facts),
            readings=readings,
            leans_on=leans(found),
            details={
                "question": self.question.id,
                "only": witness.only,
                "every_reading": witness.every,
                "stances": [list(maker) for maker in witness.query.makers],
            },
            about=f"{self.question.id}: {asked.kind} {asked.about}",
            place=place,
        )

    def _speaks(self, asked: q.Asked, reading: Reading) -> bool:
        if asked.kind in q.YES_OR_NO:
            return bool(spoken(reading) & set(self.passages.vocabulary.acts_of(asked.about) or ()))
        return names(asked.kind, asked.about, reading) and is_stated(value(asked.kind, reading))

    def _says(self, asked: q.Asked, active: Active) -> str:
        """What one statement answers, in words."""
        vocabulary = self.passages.vocabulary
        if asked.kind not in q.YES_OR_NO:
            speaking = [reading for reading in active.values() if names(asked.kind, asked.about, reading)]
            return "; ".join(q.distinct(printed(value(asked.kind, reading)) for reading in speaking)) or "silent"
        words = words_of(asked, vocabulary)
        said = {word: answer(active.values(), frozenset(vocabulary.acts_of(word) or ())) for word in words}
        if len(said) == 1 or set(said.values()) == {"silent"}:
            return next(iter(said.values()))
        return "; ".join(f"{word}: {found}" for word, found in said.items())


def verdict_of(parts: frozenset[q.PartName]) -> Verdict:
    """The one part that has cases, or *partly*. A scope without any case leaves everything undefined."""
    if len(parts) > 1:
        return "partly"
    return next(iter(parts), "undefined")


def _lines(one: Answer, passages: Passages, width: int) -> list[str]:
    head = f"{one.question.id.ljust(width)}  {one.verdict}"
    ways = [f"{verdict}, {if_read(readings, only=False)}" for verdict, readings in one.otherwise]
    if ways:
        head = f"{head.ljust(width + 11)} ({'; '.join(ways)})"
    undefined = [item for item in one.items if set(item.parts) <= {"undefined"} and item.kind not in q.YES_OR_NO]
    if len(undefined) == len(one.items) and len({item.about for item in one.items}) == 1:
        kinds = ", ".join(_ASKED.get(item.kind, item.kind) for item in one.items)
        found = [lean for item in one.items for part in item.parts.values() for lean in part.leans_on]
        tail = f"   leans on: {_supports(found, one.question.id)}" if found else ""
        return [f"{head}  {one.items[0].about}: {kinds}: nothing is stated{tail}"]
    return [head, *(line for item in one.items for line in _item_lines(item, passages, one.question.id))]


_ASKED: Mapping[q.AskKind, str] = {"who decides": "by whom", "by when decided": "by when"}


def _supports(found: Sequence[Lean], question: str) -> str:
    return supports([Lean(lean.kind, "" if lean.what == question else lean.what, lean.text) for lean in leans(found)])


def _item_lines(item: Item, passages: Passages, question: str) -> list[str]:
    lines = [f"  {item.kind} {item.about}"]
    if item.both_can_be_kept:
        lines.append("    both can be kept: some conduct meets all that is said")
    shown: list[q.PartName] = ["contradictory", "answered", "undetermined", "undefined"]
    for part in shown:
        if part in item.parts:
            lines += _part_lines(part, item, passages, question)
        elif part != "undetermined":
            lines.append(f"    {part.ljust(14)} no case")
    return lines


def _part_lines(part: q.PartName, item: Item, passages: Passages, question: str) -> list[str]:
    found = item.parts[part]
    if found.readings:
        needs = if_read(found.readings, bool(found.details["only"]))
    else:
        needs = "in every reading" if found.details["every_reading"] else ""
    case = passages.in_words(found.facts_that_matter) if found.facts_that_matter else "any case"
    lines = [f"    {part.ljust(14)} {'; '.join(word for word in (needs, f'e.g. {case}') if word)}"]
    said = _who_says_what(item, found)
    if said:
        lines.append(f"{'':19}{said}")
    lines += cited(found, " " * 19)
    support = _supports(found.leans_on, question)
    return [*lines, f"{'':19}leans on: {support}"] if support else lines


def _who_says_what(item: Item, found: Finding) -> str:
    """``no: connors · yes: serpa-soares · in the case shown, silent: khare``."""
    groups: dict[str, dict[str, list[str]]] = {}
    stances = found.details["stances"]
    assert isinstance(stances, list)
    for name, word, what in stances:
        groups.setdefault(word, {}).setdefault(what, []).append(name)
    words = []
    for word, said in groups.items():
        order = sorted(said, key=lambda what: (what != "no", what != "yes"))
        spoken = " · ".join(f"{what}: {', '.join(q.distinct(said[what]))}" for what in order)
        words.append(f"{word} ({spoken})" if item.kind == "which" else spoken)
    others: dict[str, list[str]] = {}
    for name, answered in found.answers.items():
        if name not in found.makers:
            others.setdefault(answered, []).append(name)
    words += [f"in the case shown, {what}: {', '.join(names)}" for what, names in others.items() if found.makers]
    return " · ".join(words)
