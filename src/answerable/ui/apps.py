"""The app that carries templates and static files shared by every party."""

from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Base templates, components, the style sheet and the template tags `ui`."""

    name = "answerable.ui"
    label = "ui"
    verbose_name = "Interface"
