"""Two versions of one statement, word by word.

Nothing here judges which version is right. The comparison is of words: white space is not compared, everything else is,
letter case and punctuation included. It is deterministic and symmetric in what it calls common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
#: Stands for the end of a paragraph among the words, so that paragraphs are compared like words.
BREAK = "\n\n"


@dataclass(frozen=True)
class Run:
    """Consecutive words that both versions have (``both``), or only the first (``a``), or only the second (``b``)."""

    where: Literal["both", "a", "b"]
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """The words, one space between them; an end of paragraph is left out."""
        return " ".join(word for word in self.words if word != BREAK)


def words_of(text: str) -> list[str]:
    """The words of a text in order, with `BREAK` between its paragraphs."""
    words: list[str] = []
    for paragraph in _PARAGRAPH.split(text.strip()):
        if words:
            words.append(BREAK)
        words.extend(paragraph.split())
    return words


def compare(a: str, b: str) -> list[Run]:
    """The runs that give version ``a`` when those only in ``b`` are left out, and version ``b`` the other way round."""
    left, right = words_of(a), words_of(b)
    runs: list[Run] = []
    for operation, a0, a1, b0, b1 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if operation == "equal":
            runs.append(Run("both", tuple(left[a0:a1])))
            continue
        if a1 > a0:
            runs.append(Run("a", tuple(left[a0:a1])))
        if b1 > b0:
            runs.append(Run("b", tuple(right[b0:b1])))
    return runs


def side(runs: list[Run], which: Literal["a", "b"]) -> list[list[Run]]:
    """The paragraphs of one version, as runs: common words and the words only this version has."""
    paragraphs: list[list[Run]] = [[]]
    for run in runs:
        if run.where not in ("both", which):
            continue
        for number, words in enumerate(_split(run.words)):
            if number:
                paragraphs.append([])
            if words:
                paragraphs[-1].append(Run(run.where, words))
    return [paragraph for paragraph in paragraphs if paragraph]


def _split(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    start = 0
    for position, word in enumerate(words):
        if word == BREAK:
            yield words[start:position]
            start = position + 1
    yield words[start:]
