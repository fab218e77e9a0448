"""The form of a report and of a request for help: who says what, who may read it, and in which words the code comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answerable.intake.forms.fields import LONGEST, PlainForm, WordsField, offer

WANTS = (
    ("report", gettext_lazy("Report what happened")),
    ("help", gettext_lazy("Get help")),
    ("both", gettext_lazy("Report and get help")),
    ("complain", gettext_lazy("Complain about how I was treated")),
)
RELATIONS = (
    ("victim", gettext_lazy("It happened to me")),
    ("witness", gettext_lazy("I saw or heard it")),
    ("third_party", gettext_lazy("Someone told me about it")),
    ("bound", gettext_lazy("My work obliges me to report it")),
    ("anonymous", gettext_lazy("I want to say nothing about myself")),
    ("", gettext_lazy("I do not want to answer this")),
)
#: What is not asked of somebody who stands in this relation to what happened.
NOT_ASKED: Mapping[str, frozenset[str]] = {
    "victim": frozenset(),
    "witness": frozenset({"age"}),
    "third_party": frozenset({"age", "interviewer_sex", "interviewer_language"}),
    "bound": frozenset({"age", "safe_times", "interviewer_sex", "interviewer_language"}),
    "anonymous": frozenset({"name", "contact", "safe_times", "tie", "age", "interviewer_sex", "interviewer_language"}),
    "": frozenset(),
}
#: What a request for help alone has no place for, and what a report has none for.
DROPPED: Mapping[str, tuple[str, ...]] = {
    "help": ("what", "complaint", "who", "where", "when", "tie"),
    "report": ("need",),
    "complain": ("need",),
}
SEXES = (
    ("", gettext_lazy("No preference")),
    ("female", gettext_lazy("A woman")),
    ("male", gettext_lazy("A man")),
)


class Readers(forms.CheckboxSelectMultiple):
    """The list of readers, each with a box: taken away where the box is empty."""


class SendForm(PlainForm):
    """What both forms share. ``readers`` are (id, label) of those who may read; ``lists`` are (name, label)."""

    urgent = forms.BooleanField(required=False, label=gettext_lazy("Someone is in danger now"))
    name = WordsField(label=gettext_lazy("Your name, or any name to call you by"))
    contact = WordsField(label=gettext_lazy("A safe way to reach you"))
    safe_times = WordsField(label=gettext_lazy("Safe times, and what to avoid"))
    reader = forms.MultipleChoiceField(required=False, widget=Readers, label=gettext_lazy("These people may read it"))
    independent = forms.BooleanField(required=False, label=gettext_lazy("Also an independent reader"))
    list = forms.ChoiceField(required=False, label=gettext_lazy("Give me my secret words in this language"))

    def __init__(
        self,
        *arguments: Any,
        readers: Sequence[tuple[str, str]],
        lists: Sequence[tuple[str, str]],
        independent: bool,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self._offered = [key for key, _label in readers]
        offer(self.fields["reader"], list(readers)).initial = self._offered
        offer(self.fields["list"], list(lists))
        if not independent:
            del self.fields["independent"]

    def struck(self) -> tuple[str, ...]:
        """The ids of those who must not read it, ascending."""
        kept = set(self.cleaned_data["reader"])
        return tuple(sorted(key for key in self._offered if key not in kept))

    def clean(self) -> dict[str, Any]:
        """One reader must remain, and what is wanted must be said."""
        cleaned = super().clean() or {}
        if "reader" not in self.errors and not cleaned.get("reader") and not cleaned.get("independent"):
            self.add_error("reader", _("At least one person must be able to read it. Leave one box marked."))
        return cleaned

    def said(self, name: str) -> str:
        """The words of a field, or nothing where it was not asked."""
        return str(self.cleaned_data.get(name) or "")


class ReportForm(SendForm):
    """Only what happened is required, or the need of who wants help."""

    field_order = (
        "want", "what", "need", "complaint", "urgent", "relation", "who", "where", "when", "age", "name", "contact",
        "safe_times", "tie", "interviewer_sex", "interviewer_language", "reader", "independent", "list",
    )  # fmt: skip
    want = forms.ChoiceField(choices=WANTS, widget=forms.RadioSelect, label=gettext_lazy("What do you want?"))
    what = WordsField(longest=LONGEST, rows=10, label=gettext_lazy("What happened?"))
    need = WordsField(longest=LONGEST, rows=4, label=gettext_lazy("What help do you need?"))
    complaint = WordsField(longest=10_000, rows=4, label=gettext_lazy("Who treated you badly, and how?"))
    who = WordsField(longest=10_000, rows=3, label=gettext_lazy("Who did it?"))
    where = WordsField(label=gettext_lazy("Where?"))
    when = WordsField(label=gettext_lazy("When?"))
    relation = forms.ChoiceField(choices=RELATIONS, required=False, label=gettext_lazy("Who are you in this?"))
    tie = WordsField(label=gettext_lazy("How you know the person who did it"))
    age = WordsField(label=gettext_lazy("Age of the person who was harmed"))
    interviewer_sex = forms.ChoiceField(
        choices=SEXES, required=False, label=gettext_lazy("Who would you rather speak with?")
    )
    interviewer_language = WordsField(label=gettext_lazy("In which language?"))

    def __init__(self, *arguments: Any, relation: str | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if relation is not None and relation in NOT_ASKED:
            self.fields["relation"].initial = relation
            for name in NOT_ASKED[relation]:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """What happened, or the need, or the complaint: what is wanted says which."""
        cleaned = super().clean()
        want = cleaned.get("want")
        if want in ("report", "both") and not cleaned.get("what"):
            self._missing("what", _("Please say what happened. A few words are enough."))
        if want == "help" and not cleaned.get("need"):
            self._missing("need", _("Please say what help you need. A few words are enough."))
        if want == "complain" and not cleaned.get("what") and not cleaned.get("complaint"):
            self._missing("complaint", _("Please say how you were treated. A few words are enough."))
        # Where no style hides what is not asked, a box is soon filled in that this choice drops: nobody's words vanish.
        lost = _(
            "This would reach nobody: it does not belong to what you marked above. Mark “Report and get help”,"
            " or empty this box."
        )
        for name in filter(cleaned.get, DROPPED.get(str(want), ())):
            self._missing(name, lost)
        return cleaned

    def _missing(self, name: str, sentence: str) -> None:
        if name not in self.errors:
            self.add_error(name, sentence)


class HelpForm(SendForm):
    """A request for help: only the need is required, and nobody is named but by her own wish."""

    field_order = ("need", "urgent", "name", "contact", "safe_times", "age", "reader", "independent", "list")
    need = WordsField(longest=LONGEST, rows=6, label=gettext_lazy("What help do you need?"), required=True)
    age = WordsField(label=gettext_lazy("Age of the person who needs help"))
