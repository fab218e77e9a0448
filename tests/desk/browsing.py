"""The desk as a browser meets it: served on the loopback interface, with everything that was sent to it."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from unittest.mock import patch
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test.utils import override_settings
from playwright.sync_api import Browser, Page, expect

from answerable.sealing import persons
from tests.desk.world import BACKEND, World

#: What a derivation takes (KiB, passes) in tests that are not about it; test_browser.py takes the real one.
LIGHT = (1_024, 1)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Site:
    """The desk, served on the loopback interface, and every body that was sent to it."""

    def __init__(self, world: World, chromium: Browser, application: Any) -> None:
        self.world, self.chromium, self.sent = world, chromium, bytearray()
        self.people: dict[str, Page] = {}

        def watched(environ: dict[str, Any], start: Any) -> Any:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            self.sent += environ.get("PATH_INFO", "").encode() + environ.get("QUERY_STRING", "").encode() + body
            environ["wsgi.input"] = BytesIO(body)
            return application(environ, start)

        self.server = make_server("127.0.0.1", 0, watched, server_class=_Server, handler_class=_Quiet)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self, name: str, **options: Any) -> Page:
        """A page of somebody who is signed in with a second factor, locked."""
        user = self.world.people[name].user
        session = SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), BACKEND
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        context = self.chromium.new_context(**options)
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": "sessionid", "value": session.session_key or "", "url": self.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"the page's script failed: {error}"))
        return page

    def unlocked(self, name: str, path: str = "/desk/", **options: Any) -> Page:
        """The same, after the passphrase."""
        page = self.page(name, **options)
        page.goto(f"{self.url}/desk/keys/?next={path}")
        page.locator("#phrase").fill(self.world.keys[name].passphrase)
        page.locator("#unlock button").click()
        page.wait_for_url(f"{self.url}{path}")
        expect(page.locator("#lock-state")).to_have_text("Unlocked")
        return page

    def at(self, name: str, path: str) -> Page:
        """Somebody's one unlocked tab of this site, on a page: a derivation takes its time."""
        if name in self.people:
            self.people[name].goto(self.url + path)
        else:
            self.people[name] = self.unlocked(name, path)
        return self.people[name]


def lightly(application: Any) -> Any:
    """The desk, but that its worker derives a key with as little as `LIGHT` says."""
    built = re.compile(rb"=%d,(\w+)=%d;" % (persons.MEMORY, persons.PASSES))

    def light(environ: dict[str, Any], start: Any) -> Any:
        if not environ["PATH_INFO"].endswith("/desk/worker.js"):
            return application(environ, start)
        told: list[Any] = []
        asked = {name: said for name, said in environ.items() if not name.startswith("HTTP_IF_")}
        answer = application(asked, lambda *said: told.extend(said))
        body, changed = built.subn(rb"=%d,\1=%d;" % LIGHT, b"".join(answer))
        if hasattr(answer, "close"):
            answer.close()
        assert changed == 1, "the worker's derivation is not as Python's"
        start(told[0], [(name, said) for name, said in told[1] if name.lower() != "content-length"])
        return [body]

    return light


@contextmanager
def served(folder: Path, chromium: Browser, browsing: tuple[str, ...], *, light: bool = False) -> Iterator[Site]:
    """A desk with its staff, of whom those in ``browsing`` have keys that open with a passphrase, served. ``light``:
    with a derivation that takes little, here and in the browser."""
    made = World(folder, browser=browsing)
    for connection in connections.all():
        connection.inc_thread_sharing()
    application = get_wsgi_application()
    application = lightly(application) if light else application
    takes = LIGHT if light else (persons.MEMORY, persons.PASSES)
    with (
        override_settings(**made.settings(), ALLOWED_HOSTS=["*"]),
        patch.multiple(persons, MEMORY=takes[0], PASSES=takes[1]),
    ):
        made.staff()
        found = Site(made, chromium, application)
        yield found
        found.server.shutdown()
        found.server.server_close()
    for context in chromium.contexts:
        context.close()
    for connection in connections.all():
        connection.dec_thread_sharing()


def shot(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    if folder := os.environ.get("ANSWERABLE_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/desk-{name}.png", full_page=True)


def accessible(page: Page, axe: str) -> None:
    """No violation that the checker knows, and nothing that is wider than the page."""
    page.evaluate(axe)
    found = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']}))"
        ".violations.map(v => v.id + ' ' + v.nodes[0].html)"
    )
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
