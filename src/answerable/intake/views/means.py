"""What the no-script journeys take from the machine: randomness, the cleaner of files, disk, a slot to derive in."""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from django.conf import settings

from answerable.intake import actions, cleaning, slots
from answerable.intake.filing import Means
from answerable.sealing import codes

#: How long a file waits to be cleaned, in seconds: one takes a second at most times, and a minute at worst.
_CLEANING_PATIENCE = 120.0


def kdf_slot() -> AbstractContextManager[None]:
    """One of the bounded places in which codes are derived. Raises `slots.BusyError` when none comes free in time."""
    return _slot("kdf", slots.PATIENCE)


def _slot(name: str, patience: float) -> AbstractContextManager[None]:
    own: dict[str, Any] = getattr(settings, "ANSWERABLE_INTAKE", {})
    folder = own.get("slots") or Path(own["files"]).parent / "slots"
    return slots.slot(Path(folder) / name, int(own.get("slot_count", 2)), patience=patience)


def derived(code: codes.Code, deployment: bytes) -> bytes:
    """The code's key in this deployment. Call it within a slot."""
    return codes.derive(code, deployment)


def means() -> Means:
    """The means of this process."""
    return Means(secrets.token_bytes, cleaned, actions.store_file)


def cleaned(data: bytes, type_: str) -> tuple[bytes, str] | str:
    """The cleaned copy of a file and its type, or the reason why it has none."""
    try:
        with _slot("cleaning", _CLEANING_PATIENCE):
            found = cleaning.clean(data, type_)
    except slots.BusyError:
        return "too_heavy"
    return (found.data, found.type) if isinstance(found, cleaning.Cleaned) else found.reason
