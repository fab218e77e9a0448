"""Characters that make a text read otherwise than it is: invisible ones, ones that turn its direction, look-alikes."""

from __future__ import annotations

import re
import unicodedata

#: Characters that show nothing, and those that turn what follows: a name holding one reads as another name. The marks
#: that Arabic and Persian spelling needs (U+061C, U+200C to U+200F) are not among them.
DECEPTIVE = re.compile("[\u00ad\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]")
#: In a long text directions may be set, as in words copied from elsewhere; but nothing may be printed backwards.
BACKWARDS = re.compile("[\u202d\u202e\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
#: What no text of a page, a feed or a data file can hold. A form feed is common in plain text, and harmless.
CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")

#: Scripts that are written together.
_TOGETHER = frozenset({"CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL"})


def mixed(name: str) -> bool:
    """Whether the letters of ``name`` come from scripts that are not written together, such as Latin and Cyrillic."""
    scripts = {unicodedata.name(sign, "UNKNOWN").split()[0] for sign in name if sign.isalpha()}
    return len(scripts) > 1 and not scripts <= _TOGETHER
