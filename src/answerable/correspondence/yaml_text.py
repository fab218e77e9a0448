"""A small, strict part of YAML: mappings, sequences and text, nothing else.

Every scalar is text: ``2017-12-01``, ``NO`` and ``12:30`` stay what they look like. Anchors, aliases, tags, repeated
keys, several documents, deep nesting and over-long lines are refused, and every refusal names file and line. Writing is
canonical: one value has one text, and reading that text gives the value back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from answerable.correspondence.errors import CorrespondenceError

MAX_DEPTH = 40
MAX_LINE = 1_000_000
MAX_FILE = 16_000_000
#: Values in one file. A register of a thousand questions has some ten thousand.
MAX_VALUES = 100_000
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
    text = _decode(data, file)
    try:
        return _Builder(yaml.parse(text, Loader=yaml.CSafeLoader), file).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise _error(f"not YAML: {error.problem or error.context}", file, line) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, max(error.position, 0)) + 1
        raise _error("a control character is not allowed", file, line) from None
    except yaml.YAMLError:
        raise _error("not YAML", file, 1) from None


def _error(what: str, file: str, line: int, todo: str | None = None) -> CorrespondenceError:
    return CorrespondenceError(what, where=f"{file}:{line}", todo=todo)


def _decode(data: bytes, file: str) -> str:
    if len(data) > MAX_FILE:
        raise _error(f"the file has {len(data)} bytes; at most {MAX_FILE} are read", file, 1)
    for number, raw in enumerate(data.split(b"\n"), 1):
        if len(raw) > MAX_LINE:
            raise _error(f"the line has {len(raw)} bytes; at most {MAX_LINE} are read", file, number)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _error("not UTF-8 text", file, line, "save the file as UTF-8") from None
    if bad := _FORBIDDEN.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        raise _error(f"the character U+{ord(bad[0]):04X} is not allowed here", file, line)
    return text


# What YAML itself calls not printable, and the byte order mark inside a text. Refused before the parser sees them, so
# that the line can be named.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")


def _line(event: yaml.Event) -> int:
    """The line of the file, from 1, on which the event begins."""
    return event.start_mark.line + 1 if event.start_mark else 1


class _Builder:
    """Builds nodes from parser events."""

    def __init__(self, events: Iterator[yaml.Event], file: str) -> None:
        self.events = events
        self.file = file
        self.values = 0

    def document(self) -> Node:
        next(self.events)  # start of the stream
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            raise self.error("the file is empty", event)
        node = self.node(next(self.events), 0)
        next(self.events)  # end of the document
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise self.error("a second document begins here", event, "keep one document in one file")
        return node

    def error(self, what: str, event: yaml.Event, todo: str | None = None) -> CorrespondenceError:
        return _error(what, self.file, _line(event), todo)

    def node(self, event: yaml.Event, depth: int) -> Node:
        self.values += 1
        if self.values > MAX_VALUES:
            raise self.error(f"the file holds more than {MAX_VALUES} values", event, "divide it")
        if depth > MAX_DEPTH:
            raise self.error(f"nested deeper than {MAX_DEPTH} levels", event)
        if isinstance(event, yaml.AliasEvent):
            raise self.error("an alias (*) is not allowed", event, "write the value out")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise self.error("an anchor (&) is not allowed", event, "write the value out")
        if getattr(event, "tag", None) is not None:
            raise self.error("a tag (!) is not allowed", event, "every value here is text, a list or a mapping")
        line = _line(event)
        if isinstance(event, yaml.ScalarEvent):
            if event.value == "" and not event.style:  # quoted and block texts have a style
                raise self.error("a value is missing", event, 'leave the line out, or write ""')
            return Node(event.value, self.file, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self.sequence(depth), self.file, line)
        return Node(self.mapping(depth), self.file, line)

    def sequence(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return items

    def mapping(self, depth: int) -> dict[str, Node]:
        items: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key.value, str):
                raise self.error("a key must be plain text", event)
            if key.value in items:
                raise self.error(f"{key.value!r} is given twice", event)
            items[key.value] = self.node(next(self.events), depth + 1)
        return items


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
