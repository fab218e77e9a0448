"""What every view of the desk shares: who asks, what a page may load, the one answer to sealed and absent, JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, Protocol, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from answerable.casework.errors import (
    CaseworkError,
    DecisionIncomplete,
    DoneAlreadyError,
    NotYoursError,
    TieUnansweredError,
)
from answerable.casework.models import (
    Altered,
    Assignment,
    Bar,
    Decision,
    Handover,
    Missing,
    Ownership,
    Person,
    Role,
    Tie,
)
from answerable.casework.views import error_texts, script_texts, texts
from answerable.errors import AnswerableError
from answerable.ui import security

#: What the desk's pages may load: our own files and requests to ourselves; pictures and sound that the browser opened.
POLICY = security.policy(
    {
        **security.STAFF,
        "connect-src": "'self'",
        "worker-src": "'self'",
        "img-src": "'self' data: blob:",
        "media-src": "blob:",
    }
)
View = Callable[..., HttpResponseBase]
StaffView = Callable[..., HttpResponseBase]


def today() -> date:
    """The day, in UTC, as the record counts days."""
    return datetime.now(UTC).date()


class Asking(Protocol):
    """What the one query about whoever asks brings along with the `Person`."""

    administers: bool
    key_x: bytes | None
    key_ed: bytes
    key_salt: bytes
    key_wrapped_x: bytes
    key_wrapped_ed: bytes


class Awaited(Protocol):
    """What that query brings along besides for the first page: whether anything of a kind waits for this person."""

    offered: bool
    tie_waits: bool
    altered_waits: bool
    watches: bool
    misses: bool
    settles: bool
    replaces: bool
    unreviewed: bool


def person_of(request: HttpRequest, *, awaited: bool = False) -> Person | None:
    """The member of staff who asks, with what every page says of them (`Asking`) and, where it is wanted, what waits
    for them (`Awaited`): one query. To put the latter together takes most of a request's time."""
    if not request.user.is_authenticated:
        return None
    roles = Assignment.objects.filter(record=None, since__lte=today()).filter(Q(until=None) | Q(until__gt=today()))
    force = roles.filter(person=OuterRef("pk"))
    return (
        Person.objects.filter(user_id=request.user.pk, ended=None)
        .annotate(
            key=FilteredRelation("public_keys", condition=Q(public_keys__until=None)),
            key_x=F("key__x25519"),
            key_ed=F("key__ed25519"),
            key_salt=F("key__salt"),
            key_wrapped_x=F("key__wrapped_x25519"),
            key_wrapped_ed=F("key__wrapped_ed25519"),
            administers=Exists(force.filter(role=Role.ADMINISTRATOR)),
            **(_awaited(roles, force) if awaited else {}),
        )
        .first()
    )


def _awaited(roles: Any, force: Any) -> dict[str, Any]:
    """The conditions of `Awaited`: ``roles`` of the day, and those of whoever asks."""
    return {
        "offered": Exists(Handover.objects.filter(taker=OuterRef("pk"), state=Handover.State.OFFERED)),
        "altered_waits": Exists(force.filter(role=Role.PANEL)) & Exists(Altered.objects.filter(answered=None)),
        "watches": Exists(force.filter(role=Role.PANEL)),
        "misses": Exists(force.filter(role__in=[Role.PANEL, Role.ADMINISTRATOR])) & Exists(Missing.objects.waiting()),
        "settles": Exists(Decision.objects.left_to(OuterRef("pk"))),
        "replaces": Exists(_ownerless(roles.filter(person=OuterRef(OuterRef("pk")), role=OuterRef("role")))),
        "unreviewed": Exists(Decision.objects.unreviewed(OuterRef("pk"))),
        "tie_waits": Exists(Tie.objects.filter(person=OuterRef("pk"), tied=None)),
    }


def _ownerless(right: Any) -> Any:
    """Who answers for a case and stood back or left, where ``right`` to take it over is somebody's who is not shut out.

    One condition of the query about whoever asks (`Record.objects.ownerless` lists the cases themselves).
    """
    here = Q(record=OuterRef("record")) | Q(record__case=OuterRef("record"))
    gone = Q(person__ended__isnull=False) | Exists(Bar.objects.filter(here, holder=OuterRef("person__handle")))
    mine = Bar.objects.filter(here, holder=OuterRef(OuterRef("handle")))
    return Ownership.objects.filter(gone, Exists(right), ~Exists(mine), until=None, record__kind="case")


def asking(person: Person) -> Asking:
    """The same person, seen as what `person_of` found besides."""
    return cast(Asking, person)


def waiting_for(person: Person) -> Awaited:
    """The same person, seen as what `person_of` found to wait for them, where that was wanted."""
    return cast(Awaited, person)


def staff(view: StaffView) -> View:
    """A page for a member of staff: signed in, in office. Anybody else who is signed in finds nothing here."""
    return _for_staff(view, awaited=False)


def staff_first(view: StaffView) -> View:
    """Such a page, given a person with what waits for them (`Awaited`)."""
    return _for_staff(view, awaited=True)


def _for_staff(view: StaffView, *, awaited: bool) -> View:
    @wraps(view)
    @login_required
    def wrapper(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        person = person_of(request, awaited=awaited)
        if person is None:
            return absent(request)
        try:
            response = view(request, person, *args, **named)
        except NotYoursError:
            return absent(request)
        except TieUnansweredError:
            # Nothing else is shown before the answer; the first page says where to give it.
            return redirect("desk")
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers["Cache-Control"] = "no-store"
        return response

    return wrapper


def staff_api(view: StaffView) -> View:
    """A JSON answer for a member of staff. Errors are ``{"what", "todo", "code"}``; sealed and absent are one 404."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        person = person_of(request)
        if person is None:
            return nothing()
        try:
            response = view(request, person, *args, **named)
        except NotYoursError:
            return nothing()
        except AnswerableError as error:
            return refused(error)
        response.headers["Cache-Control"] = "no-store"
        return response

    return wrapper


def absent(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  # Django's own
    """The page of what is not there, and of what is there for others: byte for byte the same."""
    response = render(request, "casework/absent.html", status=404)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


def nothing() -> JsonResponse:
    """The same as JSON."""
    response = JsonResponse({"code": "absent", "what": _("There is nothing here."), "todo": ""}, status=404)
    response.headers["Cache-Control"] = "no-store"
    return response


def refused(error: AnswerableError, code: str = "refused", status: int = 409) -> JsonResponse:
    """Why an act was not done: nothing was written."""
    missing: list[str] = []
    if isinstance(error, DecisionIncomplete):
        code, missing = "incomplete", list(error.missing)
    elif isinstance(error, TieUnansweredError):
        code = "tie"
    elif isinstance(error, DoneAlreadyError):
        code = "done"
    elif not isinstance(error, CaseworkError):
        status = 400
    told = {"what": error_texts.what(error), "todo": error_texts.todo(error)}
    response = JsonResponse({"code": code, **told, "missing": missing}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def locked() -> JsonResponse:
    """The session has no half: the desk is locked."""
    body = {"code": "locked", "what": _("The desk is locked."), "todo": _("Unlock it with your passphrase.")}
    return JsonResponse(body, status=409)


def facts(request: HttpRequest, person: Person, about: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a page gives the script: addresses, the person's own wrapped keys, words, and what the page is about."""
    own = asking(person)
    return {
        "api": reverse("api"),
        "csrf": get_token(request),
        "worker": static("ui/desk/worker.js"),
        "keysPage": reverse("keys"),
        "person": None
        if own.key_x is None
        else {
            "id": person.handle,
            "x25519": bytes(own.key_x).hex(),
            "ed25519": bytes(own.key_ed).hex(),
            "salt": texts.b64(own.key_salt),
            "wrappedX": texts.b64(own.key_wrapped_x),
            "wrappedEd": texts.b64(own.key_wrapped_ed),
        },
        "words": script_texts.words(),
        "page": about or {},
    }


def shown(
    request: HttpRequest,
    person: Person,
    template: str,
    context: dict[str, Any],
    *,
    about: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """A page with the desk's frame and the script's facts."""
    context = {
        **context,
        "person": person,
        "administers": asking(person).administers,
        "facts": facts(request, person, about),
    }
    return render(request, f"casework/{template}.html", context, status=status)


def names_of(handles: Iterable[str]) -> dict[str, str]:
    """The names of people by their handles, for sentences of the script: one query."""
    found = Person.objects.filter(handle__in=set(handles)).values_list("handle", "user__username")
    return dict(found)


def deployment() -> dict[str, Any]:
    """The public facts of this deployment."""
    found: dict[str, Any] = getattr(settings, "ANSWERABLE_DEPLOYMENT", {})
    return found
