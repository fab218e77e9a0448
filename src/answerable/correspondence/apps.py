"""The app of the editors' desk."""

from __future__ import annotations

from django.apps import AppConfig


class CorrespondenceConfig(AppConfig):
    """Letters, questions, statements: drafts, review, publication."""

    name = "answerable.correspondence"
    label = "correspondence"
    default_auto_field = "django.db.models.BigAutoField"
