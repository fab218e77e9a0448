"""The app that writes what is published."""

from __future__ import annotations

from django.apps import AppConfig


class PublicationConfig(AppConfig):
    """The static public site."""

    name = "answerable.publication"
    label = "publication"
    verbose_name = "Publication"
