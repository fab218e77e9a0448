"""Fields for people in a hurry: everything may be left out, and no invisible character stops anyone."""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

#: What one sealed value can take of the person's own words, in bytes of UTF-8, with room for what surrounds them.
LONGEST = 40_000
SHORT = 1_000


def without_controls(text: str) -> str:
    """A text without NUL, lone surrogates and control characters other than the tab and the end of a line."""
    kept = "".join(char for char in text if char >= " " or char in "\t\n\r")
    return kept.encode("utf-8", "ignore").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n").strip()


def _room(text: str) -> int:
    """The bytes that a text takes in a sealed value, as JSON: quotation marks, backslashes and new lines take two."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8")) - 2


class PlainForm(forms.Form):
    """A form whose labels stand as they are written, without a colon."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.label_suffix = ""


def offer(field: forms.Field, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    """Give a field of choices what it offers, when that is known only now."""
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
    return field


class WordsField(forms.Field):
    """Free words. Refused only when they do not fit into one message; the words come back with the page."""

    def __init__(self, *, longest: int = SHORT, rows: int = 0, **options: Any) -> None:
        attributes = {"autocomplete": "off"}
        widget = (
            forms.Textarea({**attributes, "rows": rows, "cols": 60, "dir": "auto"})
            if rows
            else forms.TextInput({**attributes, "dir": "auto"})
        )
        super().__init__(**{"widget": widget, "required": False, **options})
        self.longest = longest

    def to_python(self, value: Any) -> str:
        """The words as they will be sealed."""
        return without_controls(value) if isinstance(value, str) else ""

    def validate(self, value: str) -> None:
        """Raises ValidationError for words that are missing or too many."""
        if self.required and not value:
            raise ValidationError(_("Please write something here."))
        # Told in letters, as people count them: one takes up to four of the bytes that a value has room for.
        over = 0
        if _room(value) > self.longest:
            over = len(value) - bisect_right(range(1, len(value) + 1), self.longest, key=lambda n: _room(value[:n]))
        if over > 0:
            raise ValidationError(
                ngettext(
                    "This text is too long by about %(count)s letter. Shorten it; you can add the rest later.",
                    "This text is too long by about %(count)s letters. Shorten it; you can add the rest later.",
                    over,
                )
                % {"count": over}
            )
