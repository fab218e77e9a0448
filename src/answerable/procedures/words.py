"""Small pieces of English that findings and reports share."""

from __future__ import annotations

from collections.abc import Sequence


def all_of(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "nothing"


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 finding``, ``2 findings``; thousands with a comma."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters, broken at spaces outside round brackets; a longer word stands alone."""
    lines: list[str] = []
    for word in _unbroken(text):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines or [""]


def _unbroken(text: str) -> list[str]:
    words: list[str] = []
    depth = 0
    for word in text.split(" "):
        if depth and words and len(words[-1]) < 60:
            words[-1] += " " + word
        else:
            words.append(word)
        depth = max(0, depth + word.count("(") - word.count(")"))
    return words
