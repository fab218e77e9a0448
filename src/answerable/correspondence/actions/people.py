"""Accounts of the desk: invited, accepted, ended. Nobody invites through the pages, so nobody is two people there."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth import password_validation
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from answerable.correspondence import characters
from answerable.correspondence.errors import CorrespondenceError, NotAllowedError
from answerable.correspondence.models import Editor, Invitation, Role
from answerable.ledger.actions import acting

INVITED_FOR = timedelta(days=7)


def invite(name: str, role: str) -> str:
    """Make the account of ``name`` with its one role, and give the token of a one-time link. No password exists yet.

    Inviting again gives a new link and ends the old one; a role once given does not change.
    """
    if role not in Role.values:
        raise CorrespondenceError(f"no role {role!r}", where="role", todo=f"one of {', '.join(Role.values)}")
    token = secrets.token_urlsafe(32)
    with acting():
        user = _account(name)
        editor, _ = Editor.objects.get_or_create(user=user, defaults={"role": role})
        if editor.role != role:
            raise NotAllowedError(f"{name} is {editor.role}; a person has one role", where="role")
        Invitation.objects.filter(editor=editor, used=False).update(used=True)
        Invitation.objects.create(
            token_sha256=_token(token), editor=editor, expires=timezone.now() + INVITED_FOR, used=False
        )
    return token


def _account(name: str) -> User:
    """The account of ``name``, made when absent. A name that could be mistaken for another one's is refused."""
    if not name.isprintable():
        raise CorrespondenceError("the name holds characters that do not show", where="name", todo="write it plainly")
    if known := User.objects.filter(username=name).first():
        return known
    if alike := User.objects.filter(username__iexact=name).first():
        raise CorrespondenceError(f"there is an account called {alike.username!r} already", where="name")
    if characters.mixed(name):
        raise CorrespondenceError(
            "the name mixes the letters of several scripts, which look alike", where="name", todo="write it in one"
        )
    user = User(username=name, is_active=False)
    user.set_unusable_password()
    try:
        user.full_clean(exclude=["password", "email"])
    except ValidationError as error:
        raise CorrespondenceError("; ".join(error.messages), where="name") from None
    user.save()
    return user


def _token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def invitation(token: str) -> Invitation | None:
    """The invitation of a link that still works, else None."""
    found = Invitation.objects.select_related("editor__user").filter(token_sha256=_token(token), used=False)
    return found.filter(expires__gt=timezone.now()).first()


def accept(token: str, password: str) -> User:
    """Choose a password with a one-time link; the second factor follows. Gives the account.

    Whoever had an account before loses its second factors and, with the password, its sessions: a fresh start.
    """
    with acting():
        found = invitation(token)
        if found is None or not Invitation.objects.filter(pk=found.pk, used=False).update(used=True):
            raise NotAllowedError("this link has been used or has run out", todo="ask for a new invitation")
        user: User = found.editor.user
        try:
            password_validation.validate_password(password, user)
        except ValidationError as error:
            raise CorrespondenceError(" ".join(error.messages), where="password") from None
        user.set_password(password)
        user.is_active = True
        user.save()
        Authenticator.objects.filter(user=user).delete()
    return user


def dismiss(name: str) -> None:
    """End an account: its sessions, its links and its second factors with it. What it wrote and approved stays.

    Raises `NotAllowedError` when nobody is called so. An invitation brings the account back, in its old role.
    """
    with acting():
        editor = Editor.objects.select_related("user").filter(user__username=name).first()
        if editor is None:
            raise NotAllowedError(f"nobody here is called {name!r}", where="name")
        user = editor.user
        user.is_active = False
        user.set_unusable_password()
        user.save()
        Invitation.objects.filter(editor=editor, used=False).update(used=True)
        Authenticator.objects.filter(user=user).delete()


def must_be(user: User, role: Role) -> None:
    """Raise `NotAllowedError` unless ``user`` has ``role`` now."""
    if not Editor.objects.filter(user_id=user.pk, role=role, user__is_active=True).exists():
        raise NotAllowedError(f"only a person with the role {role.value} may do this")


def named(name: str, role: Role) -> User:
    """The person of that name and role. Raises `NotAllowedError`."""
    editor = Editor.objects.select_related("user").filter(user__username=name).first()
    if editor is None or editor.role != role:
        raise NotAllowedError(
            f"no {role.value} is called {name!r}", todo=f"invite them: correspondence invite {name} --role {role.value}"
        )
    found: User = editor.user
    return found
