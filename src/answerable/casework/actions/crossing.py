"""New keys that cross: hers, with a change of her code, and the desk's, begun while that change was on its way.

Hers always take effect: the desk's, wrapped to the key of her old code, never reached her mailbox, which takes an epoch
only when it is wrapped to the key that it has. Where both bear one number, hers is kept apart, above 2**32, as copies
are; the number that the bytes name is the lower 32 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet

from answerable.casework import arrivals
from answerable.casework.actions.reading import want
from answerable.casework.actions.whose import Whose
from answerable.casework.errors import WrongStageError
from answerable.casework.models import Bar, Compartment, Person, Record, Reply, Submission, Wrap
from answerable.casework.models.records import Standing
from answerable.sealing.envelope import Envelope, Sealed
from answerable.sealing.place import RECOVERY, REPORTER
from answerable.sealing.place import Compartment as Part

#: New epochs of an envelope, and the numbers under which they are kept.
Begun = Sequence[tuple[Sealed, int]]


def apart(record: Record) -> list[int]:
    """The copies under which epochs of hers are kept that met others with their number, newest first."""
    later = Submission.objects.filter(record=record, standing=Standing.HERS, copy__gt=0)
    later = later.exclude(kind__in=[kind.code for kind in arrivals.FIRST])
    return sorted(later.values_list("copy", flat=True), reverse=True)


def next_epoch(record: Record, part: Part) -> int:
    """The number of a compartment's next epoch, as its bytes name it: above every one of the record's own."""
    own = Compartment.objects.filter(record=record, compartment=int(part), epoch__lt=arrivals.COPY)
    return max(own.values_list("epoch", flat=True), default=0) + 1


def begun(record: Record | None, envelope: Envelope, whose: Whose) -> Begun:
    """The new epochs that an envelope brings. Known ones bring only the reporter's own wraps, not ours to keep; nor
    does one that is wrapped to her alone, which nobody here could open."""
    if record is None or envelope.kind in arrivals.FIRST:
        return [(sealed, whose.at(sealed.epoch)) for sealed in envelope.compartments]
    copies = apart(record) if whose.hers else []
    found = []
    for sealed in envelope.compartments:
        rows = Compartment.objects.filter(record=record, compartment=int(sealed.compartment))
        here = {epoch: bytes(public) for epoch, public in rows.values_list("epoch", "public")}
        same = (sealed.epoch, *(copy * arrivals.COPY + sealed.epoch for copy in copies))
        if any(here.get(number) == sealed.public for number in same):
            continue
        if whose.hers and all(wrapped.holder == REPORTER for wrapped in sealed.wraps):
            continue
        taken = whose.hers and sealed.epoch in here
        found.append((sealed, whose.above(sealed.epoch) if taken else whose.at(sealed.epoch)))
    return found


def let_in(record: Record | None, envelope: Envelope, whose: Whose, sealed: Sealed) -> set[bytes]:
    """The holders whose wraps of a new epoch are kept: nobody who was shut out. Of a change of her code, only those
    who hold something of the compartment, since she may have been told of them before others left."""
    barred = Bar.objects.filter(record__handle=envelope.record.hex()).values_list("holder", flat=True)
    holders = {wrapped.holder for wrapped in sealed.wraps} - {REPORTER, *envelope.struck}
    holders -= {bytes.fromhex(one) for one in barred}
    if record is None or not whose.hers or envelope.kind in arrivals.FIRST:
        return holders
    return holders & ({RECOVERY} | _held(record, sealed.compartment))


def _held(record: Record, part: Part) -> set[bytes]:
    """Who holds an epoch of the record's own: what others put beside it lets nobody in."""
    own = {0, *apart(record)}
    wraps = Wrap.objects.filter(record=record.handle, compartment=int(part)).values_list("epoch", "holder")
    return {bytes.fromhex(holder) for epoch, holder in wraps if epoch // arrivals.COPY in own}


def _holders(record: Record, part: Part, number: int) -> set[bytes]:
    wraps = Wrap.objects.filter(record=record.handle, compartment=int(part), epoch=number)
    return {bytes.fromhex(holder) for holder in wraps.values_list("holder", flat=True)}


def crossed(record: Record, new: Begun, on: date) -> None:
    """What follows when new keys of hers are here: an epoch of the desk's that has not reached her never will; whoever
    of the holders she left out is let in; and where she let in somebody who was shut out, another epoch is wanted."""
    for sealed, number in new:
        part = sealed.compartment
        _on_its_way(record, part).delete()
        now = _holders(record, part, number)
        if {wrapped.holder for wrapped in sealed.wraps} - now - {REPORTER}:
            want(record.pk, int(part), None, on)
        left_out = [holder.hex() for holder in _held(record, part) - now - {RECOVERY}]
        for person in Person.objects.filter(handle__in=left_out).only("pk"):
            want(record.pk, int(part), person, on)


def check_arrived(record: Record, part: Part) -> None:
    """Raise `WrongStageError` while the current key of a compartment is on its way to her mailbox: what is sealed to it
    for her could cross a change of her code, and then nothing opens it for her."""
    if on_its_way(record, part):
        raise WrongStageError(
            "the person's mailbox has not received the newest key yet, so nothing can be written to it",
            todo="keep your text, open the page again in some minutes, and send it then",
        )


def on_its_way(record: Record, part: Part) -> bool:
    """Whether an epoch that the desk began has not reached her mailbox yet."""
    return _on_its_way(record, part).exists()


def _on_its_way(record: Record, part: Part) -> QuerySet[Reply]:
    return Reply.objects.filter(record=record.handle, compartment=int(part), kind=Reply.Kind.EPOCH, delivered=None)
