"""Wraps in `keys.db`, and beside them the bytes that committed to those made for recovery."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from secrets import token_hex

from answerable.casework.actions.chains import deployment
from answerable.casework.models import Wrap
from answerable.casework.shapes import NewKey
from answerable.sealing.place import RECOVERY, REPORTER, Record
from answerable.sealing.recovery_wraps import MadeWrap, Wraps


def keep_wrap(record: str, compartment: int, epoch: int, holder: str, wrap: bytes) -> None:
    """One wrap, once: the first that came stays."""
    Wrap.objects.get_or_create(
        record=record,
        compartment=compartment,
        epoch=epoch,
        holder=holder,
        defaults={"id": token_hex(16), "wrap": wrap},
    )


def keep_source(record: str, data: bytes) -> str:
    """Keep the bytes by which recovery's wraps were committed to, beside the wraps they hold; their SHA-256 in hex.

    They lie in compartment 0, which no record has, and go when any compartment of the record is shredded.
    """
    digest = sha256(data).hexdigest()
    keep_wrap(record, 0, 0, digest[:32], data)
    return digest


def source_of(record: str, digest: bytes) -> bytes | None:
    """The bytes that `keep_source` kept, by their SHA-256."""
    kept = Wrap.objects.filter(record=record, compartment=0, epoch=0, holder=digest.hex()[:32]).first()
    data = bytes(kept.wrap) if kept else b""
    return data if sha256(data).digest() == digest else None


def keep_new_keys(kind: Record, record: bytes, keys: Sequence[NewKey], epoch: int = 1) -> str:
    """Keep the wraps of new keys, before the act that makes them; the SHA-256 (hex) of the list of those to recovery.

    The act's event names that hash, so that panel members can see what a request for recovery is of.
    """
    made = []
    for key in keys:
        for wrapped in key.wraps:
            if wrapped.holder != REPORTER:
                keep_wrap(record.hex(), int(key.compartment), epoch, wrapped.holder.hex(), wrapped.wrap)
            if wrapped.holder == RECOVERY:
                made.append(MadeWrap(key.compartment, epoch, key.public, wrapped.wrap))
    return keep_source(record.hex(), Wraps(deployment(), kind, record, tuple(made)).encode())
