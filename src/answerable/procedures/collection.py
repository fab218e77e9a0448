"""A collection: all its files read together, every problem found, and the digest that names exactly these files."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, TypeVar

from answerable.procedures import calendar as calendars_
from answerable.procedures import casefile, procedure, question, source, statement, vocabulary
from answerable.procedures import rank as ranks
from answerable.procedures.calendar import Calendar
from answerable.procedures.casefile import Case
from answerable.procedures.errors import FileProblem, Place, ProceduresError
from answerable.procedures.fields import collect
from answerable.procedures.norm import Norm
from answerable.procedures.procedure import Procedure
from answerable.procedures.question import Question
from answerable.procedures.rank import Rank
from answerable.procedures.source import Source
from answerable.procedures.statement import Statement
from answerable.procedures.vocabulary import Vocabulary
from answerable.procedures.yamlfile import Node
from answerable.procedures.yamlfile import load as load_yaml

#: The content of a file by its path relative to the collection's folder. Raises OSError for a file that is not there.
Read = Callable[[str], bytes]
#: The names of the files in a folder, and nothing for a folder that is not there.
Names = Callable[[str], Iterable[str]]


class _Placed(Protocol):
    @property
    def place(self) -> Place: ...


T = TypeVar("T", bound=_Placed)


@dataclass(frozen=True, slots=True)
class Collection:
    """Everything read from the files, in the order of paths and of lines. With ``problems`` it serves `check` alone."""

    name: str
    digest: str
    vocabulary: Vocabulary
    sources: Mapping[str, Source]
    statements: tuple[Statement, ...]
    questions: tuple[Question, ...]
    rank: Rank
    cases: tuple[Case, ...]
    procedures: tuple[Procedure, ...]
    calendars: Mapping[str, Calendar]
    problems: tuple[ProceduresError, ...]

    def sound(self) -> Collection:
        """This collection if it has no problem; else its first problem is raised."""
        if self.problems:
            raise self.problems[0]
        return self

    def norms(self) -> Mapping[str, Norm]:
        """Every norm by its full name."""
        return {norm.full: norm for statement in self.statements for norm in statement.norms}


def load(read: Read, names: Names, vocabulary_path: str = "vocabulary.yaml") -> Collection:
    """Read a collection. Never raises for what the files say: every problem is in the result's ``problems``.

    ``read`` and ``names`` take paths relative to the folder of the collection; ``read`` raises OSError where there is
    no such file. What depends on a broken part is not read further, so that one mistake is one problem.
    """
    return _Loader(read, names).collection(vocabulary_path)


def from_folder(folder: Path) -> Collection:
    """The collection whose ``vocabulary.yaml`` lies in ``folder``."""

    def names(path: str) -> list[str]:
        inside = folder / path
        return [entry.name for entry in inside.iterdir() if entry.is_file()] if inside.is_dir() else []

    return load(lambda path: (folder / path).read_bytes(), names)


_NOTHING = Vocabulary(
    "unreadable", "", MappingProxyType({}), MappingProxyType({}), MappingProxyType({}), (), MappingProxyType({})
)


@dataclass
class _Loader:
    """Reads each file once, and remembers its digest and what was wrong."""

    read_file: Read
    list_folder: Names
    digests: dict[str, str] = field(default_factory=dict)
    problems: list[ProceduresError] = field(default_factory=list)
    vocabulary: Vocabulary = _NOTHING
    sources: dict[str, Source] = field(default_factory=dict)

    def collection(self, vocabulary_path: str) -> Collection:
        self.read_basis(vocabulary_path)
        files = {folder: self.folder(folder) for folder in ("calendars", "statements", "procedures", "cases")}
        present = set(self.list_folder(""))
        single = {name: self.node(name) for name in ("rank.yaml", "questions.yaml") if name in present}
        usable = not self.problems
        calendars = self.every(files["calendars"], calendars_.parse, lambda one: one.name) if usable else []
        statements = self.every(files["statements"], self.statement, lambda one: one.name) if usable else []
        self.check_reads(statements)
        rank, procedures, cases, questions = Rank(), list[Procedure](), list[Case](), tuple[Question, ...]()
        if usable and (node := single.get("questions.yaml")):
            questions = collect(self.problems, question.parse, node, *self.basis) or ()
        if not self.problems:
            if node := single.get("rank.yaml"):
                rank = collect(self.problems, ranks.parse, node, statements, self.sources, self.problems) or Rank()
            procedures = self.read_procedures(files["procedures"], statements, calendars)
        if not self.problems:
            cases = self.read_cases(files["cases"], procedures)
        return Collection(
            self.vocabulary.name,
            self.digest(),
            self.vocabulary,
            MappingProxyType(self.sources),
            tuple(statements),
            questions,
            rank,
            tuple(cases),
            tuple(procedures),
            MappingProxyType({calendar.name: calendar for calendar in calendars}),
            tuple(sorted(self.problems, key=lambda error: error.place or Place("", 0))),
        )

    @property
    def basis(self) -> tuple[Vocabulary, Mapping[str, Source], list[ProceduresError]]:
        return self.vocabulary, self.sources, self.problems

    def read_basis(self, path: str) -> None:
        """Read the vocabulary, and the sources it names."""
        if not (node := self.node(path)):
            return
        self.vocabulary = collect(self.problems, vocabulary.parse, node, self.problems) or _NOTHING
        if self.vocabulary is _NOTHING:
            return
        where = posixpath.normpath(posixpath.join(posixpath.dirname(path), self.vocabulary.sources))
        if node := self.node(where):
            folder = posixpath.dirname(where)
            self.sources = collect(self.problems, source.parse, node, folder, self.read, self.problems) or {}

    def read_procedures(
        self, files: list[Node], statements: list[Statement], calendars: list[Calendar]
    ) -> list[Procedure]:
        norms = frozenset(norm.full for one in statements for norm in one.norms)
        names = [calendar.name for calendar in calendars]

        def parse(node: Node) -> Procedure:
            return procedure.parse(node, self.vocabulary, norms, names, self.problems)

        return self.every(files, parse, lambda one: (one.name, one.version))

    def read_cases(self, files: list[Node], procedures: list[Procedure]) -> list[Case]:
        acts: dict[str, list[str]] = {}
        for one in procedures:
            acts.setdefault(one.name, []).extend(one.defined())

        def parse(node: Node) -> Case:
            return casefile.parse(node, self.vocabulary, self.sources, acts, self.problems)

        return self.every(files, parse, lambda one: one.case)

    def statement(self, node: Node) -> Statement:
        return statement.parse(node, *self.basis)

    def check_reads(self, statements: list[Statement]) -> None:
        names = {one.name for one in statements}
        for one in statements:
            if one.reads is not None and (one.reads == one.name or one.reads not in names) and not self.problems:
                what = f"“{one.reads}” is not another statement of this collection"
                self.problems.append(FileProblem(what, place=one.place, todo="correct “reads”", kind="unknown-name"))

    def every(self, files: list[Node], parse: Callable[[Node], T], key: Callable[[T], Hashable]) -> list[T]:
        """What ``parse`` makes of each file; a second one with the same ``key`` is a problem."""
        found: dict[Hashable, T] = {}
        for node in files:
            one = collect(self.problems, parse, node)
            if one is None:
                continue
            if other := found.get(key(one)):
                what = f"this is already in {other.place}"
                self.problems.append(FileProblem(what, place=one.place, todo="give one of the two another name"))
            else:
                found[key(one)] = one
        return list(found.values())

    def read(self, path: str) -> bytes:
        try:
            data = self.read_file(path)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it cannot be read"
            raise FileProblem(f"the file cannot be read: {reason}", place=Place(path, 1)) from None
        self.digests[path] = hashlib.sha256(data).hexdigest()
        return data

    def node(self, path: str) -> Node | None:
        """The content of a file; None, and a problem, if it cannot be read."""
        return collect(self.problems, lambda: load_yaml(self.read(path), path))

    def folder(self, folder: str) -> list[Node]:
        """The YAML files of a folder, by path in byte order."""
        found: list[Node] = []
        for name in sorted(self.list_folder(folder), key=lambda name: name.encode("utf-8", "surrogateescape")):
            path = posixpath.join(folder, name)
            if name.endswith(".yml"):
                self.problems.append(FileProblem("this file is not read", place=Place(path, 1), todo="name it .yaml"))
            if name.endswith(".yaml") and (node := self.node(path)):
                found.append(node)
        return found

    def digest(self) -> str:
        lines = sorted((path.encode("utf-8", "surrogateescape"), digest) for path, digest in self.digests.items())
        return hashlib.sha256(b"".join(digest.encode() + b"  " + path + b"\n" for path, digest in lines)).hexdigest()
