"""Errors of publication."""

from __future__ import annotations

from answerable.errors import AnswerableError


class PublicationError(AnswerableError):
    """What is to be published is not in order, or the place it goes to is not ours to write."""
