"""The Django app of the log."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Outbox, entries, heads, checkpoints, cosignatures, wrapped opening keys."""

    name = "answerable.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "ledger"

    def ready(self) -> None:
        """Guard the sequencer's connections to other parties' databases."""
        from answerable.ledger import guards  # Django's apps must be loaded before a signal is connected

        guards.connect()
