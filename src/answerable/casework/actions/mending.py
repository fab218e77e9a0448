"""What is done when a database was restored from a backup: each side is given what the other still holds.

Carry compares both sides and calls these; every one may be repeated. What neither side can put back is named, one row
for each thing, and stays named until it is there again or a person says what was done about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from hashlib import sha256

from answerable.casework.actions.chains import day_of, deed
from answerable.casework.actions.erasing import IDENTITIES, erase
from answerable.casework.actions.reading import want
from answerable.casework.arrivals import COPY
from answerable.casework.codes import BACKUP_DAYS
from answerable.casework.errors import CaseworkError
from answerable.casework.missing import Missed, Sent
from answerable.casework.models import (
    Act,
    Compartment,
    Erasure,
    Missing,
    Person,
    Read,
    Record,
    Reply,
    Submission,
    Value,
    Wrap,
)
from answerable.casework.models.missing import ANSWER
from answerable.errors import AnswerableError
from answerable.ledger.actions import acting, record
from answerable.ledger.actions.recording import SEALED, party_of
from answerable.ledger.models import OpeningKey
from answerable.sealing.place import Compartment as Part

_What = Missing.What


def leaves() -> frozenset[bytes]:
    """The leaves of everything that was handed in and is here."""
    return frozenset(bytes(leaf) for leaf in Submission.objects.values_list("leaf", flat=True))


def lacking(given: AbstractSet[bytes]) -> frozenset[bytes]:
    """Those of ``given`` (leaves of what carry gave to the desk) that are neither kept nor erased here, or of which the
    database of keys has no key."""
    erased = {bytes(leaf) for leaf in Erasure.objects.values_list("leaf", flat=True)}
    return frozenset(given - leaves() - erased) | (given & _keyless_submissions())


def without_keys(submission: Submission) -> bool:
    """Whether the database of keys has no key of something that is here, and that nobody has shredded."""
    record = submission.record
    handle = record.handle if submission.leaf == record.leaf else bytes(submission.leaf).hex()
    if OpeningKey.objects.using("keys").filter(handle=handle).exists() or record.stage == "withdrawn":
        return False
    return not Act.objects.filter(record=record, kind="case.shredded").exists()


def _shut() -> set[int]:
    """Records of which keys were destroyed, as an entry says: they are not to be had again."""
    shredded = Act.objects.filter(kind="case.shredded").values_list("record_id", flat=True)
    withdrawn = Record.objects.filter(stage="withdrawn").values_list("pk", flat=True)
    return {*(one for one in shredded if one is not None), *withdrawn}


def _keyless_submissions() -> frozenset[bytes]:
    kept, shut = set(OpeningKey.objects.using("keys").values_list("handle", flat=True)), _shut()
    rows = Submission.objects.values_list("leaf", "record_id", "record__leaf", "record__handle")
    return frozenset(
        bytes(leaf)
        for leaf, record, first, handle in rows
        if record not in shut and (handle if bytes(first or b"") == bytes(leaf) else bytes(leaf).hex()) not in kept
    )


def erase_again(erased: AbstractSet[bytes], now: int | None = None) -> tuple[int, list[Missed]]:
    """Erase what was erased after the backup was made (``erased``: leaves that the reporter's side names as such), how
    many records; and name what cannot be erased by itself any more, since somebody has read it here."""
    count, named = 0, dict[str, Missed]()
    shut = _shut()
    rows = Submission.objects.values_list("pk", "leaf", "record_id")
    for number in [pk for pk, leaf, of in rows if bytes(leaf) in erased and of not in shut]:
        submission = Submission.objects.select_related("record").filter(pk=number).first()
        if submission is None:
            continue  # it went with its record
        handle = submission.record.handle
        try:
            with deed(handle) as here:
                if read := Read.objects.filter(record=handle).exists() or here.case is not None:
                    named[handle] = Missed(_What.ERASED, bytes(submission.leaf), submission.idx, handle)
                else:
                    erase(here, submission, now)
        except AnswerableError:  # its keys are gone, so that it cannot be entered: somebody sees to it
            named[handle] = Missed(_What.ERASED, bytes(submission.leaf), submission.idx, handle)
        else:
            count += not read
    return count, list(named.values())


def deliver_again(present: AbstractSet[str], records: Mapping[str, AbstractSet[bytes]], now: int | None = None) -> int:
    """Have answers delivered again that a mailbox had and has no more; how many. ``present``: handles of those that are
    there; ``records``: those that have a mailbox, each with the leaves in it. That all was erased is told again only of
    what was erased: a draft that is brought in again later has the same id, and leaves of its own."""
    delivered = Reply.objects.exclude(delivered=None).order_by("id")
    rows = delivered.values_list("pk", "handle", "record", "kind")
    lost = [
        pk
        for pk, handle, record_, kind in rows.iterator()
        if record_ in records
        and (_is_erased(record_, records[record_]) if kind == Reply.Kind.ERASED else handle not in present)
    ]
    again = 0
    for pk in lost:
        one = Reply.objects.filter(pk=pk).first()
        if one is None or _void(one):  # None: the desk has just destroyed what it is of
            continue
        data = bytes(one.sealed) or _bytes_of(one)
        with acting():
            if data or one.kind == Reply.Kind.ERASED:
                again += Reply.objects.filter(pk=one.pk).update(delivered=None, sealed=data)
            elif one.kind == Reply.Kind.EPOCH:  # her wrap is nowhere: staff make another key, and one for her
                here = Record.objects.get(handle=one.record)
                want(here.pk, one.compartment, None, day_of(now))
    return again


def _is_erased(record: str, leaves: AbstractSet[bytes]) -> bool:
    """Whether one of a mailbox's ``leaves`` is of what was erased here, or its record's keys were destroyed."""
    shredded = Act.objects.filter(record__handle=record, kind="case.shredded").exists()
    return shredded or Erasure.objects.filter(leaf__in=list(leaves)).exists()


def _void(reply: Reply) -> bool:
    """Whether an answer is of what was withdrawn or shredded, or a key made for a code of hers that she has changed."""
    if reply.kind == Reply.Kind.ERASED:
        return False
    here = Record.objects.filter(handle=reply.record).first()
    if here is None or (here.stage == "withdrawn" and reply.compartment in map(int, IDENTITIES)):
        return True
    if not Compartment.objects.filter(record=here, compartment=reply.compartment, until=None).exists():
        return True
    return reply.kind == Reply.Kind.EPOCH and bytes(reply.reporter) != bytes(here.reporter_key or b"")


def _bytes_of(reply: Reply) -> bytes:
    if reply.kind != Reply.Kind.VALUE:
        return b""
    place = {"compartment": reply.compartment, "field": reply.field, "version": reply.version}
    found = Value.objects.filter(record__handle=reply.record, **place).first()
    return bytes(found.sealed) if found else b""


def unknown_answers(handles: AbstractSet[str]) -> list[str]:
    """Those of ``handles`` that are of no answer that the desk knows."""
    return sorted(handles - set(Reply.objects.values_list("handle", flat=True)))


def take_back(sent: Iterable[Sent], now: int | None = None) -> list[Missed]:
    """Keep what the office signed, mailboxes hold and the desk does not know: of a new key, that there is one. Of a
    message, name that it was sent: its text is with the person."""
    named = []
    for one in sent:
        if Reply.objects.filter(record=one.record, kind=Reply.Kind.ERASED).exists():
            continue
        if not Record.objects.filter(handle=one.record).exists():
            continue  # the record itself is missing: that is named
        if one.kind == "epoch":
            _take_back_key(one, day_of(now))
        else:
            named.append(Missed(_What.ANSWER, record=one.record, thing=one.place, on=one.on))
    return named


def _take_back_key(sent: Sent, on: date) -> None:
    """Note an epoch that the desk began and that its database has forgotten, so that no other gets its number. It is
    the current one where its wraps are here; else the one before stays, and a new one is wanted."""
    part = int(sent.compartment)
    with deed(sent.record) as here:
        rows = Compartment.objects.filter(record=here, compartment=part)
        if rows.filter(public=sent.public).exists() or rows.filter(epoch=sent.epoch).exists():
            return
        held = Wrap.objects.filter(record=here.handle, compartment=part, epoch=sent.epoch).exists()
        current = rows.filter(until=None).first()
        takes_over = held and current is not None and current.epoch < sent.epoch
        if takes_over:
            rows.filter(until=None).update(until=on)
        elif current is not None:
            want(here.pk, part, None, on)
        Compartment.objects.create(
            record=here,
            compartment=part,
            epoch=sent.epoch,
            public=sent.public,
            since=sent.on,
            until=None if takes_over else on,
        )


def keyless() -> list[Missed]:
    """Keys of which nobody holds a wrap, recovery neither: what is sealed to them opens for nobody at the desk."""
    own = Compartment.objects.filter(epoch__lt=COPY).order_by("id")
    # In this order: whatever the desk begins or destroys meanwhile is not taken for lost.
    rows = list(own.values_list("record_id", "record__handle", "compartment", "epoch", "since"))
    held = set(Wrap.objects.exclude(compartment=0).values_list("record", "compartment", "epoch").distinct())
    shut = _shut()
    return [
        Missed(_What.KEY, record=handle, thing=f"{Part(part).code}/{epoch}", on=since)
        for record_, handle, part, epoch, since in rows
        if record_ not in shut and (handle, part, epoch) not in held
    ]


def not_in_a_box(there: AbstractSet[bytes]) -> list[Missed]:
    """What is here and in no mailbox (``there``: leaves that the reporter's side holds, or has erased)."""
    rows = Submission.objects.order_by("idx").values_list("leaf", "idx", "record__handle", "on")
    return [
        Missed(_What.MAILBOX, bytes(leaf), idx, handle, on=on)
        for leaf, idx, handle, on in rows
        if bytes(leaf) not in there
    ]


def nowhere(alone: Mapping[bytes, int]) -> list[Missed]:
    """Entries of the register (leaf -> index) of which neither side holds anything."""
    known = leaves() | {bytes(leaf) for leaf in Erasure.objects.values_list("leaf", flat=True)}
    entries = sorted((idx, leaf) for leaf, idx in alone.items() if leaf not in known)
    return [Missed(_What.ENTRY, leaf, idx) for idx, leaf in entries]


def name_missing(found: Sequence[Missed], now: int | None = None) -> int:
    """Keep what is missing now, each thing once, and note of what is not any more that it is back; how many wait for
    somebody to say what was done about them."""
    named, on = {one.handle: one for one in found}, day_of(now)
    with acting():
        known = set(Missing.objects.values_list("handle", flat=True))
        Missing.objects.bulk_create(
            Missing(
                handle=handle,
                what=one.what,
                leaf=one.leaf.hex(),
                idx=one.idx,
                record=one.record,
                thing=one.thing,
                on=one.on,
                found=on,
            )
            for handle, one in named.items()
            if handle not in known
        )
        for row in Missing.objects.filter(answered=None):
            if (row.back is None) != (row.handle in named):
                Missing.objects.filter(pk=row.pk).update(back=None if row.handle in named else on)
    return Missing.objects.waiting().count()


def answer_missing(person: Person, handles: Iterable[str], text: str, now: int | None = None) -> int:
    """Say what was done about what is missing; how many it answers. The record is told, as an incident that names their
    entries of the register and the hash of the text. Raises `CaseworkError` for an empty or long text."""
    words = text.strip()
    if not 0 < len(words) <= ANSWER:
        raise CaseworkError(f"what was done about it is said in 1 to {ANSWER} characters")
    on = day_of(now)
    with acting():
        several = list(Missing.objects.waiting().filter(handle__in=list(handles)))
        if not several:
            return 0
        fields = {
            "class": "missing",
            "origin": party_of("default").origin(SEALED),
            "ranges": [{"from": one.idx, "to": one.idx + 1} for one in several if one.idx is not None],
            "text_sha256": sha256(words.encode()).hexdigest(),
        }
        record("incident.published", fields, by="desk", now=now)
        for one in several:
            one.answer, one.answered, one.answered_by = words, on, person
            one.save(update_fields=["answer", "answered", "answered_by"])
    return len(several)


def forget_delivered(now: int | None = None) -> int:
    """Empty the bytes of answers that were delivered longer ago than a backup of the mailboxes is kept; how many."""
    before = day_of(now) - timedelta(days=BACKUP_DAYS)
    return Reply.objects.filter(delivered__lt=before).exclude(sealed=b"").update(sealed=b"")
