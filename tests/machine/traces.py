"""Looking for secrets where none may be: in every form in which a key is likely to be spilt."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path


def forms(secret: bytes) -> set[bytes]:
    """A secret as raw bytes, hex of either case, and base64 of either alphabet without its padding."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    found |= {base64.b64encode(secret).rstrip(b"="), base64.urlsafe_b64encode(secret).rstrip(b"=")}
    return found


def secrets_of(key_file: Path) -> set[bytes]:
    """Every form of what a key file holds: of a `PRIVATE+KEY` line the seed, of any other file its content."""
    data = key_file.read_bytes().strip()
    if data.startswith(b"PRIVATE+KEY+"):
        blob = base64.b64decode(data.split(b"+", 4)[4])
        return forms(blob[1:]) | {data.split(b"+", 4)[4]}
    found = {data} | (forms(data) if len(data) <= 64 else set())
    try:
        found |= forms(bytes.fromhex(data.decode()))
    except ValueError:
        return found
    return found


def key_files(home: Path) -> list[Path]:
    """All files below `home` that hold a secret."""
    return sorted(path for path in home.rglob("*") if path.is_file() and path.suffix == ".key")


def spilt(secrets: Iterable[bytes], places: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    """Each file below the places that holds one of the secrets, with the secret's first bytes."""
    secrets = list(secrets)
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file():
                data = path.read_bytes()
                yield from ((path, secret[:6]) for secret in secrets if secret in data)
