"""The forms of an opened mailbox: a message, consents, taking everything back, a file that was carried here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answerable.intake.contents import DANGER
from answerable.intake.forms.fields import LONGEST, PlainForm, WordsField

CONSENTS = ("contact", "assistance", "investigation", "state", "panel")
#: Each says what it does: whoever answers that she is not safe must not wait for somebody whom nobody has woken.
SAFE = (
    ("", gettext_lazy("I do not want to answer this")),
    ("yes", gettext_lazy("Yes")),
    ("no", gettext_lazy("No. This answer is locked and wakes nobody: a person reads it within days.")),
    (
        DANGER,
        gettext_lazy(
            "Someone is in danger now: wake somebody. This is not locked: whoever runs this server can see that this "
            "was marked, and in which quarter of an hour, but not what you write. It tells the people on duty to look "
            "at once. It does not call the police, and it may take hours."
        ),
    ),
)


class MessageForm(PlainForm):
    """A message, an answer to whether she is safe, files: one of them is enough."""

    text = WordsField(longest=LONGEST, rows=6, label=gettext_lazy("Your message"))
    check_in = forms.ChoiceField(
        choices=SAFE, required=False, widget=forms.RadioSelect, label=gettext_lazy("Are you safe?")
    )


class WithdrawForm(PlainForm):
    """Taking a report or a request back: a word why, if she wishes, and one tick so that it is no slip."""

    why = WordsField(longest=LONGEST, rows=3, label=gettext_lazy("Why? You can leave this empty."))
    sure = forms.BooleanField(required=False, label=gettext_lazy("Yes, I want to take it back"))

    def clean(self) -> dict[str, Any]:
        """Nothing is taken back without the tick."""
        cleaned = super().clean() or {}
        if not cleaned.get("sure"):
            self.add_error("sure", _("Mark this box if you are sure. Nothing has changed yet."))
        return cleaned


class DraftForm(PlainForm):
    """A locked file that the offline page wrote."""

    draft = forms.FileField(label=gettext_lazy("The file"), required=False, widget=forms.FileInput)
