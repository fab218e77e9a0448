"""The page that works from a file, without a network: one HTML file that seals what is written in it.

Script, style, word lists, the deployment's pinned facts, the signed readers' note and the sentences of every language
are inside. Its own policy allows that one script and that one style, by their hashes, and no request to anywhere. The
same facts give the same bytes, so that its hash can be published and compared.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from answerable.intake.forms.send import NOT_ASKED
from answerable.intake.templatetags.script_texts import data_block, needs_scripts, offline_in_every_language
from answerable.sealing.wordlists import lists
from answerable.ui import languages, security
from answerable.ui import templatetags as _ui

_STATIC = Path(_ui.__file__).parents[1] / "static" / "ui" / "offline"
#: Facts of the deployment that a page which asks nothing of any server can use.
_PINNED = ("v", "deployment", "panel", "names")


def offline_page(deployment: Mapping[str, Any], readers_note: str) -> str:
    """The page, as text. ``deployment`` as its file states it, ``readers_note`` as the panel signed it."""
    pinned = {name: deployment[name] for name in _PINNED if name in deployment}
    return _page(json.dumps(pinned, sort_keys=True), readers_note)


def offline_sha256(deployment: Mapping[str, Any], readers_note: str) -> str:
    """The SHA-256 of the page's bytes, in hexadecimal: what is published beside it."""
    return sha256(offline_page(deployment, readers_note).encode("utf-8")).hexdigest()


@lru_cache(maxsize=4)
def _page(pinned: str, readers_note: str) -> str:
    script = (_STATIC / "offline.js").read_text("utf-8").strip()
    style = (_STATIC / "offline.css").read_text("utf-8").strip()
    rules = {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "script-src": _hash(script),
        "style-src": _hash(style),
        "img-src": "blob:",
    }
    data = {
        "deployment": json.loads(pinned),
        "readers": readers_note,
        "texts": offline_in_every_language(),
        "unasked": {relation: sorted(names) for relation, names in NOT_ASKED.items()},
        "languages": [[each.code, each.tag, each.name, each.direction] for each in languages.LANGUAGES],
    }
    words = {name: _file(name) for name in lists() if name != "digits"}
    return "".join(
        (
            '<!doctype html>\n<html lang="en" dir="ltr">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{security.policy(rules, header=False)}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n',
            f"<title>Form</title>\n<style>{style}</style>\n</head>\n",
            '<body spellcheck="false" writingsuggestions="false">\n',
            f'<main id="main" tabindex="-1"><noscript>{needs_scripts()}</noscript></main>\n',
            data_block("offline-data", data),
            data_block("offline-words", words),
            f"<script>{script}</script>\n</body>\n</html>\n",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _file(name: str) -> str:
    found = lists()[name]
    head = "".join(f"# {key}: {getattr(found, key)}\n" for key in ("name", "language", "source", "licence"))
    return head + "".join(f"{word}\n" for word in found.words)
