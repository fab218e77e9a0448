"""Norms: one rule each, with its words, whom it binds, when, to what, by when, and in which readings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from answerable.procedures import condition as conditions
from answerable.procedures import limit as limits
from answerable.procedures.condition import Condition
from answerable.procedures.errors import FileProblem, Place, ProceduresError
from answerable.procedures.fields import (
    NOT_CHECKED,
    NOT_STATED,
    Stated,
    circle,
    collect,
    identifier,
    items,
    keys,
    known,
    one_of,
    one_or_more,
    problem,
    shown,
    stated,
    table,
    text,
)
from answerable.procedures.limit import Limit
from answerable.procedures.source import Source, locate
from answerable.procedures.vocabulary import Vocabulary
from answerable.procedures.yamlfile import Node, Scalar, Table

Force = Literal["rule", "practice", "intention", "request", "endorsement"]
Mode = Literal["must", "must not", "may", "only", "alone", "decides"]

#: Any one of the parties; everybody; or nobody named.
Who = tuple[str, ...] | Literal["anyone", Stated.NOT_STATED]
#: Acts of which any one will do.
Choice = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What follows where a norm is not kept."""

    who: Who
    choices: tuple[Choice, ...]
    within: Limit
    otherwise: Otherwise | Stated


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a norm, whole: what it changes and what it leaves. ``name`` is None where there is but one.

    By ``mode``: ``choices`` (*must*: all of them, each any one of its acts), ``forbidden`` (*must not*, *only*),
    ``allowed`` (*may*, *only*), ``reserved`` (*alone*), ``fact`` (*decides*). ``written`` is the content as it stands.
    """

    name: str | None
    mode: Mode
    written: str
    when: Condition
    who: Who
    within: Limit | None
    otherwise: Otherwise | Stated | None
    standard: str | Stated | None
    choices: tuple[Choice, ...] = ()
    forbidden: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ()
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class Norm:
    """One rule with its words. ``when`` to ``standard`` are what its readings start from; a reading may change them.

    Exactly one of ``says`` (pieces found in the source in order, at ``source_line`` of its file) and ``gist`` is given.
    ``words`` is where it stands.
    """

    id: str
    full: str
    says: tuple[str, ...] | None
    gist: str | None
    when: Condition
    who: Who
    readings: tuple[Reading, ...]
    exception_to: tuple[str, ...]
    within: Limit | None
    otherwise: Otherwise | Stated | None
    force: Force
    standard: str | Stated | None
    taken_as: str | None
    at: str | None
    place: Place
    words: Place
    source_line: int | None


_MODES: tuple[Mode, ...] = get_args(Mode)
_NORM = ("id", "when", "who", "force")
_CHANGEABLE = (*_MODES, "when", "who", "within", "otherwise", "standard")
_NORM_OPTIONAL = (
    "says",
    "gist",
    *_MODES,
    "readings",
    "within",
    "otherwise",
    "exception to",
    "standard",
    "taken as",
    "at",
)


def parse_all(
    node: Node, title: str, vocabulary: Vocabulary, source: Source, problems: list[ProceduresError]
) -> tuple[Norm, ...]:
    """Read the norms of the statement ``title``. Errors within a norm are added to ``problems``."""
    norms: dict[str, Norm] = {}
    exceptions: list[tuple[Node, str]] = []
    failed = False
    for item in items(node, "“norms”"):
        norm = collect(problems, _norm, item, title, vocabulary, source)
        if norm is None:
            failed = True
            continue
        if norm.id in norms:
            first = norms[norm.id].place.line
            what = f"the norm “{norm.id}” is given twice, first on line {first}"
            problems.append(problem(item, what, "give one another id"))
            continue
        norms[norm.id] = norm
        exceptions += [(item, other) for other in norm.exception_to]
    for item, other in exceptions:
        if not failed:
            collect(problems, known, item, "a norm of this file", other, norms)
    _refuse_circle(norms, problems)
    return tuple(norms.values())


def _refuse_circle(norms: Mapping[str, Norm], problems: list[ProceduresError]) -> None:
    path = circle({norm.id: [other for other in norm.exception_to if other in norms] for norm in norms.values()})
    if path:
        cited = "; ".join(f"line {norms[word].place.line}: {_words(norms[word])}" for word in dict.fromkeys(path))
        what = f"norms are exceptions to each other in a circle ({cited})"
        problems.append(
            FileProblem(what, place=norms[path[0]].place, todo="remove one “exception to”", kind="exception-cycle")
        )


def _words(norm: Norm) -> str:
    return f"“{shown(' … '.join(norm.says) if norm.says else norm.gist or '')}”"


def _norm(node: Node, title: str, vocabulary: Vocabulary, source: Source) -> Norm:
    values = keys(node, "a norm", _NORM, _NORM_OPTIONAL)
    key = identifier(values["id"], "the id of a norm")
    if ("says" in values) == ("gist" in values):
        raise problem(node, f"the norm “{key}” must have either “says” or “gist”", "quote it, or paraphrase it")
    if "gist" in values and source.held == "whole":
        raise problem(values["gist"], f"the text of “{source.id}” is held whole", "quote it with “says”")
    says, line = locate(values["says"], source) if "says" in values else (None, None)
    readings = _readings(values, node, vocabulary)
    base = readings[0] if "readings" not in values else None
    return Norm(
        key,
        f"{title}/{key}",
        says,
        text(values["gist"], "“gist”") if "gist" in values else None,
        base.when if base else _when(values["when"], vocabulary),
        base.who if base else who(values["who"], vocabulary),
        readings,
        tuple(identifier(item, "the id of a norm") for item in one_or_more(values["exception to"], "“exception to”"))
        if "exception to" in values
        else (),
        limit(values["within"], vocabulary) if "within" in values else None,
        _otherwise(values["otherwise"], vocabulary) if "otherwise" in values else None,
        one_of(values["force"], "the force of a norm", get_args(Force)),  # type: ignore[arg-type]  # one of Force
        standard(values["standard"]) if "standard" in values else None,
        text(values["taken as"], "“taken as”") if "taken as" in values else None,
        _passage(values["at"]) if "at" in values else None,
        node.place,
        values["says" if "says" in values else "gist"].place,
        line,
    )


def _passage(node: Node) -> str:
    word = text(node, "“at”")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", word):
        raise problem(node, f"“{shown(word)}” cannot name a passage", "write it as para_9 or sec_5.1")
    return word


def _readings(values: Mapping[str, Node], node: Node, vocabulary: Vocabulary) -> tuple[Reading, ...]:
    shared = {word: values[word] for word in _CHANGEABLE if word in values}
    modes = [word for word in _MODES if word in values]
    if "readings" not in values:
        return (_reading(None, shared, node, vocabulary),)
    if modes:
        raise problem(values[modes[0]], f"a norm with “readings” cannot have “{modes[0]}”", "move it into each reading")
    entries = table(values["readings"], "“readings”").entries
    if len(entries) < 2:
        raise problem(values["readings"], "“readings” has only one", "write its keys into the norm itself")
    found = []
    for name, value in entries:
        changed = keys(value, "a reading", (), _CHANGEABLE)
        found.append(_reading(name.text.strip(), {**shared, **changed}, value, vocabulary))
    _refuse_unused(values, found)
    return tuple(found)


def _refuse_unused(values: Mapping[str, Node], readings: list[Reading]) -> None:
    if "standard" in values and not any(reading.mode == "decides" for reading in readings):
        raise problem(values["standard"], "“standard” belongs to “decides”", "remove it")


def _reading(name: str | None, values: Mapping[str, Node], node: Node, vocabulary: Vocabulary) -> Reading:
    modes: list[Mode] = [word for word in _MODES if word in values]
    if len(modes) != 1:
        what = (
            f"there is no mode here: {', '.join(_MODES)}"
            if not modes
            else f"“{modes[0]}” and “{modes[1]}” exclude each other"
        )
        raise problem(node, what, "write exactly one")
    mode = modes[0]
    for word, needed in (
        ("within", mode == "must"),
        ("otherwise", mode not in ("may", "decides")),
        ("standard", mode == "decides"),
    ):
        if needed and word not in values:
            raise problem(node, f"a norm with “{mode}” has no “{word}”", "write it, or “not stated”")
    if name is None:
        _refuse_misplaced(mode, values)
    bearer = who(values["who"], vocabulary)
    if mode == "alone" and not isinstance(bearer, tuple):
        raise problem(values["who"], "“alone” reserves an act to somebody", "name the party")
    content = values[mode]
    reading = Reading(
        name,
        mode,
        written(content),
        _when(values["when"], vocabulary),
        bearer,
        limit(values["within"], vocabulary) if "within" in values and mode in ("must", "may", "decides") else None,
        _otherwise(values["otherwise"], vocabulary) if "otherwise" in values else None,
        standard(values["standard"]) if "standard" in values and mode == "decides" else None,
    )
    return _filled(reading, content, vocabulary)


def _refuse_misplaced(mode: Mode, values: Mapping[str, Node]) -> None:
    if "within" in values and mode not in ("must", "may", "decides"):
        raise problem(values["within"], f"a norm with “{mode}” has no time limit", "remove “within”")
    if "standard" in values and mode != "decides":
        raise problem(values["standard"], "“standard” belongs to “decides”", "remove it")


def _filled(reading: Reading, node: Node, vocabulary: Vocabulary) -> Reading:
    match reading.mode:
        case "must":
            return replace(reading, choices=choices(node, vocabulary))
        case "must not":
            return replace(reading, forbidden=_acts(node, vocabulary))
        case "may":
            return replace(reading, allowed=_acts(node, vocabulary))
        case "alone":
            return replace(reading, reserved=_acts(node, vocabulary))
        case "decides":
            return replace(reading, fact=known(node, "a fact", text(node, "“decides”"), vocabulary.facts))
        case "only":
            allowed, forbidden = _only(node, vocabulary)
            return replace(reading, allowed=allowed, forbidden=forbidden)


def _only(node: Node, vocabulary: Vocabulary) -> tuple[tuple[str, ...], tuple[str, ...]]:
    match = re.fullmatch(r"(\S+) of \[([^\[\]]*)\]", " ".join(text(node, "“only”").split()))
    if not match:
        raise problem(
            node, "“only” cannot be read", "write for instance “discipline of [discipline, criminal_referral]”"
        )
    kinds = [word.strip() for word in match[2].split(",")]
    for word in (match[1], *kinds):
        known(node, "a kind of acts", word, vocabulary.kinds)
    if match[1] not in kinds or len(set(kinds)) != len(kinds) or len(kinds) < 2:
        raise problem(node, "“only” must name its kind among others, each once", "write “only: KIND of [KIND, OTHER]”")
    others = [act for word in kinds if word != match[1] for act in vocabulary.kinds[word].acts]
    return vocabulary.kinds[match[1]].acts, tuple(others)


def written(node: Node) -> str:
    """The content of a norm as it stands, on one line."""
    if isinstance(node, Scalar):
        return " ".join(node.text.split())
    if isinstance(node, Table):
        raise problem(node, "acts cannot be written as keys with values", "write an act, a choice or a list")
    return "[" + ", ".join(written(item) for item in node.items) + "]"


def choices(node: Node, vocabulary: Vocabulary) -> tuple[Choice, ...]:
    """The content of a ``must``: all entries of a list; each an act, a kind, or ``A or B`` for any one of them."""
    found: list[Choice] = []
    for item in one_or_more(node, "“must”"):
        words = " ".join(text(item, "an act").split()).split(" or ")
        found.append(tuple(dict.fromkeys(act for word in words for act in _act_or_kind(item, word, vocabulary))))
    return tuple(found)


def _acts(node: Node, vocabulary: Vocabulary) -> tuple[str, ...]:
    every: list[str] = []
    for item in one_or_more(node, "the acts"):
        words = " ".join(text(item, "an act").split())
        if " or " in words:
            raise problem(item, "“or” offers a choice, which belongs to “must”", "write the acts as a list")
        every += _act_or_kind(item, words, vocabulary)
    return tuple(dict.fromkeys(every))


def _act_or_kind(node: Node, word: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    return vocabulary.acts_of(word) or (known(node, "an act or a kind", word, {**vocabulary.acts, **vocabulary.kinds}),)


def who(node: Node, vocabulary: Vocabulary) -> Who:
    """Read ``who``: a party, a list of parties, ``anyone`` or ``not stated``."""
    if stated(node, NOT_STATED):
        return Stated.NOT_STATED
    if isinstance(node, Scalar) and node.text.strip() == "anyone":
        return "anyone"
    names = [known(item, "a party", text(item, "“who”"), vocabulary.parties) for item in one_or_more(node, "“who”")]
    return tuple(dict.fromkeys(names))


def limit(node: Node, vocabulary: Vocabulary | None) -> Limit:
    """Read a limit. With a vocabulary, the act it runs from must be one of its acts."""
    found = limits.parse(text(node, "a limit"), node.place)
    if found.of and vocabulary is not None:
        known(node, "an act", found.of, vocabulary.acts)
    return found


def standard(node: Node) -> str | Stated:
    """Read ``standard``: any words, ``not stated`` or ``not checked``."""
    return stated(node, NOT_STATED, NOT_CHECKED) or text(node, "“standard”")


def _when(node: Node, vocabulary: Vocabulary) -> Condition:
    return conditions.parse(text(node, "“when”"), vocabulary, node.place)


def _otherwise(node: Node, vocabulary: Vocabulary) -> Otherwise | Stated:
    if word := stated(node, NOT_STATED, NOT_CHECKED):
        return word
    values = keys(node, "“otherwise”", ("who", "must", "within", "otherwise"))
    return Otherwise(
        who(values["who"], vocabulary),
        choices(values["must"], vocabulary),
        limit(values["within"], vocabulary),
        _otherwise(values["otherwise"], vocabulary),
    )
