"""Forms of passkeys, with labels in the page's language."""

from __future__ import annotations

from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """Adding a passkey. Its own form leaves the field's label to the field's name, in English."""

    name = forms.CharField(label=_("Name"), required=False)


class EditPasskeyForm(EditWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """Naming a passkey again."""

    name = forms.CharField(label=_("Name"))
