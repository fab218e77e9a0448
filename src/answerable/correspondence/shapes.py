"""Reading a mapping of a file field by field: every field known, of its type, and every refusal with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from answerable.correspondence.characters import BACKWARDS, CONTROLS, DECEPTIVE
from answerable.correspondence.errors import CorrespondenceError
from answerable.correspondence.letters import UNKNOWN
from answerable.correspondence.yaml_text import Node

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
#: What an entry of the record holds in one text member.
SHORT = 500
LONG = 20_000

T = TypeVar("T")
C = TypeVar("C", bound=str)


class Shape:
    """A mapping node whose fields are taken one at a time; `done` refuses what was not taken."""

    def __init__(self, node: Node, what: str) -> None:
        if not isinstance(node.value, dict):
            raise CorrespondenceError(f"{what} must be a mapping of fields", where=node.place)
        self.node = node
        self.what = what
        self.items = node.value
        self.taken: set[str] = set()

    def find(self, name: str, *, required: bool) -> Node | None:
        """The node of field ``name``."""
        self.taken.add(name)
        node = self.items.get(name)
        if node is None and required:
            raise CorrespondenceError(f"{self.what} has no {name!r}", where=self.node.place, todo=f"add a line {name}:")
        return node

    def done(self) -> None:
        """Refuse fields that nobody asked for."""
        for name, node in self.items.items():
            if name not in self.taken:
                known = ", ".join(sorted(self.taken))
                raise CorrespondenceError(
                    f"{self.what} has no field {name!r}", where=node.place, todo=f"the fields are {known}"
                )

    def maybe(self, name: str, limit: int = SHORT) -> str | None:
        """An optional text of at most ``limit`` characters."""
        node = self.find(name, required=False)
        return None if node is None else text_of(node, name, limit)

    def text(self, name: str, limit: int = SHORT) -> str:
        """A required text of at most ``limit`` characters."""
        node = self.find(name, required=True)
        assert node is not None
        return text_of(node, name, limit)

    def matching(self, name: str, pattern: re.Pattern[str], like: str) -> str:
        """A required text of a fixed form."""
        node = self.find(name, required=True)
        assert node is not None
        return matching(node, name, pattern, like)

    def maybe_matching(self, name: str, pattern: re.Pattern[str], like: str) -> str | None:
        """An optional text of a fixed form."""
        node = self.find(name, required=False)
        return None if node is None else matching(node, name, pattern, like)

    def label(self, name: str) -> str:
        """A required label."""
        return self.matching(name, LABEL, "a label such as L3")

    def maybe_label(self, name: str) -> str | None:
        """An optional label."""
        return self.maybe_matching(name, LABEL, "a label such as L3")

    def code(self, name: str) -> str:
        """A required code."""
        return self.matching(name, CODE, "a code such as code-blue")

    def maybe_code(self, name: str) -> str | None:
        """An optional code."""
        return self.maybe_matching(name, CODE, "a code such as code-blue")

    def choice(self, name: str, options: Sequence[C]) -> C:
        """A required word out of ``options``."""
        node = self.find(name, required=True)
        assert node is not None
        for option in options:
            if node.value == option:
                return option
        raise CorrespondenceError(f"{name} must be one of {', '.join(options)}", where=node.place)

    def number(self, name: str) -> int:
        """A required whole number."""
        node = self.find(name, required=True)
        assert node is not None
        return number_of(node, name)

    def maybe_number(self, name: str) -> int | None:
        """An optional whole number."""
        node = self.find(name, required=False)
        return None if node is None else number_of(node, name)

    def day(self, name: str) -> str | None:
        """An optional calendar day, ``YYYY-MM-DD``."""
        node = self.find(name, required=False)
        return None if node is None else day_of(node, name)

    def day_or_reason(self) -> tuple[str | None, str | None]:
        """``dated``: a day, or ``unknown`` with ``dated_why``."""
        node = self.find("dated", required=True)
        assert node is not None
        why = self.maybe("dated_why")
        if node.value == UNKNOWN:
            if why is None:
                raise CorrespondenceError(
                    "a date that is unknown needs its reason", where=node.place, todo="add a line dated_why:"
                )
            return None, why
        if why is not None:
            raise CorrespondenceError("dated_why stands only beside 'dated: unknown'", where=node.place)
        return day_of(node, "dated"), None

    def each(self, name: str, read: Callable[[Node], T], *, required: bool = False) -> tuple[T, ...]:
        """A list, each item read by ``read``."""
        node = self.find(name, required=required)
        if node is None:
            return ()
        if not isinstance(node.value, list):
            raise CorrespondenceError(f"{name} must be a list", where=node.place)
        return tuple(read(item) for item in node.value)

    def labels(self, name: str) -> tuple[str, ...]:
        """An optional list of labels without repeats."""
        return self.each(name, lambda item: matching(item, name, LABEL, "a label such as L3"))


def text_of(node: Node, name: str, limit: int) -> str:
    """The node's text, not blank, at most ``limit`` characters; short texts are one line without controls."""
    if not isinstance(node.value, str):
        raise CorrespondenceError(f"{name} must be text", where=node.place)
    text = node.value
    if not text.strip():
        raise CorrespondenceError(f"{name} is empty", where=node.place, todo="leave the line out or fill it in")
    if len(text) > limit:
        raise CorrespondenceError(f"{name} has {len(text)} characters; at most {limit} fit", where=node.place)
    if limit <= SHORT and any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in text):
        raise CorrespondenceError(f"{name} must be one line without control characters", where=node.place)
    if bad := CONTROLS.search(text) or (DECEPTIVE if limit <= SHORT else BACKWARDS).search(text):
        what = f"{name} holds the character U+{ord(bad[0]):04X}, which does not show and makes it read otherwise"
        raise CorrespondenceError(what, where=node.place, todo="take it out")
    return text


def matching(node: Node, name: str, pattern: re.Pattern[str], like: str) -> str:
    """The node's text if it has the form of ``pattern``."""
    if not isinstance(node.value, str) or not pattern.fullmatch(node.value):
        raise CorrespondenceError(f"{name} must be {like}", where=node.place)
    return node.value


def number_of(node: Node, name: str) -> int:
    """The node's text as a whole number."""
    return int(matching(node, name, NUMBER, "a whole number"))


def day_of(node: Node, name: str) -> str:
    """The node's text as a calendar day."""
    text = matching(node, name, re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "a day such as 2017-12-01")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise CorrespondenceError(f"{name}: there is no day {text}", where=node.place) from None
    return text
