"""The Atom feed (RFC 4287): one entry per letter, newest first."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from answerable.correspondence.letters import Letter
from answerable.publication.log_view import Anchors
from answerable.publication.material import Material

_ATOM = "http://www.w3.org/2005/Atom"


def atom(material: Material, anchors: Anchors, base_url: str) -> bytes:
    """The feed. Its times are the days of the letters: a feed that depended on when it was written would not repeat."""
    as_of = material.as_of.isoformat()
    feed = Element("feed", {"xmlns": _ATOM, "xml:lang": material.language})
    _add(feed, "id", _urn(base_url))
    _add(feed, "title", material.correspondence.title)
    _add(feed, "updated", _time(as_of))
    SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": base_url + "feed.xml"})
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": base_url})
    for letter in reversed(material.in_time()):
        _entry(feed, material, anchors, base_url, letter)
    indent(feed)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(feed, encoding="unicode")}\n'.encode()


def _entry(feed: Element, material: Material, anchors: Anchors, base_url: str, letter: Letter) -> None:
    address = f"{base_url}letters/{letter.label}.html"
    entry = SubElement(feed, "entry")
    sender = material.party(letter.from_)
    _add(entry, "id", _urn(address))
    _add(entry, "title", f"{letter.label}: {letter.subject}")
    _add(entry, "updated", _time(letter.dated or material.as_of.isoformat()))
    _add(SubElement(entry, "author"), "name", sender.office if sender else letter.from_)
    SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": address})
    _add(entry, "summary", letter.summary)
    for anchor in anchors.of([letter.key]):
        SubElement(entry, "category", {"scheme": "urn:answerable:leaf", "term": anchor.leaf})


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _urn(address: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, address)}"


def _time(day: str) -> str:
    return f"{day}T00:00:00Z"
