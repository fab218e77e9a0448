"""Answerable: an accountability system whose every step can be checked from outside."""

__version__ = "0.1.0"
