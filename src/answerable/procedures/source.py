"""Sources: texts that statements are quoted from, held as short attributed excerpts, whole, or not at all."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from answerable.procedures.errors import FileProblem, Place, ProceduresError, QuoteNotFound
from answerable.procedures.fields import (
    NOT_STATED,
    Stated,
    collect,
    day,
    identifier,
    keys,
    one_of,
    one_or_more,
    problem,
    shown,
    stated,
    table,
    text,
)
from answerable.procedures.text import Normalised, find_quote, normalise, quoted, words
from answerable.procedures.yamlfile import Node, Scalar

MAX_BLOCK_WORDS = 100
MAX_TEXT = 16 << 20

Held = Literal["excerpts", "whole", "not held"]


@dataclass(frozen=True, slots=True)
class Block:
    """A passage of a source: who is quoted and where (``attribution``), its text, and the line on which that begins."""

    attribution: str
    text: str
    line: int
    normal: Normalised


@dataclass(frozen=True, slots=True)
class Source:
    """One text. ``file`` is relative to the vocabulary's folder; a source that is not held has none, and no blocks."""

    id: str
    title: str
    by: str
    on: date | Stated
    held: Held
    file: str | None
    url: str | None
    known_from: str | None
    whole_sha256: str | None
    abbreviations: tuple[str, ...]
    blocks: tuple[Block, ...]
    place: Place


_REQUIRED = ("title", "by", "on", "held as")
_OPTIONAL = ("file", "url", "known from", "whole text sha256", "abbreviations")


def parse(node: Node, folder: str, read: Callable[[str], bytes], problems: list[ProceduresError]) -> dict[str, Source]:
    """Read the list of sources, and through ``read`` the texts it names (their paths are joined to ``folder``).

    Errors within one source are added to ``problems``.
    """
    sources: dict[str, Source] = {}
    for key, value in table(keys(node, "the list of sources", ("sources",))["sources"], "“sources”").entries:
        if source := collect(problems, _source, key, value, folder, read):
            sources[source.id] = source
    return sources


def _source(key: Scalar, node: Node, folder: str, read: Callable[[str], bytes]) -> Source:
    values = keys(node, "a source", _REQUIRED, _OPTIONAL)
    held: Held = one_of(values["held as"], "how a source is held", ("excerpts", "whole", "not held"))  # type: ignore[assignment]
    wanted, refused = ("known from", "file") if held == "not held" else ("file", "known from")
    if wanted not in values:
        raise problem(node, f"a source held as “{held}” has no “{wanted}”", "write it")
    if refused in values:
        raise problem(values[refused], f"a source held as “{held}” cannot have “{refused}”", "remove the key")
    digest = values.get("whole text sha256")
    file: str | None = None
    blocks: tuple[Block, ...] = ()
    if "file" in values:
        file = join(folder, values["file"])
        blocks = _blocks(held, file, read(file), values["file"], _digest(digest))
    return Source(
        identifier(key, "the id of a source"),
        text(values["title"], "“title”"),
        text(values["by"], "“by”"),
        stated(values["on"], NOT_STATED) or day(values["on"], "the day of a source"),
        held,
        file,
        text(values["url"], "“url”") if "url" in values else None,
        text(values["known from"], "“known from”") if "known from" in values else None,
        _digest(digest),
        tuple(text(item, "an abbreviation") for item in one_or_more(values["abbreviations"], "“abbreviations”"))
        if "abbreviations" in values
        else (),
        blocks,
        key.place,
    )


def join(folder: str, node: Node) -> str:
    """The path that ``node`` names, relative to ``folder``. Absolute paths are refused."""
    path = text(node, "a path")
    if path.startswith("/") or "\\" in path or "\0" in path:
        raise problem(node, f"“{shown(path)}” is not a relative path", "write it relative to this file, with “/”")
    return posixpath.normpath(posixpath.join(folder, path))


def _digest(node: Node | None) -> str | None:
    if node is None:
        return None
    word = text(node, "“whole text sha256”")
    if not re.fullmatch(r"[0-9a-f]{64}", word):
        raise problem(node, f"“{shown(word)}” is not a SHA-256", "write its 64 hexadecimal digits in small letters")
    return word


def _blocks(held: Held, file: str, data: bytes, node: Node, digest: str | None) -> tuple[Block, ...]:
    content = _text(data, file)
    if held == "excerpts":
        return tuple(excerpts(content, file))
    if digest and hashlib.sha256(data).hexdigest() != digest:
        raise problem(node, f"{file} does not have the SHA-256 given for the whole text", "correct one of the two")
    return (Block("", content, 1, normalise(content)),)


def _text(data: bytes, file: str) -> str:
    if len(data) > MAX_TEXT:
        raise FileProblem(f"the text has {len(data):,} bytes; at most {MAX_TEXT:,} are read", place=Place(file, 1))
    try:
        return data.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        place = Place(file, data.count(b"\n", 0, error.start) + 1)
        raise FileProblem("this is not UTF-8", place=place, todo="save the file as UTF-8") from None


def excerpts(content: str, file: str) -> Iterable[Block]:
    """The blocks of an excerpt file. Raises `FileProblem` for one without attribution or text, or too long."""
    found = 0
    lines = [*content.split("\n"), ""]
    start = 0
    for number, line in enumerate(lines):
        if line.strip():
            continue
        if number > start:
            yield _excerpt(lines[start:number], Place(file, start + 1))
            found += 1
        start = number + 1
    if not found:
        raise FileProblem(
            "the file holds no excerpt", place=Place(file, 1), todo="write “# who, where”, then the words"
        )


def _excerpt(lines: Sequence[str], place: Place) -> Block:
    head, body = lines[0], "\n".join(lines[1:])
    if not head.startswith("# ") or not head[2:].strip():
        raise FileProblem(
            "the block does not begin with its attribution", place=place, todo="write a line “# who, where” above it"
        )
    if not body.strip():
        raise FileProblem("the block has no text after its attribution", place=place, todo="write the words quoted")
    if (count := words(body)) > MAX_BLOCK_WORDS:
        what = f"the block has {count} words; a quotation has at most {MAX_BLOCK_WORDS}"
        raise FileProblem(what, place=place, todo="shorten it, or divide it if words are left out between")
    return Block(head[2:].strip(), body, place.line + 1, normalise(body))


def locate(node: Node, source: Source, what: str = "“says”") -> tuple[tuple[str, ...], int]:
    """The pieces of the quotation ``node``, and the line of ``source``'s file on which they are found.

    Raises `QuoteNotFound` at the quotation's own line if no one block holds the pieces in order.
    """
    pieces = tuple(text(item, what) for item in one_or_more(node, what))
    if source.held == "not held":
        todo = "leave it out (a norm may have “gist” instead)" if what == "“says”" else "write “not checked”"
        raise problem(node, f"the text of “{source.id}” is not held, so nothing can be quoted from it", todo)
    if sum(words(quoted(piece)) for piece in pieces) < 3 or not all(words(quoted(piece)) for piece in pieces):
        raise problem(node, "a quotation has at least three words", "quote more of the passage")
    for block in source.blocks:
        if span := find_quote(pieces, block.normal):
            return pieces, block.line + block.text.count("\n", 0, span[0])
    where = "in one block of" if source.held == "excerpts" else "in"
    raise QuoteNotFound(
        f"“{shown(pieces[0])}” is not found word for word {where} {source.file}",
        place=node.place,
        todo="copy the words as they stand there, or add the passage to the excerpts",
    )


def check_whole_texts(sources: Mapping[str, Source], files: Iterable[tuple[str, bytes]]) -> tuple[ProceduresError, ...]:
    """Whether each excerpt of a source with ``whole text sha256`` occurs word for word in that text.

    ``files`` are names and contents of the whole texts at hand; each is recognised by its SHA-256 alone. A source
    whose whole text is not among them is a problem too.
    """
    texts = {hashlib.sha256(data).hexdigest(): (name, data) for name, data in files}
    problems: list[ProceduresError] = []
    for source in sources.values():
        if source.whole_sha256 is None:
            continue
        if source.whole_sha256 not in texts:
            what = f"no file has the SHA-256 given for the whole text of “{source.id}”"
            problems.append(FileProblem(what, place=source.place, todo="put the whole text into the folder"))
            continue
        name, data = texts[source.whole_sha256]
        collect(problems, _verify, source, name, data, problems)
    return tuple(problems)


def _verify(source: Source, name: str, data: bytes, problems: list[ProceduresError]) -> None:
    whole = normalise(_text(data, name))
    for block in source.blocks:
        if find_quote((block.text,), whole) is None:
            place = Place(source.file or "", block.line)
            problems.append(
                QuoteNotFound(f"this block is not in the whole text {name}", place=place, todo="copy it word for word")
            )
