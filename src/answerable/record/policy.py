"""Trust policies: the logs known, the witnesses, and which of them make a quorum together (C2SP tlog-policy)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from answerable.record.checkpoint import Checkpoint
from answerable.record.errors import QuorumError, SignatureError
from answerable.record.keys import MLDSA44, VerifierKey
from answerable.record.note import Note, verify_note
from answerable.record.policy_text import NONE, Group, Witness, read_policy
from answerable.record.text import shown

__all__ = ["CheckedCheckpoint", "Group", "Policy", "Witness", "check_checkpoint"]


@dataclass(frozen=True)
class Policy:
    """A policy. Groups stand in the order of their definition, so a group's members always come before it."""

    logs: tuple[VerifierKey, ...] = ()
    log_urls: Mapping[VerifierKey, str] = field(default_factory=dict)
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    @classmethod
    def parse(cls, text: str | bytes, *, file: str = "policy") -> Self:
        """The policy of a file's text. Raises PolicyError, whose `where` is ``file:line``."""
        read = read_policy(text, file)
        return cls(tuple(read.logs), read.log_urls, read.witnesses, read.groups, read.quorum or NONE)

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
        return self.quorum == NONE or self.quorum in self._witnessed(cosigned)

    def quorum_time(self, time_by_key: Mapping[VerifierKey, int]) -> int | None:
        """The smallest time by which the cosigners up to it make a quorum: the entry existed not later than that.

        None when there is no quorum, and for ``quorum none``, which attests no time.
        """
        if self.quorum == NONE:
            return None
        by_name = {name: time_by_key.get(witness.key, 0) for name, witness in self.witnesses.items()}
        for time in sorted({time for time in by_name.values() if time > 0}):
            if self.quorum in self._witnessed(name for name, at in by_name.items() if 0 < at <= time):
                return time
        return None

    def blocking(self, silent: Iterable[str]) -> bool:
        """Whether those who are not `silent` are a blocking set: the silent witnesses alone cannot make a quorum."""
        return self.quorum != NONE and self.quorum not in self._witnessed(silent)

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
        if self.quorum == NONE:
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

    @property
    def shown_quorum(self) -> str:
        """The quorum's name as it can be printed."""
        return _said(self.quorum)

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
        if self.quorum == NONE:
            found.append("no cosignature is asked, so the log alone decides what it shows to whom")
        elif not self.split_cost(self.quorum):
            found.append("the quorum prevents no split view: two disjoint sets of witnesses can each meet it")
        return found


def _said(name: str) -> str:
    """A name as it can be printed: octets that are not UTF-8 become replacement characters."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _host(name: str) -> str:
    return name.partition("/")[0]


class CheckedCheckpoint(NamedTuple):
    """A checkpoint that a policy accepts: which of the log's keys signed, which witnesses when, and since when both."""

    checkpoint: Checkpoint
    log_keys_ok: tuple[VerifierKey, ...]
    cosigners: dict[VerifierKey, int]
    quorum_time: int | None


def check_checkpoint(note_bytes: bytes, policy: Policy, *, require_mldsa44: bool = False) -> CheckedCheckpoint:
    """The checkpoint in a signed note, if a key of its log signed it and the policy's quorum cosigned it.

    With `require_mldsa44` only ML-DSA-44 lines count, for the log and for the quorum. Raises NoteError for what is
    malformed, SignatureError for a bad line of any key the policy knows or none by the log, QuorumError otherwise.
    """
    note = Note.parse(note_bytes)
    checkpoint = Checkpoint.parse(note.text)
    if not policy.log_keys(checkpoint.origin):
        raise SignatureError(f"the policy knows no log called {shown(checkpoint.origin)}")
    verified = verify_note(note, policy.keys(checkpoint.origin))
    counted = [(key, time) for key, time in verified if key.type == MLDSA44 or not require_mldsa44]
    what = "ML-DSA-44 key" if require_mldsa44 else "key"
    log_keys = tuple(key for key, _ in counted if key in policy.log_keys(checkpoint.origin))
    if not log_keys:
        raise SignatureError(f"no {what} of the log {shown(checkpoint.origin)} has signed this checkpoint")
    witnesses = {witness.key for witness in policy.witnesses.values()}
    cosigners = {key: time for key, time in counted if key in witnesses and time is not None}
    if not policy.quorum_met(cosigners):
        said = policy.explain(cosigners)[0]
        raise QuorumError(f"the quorum of the policy is not met{' by ML-DSA-44 lines' * require_mldsa44}: {said}")
    return CheckedCheckpoint(checkpoint, log_keys, cosigners, policy.quorum_time(cosigners))
