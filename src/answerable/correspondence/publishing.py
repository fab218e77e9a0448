"""What is on record, put together from the acts: the correspondence as it stands, and each thing's entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from answerable.correspondence import codec, yaml_text
from answerable.correspondence.codec import Unit, key_of
from answerable.correspondence.errors import AlreadyPublishedError, CorrespondenceError
from answerable.correspondence.letters import Letter
from answerable.correspondence.questions import Assessment, Claim, Correction, Rejoinder, Slot, Unplaced
from answerable.correspondence.rules import Rules
from answerable.correspondence.statements import Statement
from answerable.correspondence.whole import Correspondence, tidy
from answerable.correspondence.yaml_text import Value


@dataclass(frozen=True)
class Published:
    """The correspondence as published; per key the leaf hashes (hex) of its entries, oldest first."""

    correspondence: Correspondence
    entries: Mapping[str, list[str]]


def text_of(unit: Unit) -> str:
    """The unit as the text of a file: what an act keeps, and what two publications are compared by."""
    return yaml_text.dump(_value(unit)).decode("utf-8")


def contents(unit: Unit) -> dict[str, bytes]:
    """The bytes that belong to the unit, by the name of their file."""
    if isinstance(unit, Letter):
        return {document.file: document.content for document in unit.documents if document.file}
    if isinstance(unit, Statement):
        return {version.file: version.content for version in unit.versions}
    return {}


def _value(unit: Unit) -> Value:
    match unit:
        case Letter():
            return codec.letter_value(unit)
        case Slot():
            return codec.slot_value(unit)
        case Unplaced():
            return codec.unplaced_value(unit)
        case Claim():
            return codec.claim_value(unit, about=True)
        case Assessment():
            return codec.assessment_value(unit)
        case Rejoinder():
            return codec.rejoinder_value(unit)
        case Correction():
            return codec.correction_value(unit)
        case _:
            return {"id": unit.id} | codec.statement_value(unit)


def unit_from(key: str, text: str, blobs: Mapping[str, bytes]) -> Unit:
    """The unit again, from an act's key, its text, and the bytes of its files by name."""
    node = yaml_text.load(text.encode("utf-8"), key)
    kind, _, rest = key.partition(":")

    def files(name: str, place: str) -> bytes:
        if name not in blobs:
            raise CorrespondenceError(f"the bytes of {name} are missing", where=place)
        return blobs[name]

    if kind == "version":
        assert isinstance(node.value, dict)
        items = dict(node.value)
        ident = str(items.pop("id").value)
        return codec.statement_from(ident, replace(node, value=items), files)
    readers: Mapping[str, Callable[[], Unit]] = {
        "letter": lambda: codec.letter_from(rest, node, files),
        "question": lambda: codec.slot_from(rest.rpartition(":")[0], node),
        "unplaced": lambda: codec.unplaced_from(node),
        "claim": lambda: codec.claim_from(node),
        "assessment": lambda: codec.assessment_from(rest, node),
        "rejoinder": lambda: codec.rejoinder_from(rest, node),
        "correction": lambda: codec.correction_from(rest, node),
    }
    return readers[kind]()


_PLACE: Mapping[type, str] = {
    Letter: "letters",
    Slot: "slots",
    Unplaced: "unplaced",
    Claim: "claims",
    Assessment: "assessments",
    Rejoinder: "rejoinders",
    Correction: "corrections",
}


def with_units(base: Correspondence, units: Iterable[Unit]) -> Correspondence:
    """``base`` with the units in it; one under a key that is there replaces it, versions gather in their statement."""
    parts: dict[str, dict[str, Unit]] = {
        name: {unit.key: unit for unit in getattr(base, name)} for name in _PLACE.values()
    }
    statements = {statement.id: statement for statement in base.statements}
    for unit in units:
        if isinstance(unit, Statement):
            statements[unit.id] = _joined(statements.get(unit.id), unit)
        else:
            parts[_PLACE[type(unit)]][unit.key] = unit
    gathered: dict[str, Any] = {name: tuple(found.values()) for name, found in parts.items()}
    return tidy(replace(base, statements=tuple(statements.values()), **gathered))


def _joined(known: Statement | None, new: Statement) -> Statement:
    if known is None:
        return new
    for field in fields(Statement):
        if field.name != "versions" and getattr(known, field.name) != getattr(new, field.name):
            raise CorrespondenceError(
                f"the statement {known.id} is on record with another {field.name}",
                where=field.name,
                todo="give the same facts, or another id",
            )
    ids = {version.id for version in new.versions}
    kept = tuple(version for version in known.versions if version.id not in ids)
    return replace(known, versions=kept + new.versions)


def news(now: Correspondence, units: Iterable[Unit]) -> Iterator[Unit]:
    """The units that are not on record as they stand.

    Raises `AlreadyPublishedError` for one that is there in other words, unless it is a question: its words and its
    status may become better known, as a new entry beside the old ones.
    """
    known = {key_of(unit): text_of(unit) for unit in now.units()}
    held = {letter.label for letter in now.letters if letter.held == "document"}
    for unit in units:
        key = key_of(unit)
        old = known.get(key)
        if old == text_of(unit) and _same_bytes(now, unit):
            continue
        if old is not None and not isinstance(unit, Slot):
            raise AlreadyPublishedError(
                f"{key} is already published in other words", todo="what is published stays; publish a correction"
            )
        if old is not None and isinstance(unit, Slot):
            before = next(slot for slot in now.slots if slot.key == key)
            if before.text != unit.text and not held & {unit.letter, *unit.evidence}:
                raise AlreadyPublishedError(
                    f"{key}: its words change only on the evidence of a held document",
                    where="text",
                    todo="name in evidence a letter that is held",
                )
        yield unit


def _same_bytes(now: Correspondence, unit: Unit) -> bool:
    wanted = contents(unit)
    if not wanted:
        return True
    return any(key_of(other) == key_of(unit) and contents(other) == wanted for other in now.units())


def checked(correspondence: Correspondence) -> Correspondence:
    """The correspondence, unless a rule is broken: then the first `CorrespondenceError`."""
    for error in Rules(correspondence).broken():
        raise error
    return correspondence
