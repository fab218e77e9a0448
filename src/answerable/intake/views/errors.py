"""Pages for what is not there, and for what broke."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from answerable.intake.views.page import broken_page, page, trouble
from answerable.intake.views.visit import Visit


@page
def _missing(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    return trouble(request, visit, 404, _("There is nothing at this address."), "")


@page
def _broken(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    return broken_page(request, visit, 500)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:  # noqa: ARG001  # Django's signature
    """The same page for everything that is not there."""
    request.method = "GET"  # the page is shown, whatever was asked
    return _missing(request)


def broken(request: HttpRequest) -> HttpResponseBase:
    """A calm page when a view failed."""
    request.method = "GET"  # the page is shown, whatever was asked
    return _broken(request)
