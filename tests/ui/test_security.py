"""Headers of every answer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.http import HttpRequest, HttpResponse

from answerable.ui import security
from answerable.ui.languages import locale_path
from answerable.ui.middleware import SecurityHeaders


def answer(signed_in: bool, response: HttpResponse | None = None) -> HttpResponse:
    request = HttpRequest()
    request.user = SimpleNamespace(is_authenticated=signed_in)  # type: ignore[assignment]  # all the middleware asks
    return SecurityHeaders(lambda _: response or HttpResponse())(request)


def test_every_answer_carries_the_policy_and_the_headers() -> None:
    headers = answer(signed_in=False).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert all(headers[name] == value for name, value in security.HEADERS.items())


def test_a_view_may_be_stricter() -> None:
    stricter = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})
    assert answer(signed_in=False, response=stricter).headers["Content-Security-Policy"] == "default-src 'none'"


@pytest.mark.parametrize("signed_in", [True, False])
def test_what_staff_see_is_kept_nowhere(signed_in: bool) -> None:
    assert (answer(signed_in).headers.get("Cache-Control") == "no-store") is signed_in


@pytest.mark.parametrize("directives", [security.PAGE, security.VERIFIER, security.STAFF])
def test_no_policy_allows_inline_code_or_another_host(directives: dict[str, str]) -> None:
    text = security.policy(directives)
    assert "unsafe" not in text
    assert "http" not in text
    assert text.startswith("default-src 'none'")


def test_the_style_sheet_is_small_and_fetches_nothing() -> None:
    css = (locale_path().parent / "src/answerable/ui/static/ui/site.css").read_text("utf-8")
    assert len(css.encode()) < 12_000
    assert "@import" not in css
    assert "url(" not in css
