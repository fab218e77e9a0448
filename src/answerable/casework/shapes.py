"""What passes between the browser, carry and the actions: sealed values, new keys, what was taken in. All pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from answerable.sealing.envelope import Attached, Wrapped
from answerable.sealing.place import Compartment, Field

__all__ = ["Attached", "Given", "Incoming", "KeySet", "Late", "NewKey", "Sealed", "Status", "Wrapped"]


@dataclass(frozen=True)
class Sealed:
    """A value that was sealed elsewhere, and its place within the record."""

    compartment: Compartment
    field: Field
    version: int
    data: bytes


@dataclass(frozen=True)
class NewKey:
    """A compartment's new public key and the wraps of its private half, one per holder. ``reporter``: her public key
    that it was wrapped to, where there is a wrap for her."""

    compartment: Compartment
    public: bytes
    wraps: tuple[Wrapped, ...]
    reporter: bytes = b""


@dataclass(frozen=True)
class Given:
    """A wrap that a holder's browser made for somebody else: of a record's compartment and epoch."""

    record: str
    compartment: Compartment
    epoch: int
    wrapped: Wrapped


@dataclass(frozen=True)
class KeySet:
    """A person's new keys: public halves, and private halves that only their passphrase opens."""

    x25519: bytes
    ed25519: bytes
    salt: bytes
    wrapped_x25519: bytes
    wrapped_ed25519: bytes


@dataclass(frozen=True)
class Incoming:
    """One submission as carry hands it over, after it saw ``leaf`` at ``idx`` in the register.

    ``opening_key`` (32 bytes) is the chain's for a report or a request for help, the event's own for anything later.
    ``event`` is the event that ``leaf`` commits to. ``files`` are the sealed bodies' places on disk.
    """

    envelope: bytes
    opening_key: bytes = field(repr=False)
    event: Mapping[str, Any]
    leaf: bytes
    idx: int
    day: date
    files: tuple[tuple[Attached, Path], ...] = ()
    door: str = ""


@dataclass(frozen=True)
class Status:
    """What a mailbox is told of a record; ``body`` is to be sealed to ``public``, of ``epoch``, by carry."""

    record: str
    record_kind: str
    compartment: Compartment
    public: bytes
    epoch: int
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Late:
    """A duty that passed its day: the record's two-word name, the act, the day."""

    name: str
    act: str
    due: date
