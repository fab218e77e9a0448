"""Finding quotations in a source: texts compared without regard to how they were typed, and divided into sentences.

Compared are Unicode NFC forms with straight quotation marks, without soft hyphens, byte order marks and zero-width
spaces, and with every run of white space as one space. Case, dashes and ellipses count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_DROPPED = re.compile("[\u00ad\ufeff\u200b]+")
_SPACE = re.compile(r"\s+")
_ODD_SPACE = re.compile(r"\s{2,}|[^\S ]")  # all that is not one plain space already
_STRAIGHT = str.maketrans({**dict.fromkeys("‘’‚‛", "'"), **dict.fromkeys("“”„‟", '"')})


@dataclass(frozen=True, slots=True)
class Normalised:
    """The normal form, and for each of its characters (and its end) where in the original it came from."""

    text: str
    offsets: Sequence[int]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters from ``start`` up to ``end``."""

    start: int
    end: int


def normalise(text: str) -> Normalised:
    """The normal form of ``text`` with the way back."""
    offsets: Sequence[int] = range(len(text) + 1)
    text, offsets = _replace(text, offsets, _DROPPED, "")
    text, offsets = _compose(text, offsets)
    text, offsets = _replace(text.translate(_STRAIGHT), offsets, _ODD_SPACE, " ")
    return Normalised(text, offsets)


def _replace(text: str, offsets: Sequence[int], pattern: re.Pattern[str], by: str) -> tuple[str, Sequence[int]]:
    parts: list[str] = []
    kept: list[int] = []
    position = 0
    for match in pattern.finditer(text):
        parts += (text[position : match.start()], by)
        kept += offsets[position : match.start()]
        kept += [offsets[match.start()]] * len(by)
        position = match.end()
    if not parts:
        return text, offsets
    kept += offsets[position:]
    return "".join([*parts, text[position:]]), kept


def _compose(text: str, offsets: Sequence[int]) -> tuple[str, Sequence[int]]:
    """NFC, piece by piece: a piece ends where the next character composes with nothing before it."""
    if unicodedata.is_normalized("NFC", text):
        return text, offsets
    parts: list[str] = []
    kept: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _joins(text[max(start, end - 4) : end], text[end]):
            continue
        part = unicodedata.normalize("NFC", text[start:end])
        parts.append(part)
        kept += [offsets[start]] * len(part)
        start = end
    return "".join(parts), [*kept, offsets[-1]]


def _joins(piece: str, following: str) -> bool:
    """Whether ``following`` belongs to the same piece: a combining mark, or a letter that composes with the last."""
    if unicodedata.combining(following):
        return True
    if following.isascii():
        return False
    last = unicodedata.normalize("NFC", piece)
    return unicodedata.normalize("NFC", last + following) != last + unicodedata.normalize("NFC", following)


def quoted(text: str) -> str:
    """A quotation as it is looked for: normalised, without outer spaces and outer double quotation marks."""
    return normalise(text).text.strip(' "')


def words(text: str) -> int:
    """How many words ``text`` has: runs without white space in which there is a letter or a digit."""
    return sum(any(map(str.isalnum, run)) for run in text.split())


def find_pieces(pieces: Sequence[str], block: Normalised) -> tuple[Span, ...] | None:
    """Where the ``pieces`` of a quotation occur in ``block``, in order and apart, as spans of its normal form.

    No span cuts a word: there is no letter or digit on both sides of either of its ends. None if they do not occur.
    """
    found: list[Span] = []
    position = 0
    for piece in pieces:
        span = _find(quoted(piece), block.text, position)
        if span is None:
            return None
        found.append(span)
        position = span.end
    return tuple(found)


def find_quote(pieces: Sequence[str], block: Normalised) -> tuple[int, int] | None:
    """Where the quotation begins and ends in the original text of ``block``, or None."""
    spans = find_pieces(pieces, block)
    if not spans:
        return None
    return block.offsets[spans[0].start], block.offsets[spans[-1].end - 1] + 1


def _find(piece: str, text: str, position: int) -> Span | None:
    if not piece:
        return None
    while (start := text.find(piece, position)) >= 0:
        end = start + len(piece)
        if not _inside_word(text, start) and not _inside_word(text, end):
            return Span(start, end)
        position = start + 1
    return None


def _inside_word(text: str, position: int) -> bool:
    return 0 < position < len(text) and _of_word(text[position - 1]) and _of_word(text[position])


def _of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


#: Words whose full stop ends no sentence, in small letters and without it.
ABBREVIATIONS = frozenset(
    {
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "sr",
        "jr",
        "no",
        "nos",
        "art",
        "arts",
        "para",
        "paras",
        "sec",
        "secs",
        "ch",
        "vol",
        "p",
        "pp",
        "ed",
        "eds",
        "fig",
        "cf",
        "e.g",
        "i.e",
        "etc",
        "vs",
        "v",
        "u.n",
        "u.s",
        "u.k",
        "gen",
        "col",
        "lt",
        "sgt",
        "capt",
        "hon",
        "rev",
        "inc",
        "ltd",
        "co",
        "dept",
        "approx",
        "resp",
        "al",
    }
)
_ENDING = re.compile(r"[.?!…][.?!…”’»)\]\"'0-9]*")
_OPENING = "“‘«([\"'"


def sentences(text: str, abbreviations: Collection[str] = ()) -> list[Span]:
    """The sentences of ``text``, without the white space between them.

    A sentence ends at ``. ? ! …`` with closing marks and digits after it, before white space and a capital, a quotation
    mark or a bracket, unless its last word is an abbreviation: a built-in one or one of ``abbreviations``.
    """
    short = ABBREVIATIONS | {word.lower().rstrip(".") for word in abbreviations}
    found: list[Span] = []
    start = _skip_space(text, 0)
    for match in _ENDING.finditer(text):
        end, following = match.end(), _skip_space(text, match.end())
        if following == end < len(text):
            continue
        if following < len(text):
            if not text[following].isupper() and text[following] not in _OPENING:
                continue
            if match[0][0] == "." and _last_word(text, match.start()) in short:
                continue
        found.append(Span(start, end))
        start = following
    end = len(text.rstrip())
    if start < end:
        found.append(Span(start, end))
    return found


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _last_word(text: str, end: int) -> str:
    match = re.search(r"[\w.]*\Z", text[max(0, end - 40) : end])
    return match[0].lower().lstrip(".") if match else ""
