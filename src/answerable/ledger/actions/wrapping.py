"""Keeping opening keys, wrapped, in their own database."""

from __future__ import annotations

from answerable.ledger.errors import OpeningKeyError
from answerable.ledger.models import OpeningKey
from answerable.ledger.openings import WrappingKey


def keep_opening_key(handle: str, key: bytes, wrapping: WrappingKey) -> None:
    """Keep ``key`` under ``handle`` (a case, or a leaf hash). Keeping the same again changes nothing.

    Raises :class:`OpeningKeyError` when another key is kept under this handle.
    """
    kept, created = OpeningKey.objects.using("keys").get_or_create(
        handle=handle, defaults={"wrapped": wrapping.wrap(handle, key)}
    )
    if not created and wrapping.unwrap(handle, kept.wrapped) != key:
        raise OpeningKeyError("another opening key is kept for it", where=handle, todo="use the case's own key")


def opening_key(handle: str, wrapping: WrappingKey) -> bytes:
    """The key kept under ``handle``. Raises :class:`OpeningKeyError` when there is none (erased, or never kept)."""
    wrapped = OpeningKey.objects.using("keys").filter(handle=handle).values_list("wrapped", flat=True).first()
    if wrapped is None:
        raise OpeningKeyError("no opening key is kept for it: it was erased, or never kept here", where=handle)
    return wrapping.unwrap(handle, wrapped)


def forget_opening_key(handle: str) -> None:
    """Delete the key kept under ``handle``; what it opened stays in the log, unopenable."""
    OpeningKey.objects.using("keys").filter(handle=handle).delete()
