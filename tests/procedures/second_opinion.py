"""Statements as logic programs for clingo: a second solver, and a second reading of the definitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

import clingo

from answerable.procedures.condition import Always, And, Condition, Not, Or, Test, evaluate
from answerable.procedures.norm import Reading
from answerable.procedures.stated import values_of
from answerable.procedures.statement import Statement
from answerable.procedures.vocabulary import Vocabulary

ANSWERS = """
ways(S,C,N) :- chosen(S,C), N = #count { A : choice(C,A) }.
says(S,A,forbidden) :- forbids(S,A).
says(S,A,required) :- ways(S,C,1), choice(C,A).
says(S,A,one_way) :- chosen(S,C), choice(C,A).
says(S,A,allowed) :- allows(S,A).
answer(S,A,forbidden) :- says(S,A,forbidden).
answer(S,A,required) :- says(S,A,required), not says(S,A,forbidden).
answer(S,A,one_way) :- says(S,A,one_way), not says(S,A,required), not says(S,A,forbidden).
answer(S,A,allowed) :- says(S,A,allowed), not says(S,A,one_way), not says(S,A,forbidden).
answer(S,A,silent) :- statement(S), act(A), not says(S,A,forbidden), not says(S,A,one_way), not says(S,A,allowed).
#show answer/3.
"""
CONDUCT = """
{ done(A) } :- act(A).
:- alike(K), 2 { done(A) : kind(A,K) }.
broken(S) :- forbids(S,A), done(A).
met(S,C) :- chosen(S,C), choice(C,A), done(A).
broken(S) :- chosen(S,C), not met(S,C).
"""


class Opinion:
    """The same statements, as facts and rules."""

    def __init__(self, vocabulary: Vocabulary, statements: Sequence[Statement]) -> None:
        self.vocabulary, self.statements = vocabulary, statements
        self.acts = {act: f"a{position}" for position, act in enumerate(vocabulary.acts)}
        self.norms = {
            norm.full: f"n{i}" for i, norm in enumerate(n for statement in statements for n in statement.norms)
        }
        self._numbers = count()
        self._rules: list[str] = []
        self._rules += list(self._vocabulary())
        for statement in statements:
            self._rules += list(self._statement(statement))
        self.program = "\n".join(self._rules)

    def _vocabulary(self) -> Iterator[str]:
        for act, name in self.acts.items():
            yield f"act({name})."
            yield f"kind({name},{self.vocabulary.acts[act]})."
        yield from (f"alike({kind.name})." for kind in self.vocabulary.kinds.values() if kind.one_at_most)
        yield from (f"#defined {name}." for name in ("alike/1", "forbids/2", "chosen/2", "choice/2", "allows/2"))
        for fact, declared in self.vocabulary.facts.items():
            values = range(len(list(values_of(declared.domain))))
            yield f"1 {{ {'; '.join(f'is({fact},{value})' for value in values)} }} 1."
        for assumption in self.vocabulary.assumptions:
            yield f":- not {self._holds(assumption.holds)}."

    def _holds(self, condition: Condition) -> str:
        """An atom that holds where the condition does; its rules are added."""
        atom = f"c{next(self._numbers)}"
        match condition:
            case Always():
                rules = [f"{atom}."]
            case Not(part):
                rules = [f"{atom} :- not {self._holds(part)}."]
            case And(parts):
                rules = [f"{atom} :- {', '.join(self._holds(part) for part in parts)}."]
            case Or(parts):
                rules = [f"{atom} :- {self._holds(part)}." for part in parts]
            case Test(fact):
                values = enumerate(values_of(self.vocabulary.facts[fact].domain))
                held = [position for position, value in values if evaluate(condition, {fact: value})]
                rules = [f"{atom} :- is({fact},{position})." for position in held] or [f"{atom} :- #false."]
        self._rules += rules
        return atom

    def _statement(self, statement: Statement) -> Iterator[str]:
        yield f"statement({statement.name})."
        for norm in statement.norms:
            name = self.norms[norm.full]
            yield f"1 {{ read({name},0..{len(norm.readings) - 1}) }} 1."
            for number, reading in enumerate(norm.readings):
                yield f"meant({name}) :- read({name},{number}), {self._holds(reading.when)}."
                yield from self._content(statement.name, name, number, reading)
            for displaced in norm.exception_to:
                yield f"displaced({self.norms[f'{statement.name}/{displaced}']}) :- applies({name})."
            yield f"applies({name}) :- meant({name}), not displaced({name})."
        yield "#defined displaced/1."

    def _content(self, statement: str, norm: str, number: int, reading: Reading) -> Iterator[str]:
        body = f"applies({norm}), read({norm},{number})"
        for choice in reading.choices:
            clause = f"x{next(self._numbers)}"
            yield f"chosen({statement},{clause}) :- {body}."
            yield from (f"choice({clause},{self.acts[act]})." for act in choice)
        yield from (f"forbids({statement},{self.acts[act]}) :- {body}." for act in reading.forbidden)
        yield from (f"allows({statement},{self.acts[act]}) :- {body}." for act in reading.allowed)

    def _solve(self, *texts: str, project: bool = False) -> Iterator[list[clingo.Symbol]]:
        control = clingo.Control(["--project=show", "0"] if project else ["1"], message_limit=0)
        control.add("base", [], "\n".join([self.program, *texts]))
        control.ground([("base", [])])
        with control.solve(yield_=True) as handle:
            for model in handle:
                yield list(model.symbols(shown=True))

    def some(self, *rules: str) -> bool:
        """Whether some case, conduct and reading satisfies the rules."""
        return next(self._solve(CONDUCT, *rules), None) is not None

    def keeps_only(self, kept: str, broken: str) -> bool:
        """Whether some case and conduct keeps the one statement and not the other."""
        return self.some(f":- broken({kept}).", f":- not broken({broken}).")

    def answers(self) -> set[tuple[str, str, str]]:
        """For two statements, every act with two different answers that some case gives."""
        acts = {name: act for act, name in self.acts.items()}
        words = {"one_way": "one way to comply"}
        first, second = (statement.name for statement in self.statements)
        found = set()
        for symbols in self._solve(ANSWERS, project=True):
            said = {(str(s.arguments[0]), str(s.arguments[1])): str(s.arguments[2]) for s in symbols}
            for name, act in acts.items():
                pair = [words.get(said[one, name], said[one, name]) for one in (first, second)]
                if pair[0] != pair[1]:
                    found.add((act, pair[0], pair[1]))
        return found

    def together(self, norms: Iterable[str], readings: Iterable[tuple[str, int]]) -> bool:
        """Whether in some case all the norms apply, so read."""
        rules = [f":- not applies({self.norms[norm]})." for norm in norms]
        rules += [f":- not read({self.norms[norm]},{number})." for norm, number in readings]
        return next(self._solve(*rules), None) is not None

    def nothing_keeps_both(self) -> bool:
        """Whether in some case and reading no conduct keeps both statements: every set of norms that can apply is
        tried, and a second program seeks a conduct for it."""
        shown = "#show applies/1. #show read/2."
        for symbols in self._solve(shown, project=True):
            fixed = " ".join(f":- not {symbol}." for symbol in symbols)
            others = {f"applies({norm})" for norm in self.norms.values()} - set(map(str, symbols))
            fixed += " ".join(f":- {symbol}." for symbol in sorted(others))
            if not self.some(fixed, ":- broken(S)."):
                return True
        return False


def met(contents: Iterable[Reading], vocabulary: Vocabulary) -> bool:
    """Whether some conduct meets the contents of all the norms so read."""
    acts = {act: f"a{position}" for position, act in enumerate(vocabulary.acts)}
    lines = [f"{{ done({name}) }}." for name in acts.values()]
    alike = [kind.acts for kind in vocabulary.kinds.values() if kind.one_at_most]
    lines += [f":- 2 {{ {'; '.join(f'done({acts[act]})' for act in kind)} }}." for kind in alike]
    for reading in contents:
        lines += [f":- {', '.join(f'not done({acts[act]})' for act in choice)}." for choice in reading.choices]
        lines += [f":- done({acts[act]})." for act in reading.forbidden]
    control = clingo.Control(message_limit=0)
    control.add("base", [], "\n".join(lines))
    control.ground([("base", [])])
    return bool(control.solve().satisfiable)
