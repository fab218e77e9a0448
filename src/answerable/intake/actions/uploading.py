"""Uploads: sealed bodies of files come in parts, before the submission that names them."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from django.db import IntegrityError

from answerable.intake import storage
from answerable.intake.actions import setting, sql
from answerable.intake.actions.keeping import GOES
from answerable.intake.actions.receiving import spent_work
from answerable.intake.errors import ConflictError, MalformedError, WorkError
from answerable.intake.exchange import Swept
from answerable.intake.work import TICK, Spent

_ID = 16
#: Ticks for which an upload that nobody names is kept: a day.
KEPT = 86_400 // TICK
_TAKEN = "a file was taken under this id"


def put_chunk(
    upload: bytes, index: int, data: bytes, *, work: bytes = b"", checked: bool = False, now: int | None = None
) -> int:
    """Take sealed chunks of a file at ``index``; the index that comes next.

    The first brings proof of work for SHA-256 of the upload's id, unless it is ``checked`` otherwise. Raises
    `ChunkError` for a gap, `QuotaError` when there is no room, `WorkError`, `ConflictError` for an id that is taken.
    """
    moment, folder, using = setting.clock(now), setting.files(), setting.using()
    _check_id(upload)
    if not _begun(using, upload):
        if index != 0:
            raise ConflictError("there is no such upload, or a submission has named it", todo="begin with part 0")
        storage.check_room(folder, setting.quota(), len(data))
        spent = None if checked else spent_work(work, sha256(upload).digest(), moment)
        if storage.path_of(folder, upload).exists():
            raise ConflictError(_TAKEN)
        _begin(using, upload, moment, spent)
    else:
        storage.check_room(folder, setting.quota(), len(data))
    return storage.append(folder, upload, index, data, moment)


def upload_state(upload: bytes) -> int:
    """How many whole chunks of an upload are here: where to go on. 0 when there is no such upload."""
    return storage.held(setting.files(), upload) if _begun(setting.using(), upload) else 0


def store_file(upload: bytes, chunks: Iterable[bytes], now: int | None = None) -> tuple[int, bytes]:
    """Store a whole sealed body, as the server seals it; its length and SHA-256. Raises as `put_chunk` does."""
    _check_id(upload)
    moment, folder, using = setting.clock(now), setting.files(), setting.using()
    storage.check_room(folder, setting.quota(), 0)
    if storage.path_of(folder, upload).exists():
        raise ConflictError(_TAKEN)
    _begin(using, upload, moment, None)
    return storage.store(folder, upload, chunks, moment, quota=setting.quota())


def store_carried(envelope: bytes, file: bytes, data: bytes, now: int | None = None) -> None:
    """Store the sealed body of a draft's file for its submission alone, whatever of it was stored before.

    ``envelope``: the SHA-256 of the envelope, which names ``file`` (an id) with the SHA-256 of ``data``.

    Raises `QuotaError` when there is no room.
    """
    moment, folder, using = setting.clock(now), setting.files(), setting.using()
    name = storage.carried_name(envelope, file)
    storage.check_room(folder, setting.quota(), len(data))
    with sql.act(using):
        # Anew, so that it is not swept before its submission can name it.
        sql.run(using, "DELETE FROM upload WHERE id = %s", [name])
        sql.add(using, "upload", ("id", "tick"), [(name, moment // TICK)])
    storage.complete(folder, name, data, moment, quota=setting.quota())


def sweep(now: int | None = None) -> Swept:
    """Remove nonces that have expired and uploads that no submission named for a day, file and row."""
    using, folder, tick = setting.using(), setting.files(), setting.clock(now) // TICK
    with sql.act(using):
        expired = sql.select(using, "SELECT nonce FROM expired_nonce WHERE until < %s", [tick])
        sql.run(using, "DELETE FROM expired_nonce WHERE until < %s", [tick])
    old = sql.select(using, "SELECT id FROM upload WHERE tick < %s", [tick - KEPT])
    for row in old:
        with sql.act(using):
            # A submission may name it at this very moment: whoever deletes the row has the file. A draft that was
            # brought again after it was received has a row once more, and its file stays.
            named = sql.select(using, "SELECT id FROM named_upload WHERE id = %s", [row["id"]])
            gone = sql.run(using, "DELETE FROM upload WHERE id = %s AND tick < %s", [row["id"], tick - KEPT])
            if gone == 1 and not named:
                sql.add(using, "upload", ("id", "tick"), [(row["id"], GOES)])
        if gone == 1 and not named:
            # Only once nothing can name it any more. Whoever is ended before that leaves it to the next sweep.
            storage.remove(folder, [row["id"]])
            with sql.act(using):
                sql.run(using, "DELETE FROM upload WHERE id = %s AND tick = %s", [row["id"], GOES])
    return Swept(len(expired), len(old))


def _check_id(upload: bytes) -> None:
    """Longer names are those of drafts' files."""
    if len(upload) != _ID:
        raise MalformedError(f"the id of an upload has {_ID} bytes")


def _begun(using: str, upload: bytes) -> bool:
    return bool(sql.select(using, "SELECT id FROM upload WHERE id = %s AND tick > %s", [upload, GOES]))


def _begin(using: str, upload: bytes, moment: int, spent: Spent | None) -> None:
    try:
        with sql.act(using):
            sql.add(using, "upload", ("id", "tick"), [(upload, moment // TICK)])
            if spent is not None:
                sql.add(using, "pow_spent", ("nonce", "until"), [(spent.nonce, spent.until)])
    except IntegrityError as error:
        if _begun(using, upload):
            return
        raise WorkError("this proof of work was used before", todo="get another challenge and answer it") from error
