"""HTML built from elements, so that nothing unescaped can get into it: whatever is not `Html` already is text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Html(str):
    """A piece of finished HTML."""

    __slots__ = ()


Child = str | Html | None
_VOID = frozenset({"br", "col", "hr", "link", "meta"})


def text(words: str) -> Html:
    """Words as HTML; `Html` stays what it is."""
    return words if isinstance(words, Html) else Html(escape(words))


def join(parts: Iterable[Child], between: str = "") -> Html:
    """Pieces one after the other, those that are None left out."""
    return Html(text(between).join(text(part) for part in parts if part is not None))


def element(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """An element. ``class_`` is written as class, ``aria_hidden`` as aria-hidden; None and False are left out."""
    said = "".join(
        f" {_name(key)}" if value is True else f' {_name(key)}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{join(children)}</{name}>")


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def table(caption: Child, header: Iterable[str], body: Iterable[Iterable[Child]], class_: str | None = None) -> Html:
    """A table with its caption, header cells for the columns, and the first cell of each row as its header."""
    columns = tuple(header)
    lines = []
    for row in body:
        first, *others = row
        cells = [element("td", cell, data_label=label) for cell, label in zip(others, columns[1:], strict=True)]
        lines.append(element("tr", element("th", first, scope="row"), *cells))
    return element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *(element("th", name, scope="col") for name in columns))),
        element("tbody", join(lines, "\n")),
        class_=class_,
    )


def listing(items: Iterable[Child], class_: str | None = None) -> Html | None:
    """An unordered list, or None if there is nothing in it."""
    every = [element("li", item) for item in items if item is not None]
    return element("ul", join(every, "\n"), class_=class_) if every else None
