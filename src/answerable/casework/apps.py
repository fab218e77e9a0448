"""The app of the desk."""

from __future__ import annotations

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """Reports taken in, cases, decisions, clocks: what staff see of them and may do."""

    name = "answerable.casework"
    label = "casework"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "casework"
