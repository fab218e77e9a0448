"""People of the desk, for administrators: invited by two, ended by one. Never anything that somebody reported.

What gives or ends access asks for password and second factor again: a session alone cannot do it (see `proof`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from answerable.casework import actions
from answerable.casework.forms.people import InviteForm
from answerable.casework.models import Assignment, Invitation, Person
from answerable.casework.views import base, error_texts, proof, texts
from answerable.errors import AnswerableError
from answerable.ui.accounts import guards
from answerable.ui.accounts.forms import PasswordForm


def administrators(view: Callable[..., HttpResponse]) -> base.View:
    """A page for administrators; for anybody else it is not there."""

    @base.staff
    @wraps(view)
    def wrapper(request: HttpRequest, person: Person, *args: Any, **named: Any) -> HttpResponseBase:
        if not base.asking(person).administers:
            return base.absent(request)
        return view(request, person, *args, **named)

    return wrapper


@administrators
@require_GET
def people(request: HttpRequest, person: Person) -> HttpResponse:
    """Who works here, in which roles, and which invitations wait for a second name. With ``confirm``, asks for proof
    first; without it nothing is offered that would be refused."""
    if "confirm" in request.GET and (parts := proof.missing(request)):
        return proof.led(request, parts)
    return _page(request, person, InviteForm())


def proved(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A write that gives or ends access: nothing is looked at without fresh proof, and what was typed stays."""

    @wraps(view)
    def wrapper(request: HttpRequest, person: Person, *args: Any, **named: Any) -> HttpResponse:
        if proof.missing(request):
            form = InviteForm(request.POST) if "name" in request.POST else InviteForm()
            return _page(request, person, form, refused=True, status=403)
        return view(request, person, *args, **named)

    return wrapper


def _page(
    request: HttpRequest,
    person: Person,
    form: InviteForm,
    *,
    link: str = "",
    refused: bool = False,
    status: int = 200,
) -> HttpResponse:
    rows = (
        Person.objects.filter(ended=None)
        .select_related("user")
        .prefetch_related("public_keys")
        .order_by("user__username")
    )
    named: dict[int, list[Any]] = {}
    for row in Assignment.objects.filter(record=None, until=None, person__ended=None):
        named.setdefault(row.person_id, []).append(texts.ROLES.get(row.role, row.role))
    # Those of the command wait for nobody's second name.
    proposed = Invitation.objects.filter(used=False, over=False, proposed_by__isnull=False)
    waiting = proposed.select_related("proposed_by__user").order_by("name")
    context = {
        "form": form,
        "link": link,
        "proved": not proof.missing(request),
        "refused": refused,
        "people": [
            (row, named.get(row.pk, []), any(key.until is None for key in row.public_keys.all())) for row in rows
        ],
        "waiting": [(row, texts.ROLES.get(row.role, row.role), row.proposed_by_id == person.pk) for row in waiting],
    }
    return base.shown(request, person, "people", context, status=status)


@administrators
@require_POST
@proved
def invite(request: HttpRequest, person: Person) -> HttpResponse:
    """Propose somebody; another administrator names them a second time."""
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            actions.propose_invitation(person, form.cleaned_data["name"], form.cleaned_data["role"], form.facts())
        except AnswerableError as error:
            form.add_error(error.where if error.where in form.fields else None, error_texts.what(error))
        else:
            messages.success(request, _("Proposed. Another administrator has to name this person, too."))
            return redirect("people")
    return _page(request, person, form, status=400)


@administrators
@require_POST
@proved
def second(request: HttpRequest, person: Person, handle: str) -> HttpResponse:
    """Name somebody who was proposed by another: the one-time link is shown once, to be handed over in person."""
    try:
        token = actions.second_invitation(person, handle)
    except AnswerableError as error:
        messages.error(request, f"{error_texts.what(error)} {error_texts.todo(error)}".strip())
        return redirect("people")
    return _page(request, person, InviteForm(), link=request.build_absolute_uri(f"/desk/invitation/{token}/"))


@administrators
@require_POST
@proved
def revoke(request: HttpRequest, person: Person, handle: str) -> HttpResponse:
    """End somebody's access; what they held is sealed anew by those who stay."""
    found = Person.objects.filter(handle=handle, ended=None).first()
    if found is None:
        return base.absent(request)
    try:
        actions.revoke(person, found)
    except AnswerableError as error:
        messages.error(request, f"{error_texts.what(error)} {error_texts.todo(error)}".strip())
    else:
        messages.success(request, _("Access has ended."))
    return redirect("people")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password with a one-time link; the second factor follows at the first sign-in."""
    found = actions.invitation(token)
    if found is None:
        return render(request, "casework/invitation_over.html", status=404)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.accept_invitation(token, form.cleaned_data["password"])
        except AnswerableError as error:
            form.add_error("password" if error.where else None, error.what)
        else:
            messages.success(request, _("Your password is set. Sign in with it."))
            return guards.afresh(request, redirect("account_login"), person.user)
    context = {"form": form, "name": found.name, "role": texts.ROLES.get(found.role, found.role)}
    return render(request, "casework/invitation.html", context, status=400 if form.errors else 200)
