"""Destroying a compartment for good: the act first, then every wrap, then the ciphertext. Repeating it resumes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from answerable.casework.actions.chains import day_of, deed, enact, setting
from answerable.casework.actions.holding import HOLD, kept_back
from answerable.casework.errors import NotAllowedError, NotYoursError
from answerable.casework.models import Act, Compartment, File, Grant, Person, Record, Reply, Value, Wrap
from answerable.sealing.making import FILES
from answerable.sealing.place import Compartment as Part

REASONS = ("retention", "court", "withdrawal")


@dataclass(frozen=True)
class Shredded:
    """How much went: wraps, values, files."""

    wraps: int
    values: int
    files: int


def shred(
    handle: str,
    parts: Iterable[Part],
    *,
    reason: str,
    authority: bytes,
    officers: tuple[Person, Person],
    now: int | None = None,
) -> Shredded:
    """Shred compartments of a record on the authority of a document, by two different people.

    Whether the time has come is for whoever decides; this holds that two people did, that nothing keeps it, and that it
    is entered. Raises `NotYoursError`, `NotAllowedError`.
    """
    if officers[0].pk == officers[1].pk or reason not in REASONS:
        raise NotAllowedError("two different people shred, for a reason on the list")
    found = Record.objects.filter(handle=handle).first()
    if found is None:
        raise NotYoursError
    # A court's order does not wait for duties of ours; a hold stands before it.
    if held := [why for why in kept_back(found) if reason != "court" or why == HOLD]:
        raise NotAllowedError(f"nothing of it is destroyed yet: {'; '.join(held)}", todo="see to that first")
    chosen = sorted(set(parts))
    for part in chosen:
        with deed(handle) as record:
            if _entered(record, part):
                continue
            Compartment.objects.filter(record=record, compartment=int(part)).update(until=day_of(now))
            own = {"compartment": part.code, "reason": reason, "authority_sha256": sha256(authority).hexdigest()}
            enact(
                record, "case.shredded", own, act=None, role="administrator", person=officers[0], signed=None, now=now
            )
    return _destroy(handle, chosen, day_of(now))


def _entered(record: Record, part: Part) -> bool:
    acts = Act.objects.filter(record=record, kind="case.shredded").select_related("outbox__event")
    return any(f'"compartment":"{part.code}"'.encode() in bytes(act.outbox.event.body) for act in acts)


def _destroy(handle: str, parts: list[Part], on: date) -> Shredded:
    numbers = [int(part) for part in parts]
    # Envelopes (compartment 0) hold wraps of every compartment.
    wraps = Wrap.objects.filter(record=handle, compartment__in=[0, *numbers]).delete()[0]
    # What was sent stays named, with nothing in it, and what was not is sent no more: a comparison with the mailboxes
    # takes an answer that the desk does not know for one that it has lost.
    answers = Reply.objects.filter(record=handle, compartment__in=numbers).exclude(kind=Reply.Kind.ERASED)
    answers.filter(delivered=None).update(delivered=on)
    answers.exclude(sealed=b"").update(sealed=b"")
    Grant.objects.filter(record__handle=handle, compartment__in=numbers).delete()
    files = 0
    if set(FILES.values()) & set(parts):
        for name in File.objects.filter(record__handle=handle).values_list("handle", flat=True):
            (setting("files") / name).unlink(missing_ok=True)
        files = File.objects.filter(record__handle=handle).delete()[0]
    # A row stays where a decision refers to it, with nothing in it.
    values = Value.objects.filter(record__handle=handle, compartment__in=numbers).update(sealed=b"")
    return Shredded(wraps, values, files)
