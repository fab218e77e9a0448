"""What this process was set up with: the deployment's public facts, and the reporter party's secrets and folders."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from answerable.intake.errors import SettingsError
from answerable.ledger.openings import read_secret
from answerable.ledger.routers import INTAKE, alias_of
from answerable.record.keys import VerifierKey


def using() -> str:
    """The alias of the intake database."""
    return alias_of(INTAKE)


def clock(now: int | None) -> int:
    """``now``, or the time in whole seconds: used for days, ticks and promises, and stored no finer than a tick."""
    return int(time.time()) if now is None else now


def deployment() -> bytes:
    """The deployment: the leaf hash (32 bytes) of the record's first entry."""
    return _hex("deployment")


def opening_box() -> bytes:
    """The public key of the opening box."""
    return _hex("opening_box")


def panel() -> tuple[VerifierKey, ...]:
    """The keys of the panel's members."""
    return tuple(_verifier(str(vkey)) for vkey in _public().get("panel", ()))


def files() -> Path:
    """The folder of sealed bodies; made when it is not there."""
    folder = Path(_own("files"))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def quota() -> int:
    """How many bytes the folder of files may hold."""
    return int(_own("quota_bytes"))


def pepper() -> bytes:
    """The secret that keeps codes' lookups from being tried on a stolen database."""
    return _secret(Path(_own("pepper")))


def work_key() -> bytes:
    """The secret that marks challenges as ours."""
    return _secret(Path(_own("work_key")))


def readers_path() -> Path | None:
    """Where the signed readers' note lies, if a file was named."""
    place = getattr(settings, "ANSWERABLE_READERS", None)
    return None if place is None else Path(place)


def _public() -> dict[str, Any]:
    found: dict[str, Any] = getattr(settings, "ANSWERABLE_DEPLOYMENT", {})
    return found


def _hex(name: str) -> bytes:
    try:
        data = bytes.fromhex(str(_public().get(name, "")))
    except ValueError:
        data = b""
    if len(data) != 32:
        raise SettingsError(f"{name} is not 64 hexadecimal digits", where="deployment.json")
    return data


def _own(name: str) -> Any:
    found = getattr(settings, "ANSWERABLE_INTAKE", {}).get(name)
    if found is None:
        raise SettingsError(f"ANSWERABLE_INTAKE has no {name}", where="settings")
    return found


@lru_cache(maxsize=16)
def _secret(path: Path) -> bytes:
    return read_secret(path)


@lru_cache(maxsize=64)
def _verifier(vkey: str) -> VerifierKey:
    return VerifierKey.parse(vkey)
