"""What norms state about bearers, limits, consequences and deciders, and when two of them conflict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from answerable.procedures import limit as limits
from answerable.procedures.domain import DayRange, Domain, OneOf, Value, YesNo
from answerable.procedures.fields import NOT_STATED
from answerable.procedures.limit import Limit
from answerable.procedures.norm import Otherwise, Reading, Who
from answerable.procedures.query import AskKind
from answerable.procedures.vocabulary import Vocabulary


def related(relation: str, readings: Sequence[Reading], word: str, vocabulary: Vocabulary) -> bool:
    """Whether readings stand in a relation of `query.Together` other than ``clash``.

    ``apply``: any do. ``reserved``: the first reserves the act to parties, and the second requires it of others.
    ``bearer``, ``limit``, ``not comparable``: both require the act, of others or within another limit. ``decider``:
    both say who decides the fact, and name different parties.
    """
    if relation == "apply":
        return True
    first, second = readings
    if relation == "decider":
        return first.fact == second.fact == word and differ(first.who, second.who)
    if relation == "reserved":
        requires = (word,) in second.choices and isinstance(second.who, tuple)
        return word in first.reserved and requires and not compatible(first.who, second.who, vocabulary)
    if (word,) not in first.choices or (word,) not in second.choices:
        return False
    return differ(first.who, second.who) if relation == "bearer" else _limits(first.within, second.within) == relation


def as_much(by: Reading, norm: Reading) -> bool:
    """Whether, apart from duties, ``by`` says all that ``norm`` says, to the same parties and within the same limit."""
    same = (by.who, by.within) == (norm.who, norm.within)
    permits = set(norm.allowed) <= set(by.allowed) and set(norm.reserved) <= set(by.reserved)
    decides = norm.fact is None or (by.fact, by.standard) == (norm.fact, norm.standard)
    return same and permits and decides


def differ(first: Who, second: Who) -> bool:
    """Whether two bearers are both stated, and not the same."""
    if NOT_STATED in (first, second):
        return False
    return (first if isinstance(first, str) else set(first)) != (second if isinstance(second, str) else set(second))


def _limits(first: Limit | None, second: Limit | None) -> str:
    if not (first and second) or {first.word, second.word} & {"not stated", "not checked"}:
        return ""
    found = limits.compare(first, second)
    return {"equal": "", "not comparable": "not comparable"}.get(found, "limit")


def compatible(first: Who, second: Who, vocabulary: Vocabulary) -> bool:
    """Whether one act can be done by somebody of both: the same party, or one that is part of the other."""
    if isinstance(first, str) or isinstance(second, str):
        return True
    return any(a == b or a in vocabulary.parts(b) or b in vocabulary.parts(a) for a in first for b in second)


def names(kind: AskKind, about: str, reading: Reading) -> bool:
    """Whether a norm so read, where it applies, speaks to a question for a value."""
    if kind in ("who decides", "by what standard", "by when decided"):
        return reading.fact == about
    required = any(about in choice for choice in reading.choices)
    if kind == "who":
        return required or about in reading.reserved
    if kind == "by when":
        return required
    return required or about in reading.forbidden or about in reading.reserved


def value(kind: AskKind, reading: Reading) -> Who | Limit | Otherwise | str | None:
    """What a norm so read states in answer; “not stated”, “not checked” or None if it does not."""
    match kind:
        case "who" | "who decides":
            return reading.who
        case "by what standard":
            return reading.standard
        case "what if not":
            return reading.otherwise
        case _:
            return reading.within.word or reading.within if reading.within else None


def is_stated(found: object) -> bool:
    """Whether something is said: “without delay” is, though it measures nothing."""
    return found not in (None, "not stated", "not checked")


def conflict(kind: AskKind, first: object, second: object, vocabulary: Vocabulary) -> bool:
    """Whether two stated values cannot both be right. Limits of different families are not held against each other."""
    match kind:
        case "who" | "who decides":
            return not compatible(first, second, vocabulary)  # type: ignore[arg-type]  # the values of these kinds
        case "by when" | "by when decided":
            a, b = (Limit(word=found) if isinstance(found, str) else found for found in (first, second))  # type: ignore[arg-type]  # a word or a limit
            assert isinstance(a, Limit)
            assert isinstance(b, Limit)
            return limits.compare(a, b) in ("less", "more")
        case "what if not":
            assert isinstance(first, Otherwise)
            assert isinstance(second, Otherwise)
            same = set(first.choices) & set(second.choices)
            return bool(same) and (
                not compatible(first.who, second.who, vocabulary) or _limits(first.within, second.within) == "limit"
            )
        case _:
            return " ".join(str(first).split()) != " ".join(str(second).split())


def printed(found: object) -> str:
    """A value in words."""
    if isinstance(found, tuple):
        return " or ".join(found)
    if isinstance(found, Otherwise):
        acts = ", ".join(" or ".join(choice) for choice in found.choices)
        return f"{printed(found.who)} must {acts} within {found.within}"
    return "not stated" if found is None else str(found)


def spoken(reading: Reading) -> set[str]:
    """The acts that a norm so read requires, offers, forbids or allows."""
    return {*(act for choice in reading.choices for act in choice), *reading.forbidden, *reading.allowed}


def values_of(domain: Domain) -> Iterable[Value]:
    """The values of a fact, in the order in which example cases try them."""
    match domain:
        case YesNo():
            return ("no", "yes")
        case OneOf(values):
            return values
        case DayRange(first, last):
            return (first + timedelta(days) for days in range((last - first).days + 1))
        case _:
            return range(domain.first, domain.last + 1)


def size_of(domain: Domain) -> int:
    """How many values a fact has."""
    match domain:
        case YesNo():
            return 2
        case OneOf(values):
            return len(values)
        case DayRange(first, last):
            return (last - first).days + 1
        case _:
            return domain.last - domain.first + 1
