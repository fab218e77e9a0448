"""The word lists that codes are drawn from, and the rules that a list keeps."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType

from answerable.sealing.errors import WordListError

SMALLEST = 1_024
#: A code is drawn from at least this many equally likely ones, 2**90, with at least seven words.
BITS, FEWEST = 90, 7
_HEADERS = ("name", "language", "source", "licence")


def normal(text: str) -> str:
    """NFKC, lower case: how words are compared, and what is hashed."""
    return unicodedata.normalize("NFKC", text).lower()


def folded(word: str) -> str:
    """A word without its accents, for those who type it on a keyboard that has none."""
    if word.isascii():
        return word
    return "".join(
        char for char in unicodedata.normalize("NFKD", word) if not unicodedata.category(char).startswith("M")
    )


@dataclass(frozen=True)
class WordList:
    """Words to draw codes from, with where they come from. Construction refuses a list that breaks the rules: at least
    1,024 words, in NFKC and lower case, of letters and digits, none twice and none the beginning of another.
    """

    name: str
    language: str
    source: str
    licence: str
    words: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not all((self.name, self.language, self.source, self.licence)):
            raise WordListError("a word list names itself, its language, its source and its licence", where=self.name)
        if len(self.words) < SMALLEST:
            raise WordListError(f"a word list has {SMALLEST} words or more, not {len(self.words)}", where=self.name)
        for number, word in enumerate(self.words, 1):
            if not _is_word(word):
                raise WordListError(
                    "a word is in NFKC and lower case, of letters and digits",
                    where=f"{self.name}, word {number}",
                )
        ordered = sorted(self.words)
        for first, second in pairwise(ordered):
            if second.startswith(first):
                raise WordListError("a word of the list is another's beginning, or is there twice", where=self.name)
        places = {word: place for place, word in enumerate(self.words)}
        folds: dict[str, list[str]] = {}
        for word in self.words:
            folds.setdefault(folded(word), []).append(word)
        widths = {len(word) for word in self.words}
        object.__setattr__(self, "_places", places)
        object.__setattr__(self, "_folds", {fold: only[0] for fold, only in folds.items() if len(only) == 1})
        object.__setattr__(self, "width", widths.pop() if len(widths) == 1 else 0)

    _places: dict[str, int] = field(init=False, repr=False, compare=False)
    _folds: dict[str, str] = field(init=False, repr=False, compare=False)
    #: The characters of every word where all have the same number, so that no space is needed between them; else 0.
    width: int = field(init=False, repr=False, compare=False)

    @property
    def drawn(self) -> int:
        """How many words a code has, without the check word: at least 7, and at least 90 bits."""
        return max(FEWEST, math.ceil(BITS / math.log2(len(self.words))))

    def find(self, word: str) -> str | None:
        """The word of the list that was meant: as typed, or without its accents where only one word is so."""
        if word in self._places:
            return word
        return self._folds.get(folded(word))


def _is_word(word: str) -> bool:
    """Letters, with their marks, and the digits 0 to 9, in NFKC and lower case."""
    if word.isascii():
        return word.isalnum() and word == word.lower()
    return normal(word) == word and all(unicodedata.category(char)[0] in "LM" or "0" <= char <= "9" for char in word)


def parse_list(text: str) -> WordList:
    """The list of a file: four header lines (``# name: …``), then one word a line. Raises WordListError."""
    lines = text.split("\n")
    values: list[str] = []
    for number, header in enumerate(_HEADERS):
        prefix = f"# {header}: "
        if len(lines) <= number or not lines[number].startswith(prefix):
            raise WordListError(f"a word list has a line that begins with {prefix!r}", where=f"line {number + 1}")
        values.append(lines[number].removeprefix(prefix))
    if lines[-1]:
        raise WordListError("a word list ends with a line break", where=values[0])
    name, language, source, licence = values
    return WordList(name, language, source, licence, tuple(lines[len(_HEADERS) : -1]))


@cache
def lists() -> Mapping[str, WordList]:
    """Every list that ships with this package, by name: ``eff-large`` for English, ``digits`` for every script."""
    folder = files("answerable.sealing") / "lists"
    found = (parse_list(entry.read_text(encoding="utf-8")) for entry in folder.iterdir() if entry.name.endswith(".txt"))
    return MappingProxyType({one.name: one for one in sorted(found, key=lambda one: one.name)})


def list_for(language: str) -> WordList:
    """The list of a page's language (``pt-br`` takes that of ``pt``), or digits where the language has none."""
    for code in (language.lower(), language.lower().partition("-")[0]):
        for one in lists().values():
            if one.language == code or one.language.partition("-")[0] == code:
                return one
    return lists()["digits"]
