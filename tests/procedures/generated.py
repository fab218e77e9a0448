"""Small random vocabularies and statements from a seed: enough of all that matters, little enough to enumerate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from random import Random
from types import MappingProxyType

from answerable.procedures.collection import Collection
from answerable.procedures.condition import ALWAYS, And, Condition, Not, Or, Test, evaluate
from answerable.procedures.domain import Domain, Fact, OneOf, Whole, YesNo
from answerable.procedures.errors import Place
from answerable.procedures.fields import NOT_CHECKED, NOT_STATED
from answerable.procedures.limit import UNCHECKED, UNSTATED, Limit
from answerable.procedures.norm import Norm, Otherwise, Reading
from answerable.procedures.query import Asked, AskKind
from answerable.procedures.question import Ask, Question
from answerable.procedures.rank import Rank
from answerable.procedures.stated import values_of
from answerable.procedures.statement import Statement
from answerable.procedures.vocabulary import Assumption, Kind, Party, Vocabulary

PLACE = Place("generated.yaml", 1)
PARTIES = {"body": ("office", "desk"), "office": (), "desk": (), "other": ()}
BEARERS = (("office",), ("desk", "other"), ("body",), ("other",), "anyone", NOT_STATED)
LIMITS = (UNSTATED, UNCHECKED, Limit(3, "days"), Limit(5, "days"), Limit(1, "months"), Limit(word="without delay"))


def vocabulary(random: Random) -> Vocabulary:
    """One to three facts, two or three kinds of one to three acts, up to two assumptions that some case satisfies."""
    domains: list[Domain] = [YesNo(), YesNo(), OneOf(("low", "mid", "top")), Whole(2, 5), Whole(0, 2)]
    facts = {
        f"f{position}": Fact(f"f{position}", random.choice(domains), False, None, None, PLACE)
        for position in range(random.randint(1, 3))
    }
    kinds: dict[str, Kind] = {}
    for position in range(random.randint(1, 2)):
        acts = tuple(f"do {position} {number}" for number in range(random.randint(1, 3 if position == 0 else 2)))
        kinds[f"k{position}"] = Kind(f"k{position}", acts, random.random() < 0.4, PLACE)
    plain = Vocabulary(
        "generated",
        "sources.yaml",
        MappingProxyType(facts),
        MappingProxyType({name: Party(name, not parts, parts, PLACE) for name, parts in PARTIES.items()}),
        MappingProxyType(kinds),
        (),
        MappingProxyType({act: kind.name for kind in kinds.values() for act in kind.acts}),
    )
    while True:
        number = random.choice((0, 0, 1, 2))
        held = [Assumption(f"a{i}", condition(random, plain), "generated", PLACE) for i in range(number)]
        cases = product(*(values_of(fact.domain) for fact in facts.values()))
        if any(all(evaluate(one.holds, dict(zip(facts, case, strict=True))) for one in held) for case in cases):
            return replace(plain, assumptions=tuple(held))


def condition(random: Random, words: Vocabulary, depth: int = 2) -> Condition:
    """A condition of any form, of every operator that its facts allow."""
    form = random.random()
    if depth and form < 0.4:
        parts = tuple(condition(random, words, depth - 1) for _ in range(2))
        return And(parts) if random.random() < 0.6 else Or(parts)
    if depth and form < 0.55:
        return Not(condition(random, words, depth - 1))
    if form < 0.62:
        return ALWAYS
    fact = random.choice(list(words.facts.values()))
    if isinstance(fact.domain, YesNo) and random.random() < 0.6:
        return Test(fact.name, "is", ("yes",))
    values = list(values_of(fact.domain))
    if random.random() < 0.3:
        return Test(fact.name, "in", tuple(random.sample(values, random.randint(1, len(values)))))
    operators = ("=", "!=", "<", "<=", ">", ">=") if fact.domain.ordered else ("=", "!=")
    return Test(fact.name, random.choice(operators), (random.choice(values),))


def reading(random: Random, words: Vocabulary, name: str | None) -> Reading:
    """A norm in one reading, of any mode."""
    acts = list(words.acts)
    mode = random.choice(("must", "must", "must", "must not", "must not", "may", "only", "alone", "decides"))
    who = random.choice(BEARERS[:4]) if mode == "alone" else random.choice(BEARERS)
    plain = Reading(name, mode, "", condition(random, words, 1), who, None, None, None)
    few = tuple(random.sample(acts, min(len(acts), random.choice((1, 1, 2)))))
    match mode:
        case "must":
            choices = (few,) if random.random() < 0.8 else tuple((act,) for act in few)
            otherwise = Otherwise(random.choice(BEARERS), ((random.choice(acts),),), random.choice(LIMITS), NOT_STATED)
            return replace(
                plain,
                choices=choices,
                within=random.choice(LIMITS),
                otherwise=random.choice((NOT_STATED, NOT_CHECKED, otherwise)),
            )
        case "must not":
            return replace(plain, forbidden=few, otherwise=NOT_STATED)
        case "may":
            return replace(plain, allowed=few)
        case "only":
            kind = random.choice(list(words.kinds.values()))
            others = tuple(act for act in acts if act not in kind.acts)
            return replace(plain, allowed=kind.acts, forbidden=others, otherwise=NOT_STATED)
        case "alone":
            return replace(plain, reserved=few, otherwise=NOT_STATED)
    standard = random.choice((NOT_STATED, "reasonable grounds", "proof"))
    return replace(plain, fact=random.choice(list(words.facts)), standard=standard, within=random.choice(LIMITS))


def statement(random: Random, words: Vocabulary, name: str) -> Statement:
    """One to three norms, now and then with two readings, some of them exceptions to others."""
    norms: list[Norm] = []
    for position in range(random.randint(1, 3)):
        several = random.random() < 0.2
        readings = tuple(reading(random, words, way) for way in (("one way", "another") if several else (None,)))
        exception = (random.choice(norms).id,) if norms and random.random() < 0.3 else ()
        norms.append(
            Norm(
                id=f"n{position}",
                full=f"{name}/n{position}",
                says=("words of it",),
                gist=None,
                when=readings[0].when,
                who=readings[0].who,
                readings=readings,
                exception_to=exception,
                within=None,
                otherwise=None,
                force=random.choice(("rule", "practice", "intention", "request", "endorsement")),
                standard=None,
                taken_as=None,
                at=None,
                place=PLACE,
                words=PLACE,
                source_line=1,
            )
        )
    random.shuffle(norms)
    return Statement(
        name, "letter", "somebody", NOT_STATED, NOT_STATED, "s", None, None, None, None, tuple(norms), (), PLACE
    )


def pair(seed: int) -> tuple[Vocabulary, tuple[Statement, Statement]]:
    """A vocabulary and two statements."""
    random = Random(seed)
    words = vocabulary(random)
    return words, (statement(random, words, "s"), statement(random, words, "t"))


def items(seed: int, words: Vocabulary, statements: Sequence[Statement]) -> tuple[Asked, ...]:
    """Two items of a question to the statements."""
    random = Random(-seed)
    names = tuple(statement.name for statement in statements)
    given = random.choice((ALWAYS, condition(random, words, 1)))
    found = []
    for _ in range(2):
        kind: AskKind = random.choice(
            ("whether", "which", "permitted", "who", "by when", "what if not", "who decides", "by what standard",
             "by when decided")
        )  # fmt: skip
        if kind == "which":
            about = random.choice(list(words.kinds))
        elif kind in ("whether", "permitted"):
            about = random.choice([*words.kinds, *words.acts])
        else:
            about = random.choice(list(words.facts if "decide" in kind or "standard" in kind else words.acts))
        found.append(Asked(kind, about, given, names))
    return tuple(found)


def collection(seed: int) -> Collection:
    """A collection of two statements, with one question of two items to them."""
    words, statements = pair(seed)
    return gathered(words, statements, items(seed, words, statements))


def gathered(words: Vocabulary, statements: Sequence[Statement], asked: Sequence[Asked] = ()) -> Collection:
    """A collection of statements, with one question if anything is ``asked``."""
    asks = tuple(Ask(one.kind, one.about, PLACE) for one in asked)
    given = asked[0].given if asked else None
    question = Question("q", "somebody", "s", ("words of it",), 1, given, None, asks, PLACE)
    return Collection(
        name="generated",
        digest="0" * 64,
        vocabulary=words,
        sources=MappingProxyType({}),
        statements=tuple(statements),
        questions=(question,) if asked else (),
        rank=Rank(),
        cases=(),
        procedures=(),
        calendars=MappingProxyType({}),
        problems=(),
    )
