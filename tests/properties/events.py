"""Strategies for events: any value of each type, and any event of each kind."""

from __future__ import annotations

import base64
from typing import Any

from hypothesis import strategies as st

from answerable.record import kinds
from answerable.record.fields import MAX_INT, Field, parse_fields
from answerable.record.kinds import Kind
from tests.record.events import VKEY

_code = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,63}", fullmatch=True)
_hash = st.binary(min_size=32, max_size=32).map(bytes.hex)
_text = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=500)
_int = st.integers(0, MAX_INT)
_root = st.binary(min_size=32, max_size=32).map(lambda raw: base64.b64encode(raw).decode())
_SIMPLE: dict[str, st.SearchStrategy[Any]] = {
    "date": st.dates().map(lambda day: day.isoformat()),
    "hash": _hash,
    "ref": _hash,
    "id": st.binary(min_size=16, max_size=16).map(bytes.hex),
    "code": _code,
    "label": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", fullmatch=True),
    "state": st.from_regex(r"[A-Z]{3}", fullmatch=True),
    "quarter": st.from_regex(r"[0-9]{4}-Q[1-4]", fullmatch=True),
    "int": _int,
    "text": _text,
    "policy": st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from("\t\n"), max_size=300),
    "vkey": st.just(VKEY),
    "base64": _root,
    "head": st.fixed_dictionaries({"root": _root, "size": _int}),
    "duty": st.fixed_dictionaries({"due": st.none() | st.dates().map(lambda day: day.isoformat()), "duty": _code}),
}


def values(spec: str) -> st.SearchStrategy[Any]:
    """Any value of the type that the tables write as ``spec``."""
    if spec.startswith("set<"):
        return st.lists(values(spec[4:-1]), unique=True, max_size=4).map(sorted)
    if spec.startswith("list<"):
        return st.lists(values(spec[5:-1]), max_size=3)
    if spec.startswith("{"):
        return st.fixed_dictionaries({field.name: of(field) for field in parse_fields(spec[1:-1])})
    if spec.startswith("code("):
        return st.sampled_from(spec[5:-1].split(", "))
    return _SIMPLE[spec]


def of(field: Field) -> st.SearchStrategy[Any]:
    """Any value that ``field`` accepts."""
    plain = values(field.type.spec)
    return st.none() | plain if field.optional else plain


def _obeying(kind: Kind, event: dict[str, Any]) -> dict[str, Any]:
    """``event`` made to keep the rule between its members."""
    fixes: dict[str, dict[str, Any]] = {
        "correspondence.question": {"slot": None if event.get("letter") is None else event.get("slot") or 0},
        "log.anchored": {"case_heads": None},
        "statement.counts": {"waiting": None, "erased": None},
    }
    if kind.header == "case":
        event["prev"] = None if event["seq"] == 0 else event["prev"] or "0" * 64
    if kind.name == "correspondence.assessment":
        for answer in event["answers"]:
            answer["passage_sha256"] = answer["passage_sha256"] or "0" * 64
    return event | fixes.get(kind.name, {}) | {"v": 1, "kind": kind.name}


def events(which: dict[str, Kind] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Any event of any of these kinds (sealed ones unless told otherwise)."""
    every = list((which or kinds.SEALED).values())
    return st.sampled_from(every).flatmap(
        lambda kind: st.fixed_dictionaries({field.name: of(field) for field in kind.fields}).map(
            lambda event: _obeying(kind, event)
        )
    )


open_events = events(dict(kinds.OPEN))
sealed_events = events(dict(kinds.SEALED))
