"""Names of files as they may be shown: text, of one line, in one direction, naming no folder."""

from __future__ import annotations

import re
import unicodedata

#: The most characters shown, and the most bytes kept (what the sealed head of a file holds).
MAX_CHARACTERS, MAX_BYTES = 120, 512
_EMPTY = "file"
#: Names that an old system takes for devices whatever stands behind them.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
_RESERVED = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


def _kept(char: str) -> bool:
    """Whether a character is shown: no control, no mark of direction or other unseen format, no surrogate, no gap."""
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def display_name(name: str) -> str:
    """A name that can be shown and saved: the last part of a path, without control characters, marks of direction that
    turn an ending round, reserved characters, leading dots or device names; 120 characters and 512 bytes at most, the
    ending kept. Never empty.
    """
    plain = unicodedata.normalize("NFC", "".join(filter(_kept, re.sub(r"[\t\n\r]", " ", name))))
    last = re.split(r"[/\\∕⁄⧵＼／]", plain)[-1].translate(_RESERVED)
    last = re.sub(r"\s+", " ", last).strip(" .")
    if _DEVICES.match(last):
        last = f"_{last}"
    return _shortened(last) or _EMPTY


def _shortened(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or len(ending) > 10:
        stem, dot, ending = name, "", ""
    while len(stem) + len(dot) + len(ending) > MAX_CHARACTERS or len((stem + dot + ending).encode()) > MAX_BYTES:
        stem = stem[:-1]
    return stem.rstrip(" .") + dot + ending
