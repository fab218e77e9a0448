"""A page read strictly: elements closed in order, ids once, headings, languages, links, what a policy forbids."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
#: Inside SVG an element may close itself.
SHAPES = frozenset({"circle", "path", "rect"})


@dataclass
class Page(HTMLParser):
    """Parse with `read`; whatever is wrong is in ``wrong``."""

    open: list[tuple[str, str | None]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    referred: list[str] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._element(tag, attrs)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = self._element(tag, attrs)
        if tag == "p" and self.inside("p"):
            self.wrong.append("a paragraph inside a paragraph")
        if tag in ("div", "ul", "ol", "dl", "section", "article", "table", "blockquote", "pre") and self.inside("p"):
            self.wrong.append(f"{tag} inside a paragraph")
        if tag == "a" and self.inside("a"):
            self.wrong.append("a link inside a link")
        if tag not in VOID:
            self.open.append((tag, said.get("lang")))
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append((int(tag[1]), ""))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            self.wrong.append(f"</{tag}> closes {self.open[-1:]} at {self.getpos()}")
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] in ("script", "style") and data.strip():
            self.wrong.append("text in a script or style")
        if self.headings and any(tag in ("h1", "h2", "h3", "h4") for tag, _ in self.open):
            level, words = self.headings[-1]
            self.headings[-1] = (level, words + data)
        if data.strip() and not self.inside("title") and not self.inside("desc"):
            self.texts.append((self.language, data))

    def inside(self, tag: str) -> bool:
        return any(name == tag for name, _ in self.open)

    @property
    def language(self) -> str:
        return next((lang for _, lang in reversed(self.open) if lang), "")

    def _element(self, tag: str, attrs: list[tuple[str, str | None]]) -> dict[str, str]:
        said = {name: value or "" for name, value in attrs}
        if len(said) != len(attrs):
            self.wrong.append(f"an attribute twice in {tag}")
        self.elements.append((tag, said))
        if "id" in said:
            self.ids.append(said["id"])
        for name in ("aria-labelledby", "aria-describedby", "for"):
            self.referred += said.get(name, "").split()
        if "style" in said or any(name.startswith("on") for name in said):
            self.wrong.append(f"inline style or script in {tag}")
        for name in ("href", "src"):
            if name in said:
                self.links.append(said[name])
        return said


def read(html: str) -> Page:
    """The page, checked."""
    page = Page()
    page.feed(html)
    page.close()
    if not html.startswith("<!doctype html>"):
        page.wrong.append("no doctype")
    if page.open:
        page.wrong.append(f"left open: {page.open}")
    if len(set(page.ids)) != len(page.ids):
        page.wrong.append("an id twice")
    page.wrong += [f"nothing has the id {name}" for name in page.referred if name not in page.ids]
    levels = [level for level, _ in page.headings]
    if levels.count(1) != 1 or levels[:1] != [1]:
        page.wrong.append(f"not one h1, first: {levels}")
    if any(after > before + 1 for before, after in pairwise(levels)):
        page.wrong.append(f"a heading level is left out: {levels}")
    page.wrong += [f"an empty heading: {levels}" for _, words in page.headings if not words.strip()]
    page.wrong += ["a header cell without scope" for tag, said in page.elements if tag == "th" and "scope" not in said]
    return page
