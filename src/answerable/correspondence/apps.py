"""The app of the editors' desk."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class CorrespondenceConfig(AppConfig):
    """Letters, questions, statements: drafts, review, publication."""

    name = "answerable.correspondence"
    label = "correspondence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Count the code by which an authenticator app is set up as used: it must not sign anybody in as well."""
        from allauth.mfa.signals import authenticator_added

        authenticator_added.connect(_spend, dispatch_uid="answerable.correspondence.apps")


def _spend(request: Any, authenticator: Any, **_more: Any) -> None:
    if authenticator.type == authenticator.Type.TOTP:
        authenticator.wrap().validate_code(request.POST.get("code", ""))
