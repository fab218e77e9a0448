"""One visit to a page: its language, its cookie, what the keeper holds for it, and whether its form may be believed.

There are no accounts here and no sessions of Django's. A cookie of 32 random bytes is set when a page with a form is
shown or a code is opened; it is a new one at every opening, so that a cookie planted earlier opens nothing later.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils.translation import get_language_from_request

from answerable.intake import page_session
from answerable.intake.errors import IntakeError
from answerable.intake.page_session import Fresh, Keeper, Opened, Pointer
from answerable.ui import languages

#: The query's names for the choices that every link keeps.
LANGUAGE, PLAIN = "l", "plain"


class ForgedError(IntakeError):
    """A form that did not come from the page it belongs to."""


class MislaidError(ForgedError):
    """A form whose cookie did not come with it, and that no other site sent as far as the browser says."""


@dataclass
class Visit:
    """What one request knows of the person: nothing but what her browser sent along."""

    request: HttpRequest = field(repr=False)
    language: languages.Language
    plain: bool
    cookie: bytes | None = field(repr=False)
    #: What was sent is shown again by a view that can, and nothing else is done with it.
    mislaid: MislaidError | None = None
    _new: bytes | None = field(default=None, repr=False)
    _dropped: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> Visit:
        """The visit that a request belongs to."""
        cookie = page_session.parse_cookie(request.COOKIES.get(cookie_name(request), ""))
        return cls(request, language_of(request), request.GET.get(PLAIN) == "1", cookie)

    @property
    def kept(self) -> dict[str, str]:
        """The choices that every link of the page carries on."""
        chosen = {LANGUAGE: self.language.code if self.request.GET.get(LANGUAGE) else "", PLAIN: "1" * self.plain}
        return {name: value for name, value in chosen.items() if value}

    @property
    def keeper(self) -> Keeper | None:
        """Where secrets wait for the next request; None on pages that need none."""
        return cast("Keeper | None", self.request.META.get("answerable.sessions"))

    def token(self) -> str:
        """The secret of this page's forms; sets a cookie when there is none."""
        if self.cookie is None:
            self.cookie = self._new = secrets.token_bytes(page_session.COOKIE_SIZE)
        return page_session.form_token(self.cookie)

    def state(self) -> Fresh | Opened | None:
        """What the keeper holds for this cookie: None when nothing, when it is over, or when it was restarted."""
        if self.cookie is None or self.keeper is None:
            return None
        secret = self.keeper.read(self.cookie)
        found = page_session.decode(secret) if secret is not None else None
        return None if isinstance(found, Pointer) else found

    def open(self, state: Fresh | Opened) -> bytes:
        """Keep ``state`` under a new cookie and forget what stood under the old one. The new cookie.

        Raises `SessionError` where it cannot be kept: then everything is as it was."""
        keeper = self._needed()
        cookie = secrets.token_bytes(page_session.COOKIE_SIZE)
        keeper.write(cookie, state.encode())
        if self.cookie is not None:
            keeper.drop(self.cookie)
        self.cookie = self._new = cookie
        return self.cookie

    def keep(self, state: Opened) -> None:
        """Keep ``state`` in place of what is kept under this cookie."""
        assert self.cookie is not None  # it was read under this cookie
        self._needed().write(self.cookie, state.encode())

    def remember(self, before: bytes, submission: bytes) -> None:
        """Lead the same form, sent again with the cookie it was first sent with, to what is kept now."""
        assert self.cookie is not None
        self._needed().write(page_session.once_name(before, submission), Pointer(self.cookie).encode())

    def answered(self, submission: bytes) -> bool:
        """Whether this form was answered before; this visit then goes on under the cookie of that answer."""
        if self.cookie is None or self.keeper is None:
            return False
        secret = self.keeper.read(page_session.once_name(self.cookie, submission))
        found = page_session.decode(secret) if secret is not None else None
        if not isinstance(found, Pointer):
            return False
        self.cookie = self._new = found.cookie
        return True

    def close(self) -> None:
        """Forget everything of this visit, on the server and in the browser."""
        if self.cookie is not None and self.keeper is not None:
            self.keeper.drop(self.cookie)
        self._dropped = True

    def _needed(self) -> Keeper:
        if self.keeper is None:
            raise IntakeError("this server cannot open anything at this moment", todo="try again in a few minutes")
        return self.keeper

    def finish(self, response: HttpResponseBase) -> None:
        """Set or delete the cookie: for this site only, never for scripts, gone when the browser closes."""
        name = cookie_name(self.request)
        secure = self.request.is_secure()
        if self._dropped:
            response.set_cookie(name, "", max_age=0, secure=secure, httponly=True, samesite="Strict")
        elif self._new is not None:
            text = page_session.cookie_text(self._new)
            response.set_cookie(name, text, secure=secure, httponly=True, samesite="Strict")


def cookie_name(request: HttpRequest) -> str:
    """The cookie's name: bound to this very host wherever the connection allows that."""
    return "__Host-a" if request.is_secure() else "a"


def language_of(request: HttpRequest) -> languages.Language:
    """The language that the address asks for, else the browser's, else English."""
    asked = request.GET.get(LANGUAGE, "").lower()
    known = {each.code for each in languages.LANGUAGES}
    return languages.language(asked if asked in known else get_language_from_request(request))


def check_form(request: HttpRequest, cookie: bytes | None, form: QueryDict) -> None:
    """Raises `ForgedError` unless this form was filled in on a page of ours, in this browser.

    The browser's own word for where it came from is asked first; pages send no referrer, for which browsers call their
    origin "null". The token, which only a page of ours could read, decides where a browser says nothing.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise ForgedError("this form came from another site")
    origin = request.headers.get("Origin", "null")
    if origin != "null" and urlsplit(origin).netloc.lower() != request.get_host().lower():
        raise ForgedError("this form came from another site")
    if not page_session.token_fits(cookie, form.get("token", "")):
        raise MislaidError("this page was open for too long, or cookies are switched off")
