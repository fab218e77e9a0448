"""Addresses made to reach the wrong process, another site, or a page that is not there."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import Resolver404, resolve
from hypothesis import given
from hypothesis import strategies as st

from answerable.intake.door import heads
from answerable.intake.door.heads import RefusedError
from answerable.intake.door.limits import Limits
from answerable.intake.door.paths import Way, way
from answerable.parties.reporter import pages

#: Views that a process which stays may run: they are sent nothing in clear.
STEADY = ("answerable.intake.api.", "answerable.intake.views.start")
SEGMENTS = (
    "api",
    "report",
    "return",
    "box",
    "help",
    "carry-in",
    "..",
    ".",
    "",
    "%2e%2e",
    "%2E",
    "%2f",
    "report;x",
    "\\",
)


def parsed(line: str) -> heads.Head | None:
    limits = Limits()
    try:
        raw = f"{line} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n".encode("latin-1")
        return heads.parse(raw, longest=limits.head, fields=limits.fields, body=limits.body)
    except RefusedError:
        return None


@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT"]),
    st.sampled_from(["/api/", "/static/", "/offline/", "/", "/how/", "/?", "/leave/?", "/favicon.ico", "/keys.note"]),
    st.lists(st.sampled_from(SEGMENTS), max_size=5),
    st.sampled_from(["", "/", "?l=en", "/?plain=1"]),
)
def test_no_address_brings_what_a_person_wrote_to_a_process_that_stays(
    method: str, start: str, segments: list[str], end: str
) -> None:
    # Given any address that the door would give to a process that stays
    line = f"{method} {start}{'/'.join(segments)}{end}"
    head = parsed(line)
    if head is None or way(f"{line} HTTP/1.1\r\n".encode("latin-1")) is not Way.STEADY or method in ("GET", "HEAD"):
        return
    # Then no view of a form answers it there
    try:
        found = resolve(head.path, "answerable.intake.urls")
    except Resolver404:
        return
    assert found.func.__module__.startswith(STEADY) or found._func_path.startswith(STEADY)


@pytest.mark.parametrize("method", ["post", "Post", "POSt", "pOST"])
def test_methods_in_other_letters_are_nobodys(method: str) -> None:
    assert way(f"{method} /api/reports/ HTTP/1.1".encode()) is Way.ONE_SHOT
    assert parsed(f"{method} /api/reports/") is None


@pytest.mark.parametrize("line", [b"GET /how/\r\n\r\n", b"POST /api/reports/\r\n\r\n", b"GET / HTTP/0.9\r\n\r\n"])
def test_a_request_without_a_version_is_refused(line: bytes) -> None:
    limits = Limits()
    with pytest.raises(RefusedError):
        heads.parse(line, longest=limits.head, fields=limits.fields, body=limits.body)


@pytest.mark.parametrize(
    "path",
    [
        "//elsewhere.example/report",
        "//elsewhere.example/%2e%2e",
        "/\\elsewhere.example/",
        "/%0d%0aX: y/",
        "/report%00/",
    ],
)
def test_no_address_leads_to_another_site(path: str) -> None:
    with override_settings(**{name: value for name, value in pages().items() if name != "LOGGING"}):
        answer = Client().get(path)
    assert answer.status_code in (400, 404) or not answer.headers.get("Location", "/").startswith(("//", "http", "/\\"))
    assert "X" not in answer.headers


def test_no_party_shows_its_insides() -> None:
    """Pages of Django that show variables, and mails to whoever runs it, exist in no party."""
    for name in ("reporter", "staff", "base"):
        import_module(f"answerable.parties.{name}")
    assert not pages().get("DEBUG", False)
    assert not pages().get("ADMINS")
    assert settings.DEBUG is False


@pytest.mark.parametrize("host", ["elsewhere.example", "localhost@elsewhere.example", "localhost:80:80", ""])
def test_another_host_is_refused_before_any_page(host: str) -> None:
    found = {name: value for name, value in pages().items() if name != "LOGGING"}
    with override_settings(**found, ALLOWED_HOSTS=["localhost"]):
        answer = Client().get("/", HTTP_HOST=host)
    assert answer.status_code == 400
