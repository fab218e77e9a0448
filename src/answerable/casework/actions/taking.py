"""Taking in what carry brings: keys first, in their own database, then the act. Every step repeats safely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from secrets import token_bytes

from django.db import DatabaseError, IntegrityError, transaction

from answerable.casework import arrivals, names
from answerable.casework.actions.bodies import copy_files, file_handle
from answerable.casework.actions.chains import (
    day_of,
    deployment,
    done,
    enact,
    refresh,
    rules,
    wrapping,
)
from answerable.casework.actions.crossing import Begun, apart, begun, crossed, let_in
from answerable.casework.actions.erasing import withdraw
from answerable.casework.actions.keeping import keep_source, keep_wrap
from answerable.casework.actions.mending import without_keys
from answerable.casework.actions.whose import OPENS, Whose, again, tell_panel, waiting, whose_is
from answerable.casework.errors import AlteredError, WrongStageError
from answerable.casework.folding import ANSWER, HEAR, OF_KIND, OFFER
from answerable.casework.models import Bar, Compartment, Erasure, File, Record, Submission, Value, Wrap
from answerable.casework.models.records import Standing
from answerable.casework.shapes import Incoming
from answerable.ledger.actions.wrapping import keep_opening_key
from answerable.ledger.errors import NotRecordedError
from answerable.record import canonical
from answerable.sealing.envelope import Envelope, Kind, decode
from answerable.sealing.envelope import Value as EnvelopeValue
from answerable.sealing.place import Field
from answerable.sealing.place import Record as RecordKind
from answerable.sealing.signing import signed_by
from answerable.sealing.values import epoch_of

_HEADS = (Field.FILE, Field.CLEANED)


@dataclass(frozen=True)
class Taken:
    """What became of a submission: its record (None: erased, or withdrawn with nothing left), and whether it is new."""

    record: Record | None
    new: bool


def take_in(incoming: Incoming, *, now: int | None = None) -> Taken:
    """Take in one submission. The same again changes nothing and gives the same, but for keys that are missing.

    Raises `AlteredError` for what is not what its entry commits to, `WrongStageError` for later material of a record
    that is not here yet, and `SetupError`; nothing is then kept but keys, which `sweep` removes.
    """
    envelope, commitment = arrivals.read(incoming, deployment())
    if Erasure.objects.filter(leaf=incoming.leaf).exists():
        return Taken(None, new=False)
    known = Submission.objects.select_related("record").filter(leaf=incoming.leaf).first()
    if known:
        if without_keys(known):
            _keep_again(incoming, envelope, known)
        return Taken(known.record, new=False)
    first = arrivals.is_first(incoming)
    whose = _whose(incoming, envelope, first=first)
    if first:
        _keep_keys(incoming, envelope, whose)
    copy_files(incoming)
    try:
        with transaction.atomic():
            if first:
                return _first(incoming, envelope, commitment, now)
            return _more(incoming, envelope, whose, now)
    except IntegrityError as error:
        raise AlteredError(f"it does not fit what is here: {error}", where=f"entry {incoming.leaf.hex()}") from None
    except DatabaseError as error:
        raise NotRecordedError(
            f"the submission was not taken in: {error}", todo="see that the database has room and answers"
        ) from error


def _first(incoming: Incoming, envelope: Envelope, commitment: bytes, now: int | None) -> Taken:
    record = _open(incoming, envelope, commitment)
    _add(record, incoming, envelope, OPENS)
    refresh(record, day_of(now))
    return Taken(record, new=True)


def _whose(incoming: Incoming, envelope: Envelope, *, first: bool) -> Whose:
    """Whose it is. Raises `WrongStageError` for later material of a record that is not here, and `AlteredError` for
    what begins one that is, or is of another kind than its record."""
    where = f"entry {incoming.leaf.hex()}"
    record = Record.objects.filter(handle=envelope.record.hex()).first()
    if first:
        if record is not None:
            raise AlteredError("it does not fit what is here: the record has begun already", where=where)
        return OPENS
    if record is None:
        raise WrongStageError("it belongs to a record that is not here", where=where)
    if record.kind != envelope.record_kind.code:
        raise AlteredError("it is of another kind of record", where=where)
    return whose_is(incoming.envelope, envelope, record)


def _keep_keys(incoming: Incoming, envelope: Envelope, whose: Whose, record: Record | None = None) -> None:
    """Wraps and the opening key, in `keys.db`, where a second time changes nothing. ``record`` is locked by the act, so
    that nobody else begins an epoch of it meanwhile."""
    handle = envelope.record.hex()
    chain = str(incoming.event["case"]) if arrivals.is_first(incoming) else incoming.leaf.hex()
    keep_opening_key(chain, incoming.opening_key, wrapping())
    with transaction.atomic(using="keys"):
        if whose.copy:
            # No act has this number yet: what lies under it is of one that failed, and would stand in the way.
            own = Wrap.objects.filter(record=handle, epoch__gte=whose.at(0), epoch__lt=whose.at(arrivals.COPY))
            own.delete()
        _keep_wraps(record, envelope, whose)
        if envelope.compartments or whose.line is None:
            keep_source(handle, incoming.envelope)


def _keep_wraps(record: Record | None, envelope: Envelope, whose: Whose) -> None:
    handle = envelope.record.hex()
    for sealed, number in begun(record, envelope, whose):
        if record is not None:
            # No act has this number yet: as above.
            Wrap.objects.filter(record=handle, compartment=int(sealed.compartment), epoch=number).delete()
        holders = let_in(record, envelope, whose, sealed)
        for wrapped in sealed.wraps:
            if wrapped.holder in holders:
                keep_wrap(handle, int(sealed.compartment), number, wrapped.holder.hex(), wrapped.wrap)


def _keep_again(incoming: Incoming, envelope: Envelope, known: Submission) -> None:
    """Keys of something that is here, for a database of keys that is older: the wraps it came with, for its epochs."""
    record, handle = known.record, known.record.handle
    first = known.leaf == record.leaf
    keep_opening_key(handle if first else incoming.leaf.hex(), incoming.opening_key, wrapping())
    whose = Whose(Standing(known.standing), known.line, known.copy)
    with transaction.atomic(using="keys"):
        for sealed in envelope.compartments:
            rows = Compartment.objects.filter(record=record, compartment=int(sealed.compartment), public=sealed.public)
            for number in rows.values_list("epoch", flat=True):
                holders = let_in(None if first else record, envelope, whose, sealed)
                for wrapped in sealed.wraps:
                    if wrapped.holder in holders:
                        keep_wrap(handle, int(sealed.compartment), number, wrapped.holder.hex(), wrapped.wrap)
        if envelope.compartments or known.line is None:
            keep_source(handle, incoming.envelope)


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
        waking=envelope.urgent,
        independent=envelope.independent,
        consents=" ".join(envelope.consents),
        reporter_key=envelope.reporter,
        origin=canonical.encode(dict(incoming.event)),
    )


def _add(record: Record, incoming: Incoming, envelope: Envelope, whose: Whose) -> Submission:
    new = begun(record, envelope, whose)
    places = [(value, _number(record, value, whose)) for value in envelope.values]
    beside = any(number is not None and number >= arrivals.COPY for _, number in (*new, *places))
    submission = Submission.objects.create(
        handle=envelope.submission.hex(),
        sha256=bytes.fromhex(str(incoming.event["ciphertext_sha256"])),
        record=record,
        kind=envelope.kind.code,
        leaf=incoming.leaf,
        idx=incoming.idx,
        on=incoming.day,
        event=canonical.encode(dict(incoming.event)),
        standing=whose.standing,
        line=whose.line,
        signer=envelope.signer,
        copy=whose.copy or (whose.apart if beside else 0),
    )
    _epochs(record, new, whose, incoming.day, sha256(incoming.envelope).hexdigest())
    if whose.hers and envelope.kind not in arrivals.FIRST:
        crossed(record, new, incoming.day)
    for value, number in places:
        if number is None:
            continue
        Value.objects.create(
            record=record,
            compartment=int(value.compartment),
            field=int(value.field),
            version=number,
            epoch=_sealed_to(record, int(value.compartment), epoch_of(value.data), whose),
            sealed=value.data,
            on=incoming.day,
            submission=submission,
        )
    _add_files(record, submission, incoming, whose, places)
    for holder in envelope.struck if whose.hers and envelope.kind in arrivals.FIRST else ():
        Bar.objects.get_or_create(
            record=record, holder=holder.hex(), defaults={"why": Bar.Why.STRUCK, "on": incoming.day}
        )
    return submission


def _number(record: Record, value: EnvelopeValue, whose: Whose) -> int | None:
    """The version under which a value is kept. None: this very value is here, since it was sent again when no answer
    came. Something else in its place never keeps hers out, which would hold up all that comes from her later."""
    number = whose.at(value.version)
    place = {"compartment": int(value.compartment), "field": int(value.field), "version": number}
    here = Value.objects.filter(record=record, **place).first()
    if here is None or not whose.hers:
        return number
    return None if bytes(here.sealed) == value.data else whose.above(value.version)


def _sealed_to(record: Record, compartment: int, epoch: int, whose: Whose) -> int:
    """The number under which the epoch that a value is sealed to is kept: one of its own, one of what its line began
    with, one of hers that is kept apart, the record's, or else one that is kept beside it."""
    here = Compartment.objects.filter(record=record, compartment=compartment)
    known = set(here.values_list("epoch", flat=True))
    hers = [copy * arrivals.COPY + epoch for copy in apart(record)]
    if whose.copy:
        own = [copy * arrivals.COPY + epoch for copy in (whose.copy, whose.of)]
        others = sorted((one for one in known if one % arrivals.COPY == epoch), reverse=True)
        return next((one for one in (*own, *hers, epoch, *others) if one in known), epoch)
    return next((one for one in hers if one in known), epoch)


def _add_files(
    record: Record,
    submission: Submission,
    incoming: Incoming,
    whose: Whose,
    places: Sequence[tuple[EnvelopeValue, int | None]],
) -> None:
    """Attachments, under the versions of their heads (``places``: None for what is here); a cleaned copy goes with its
    original, the version before."""
    heads = {value.version: (value.field, number) for value, number in places if value.field in _HEADS}
    originals: dict[int, File] = {}
    for attached, _ in sorted(incoming.files, key=lambda one: one[0].version):
        field, number = heads.get(attached.version, (Field.FILE, whose.at(attached.version)))
        if number is None:
            continue
        made = File.objects.create(
            handle=file_handle(incoming, attached),
            record=record,
            submission=submission,
            version=number,
            length=attached.length,
            sha256=attached.sha256,
            # A copy without its original counts as one: more is asked of whoever opens it, never less.
            cleaned_of=originals.get(attached.version - 1) if field == Field.CLEANED else None,
        )
        originals[attached.version] = made


def _epochs(record: Record, new: Begun, whose: Whose, on: date, source: str) -> None:
    """New epochs of hers become the current ones, whatever the desk began meanwhile; nobody seals to others'."""
    for sealed, number in new:
        newer = whose.hers and whose.copy == 0
        if newer:
            Compartment.objects.filter(record=record, compartment=int(sealed.compartment), until=None).update(until=on)
        Compartment.objects.create(
            record=record,
            compartment=int(sealed.compartment),
            epoch=number,
            public=sealed.public,
            since=on,
            until=None if newer else on,
            source=source,
        )


def _more(incoming: Incoming, envelope: Envelope, whose: Whose, now: int | None) -> Taken:
    """Later material, a withdrawal or a choice of consents, of a record that is here; it takes effect if it is hers."""
    record = Record.objects.select_for_update().get(handle=envelope.record.hex())
    if Submission.objects.filter(leaf=incoming.leaf).exists():
        return Taken(record, new=False)
    if whose_is(incoming.envelope, envelope, record) != whose:
        raise WrongStageError("something else of this record was taken in at this moment", todo="take it in again")
    _keep_keys(incoming, envelope, whose, record)
    submission = _add(record, incoming, envelope, whose)
    if not whose.hers:
        if whose.line is None or envelope.kind in arrivals.FIRST:
            tell_panel(record, submission, now)
        return Taken(record, new=True)
    erased = _takes_effect(record, submission, envelope, now)
    if not erased and not signed_by(incoming.envelope, envelope.signer):
        erased = _take_up_waiting(record, now)  # the code has changed
    return Taken(None if erased else record, new=True)


def _takes_effect(record: Record, submission: Submission, envelope: Envelope, now: int | None) -> bool:
    """Do what something of hers asks; whether the record was erased by it."""
    if envelope.kind not in arrivals.FIRST and envelope.reporter != record.reporter_key:
        record.reporter_key = envelope.reporter
        record.save(update_fields=["reporter_key"])
    if envelope.urgent:
        record.urgent = record.waking = True
        record.save(update_fields=["urgent", "waking"])
    if envelope.kind == Kind.CONSENT:
        _consents(record, envelope.consents, now)
    _heard(record, envelope, now)
    return withdraw(record, submission, now) if envelope.kind == Kind.WITHDRAWAL else False


def _heard(record: Record, envelope: Envelope, now: int | None) -> None:
    """What she writes is an entry on the record's chain, and is to be answered: before the first answer, by that."""
    written = [value for value in envelope.values if value.field == Field.MESSAGE]
    if not written or envelope.kind in arrivals.FIRST:
        return
    answered = {str((one.body.get("procedure") or {}).get("act")) for one in done(record)} & {ANSWER, OFFER}
    has = HEAR in rules().plans[OF_KIND[record.kind]].procedure.defined()  # a deployment's own may be older
    act = HEAR if answered and has and record.stage != "withdrawn" else None
    for value in written:
        own = {
            "direction": "from_reporter",
            "ciphertext_sha256": sha256(value.data).hexdigest(),
            "obligation": None,
        }
        enact(record, "message.sealed", own, act=act, role="reporter", person=None, signed=None, now=now, check=False)


def _take_up_waiting(record: Record, now: int | None) -> bool:
    """Take up what the key of now signed and came before the change of code that names it: as it would have been taken
    in, in the order in which it came. Whether the record was erased by it."""
    skip: set[int] = set()
    while (found := next((one for one in waiting(record) if one[0].pk not in skip), None)) is not None:
        try:
            with transaction.atomic():
                if _take_up(record, *found, now):
                    return True
        except (AlteredError, IntegrityError):
            # It does not fit what came meanwhile: it stays where it is, as what it was.
            skip.add(found[0].pk)
    return False


def _take_up(record: Record, before: Submission, data: bytes, now: int | None) -> bool:
    envelope = decode(data)
    incoming = again(before, data, envelope)
    whose = replace(OPENS, apart=before.copy)
    above = Compartment.objects.filter(record=record, epoch__gte=before.copy * arrivals.COPY)
    above.filter(epoch__lt=(before.copy + 1) * arrivals.COPY).delete()
    with transaction.atomic(using="keys"):
        _keep_wraps(record, envelope, whose)
    Submission.objects.filter(pk=before.pk).delete()
    submission = _add(record, incoming, envelope, whose)
    # Its number stays used: older values may be sealed to epochs that are kept under it.
    Submission.objects.filter(pk=submission.pk).update(copy=before.copy)
    return _takes_effect(record, submission, envelope, now)


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
