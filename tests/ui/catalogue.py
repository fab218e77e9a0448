"""A reader of .po files: enough of the format for our own catalogues."""

from __future__ import annotations

import ast
import re
from pathlib import Path

_ENTRY = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:"(?:[^"\\]|\\.)*"\n?)+)', re.MULTILINE)


def read(path: Path) -> dict[str, list[str]]:
    """Message to its translations: one, or one per plural form. The header stands under the empty message."""
    found: dict[str, list[str]] = {}
    message = ""
    for keyword, quoted in _ENTRY.findall(path.read_text("utf-8") + "\n"):
        text = "".join(ast.literal_eval(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"', quoted))
        if keyword == "msgid":
            message = text
            assert message not in found, f"twice in {path}: {message}"
            found[message] = []
        elif keyword.startswith("msgstr"):
            found[message].append(text)
    return found
