"""Taking in what carry brings: keys first, in their own database, then the act. Every step repeats safely."""

from __future__ import annotations

import os
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes, token_hex

from django.db import DatabaseError, IntegrityError, transaction

from answerable.casework import arrivals, names
from answerable.casework.actions.chains import (
    day_of,
    deployment,
    enact,
    refresh,
    setting,
    wrapping,
)
from answerable.casework.actions.erasing import withdraw
from answerable.casework.actions.keeping import keep_source, keep_wrap
from answerable.casework.errors import AlteredError, WrongStageError
from answerable.casework.models import Bar, Compartment, Erasure, File, Record, Submission, Value, Wrap
from answerable.casework.shapes import Incoming
from answerable.ledger.actions.wrapping import forget_opening_key, keep_opening_key
from answerable.ledger.errors import NotRecordedError
from answerable.ledger.models import OpeningKey, Outbox
from answerable.record import canonical
from answerable.sealing.envelope import Envelope, Kind
from answerable.sealing.place import Field
from answerable.sealing.place import Record as RecordKind
from answerable.sealing.values import epoch_of


@dataclass(frozen=True)
class Taken:
    """What became of a submission: its record (None: erased, or withdrawn with nothing left), and whether it is new."""

    record: Record | None
    new: bool


def take_in(incoming: Incoming, *, now: int | None = None) -> Taken:
    """Take in one submission. The same again changes nothing and gives the same.

    Raises `AlteredError` for what is not what its entry commits to, `WrongStageError` for later material of a record
    that is not here yet, and `SetupError`; nothing is then kept but keys, which `sweep` removes.
    """
    envelope, commitment = arrivals.read(incoming, deployment())
    if Erasure.objects.filter(leaf=incoming.leaf).exists():
        return Taken(None, new=False)
    known = Submission.objects.select_related("record").filter(leaf=incoming.leaf).first()
    if known:
        return Taken(known.record, new=False)
    handle = envelope.record.hex()
    first = arrivals.is_first(incoming)
    copy = 0 if first else _copy_number(envelope, handle)
    _keep_keys(incoming, envelope, copy)
    _copy_files(incoming)
    try:
        with transaction.atomic():
            if first:
                return _first(incoming, envelope, commitment, now)
            return _more(incoming, envelope, copy, now)
    except IntegrityError as error:
        raise AlteredError(f"it does not fit what is here: {error}", where=f"entry {incoming.leaf.hex()}") from None
    except DatabaseError as error:
        raise NotRecordedError(
            f"the submission was not taken in: {error}", todo="see that the database has room and answers"
        ) from error


def _first(incoming: Incoming, envelope: Envelope, commitment: bytes, now: int | None) -> Taken:
    record = _open(incoming, envelope, commitment)
    _add(record, incoming, envelope, 0)
    refresh(record, day_of(now))
    return Taken(record, new=True)


def _copy_number(envelope: Envelope, handle: str) -> int:
    """0 for later material; for a report that came again with other bytes, which copy it is."""
    if envelope.kind not in arrivals.FIRST:
        return 0
    return Submission.objects.filter(record__handle=handle, kind__in=["report", "help"]).count()


def _keep_keys(incoming: Incoming, envelope: Envelope, copy: int) -> None:
    """Wraps and the opening key, in `keys.db`, where a second time changes nothing."""
    chain = str(incoming.event["case"]) if arrivals.is_first(incoming) else incoming.leaf.hex()
    keep_opening_key(chain, incoming.opening_key, wrapping())
    barred = set(Bar.objects.filter(record__handle=envelope.record.hex()).values_list("holder", flat=True))
    with transaction.atomic(using="keys"):
        for compartment, epoch, holder, wrap in arrivals.staff(envelope):
            if holder.hex() not in barred:
                keep_wrap(envelope.record.hex(), int(compartment), copy * arrivals.COPY + epoch, holder.hex(), wrap)
        if envelope.compartments:
            keep_source(envelope.record.hex(), incoming.envelope)


def _copy_files(incoming: Incoming) -> None:
    folder = setting("files")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for attached, path in incoming.files:
        name = attached.id.hex()
        if File.objects.filter(handle=name).exists():
            raise AlteredError("it names a file that is here already", where=f"entry {incoming.leaf.hex()}")
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


def _copied(path: Path, to: Path) -> bytes:
    """Copy a file, down to the disk; its SHA-256."""
    digest = sha256()
    with path.open("rb") as source, to.open("wb") as copy:
        while piece := source.read(1 << 20):
            digest.update(piece)
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.digest()


def _open(incoming: Incoming, envelope: Envelope, commitment: bytes) -> Record:
    kind = "file" if envelope.record_kind == RecordKind.FILE else "report"
    return Record.objects.create(
        handle=envelope.record.hex(),
        kind=kind,
        name=names.name(token_bytes, lambda one: Record.objects.filter(name=one).exists()),
        opened=incoming.day,
        stage="received",
        seq=1,
        head=commitment,
        leaf=incoming.leaf,
        idx=incoming.idx,
        channel=envelope.channel.code,
        language=envelope.language,
        urgent=envelope.urgent,
        independent=envelope.independent,
        consents=" ".join(envelope.consents),
        reporter_key=envelope.reporter,
        origin=canonical.encode(dict(incoming.event)),
    )


def _add(record: Record, incoming: Incoming, envelope: Envelope, copy: int) -> Submission:
    submission = Submission.objects.create(
        handle=envelope.submission.hex(),
        sha256=bytes.fromhex(str(incoming.event["ciphertext_sha256"])),
        record=record,
        kind=envelope.kind.code,
        leaf=incoming.leaf,
        idx=incoming.idx,
        on=incoming.day,
        event=canonical.encode(dict(incoming.event)),
    )
    _epochs(record, envelope, copy, incoming.day, sha256(incoming.envelope).hexdigest())
    for value in envelope.values:
        Value.objects.create(
            record=record,
            compartment=int(value.compartment),
            field=int(value.field),
            version=copy * arrivals.COPY + value.version,
            epoch=copy * arrivals.COPY + epoch_of(value.data),
            sealed=value.data,
            on=incoming.day,
            submission=submission,
        )
    cleaned = {value.version for value in envelope.values if value.field == Field.CLEANED}
    _add_files(record, submission, incoming, copy, cleaned)
    for holder in envelope.struck:
        Bar.objects.get_or_create(
            record=record, holder=holder.hex(), defaults={"why": Bar.Why.STRUCK, "on": incoming.day}
        )
    return submission


def _add_files(
    record: Record, submission: Submission, incoming: Incoming, copy: int, cleaned: AbstractSet[int]
) -> None:
    """Attachments; a cleaned copy (``cleaned``: their versions) goes with its original, the version before."""
    originals: dict[int, File] = {}
    for attached, _ in sorted(incoming.files, key=lambda one: one[0].version):
        made = File.objects.create(
            handle=attached.id.hex(),
            record=record,
            submission=submission,
            version=copy * arrivals.COPY + attached.version,
            length=attached.length,
            sha256=attached.sha256,
            # A copy without its original counts as one: more is asked of whoever opens it, never less.
            cleaned_of=originals.get(attached.version - 1) if attached.version in cleaned else None,
        )
        originals[attached.version] = made


def _epochs(record: Record, envelope: Envelope, copy: int, on: date, source: str) -> None:
    """New epochs become the current ones. Known ones bring only the reporter's own wraps, not ours to keep."""
    for sealed in envelope.compartments:
        epoch = copy * arrivals.COPY + sealed.epoch
        here = Compartment.objects.filter(record=record, compartment=int(sealed.compartment))
        known = here.filter(epoch=epoch).first()
        if known:
            if known.public != sealed.public:
                raise AlteredError("an epoch that is known comes with another key", where=f"record {record.handle}")
            continue
        current = here.filter(until=None).first()
        newer = copy == 0 and (current is None or epoch > current.epoch)
        if newer and current:
            current.until = on
            current.save(update_fields=["until"])
        Compartment.objects.create(
            record=record,
            compartment=int(sealed.compartment),
            epoch=epoch,
            public=sealed.public,
            since=on,
            until=None if newer else on,
            source=source,
        )


def _more(incoming: Incoming, envelope: Envelope, copy: int, now: int | None) -> Taken:
    """Later material, a withdrawal or a choice of consents, of a record that is here."""
    record = Record.objects.select_for_update().filter(handle=envelope.record.hex()).first()
    if record is None:
        raise WrongStageError("it belongs to a record that is not here", where=f"entry {incoming.leaf.hex()}")
    if Submission.objects.filter(leaf=incoming.leaf).exists():
        return Taken(record, new=False)
    submission = _add(record, incoming, envelope, copy)
    if envelope.reporter != record.reporter_key:
        record.reporter_key = envelope.reporter
        record.save(update_fields=["reporter_key"])
    if envelope.kind == Kind.CONSENT:
        _consents(record, envelope.consents, now)
    erased = withdraw(record, submission, now) if envelope.kind == Kind.WITHDRAWAL else False
    return Taken(None if erased else record, new=True)


def _consents(record: Record, chosen: tuple[str, ...], now: int | None) -> None:
    before = set(record.consents.split())
    record.consents = " ".join(chosen)
    record.save(update_fields=["consents"])
    for code in sorted(before ^ set(chosen)):
        own = {
            "recipient": code,
            "purposes": [code] if code in chosen else [],
            "fields": [],
            "until": None,
            "document_sha256": None,
        }
        enact(record, "consent.changed", own, act="change consents", role="reporter", person=None, signed=None, now=now)


def sweep(before: frozenset[str] = frozenset()) -> frozenset[str]:
    """Remove keys, wraps and files without an act that were there ``before`` already; give those that are there now.

    A loop passes what the last call gave, so that an act on its way keeps its keys, whatever the clock says.
    """
    found = _orphans()
    for name in found & before:
        kind, _, handle = name.partition(" ")
        if kind == "key":
            forget_opening_key(handle)
        elif kind == "wrap":
            Wrap.objects.filter(record=handle).delete()
        else:
            (setting("files") / handle).unlink(missing_ok=True)
    return _orphans()


def _orphans() -> frozenset[str]:
    records = set(Record.objects.values_list("handle", flat=True))
    leaves = {bytes(leaf).hex() for leaf in Submission.objects.values_list("leaf", flat=True)}
    erasing = set(Erasure.objects.exclude(keys_of="").values_list("keys_of", flat=True))
    keys = set(OpeningKey.objects.using("keys").values_list("handle", flat=True))
    wraps = set(Wrap.objects.values_list("record", flat=True).distinct())
    entries = {bytes(leaf).hex() for leaf in Outbox.objects.using("default").values_list("leaf_hash", flat=True)}
    files = set(File.objects.values_list("handle", flat=True))
    folder = setting("files")
    on_disk = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return frozenset(
        {f"key {one}" for one in keys - records - leaves - entries - erasing}
        | {f"wrap {one}" for one in wraps - records - erasing}
        | {f"file {one}" for one in on_disk - files}
    )
