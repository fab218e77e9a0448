"""The sealed bodies of files: copied from the reporter party's folder into the desk's, and held to their hashes."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from answerable.casework.actions.chains import setting
from answerable.casework.errors import AlteredError
from answerable.casework.models import File
from answerable.casework.shapes import Attached, Incoming
from answerable.ledger import sharing
from answerable.ledger.errors import NotRecordedError


def copy_files(incoming: Incoming) -> None:
    """Copy every body of a submission into the desk's folder, under its handle.

    Raises `AlteredError` for one that is not as it was committed to, or is here already, and `NotRecordedError` when a
    folder cannot be read or written.
    """
    folder = setting("files")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for attached, path in incoming.files:
        name = file_handle(incoming, attached)
        if File.objects.filter(handle=name).exists():
            raise AlteredError("its file is here already", where=f"entry {incoming.leaf.hex()}")
        part = folder / f".{name}.{token_hex(4)}"
        try:
            if _copied(path, part) != attached.sha256:
                raise AlteredError("a file is not the one that was committed to", where=f"entry {incoming.leaf.hex()}")
            part.rename(folder / name)
        except OSError as error:
            raise NotRecordedError(
                f"a file was not taken in: {error.strerror}",
                where=f"entry {incoming.leaf.hex()}",
                todo="see that both folders of files can be read and have room",
            ) from None
        finally:
            part.unlink(missing_ok=True)


def file_handle(incoming: Incoming, attached: Attached) -> str:
    """A file's handle, of this entry alone: whoever held a draft can name its files in a submission of their own."""
    return sha256(b"answerable/file/handle/v1\0" + incoming.leaf + attached.id).hexdigest()[:32]


def _copied(path: Path, to: Path) -> bytes:
    """Copy a file, down to the disk; its SHA-256."""
    digest = sha256()
    with path.open("rb") as source, to.open("wb") as copy:
        while piece := source.read(1 << 20):
            digest.update(piece)
            copy.write(piece)
        copy.flush()
        sharing.settle(copy.fileno(), to.parent)  # carry makes it, and the desk reads it
        os.fsync(copy.fileno())
    return digest.digest()
