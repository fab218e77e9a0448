"""The cleaning process: reads a file, gives up every right it has, cleans, writes, ends.

Its answer: ``"ANSC" 0x01 | u8 filter | u8 reason | reason | u8 type | type | data``, where ``filter`` is 1 when the
kernel filters its calls, and ``reason`` is empty for a file that was cleaned.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from answerable.intake.cleaning import confinement
from answerable.intake.cleaning.kinds import Family, Kind, recognise
from answerable.intake.cleaning.outcome import Refused

MAGIC = b"ANSC\x01"
_MODULES = {Family.IMAGE: "images", Family.DOCUMENT: "documents", Family.MEDIA: "media"}


def _read_all() -> bytes:
    parts = []
    while part := os.read(0, 1 << 20):
        parts.append(part)
    os.close(0)
    return b"".join(parts)


def _write_all(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view[: 1 << 20]) :]


def _answer(filtered: bool, reason: str, type_: str, data: bytes) -> None:
    head = bytes((filtered, len(reason))) + reason.encode() + bytes((len(type_),)) + type_.encode()
    _write_all(MAGIC + head)
    _write_all(data)


def _outcome(kind: Kind, cleaner: ModuleType, data: bytes) -> tuple[str, str, bytes]:
    try:
        cleaned, type_ = cleaner.clean(data) if kind.family is Family.DOCUMENT else cleaner.clean(data, kind.name)
    except Refused as refused:
        return refused.reason, "", b""
    except MemoryError:
        return "too_heavy", "", b""
    except Exception:  # noqa: BLE001 - libraries fed hostile bytes raise anything; here it can only mean one thing
        return "damaged", "", b""
    return "", type_, cleaned


def _prepared(kind: Kind | None) -> ModuleType | None:
    """The module that cleans a kind, loaded whole; None where there is none, or its library is not installed."""
    if kind is None:
        return None
    try:
        cleaner = importlib.import_module(f"answerable.intake.cleaning.{_MODULES[kind.family]}")
    except ImportError:
        return None
    cleaner.prepare()
    return cleaner


def main() -> None:
    """Cleans the file on the standard input to the standard output."""
    confinement.die_with_parent()
    data = _read_all()
    kind = recognise(data)
    cleaner = _prepared(kind)
    confinement.limit()
    filtered = confinement.filter_calls()
    if kind is None:
        _answer(filtered, "other_kind", "", b"")
    elif cleaner is None:
        _answer(filtered, "not_installed", "", b"")
    else:
        _answer(filtered, *_outcome(kind, cleaner, data))
    os._exit(0)
