"""A search for words where none may be: in files and in the memory of running processes, in every way of writing them.

A search that can't find anything proves nothing: `search_memory` demands a word that must be there.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

#: The ways in which a text may lie in memory or on a disk.
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_PIECE = 16 * 1024 * 1024
_MAPPED = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ *(.*)")
#: Mappings that are the kernel's, or devices.
_SKIPPED = ("[vvar", "[vdso", "[vsyscall", "/dev/")


@dataclass(frozen=True)
class Found:
    """A word, the form it had, and where it lay."""

    word: str
    form: str
    place: str


def forms(word: str) -> dict[bytes, str]:
    """Every way of writing ``word``, with a name: five encodings, percent-encoded, escaped as JSON does."""
    found = {word.encode(encoding): encoding for encoding in _ENCODINGS}
    percent = quote(word, safe="")
    found |= {percent.encode(): "percent", percent.lower().encode(): "percent", quote_plus(word).encode(): "form"}
    found[word.encode("ascii", "backslashreplace")] = "escaped"
    return found


def search_data(data: bytes, words: Iterable[str], place: str) -> Iterator[Found]:
    """Each word that ``data`` holds in any form.

    Where a form is, it is also without its zeros in the data without zeros. There the wider encodings of a word are one
    and the same, and most of a process's memory is gone: all of ``data`` is read only for what is found there.
    """
    bare = data.translate(None, b"\0")
    for needle, meant in _needles(tuple(words)).items():
        if needle in bare:
            yield from (Found(word, name, place) for word, form, name in meant if form in data)


@functools.lru_cache(maxsize=64)
def _needles(words: tuple[str, ...]) -> dict[bytes, list[tuple[str, bytes, str]]]:
    """Each form of each word, with both names, by what it is without zeros."""
    found: dict[bytes, list[tuple[str, bytes, str]]] = {}
    for word in words:
        for form, name in forms(word).items():
            found.setdefault(form.replace(b"\0", b""), []).append((word, form, name))
    return found


def search_files(words: Iterable[str], places: Iterable[Path]) -> list[Found]:
    """Each word in any file of these folders: databases with what lies beside them, uploads, logs."""
    words = list(words)
    found: list[Found] = []
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file() and not path.is_symlink():
                found += search_data(path.read_bytes(), words, str(path))
            found += search_data(os.fsencode(path.name), words, f"the name of {path}")
    return found


def search_memory(number: int, words: Iterable[str], *, control: str) -> list[Found]:
    """Each word in the memory of the process ``number``.

    ``control`` is a word that must be there; raises AssertionError when it is not found, or the memory can't be read.
    """
    words = [*words, control]
    found: list[Found] = []
    for place, data in _memory(number):
        found += search_data(data, words, f"memory of {number}, {place}")
    assert any(one.word == control for one in found), (
        f"the control {control!r} was not found in the memory of {number}: this search proves nothing"
        " (reading another process's memory needs root)"
    )
    return [one for one in found if one.word != control]


def _memory(number: int) -> Iterator[tuple[str, bytes]]:
    """Every readable piece of a process's memory; pieces overlap, so that no word is cut."""
    maps = Path(f"/proc/{number}/maps").read_text()
    with Path(f"/proc/{number}/mem").open("rb", buffering=0) as memory:
        for line in maps.splitlines():
            match = _MAPPED.fullmatch(line)
            if match is None or "r" not in match[3] or match[4].startswith(_SKIPPED):
                continue
            start, end = int(match[1], 16), int(match[2], 16)
            for begin in range(start, end, _PIECE):
                data = _piece(memory.fileno(), max(start, begin - 4096), min(end, begin + _PIECE))
                yield f"{match[4] or 'anonymous'} at {begin:x}", data


def _piece(file: int, start: int, end: int) -> bytes:
    try:
        return os.pread(file, end - start, start)
    except (OSError, OverflowError):
        return b""  # a guard page, or unmapped since


def descendants(number: int) -> list[int]:
    """A process and everything that it and its children have started and that still runs."""
    found = [number]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            found += [int(word) for word in _words(task)]
    return found


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def shown(found: Iterable[Found], *, keep: Callable[[Found], bool] = lambda _: True) -> str:
    """What was found, a line each."""
    return "\n".join(f"{one.word!r} as {one.form} in {one.place}" for one in found if keep(one))
