"""Who may try a password now: counted by the name that is tried, never by where somebody comes from.

A stranger who types wrong passwords makes that name wait for strangers, and many of them make all strangers wait. A
browser in which that very person signed in before counts by itself, so nobody else can make it wait. Counts are of this
process: a restart forgets them. The rates stand in the settings (`answerable.parties.staff`).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

#: The cookie of a browser in which somebody signed in, seconds for which it counts, and of how many people it tells.
COOKIE = "known"
KNOWN_FOR = 90 * 86_400
PEOPLE = 8
#: Longest cookie that is looked at.
_LONGEST = 1_500
_APP = "allauth.account"


def begin(request: HttpRequest, name: str) -> RateLimitUsage | None:
    """Count an attempt to give the password of the account ``name``, whether there is one or not. None: it is refused.

    What is counted is taken back, by ``rollback()``, when the password was right.
    """
    if request.user.is_authenticated and request.user.get_username() == name:
        return _count(request, "password_known", f"person {request.user.pk}")
    if browser := _known(request, name):
        return _count(request, "password_known", f"browser {browser}")
    # All strangers first: names that are made up could otherwise fill the memory in which attempts are counted.
    strangers = _count(request, "password_strangers", "all")
    if strangers is None:
        return None
    this = _count(request, "password", f"name {_plain(name)}")
    return RateLimitUsage(usage=[*strangers.usage, *this.usage]) if this else None


def welcome(request: HttpRequest, response: HttpResponseBase, person: AbstractBaseUser) -> None:
    """Know this browser again as one of ``person``, who signed in with it.

    The cookie names nobody: it is random, and signed for this name alone.
    """
    name = person.get_username()
    browser = _known(request, name) or secrets.token_urlsafe(12)
    others = [token for token in _tokens(request) if _opened(token, name) is None]
    value = ".".join([_signer(name).sign(browser), *others][:PEOPLE])
    response.set_cookie(
        COOKIE,
        value,
        max_age=KNOWN_FOR,
        path=reverse("account_login"),
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Strict",
    )


def afresh(request: HttpRequest, response: HttpResponse, person: AbstractBaseUser) -> HttpResponse:
    """``person`` has chosen a new password in this browser: know it, and forget what was counted against them."""
    ratelimit.clear(request, app=_APP, action="password", key=f"name {_plain(person.get_username())}")
    ratelimit.clear(request, app=_APP, action="login_failed", key=f"mfa-auth-user-{person.pk}")
    welcome(request, response, person)
    return response


def _count(request: HttpRequest, action: str, key: str) -> RateLimitUsage | None:
    return ratelimit.consume(request, app=_APP, action=action, key=key)


def _plain(name: str) -> str:
    # As the accounts library compares names: no spelling of one gives further attempts.
    return name.lower()


def _tokens(request: HttpRequest) -> Sequence[str]:
    value = request.COOKIES.get(COOKIE, "")
    return [token for token in value.split(".") if token][:PEOPLE] if len(value) <= _LONGEST else ()


def _known(request: HttpRequest, name: str) -> str | None:
    """What this browser is counted by, when whoever is called ``name`` signed in with it; else None."""
    return next((found for token in _tokens(request) if (found := _opened(token, name))), None)


def _opened(token: str, name: str) -> str | None:
    try:
        return _signer(name).unsign(token, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return None


def _signer(name: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"answerable/known-browser/{_plain(name)}")
