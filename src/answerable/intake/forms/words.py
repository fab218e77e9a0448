"""Forms about the secret words: entering them, confirming two of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answerable.intake.forms.fields import LONGEST, PlainForm, WordsField, offer


class WordsForm(PlainForm):
    """The words with which somebody returns; and a message that was not sent, for it was written for too long."""

    words = WordsField(longest=2_000, rows=3, required=True, label=gettext_lazy("Your secret words"))
    list = forms.ChoiceField(required=False, label=gettext_lazy("The words are in this language"))
    unsent = WordsField(longest=LONGEST, rows=6, label=gettext_lazy("Your message"))
    record = WordsField(widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, lists: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        offer(self.fields["list"], [("", _("Any of them")), *lists])
        self.fields["words"].widget.attrs.update(
            {"spellcheck": "false", "autocapitalize": "none", "autocorrect": "off", "autocomplete": "off"}
        )


class CheckForm(PlainForm):
    """Two of the words, to be sure that they were written down."""

    first = WordsField(longest=200, required=False)
    second = WordsField(longest=200, required=False)

    def __init__(self, *arguments: Any, asked: tuple[int, int], **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name, position in zip(("first", "second"), asked, strict=True):
            self.fields[name].label = _("Word number %(number)s") % {"number": position + 1}
            self.fields[name].widget.attrs.update({"spellcheck": "false", "autocapitalize": "none"})
