"""Plain forms: inviting somebody, and choosing a password with the link."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from answerable.casework.models import Role


def _roles() -> list[tuple[str, Any]]:
    from answerable.casework.views.texts import ROLES

    return [("", "—"), *[(role, ROLES[role]) for role in Role.values]]


class InviteForm(forms.Form):
    """Whom to invite, in which role, and what bars or entitles them: facts about staff, not about anyone else."""

    name = forms.CharField(
        label=_("Name"), max_length=150, help_text=_("As colleagues know them; it is how they sign in.")
    )
    role = forms.ChoiceField(label=_("Role"), choices=_roles)
    line = forms.CharField(
        label=_("Line"),
        required=False,
        max_length=64,
        help_text=_("Whom they answer to: nobody reviews within their own line."),
    )
    employer = forms.CharField(label=_("Employer"), required=False, max_length=64)
    nationality = forms.RegexField(
        label=_("Nationality"), regex=r"^[A-Z]{3}$", required=False, help_text=_("Three capital letters, such as FRA.")
    )
    languages = forms.CharField(label=_("Languages"), required=False, max_length=200, help_text=_("Such as: en, fr"))
    trained_child = forms.BooleanField(label=_("Trained to deal with children"), required=False)

    def clean(self) -> dict[str, Any]:
        """Of who assesses and who reviews the line must be known: else nobody could tell two lines from one."""
        cleaned = super().clean() or {}
        if cleaned.get("role") in (Role.ASSESSOR, Role.REVIEWER) and not cleaned.get("line"):
            self.add_error("line", _("Whom they answer to: nobody reviews within their own line."))
        return cleaned

    def facts(self) -> dict[str, Any]:
        """The facts as the action takes them."""
        names = ("line", "employer", "nationality", "languages", "trained_child")
        return {name: self.cleaned_data[name] for name in names}
