"""What every request to the desk passes: a limit of size, and the question whether its sender has a second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

#: A document of 20 MB and the form around it.
MAX_REQUEST = 21_000_000
#: Names of routes that a person without a second factor may use: signing in and out, and getting one.
WITHOUT_SECOND_FACTOR = ("account_", "mfa_", "invitation", "set_language")


def limits(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: what is too large is refused before a byte of it is read, whoever sends it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdecimal() and len(length) < 12 and int(length) <= MAX_REQUEST):
            return HttpResponse("Too large.\n", status=413, content_type="text/plain; charset=utf-8")
        return get_response(request)

    return middleware


def second_factor(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: whoever is signed in without a second factor is led to setting one up, whatever they asked for."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        # Under "no-referrer" a browser sends a form with "Origin: null", which the check against forgery must refuse.
        response.headers.setdefault("Referrer-Policy", "same-origin")
        return response

    def process_view(request: HttpRequest, *_args: Any) -> HttpResponse | None:
        match = request.resolver_match  # known only from here on, hence not in the middleware itself
        name = (match.url_name if match else None) or ""
        user = request.user
        if not user.is_authenticated or name.startswith(WITHOUT_SECOND_FACTOR) or is_mfa_enabled(user):
            return None
        messages.info(request, _("First set up a second factor: an authenticator app or a passkey."))
        return redirect("mfa_index")

    middleware.process_view = process_view  # type: ignore[attr-defined]  # Django looks for it on the middleware
    return middleware
