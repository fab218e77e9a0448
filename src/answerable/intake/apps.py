"""The app of the door: sealed mailboxes, and nothing that can be read here."""

from __future__ import annotations

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Reports and requests for help as they arrive, sealed; what goes back to those who sent them."""

    name = "answerable.intake"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "intake"

    def ready(self) -> None:
        """Prepare every connection to an intake database; guard the reporter's own."""
        from answerable.intake import guards  # Django's apps must be loaded before a signal is connected

        guards.connect()
