"""The files of a correspondence: mappings, sequences and text in a small, strict part of YAML, read and written.

The reader of floor 0 (`answerable.procedures.yamlfile`) does the reading: every scalar is text, and anchors, aliases,
tags, repeated keys, several documents, deep nesting and over-long lines are refused with file and line. Letters are
kept as they were sent, so that tabs, empty texts and words such as ``null`` are texts here like any other. Writing is
canonical: one value has one text, and reading that text gives the value back.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from answerable.correspondence.errors import CorrespondenceError
from answerable.procedures import yamlfile
from answerable.procedures.errors import FileProblem
from answerable.procedures.yamlfile import Strictness

STRICTNESS = Strictness(max_bytes=16_000_000, max_line=1_000_000, max_depth=40, refuse_look_alikes=False)
WIDTH = 100

#: A value to write: text, or lists and mappings of values.
Value = str | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True)
class Node:
    """A value with the place it was read from."""

    value: str | list[Node] | dict[str, Node]
    file: str
    line: int

    @property
    def place(self) -> str:
        """``file:line``."""
        return f"{self.file}:{self.line}"


def load(data: bytes, file: str) -> Node:
    """Read one document. Raises `CorrespondenceError` naming ``file`` and line for anything outside the strict part."""
    try:
        return _node(yamlfile.load(data, file, STRICTNESS))
    except FileProblem as problem:
        raise CorrespondenceError(problem.what, where=problem.where, todo=problem.todo) from None


def _node(read: yamlfile.Node) -> Node:
    value: str | list[Node] | dict[str, Node]
    match read:
        case yamlfile.Scalar(text):
            value = text
        case yamlfile.Listing(items):
            value = [_node(item) for item in items]
        case yamlfile.Table(entries):
            value = {key.text: _node(item) for key, item in entries}
    return Node(value, read.place.file, read.place.line)


def dump(value: Value) -> bytes:
    """The canonical text of ``value`` in UTF-8. Raises `CorrespondenceError` for half a character."""
    text = "\n".join(_lines(value, 0)) + "\n"
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise CorrespondenceError("a text holds half of a character pair, which is no character") from None


def _lines(value: Value, indent: int) -> list[str]:
    """The lines of ``value``, already indented by ``indent`` spaces."""
    pad = " " * indent
    if isinstance(value, dict):
        lines: list[str] = []
        for key, item in value.items():
            head, rest = _inline(item, indent)
            lines.append(f"{pad}{_word(key)}:{head}")
            lines += rest
        return lines or [pad + "{}"]
    if isinstance(value, list):
        return [line for item in value for line in _item(item, indent)] or [pad + "[]"]
    return [pad + _word(value)]


def _word(text: str) -> str:
    """A text on one line: a key, or a whole document that is one text."""
    return text if _PLAIN.fullmatch(text) and len(text) <= WIDTH else _quoted(text)


def _inline(item: Value, indent: int) -> tuple[str, list[str]]:
    """What stands after ``key:``, and the lines that follow."""
    if isinstance(item, str):
        first, *rest = _scalar(item, indent + 2)
        return " " + first, rest
    if not item:
        return (" {}" if isinstance(item, dict) else " []"), []
    if isinstance(item, list) and (flow := _flow(item)):
        return " " + flow, []
    return "", _lines(item, indent + 2)


def _flow(items: list[Value]) -> str | None:
    """A list of short words on one line, ``[L1, L2]``; None when any is longer or needs quotes."""
    if all(isinstance(item, str) and _WORD.fullmatch(item) for item in items):
        text = "[" + ", ".join(str(item) for item in items) + "]"
        return text if len(text) <= WIDTH else None
    return None


def _item(item: Value, indent: int) -> list[str]:
    pad = " " * indent
    if isinstance(item, str):
        first, *rest = _scalar(item, indent + 2)
        return [f"{pad}- {first}", *rest]
    first, *rest = _lines(item, indent + 2)
    return [f"{pad}- {first[indent + 2 :]}", *rest]


_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
# Plain text that no YAML reader takes for structure: begins with a letter or digit, and holds neither ": " nor " #".
_PLAIN = re.compile(r"[^\W_](?:[^\x00-\x1f\x7f-\xa0\u2028\u2029:#\[\]{}\\]|:(?=[^\s,\]\[}{]))*(?<! )")
_SPECIAL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufeff\ufffe\uffff]")


def _scalar(text: str, indent: int) -> list[str]:
    """The lines of a text: the first without indentation, the others with ``indent`` spaces."""
    if _PLAIN.fullmatch(text) and len(text) <= WIDTH:
        return [text]
    if _SPECIAL.search(text) or text != text.strip(" ") or not text:
        return [_quoted(text)]
    pad = " " * indent
    if "\n" in text:
        lines = text.split("\n")
        if any(line.startswith(" ") for line in lines) or not lines[0]:
            return [_quoted(text)]
        body, mark = (lines, "|-") if lines[-1] else (lines[:-1], "|")
        return [_quoted(text)] if not body[-1] else [mark, *[(pad + line) if line else "" for line in body]]
    if len(text) <= WIDTH:
        return [_quoted(text)]
    return [">-", *[pad + line for line in _folded(text)]]


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _SPECIAL.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _folded(text: str) -> list[str]:
    """Break at single spaces between words, so that folding gives the same text back."""
    words = re.split(r"(?<! ) (?! )", text)
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= WIDTH:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines
