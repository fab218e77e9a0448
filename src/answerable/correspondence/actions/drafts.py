"""Drafts: written by one person, published by another exactly as that other saw them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from answerable.correspondence import drafting, publishing
from answerable.correspondence.actions.naming import NAME_IT, UNNAMED
from answerable.correspondence.actions.people import must_be
from answerable.correspondence.actions.publication import blob_of, publish
from answerable.correspondence.actions.reading import published
from answerable.correspondence.codec import Unit
from answerable.correspondence.errors import CorrespondenceError, NotAllowedError
from answerable.correspondence.models import Draft, Role
from answerable.correspondence.whole import Correspondence
from answerable.ledger.actions import acting


def save_draft(
    draft: Draft | None, kind: str, fields: Mapping[str, str], content: bytes | None, *, author: User
) -> Draft:
    """Keep what an author typed, new or again. Only the author, and only before it waits for review."""
    must_be(author, Role.AUTHOR)
    with acting():
        blob = None if content is None else blob_of(content)
        if draft is None:
            return Draft.objects.create(kind=kind, fields=dict(fields), blob=blob, author=author)
        _own(draft, author)
        changes: dict[str, Any] = {"fields": dict(fields), "state": Draft.State.DRAFT, "changed": timezone.now()}
        if blob is not None:
            changes["blob"] = blob
        _step(draft, (Draft.State.DRAFT, Draft.State.RETURNED), **changes)
    return draft


def submit(draft: Draft, *, author: User) -> None:
    """Hand a draft over for review, if it could be published as it is. Raises `CorrespondenceError` with the field."""
    _own(draft, author)
    preview(draft)
    with acting():
        _step(draft, (Draft.State.DRAFT, Draft.State.RETURNED), state=Draft.State.WAITING, remark="")


def withdraw(draft: Draft, *, author: User) -> None:
    """Take a draft back from review, to go on writing."""
    _own(draft, author)
    with acting():
        _step(draft, (Draft.State.WAITING,), state=Draft.State.DRAFT)


def send_back(draft: Draft, revision: int, remark: str, *, reviewer: User) -> None:
    """Return a draft to its author with a remark."""
    _other(draft, reviewer)
    said = drafting.remark_of(remark)
    with acting():
        _step(draft, (Draft.State.WAITING,), revision=revision, state=Draft.State.RETURNED, remark=said)


def approve(draft: Draft, revision: int, *, reviewer: User, on: date | None = None) -> list[str]:
    """Publish a draft exactly as the reviewer saw it (``revision``). Gives the leaf hashes of its entries."""
    _other(draft, reviewer)
    with acting():
        _step(draft, (Draft.State.WAITING,), revision=revision, state=Draft.State.PUBLISHED)
        return publish(_units(draft), author=draft.author, reviewer=reviewer, draft=draft, on=on)


def preview(draft: Draft) -> Correspondence:
    """The correspondence as it would stand with the draft in it. Raises `CorrespondenceError` with the field."""
    now = published().correspondence
    if not now.title:
        raise CorrespondenceError(UNNAMED, todo=NAME_IT)
    units = _units(draft)
    if not list(publishing.news(now, units)):
        raise CorrespondenceError("this is on record already, word for word")
    return publishing.checked(publishing.with_units(now, units))


def _units(draft: Draft) -> list[Unit]:
    content = draft.blob.content if draft.blob else b""
    if draft.kind in (Draft.Kind.LETTER, Draft.Kind.STATEMENT) and not content:
        raise CorrespondenceError("add the document, or the passage that attests it", where="words")
    return drafting.units_of(draft.kind, draft.fields, content)


def _step(draft: Draft, states: Iterable[str], *, revision: int | None = None, **changes: Any) -> None:
    """Change a draft that is in one of ``states`` and of the revision seen; one winner among simultaneous changes."""
    seen = draft.revision if revision is None else revision
    rows = Draft.objects.filter(pk=draft.pk, state__in=states, revision=seen)
    if not rows.update(revision=F("revision") + 1, **changes):
        raise NotAllowedError("the draft has changed since you opened it", todo="look at it again")
    draft.refresh_from_db()


def _own(draft: Draft, author: User) -> None:
    must_be(author, Role.AUTHOR)
    if draft.author_id != author.pk:
        raise NotAllowedError("only its author may change a draft")


def _other(draft: Draft, reviewer: User) -> None:
    must_be(reviewer, Role.REVIEWER)
    if draft.author_id == reviewer.pk:
        raise NotAllowedError("nobody approves their own draft")
