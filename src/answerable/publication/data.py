"""The same content for machines: JSON beside each page, and the marker that says what a site was written from.

Members are sorted and nothing depends on the clock, so the same input gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from answerable import __version__
from answerable.publication.log_view import Anchors, LogView
from answerable.publication.material import Material
from answerable.record.checkpoint import Checkpoint
from answerable.record.note import Note

if TYPE_CHECKING:
    from answerable.publication.edition import Page

#: Members that are files of their own, or that only place a thing in a folder.
_NOT_SHOWN = frozenset({"content"})
#: What of a page's context is content; the rest places things on the page.
_CONTENT = (
    "letter", "slot", "item", "statement", "statements", "slots", "unplaced", "claims", "assessments", "judged",
    "replies", "clock", "ask", "corrections", "clocks", "rows", "report", "answered",
)  # fmt: skip


def page(material: Material, shown: Page, anchors: Anchors) -> bytes:
    """The content of one page, its clocks and its entries."""
    log = anchors.log
    content = {name: plain(shown.context[name]) for name in _CONTENT if name in shown.context}
    return _text(
        {
            "as_of": material.as_of.isoformat(),
            "checkpoint": _head(log),
            "content": content,
            "entries": [plain(anchor) for anchor in anchors.of(shown.keys)],
            "origin": log.origin if log is not None else None,
            "page": shown.path,
            "title": material.correspondence.title,
        }
    )


def _head(log: LogView | None) -> dict[str, Any] | None:
    """The checkpoint that the pages rest on, and the hash of its note, which is the site's checkpoint.txt."""
    if log is None or not log.checkpoint:
        return None
    head = Checkpoint.parse(Note.parse(log.checkpoint).text)
    root = base64.b64encode(head.root).decode()
    return {"root": root, "sha256": hashlib.sha256(log.checkpoint).hexdigest(), "size": head.size}


def marker(material: Material, log: LogView | None, paths: Sequence[str]) -> bytes:
    """What the site was written from, and every file in it."""
    checkpoint = hashlib.sha256(log.checkpoint).hexdigest() if log is not None and log.checkpoint else None
    return _text(
        {
            "as_of": material.as_of.isoformat(),
            "checkpoint_sha256": checkpoint,
            "files": list(paths),
            "origin": log.origin if log is not None else None,
            "title": material.correspondence.title,
            "written_by": f"answerable {__version__}",
        }
    )


def plain(value: Any) -> Any:
    """Dataclasses, tuples and mappings as JSON values; bytes are left out, they are files of the site."""
    if is_dataclass(value) and not isinstance(value, type):
        names = (each.name for each in fields(value))
        return {name.rstrip("_"): plain(getattr(value, name)) for name in names if name not in _NOT_SHOWN}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def _text(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
