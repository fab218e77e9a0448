"""Typed fields of a file: the field decides what a text means, and every refusal says what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import ParamSpec, TypeVar

from answerable.procedures.errors import FileProblem, Place, ProceduresError
from answerable.procedures.yamlfile import Listing, Node, Scalar, Table

T = TypeVar("T")
P = ParamSpec("P")


class Stated(StrEnum):
    """What stands where a source says nothing (a finding about it), or where its passage could not be read (none)."""

    NOT_STATED = "not stated"
    NOT_CHECKED = "not checked"


NOT_STATED = Stated.NOT_STATED
NOT_CHECKED = Stated.NOT_CHECKED

#: Words with a meaning of their own in conditions: no fact or value may be called so.
RESERVED = frozenset({"always", "and", "or", "not", "in"})

_IDENTIFIER = re.compile(r"[a-z][a-z0-9-]*")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,17}")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_ACT_WORD = re.compile(r"[^\W_][\w’'./&-]*")
_LINKING = frozenset({"or", "of", "within"})


def problem(node: Node, what: str, todo: str | None = None, kind: str | None = None) -> FileProblem:
    """The error that ``what`` is wrong at ``node``."""
    return FileProblem(what, place=node.place, todo=todo, kind=kind)


def listed(words: Iterable[str]) -> str:
    """Words for a sentence: ``a, b or c``."""
    every = list(words)
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} or {every[-1]}" if every else "nothing"


def shown(words: str) -> str:
    """A text as an error repeats it: one line, at most sixty characters."""
    line = " ".join(words.split())
    return line if len(line) <= 60 else line[:59] + "…"


def collect(problems: list[ProceduresError], parse: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | None:
    """What ``parse`` gives for the arguments; or None, with its error added to ``problems``."""
    try:
        return parse(*arguments, **named)
    except ProceduresError as error:
        problems.append(error)
        return None


def circle(graph: Mapping[str, Collection[str]]) -> list[str] | None:
    """A path of ``graph`` (each name with those it leads to) that comes back to where it begins, or None."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        path: list[str] = error.args[1]
        return path[::-1]
    return None


def table(node: Node, what: str) -> Table:
    """``node`` as keys with values."""
    if not isinstance(node, Table):
        raise problem(node, f"{what} must be written as keys with values", "write “key: value” lines")
    return node


def keys(node: Node, what: str, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Node]:
    """The values of a table by key, all ``required`` ones present and none but these and the ``optional`` ones."""
    values: dict[str, Node] = {}
    for key, value in table(node, what).entries:
        if key.text not in required and key.text not in optional:
            known = ", ".join(f"“{word}”" for word in [*required, *optional])
            raise problem(key, f"{what} has no key “{shown(key.text)}”", f"known keys are {known}")
        values[key.text] = value
    missing = [word for word in required if word not in values]
    if missing:
        words = ", ".join(f"“{word}”" for word in missing)
        raise problem(node, f"{what} has no {words}", "write every key; “not stated” where the source is silent")
    return values


def items(node: Node, what: str) -> tuple[Node, ...]:
    """The parts of a list that has at least one."""
    if not isinstance(node, Listing):
        raise problem(node, f"{what} must be a list", "write [a, b], or one line “- …” for each")
    if not node.items:
        raise problem(node, f"{what} is an empty list", "write at least one entry, or leave the key out")
    return node.items


def one_or_more(node: Node, what: str) -> tuple[Node, ...]:
    """The parts of a list, or the one value."""
    return items(node, what) if isinstance(node, Listing) else (node,)


def text(node: Node, what: str) -> str:
    """Any text, without outer white space."""
    if not isinstance(node, Scalar):
        raise problem(node, f"{what} must be a text", "write it on one line, or after >- on lines of its own")
    return node.text.strip()


def stated(node: Node, *allowed: Stated) -> Stated | None:
    """“not stated” or “not checked” where ``allowed``; None if the node says something else."""
    for word in allowed:
        if isinstance(node, Scalar) and node.text.strip() == word.value:
            return word
    return None


def identifier(node: Node, what: str) -> str:
    """An id such as ``bring-to-nationality``."""
    word = text(node, what)
    if not _IDENTIFIER.fullmatch(word):
        raise problem(
            node, f"“{shown(word)}” cannot be {what}", "write small letters, digits and hyphens, a letter first"
        )
    return word


def name(node: Node, what: str) -> str:
    """A name of a fact, value, kind or party, such as ``head_of_mission``."""
    word = text(node, what)
    if not _NAME.fullmatch(word):
        raise problem(
            node, f"“{shown(word)}” cannot be {what}", "write small letters, digits and underscores, a letter first"
        )
    if word in RESERVED:
        raise problem(node, f"“{shown(word)}” cannot be {what}: it has a meaning in conditions", "choose another word")
    return word


def act_name(node: Node, what: str = "the name of an act") -> str:
    """The name of an act: words separated by single spaces, such as ``refer to host_state``."""
    return as_act(text(node, what), node.place)


def as_act(words: str, place: Place) -> str:
    """``words`` as the name of an act."""
    every = words.split(" ")
    if words in tuple(Stated) or not all(_ACT_WORD.fullmatch(word) and word not in _LINKING for word in every):
        raise FileProblem(
            f"“{shown(words)}” cannot be the name of an act",
            place=place,
            todo="write words with single spaces, without “or”, “of”, “within”, commas and brackets",
        )
    return words


def one_of(node: Node, what: str, choices: Collection[str]) -> str:
    """One of the given words."""
    word = text(node, what)
    if word not in choices:
        raise problem(node, f"“{shown(word)}” cannot be {what}", f"write {listed(choices)}")
    return word


def known(node: Node, what: str, word: str, names: Collection[str]) -> str:
    """``word``, which must be among the ``names`` defined elsewhere."""
    if word not in names:
        raise problem(node, f"“{shown(word)}” is not {what}", _nearest(word, names), kind="unknown-name")
    return word


def _nearest(word: str, names: Collection[str]) -> str:
    from difflib import get_close_matches  # only where something is wrong already

    close = get_close_matches(word[:60], names, n=3)
    if close:
        return f"did you mean {listed(close)}?"
    return "define it, or use one that is defined" + (f": {', '.join(sorted(names))}" if 0 < len(names) <= 12 else "")


def yes_no(node: Node, what: str) -> bool:
    """``yes`` or ``no``."""
    return one_of(node, what, ("yes", "no")) == "yes"


def whole(node: Node, what: str) -> int:
    """A whole number from 0, without sign or leading zero."""
    word = text(node, what)
    if not _WHOLE.fullmatch(word):
        raise problem(node, f"“{shown(word)}” cannot be {what}", "write a whole number without sign or leading zero")
    return int(word)


def day(node: Node, what: str) -> date:
    """A day of the calendar, ``YYYY-MM-DD``."""
    word = text(node, what)
    found = as_day(word)
    if found is None:
        raise problem(node, f"“{shown(word)}” cannot be {what}", "write an existing day as YYYY-MM-DD")
    return found


def as_day(word: str) -> date | None:
    """The day that ``word`` writes as YYYY-MM-DD, or None."""
    if not (match := _DAY.fullmatch(word)):
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def moment(node: Node, what: str) -> date | datetime:
    """A day, or an instant with its offset such as ``2026-01-05T14:30+01:00``."""
    word = text(node, what)
    if found := as_day(word):
        return found
    if instant := _as_instant(word):
        return instant
    raise problem(
        node, f"“{shown(word)}” cannot be {what}", "write YYYY-MM-DD, or an instant as 2026-01-05T14:30+01:00"
    )


def _as_instant(word: str) -> datetime | None:
    if not _INSTANT.fullmatch(word):
        return None
    try:
        instant = datetime.fromisoformat(word)
        _ = instant - timedelta(days=2), instant + timedelta(days=2)  # stays a date in every zone
    except (ValueError, OverflowError):
        return None
    return instant
