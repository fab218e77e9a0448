"""The witness as a Django app. It has a database of its own and needs nothing else of the ledger's."""

from __future__ import annotations

from django.apps import AppConfig


class WitnessConfig(AppConfig):
    """Tables: the witness itself, the logs it knows with their last cosigned checkpoint, and evidence."""

    name = "answerable.ledger.witness"
    label = "witness"
    verbose_name = "Witness"
    default_auto_field = "django.db.models.BigAutoField"
