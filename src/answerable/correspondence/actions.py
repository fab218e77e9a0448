"""Every write of the desk, one function per act; publishing and its entries happen together or not at all."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import password_validation
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone

from answerable.correspondence import drafting, entries, publishing
from answerable.correspondence.codec import Unit, key_of
from answerable.correspondence.errors import AlreadyPublishedError, CorrespondenceError, NotAllowedError
from answerable.correspondence.folder import Correspondence
from answerable.correspondence.letters import Letter, Party
from answerable.correspondence.models import Act, Blob, Draft, Editor, Heading, Invitation, Role, Side
from answerable.correspondence.publishing import Published
from answerable.correspondence.questions import Slot
from answerable.correspondence.shapes import CODE
from answerable.ledger.actions import acting, record
from answerable.ledger.models import Outbox
from answerable.record import canonical
from answerable.record.obligations import Covered, Silence, fold, overdue_unrecorded

#: Who the record says records: the desk as an office, never a person.
BY = "editors"
INVITED_FOR = timedelta(days=7)
CLOCK = "deadline"


def published() -> Published:
    """What is on record, put together from the acts."""
    found: dict[str, list[str]] = {}
    units: list[Unit] = []
    blobs: dict[str, bytes] = {}
    for act in Act.objects.select_related("outbox").exclude(author=None).order_by("id"):
        found.setdefault(act.key, []).append(act.outbox.leaf)
        units.append(publishing.unit_from(act.key, act.content, _files(act.files, blobs)))
    return Published(publishing.with_units(heading(), units), found)


def heading() -> Correspondence:
    """The title, languages and parties, with nothing published yet."""
    head = Heading.objects.first()
    parties = tuple(Party(side.code, side.name, side.office) for side in Side.objects.order_by("id"))
    return Correspondence(head.title if head else "", tuple(head.languages) if head else (), parties)


def _files(names: Mapping[str, str], known: dict[str, bytes]) -> dict[str, bytes]:
    lacking = [digest for digest in names.values() if digest not in known]
    if lacking:
        known.update(Blob.objects.filter(pk__in=lacking).values_list("sha256", "content"))
    return {name: known[digest] for name, digest in names.items() if digest in known}


def silence(as_of: date) -> Silence:
    """The clocks as of a day, from the entries in the outbox; without a log, what is claimed is told from `at`."""
    return fold(covered(), as_of)


def covered() -> list[Covered]:
    """The desk's own entries in the order in which they were recorded."""
    rows = Outbox.objects.filter(act__isnull=False).order_by("id")
    out: list[Covered] = []
    for row in rows:
        fields = canonical.decode(row.data)
        assert isinstance(fields, dict)
        out.append((row.leaf_hash, fields, None))
    return out


# People


def invite(name: str, role: str) -> str:
    """Make the account of ``name`` with its one role, and give the token of a one-time link. No password exists yet.

    Inviting again gives a new link and ends the old one; a role once given does not change.
    """
    if role not in Role.values:
        raise CorrespondenceError(f"no role {role!r}", where="role", todo=f"one of {', '.join(Role.values)}")
    token = secrets.token_urlsafe(32)
    with acting():
        user, made = User.objects.get_or_create(username=name, defaults={"is_active": False})
        if made:
            user.set_unusable_password()
            try:
                user.full_clean(exclude=["password", "email"])
            except ValidationError as error:
                raise CorrespondenceError("; ".join(error.messages), where="name") from None
            user.save()
        editor, _ = Editor.objects.get_or_create(user=user, defaults={"role": role})
        if editor.role != role:
            raise NotAllowedError(f"{name} is {editor.role}; a person has one role", where="role")
        Invitation.objects.filter(editor=editor, used=False).update(used=True)
        Invitation.objects.create(
            token_sha256=_token(token), editor=editor, expires=timezone.now() + INVITED_FOR, used=False
        )
    return token


def _token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def invitation(token: str) -> Invitation | None:
    """The invitation of a link that still works, else None."""
    found = Invitation.objects.select_related("editor__user").filter(token_sha256=_token(token), used=False)
    return found.filter(expires__gt=timezone.now()).first()


def accept(token: str, password: str) -> Any:
    """Choose a password with a one-time link; the second factor follows. Gives the account.

    Whoever had an account before loses its second factors and, with the password, its sessions: a fresh start.
    """
    with acting():
        found = invitation(token)
        if found is None or not Invitation.objects.filter(pk=found.pk, used=False).update(used=True):
            raise NotAllowedError("this link has been used or has run out", todo="ask for a new invitation")
        user = found.editor.user
        try:
            password_validation.validate_password(password, user)
        except ValidationError as error:
            raise CorrespondenceError(" ".join(error.messages), where="password") from None
        user.set_password(password)
        user.is_active = True
        user.save()
        Authenticator.objects.filter(user=user).delete()
    return user


# Drafts


def save_draft(
    draft: Draft | None, kind: str, fields: Mapping[str, str], content: bytes | None, *, author: User
) -> Draft:
    """Keep what an author typed, new or again. Only the author, and only before it waits for review."""
    _must_be(author, Role.AUTHOR)
    with acting():
        blob = None if content is None else _blob(content)
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
    if not remark.strip():
        raise CorrespondenceError("say what should change", where="remark")
    with acting():
        _step(
            draft, (Draft.State.WAITING,), revision=revision, state=Draft.State.RETURNED, remark=remark.strip()[:2000]
        )


def approve(draft: Draft, revision: int, *, reviewer: User, on: date | None = None) -> list[str]:
    """Publish a draft exactly as the reviewer saw it (``revision``). Gives the leaf hashes of its entries."""
    _other(draft, reviewer)
    with acting():
        _step(draft, (Draft.State.WAITING,), revision=revision, state=Draft.State.PUBLISHED)
        return _publish(_units(draft), author=draft.author, reviewer=reviewer, draft=draft, on=on)


def preview(draft: Draft) -> Correspondence:
    """The correspondence as it would stand with the draft in it. Raises `CorrespondenceError` with the field."""
    now = published().correspondence
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


def _must_be(user: User, role: Role) -> None:
    if not Editor.objects.filter(user_id=user.pk, role=role, user__is_active=True).exists():
        raise NotAllowedError(f"only a person with the role {role.value} may do this")


def _own(draft: Draft, author: User) -> None:
    _must_be(author, Role.AUTHOR)
    if draft.author_id != author.pk:
        raise NotAllowedError("only its author may change a draft")


def _other(draft: Draft, reviewer: User) -> None:
    _must_be(reviewer, Role.REVIEWER)
    if draft.author_id == reviewer.pk:
        raise NotAllowedError("nobody approves their own draft")


# Publishing


def import_folder(found: Correspondence, *, author: str, reviewer: str, on: date | None = None) -> list[str]:
    """Publish everything in ``found`` that is not on record yet, in one transaction, in the names of two people.

    Again is nothing. Raises `AlreadyPublishedError` where ``found`` says otherwise than what is published.
    """
    people = [_person(author, Role.AUTHOR), _person(reviewer, Role.REVIEWER)]
    with acting():
        _start(found)
        return _publish(list(found.units()), author=people[0], reviewer=people[1], draft=None, on=on)


def _person(name: str, role: Role) -> Any:
    editor = Editor.objects.select_related("user").filter(user__username=name).first()
    if editor is None or editor.role != role:
        raise NotAllowedError(
            f"no {role.value} is called {name!r}", todo=f"invite them: correspondence invite {name} --role {role.value}"
        )
    return editor.user


def _start(found: Correspondence) -> None:
    """Name the correspondence and its parties; what is named stays named so."""
    head, _ = Heading.objects.get_or_create(pk=1, defaults={"title": found.title, "languages": list(found.languages)})
    if (head.title, tuple(head.languages)) != (found.title, found.languages):
        raise NotAllowedError(f"this desk publishes another correspondence: {head.title!r}")
    for party in found.parties:
        name_party(party)


def name_party(party: Party) -> None:
    """Name a party. Raises `AlreadyPublishedError` when its code or office is taken."""
    known = Side.objects.filter(code=party.code).first()
    if known is None and not Side.objects.filter(office=party.office).exists():
        Side.objects.create(code=party.code, name=party.name, office=party.office)
    elif known is None or (known.name, known.office) != (party.name, party.office):
        raise AlreadyPublishedError(f"the party {party.code} or its office is on record otherwise")


def _publish(units: list[Unit], *, author: Any, reviewer: Any, draft: Draft | None, on: date | None) -> list[str]:
    """Record the news among ``units``, inside the caller's transaction."""
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
        files = {name: _blob(content).sha256 for name, content in publishing.contents(unit).items()}
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


def _blob(content: bytes) -> Blob:
    blob, _ = Blob.objects.get_or_create(sha256=hashlib.sha256(content).hexdigest(), defaults={"content": content})
    return blob


def record_overdue(as_of: date, seen: Mapping[str, Any]) -> list[str]:
    """Record a ``deadline.missed`` for every overdue clock that none names yet; gives their leaf hashes.

    ``seen`` is the head (root, size) of the latest published checkpoint. Runs hourly and at start; again is nothing.
    """
    recorded: list[str] = []
    with acting():
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


def add_party(fields: Mapping[str, str], *, author: User) -> None:
    """Name a party from the fields of its form. Raises `CorrespondenceError` with the field."""
    _must_be(author, Role.AUTHOR)
    if not CODE.fullmatch(fields["code"]):
        raise CorrespondenceError("write small letters, digits and hyphens, such as code-blue", where="code")
    with acting():
        name_party(Party(fields["code"], fields["name"].strip(), fields["office"].strip()))
