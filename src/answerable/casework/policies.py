"""The policy files of a deployment: read, checked, hashed, and in force once two named people have signed.

A policy file is YAML in the strict part that `procedures` reads, so every message names file and line. What is built
in is the default of `policy/`; a deployment keeps its own files in a folder, and a file it does not have is the
default's. A file takes effect on a day only when `in_force` says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from answerable.procedures import yamlfile
from answerable.procedures.errors import FileProblem, Place
from answerable.procedures.fields import act_name, day, items, keys, name, one_of, one_or_more, problem, text
from answerable.procedures.yamlfile import Listing, Node, Table
from answerable.sealing import access
from answerable.sealing.access_checks import Fault, check
from answerable.sealing.place import COMPARTMENTS

#: The policy files there are. Each later kind (routes, sharing, rights, retention) adds its name and its reader.
NAMES = ("access",)
#: How many named people sign a policy file before it takes effect.
SIGNERS = 2

_ROW = ("role", "record", "compartment", "acts", "from", "because")
_MORE = ("until", "stages", "tracks", "needs", "outcomes")


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy file as read: its name, the SHA-256 of its bytes, and where it lies."""

    name: str
    sha256: str
    file: str


@dataclass(frozen=True, slots=True)
class Signed:
    """That a named person signed a policy file with this hash, on this day. The signature itself is already checked."""

    person: str
    sha256: str
    day: date


@dataclass(frozen=True, slots=True)
class Published:
    """A `procedure.published` entry of the record log: the policy's name and hash, the day it says it takes effect."""

    name: str
    sha256: str
    effective: date


@dataclass(frozen=True, slots=True)
class Policies:
    """Every policy of a deployment."""

    access: access.Table
    files: tuple[Policy, ...]

    def hash_of(self, policy: str) -> str:
        """The hex SHA-256 of the policy file of this name: what each event carries."""
        return next(each.sha256 for each in self.files if each.name == policy)


def load(folder: Path | None = None) -> Policies:
    """The policies of ``folder`` (None: those built in). Raises FileProblem with file and line for what is malformed.

    A table that reads well may still be at fault: `faults` says so.
    """
    data, place = _bytes("access", folder)
    return Policies(read_access(data, place.name), (Policy("access", sha256(data).hexdigest(), str(place)),))


@lru_cache(maxsize=4)
def table(folder: Path | None = None) -> access.Table:
    """The access table of ``folder`` (None: the one built in), read once, and refused if it is at fault from today on.

    Raises FileProblem with file and line of the first fault, so that no process starts with such a table. What was at
    fault once and has ended stays in the file, and is no reason to stop now.
    """
    found = load(folder).access
    for fault in faults(found, datetime.now(UTC).date()):
        raise FileProblem(fault.what, place=Place("access.yaml", fault.line or 1), todo=fault.todo)
    return found


def faults(found: access.Table, on: date) -> tuple[Fault, ...]:
    """What is wrong with an access table, from a day on."""
    return check(found, compartments(), on)


def unknown_acts(found: access.Table, acts: Collection[str]) -> tuple[Fault, ...]:
    """Acts that the stages of an access table name and no procedure has."""
    return tuple(
        Fault(stage.line, f"no procedure has the act “{act}”, which the stage {stage.name} names", "name an act it has")
        for every in found.stages.values()
        for stage in every
        for act in sorted({act for act in (stage.clock, stage.tells) if act is not None})
        if act not in acts
    )


def procedures_folder(folder: Path | None) -> Path:
    """Where the deployment's procedures are: ``procedures/`` in its folder of policy files, or those built in."""
    if folder is not None and (folder / "procedures").is_dir():
        return folder / "procedures"
    return Path(__file__).parent / "policy" / "procedures"


def compartments() -> dict[str, tuple[str, ...]]:
    """The compartments of each kind of record, by code."""
    return {record.name.lower(): tuple(each.code for each in every) for record, every in COMPARTMENTS.items()}


def in_force(policy: Policy, signatures: Collection[Signed], published: Collection[Published], on: date) -> bool:
    """Whether a policy file may be acted on: two named people signed these bytes, and their entry is in the record.

    The day it takes effect is the latest of: the second person's signature, and the day that the entry names.
    """
    signed = {each.person for each in signatures if each.sha256 == policy.sha256 and each.day <= on}
    entered = any(
        (each.name, each.sha256) == (policy.name, policy.sha256) and each.effective <= on for each in published
    )
    return entered and len(signed) >= SIGNERS


def _bytes(policy: str, folder: Path | None) -> tuple[bytes, Path]:
    built_in = Path(__file__).parent / "policy" / f"{policy}.yaml"
    if folder is not None and not folder.is_dir():
        raise FileProblem("there is no such folder of policy files", place=Place(str(folder), 1))
    own = folder / f"{policy}.yaml" if folder is not None else built_in
    place = own if own.exists() else built_in
    try:
        return place.read_bytes(), place
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise FileProblem(f"the policy file cannot be read: {reason}", place=Place(str(place), 1)) from None


def read_access(data: bytes, file: str) -> access.Table:
    """The access table of a file's bytes. Raises FileProblem with file and line for anything malformed."""
    node = yamlfile.load(data, file)
    found = keys(node, "an access table", ("policy", "roles", "stages", "rows"))
    one_of(found["policy"], "the name of this policy", ("access",))
    roles = [name(each, "a role") for each in items(found["roles"], "roles")]
    stages = _stages(found["stages"])
    rows = [row for each in items(found["rows"], "rows") for row in _rows(each)]
    return access.table(rows, stages, roles)


def _stages(node: Node) -> dict[str, tuple[access.Stage, ...]]:
    found: dict[str, tuple[access.Stage, ...]] = {}
    if not isinstance(node, Table):
        raise problem(node, "stages must be written by kind of record", "write report, case and file, each with a list")
    for key, every in node.entries:
        found[name(key, "a kind of record")] = tuple(_stage(each) for each in items(every, "the stages of a record"))
    return found


def _stage(node: Node) -> access.Stage:
    values = keys(node, "a stage", ("stage",), ("owner", "clock", "tells"))
    owner = name(values["owner"], "the owner of a stage") if "owner" in values else None
    acts = {word: act_name(values[word]) for word in ("clock", "tells") if word in values}
    return access.Stage(name(values["stage"], "a stage"), owner, **acts, line=node.place.line)


def _rows(node: Node) -> list[access.Row]:
    """The rows that one entry of the file makes: one for each compartment it names."""
    values = keys(node, "a row", _ROW, _MORE)
    words = {key: _names(values[key], key) if key in values else frozenset() for key in ("acts", *_MORE[1:])}
    return [
        access.Row(
            role=name(values["role"], "a role"),
            record=name(values["record"], "a kind of record"),
            compartment=name(each, "a compartment"),
            first=day(values["from"], "a first day"),
            last=day(values["until"], "a last day") if "until" in values else None,
            because=text(values["because"], "a reason"),
            line=node.place.line,
            **words,
        )
        for each in one_or_more(values["compartment"], "the compartments of a row")
    ]


def _names(node: Node, what: str) -> frozenset[str]:
    if isinstance(node, Listing) and not node.items:
        return frozenset()
    return frozenset(name(each, f"one of the {what}") for each in one_or_more(node, what))
