"""Trust policies: the logs known, the witnesses, and which of them make a quorum together (C2SP tlog-policy)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from answerable.errors import AnswerableError
from answerable.record.errors import PolicyError
from answerable.record.keys import COSIGNATURE, ED25519, MLDSA44, VerifierKey
from answerable.record.text import parse_decimal, shown

_MAX_POLICY = 1 << 20
_SPACES = re.compile(r"[ \t]+")
_NONE = "none"


class Witness(NamedTuple):
    """A witness's key, and where it takes requests, if the policy says so."""

    key: VerifierKey
    url: str | None


class Group(NamedTuple):
    """At least `threshold` of `members`, each a witness or a group defined before."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """A policy. Groups stand in the order of their definition, so a group's members always come before it."""

    logs: tuple[VerifierKey, ...] = ()
    log_urls: Mapping[VerifierKey, str] = field(default_factory=dict)
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = _NONE

    @classmethod
    def parse(cls, text: str | bytes, *, file: str = "policy") -> Self:
        """The policy of a file's text. Raises PolicyError, whose `where` is ``file:line``."""
        builder = _Builder(file)
        for number, line in enumerate(_lines(text, file), 1):
            builder.line = number
            words = _SPACES.split(line.strip(" \t"))
            if words != [""] and not words[0].startswith("#"):
                builder.add(words)
        return cls(*builder.finish())

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of the logs, each once: a log's keys are named by its origin."""
        return tuple(dict.fromkeys(key.name for key in self.logs))

    def log_keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """The keys of the log of this origin."""
        return tuple(key for key in self.logs if key.name == origin)

    def keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """Every key that may sign a checkpoint of this origin: the log's, then the witnesses', in order."""
        return self.log_keys(origin) + tuple(witness.key for witness in self.witnesses.values())

    def quorum_met(self, time_by_key: Mapping[VerifierKey, int]) -> bool:
        """Whether the keys with a cosignature time above 0 make a quorum."""
        cosigned = {name for name, witness in self.witnesses.items() if time_by_key.get(witness.key, 0) > 0}
        return self.quorum == _NONE or self.quorum in self._witnessed(cosigned)

    def quorum_time(self, time_by_key: Mapping[VerifierKey, int]) -> int | None:
        """The smallest time by which the cosigners up to it make a quorum: the entry existed not later than that.

        None when there is no quorum, and for ``quorum none``, which attests no time.
        """
        if self.quorum == _NONE:
            return None
        by_name = {name: time_by_key.get(witness.key, 0) for name, witness in self.witnesses.items()}
        for time in sorted({time for time in by_name.values() if time > 0}):
            if self.quorum in self._witnessed(name for name, at in by_name.items() if 0 < at <= time):
                return time
        return None

    def blocking(self, silent: Iterable[str]) -> bool:
        """Whether those who are not `silent` are a blocking set: the silent witnesses alone cannot make a quorum."""
        return self.quorum != _NONE and self.quorum not in self._witnessed(silent)

    def _witnessed(self, cosigned: Iterable[str]) -> set[str]:
        """The names, of witnesses and groups, that have witnessed what these witnesses cosigned."""
        witnessed = self.witnesses.keys() & set(cosigned)
        for name, group in self.groups.items():
            if sum(member in witnessed for member in group.members) >= group.threshold:
                witnessed.add(name)
        return witnessed

    def explain(self, time_by_key: Mapping[VerifierKey, int]) -> list[str]:
        """The quorum in words: a line with the count of each part, then a line of names for each group of it.

        Counts stop at what is needed: ``both: civil 2 of 2, states 3 of 3``.
        """
        if self.quorum == _NONE:
            return ["none asked"]
        witnessed = self._witnessed(
            name for name, witness in self.witnesses.items() if time_by_key.get(witness.key, 0) > 0
        )
        groups = [name for name in self._below(self.quorum) if name in self.groups and not self.is_body(name)]
        parts = [name for name in groups if name != self.quorum] or [self.quorum]
        head = ", ".join(f"{_said(name)} {self._count(name, witnessed)}" for name in parts)
        lines = [head if parts == [self.quorum] else f"{_said(self.quorum)}: {head}"]
        for name in groups or [self.quorum]:
            members = self.groups[name].members if name in self.groups else (name,)
            said = ", ".join(f"{_said(member)} {'yes' if member in witnessed else 'no'}" for member in members)
            lines.append(f"{_said(name)}: {said}")
        return lines

    def _count(self, name: str, witnessed: set[str]) -> str:
        group = self.groups.get(name, Group(1, (name,)))
        have = sum(member in witnessed for member in group.members)
        return f"{min(have, group.threshold)} of {group.threshold}"

    def _below(self, name: str) -> list[str]:
        """A name and everything it is made of, depth first in the order written."""
        found, waiting = [], [name]
        while waiting:
            found.append(waiting.pop())
            group = self.groups.get(found[-1])
            waiting.extend(reversed(group.members) if group else ())
        return found

    def is_body(self, name: str) -> bool:
        """Whether a group is one body's keys: any of several witnesses under one host. It counts as one member."""
        group = self.groups.get(name)
        if group is None or group.threshold != 1 or any(member not in self.witnesses for member in group.members):
            return False
        return len({_host(self.witnesses[member].key.name) for member in group.members}) == 1

    def split_cost(self, name: str) -> int:
        """How many corrupt bodies it takes for `name` to witness two contradicting checkpoints.

        Two sets of k of n members share at least 2k - n; the cheapest of those must all be broken.
        """
        costs: dict[str, int] = dict.fromkeys(self.witnesses, 1)
        for group_name, group in self.groups.items():
            shared = max(0, 2 * group.threshold - len(group.members))
            cheapest = sorted(costs[member] for member in group.members)[:shared]
            costs[group_name] = 1 if self.is_body(group_name) else sum(cheapest)
        return costs.get(name, 0)

    def split_tolerance(self) -> list[str]:
        """One line per group of the quorum that is more than one body's keys: how many it takes to split the view."""
        used = set(self._below(self.quorum))
        lines = []
        for name in self.groups:
            if name not in used or self.is_body(name):
                continue
            group, cost = self.groups[name], self.split_cost(name)
            said = f"a split needs {cost} corrupt" if cost else "prevents no split: two halves can each reach it"
            lines.append(f"{_said(name)}: {group.threshold} of {len(group.members)}; {said}")
        return lines

    def warnings(self) -> list[str]:
        """What makes a quorum weaker than it looks: keys that are the log's own, and groups that prevent no split."""
        ours = {key.key for key in self.logs}
        hosts = {_host(key.name) for key in self.logs}
        found = [
            f"the witness {_said(name)} is not independent: its key or its name is the log's own"
            for name, witness in self.witnesses.items()
            if witness.key.key in ours or _host(witness.key.name) in hosts
        ]
        used = set(self._below(self.quorum))
        found += [
            f"the witness {_said(name)} is in no group of the quorum" for name in self.witnesses if name not in used
        ]
        if self.quorum == _NONE:
            found.append("no cosignature is asked, so the log alone decides what it shows to whom")
        elif not self.split_cost(self.quorum):
            found.append("the quorum prevents no split view: two disjoint sets of witnesses can each meet it")
        return found


def _said(name: str) -> str:
    """A name as it can be printed: octets that are not UTF-8 become replacement characters."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _host(name: str) -> str:
    return name.partition("/")[0]


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


class _Builder:
    """A policy being read, line by line."""

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
                raise self.error(f"{shown(' '.join(words))} is not a line of a policy", "see c2sp.org/tlog-policy")

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
        if name == _NONE:
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
        if name != _NONE:
            self._known(name)
        self.quorum = name

    def finish(
        self,
    ) -> tuple[tuple[VerifierKey, ...], dict[VerifierKey, str], dict[str, Witness], dict[str, Group], str]:
        if self.quorum is None:
            raise self.error("a policy has one quorum line, and this has none", "end it with `quorum NAME`")
        return tuple(self.logs), self.log_urls, self.witnesses, self.groups, self.quorum
