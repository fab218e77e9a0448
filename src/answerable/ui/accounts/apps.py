"""The app of staff accounts. A desk lists it before the accounts library, whose pages it replaces."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Signing in, the second factor, passkeys: pages, limits, and where the second factor's secret is kept."""

    name = "answerable.ui.accounts"
    label = "accounts"
    verbose_name = "accounts"

    def ready(self) -> None:
        """Count the code by which an authenticator app is set up as used: it must not sign anybody in as well."""
        from allauth.mfa.signals import authenticator_added

        authenticator_added.connect(_spend, dispatch_uid="answerable.ui.accounts.apps")


def _spend(request: Any, authenticator: Any, **_more: Any) -> None:
    if authenticator.type == authenticator.Type.TOTP:
        authenticator.wrap().validate_code(request.POST.get("code", ""))
