"""The text of a trust policy, line by line (C2SP tlog-policy). What it means is in `record.policy`."""

from __future__ import annotations

import re
from typing import NamedTuple

from answerable.errors import AnswerableError
from answerable.record.errors import PolicyError
from answerable.record.keys import COSIGNATURE, ED25519, MLDSA44, VerifierKey
from answerable.record.text import parse_decimal, shown

#: The name that asks for no cosignature at all; no witness and no group may have it.
NONE = "none"

_LINES = "write `log VKEY [URL]`, `witness NAME VKEY [URL]`, `group NAME all|any|K NAME…` or `quorum NAME`"
_MAX_POLICY = 1 << 20
_SPACES = re.compile(r"[ \t]+")


class Witness(NamedTuple):
    """A witness's key, and where it takes requests, if the policy says so."""

    key: VerifierKey
    url: str | None


class Group(NamedTuple):
    """At least `threshold` of `members`, each a witness or a group defined before."""

    threshold: int
    members: tuple[str, ...]


def read_policy(text: str | bytes, file: str) -> PolicyText:
    """Every line of a policy, read. Raises PolicyError, whose `where` is ``file:line``."""
    read = PolicyText(file)
    for number, line in enumerate(_lines(text, file), 1):
        read.line = number
        words = _SPACES.split(line.strip(" \t"))
        if words != [""] and not words[0].startswith("#"):
            read.add(words)
    if read.quorum is None:
        raise read.error("a policy has one quorum line, and this has none", "end it with `quorum NAME`")
    return read


def _lines(text: str | bytes, file: str) -> list[str]:
    """The lines of a policy. Octets outside ASCII stay what they are: names are compared as octets."""
    if len(text) > _MAX_POLICY:
        raise PolicyError(f"a policy has at most {_MAX_POLICY} bytes", where=file)
    lines = (text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text).split("\n")
    for number, line in enumerate(lines, 1):
        bad = next((char for char in line if (char < " " and char != "\t") or char == "\x7f"), None)
        if bad is not None:
            raise PolicyError(f"the character {shown(bad)} is not allowed in a policy", where=f"{file}:{number}")
    return lines


class PolicyText:
    """What the lines read so far define."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.line = 0
        self.logs: list[VerifierKey] = []
        self.log_urls: dict[VerifierKey, str] = {}
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, Group] = {}
        self.members: set[str] = set()
        self.quorum: str | None = None

    def error(self, what: str, todo: str | None = None) -> PolicyError:
        return PolicyError(what, where=f"{self.file}:{self.line}", todo=todo)

    def add(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) < 2:
                self._log(self._key(vkey, (ED25519, MLDSA44), "log"), *url)
            case ["witness", name, vkey, *url] if len(url) < 2:
                self._define(name)
                key = self._key(vkey, (COSIGNATURE, MLDSA44), "witness")
                if any(key.key == other.key.key for other in self.witnesses.values()):
                    raise self.error(f"the key of witness {shown(name)} is already that of another witness")
                self.witnesses[name] = Witness(key, url[0] if url else None)
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, tuple(members))
            case ["quorum", name]:
                self._quorum(name)
            case _:
                raise self.error(f"{shown(words[0])} does not begin a line of a policy that goes on like this", _LINES)

    def _key(self, vkey: str, types: tuple[int, ...], what: str) -> VerifierKey:
        try:
            key = VerifierKey.parse(vkey)
        except AnswerableError as error:
            raise self.error(error.what, error.todo) from None
        if key.type not in types:
            raise self.error(f"a key of type {key.type:#04x} is not a {what}'s")
        return key

    def _log(self, key: VerifierKey, url: str | None = None) -> None:
        if any(key.key == other.key for other in self.logs):
            raise self.error(f"the key of the log {shown(key.name)} is already that of another")
        self.logs.append(key)
        if url is not None:
            self.log_urls[key] = url

    def _define(self, name: str) -> None:
        if name == NONE:
            raise self.error("the name `none` is reserved")
        if name in self.witnesses or name in self.groups:
            raise self.error(f"the name {shown(name)} is defined twice")

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise self.error(f"the name {shown(name)} is not defined on an earlier line")

    def _group(self, name: str, threshold: str, members: tuple[str, ...]) -> None:
        self._define(name)
        for member in members:
            self._known(member)
            if member in self.members:
                raise self.error(f"the name {shown(member)} is a member twice; it may be one once, of one group")
            self.members.add(member)
        count = {"any": 1, "all": len(members)}.get(threshold, parse_decimal(threshold))
        if count is None or not 1 <= count <= len(members):
            raise self.error(f"{shown(threshold)} is not `all`, `any` or a number from 1 to {len(members)}")
        self.groups[name] = Group(count, members)

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise self.error("a policy has one quorum line, and this is a second one")
        if name != NONE:
            self._known(name)
        self.quorum = name
