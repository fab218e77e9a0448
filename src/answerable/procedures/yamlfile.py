"""A strict part of YAML, read from the parser's events: text, lists and tables, each with its place.

Every scalar stays the text that was typed: ``NO``, ``12:30`` and ``2017-11-21`` mean what the field that holds them
says they mean. What makes YAML surprising (anchors, aliases, tags, repeated keys, further documents, tabs, empty
values, ``null``, ``true``) is refused, and every refusal names file and line and says what to write. The events are
checked as they arrive, so neither depth nor size costs more than the limit that refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from answerable.procedures.errors import FileProblem, Place


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text as it was typed, with folding and escapes resolved. ``plain`` is false if it was quoted or a block."""

    text: str
    place: Place
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of nodes."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """Keys with their values, in the order of the file."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place


Node = Scalar | Listing | Table


@dataclass(frozen=True, slots=True)
class Strictness:
    """How much is read, and whether values that often are mistakes are refused. The default is a collection's."""

    max_bytes: int = 1 << 20
    max_line: int = 1 << 20
    max_depth: int = 20
    max_values: int = 100_000
    refuse_look_alikes: bool = True  # true, false, null, ~ and empty texts, tabs, and escaped control characters


COLLECTION = Strictness()

_TODO_LOOK_ALIKE = {
    "true": "write yes or no",
    "false": "write yes or no",
    "null": "write the value, or “not stated” if the source does not state it",
    "~": "write the value, or “not stated” if the source does not state it",
}
# What YAML itself calls not printable, and a byte order mark inside a text: refused before the parser sees them, so
# that the line can be named.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
# Line breaks to YAML 1.1 but not to an editor: with them, lines would be counted differently.
_ODD_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def load(data: bytes, file: str, strictness: Strictness = COLLECTION) -> Node:
    """The one document in ``data``. ``file`` is the name that errors show.

    Raises `FileProblem` with file and line for anything outside the strict part.
    """
    text = _decode(data, file, strictness)
    if not yaml.__with_libyaml__:
        raise FileProblem("PyYAML has no C parser here", todo="install PyYAML from a wheel, or with libyaml")
    last = text.count("\n") + 1  # the parser puts what is missing at the end one line further
    try:
        return _Builder(yaml.parse(text, Loader=yaml.CSafeLoader), file, last, strictness).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, min(mark.line + 1, last), mark.column + 1) if mark else Place(file, 1)
        reason = error.problem or error.context or "it does not follow the grammar"
        raise FileProblem(f"this is not YAML: {reason}", place=place, todo=_advice(reason)) from None
    except yaml.reader.ReaderError as error:
        place = _at(text, max(error.position, 0), file)
        raise FileProblem("a control character is not allowed", place=place, todo="remove it") from None
    except (yaml.YAMLError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it does not follow the grammar"
        raise FileProblem(f"this is not YAML: {reason}", place=Place(file, 1)) from None


def _advice(reason: str) -> str | None:
    if "mapping values are not allowed" in reason or "cannot start any token" in reason:
        return "put the text in quotation marks, or after >- on lines of its own"
    return None


def _at(text: str, offset: int, file: str) -> Place:
    return Place(file, text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1)


def _decode(data: bytes, file: str, strictness: Strictness) -> str:
    if len(data) > strictness.max_bytes:
        raise FileProblem(
            f"the file has {len(data):,} bytes; at most {strictness.max_bytes:,} are read",
            place=Place(file, 1),
            todo="divide it into several files",
        )
    if len(data) > strictness.max_line:
        for number, raw in enumerate(data.split(b"\n"), 1):
            if len(raw) > strictness.max_line:
                raise FileProblem(
                    f"the line has {len(raw):,} bytes; at most {strictness.max_line:,} are read",
                    place=Place(file, number),
                )
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileProblem("this is not UTF-8", place=Place(file, line), todo="save the file as UTF-8") from None
    if bad := _FORBIDDEN.search(text):
        raise FileProblem(
            f"the character U+{ord(bad[0]):04X} is not allowed", place=_at(text, bad.start(), file), todo="remove it"
        )
    if strictness.refuse_look_alikes:
        if (tab := text.find("\t")) >= 0:
            raise FileProblem("a tab is not allowed", place=_at(text, tab, file), todo="write spaces")
        if bad := _ODD_BREAK.search(text):
            raise FileProblem(
                f"the character U+{ord(bad[0]):04X} is not a line break here",
                place=_at(text, bad.start(), file),
                todo="end lines with a line feed",
            )
    return text


class _Builder:
    """Builds nodes from the parser's events."""

    def __init__(self, events: Iterator[yaml.Event], file: str, last: int, strictness: Strictness) -> None:
        self.events = events
        self.file = file
        self.last = last
        self.strictness = strictness
        self.values = 0

    def document(self) -> Node:
        next(self.events)  # start of the stream
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            raise FileProblem("the file is empty", place=Place(self.file, 1))
        if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            raise self.problem("a directive (%) is not allowed", event, "remove the line")
        node = self.node(next(self.events), 0)
        next(self.events)  # end of the document
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise self.problem("a second document begins here", event, "keep one document in one file")
        return node

    def place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self.file, min(mark.line + 1, self.last), mark.column + 1) if mark else Place(self.file, 1)

    def problem(self, what: str, event: yaml.Event, todo: str | None = None) -> FileProblem:
        return FileProblem(what, place=self.place(event), todo=todo)

    def node(self, event: yaml.Event, depth: int) -> Node:
        self.values += 1
        if self.values > self.strictness.max_values:
            raise self.problem(f"the file holds more than {self.strictness.max_values} values", event, "divide it")
        if depth > self.strictness.max_depth:
            raise self.problem(f"nested deeper than {self.strictness.max_depth} levels", event)
        if isinstance(event, yaml.AliasEvent):
            raise self.problem("an alias (*) is not allowed", event, "write the value out, or put it in quotes")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise self.problem("an anchor (&) is not allowed", event, "write the value out, or put it in quotes")
        if getattr(event, "tag", None) is not None:
            raise self.problem("a tag (!) is not allowed", event, "write the value alone: its field decides its type")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.listing(event, depth)
        return self.table(event, depth)

    def scalar(self, event: yaml.ScalarEvent) -> Scalar:
        text, plain = event.value, not event.style
        if self.strictness.refuse_look_alikes:
            if not text.strip():
                raise self.problem("the value is empty", event, "write it, or “not stated” if the source is silent")
            if plain and (todo := _TODO_LOOK_ALIKE.get(text.lower())):
                raise self.problem(f"{text} is not a value", event, todo)
            if bad := _CONTROL.search(text):
                raise self.problem(f"the character U+{ord(bad[0]):04X} is not allowed in a text", event, "remove it")
        elif not text and plain:
            raise self.problem("a value is missing", event, 'leave the line out, or write ""')
        return Scalar(text, self.place(event), plain)

    def listing(self, start: yaml.Event, depth: int) -> Listing:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return Listing(tuple(items), self.place(start))

    def table(self, start: yaml.Event, depth: int) -> Table:
        entries: list[tuple[Scalar, Node]] = []
        lines: dict[str, int] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise self.problem("a key must be plain text", event)
            if key.text in lines:
                first = lines[key.text]
                raise self.problem(
                    f"the key “{key.text[:60]}” is given twice, on line {first} and on line {key.place.line}",
                    event,
                    "keep one",
                )
            lines[key.text] = key.place.line
            entries.append((key, self.node(next(self.events), depth + 1)))
        return Table(tuple(entries), self.place(start))
