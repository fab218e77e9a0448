"""What statements answer in one case: to an act, to a kind of acts, and to an item of a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations, permutations

from answerable.procedures.condition import evaluate
from answerable.procedures.domain import Value
from answerable.procedures.norm import Reading
from answerable.procedures.query import YES_OR_NO, Answer, Apart, Asked, AskKind, PartName, Stance
from answerable.procedures.stated import conflict, is_stated, names, printed, value
from answerable.procedures.vocabulary import Vocabulary

Active = Mapping[str, Reading]  # norms of one statement that apply, by full name, as they are read
Said = list[tuple[str, str, str]]  # statement, act or fact, stance or value


def answer(norms: Iterable[Reading], acts: frozenset[str]) -> Answer:
    """What the norms of one statement that apply say to an act, or to the acts of a kind: the first that holds."""
    choices = [set(choice) for norm in norms for choice in norm.choices]
    forbidden = acts & {act for norm in norms for act in norm.forbidden}
    allowed = acts & {act for norm in norms for act in norm.allowed}
    if forbidden == acts:
        return "forbidden"
    if any(choice <= acts for choice in choices):
        return "required"
    if any(choice & acts for choice in choices):
        return "one way to comply"
    return "allowed" if allowed else "some acts forbidden" if forbidden else "silent"


def stance(kind: AskKind, found: Answer) -> Stance:
    """Whether an answer says yes or no to a question."""
    if found in ("required", "one way to comply") or (kind == "permitted" and found == "allowed"):
        return "yes"
    return "no" if found == "forbidden" else "silent" if found == "silent" else "neither"


def part_of(
    asked: Asked, case: Mapping[str, Value], active: Mapping[str, Active], vocabulary: Vocabulary, apart: Apart
) -> tuple[PartName | None, Said]:
    """The part of the item's scope that a case is of, None outside it, and the stances or values that make it so."""
    if not evaluate(asked.given, case):
        return None, []
    if asked.kind in YES_OR_NO:
        return _yes_or_no(asked, active, vocabulary, apart)
    return _stated(asked, active, vocabulary, apart)


def words_of(asked: Asked, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The acts or the kind that an item asks yes or no about."""
    return vocabulary.kinds[asked.about].acts if asked.kind == "which" else (asked.about,)


def _yes_or_no(
    asked: Asked, active: Mapping[str, Active], vocabulary: Vocabulary, apart: Apart
) -> tuple[PartName, Said]:
    said: Said = []
    for word in words_of(asked, vocabulary):
        acts = frozenset(vocabulary.acts_of(word) or ())
        said += [(name, word, stance(asked.kind, answer(active[name].values(), acts))) for name in asked.statements]
    clashing = {
        word
        for (first, word, yes), (second, other, no) in permutations(said, 2)
        if word == other and yes == "yes" and no == "no" and apart(first, second)
    }
    if clashing:
        return "contradictory", [one for one in said if one[1] in clashing and one[2] in ("yes", "no")]
    spoken = [one for one in said if one[2] != "silent"]
    return ("answered" if spoken else "undefined"), spoken


def _stated(asked: Asked, active: Mapping[str, Active], vocabulary: Vocabulary, apart: Apart) -> tuple[PartName, Said]:
    speaking = [
        (name, value(asked.kind, norm))
        for name in asked.statements
        for norm in active[name].values()
        if names(asked.kind, asked.about, norm)
    ]
    stated = [(name, found) for name, found in speaking if is_stated(found)]
    said = [(name, asked.about, printed(found)) for name, found in stated]
    for (first, one), (second, other) in combinations(stated, 2):
        if apart(first, second) and conflict(asked.kind, one, other, vocabulary):
            return "contradictory", said
    if stated:
        return "answered", said
    return ("undetermined" if any(found == "not checked" for _, found in speaking) else "undefined"), []
