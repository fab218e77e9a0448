"""Conditions on the facts of a case: one small grammar, read, printed and decided here.

    condition = both {"or" both}
    both      = negated {"and" negated}
    negated   = "not" negated | "(" condition ")" | test
    test      = "always" | FACT | FACT ("=" | "!=") VALUE | FACT ("<" | "<=" | ">" | ">=") NUMBER-OR-DAY
              | FACT "in" "[" VALUE {"," VALUE} "]"

``not`` binds to the test that follows it. `print_` is the inverse of `parse` for every tree within the limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from answerable.procedures.domain import Fact, Value, YesNo
from answerable.procedures.errors import ConditionProblem, Place
from answerable.procedures.fields import RESERVED, listed, shown

if TYPE_CHECKING:
    from answerable.procedures.vocabulary import Vocabulary

MAX_LENGTH = 4096
MAX_DEPTH = 50

Operator = Literal["is", "=", "!=", "<", "<=", ">", ">=", "in"]


@dataclass(frozen=True, slots=True)
class Always:
    """Holds in every case."""


@dataclass(frozen=True, slots=True)
class Test:
    """A fact against values. ``is`` is the bare yes/no fact, with the value ``yes``; only ``in`` has several values."""

    fact: str
    op: Operator
    values: tuple[Value, ...]

    __test__ = False  # pytest takes classes of this name for its own


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; at least two."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One part holds at least; at least two."""

    parts: tuple[Condition, ...]


Condition = Always | Test | Not | And | Or
ALWAYS = Always()


def evaluate(condition: Condition, case: Mapping[str, Value]) -> bool:
    """Whether ``condition`` holds in a case that gives every fact of it a value."""
    match condition:
        case Always():
            return True
        case Not(part):
            return not evaluate(part, case)
        case And(parts):
            return all(evaluate(part, case) for part in parts)
        case Or(parts):
            return any(evaluate(part, case) for part in parts)
        case Test():
            return _holds(condition, case[condition.fact])


def kleene(condition: Condition, partial: Mapping[str, Value]) -> bool | None:
    """Whether ``condition`` holds given the facts known: True, False, or None where that turns on the others.

    Kleene's strong three-valued logic: it never answers wrongly, but may answer None where the answer follows.
    """
    match condition:
        case Always():
            return True
        case Not(part):
            known = kleene(part, partial)
            return None if known is None else not known
        case And(parts):
            answers = [kleene(part, partial) for part in parts]
            return False if False in answers else None if None in answers else True
        case Or(parts):
            answers = [kleene(part, partial) for part in parts]
            return True if True in answers else None if None in answers else False
        case Test():
            return _holds(condition, partial[condition.fact]) if condition.fact in partial else None


def _holds(test: Test, value: Value) -> bool:
    first = test.values[0]
    match test.op:
        case "is" | "=":
            return value == first
        case "!=":
            return value != first
        case "in":
            return value in test.values
        case "<":
            return value < first  # type: ignore[operator]  # order tests are of one ordered domain, by parse
        case "<=":
            return value <= first  # type: ignore[operator]  # likewise
        case ">":
            return value > first  # type: ignore[operator]  # likewise
        case ">=":
            return value >= first  # type: ignore[operator]  # likewise


def facts_of(condition: Condition) -> tuple[str, ...]:
    """The facts that ``condition`` names, each once, in the order of their first mention."""
    match condition:
        case Always():
            return ()
        case Test():
            return (condition.fact,)
        case Not(part):
            return facts_of(part)
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(fact for part in parts for fact in facts_of(part)))


def print_(condition: Condition, vocabulary: Vocabulary) -> str:
    """The text that `parse` reads as ``condition``."""
    match condition:
        case Always():
            return "always"
        case Test():
            return _print_test(condition, vocabulary.facts[condition.fact])
        case Not(part):
            inner = print_(part, vocabulary)
            return f"not ({inner})" if isinstance(part, And | Or) else f"not {inner}"
        case And(parts):
            every = [(part, print_(part, vocabulary)) for part in parts]
            return " and ".join(f"({words})" if isinstance(part, And | Or) else words for part, words in every)
        case Or(parts):
            every = [(part, print_(part, vocabulary)) for part in parts]
            return " or ".join(f"({words})" if isinstance(part, Or) else words for part, words in every)


def _print_test(test: Test, fact: Fact) -> str:
    words = [fact.domain.print_(value) for value in test.values]
    if test.op == "is":
        return test.fact
    if test.op == "in":
        return f"{test.fact} in [{', '.join(words)}]"
    return f"{test.fact} {test.op} {words[0]}"


def parse(text: str, vocabulary: Vocabulary, place: Place) -> Condition:
    """Read a condition on the facts of ``vocabulary``.

    Raises `ConditionProblem` at ``place`` with the column within the condition; unknown facts and values have the kind
    ``unknown-name``.
    """
    if len(text) > MAX_LENGTH:
        raise ConditionProblem(
            f"the condition has {len(text):,} characters; at most {MAX_LENGTH:,} are read",
            place=place,
            todo="divide the norm, or define a fact for part of it",
        )
    return _Parser(_tokens(text, place), vocabulary.facts, place).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Literal["word", "number", "sign", "end"]
    text: str
    column: int


_TOKEN = re.compile(
    r"\s*(?:(?P<word>[^\W0-9]\w*)|(?P<number>[0-9][0-9.-]*\w*)|(?P<sign><=|>=|!=|[=<>()\[\],])|(?P<end>\Z))"
)
_ORDER = ("<", "<=", ">", ">=")


def _tokens(text: str, place: Place) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while not tokens or tokens[-1].kind != "end":
        match = _TOKEN.match(text, position)
        if match is None:
            column = len(text) - len(text[position:].lstrip()) + 1
            raise ConditionProblem(
                f"column {column} of the condition: “{text[column - 1]}” means nothing here",
                place=place,
                todo="write facts, values, and, or, not, in, =, !=, <, <=, >, >= and brackets",
            )
        kind = match.lastgroup
        assert kind in ("word", "number", "sign", "end")
        tokens.append(_Token(kind, match[kind], match.start(kind) + 1))  # type: ignore[arg-type]  # asserted above
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, tokens: list[_Token], facts: Mapping[str, Fact], place: Place) -> None:
        self.tokens = tokens
        self.facts = facts
        self.place = place
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def problem(self, token: _Token, what: str, todo: str | None = None, kind: str | None = None) -> ConditionProblem:
        return ConditionProblem(
            f"column {token.column} of the condition: {what}", place=self.place, todo=todo, kind=kind
        )

    def expected(self, what: str) -> ConditionProblem:
        found = "the condition ends" if self.token.kind == "end" else f"“{shown(self.token.text)}” stands"
        return self.problem(self.token, f"{found} where {what} was expected")

    def take(self, *texts: str) -> _Token | None:
        """The next token if it is one of the words or signs ``texts``; it is then consumed."""
        token = self.token
        if token.kind in ("word", "sign") and token.text in texts:
            self.position += 1
            return token
        return None

    def need(self, text: str) -> None:
        if not self.take(text):
            raise self.expected(f"“{text}”")

    def whole(self) -> Condition:
        condition = self.condition()
        if self.token.kind != "end":
            raise self.expected("“and”, “or” or the end")
        return condition

    def condition(self) -> Condition:
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self) -> Condition:
        parts = [self.negated()]
        while self.take("and"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negated(self) -> Condition:
        opening = self.take("not", "(")
        if not opening:
            return self.test()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.problem(opening, f"nested deeper than {MAX_DEPTH} levels")
        if opening.text == "not":
            inner: Condition = Not(self.negated())
        else:
            inner = self.condition()
            self.need(")")
        self.depth -= 1
        return inner

    def test(self) -> Condition:
        token = self.token
        if token.kind != "word" or token.text in RESERVED - {"always"}:
            raise self.expected("a fact")
        self.position += 1
        if token.text == "always":
            return ALWAYS
        fact = self.facts.get(token.text)
        if fact is None:
            todo = "define it in the vocabulary" + self._similar(token.text)
            raise self.problem(token, f"“{shown(token.text)}” is not a fact", todo, "unknown-name")
        if self.take("in"):
            return Test(fact.name, "in", self.values(fact))
        operator = self.take("=", "!=", *_ORDER)
        if operator is None:
            if not isinstance(fact.domain, YesNo):
                raise self.problem(token, f"“{fact.name}” is {fact.domain.describe()}", f"write {fact.name} = …")
            return Test(fact.name, "is", ("yes",))
        if operator.text in _ORDER and not fact.domain.ordered:
            raise self.problem(operator, f"“{fact.name}” is {fact.domain.describe()}: it has no order", "write = or in")
        return Test(fact.name, operator.text, (self.value(fact),))  # type: ignore[arg-type]  # one of the six taken

    def _similar(self, word: str) -> str:
        from difflib import get_close_matches  # only where something is wrong already

        close = get_close_matches(word[:60], self.facts)
        return f"; did you mean {listed(close)}?" if close else ""

    def values(self, fact: Fact) -> tuple[Value, ...]:
        self.need("[")
        values = [self.value(fact)]
        while self.take(","):
            token = self.token
            value = self.value(fact)
            if value in values:
                raise self.problem(token, f"“{token.text}” is given twice", "keep one")
            values.append(value)
        self.need("]")
        return tuple(values)

    def value(self, fact: Fact) -> Value:
        token = self.token
        if token.kind not in ("word", "number"):
            raise self.expected("a value")
        value = fact.domain.parse(token.text)
        if value is None:
            what = f"“{shown(token.text)}” is not a value of “{fact.name}”"
            raise self.problem(token, what, f"it is {fact.domain.describe()}", "unknown-name")
        self.position += 1
        return value
