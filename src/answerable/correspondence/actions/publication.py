"""What goes on record: one transaction for an act, its entry, and the words it rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from answerable.correspondence import entries, publishing
from answerable.correspondence.actions.naming import name_all, one_at_a_time
from answerable.correspondence.actions.people import named
from answerable.correspondence.actions.reading import covered, published
from answerable.correspondence.codec import Unit, key_of
from answerable.correspondence.errors import CorrespondenceError
from answerable.correspondence.letters import Letter
from answerable.correspondence.models import Act, Blob, Draft, Role, Side
from answerable.correspondence.questions import Slot
from answerable.correspondence.whole import Correspondence
from answerable.ledger.actions import acting, record
from answerable.record.obligations import fold, overdue_unrecorded

#: Who the record says records: the desk as an office, never a person.
BY = "editors"
CLOCK = "deadline"


def import_folder(found: Correspondence, *, author: str, reviewer: str, on: date | None = None) -> list[str]:
    """Publish everything in ``found`` that is not on record yet, in one transaction, in the names of two people.

    Again is nothing. Raises `AlreadyPublishedError` where ``found`` says otherwise than what is published.
    """
    people = [named(author, Role.AUTHOR), named(reviewer, Role.REVIEWER)]
    with acting():
        name_all(found)
        return publish(list(found.units()), author=people[0], reviewer=people[1], draft=None, on=on)


def publish(units: list[Unit], *, author: Any, reviewer: Any, draft: Draft | None, on: date | None) -> list[str]:
    """Record the news among ``units``, inside the caller's transaction. Gives the leaf hashes of their entries."""
    one_at_a_time()
    before = published()
    new = list(publishing.news(before.correspondence, units))
    publishing.checked(publishing.with_units(before.correspondence, new))
    leaves = {key: found[-1] for key, found in before.entries.items()}
    office = entries.offices({side.code: side.office for side in Side.objects.all()})
    asks: dict[str, list[Slot]] = {}
    for unit in new:
        if isinstance(unit, Slot):
            asks.setdefault(unit.letter, []).append(unit)
    recorded: list[str] = []
    for unit in entries.in_order(new, leaves):
        questions = asks.get(unit.label, []) if isinstance(unit, Letter) else []
        kind, fields = entries.entry(unit, lambda key: _ref(leaves, key), office, questions)
        made = record(kind, fields, by=BY, at=on)
        files = {name: blob_of(content).sha256 for name, content in publishing.contents(unit).items()}
        Act.objects.create(
            outbox=made.outbox,
            key=key_of(unit),
            content=publishing.text_of(unit),
            files=files,
            author=author,
            reviewer=reviewer,
            draft=draft,
            on=on or datetime.now(UTC).date(),
        )
        leaves[key_of(unit)] = made.leaf
        recorded.append(made.leaf)
    return recorded


def _ref(leaves: Mapping[str, str], key: str) -> str:
    if key not in leaves:
        raise CorrespondenceError(f"{key} is not published")
    return leaves[key]


def blob_of(content: bytes) -> Blob:
    blob, _ = Blob.objects.get_or_create(sha256=hashlib.sha256(content).hexdigest(), defaults={"content": content})
    return blob


def record_overdue(as_of: date, seen: Mapping[str, Any]) -> list[str]:
    """Record a ``deadline.missed`` for every overdue clock that none names yet; gives their leaf hashes.

    ``seen`` is the head (root, size) of the latest published checkpoint. Runs hourly and at start; again is nothing.
    """
    recorded: list[str] = []
    with acting():
        if not one_at_a_time(required=False):
            return recorded
        known = covered()
        for missed in overdue_unrecorded(fold(known, as_of), known):
            fields = {
                "obligation": missed.ref,
                "slots": list(missed.slots),
                "due": missed.due,
                "obligor": missed.obligor,
                "seen": dict(seen),
            }
            made = record("deadline.missed", fields, by="clock", at=as_of)
            Act.objects.create(outbox=made.outbox, key=f"{CLOCK}:{missed.letter}", content="", on=as_of)
            recorded.append(made.leaf)
    return recorded
