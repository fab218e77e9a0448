"""Staff: invited by two people, with keys of their own, with roles that begin and end, and ended at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import password_validation
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from answerable.casework.actions.chains import day_of
from answerable.casework.actions.grants import check_roles, forget_wraps, shut_out
from answerable.casework.errors import CaseworkError, NotAllowedError
from answerable.casework.models import Assignment, Invitation, Person, PublicKey, Record
from answerable.casework.models.people import Role
from answerable.casework.shapes import KeySet
from answerable.ledger.actions import acting

INVITED_FOR = timedelta(days=7)
#: What is said of a person when they are invited.
FACTS = ("line", "employer", "nationality", "languages", "trained_child")


def found(name: str, role: str, facts: Mapping[str, Any] | None = None, *, now: int | None = None) -> str:
    """The token of a link for one of the first people, for the command that sets a desk up.

    Refused once two administrators are here: from then on two people invite (`NotAllowedError`).
    """
    if administrators() >= 2:
        raise NotAllowedError("two administrators are here, and invite", todo="let them invite through the desk")
    with acting():
        invited = _invitation(None, name, role, facts or {}, now)
        return _link(invited)


def administrators() -> int:
    """How many administrators there are with keys or without."""
    return Assignment.objects.filter(role=Role.ADMINISTRATOR, until=None, person__ended=None).count()


def propose_invitation(
    by: Person, name: str, role: str, facts: Mapping[str, Any], *, now: int | None = None
) -> Invitation:
    """Propose a person; nothing happens until another administrator seconds it. Raises `NotAllowedError`."""
    must_be(by, Role.ADMINISTRATOR)
    with acting():
        return _invitation(by, name, role, facts, now)


def second_invitation(by: Person, handle: str, *, now: int | None = None) -> str:  # noqa: ARG001  # one signature for all
    """The token of a one-time link, once a second administrator agrees. Raises `NotAllowedError`."""
    must_be(by, Role.ADMINISTRATOR)
    with acting():
        invited = Invitation.objects.select_for_update().filter(handle=handle, over=False, seconded_by=None).first()
        if invited is None or invited.proposed_by_id is None:
            raise NotAllowedError("this invitation does not wait for anybody")
        if invited.proposed_by_id == by.pk:
            raise NotAllowedError("whoever proposes a person does not second them", todo="ask a colleague")
        invited.seconded_by = by
        invited.save(update_fields=["seconded_by"])
        return _link(invited)


def _invitation(by: Person | None, name: str, role: str, facts: Mapping[str, Any], now: int | None) -> Invitation:
    if role not in Role.values:
        raise CaseworkError(f"no role {role!r}", where="role", todo=f"one of {', '.join(Role.values)}")
    if not name.isprintable() or not 0 < len(name) <= 150:
        raise CaseworkError("the name is empty, too long, or holds characters that do not show", where="name")
    known = User.objects.filter(username__iexact=name).first()
    if known and (known.username != name or not Person.objects.filter(user=known).exists()):
        raise CaseworkError(f"there is an account called {known.username!r} already", where="name")
    Invitation.objects.filter(name=name, over=False).update(over=True)
    kept = {key: value for key, value in facts.items() if key in FACTS}
    return Invitation.objects.create(
        handle=secrets.token_hex(16), name=name, role=role, facts=kept, proposed_by=by, proposed=day_of(now)
    )


def _link(invited: Invitation) -> str:
    token = secrets.token_urlsafe(32)
    invited.token_sha256 = _token(token)
    invited.expires = timezone.now() + INVITED_FOR
    invited.save(update_fields=["token_sha256", "expires"])
    return token


def _token(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def invitation(token: str) -> Invitation | None:
    """The invitation of a link that still works, else None. What the command printed for the first people ends once two
    administrators are here, used or not: whoever kept such a link could make one person of two."""
    links = Invitation.objects.filter(token_sha256=_token(token), used=False, over=False)
    found = links.filter(expires__gt=timezone.now()).first()
    if found is not None and found.proposed_by_id is None and administrators() >= 2:
        return None
    return found


def accept_invitation(token: str, password: str, *, now: int | None = None) -> Person:
    """Choose a password with a one-time link; second factor and keys follow. An account had before starts afresh."""
    with acting():
        invited = invitation(token)
        if invited is None or not Invitation.objects.filter(pk=invited.pk, used=False).update(used=True):
            raise NotAllowedError("this link has been used or has run out", todo="ask for a new invitation")
        user = User.objects.filter(username=invited.name).first() or User(username=invited.name)
        try:
            password_validation.validate_password(password, user)
        except ValidationError as error:
            raise CaseworkError(" ".join(error.messages), where="password") from None
        user.set_password(password)
        user.is_active = True
        user.save()
        Authenticator.objects.filter(user=user).delete()
        facts = {key: invited.facts[key] for key in FACTS if key in invited.facts}
        person, _ = Person.objects.get_or_create(user=user, defaults={"handle": secrets.token_hex(16)})
        for key, value in facts.items():
            setattr(person, key, value)
        person.ended = None
        person.save()
        Assignment.objects.get_or_create(
            person=person, role=invited.role, record=None, until=None, defaults={"since": day_of(now)}
        )
        return person


def set_keys(person: Person, keys: KeySet, *, now: int | None = None) -> PublicKey:
    """Put a person's new keys in use. What was wrapped to the old ones opens no more: grants are wanted for it."""
    if len(keys.x25519) != 32 or len(keys.ed25519) != 32 or len(keys.salt) != 16:
        raise CaseworkError("keys have 32 bytes, their salt 16", where="keys")
    on = day_of(now)
    with acting():
        if PublicKey.objects.filter(x25519=keys.x25519).exists():
            raise NotAllowedError("these keys were set before", todo="make new ones")
        old = person.keys
        if old:
            old.until = on
            old.save(update_fields=["until"])
            shut_out(person, on, wanted=True)
        made = PublicKey.objects.create(
            person=person,
            x25519=keys.x25519,
            ed25519=keys.ed25519,
            salt=keys.salt,
            wrapped_x25519=keys.wrapped_x25519,
            wrapped_ed25519=keys.wrapped_ed25519,
            since=on,
        )
    if old:
        forget_wraps(person)
    return made


def assign(
    by: Person, person: Person, role: str, record: Record | None = None, *, now: int | None = None
) -> Assignment:
    """Give a role, of the desk or of one record. Administrators do; nobody gives one to themselves."""
    must_be(by, Role.ADMINISTRATOR)
    if by.pk == person.pk:
        raise NotAllowedError("nobody gives a role to themselves", todo="ask a colleague")
    if role not in Role.values:
        raise CaseworkError(f"no role {role!r}", where="role")
    if record is not None:
        check_roles(person, record, role)
    with acting():
        given, _ = Assignment.objects.get_or_create(
            person=person, role=role, record=record, until=None, defaults={"since": day_of(now)}
        )
        return given


def end_assignment(by: Person, assignment: Assignment, *, now: int | None = None) -> None:
    """End a role from today on. What it opened is closed to the person, and new epochs are wanted."""
    must_be(by, Role.ADMINISTRATOR)
    on = day_of(now)
    with acting():
        Assignment.objects.filter(pk=assignment.pk, until=None).update(until=on)
        shut_out(assignment.person, on, wanted=False)
    forget_wraps(assignment.person)


def revoke(by: Person, person: Person, *, now: int | None = None) -> None:
    """End a person's work here at once: account, roles, wraps. One administrator is enough, since it must be quick.

    New epochs are wanted of everything they could open; what they own is for a colleague to take over.
    """
    must_be(by, Role.ADMINISTRATOR)
    if by.pk == person.pk:
        raise NotAllowedError("nobody ends their own work here", todo="ask a colleague")
    on = day_of(now)
    with acting():
        person.ended = on
        person.save(update_fields=["ended"])
        Assignment.objects.filter(person=person, until=None).update(until=on)
        PublicKey.objects.filter(person=person, until=None).update(until=on)
        user = person.user
        user.is_active = False
        user.set_unusable_password()
        user.save()
        Authenticator.objects.filter(user=user).delete()
        shut_out(person, on, wanted=False)
    forget_wraps(person)


def must_be(person: Person, role: str) -> None:
    """Raise `NotAllowedError` unless ``person`` has ``role`` of the whole desk now."""
    mine = Assignment.objects.filter(person=person, role=role, record=None, until=None, person__ended=None)
    if not mine.exists():
        raise NotAllowedError(f"only a person with the role {role} may do this")
