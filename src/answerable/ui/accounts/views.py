"""What every page of a desk knows."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse


def desk_base(_request: HttpRequest) -> dict[str, str]:
    """Context processor: the template that pages of accounts extend, ``settings.ANSWERABLE_DESK_BASE``."""
    return {"desk_base": getattr(settings, "ANSWERABLE_DESK_BASE", "ui/base.html")}


def closed(_request: HttpRequest) -> HttpResponse:
    """An address that the accounts library needs a name for, and that no desk offers."""
    raise Http404
