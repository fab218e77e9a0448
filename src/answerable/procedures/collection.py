"""A collection: all its files read together, every problem found, and the digest that names exactly these files."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from answerable.procedures import source as sources_
from answerable.procedures import statement as statements_
from answerable.procedures import vocabulary as vocabulary_
from answerable.procedures.errors import FileProblem, Place, ProceduresError
from answerable.procedures.fields import collect
from answerable.procedures.source import Source
from answerable.procedures.statement import Norm, Statement
from answerable.procedures.vocabulary import Vocabulary
from answerable.procedures.yamlfile import Node
from answerable.procedures.yamlfile import load as load_yaml

T = TypeVar("T")

#: The content of a file by its path relative to the collection's folder. Raises OSError for a file that is not there.
Read = Callable[[str], bytes]
#: The names of the files in a folder, and nothing for a folder that is not there.
List = Callable[[str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Collection:
    """Everything read from the files, in the order of paths and of lines. With ``problems`` it serves `check` alone."""

    name: str
    digest: str
    vocabulary: Vocabulary
    sources: Mapping[str, Source]
    statements: tuple[Statement, ...]
    problems: tuple[ProceduresError, ...]

    def sound(self) -> Collection:
        """This collection if it has no problem; else its first problem is raised."""
        if self.problems:
            first = self.problems[0]
            if len(self.problems) > 1 and first.place:
                more = f"check shows {len(self.problems) - 1} more"
                first = type(first)(
                    first.what, place=first.place, todo=f"{first.todo or ''}; {more}".lstrip("; "), kind=first.kind
                )
            raise first
        return self

    def norms(self) -> Mapping[str, Norm]:
        """Every norm by its full name."""
        return {norm.full: norm for statement in self.statements for norm in statement.norms}


EMPTY = Vocabulary(
    "unreadable", "", MappingProxyType({}), MappingProxyType({}), MappingProxyType({}), (), MappingProxyType({})
)


@dataclass
class _Reader:
    """Reads files once each, and remembers their digests and what was wrong."""

    read_file: Read
    list_folder: List
    digests: dict[str, str] = field(default_factory=dict)
    problems: list[ProceduresError] = field(default_factory=list)

    def read(self, path: str) -> bytes:
        try:
            data = self.read_file(path)
        except OSError as error:
            reason = error.strerror or "it cannot be read"
            raise FileProblem(f"the file cannot be read: {reason}", place=Place(path, 1)) from None
        self.digests[path] = hashlib.sha256(data).hexdigest()
        return data

    def node(self, path: str) -> Node:
        return load_yaml(self.read(path), path)

    def folder(self, folder: str) -> list[tuple[str, Node]]:
        """The YAML files of a folder, by path in byte order."""
        found: list[tuple[str, Node]] = []
        for name in sorted(self.list_folder(folder), key=str.encode):
            path = posixpath.join(folder, name)
            if name.endswith(".yml"):
                self.problems.append(
                    FileProblem("the file would not be read", place=Place(path, 1), todo="name it .yaml")
                )
            if name.endswith(".yaml") and (node := collect(self.problems, self.node, path)):
                found.append((path, node))
        return found

    def digest(self) -> str:
        lines = sorted((path.encode("utf-8", "surrogateescape"), digest) for path, digest in self.digests.items())
        return hashlib.sha256(b"".join(f"{digest}  ".encode() + path + b"\n" for path, digest in lines)).hexdigest()


def load(read: Read, list_: List, vocabulary_path: str = "vocabulary.yaml") -> Collection:
    """Read a collection. Never raises for what the files say: every problem is in the result's ``problems``.

    ``read`` and ``list_`` take paths relative to the folder of the collection; ``read`` raises OSError where there is
    no such file.
    """
    reader = _Reader(read, list_)
    vocabulary = collect(reader.problems, _vocabulary, reader, vocabulary_path) or EMPTY
    files = reader.folder("statements")
    sources: dict[str, Source] = {}
    statements: list[Statement] = []
    if vocabulary is not EMPTY:
        sources = collect(reader.problems, _sources, reader, vocabulary, vocabulary_path) or {}
    if not reader.problems:
        for path, node in files:
            one = collect(reader.problems, statements_.parse, node, vocabulary, sources, reader.problems)
            _add(statements, one, path, reader.problems)
    return Collection(
        vocabulary.name,
        reader.digest(),
        vocabulary,
        MappingProxyType(sources),
        tuple(statements),
        tuple(reader.problems),
    )


def _vocabulary(reader: _Reader, path: str) -> Vocabulary:
    return vocabulary_.parse(reader.node(path), reader.problems)


def _sources(reader: _Reader, vocabulary: Vocabulary, vocabulary_path: str) -> dict[str, Source]:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(vocabulary_path), vocabulary.sources))
    return sources_.parse(reader.node(path), posixpath.dirname(path), reader.read, reader.problems)


def _add(statements: list[Statement], one: Statement | None, path: str, problems: list[ProceduresError]) -> None:
    if one is None:
        return
    for other in statements:
        if other.name == one.name:
            what = f"the statement “{one.name}” is also in {other.place}"
            problems.append(FileProblem(what, place=Place(path, one.place.line), todo="give one another name"))
    statements.append(one)


def from_folder(folder: Path) -> Collection:
    """The collection whose ``vocabulary.yaml`` lies in ``folder``."""

    def names(path: str) -> list[str]:
        inside = folder / path
        return [entry.name for entry in inside.iterdir() if entry.is_file()] if inside.is_dir() else []

    return load(lambda path: (folder / path).read_bytes(), names)
