"""What every page of the reporter's has in common: language, headers, the check of forms, and calm errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override

from answerable.errors import AnswerableError
from answerable.intake.door.sessions import SessionError
from answerable.intake.errors import NotKeptError
from answerable.intake.page_session import Fresh
from answerable.intake.slots import BusyError
from answerable.intake.templatetags.reporter import address
from answerable.intake.views.sentences import INSIDE, said
from answerable.intake.views.uploads import LARGEST_FORM, Bounded
from answerable.intake.views.visit import ForgedError, MislaidError, Visit, check_form
from answerable.ui import security

View = Callable[[HttpRequest, Visit], HttpResponseBase]

#: Our own files only; scripts speak to this server only; a picture may be shown that the browser itself has cleaned.
POLICY = security.policy(
    {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' blob: data:",
        "connect-src": "'self'",
        "worker-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
    }
)
#: Where no script may run at all.
PLAIN_POLICY = security.policy(
    {"default-src": "'none'", "style-src": "'self'", "form-action": "'self'", "base-uri": "'none'"}
)
_LONGEST_BODY = LARGEST_FORM + 5_000_000


def page(view: View, *, gives_back: bool = False) -> Callable[[HttpRequest], HttpResponseBase]:
    """Make a view of a page: it gets the visit, and whatever goes wrong in it becomes a page that says what to do.

    ``gives_back``: the view shows a form again with what stands in it, where ``visit.mislaid`` says that it cannot be
    taken.
    """

    @wraps(view)
    def shown(request: HttpRequest) -> HttpResponseBase:
        visit = Visit.of(request)
        with override(visit.language.code):
            response = _answer(view, request, visit, gives_back=gives_back)
        visit.finish(response)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Content-Security-Policy", PLAIN_POLICY if visit.plain else POLICY)
        for name, value in security.HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return shown


def _answer(view: View, request: HttpRequest, visit: Visit, *, gives_back: bool) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponse(status=405, headers={"Allow": "GET, POST"})
    try:
        if request.method == "POST":
            _take_form(request, visit, gives_back=gives_back and not isinstance(visit.state(), Fresh))
        return view(request, visit)
    except ForgedError as error:
        if isinstance(visit.state(), Fresh):
            return go(visit, "sent", again="1")  # somebody went back after sending: the words are what she looks for
        return trouble(
            request, visit, 403, said(error), _("Go back, load the page again, and send once more. Nothing was sent.")
        )
    except BusyError as error:
        return busy(request, visit, error)
    except SessionError:
        return busy(request, visit, BusyError())
    except (NotKeptError, *INSIDE) as error:
        if request.method == "POST":
            return trouble(request, visit, 503, said(error), "")
        return broken_page(request, visit, 503)
    except AnswerableError as error:
        return trouble(request, visit, 400, said(error), "")
    except (SuspiciousOperation, MultiPartParserError, BadRequest):
        return trouble(
            request,
            visit,
            413,
            _("What was sent could not be read, or it is too long."),
            _("Go back: what you wrote may still be in the page. Send it without files, or in parts."),
        )


def _take_form(request: HttpRequest, visit: Visit, *, gives_back: bool) -> None:
    """Read a form and its files into memory, and see that it is ours. Raises `ForgedError`, SuspiciousOperation."""
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        length = _LONGEST_BODY + 1
    if length > _LONGEST_BODY:
        raise SuspiciousOperation("the body is too long")
    request.upload_handlers = [Bounded(request)]
    try:
        check_form(request, visit.cookie, request.POST)
    except MislaidError as error:
        if not gives_back:
            raise
        visit.mislaid = error


def refused_files(request: HttpRequest) -> list[str]:
    """The names of files that were let go because they are too large or too many."""
    return [name for handler in request.upload_handlers if isinstance(handler, Bounded) for name in handler.refused]


def show(request: HttpRequest, visit: Visit, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of a template, with what every template needs."""
    everything = {
        "page": name,
        "language": visit.language,
        "kept": visit.kept,
        "plain": visit.plain,
        "scripts": not visit.plain,
        **context,
    }
    return render(request, f"intake/{name.replace('-', '_')}.html", everything, status=status)


def trouble(request: HttpRequest, visit: Visit, status: int, what: str, todo: str) -> HttpResponse:
    """A page that says what went wrong and what to do."""
    return show(request, visit, "trouble", status=status, what=what, todo=todo)


def broken_page(request: HttpRequest, visit: Visit, status: int) -> HttpResponse:
    """A calm page for what is no fault of hers."""
    told, todo = _("Something here broke. It is not your fault."), _("Wait a minute and try again.")
    return trouble(request, visit, status, told, todo)


def busy(request: HttpRequest, visit: Visit, error: BusyError) -> HttpResponse:
    """A page for when too many people come at once. Pages with a form give it back with its text instead."""
    response = trouble(request, visit, 503, busy_words(error), _("Your browser can send the page again: reload it."))
    response.headers["Retry-After"] = str(error.wait)
    return response


def busy_words(error: BusyError) -> str:
    """How long to wait."""
    return _("Many people are using this page now. Please wait %(seconds)s seconds, then send again.") % {
        "seconds": error.wait
    }


def go(visit: Visit, name: str, **more: str) -> HttpResponseRedirect:
    """Lead on to another page of ours, in the same language. The browser asks for it anew: nothing is sent twice."""
    response = HttpResponseRedirect(address(name, visit.kept, **more))
    response.status_code = 303
    return response
