"""What a stranger's reading of a site notices: each lie of a small site is named with its address."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from answerable.cli.demo_pages import get, read_site
from answerable.cli.demo_processes import DemoError

_STRICT = "default-src 'none'; style-src 'self'"


def _page(body: str, head: str = "") -> bytes:
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'.encode()


@contextmanager
def _served(files: dict[str, bytes], **extra: str) -> Iterator[str]:
    """A site of these files on a free port; `extra` headers go with every answer."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = files.get(self.path)
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Type", "text/html" if self.path.endswith(("/", ".html")) else "text/plain")
            headers = {"Content-Security-Policy": _STRICT} | {
                name.replace("_", "-"): said for name, said in extra.items()
            }
            for name, said in headers.items():
                self.send_header(name, said)
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_every_page_and_file_that_a_link_leads_to_is_read() -> None:
    # Given a site whose pages link to each other, to a file, to a fragment and to elsewhere
    files = {
        "/": _page('<a href="a/b.html#part">b</a> <a href="https://elsewhere.example/">x</a> <a href="f.txt">f</a>'),
        "/a/b.html": _page('<a href="../">up</a><pre>command --x</pre><pre>line &amp; one\ntwo</pre>'),
        "/f.txt": b"text",
        "/style.css": b"",
    }
    with _served(files) as base:
        site = read_site(base)
    # Then all of it is there, and what a page prints can be found
    assert set(site.files) == {"/", "/a/b.html", "/f.txt"}
    assert site.pages == ["/", "/a/b.html"]
    assert list(site.find_answers("command")) == [("/a/b.html", "command --x", "line & one\ntwo")]


@pytest.mark.parametrize(
    ("page", "headers", "says"),
    [
        (_page('<a href="gone.html">x</a>'), {}, "leads to an answer 404"),
        (_page("", '<link rel="stylesheet" href="https://cdn.example/x.css">'), {}, "makes a reader's browser fetch"),
        (_page('<img src="//pixel.example/1.gif" alt="">'), {}, "makes a reader's browser fetch"),
        (_page("<script>1</script>"), {}, "carries a script"),
        (b"<html><body>no language</body></html>", {}, "does not say its language"),
        (_page(""), {"Set_Cookie": "id=1"}, "sets a cookie"),
        (_page(""), {"Content_Security_Policy": "default-src *"}, "without a strict content security policy"),
    ],
)
def test_each_lie_is_named(page: bytes, headers: dict[str, str], says: str) -> None:
    with _served({"/": page}, **headers) as base, pytest.raises(DemoError, match=says) as caught:
        read_site(base)
    assert caught.value.where is not None
    assert caught.value.where.startswith(base)


def test_the_verifier_may_carry_a_script() -> None:
    files = {
        "/": _page('<a href="verify/">check</a>'),
        "/verify/": _page('<script src="v.js"></script>'),
        "/verify/v.js": b"",
    }
    with _served(files) as base:
        assert "/verify/v.js" in read_site(base).files


def test_nobody_at_an_address_is_a_sentence() -> None:
    with pytest.raises(DemoError, match="nobody answers"):
        get("http://127.0.0.1:1/")
