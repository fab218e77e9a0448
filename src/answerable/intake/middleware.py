"""What a request would leave behind of the person is taken off before anything else sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse

#: Names of WSGI's environment that say who or where somebody is.
_DROPPED = frozenset(
    {
        *("REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT", "REMOTE_USER", "REMOTE_IDENT", "HTTP_USER_AGENT", "HTTP_FROM"),
        *("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_X_CLIENT_IP", "HTTP_TRUE_CLIENT_IP", "HTTP_DNT"),
        *("HTTP_X_CLUSTER_CLIENT_IP", "HTTP_CF_CONNECTING_IP", "HTTP_CF_IPCOUNTRY", "HTTP_X_REQUEST_ID"),
    }
)
#: And beginnings of such names: what proxies forward, and what browsers tell of the device.
_BEGINNINGS = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_ORIGINAL_FORWARDED",
    "HTTP_SEC_CH_",
    "HTTP_X_DEVICE",
    "HTTP_FASTLY_CLIENT",
)
_REFERRER = "HTTP_REFERER"


class Traceless:
    """First of all middleware in the reporter party: no view and no log of an error sees address, browser or referrer.

    Of a referrer within this site its origin stays, which the check of forms needs where a browser sends no Origin.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        strip(request.META)
        request.environ = request.META  # type: ignore[attr-defined]  # WSGIRequest's own name for the same mapping
        return self.get_response(request)


def strip(environ: dict[str, Any]) -> None:
    """Take everything of the person off a WSGI environment."""
    for name in [name for name in environ if name in _DROPPED or name.startswith(_BEGINNINGS)]:
        del environ[name]
    referrer = environ.pop(_REFERRER, None)
    if referrer:
        origin = _origin(str(referrer), str(environ.get("HTTP_HOST", "")))
        if origin:
            environ[_REFERRER] = origin


def _origin(referrer: str, host: str) -> str | None:
    try:
        parts = urlsplit(referrer)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}/" if host and parts.netloc == host else None
