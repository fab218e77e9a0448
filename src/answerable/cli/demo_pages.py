"""A stranger's reading of a site: every page that a link leads to, over HTTP, and what none of them may do."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import urldefrag, urljoin, urlsplit

from answerable.cli.demo_processes import DemoError

_LIMIT = 16 * 1024 * 1024
_TIMEOUT = 20
#: Elements that fetch by themselves, and the attribute that says what.
_FETCHING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "audio": "src", "video": "src"}
_FETCHED_LINKS = {"stylesheet", "icon", "preload", "manifest"}
#: The only pages that may carry a script.
_VERIFIER = "/verify/"


@dataclass(frozen=True)
class Answer:
    """What a server sent."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def get(url: str) -> Answer:
    """Fetch one address; DemoError when nobody answers there or it is unreasonably large."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_TIMEOUT)
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        response = connection.getresponse()
        body = response.read(_LIMIT + 1)
    except (OSError, http.client.HTTPException) as error:
        raise DemoError(f"nobody answers: {error}", where=url) from error
    finally:
        connection.close()
    if len(body) > _LIMIT:
        raise DemoError(f"more than {_LIMIT:,} bytes were sent", where=url)
    return Answer(response.status, response.headers, body)


def fetch(url: str) -> bytes:
    """The body of an address that must be there."""
    answer = get(url)
    if answer.status != http.client.OK:
        raise DemoError(f"the server answers {answer.status}", where=url)
    return answer.body


class PageReader(HTMLParser):
    """Links of a page, what it makes a browser fetch, and the text of each `pre`."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.scripts = 0
        self.language: str | None = None
        self.blocks: list[str] = []
        self._inside_block = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element."""
        said = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = said.get("lang")
        elif tag == "a" and "href" in said:
            self.links.append(said["href"])
        elif tag == "link" and said.get("rel", "") in _FETCHED_LINKS:
            self.fetched.append(said.get("href", ""))
        elif tag == "link" and "href" in said:
            self.links.append(said["href"])
        elif tag == "pre":
            self._inside_block = True
            self.blocks.append("")
        self.scripts += tag == "script"
        if _FETCHING.get(tag, "") in said:
            self.fetched.append(said[_FETCHING[tag]])

    def handle_endtag(self, tag: str) -> None:
        """The end of an element."""
        if tag == "pre":
            self._inside_block = False

    def handle_data(self, data: str) -> None:
        """Text between elements."""
        if self._inside_block:
            self.blocks[-1] += data


@dataclass
class Site:
    """Everything that was read: files by path under the site's address, and the `pre` blocks of each page."""

    base: str
    files: dict[str, bytes] = field(default_factory=dict)
    blocks: dict[str, list[str]] = field(default_factory=dict)

    def url(self, path: str) -> str:
        """The full address of a path."""
        return f"{self.base}{path}"

    @property
    def pages(self) -> list[str]:
        """The paths of the HTML pages."""
        return sorted(self.blocks)

    def find_answers(self, command: str) -> Iterator[tuple[str, str, str]]:
        """Path, command line, and the block printed right after it, of every `pre` that holds `command` alone."""
        for path in self.pages:
            for block, after in pairwise(self.blocks[path]):
                if block.strip().startswith(command) and "\n" not in block.strip():
                    yield path, block.strip(), after


def read_site(base: str, first: str = "/") -> Site:
    """Follow every link from `first` that stays on the site, breadth first.

    Raises DemoError for a link that leads nowhere, for anything fetched from elsewhere, for a cookie, for a script
    outside the verifier, and for a page without a language.
    """
    site = Site(base)
    waiting = [first]
    seen = {first}
    while waiting:
        path = waiting.pop(0)
        answer = get(site.url(path))
        if answer.status != http.client.OK:
            raise DemoError(f"a link on the site leads to an answer {answer.status}", where=site.url(path))
        if "Set-Cookie" in answer.headers:
            raise DemoError("the public site sets a cookie", where=site.url(path))
        site.files[path] = answer.body
        if answer.headers.get_content_type() != "text/html":
            continue
        for target in _read_page(site, path, answer):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return site


def _read_page(site: Site, path: str, answer: Answer) -> list[str]:
    """Check one page and return the paths on this site that it leads to or fetches."""
    reader = PageReader()
    reader.feed(answer.body.decode("utf-8", errors="replace"))
    where = site.url(path)
    site.blocks[path] = reader.blocks
    if reader.scripts and _VERIFIER not in path:
        raise DemoError("a page other than the verifier carries a script", where=where)
    if not reader.language:
        raise DemoError("the page does not say its language", where=where)
    if "default-src 'none'" not in answer.headers.get("Content-Security-Policy", ""):
        raise DemoError("the page comes without a strict content security policy", where=where)
    targets = []
    for link, must_be_ours in [*((link, False) for link in reader.links), *((link, True) for link in reader.fetched)]:
        target = urldefrag(urljoin(where, link)).url
        if target.startswith(site.base + "/"):
            targets.append(target.removeprefix(site.base))
        elif must_be_ours and not target.startswith("data:"):
            raise DemoError(f"the page makes a reader's browser fetch {target}", where=where)
    return targets
